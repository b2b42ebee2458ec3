"""Which of two was taken from which: how often that is right, and how well its sureness holds."""

import math

import numpy as np
import polars as pl

from pipeline.documents import F64, I64
from pipeline.evaluate.calibration import calibration_figures
from pipeline.evaluate.figures import Figure, rate

_SUREST = 0.7


def answers(p_derived: F64, p_source: F64) -> tuple[F64, F64]:
    """[n] is the answer right (1, 0; equal: ½), and how sure it is.

    The answer is the likelier of the two directions; its sureness that direction's probability.

    Args:
        p_derived: [n] that the derived text was taken from its source.
        p_source: [n] that it was the other way.
    """
    return (np.sign(p_derived - p_source) + 1) / 2, np.maximum(p_derived, p_source)


def length_rule(of_source: I64, of_derived: I64) -> F64:
    """[n] is "the longer one is the derived one" right? Equal lengths: ½."""
    right: F64 = (np.sign(of_derived - of_source) + 1) / 2
    return right


def direction_figures(
    section: str, right: F64, sure: F64, owner: I64, threshold: float
) -> list[Figure]:
    """Accuracy over the decided, all and the surest, share decided, and calibration.

    Args:
        section: what the figures belong to.
        right: [n] 1, 0 or ½.
        sure: [n] the stated probability of each answer.
        owner: [n] the story of each pair, for intervals.
        threshold: from which an answer is decided.
    """
    decided = sure >= threshold
    most = math.ceil(_SUREST * len(sure))
    figures = [
        rate(section, "accuracy", float(right[decided].sum()), int(decided.sum()), "decided"),
        rate(section, "decided", int(decided.sum()), len(sure)),
        rate(section, "accuracy", float(right.sum()), len(right), "all"),
        rate(section, "accuracy", _expected(right, sure, most), most, "surest 70 %"),
    ]
    return [*figures, *calibration_figures(section, sure, right, 1 - right, owner)]


def decided_figures(section: str, right: F64, sure: F64, owner: I64, of: int) -> list[Figure]:
    """As `direction_figures`, of answers that are decided already, out of so many."""
    return [
        rate(section, "accuracy", float(right.sum()), len(right), "decided"),
        rate(section, "decided", len(right), of),
        *calibration_figures(section, sure, right, 1 - right, owner),
    ]


def _expected(right: F64, sure: F64, count: int) -> float:
    """Right ones among the `count` surest; of those that tie at the edge, as many as expected."""
    if not count:
        return 0.0
    edge = np.sort(sure)[len(sure) - count]
    above, at = sure > edge, sure == edge
    share = (count - above.sum()) / at.sum()
    return float(right[above].sum() + share * right[at].sum())


def on_pairs(directed: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """source_id, derived_id, kind, right, sure of the directed pairs that are in `pairs`.

    Identical articles are no exception: what counts is their own row, as their dates and credits
    are their own.
    """
    told = pairs.select("a_id", "b_id", "p_a_from_b", "p_b_from_a")
    turned = (pl.col("source_id") > pl.col("derived_id")).alias("turned")
    met = directed.with_columns(
        turned,
        a_id=pl.min_horizontal("source_id", "derived_id"),
        b_id=pl.max_horizontal("source_id", "derived_id"),
    ).join(told, on=["a_id", "b_id"], maintain_order="left")
    forward = pl.when("turned").then("p_a_from_b").otherwise("p_b_from_a")
    back = pl.when("turned").then("p_b_from_a").otherwise("p_a_from_b")
    sides = met.select(forward.alias("forward"), back.alias("back"))
    right, sure = answers(sides["forward"].to_numpy(), sides["back"].to_numpy())
    return met.select(directed.columns).with_columns(
        right=pl.Series(right, dtype=pl.Float64()), sure=pl.Series(sure, dtype=pl.Float64())
    )


def on_derivations(directed: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """source_id, derived_id, kind, right, sure of the directed pairs that `derivations` decides."""
    edges = found.filter(pl.col("source_id").is_not_null(), decision="derived").select(
        "source_id", "derived_id", sure="probability"
    )
    back = edges.rename({"source_id": "derived_id", "derived_id": "source_id"})
    told = pl.concat(
        [edges.with_columns(right=1.0), back.select(edges.columns).with_columns(right=0.0)]
    )
    once = told.sort("sure", "right", descending=True).unique(
        ["source_id", "derived_id"], keep="first", maintain_order=True
    )
    return directed.join(once, on=["source_id", "derived_id"], maintain_order="left").select(
        *directed.columns, "right", "sure"
    )


def answers_of(answered: pl.DataFrame) -> tuple[F64, F64]:
    """The columns right and sure, [n] each."""
    return answered["right"].to_numpy(), answered["sure"].to_numpy()
