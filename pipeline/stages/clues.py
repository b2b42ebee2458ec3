"""What direction knows of articles, by row: dates, outlets, whom they name and link to."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pipeline.documents import I64
from pipeline.stages.clocks import Clocks, unquestioned
from pipeline.stages.habits import Habits, no_habits
from pipeline.stages.outlets import sounds_like_agency
from pipeline.stages.spread import laid_out
from pipeline.stages.text_clues import TextClues, no_text_clues

STRONG = 4.5  # a credit line
_TOLD = 2.5  # "told X" and "X reported" may be about a sentence, not about the text
WEAK_KINDS = ("told", "exclusive", "reported", "listed")
# "X reported" and "according to X" cite; an agency's interviews and finds are in its own text, and
# stay in what others make of that.
_TRACES = ("told", "exclusive")
_WIDTH = {"second": 1_000_000, "minute": 60_000_000, "day": 86_400_000_000}
_LAST = np.array([np.iinfo(np.int64).max])
_HALF = 32  # bits; a key holds an article's row above, a name or another row below

F64 = NDArray[np.float64]


def publication_interval(published: pl.Expr, precision: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """First and last microsecond at which the article may have appeared; null if unknown."""
    start = pl.when(precision != "unknown").then(published).dt.timestamp("us")
    width = precision.replace_strict(_WIDTH, default=None, return_dtype=pl.Int64())
    return start, start + width


@dataclass(frozen=True)
class Clues:
    """Facts of n articles; those of a pair are looked up by its rows.

    Attributes:
        articles: start, end (of `publication_interval`), source (the number of its name), url.
        names: outlets and agencies in the order of the alphabet.
        credits: [c + 1] row and number of a name it credits, as one key, ascending; ends with a
            key that is no one's.
        strengths: [c + 1] of the strongest such credit; 0 for no one's.
        traces: [c + 1] of the strongest that tells where the text is from, which "X reported"
            doesn't, nor "told X" where X is no agency.
        links: [l + 1] row and row that it links to, likewise.
        texts: what the texts of pairs tell.
        clocks: how far dates are relied on.
        habits: which outlets are taken from.
    """

    articles: pl.DataFrame
    names: pl.Series
    credits: I64
    strengths: F64
    traces: F64
    links: I64
    texts: TextClues
    clocks: Clocks
    habits: Habits

    def credit(self, taker: I64, name: I64) -> F64:
        """[m] how strongly each taker credits a name (−1: none); 0 where it doesn't."""
        return self.strengths[_places(self.credits, _key(taker, name))]

    def trace(self, taker: I64, name: I64) -> F64:
        """[m] the same, of credits that tell where the whole text is from."""
        return self.traces[_places(self.credits, _key(taker, name))]

    def link(self, taker: I64, source: I64) -> NDArray[np.bool_]:
        """[m] does each taker link to its source's page?"""
        return _places(self.links, _key(taker, source)) < len(self.links) - 1

    def common_credit(self, a: I64, b: I64, source_a: I64, source_b: I64) -> tuple[F64, I64]:
        """[m] strength (0: none) and name (−1) of the best credit of both to neither's outlet.

        It is as strong as the weaker of the two; of equals, the first in the alphabet. Two versions
        of one outlet have none: it goes from the one into the other.
        """
        rows, credited = _parts(self.credits)
        first, last = (np.searchsorted(rows, a, side) for side in ("left", "right"))
        _, own = laid_out(first, last)
        pair = np.repeat(np.arange(len(a)), last - first)
        name = credited[own]
        both = np.minimum(self.traces[own], self.trace(b[pair], name))
        third = (name != source_a[pair]) & (name != source_b[pair]) & (both > 0)
        third &= (source_a[pair] != source_b[pair]) | (source_a[pair] < 0)
        pair, name, both = pair[third], name[third], both[third]
        order = np.lexsort((name, -both, pair))
        pair, best = np.unique(pair[order], return_index=True)
        strength, names = np.zeros(len(a)), np.full(len(a), -1)
        strength[pair], names[pair] = both[order][best], name[order][best]
        return strength, names

    def credited(self) -> pl.DataFrame:
        """row, name, trusted, trace: each name that an article credits, and by what.

        trusted: by a credit line; trace: in a way that tells where the whole text is from.
        """
        row, name = _parts(self.credits)
        return pl.DataFrame({"row": row}).with_columns(
            name=self.names.gather(name),
            trusted=pl.Series(self.strengths[:-1] >= STRONG),
            trace=pl.Series(self.traces[:-1] > 0),
        )

    def linked(self) -> pl.DataFrame:
        """row, target: each article that another links to."""
        return pl.DataFrame(dict(zip(("row", "target"), _parts(self.links), strict=True)))


