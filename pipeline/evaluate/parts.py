"""Figures by the outlet or language of articles."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from pipeline.evaluate import clusters, links
from pipeline.evaluate.by_rows import POSITIVE, TruthRows
from pipeline.evaluate.figures import Figure, rate
from pipeline.evaluate.run_side import RunSide

_COLUMNS = {"outlet": "source", "language": "language"}


def parted_figures(
    run: RunSide,
    told: TruthRows,
    pairs: pl.DataFrame,
    answered: pl.DataFrame,
    by: tuple[str, ...],
    top: int,
) -> Iterator[Figure]:
    """Links, stories and directions of articles of the most frequent outlets or languages.

    A pair or direction counts for the outlet of either article, an article's story for its own.

    Args:
        run: what is measured.
        told: what is known.
        pairs: of the run.
        answered: source_id, derived_id, right, as `direction.on_pairs` gives them.
        by: "outlet", "language", or both.
        top: how many of each.
    """
    for column in by:
        parts = run.articles[_COLUMNS[column]].rename(column).fill_null("unknown")
        names = links.top_parts(parts, told.named, top)
        yield from links.part_figures(pairs, run.same_as, told, parts, names)
        if told.within == POSITIVE:
            yield from _of_stories(run, told, parts, names)
        yield from _of_directions(run, answered, parts, names)


def _of_directions(
    run: RunSide, answered: pl.DataFrame, parts: pl.Series, names: list[str]
) -> Iterator[Figure]:
    sides = [parts.gather(run.rows(answered[side])) for side in ("source_id", "derived_id")]
    for name in names:
        right = answered.filter((sides[0] == name) | (sides[1] == name))["right"]
        if len(right):
            part = f"{parts.name} {name}"
            yield rate("direction", "accuracy", float(right.sum()), len(right), part)


def _of_stories(
    run: RunSide, told: TruthRows, parts: pl.Series, names: list[str]
) -> Iterator[Figure]:
    own = np.flatnonzero(told.group >= 0)
    inside = parts.gather(own)
    for name in names:
        chosen = (inside == name).to_numpy()
        if chosen.any():
            yield from clusters.part_figures(
                told.group[own], run.stories[own], chosen, f"{parts.name} {name}"
            )
