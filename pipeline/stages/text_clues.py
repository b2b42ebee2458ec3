"""What the texts of each pair say of who took from whom, looked up by the pair's rows."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from pipeline.documents import F32, F64, I64
from pipeline.stages.differences import Differences
from pipeline.stages.regimes import (
    PASSAGE,
    REGIME,
    REUSE,
    REVISION,
    Weights,
    directed_features,
    models,
    regime_features,
)

Regime = Literal["auto", "reuse", "revision"]
# Log-odds of "a from b"; seen from the other side their signs change.
_DIRECTED = (REVISION, REUSE, PASSAGE)
_MUTUAL = (REGIME, "shared", "balance")
# Shown to a reader, and in `names` to `quoted`, what is told of each side.
COUNTS = ("names", "numbers", "quoted", "words", "recurring")
# No text, however much it differs, says more than this by a model.
_MOST = 3.0
_MOST_COUNTED = 65_535
_BEYOND = 0.4  # of a retelling so much is in other words than passages are found by


@dataclass(frozen=True)
class TextClues:
    """What is told of k pairs of texts.

    Attributes:
        group: [n] the row that stands for all articles of one text.
        keys: [k + 1] pairs of such rows, (smaller << 32) | larger, ascending; the last is no one's.
        table: [k + 1] by those rows: log-odds, `shared` (how much of the shorter text the two
            share), `balance` (its tokens ÷ those of the longer) and counts; all 0 in the last.
        regime: "auto", or what is taken for granted.
    """

    group: I64
    keys: I64
    table: pl.DataFrame
    regime: Regime = "auto"

    def of(self, a: I64, b: I64) -> dict[str, pl.Series]:
        """Of pairs of rows: the columns of the table, as seen from the first of each pair."""
        x, y = self.group[a], self.group[b]
        wanted = _keys(x, y)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        at = np.where(self.keys[at] == wanted, at, len(self.keys) - 1)
        rows, turned = self.table[at], x > y
        sign = np.where(turned, -1.0, 1.0)
        told = {name: rows[name].cast(pl.Float64()) * pl.Series(sign) for name in _DIRECTED}
        told |= {name: rows[name].cast(pl.Float64()) for name in _MUTUAL}
        for name in COUNTS:
            one, other = (rows[f"{name}_{side}"].to_numpy() for side in "ab")
            told[f"{name}_a"] = pl.Series(np.where(turned, other, one))
            told[f"{name}_b"] = pl.Series(np.where(turned, one, other))
        return told


def text_clues(
    pairs: pl.DataFrame,
    found: Differences,
    group: I64,
    regime: Regime = "auto",
    weights: dict[str, Weights] | None = None,
) -> TextClues:
    """Weigh how the texts of pairs differ.

    Args:
        pairs: `a`, `b` (rows), both containments, `coverage` (share of the shorter in passages and
            sentence links), `retold` (the model's probability of a shared text, or null).
        found: of the same pairs.
        group: [n] the row that stands for all articles of one text.
        regime: from the section `derivation`.
        weights: the models; the shipped ones if None.

    Example:
        >>> from pipeline.stages.differences import BOTH, SIDES
        >>> found = Differences(
        ...     {name: np.array([[0.0, 3.0]]) for name in SIDES},
        ...     {name: np.array([2.0]) for name in BOTH}, np.array([[0.0, 1.0]]))
        >>> pairs = pl.DataFrame({"a": [1], "b": [0], "containment_a": [0.9],
        ...     "containment_b": [0.5], "coverage": [0.7], "retold": [None]})
        >>> told = text_clues(pairs, found, np.arange(2)).of(np.array([0, 1]), np.array([1, 0]))
        >>> told["names_a"].to_list(), (told["reuse"] > 0).to_list()
        ([3, 0], [False, True])
    """
    made = weights or models()
    directed = directed_features(found)
    columns: dict[str, F32] = {
        name: np.clip(made[name](directed), -_MOST, _MOST).astype(np.float32) for name in _DIRECTED
    }
    columns[REGIME] = made[REGIME](regime_features(found)).astype(np.float32)
    x, y = (group[pairs[side].to_numpy()] for side in ("a", "b"))
    turned = x > y
    for name in _DIRECTED:
        columns[name][turned] *= -1.0
    counts = {**found.sides, "recurring": found.recurring}
    sides = {
        f"{name}_{side}": _counted(counts[name], turned, at)
        for name in COUNTS
        for at, side in enumerate("ab")
    }
    keys, first = np.unique(_keys(x, y), return_index=True)
    columns["balance"] = _balance(found.sides["tokens"])
    table = pl.DataFrame({**columns, "shared": _shared(pairs), **sides})[first]
    return _ended(TextClues(group, keys[keys >= 0], table.filter(pl.Series(keys >= 0)), regime))


def no_text_clues(n: int) -> TextClues:
    """Nothing is known of the texts of n articles."""
    kinds = dict.fromkeys((*_DIRECTED, *_MUTUAL), pl.Float32())
    counts = dict.fromkeys((f"{name}_{side}" for name in COUNTS for side in "ab"), pl.UInt16())
    table = pl.DataFrame(schema={**kinds, **counts})
    return _ended(TextClues(np.arange(n), np.empty(0, np.int64), table))


def together(parts: list[TextClues]) -> TextClues:
    """The clues of several parts of the pairs as one."""
    keys = np.concatenate([part.keys[:-1] for part in parts])
    table = pl.concat([part.table[:-1] for part in parts])
    keys, first = np.unique(keys, return_index=True)
    return _ended(TextClues(parts[0].group, keys, table[first], parts[0].regime))


def _ended(clues: TextClues) -> TextClues:
    """With the row of all that isn't known."""
    nothing = pl.DataFrame({name: [0] for name in clues.table.columns}, schema=clues.table.schema)
    keys = np.append(clues.keys, np.iinfo(np.int64).max)
    return TextClues(clues.group, keys, pl.concat([clues.table, nothing]), clues.regime)


def _keys(x: I64, y: I64) -> I64:
    """Of two rows that stand for texts; −1 where it is one text."""
    return np.where(x == y, -1, (np.minimum(x, y) << 32) | np.maximum(x, y))


def _counted(counts: F64, turned: np.ndarray, side: int) -> np.ndarray:
    own = np.where(turned, counts[:, 1 - side], counts[:, side])
    return np.minimum(own, _MOST_COUNTED).astype(np.uint16)


def _balance(tokens: F64) -> F32:
    share: F32 = (tokens.min(axis=1) / np.maximum(tokens.max(axis=1), 1.0)).astype(np.float32)
    return share


def _shared(pairs: pl.DataFrame) -> pl.Series:
    """How much of the shorter text both have: word for word, in passages, or retold as a whole.

    Passages that fill a short text are no retelling where the model knows of none: it may stand in
    a longer one as a summary does in an essay.
    """
    told = pl.min_horizontal("retold", pl.col("coverage") + _BEYOND)
    passages = pl.when(pl.col("retold").is_null()).then("coverage").otherwise(told)
    most = pl.max_horizontal("containment_a", "containment_b", passages)
    return pairs.select(most.cast(pl.Float32())).to_series()
