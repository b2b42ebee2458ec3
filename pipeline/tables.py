"""Every table a run writes: its columns, their types, its key, and what each column means.

Writers check against these declarations (`Table.check`), and the README's table reference is
generated from them, so a column is described in one place only. Offsets count Unicode code
points of the original text, half open: `text[start:end]` is the passage.
"""

from dataclasses import dataclass

import polars as pl

from pipeline.errors import TableError

TIME = pl.Datetime("us", "UTC")
EVIDENCE = pl.List(
    pl.Struct({"signal": pl.String(), "detail": pl.String(), "log_odds": pl.Float64()})
)
RELATIONS = ("identical", "near_copy", "excerpt", "rewrite", "partial", "related")
JOINING = ("identical", "near_copy", "excerpt", "rewrite")
DECISIONS = ("original", "derived", "common_source", "undecided")


@dataclass(frozen=True)
class Column:
    """One column: its type, what it means, and whether it may be null."""

    dtype: pl.DataType
    about: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """A table's declaration; `key` columns together are unique and sort the rows."""

    name: str
    key: tuple[str, ...]
    about: str
    columns: dict[str, Column]

    @property
    def schema(self) -> pl.Schema:
        """Column names and types in order."""
        return pl.Schema({name: column.dtype for name, column in self.columns.items()})

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema)

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame sorted by its key, its columns in order.

        Raises:
            TableError: a column is missing, of another type, null where it may not be, or the
                key isn't unique.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise TableError(f"{self.name}: columns missing: {', '.join(missing)}")
        frame = frame.select(self.columns.keys())
        for name, column in self.columns.items():
            if frame.schema[name] != column.dtype:
                raise TableError(f"{self.name}.{name}: {frame.schema[name]}, not {column.dtype}")
            if not column.nullable and frame[name].null_count():
                raise TableError(f"{self.name}.{name}: null where a value is due")
        if self._ascends(frame):
            return frame
        if frame.select(self.key).is_duplicated().any():
            raise TableError(f"{self.name}: key {', '.join(self.key)} isn't unique")
        return frame.sort(self.key)

    def _ascends(self, frame: pl.DataFrame) -> bool:
        """Do the rows ascend by the key already? Then none stands twice, either."""
        further, equal = pl.lit(value=False), pl.lit(value=True)
        for name in self.key:
            further |= equal & (pl.col(name) > pl.col(name).shift())
            equal &= pl.col(name) == pl.col(name).shift()
        return bool(frame.select(further.slice(1).all(ignore_nulls=False)).item())


def _string(about: str, *, nullable: bool = False) -> Column:
    return Column(pl.String(), about, nullable)


def _count(about: str, *, nullable: bool = False) -> Column:
    return Column(pl.Int64(), about, nullable)


def _number(about: str, *, nullable: bool = False) -> Column:
    return Column(pl.Float64(), about, nullable)


_A = _string("the pair's smaller article_id")
_B = _string("the pair's larger article_id")
_EVIDENCE = Column(
    EVIDENCE, "what pushed the probability where: list of {signal, detail, log_odds}"
)
_EXPECTED = _number("sum of these derivations' probabilities: how many of them should be right")
_UNCREDITED = _count("articles without such a credit")

