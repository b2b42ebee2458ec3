"""Which tokens that two articles share can be their own, and not their outlet's page."""

import numpy as np
import polars as pl

from pipeline.documents import Documents
from pipeline.kernels.prose import prose_tokens
from pipeline.stages.sites import host_of
from pipeline.stages.spread import ends


def prose_of(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> pl.Series:
    """Tokens of each pair that are equal, outside quotations, and don't look like page furniture.

    Bios, notes and teasers stand at the same end of two pages; links and labels inside sentences
    neither open nor close with one.

    Args:
        pairs: a, b (rows), passages (how many).
        passages: in the pairs' order: a_first, a_last, b_first, b_last, equal, quoted.
        documents: of all articles.
    """
    spans = passages.select("a_first", "a_last", "b_first", "b_last", "equal", "quoted")
    found = prose_tokens(
        documents.flags,
        documents.offsets,
        pairs["a"].to_numpy(),
        pairs["b"].to_numpy(),
        ends(pairs["passages"].to_numpy()),
        np.ascontiguousarray(spans.to_numpy(), np.int64),
    )
    return pl.Series(found, dtype=pl.Int64())


def with_prose(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `prose` as it counts: only pages of one outlet or site have one furniture.

    Between two outlets all that is verbatim counts.

    Args:
        pairs: a, b, verbatim, prose.
        articles: source, url; row by row those that a and b mean.

    Example:
        >>> pairs = pl.DataFrame({"a": [0, 0], "b": [1, 2], "verbatim": [50, 50], "prose": [0, 0]})
        >>> articles = pl.DataFrame({"source": ["Courier", "Courier", "Ledger"], "url": [""] * 3})
        >>> with_prose(pairs, articles)["prose"].to_list()
        [0, 50]
    """
    of_a, of_b = (articles.select("source", "url")[pairs[side]] for side in "ab")
    outlet = (of_a["source"] == of_b["source"]).fill_null(value=False)
    site = (host_of(of_a["url"]) == host_of(of_b["url"])).fill_null(value=False)
    return pairs.with_columns(prose=pl.when(outlet | site).then("prose").otherwise("verbatim"))
