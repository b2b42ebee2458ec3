"""A run and a truth in, figures out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.documents import F64, I64
from pipeline.evaluate.bootstrap import MOST
from pipeline.evaluate.by_rows import TruthRows, truth_rows
from pipeline.evaluate.calibration import Reliability
from pipeline.evaluate.clusters import cluster_figures
from pipeline.evaluate.direction import (
    answers_of,
    decided_figures,
    direction_figures,
    length_rule,
    on_derivations,
    on_pairs,
)
from pipeline.evaluate.edges import decision_figures, edge_figures
from pipeline.evaluate.expand import expanded
from pipeline.evaluate.figures import Figure, rate
from pipeline.evaluate.links import (
    calibration_of,
    curve_of,
    finder_figures,
    independent_figures,
    link_figures,
    listed_figures,
    probability_figures,
    together_figure,
)
from pipeline.evaluate.mistakes import Mistake, missed_pairs, wrong_directions, wrong_links
from pipeline.evaluate.parts import parted_figures
from pipeline.evaluate.run_side import RunSide, run_side
from pipeline.evaluate.spans import detections, passage_figures
from pipeline.evaluate.truth import Truth


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        ignore_missing: leave out articles of the truth that aren't in the run.
        decided_at: probability from which a direction on `pairs` counts as decided.
        by: also tell figures by "outlet", "language" or both, of their articles.
        top: of those, the most frequent.
        mistakes: of each kind of mistake, so many.
    """

    ignore_missing: bool = False
    decided_at: float = 0.5
    by: tuple[str, ...] = ()
    top: int = 10
    mistakes: int = 10


@dataclass(frozen=True)
class Measured:
    """A run beside one truth.

    Attributes:
        name: the truth's.
        kind: what kind of truth it is.
        articles: that it names and that are in the run.
        missing: that it names and that aren't.
        positives: pairs that share a text.
        figures: all figures, section after section.
        mistakes: the worst, kind after kind.
        notes: what has to be known beside the figures.
        reliability: of `probability`, in bins; None: no judged pair is in the table.
        curve: threshold, precision and recall over `probability`.
    """

    name: str
    kind: str
    articles: int
    missing: int
    positives: int
    figures: tuple[Figure, ...]
    mistakes: tuple[Mistake, ...]
    notes: tuple[str, ...]
    reliability: Reliability | None
    curve: tuple[F64, F64, F64]


def measure(out: Path, truths: list[Truth], options: Options) -> list[Measured]:
    """A run beside each truth.

    Args:
        out: the run's folder.
        truths: as `read_truth` gives them.
        options: what to measure.

    Raises:
        InputError: the truth names articles that aren't in the run.
        OutputError: the folder isn't a run's, or is broken.
    """
    run = run_side(out)
    return [_measured(run, truth, options) for truth in truths]


def _measured(run: RunSide, given: Truth, options: Options) -> Measured:
    if not options.ignore_missing:
        given.required_in(run.ids, str(run.out))
    truth = given.restricted_to(run.ids)
    told = truth_rows(truth, run)
    pairs = run.pairs(run.rows(truth.articles["article_id"]))
    rows = expanded(pairs, run.same_as, told)
    derivations = run.derivations(truth.articles["article_id"])
    positives = truth.positives
    reliability = calibration_of(rows)
    answered = on_pairs(truth.directed, pairs)
    linked = link_figures(rows, positives)
    figures = [
        *linked,
        together_figure(pairs, run.same_as, told, run.stories, int(linked[0].hits or 0)),
        *listed_figures(rows, run.same_as, told, truth.listed["kind"]),
        *(independent_figures(pairs, run.same_as, told) if truth.kind == "events" else ()),
        *finder_figures(rows, positives),
        *probability_figures(rows, told),
        *(_clusters(run, told) if truth.within else ()),
        *(
            _directed(run, truth, told, answered, derivations, options)
            if len(truth.directed)
            else ()
        ),
        *(decision_figures(derivations, truth.decisions) if len(truth.decisions) else ()),
        *(_passages(run, truth) if len(truth.cases) else ()),
        *parted_figures(run, told, pairs, answered, options.by, options.top),
    ]
    count = options.mistakes
    return Measured(
        truth.name, truth.kind, truth.articles.height,
        given.articles.height - truth.articles.height, positives, tuple(figures),
        (
            *wrong_links(rows, run, truth, told, count),
            *missed_pairs(rows, run, truth, told, count),
            *wrong_directions(answered, count),
        ),
        tuple(_notes(run, truth)), reliability, curve_of(rows, positives),
    )  # fmt: skip


def _notes(run: RunSide, truth: Truth) -> Iterator[str]:
    left_out = sum(
        stage.get("cut", {}).get("near_copy_group_pairs", 0) for stage in run.told["stages"]
    )
    if left_out:
        cap = run.told["config"]["verify"]["pairs_per_group"]
        yield (
            f"{left_out:,} pairs in groups of more than {cap:,} near copies "
            "(verify.pairs_per_group) aren't in the table pairs: recall of pairs counts them as "
            "missed, 'linked or in one story' doesn't"
        )
    if truth.articles.height > MOST:
        yield (
            f"of more than {MOST:,} articles, B-cubed, Rand index and calibration get no 95 % "
            "intervals: they are drawn by resampling"
        )


def _clusters(run: RunSide, told: TruthRows) -> list[Figure]:
    own = np.flatnonzero(told.group >= 0)
    return cluster_figures(told.group[own], run.stories[own])


def _directed(
    run: RunSide,
    truth: Truth,
    told: TruthRows,
    answered: pl.DataFrame,
    found: pl.DataFrame,
    options: Options,
) -> list[Figure]:
    decided = on_derivations(answered.drop("right", "sure"), found)
    tokens = run.articles["tokens"].to_numpy()
    source, derived = (tokens[run.rows(answered[it])] for it in ("source_id", "derived_id"))
    longer = length_rule(source, derived)

    def owner(rows: pl.DataFrame) -> I64:
        group = told.group[run.rows(rows["source_id"])]
        return np.where(group >= 0, group, -1 - np.arange(len(group)))

    return [
        *edge_figures(found, truth),
        rate("direction", "in pairs", answered.height, truth.directed.height),
        *direction_figures(
            "direction", *answers_of(answered), owner(answered), options.decided_at
        ),
        *decided_figures(
            "direction by derivations", *answers_of(decided), owner(decided), answered.height
        ),
        *(
            rate("direction by length", "accuracy", float(it.sum()), len(it), f"longer is {side}")
            for side, it in (("derived", longer), ("the source", 1 - longer))
        ),
    ]  # fmt: skip


def _passages(run: RunSide, truth: Truth) -> list[Figure]:
    kinds = truth.cases.group_by("suspicious_id", "source_id").agg(pl.col("obfuscation").min())
    least, most = (
        end("suspicious_id", "source_id") for end in (pl.min_horizontal, pl.max_horizontal)
    )
    cased = kinds.select(a_id=least, b_id=most)
    # Which side is which counts for cases only.
    others = truth.listed.join(cased, on=["a_id", "b_id"], how="anti").select(
        suspicious_id="a_id", source_id="b_id", obfuscation=pl.lit(None, pl.String())
    )
    listed = pl.concat([kinds, others]).sort("suspicious_id", "source_id")
    ids = pl.concat([listed["suspicious_id"], listed["source_id"]]).unique()
    return passage_figures(truth.cases, detections(run.passages(ids), listed), listed)