ARTICLES = Table(
    "articles",
    ("article_id",),
    "One row per usable article of the inputs.",
    {
        "article_id": _string("the input's own id, or one made from the row's content or path"),
        "source": _string("the outlet, by its canonical name", nullable=True),
        "published_at": Column(TIME, "publication time in UTC; start of the day for a day", True),
        "published_precision": _string("second, minute, day or unknown"),
        "title": _string("headline; never matched", nullable=True),
        "author": _string("byline as the input gives it", nullable=True),
        "url": _string("address as the input gives it", nullable=True),
        "language": _string("ISO 639-1 code, null where it can't be told", nullable=True),
        "tokens": _count("tokens left after boilerplate was masked"),
        "text_hash": Column(pl.UInt64(), "hash of the normalised text before masking"),
        "credits": Column(pl.List(pl.String()), "agencies and outlets named as the origin"),
        "cluster_id": _string("the story it belongs to, if any", nullable=True),
    },
)
TEXTS = Table(
    "texts",
    ("article_id",),
    "The articles' texts, so that a passage can be shown; left out by --no-texts.",
    {
        "article_id": _string("the article"),
        "text": _string("its original text, as offsets count it"),
    },
)
PAIRS = Table(
    "pairs",
    ("a_id", "b_id"),
    "Pairs of articles that share text, or may: a_id < b_id.",
    {
        "a_id": _A,
        "b_id": _B,
        "relation": _string("identical, near_copy, excerpt, rewrite, partial or related"),
        "probability": _number("that the two share a text, not only an event"),
        "p_a_from_b": _number("that a derives from b, given that they share a text"),
        "p_b_from_a": _number("that b derives from a, given that they share a text"),
        "p_common": _number("that both derive from a third text; the three sum to 1"),
        "jaccard": _number("shared shingles ÷ all shingles of the two"),
        "containment_a": _number("share of a's shingles that stand in b"),
        "containment_b": _number("share of b's shingles that stand in a"),
        "found_by": Column(pl.List(pl.String()), "finders that proposed the pair"),
        "passages": _count("number of shared passages"),
        "longest_passage": _count("tokens of the longest one, on its longer side"),
        "evidence": _EVIDENCE,
    },
)
PASSAGES = Table(
    "passages",
    ("a_id", "b_id", "passage"),
    "Where the two texts of a pair say the same.",
    {
        "a_id": _A,
        "b_id": _B,
        "passage": _count("number of the passage in its pair, in a's order"),
        "a_start": _count("first code point in a's text"),
        "a_end": _count("one past the last code point in a's text"),
        "b_start": _count("first code point in b's text"),
        "b_end": _count("one past the last code point in b's text"),
        "kind": _string("verbatim, rewritten or quotation"),
        "similarity": _number(
            "equal tokens ÷ tokens of the longer side; of a rewritten passage, how much of what "
            "one side's rarer words tell the other has, the mean of both"
        ),
    },
)
SENTENCE_LINKS = Table(
    "sentence_links",
    ("a_id", "b_id", "link"),
    "Sentences of a retelling beside the sentences they retell.",
    {
        "a_id": _A,
        "b_id": _B,
        "link": _count("number of the link in its pair, in a's order"),
        "a_start": _count("first code point in a's text"),
        "a_end": _count("one past the last code point in a's text"),
        "b_start": _count("first code point in b's text"),
        "b_end": _count("one past the last code point in b's text"),
        "similarity": _number("idf-weighted overlap of the two sentences"),
    },
)
CLUSTERS = Table(
    "clusters",
    ("cluster_id",),
    "Stories: groups of articles that share one text.",
    {
        "cluster_id": _string("a function of the founding member"),
        "aliases": Column(pl.List(pl.String()), "ids that stories merged into this one had"),
        "articles": _count("members"),
        "sources": _count("outlets among the members"),
        "first_seen": Column(TIME, "earliest publication time of a member", True),
        "last_seen": Column(TIME, "latest publication time of a member", True),
        "root_id": _string("the only member decided original, if there is one", nullable=True),
        "root_probability": _number("that this is so", nullable=True),
        "unseen_source": _string(
            "the source that isn't in the dump, if there is one", nullable=True
        ),
        "title": _string("headline of the root, else of the earliest member", nullable=True),
        "cohesion": _number("mean probability of the links inside the story"),
        "bridges": _count("links without which the story would fall apart"),
    },
)
DERIVATIONS = Table(
    "derivations",
    ("derived_id", "rank"),
    "Who took it from whom. Rank 1: the parent in the story's tree, or the main source of an "
    "article that stands alone; rank 2 and on: further sources of at least 30 tokens not covered "
    "before, from any story. A linked article outside stories that can't be decided has an "
    "undecided row.",
    {
        "derived_id": _string("the article this row is about"),
        "rank": _count("1 for the main source"),
        "source_id": _string(
            "the article it was taken from; null if not in the dump", nullable=True
        ),
        "unseen_source": _string("name of a source that isn't in the dump", nullable=True),
        "decision": _string("original, derived, common_source or undecided"),
        "probability": _number("that this row is right"),
        "relation": _string("relation of the pair; null without a source", nullable=True),
        "lag": Column(
            pl.Duration("us"),
            "time since the source; null where dates overlap",
            True,
        ),
        "credited": Column(
            pl.Boolean(),
            "is the source named? null where the question doesn't arise",
            True,
        ),
        "evidence": _EVIDENCE,
    },
)
FLOWS = Table(
    "flows",
    ("from_source", "to_source"),
    "Between outlets of different houses: who takes from whom. An outlet most of whose articles "
    "are on another's pages, as a columnist's are, is of that one's house.",
    {
        "from_source": _string("outlet or unseen source that was taken from"),
        "to_source": _string("outlet that took"),
        "articles": _count("articles with such a derivation, of any rank"),
        "expected": _EXPECTED,
        "tokens": _count("tokens in shared passages of those derivations"),
        "median_lag": Column(pl.Duration("us"), "middle delay, where dates tell one", True),
        "credited": _count("articles that name their source"),
        "uncredited": _UNCREDITED,
    },
)
FLOWS_WEEKLY = Table(
    "flows_weekly",
    ("week", "from_source", "to_source"),
    "Flows by the week in which the derived article appeared; undated ones are left out.",
    {
        "week": Column(pl.Date(), "the week's Monday"),
        "from_source": _string("outlet or unseen source that was taken from"),
        "to_source": _string("outlet that took"),
        "articles": _count("articles with such a derivation, of any rank"),
        "expected": _EXPECTED,
        "uncredited": _UNCREDITED,
    },
)
SOURCES = Table(
    "sources",
    ("source",),
    "Each outlet's account.",
    {
        "source": _string("the outlet"),
        "articles": _count("its articles"),
        "original": _count("decided original, those outside any story included"),
        "derived": _count("decided derived"),
        "common_source": _count("decided taken from a text that isn't in the dump"),
        "undecided": _count("undecided"),
        "expected": _number(
            "sum of the probabilities of those decided derived or common_source: how many of them "
            "should be right"
        ),
        "reused_by_others": _count("articles of other outlets decided derived from its own"),
        "median_lag": Column(pl.Duration("us"), "middle delay of its derived articles", True),
        "uncredited": _count("derived or common_source articles that don't name the source"),
    },
)
BOILERPLATE = Table(
    "boilerplate",
    ("source", "block_hash"),
    "Blocks that were masked: an outlet's footers, galleries, captions and stock paragraphs.",
    {
        "source": _string("the outlet on whose site they stand"),
        "block_hash": Column(pl.UInt64(), "hash of the block's tokens, digits masked"),
        "text": _string("the block, as it stands in one of the articles"),
        "articles": _count("articles in which it was masked"),
    },
)
REJECTS = Table(
    "rejects",
    ("input", "locator"),
    "Rows and files that could not be used.",
    {
        "input": _string("the input file"),
        "locator": _string("row, line or member in it"),
        "reason": _string("why, and what would mend it"),
    },
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ARTICLES, TEXTS, PAIRS, PASSAGES, SENTENCE_LINKS, CLUSTERS, DERIVATIONS,
        FLOWS, FLOWS_WEEKLY, SOURCES, BOILERPLATE, REJECTS,
    )
}  # fmt: skip
