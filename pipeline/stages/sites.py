"""Whose pages an article's stands among: guests are published on an outlet's site."""

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.stages.articles import Articles
from pipeline.stages.spread import ranges

_BATCH = 1 << 16


def homes(articles: Articles) -> I64:
    """[n] the outlet that owns each article's site, as a place in `sources`; −1 where unknown.

    An outlet owns a site (a host) if more than half of the site's articles are its own. Where
    nobody does, each outlet is at home by itself. Without an outlet there is no home.
    """
    source = articles.source.astype(np.int64)
    hosts: dict[str | None, int] = {None: 0}
    host = np.zeros(len(source), np.int64)
    for rows in ranges(len(source), _BATCH):
        names = host_of(articles.url.series(rows))
        for name in names.unique(maintain_order=True):
            hosts.setdefault(name, len(hosts))
        host[rows.start : rows.stop] = names.replace_strict(hosts, return_dtype=pl.Int64())
    known = np.flatnonzero((host > 0) & (source >= 0))
    pairs, counts = np.unique(
        host[known] * len(articles.sources) + source[known], return_counts=True
    )
    site, outlet = np.divmod(pairs, max(len(articles.sources), 1))
    totals = np.bincount(site, counts, minlength=len(hosts))
    owner = np.full(len(hosts), -1)
    most = 2 * counts > totals[site]
    owner[site[most]] = outlet[most]
    return np.where((owner[host] >= 0) & (source >= 0), owner[host], source)


def host_of(url: pl.Series) -> pl.Series:
    """The addresses' hosts in lower case, without www.

    Example:
        >>> host_of(pl.Series(["https://www.Courier.example/tide?p=2", "tide", None])).to_list()
        ['courier.example', None, None]
    """
    return (
        url.str.extract(r"^\s*(?:[A-Za-z]+://)?(?:[^/@\s]*@)?([^/?#:\s]+\.[^/?#:\s]+)")
        .str.to_lowercase()
        .str.strip_prefix("www.")
    )