def _parts(keys: I64) -> tuple[I64, I64]:
    """The two numbers of each key but the last."""
    return keys[:-1] >> _HALF, keys[:-1] & ((1 << _HALF) - 1)


def _key(row: I64, other: I64) -> I64:
    return np.where(other >= 0, (row << _HALF) | other, -1)


def _places(keys: I64, wanted: I64) -> I64:
    """[m] where each wanted key is; the last place if nowhere."""
    at = np.searchsorted(keys, wanted)
    return np.where(keys[at] == wanted, at, len(keys) - 1)


def clues_of(
    articles: pl.DataFrame,
    credits: pl.DataFrame,
    links: pl.DataFrame,
    agencies: Collection[str] = (),
) -> Clues:
    """The clues of all articles; what is about others is left out, and no text is compared yet.

    Args:
        articles: `article_id`, `source`, `published_at`, `published_precision`, `url`.
        credits: `article_id`, `name`, `kind`; what `find_credits` gives.
        links: `article_id`, `target_id`; what `find_links` gives.
        agencies: full names of those that no name's form gives away.
    """
    names = pl.concat([articles["source"], credits["name"]]).unique().drop_nulls().sort()
    start, end = publication_interval(pl.col("published_at"), pl.col("published_precision"))
    facts = articles.select("url", start=start, end=end, source=_numbers(articles["source"], names))
    numbered = articles.select("article_id").with_row_index("row")
    keys, strengths, traces = _credits(credits, numbered, names, agencies)
    texts = no_text_clues(len(articles))
    learned = unquestioned(len(articles), len(names)), no_habits(len(names))
    told = _links(links, numbered)
    return Clues(facts, names, keys, strengths, traces, told, texts, *learned)


def _numbers(values: pl.Series, names: pl.Series) -> pl.Series:
    """[n] each value's place in `names`, −1 for null."""
    return values.cast(pl.Enum(names)).to_physical().cast(pl.Int64()).fill_null(-1)


def rows_of(ids: pl.Series, numbered: pl.DataFrame) -> pl.Series:
    """[m] `row` of the articles with these ids (`article_id`), null where there is none."""
    wanted = pl.DataFrame({"article_id": ids})
    # First those that are wanted: a table of all ids would be large.
    known = numbered.join(wanted, on="article_id", how="semi")
    found = wanted.join(known, on="article_id", how="left", maintain_order="left")
    return found["row"].cast(pl.Int64())


def _credits(
    credits: pl.DataFrame, numbered: pl.DataFrame, names: pl.Series, agencies: Collection[str]
) -> tuple[I64, F64, F64]:
    weak, kind = pl.col("kind").is_in(WEAK_KINDS), pl.col("kind")
    named = credits["name"].unique().drop_nulls().to_list()
    wires = [name for name in named if name in agencies or sounds_like_agency(name)]
    traced = ~weak | (kind.is_in(_TRACES) & pl.col("name").is_in(wires))
    strength = pl.when(weak).then(_TOLD).otherwise(STRONG)
    strongest = (
        credits.select(
            row=rows_of(credits["article_id"], numbered),
            name=_numbers(credits["name"], names),
            strength=strength,
            trace=pl.when(traced).then(strength).otherwise(0.0),
        )
        .drop_nulls("row")
        .group_by((pl.col("row") * (1 << _HALF) + pl.col("name")).alias("key"))
        .agg(pl.col("strength", "trace").max())
        .sort("key")
    )
    keys = np.concatenate([strongest["key"].to_numpy(), _LAST])
    strengths, traces = (
        np.append(strongest[part].to_numpy(), 0.0) for part in ("strength", "trace")
    )
    return keys, strengths, traces


def _links(links: pl.DataFrame, numbered: pl.DataFrame) -> I64:
    ends_of = pl.DataFrame(
        {name: rows_of(links[name], numbered) for name in ("article_id", "target_id")}
    ).drop_nulls()
    keys = _key(ends_of["article_id"].to_numpy(), ends_of["target_id"].to_numpy())
    return np.concatenate([np.unique(keys), _LAST])
