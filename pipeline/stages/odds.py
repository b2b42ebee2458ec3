"""The probability that two articles share a text, as against reporting one event independently.

A logistic regression whose weights are a table of eight rows, shipped as data: nothing is learned
at run time. What each feature adds to the log-odds is the evidence.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.config import Semantic
from pipeline.documents import F32, F64
from pipeline.stages.evidence import Signal
from pipeline.stages.fixed import added

TABLE = Path(__file__).parent.parent / "data" / "retold.csv"
_PREFIX = "w_"
_BASE = "w_retold"
_MEANING, _MEANT = "meaning", "w_meaning"
# What is said of each feature; {} is its value.
_DETAILS = {
    "runs": ("shared_words", "{} % of rarer runs of three words", 100.0),
    "pieces": (
        "scattered_words",
        "{} % of rarer runs, long passages counting once",
        100.0,
    ),
    "order": ("order", "order of rarer words agrees by {} of 1", 1.0),
    "near_order": ("near_order", "order of neighbouring words agrees by {} of 1", 1.0),
    "aligned": ("aligned", "{} % of what sentences share is in one order", 100.0),
    "sentences": ("sentences", "a sentence is like its counterpart by {} of 1", 1.0),
    "numbers": ("numbers", "{} % of the numbers of one are new to the other", 100.0),
    "length": ("length", "the shorter has {} words", 1.0),
}


@dataclass(frozen=True)
class Model:
    """A logistic regression on standardised features.

    Attributes:
        names: of the k features.
        weights: [k] log-odds per standard deviation.
        mean, scale: [k] mean and standard deviation in training.
        least, most: [k] what a feature is cut to.
        intercept: log-odds where every feature has its mean.
    """

    names: tuple[str, ...]
    weights: F64
    mean: F64
    scale: F64
    least: F64
    most: F64
    intercept: float


@cache
def retold_model() -> Model:
    """The shipped model.

    Example:
        >>> model = retold_model()
        >>> model.names[0], len(model.names) == len(model.weights)
        ('runs', True)
    """
    with TABLE.open(encoding="utf8", newline="") as file:
        first, *rows = csv.DictReader(file)
    names = tuple(row["feature"] for row in rows)

    def column(name: str, missing: str) -> F64:
        return np.array([float(row[name] or missing) for row in rows])

    return Model(
        names,
        column("weight", "nan"),
        column("mean", "nan"),
        column("scale", "nan"),
        column("least", "-inf"),
        column("most", "inf"),
        float(first["weight"]),
    )


def odds_of(features: F32, model: Model | None = None) -> pl.DataFrame:
    """What features say of sharing a text.

    Args:
        features: [pairs, k] as `likeness_of` gives them.
        model: the shipped one if None.

    Returns:
        retold (the probability); w_retold, the log-odds of an average pair, and w_… of each
        feature: these sum to the probability's log-odds; and the features by their names. The
        meaning of words is unknown and adds nothing: see `with_meaning`.

    Example:
        >>> rows = odds_of(np.array([[0.9, 0.8, 0.8, 0.8, 1, 0.9, 0, 6], [0] * 7 + [6]], "f4"))
        >>> rows["retold"].round(2).to_list()
        [1.0, 0.0]
    """
    model = model or retold_model()
    cut = np.clip(features.astype(np.float64), model.least, model.most)
    terms = model.weights * ((cut - model.mean) / model.scale)
    frame = pl.DataFrame(
        {_BASE: np.full(len(features), model.intercept)}
        | {_PREFIX + name: terms[:, at] for at, name in enumerate(model.names)}
        | {name: features[:, at].astype(np.float64) for at, name in enumerate(model.names)}
        | {_MEANT: np.zeros(len(features))}
    )
    return frame.with_columns(
        pl.lit(None, pl.Float64()).alias(_MEANING), retold=probability_of(_weighed(model))
    )


def with_meaning(rows: pl.DataFrame, cosines: F64, options: Semantic) -> pl.DataFrame:
    """What the meaning of words adds to `odds_of`: nothing, unless the config weighs it.

    Args:
        rows: as `odds_of` gives them.
        cosines: [pairs] NaN where unknown.
        options: the section `semantic`.

    Returns:
        the rows with `meaning`, the cosine; `w_meaning`, its log-odds; and `retold` with these.

    Example:
        >>> rows = odds_of(np.zeros((2, 8), np.float32))
        >>> options = Semantic(weight=10, neutral=0.5)
        >>> with_meaning(rows, np.array([0.9, np.nan]), options)["w_meaning"].to_list()
        [4.0, 0.0]
    """
    cosine = pl.Series(_MEANING, cosines).fill_nan(None)
    weight = (options.weight * (pl.col(_MEANING) - options.neutral)).fill_null(0.0)
    rows = rows.with_columns(cosine).with_columns(weight.alias(_MEANT))
    return rows.with_columns(retold=probability_of(log_odds()))


def odds_columns() -> tuple[str, ...]:
    """The columns that `odds_of` and `with_meaning` give."""
    names = retold_model().names
    return ("retold", _BASE, *(_PREFIX + name for name in names), *names, _MEANING, _MEANT)


def unweighed(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs, with the columns of `odds_of` as nulls where they have none."""
    missing = [name for name in odds_columns() if name not in pairs.columns]
    return pairs.with_columns(pl.lit(None, pl.Float64()).alias(name) for name in missing)


def log_odds() -> pl.Expr:
    """Sum of the columns w_… of `odds_of`."""
    return added(_weighed(retold_model()), pl.col(_MEANT))


def _weighed(model: Model) -> pl.Expr:
    return added(pl.col(_BASE), *(pl.col(_PREFIX + name) for name in model.names))


def probability_of(odds: pl.Expr) -> pl.Expr:
    """Of log-odds."""
    return 1.0 / (1.0 + (-odds).exp())


def signals(when: pl.Expr) -> tuple[Signal, ...]:
    """Rows of evidence of a frame with the columns of `odds_of`, for `evidence.collected`.

    Args:
        when: in which rows they count.

    Example:
        >>> from pipeline.stages.evidence import collected
        >>> rows = odds_of(np.array([[0.5, 0.4, 0.3, 0.3, 0.8, 0.4, 0, 6]], np.float32))
        >>> [item["detail"] for item in collected(rows, *signals(pl.lit(value=True)))[0]][1:2]
        ['25 % of rarer runs of three words']
    """
    base = Signal("retold", pl.lit("an average pair"), _BASE, when)
    return (base, *(_signal(name, when) for name in retold_model().names), _meaning(when))


def _meaning(when: pl.Expr) -> Signal:
    """Without a weight, too: it may be all that a pair has to show."""
    detail = pl.format("cosine of the articles' mean word vectors {}", pl.col(_MEANING).round(3))
    known, idle = pl.col(_MEANING).is_not_null(), pl.col(_MEANT) == 0
    return Signal(_MEANING, detail, _MEANT, known & (when | idle))


def _signal(name: str, when: pl.Expr) -> Signal:
    signal, text, times = _DETAILS[name]
    value = pl.col(name)
    if name in ("runs", "pieces"):
        value = value**2
    elif name == "length":
        value = value.exp()
    shown = (value * times).round(0 if times > 1 or name == "length" else 2)
    whole = times > 1 or name == "length"
    shown = shown.cast(pl.Int64()) if whole else shown
    # A weight of nothing is no evidence.
    told = when & (pl.col(_PREFIX + name) != 0)
    return Signal(signal, pl.format(text, shown), _PREFIX + name, told)
