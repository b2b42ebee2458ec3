"""How many of the links are right, how many pairs were linked, and how sure the run was."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

from pipeline.documents import F64, I64, Flags
from pipeline.evaluate.by_rows import NEGATIVE, NO_GROUP, POSITIVE, UNJUDGED, TruthRows
from pipeline.evaluate.calibration import (
    Reliability,
    calibration_figures,
    precision_recall,
    reliability,
)
from pipeline.evaluate.expand import expanded, places
from pipeline.evaluate.figures import Figure, f1, rate

_SECTION = "pairs"


def link_figures(rows: pl.DataFrame, positives: int, part: str = "") -> list[Figure]:
    """Precision, recall and F1 of "linked": any relation but related.

    Args:
        rows: as `expanded` gives them.
        positives: pairs that share a text, found or not.
        part: what rows and positives are restricted to.
    """
    right, wrong = (int(rows.filter("linked")[name].sum()) for name in ("positive", "negative"))
    return [
        rate(_SECTION, "precision", right, right + wrong, part),
        rate(_SECTION, "recall", right, positives, part),
        f1(_SECTION, right, wrong, positives - right, part),
    ]


def together_figure(
    pairs: pl.DataFrame, same_as: I64, truth: TruthRows, story: I64, right: int
) -> Figure:
    """Of the pairs that share a text, those that are linked or in one story of the run.

    In large groups of near copies the run writes few of the pairs that it links.

    Args:
        pairs: of the run.
        same_as: [n] each article's representative.
        truth: what is known.
        story: [n] each article's story in the run; one in none has a number of its own.
        right: how many are linked.
    """
    apart = (story[truth.a] != story[truth.b]) & (truth.word == POSITIVE)
    _, codes = np.unique(np.stack([truth.group, story]), axis=1, return_inverse=True)
    inside = replace(
        truth,
        group=np.where(truth.group >= 0, codes, NO_GROUP),
        word=np.where(apart, UNJUDGED, truth.word),
    )
    both = int(expanded(pairs, same_as, inside).filter("linked")["positive"].sum())
    hits = right + inside.positives - both
    return rate(_SECTION, "linked or in one story", hits, truth.positives)


def listed_figures(
    rows: pl.DataFrame, same_as: I64, truth: TruthRows, kinds: pl.Series
) -> list[Figure]:
    """Of the pairs that the truth lists, how many are linked, by its own word for them.

    Args:
        rows: as `expanded` gives them.
        same_as: [n] each article's representative.
        truth: what is known.
        kinds: [m] the truth's word for each listed pair; null: it has none.
    """
    place = places(rows, same_as, truth.a, truth.b)
    linked = np.append(rows["linked"].to_numpy(), values=False)[place]
    told = pl.DataFrame({"kind": kinds, "word": truth.word, "linked": linked}).group_by(
        "word", "kind"
    )  # fmt: skip
    counts = told.agg(pl.len(), pl.col("linked").sum()).to_dicts()
    found = []
    for word, name in ((POSITIVE, "recall"), (NEGATIVE, "negatives linked")):
        own = sorted((it for it in counts if it["word"] == word), key=lambda it: _order(it["kind"]))
        if own and (word == NEGATIVE or any(it["kind"] is not None for it in own)):
            found += [rate(_SECTION, name, it["linked"], it["len"], _of_kind(it["kind"]))
                      for it in own]  # fmt: skip
    return found


def _of_kind(kind: str | None) -> str:
    return f"kind {kind}" if kind is not None else "listed"


def _order(kind: str | None) -> tuple[bool, int, str]:
    """Hops by number, words by letter."""
    number = int(kind) if kind is not None and kind.isdecimal() else 0
    return not number, number, kind or ""


def independent_figures(pairs: pl.DataFrame, same_as: I64, truth: TruthRows) -> list[Figure]:
    """Of the pairs of one event, those that were linked: false alarms of the hardest kind."""
    # Were they one text each, these would be the positives.
    alike = replace(truth, within=POSITIVE)
    rows = expanded(pairs, same_as, alike)
    spared = int(rows["spared"].sum())
    linked = int(rows.filter("linked")["positive"].sum())
    return [
        rate(_SECTION, "negatives linked", linked, alike.positives - spared, "one event"),
        Figure(_SECTION, "left out", None, hits=spared, part="one event, alike"),
    ]


def calibration_of(rows: pl.DataFrame) -> Reliability | None:
    """Of `probability`, over the judged pairs that are in the table."""
    return reliability(*_weights(rows))


def probability_figures(rows: pl.DataFrame, truth: TruthRows) -> list[Figure]:
    """Calibration error and Brier score of `probability`, and the share of pairs that share a text.

    A row counts for the story of its first article that is in one.
    """
    told = calibration_of(rows)
    if told is None:
        return []
    a, b = (truth.group[rows[side].to_numpy()] for side in "ab")
    group = np.where(a >= 0, a, b)
    owner = np.where(group >= 0, group, -1 - np.arange(len(group)))
    return [
        *calibration_figures("probability", *_weights(rows), owner),
        rate("probability", "prevalence", told.prevalence * told.mass, told.mass),
    ]


def curve_of(rows: pl.DataFrame, positives: int) -> tuple[F64, F64, F64]:
    """Threshold, precision and recall, were links made by `probability` alone."""
    return precision_recall(*_weights(rows), positives)


def _weights(rows: pl.DataFrame) -> tuple[F64, F64, F64]:
    columns = rows.select(pl.col("probability", "positive", "negative").cast(pl.Float64()))
    probability, positive, negative = (columns[name].to_numpy() for name in columns.columns)
    return probability, positive, negative


def finder_figures(rows: pl.DataFrame, positives: int) -> list[Figure]:
    """How many of the positive pairs are in the table, and by which finder they came."""
    found = rows.filter(pl.col("positive") > 0)
    by = found.select("positive", "found_by").explode("found_by").drop_nulls("found_by")
    sums = by.group_by("found_by").agg(pl.col("positive").sum()).sort("found_by")
    return [
        rate("candidates", "in pairs", int(found["positive"].sum()), positives),
        *(
            rate("candidates", "in pairs", count, positives, f"finder {name}")
            for name, count in sums.iter_rows()
        ),
    ]


def top_parts(parts: pl.Series, named: Flags, top: int) -> list[str]:
    """The outlets or languages, [n], with most of the named articles, [n]; so many at most."""
    counts = parts.filter(pl.Series(named)).value_counts().sort(
        ["count", parts.name], descending=[True, False]
    )  # fmt: skip
    return counts[parts.name].head(top).to_list()


def part_figures(
    pairs: pl.DataFrame, same_as: I64, truth: TruthRows, parts: pl.Series, names: list[str]
) -> Iterator[Figure]:
    """Precision, recall and F1 of pairs with at least one article of an outlet or language.

    Args:
        pairs: of the run.
        same_as: [n] each article's representative.
        truth: what is known.
        parts: [n] each article's outlet or language, named so.
        names: which of them to tell.
    """
    whole = expanded(pairs, same_as, truth)
    for name in names:
        # What is left without it is what has no article of it.
        rest = truth.without((parts == name).to_numpy())
        less = expanded(pairs, same_as, rest)
        rows = whole.with_columns(
            pl.col(column) - less[column] for column in ("positive", "negative")
        )
        yield from link_figures(rows, truth.positives - rest.positives, f"{parts.name} {name}")
