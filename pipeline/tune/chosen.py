"""A finished run and what is known of some of its articles → thresholds, and how they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import xxhash

from pipeline.config import Relate
from pipeline.documents import I64
from pipeline.evaluate.by_rows import NO_GROUP, POSITIVE, TruthRows, truth_rows
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
            together; None where there are none.
        why_not: why there are none; empty where there are.
        curve: best precision for each recall.
        truths: their names.
    """

    goal: Goal
    now: Choice
    chosen: Choice | None
    unseen: Counts | None
    why_not: str
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
    and none is set below the run's own: lower ones need a run with lower ones first. Then a run
    with those chosen links what is counted here, but for two things that hang on the thresholds
    before pairs are scored: which members of a group of more than `verify.pairs_per_group` near
    copies are paired, and pairs of articles of a few tokens, which share next to no shingle and
    are compared only from the containment `relate.excerpt` on.

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
    parted = [(truth, _half(truth, run.ids)) for truth in known]
    scored = pl.concat([_scored(truth, half, run, options) for truth, half in parted])
    whole = Search(scored, sum(truth.positives for truth in known), options)
    halves = [
        Search(
            scored.filter(half=one),
            sum(_of_half(truth, half, one).positives for truth, half in parted),
            options,
        )
        for one in _HALVES
    ]
    return Tuned(
        goal,
        whole.now,
        goal.best(whole),
        *_unseen(halves, goal),
        tuple(whole.curve()),
        tuple(it.name for it in truths),
    )


def _unseen(halves: list[Search], goal: Goal) -> tuple[Counts | None, str]:
    """What is chosen on a half, counted on the other; or why that can't be."""
    if not all(half.of for half in halves):
        return None, "all stories with pairs that share a text fall into one half"
    chosen = [goal.best(half) for half in halves]
    met = [
        other.at(choice.thresholds).counts
        for choice, other in zip(chosen, halves[::-1], strict=True)
        if choice is not None
    ]
    if len(met) < len(halves):
        where = "either half" if not met else "one half"
        return None, f"no thresholds reach a {goal.by} of {goal.share:g} on {where} of the stories"
    names = ("right", "wrong", "of")
    return Counts(*(sum(getattr(it, name) for it in met) for name in names)), ""


def _half(truth: TruthRows, ids: pl.Series) -> I64:
    """[n] the half that an article is in, by a hash of its story's first id; −1: not named.

    Stories between which the truth lists pairs that share a text are one here: no such pair lies
    across the halves.
    """
    n = len(truth.group)
    grouped = np.flatnonzero(truth.group != NO_GROUP)
    _, first, number = np.unique(truth.group[grouped], return_index=True, return_inverse=True)
    # Where no story is named, all that the truth lists belongs together, whatever it says.
    told = (truth.word == POSITIVE) | (
        (truth.group[truth.a] == NO_GROUP) & (truth.group[truth.b] == NO_GROUP)
    )
    a = np.concatenate([grouped[first][number], truth.a[told]])
    b = np.concatenate([grouped, truth.b[told]])
    group = components(n, np.minimum(a, b), np.maximum(a, b))
    named = np.flatnonzero(truth.named)
    _, first, number = np.unique(group[named], return_index=True, return_inverse=True)
    halves = [xxhash.xxh64_intdigest(name.encode()) & 1 for name in ids.gather(named[first])]
    half = np.full(n, _NEITHER)
    half[named] = np.array(halves, np.int64)[number]
    return half


def _of_half(truth: TruthRows, half: I64, one: int) -> TruthRows:
    """As if nothing were known of the articles of the other half."""
    return truth.without((half != one) & (half != _NEITHER))


def _scored(truth: TruthRows, half: I64, run: RunSide, options: Relate) -> pl.DataFrame:
    """The knobs' strengths, `linked`, `right` and `wrong`, as `Search` takes them, and `half`.

    What a row stands for is counted in the half that it lies in; a pair across the halves, which
    can only be wrong, in that of the row's first named article.
    """
    pairs = run.pairs(np.flatnonzero(truth.named))
    whole = expanded(pairs, run.same_as, truth)
    parts = [expanded(pairs, run.same_as, _of_half(truth, half, one)) for one in _HALVES]
    across = whole["negative"] - sum(part["negative"] for part in parts)
    of_a, of_b = (half[whole[side].to_numpy()] for side in "ab")
    own = np.maximum(np.where(of_a == _NEITHER, of_b, of_a), _HALVES[0])
    rows = pl.concat(
        whole.select(
            "a_id", "b_id", half=pl.lit(one, pl.Int64()), right=part["positive"],
            wrong=part["negative"] + across * pl.Series(own == one).cast(pl.Int64()),
        )
        for one, part in zip(_HALVES, parts, strict=True)
    ).filter((pl.col("right") > 0) | (pl.col("wrong") > 0))  # fmt: skip
    ids = rows["a_id"].unique().implode()
    scores = rows_of(run.out, "state/scores", pl.col("a_id").is_in(ids))
    told = rows_of(run.out, "pairs", pl.col("a_id").is_in(ids), columns=_TOLD_BY)
    features = told.join(scores, on=["a_id", "b_id"]).select(
        "a_id",
        "b_id",
        **strengths(options),
        linked=pl.coalesce("judged", pl.when("identical").then("identical")),
    )
    return rows.join(features, on=["a_id", "b_id"], how="left")
