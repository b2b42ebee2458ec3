"""A finished run and what is known of some of its articles → thresholds, and how they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import xxhash

from pipeline.config import Relate
from pipeline.documents import I64, Flags
from pipeline.evaluate.by_rows import NO_GROUP, TruthRows, truth_rows
from pipeline.evaluate.expand import expanded
from pipeline.evaluate.run_side import RunSide, run_side
from pipeline.evaluate.truth import Truth
from pipeline.io.scan import rows_of
from pipeline.kernels.components import components
from pipeline.stages.relate import strengths
from pipeline.tune.search import Choice, Counts, Search

_HALVES, _NEITHER = (0, 1), -1
# Of `scored` rows: the columns that relations are told by.
_TOLD_BY = ("a_id", "b_id", "jaccard", "containment_a", "containment_b", "probability")


@dataclass(frozen=True)
class Goal:
    """What is to be reached: the first named bounds, the other is made as high as it gets.

    Attributes:
        by: "precision" or "recall".
        share: the least of it.
    """

    by: str
    share: float

    def best(self, search: Search) -> Choice | None:
        """The choice, or None if nothing reaches it."""
        return (search.most_recall if self.by == "precision" else search.most_precision)(self.share)


@dataclass(frozen=True)
class Tuned:
    """What was chosen.

    Attributes:
        goal: what was asked for.
        now: the run's own thresholds.
        chosen: the best; None: nothing reaches the goal.
        unseen: what thresholds chosen on either half of the stories come to on the other half,
            together; None where nothing reaches the goal on a half.
        curve: best precision for each recall.
        truths: their names.
    """

    goal: Goal
    now: Choice
    chosen: Choice | None
    unseen: Counts | None
    curve: tuple[Choice, ...]
    truths: tuple[str, ...]


def tune(
    out: Path,
    truths: Sequence[Truth],
    options: Relate,
    goal: Goal,
    *,
    ignore_missing: bool = False,
) -> Tuned:
    """Choose the thresholds of the section `relate` by pairs that are known.

    Only what the run wrote is looked at. Pairs that no finder proposed are missed at any threshold,
    and thresholds below those of `near` come too late for pairs that it didn't look for.

    Args:
        out: the run's folder.
        truths: what is known.
        options: the section as the run had it.
        goal: what is to be reached.
        ignore_missing: leave out articles of the truth that aren't in the run.

    Raises:
        InputError: the truth names articles that aren't in the run.
        OutputError: the folder isn't a run's, or an older version's.
    """
    run = run_side(out)
    for truth in () if ignore_missing else truths:
        truth.required_in(run.ids, str(out))
    known = [truth_rows(truth.restricted_to(run.ids), run) for truth in truths]
    scored = pl.concat([_scored(truth, run, options) for truth in known])
    whole = Search(scored, sum(truth.positives for truth in known), options)
    halves = [
        Search(
            scored.filter(half=half),
            sum(truth.without(_others(truth, run.ids, half)).positives for truth in known),
            options,
        )
        for half in _HALVES
    ]
    return Tuned(
        goal,
        whole.now,
        goal.best(whole),
        _unseen(halves, goal),
        tuple(whole.curve()),
        tuple(it.name for it in truths),
    )


def _unseen(halves: list[Search], goal: Goal) -> Counts | None:
    chosen = [goal.best(half) for half in halves]
    met = [
        other.at(choice.thresholds).counts
        for choice, other in zip(chosen, halves[::-1], strict=True)
        if choice is not None
    ]
    if len(met) < len(halves):
        return None
    return Counts(*(sum(getattr(it, name) for it in met) for name in ("right", "wrong", "of")))


def _half(truth: TruthRows, ids: pl.Series) -> I64:
    """[n] the half that an article is in, by a hash of its story's first id; −1: not named."""
    # Where no story is named, articles of pairs that the truth lists belong together.
    own = components(len(truth.group), truth.a, truth.b)
    group = np.where(truth.group == NO_GROUP, len(truth.group) + own, truth.group)
    named = np.flatnonzero(truth.named)
    _, first, number = np.unique(group[named], return_index=True, return_inverse=True)
    halves = [xxhash.xxh64_intdigest(name.encode()) & 1 for name in ids.gather(named[first])]
    half = np.full(len(group), _NEITHER)
    half[named] = np.array(halves, np.int64)[number]
    return half


def _others(truth: TruthRows, ids: pl.Series, half: int) -> Flags:
    """[n] is the article named, and not in this half?"""
    of = _half(truth, ids)
    others: Flags = (of != half) & (of != _NEITHER)
    return others


def _scored(truth: TruthRows, run: RunSide, options: Relate) -> pl.DataFrame:
    """The knobs' strengths, `linked`, `right` and `wrong`, as `Search` takes them, and `half`.

    A pair across the halves, which can only be wrong, is in that of its first named article.
    """
    rows = expanded(run.pairs(np.flatnonzero(truth.named)), run.same_as, truth)
    rows = rows.filter((pl.col("positive") > 0) | (pl.col("negative") > 0))
    ids = rows["a_id"].unique().implode()
    scores = rows_of(run.out, "state/scores", pl.col("a_id").is_in(ids))
    told = rows_of(run.out, "pairs", pl.col("a_id").is_in(ids), columns=_TOLD_BY)
    features = told.join(scores, on=["a_id", "b_id"]).select(
        "a_id",
        "b_id",
        **strengths(options),
        linked=pl.coalesce("judged", pl.when("identical").then("identical")),
    )
    of_a, of_b = (_half(truth, run.ids)[rows[side].to_numpy()] for side in "ab")
    half = pl.Series(np.where(of_a == _NEITHER, of_b, of_a), dtype=pl.Int64())
    return rows.select("a_id", "b_id", half=half, right="positive", wrong="negative").join(
        features, on=["a_id", "b_id"], how="left"
    )
