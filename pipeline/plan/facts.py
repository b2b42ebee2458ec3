"""What a part of the dump tells of the whole: dates, outlets, languages, boilerplate, lengths."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from pipeline.result import Result
from pipeline.stages.articles import PRECISIONS

_SHOWN = 10
_BARE = 20  # tokens


@dataclass(frozen=True)
class Share:
    """How large a part of the articles has some property."""

    name: str
    share: float


@dataclass(frozen=True)
class Facts:
    """What was seen in the sample; shares are of its articles.

    Attributes:
        languages: the most frequent first.
        precisions: of the publication times, as `articles.published_precision` says them.
        first, last: publication times.
        outlets: how many were seen.
        largest: the outlets with most articles.
        text_bytes: mean.
        tokens: mean, boilerplate left out.
        boilerplate: share of all tokens that was masked.
        heaviest: share of all articles that carry the most frequent block of boilerplate.
        short: share of articles with less than one shingle's tokens.
        bare: share of the others with less than twenty tokens left beside boilerplate.
    """

    languages: tuple[Share, ...]
    precisions: tuple[Share, ...]
    first: datetime | None
    last: datetime | None
    outlets: int
    largest: tuple[Share, ...]
    unknown_outlet: float
    text_bytes: float
    tokens: float
    boilerplate: float
    heaviest: float
    short: float
    bare: float

    @property
    def dated(self) -> float:
        """Share of articles with a date."""
        return sum(it.share for it in self.precisions if it.name != "unknown")


def facts_of(result: Result, shingle: int) -> Facts:
    """The facts of a run of the sample.

    Args:
        result: of the run.
        shingle: tokens of a shingle.
    """
    articles, n = result.articles, len(result.stored)
    before, after = np.diff(result.documents.offsets), articles["tokens"].to_numpy()
    known = articles.filter(pl.col("published_precision") != "unknown")["published_at"]
    precisions = {it.name: it.share for it in _shares(articles["published_precision"])}
    outlets = _shares(articles["source"].drop_nulls(), n)
    blocks = result.boilerplate["articles"].max()
    return Facts(
        languages=_shares(articles["language"].fill_null("unknown"))[:_SHOWN],
        precisions=tuple(Share(name, precisions.get(name, 0.0)) for name in reversed(PRECISIONS)),
        first=known.min(),  # type: ignore[arg-type]
        last=known.max(),  # type: ignore[arg-type]
        outlets=len(outlets),
        largest=outlets[:_SHOWN],
        unknown_outlet=articles["source"].null_count() / n,
        text_bytes=float(result.stored.text.sizes(range(n)).mean()),
        tokens=float(after.mean()),
        boilerplate=1.0 - float(after.sum()) / max(int(before.sum()), 1),
        heaviest=(blocks if isinstance(blocks, int) else 0) / n,
        short=float((before < shingle).mean()),
        bare=float(((after < _BARE) & (before >= shingle)).mean()),
    )


def _shares(values: pl.Series, total: int | None = None) -> tuple[Share, ...]:
    """The most frequent first, those equally frequent by name."""
    counted = values.alias("name").value_counts().sort(["count", "name"], descending=[True, False])
    return tuple(Share(str(name), count / (total or len(values))) for name, count in counted.rows())
