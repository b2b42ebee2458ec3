"""Article dumps of any supported kind → articles, rejects, and an account of what was read."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.batch import WHOLE
from pipeline.io.dates import OUT_OF_RANGE, UNREADABLE
from pipeline.io.shards import InputFile, Shard, check_unchanged, read_shards
from pipeline.io.spool import Spool
from pipeline.io.work import Work, temporary
from pipeline.stages.articles import Articles
from pipeline.tables import REJECTS

__all__ = ["Dump", "InputFile", "Shard", "read_articles", "read_shards"]

COUNTS = ("rows", "articles", "rejects", "duplicate_rows", "renamed_ids", "replaced_ids",
          "dates_unreadable", "dates_out_of_range", "replaced_characters")  # fmt: skip
_KEPT = "those articles are kept without one"


@dataclass(frozen=True)
class Dump:
    """All articles of the inputs.

    Attributes:
        stored: the articles; values are null where unknown or blank.
        rejects: rows and files that can't be used, as `tables.REJECTS` declares.
        inputs: the files read.
        skipped: what was passed over in folders, and why.
        counts: `COUNTS`, each also when it is 0.
        warnings: sentences for the user.
    """

    stored: Articles
    rejects: pl.DataFrame
    inputs: tuple[InputFile, ...]
    skipped: tuple[str, ...]
    counts: dict[str, int]
    warnings: tuple[str, ...]

    @property
    def articles(self) -> pl.DataFrame:
        """All articles as one frame: article_id, source, published_at, … text."""
        return self.stored.frame()


def read_articles(
    inputs: Sequence[str | Path],
    options: Read,
    work: Work | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Dump:
    """All articles of the inputs: files, folders, patterns, or "-" for standard input.

    Args:
        inputs: their names.
        options: the section `read`.
        work: where the articles are kept; a temporary place if None.
        told: called with the number of articles so far.

    Raises:
        InputError: an input is missing or unreadable, or no article could be used.
        MissingExtraError: there are web pages and the extra `web` isn't installed.
    """
    with ExitStack() as stack:
        work = work or stack.enter_context(temporary())
        spool = Spool(work)
        if spool.finished:
            check_unchanged(inputs, options, spool.shards())
        else:
            # Closed at once where reading is stopped: what was spooled of standard input goes.
            spool.fill(stack.enter_context(closing(read_shards(inputs, options))), told)
        return dump_of(spool)


def dump_of(spool: Spool) -> Dump:
    """All that a spool has taken in.

    Raises:
        InputError: no article could be used.
    """
    shards = spool.shards()
    counts, examples = Counter[str](), dict[str, str]()
    for shard in shards:
        counts.update(shard.counts)
        examples = shard.examples | examples
    rejects = _one_per_place(pl.concat([shard.rejects for shard in shards]))
    articles = spool.articles(counts)
    if len(articles) == 0:
        raise InputError(_nothing(rejects))
    counts["articles"], counts["rejects"] = len(articles), rejects.height
    return Dump(
        articles,
        rejects,
        tuple(file for shard in shards for file in shard.inputs),
        tuple(line for shard in shards for line in shard.skipped),
        {name: counts[name] for name in COUNTS},
        _warnings(counts, examples),
    )


def _one_per_place(rejects: pl.DataFrame) -> pl.DataFrame:
    reasons = pl.col("reason").unique().sort().str.join("; ")
    return rejects.group_by(REJECTS.key).agg(reasons).sort(REJECTS.key)


def _nothing(rejects: pl.DataFrame) -> str:
    """Why there is no article at all, by the first rejects."""
    told = [
        f"{label} {reason}" if place == WHOLE else f"{label} {place}: {reason}"
        for label, place, reason in rejects.head(5).iter_rows()
    ]
    more = f"; and {rejects.height - 5} more" if rejects.height > 5 else ""
    return f"no usable article: {'; '.join(told) or 'the inputs hold no rows'}{more}"


def _warnings(counts: Counter[str], examples: dict[str, str]) -> tuple[str, ...]:
    sentences = (
        ("dates_unreadable", f"dates could not be read{_example(examples, UNREADABLE)}; {_KEPT}"),
        (
            "dates_out_of_range",
            "dates lie outside read.earliest_date to read.latest_date"
            f"{_example(examples, OUT_OF_RANGE)}; {_KEPT}",
        ),
        ("duplicate_rows", "rows came more than once, with the same id and content; one is kept"),
        ("renamed_ids", "articles share an id with another of other content; they became id~hash"),
        ("replaced_ids", "ids are too long or hold control characters; a hash stands for them"),
        ("replaced_characters", "broken characters became U+FFFD"),
        ("rejects", "rows or files could not be used; the table rejects says why"),
    )
    return tuple(f"{counts[name]:,} {text}" for name, text in sentences if counts[name])


def _example(examples: dict[str, str], problem: str) -> str:
    return f", e.g. {examples[problem]}" if problem in examples else ""
