"""Fits the models of direction by text: `pipeline/data/direction.csv`.

`python -m tests.train.direction EVAL_FOLDER` reads the labelled sets, fits a logistic regression
for each regime, one that tells the regimes apart, and one for passages, and writes the table. Same
input, same table.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import minimize

from pipeline.documents import F64
from pipeline.stages.regimes import PASSAGE, REGIME, REUSE, REVISION, TABLE, Weights
from tests.train.direction_data import Labelled, labelled

_REVISED = (
    "share_of_words", "words", "share_of_tokens", "growth", "share_of_blocks", "share_of_head",
    "sentences", "numbers",
)  # fmt: skip
_RETOLD = ("names", "numbers", "quoted")
_TOLD_BY = ("in_order", "places", "tail", "size")
# What the pairs of each kind weigh together.
_WEIGHTS = {
    ("versions", "consecutive"): 1.0, ("versions", "first_last"): 0.5,
    ("rewrites", "paraphrase"): 0.4, ("rewrites", "rewrite"): 0.4, ("rewrites", "open_ended"): 0.2,
    ("chains", "early"): 0.6, ("chains", "late"): 0.4,
    ("answers", "cut"): 0.2, ("answers", "light"): 0.2, ("answers", "heavy"): 0.2,
    ("trimmed", "trimmed"): 0.6,
}  # fmt: skip
_REUSED = ("rewrites", "chains", "answers")
_RIDGE = 0.001
# A planted passage has nothing to do with what stands around it; what an editor takes, has. The
# weight that planted ones give (4.4) is taken by this much.
_PLANTED = 4.4
_SHRUNK = 0.45
_MEANINGS = {
    "share_of_words": "longer words that b alone has less those of a, of both and 1",
    "words": "longer words that one alone has: ln of those of b and 1, less that of a",
    "share_of_tokens": "tokens of b less those of a, of both and 1",
    "growth": "place by place, ln of 1 and the tokens that b has more, summed and evened out",
    "share_of_blocks": "places where b alone has something less those where a has, of both and 1",
    "share_of_head": "tokens that b alone has at its head less those of a, of both and 1",
    "sentences": "sentences begun where the two differ: ln of those of b and 1, less that of a",
    "numbers": "numbers that one alone has: ln of those of b and 1, less that of a",
    "names": "names that one alone has: ln of those of b and 1, less that of a",
    "quoted": "quoted words that one alone has: ln of those of b and 1, less that of a",
    "in_order": "tokens of the shorter that stand in the other, in one order, of all",
    "places": "ln of places of difference and 1, less ln of the shorter's tokens and 10",
    "tail": "of the tokens that differ and 5, those of one behind the other's end",
    "size": "ln of the tokens that differ and 1, less ln of the places of difference and 1",
    "recurring": "words of the passages that recur around them: ln of those in b and 1, less that "
    "of a",
    "": "log-odds where all features are 0",
}


def weights_of(pairs: pl.DataFrame) -> F64:
    """[p] what each pair weighs in training."""
    kinds = list(zip(pairs["set"], pairs["kind"], strict=True))
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    return np.array([_WEIGHTS[kind] / counts[kind] for kind in kinds])


def fit(data: Labelled, among: np.ndarray | None = None) -> dict[str, Weights]:
    """All models.

    Args:
        data: labelled pairs.
        among: [p] which may be seen; all if None.
    """
    among = np.ones(len(data.pairs), bool) if among is None else among
    sets = data.pairs["set"].to_numpy()
    reused = among & np.isin(sets, _REUSED)
    return {
        REVISION: _direction(data, among & (sets == "versions"), _REVISED),
        REUSE: _sloped(_direction(data, reused, _RETOLD), data, reused),
        REGIME: _regime(data, among),
        PASSAGE: Weights(("recurring",), np.array([_SHRUNK * _PLANTED])),
    }


def _direction(data: Labelled, chosen: np.ndarray, names: tuple[str, ...]) -> Weights:
    """In the labelled pairs a is the source: "a from b" is wrong."""
    if not chosen.any():
        return Weights(names, np.zeros(len(names)))
    values = np.column_stack([data.directed[name] for name in names])[chosen]
    share = weights_of(data.pairs.filter(pl.Series(chosen)))
    return Weights(names, _logistic(-values, np.ones(len(values)), share))


def _sloped(model: Weights, data: Labelled, chosen: np.ndarray) -> Weights:
    """Flatter or steeper, as fits each set's pairs judged by a model without that set."""
    sets = data.pairs["set"].to_numpy()
    signed, share = [], []
    for name in _REUSED:
        here, others = chosen & (sets == name), chosen & (sets != name)
        if here.any() and others.any():
            said = _direction(data, others, model.names)(data.directed)[here]
            signed.append(-said)
            share.append(weights_of(data.pairs.filter(pl.Series(here))))
    if not signed:
        return model
    told, weight = np.concatenate(signed), np.concatenate(share)
    grid = np.linspace(0.1, 1.0, 91)
    loss = [(weight * np.logaddexp(0, -slope * told)).sum() for slope in grid]
    return Weights(model.names, model.weights * grid[int(np.argmin(loss))])


def _regime(data: Labelled, among: np.ndarray) -> Weights:
    values = np.column_stack([data.regime[name] for name in _TOLD_BY])[among]
    revised = (data.pairs["set"].to_numpy() == "versions")[among]
    share = weights_of(data.pairs.filter(pl.Series(among)))
    # Which regime is commoner isn't known: both weigh the same.
    for side in (revised, ~revised):
        share[side] /= max(share[side].sum(), 1e-12)
    full = np.column_stack([values, np.ones(len(values))])
    signed = np.where(revised, 1.0, -1.0)
    found = _logistic(full, signed, share)
    return Weights(_TOLD_BY, found[:-1], float(found[-1]))


def _logistic(values: F64, signs: F64, share: F64) -> F64:
    """Weights of a logistic regression without intercept, with a small ridge."""
    scale = np.sqrt((share @ values**2) / share.sum()) + 1e-9
    standard = values / scale * signs[:, None]

    def loss(point: F64) -> tuple[float, F64]:
        told = standard @ point
        wrong = share / share.sum() / (1 + np.exp(told))
        total = (share / share.sum() * np.logaddexp(0, -told)).sum() + _RIDGE * point @ point
        return float(total), -(standard.T @ wrong) + 2 * _RIDGE * point

    start = np.zeros(values.shape[1])
    options = {"maxiter": 2000, "ftol": 1e-13}
    return minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x / scale


def write(models: dict[str, Weights], path: Path) -> None:
    """The table, rounded so that it can be read."""
    with path.open("w", newline="", encoding="utf8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["model", "feature", "weight", "meaning"])
        for name, model in models.items():
            if model.intercept:
                rows.writerow([name, "", f"{model.intercept:.4f}", _MEANINGS[""]])
            for feature, weight in zip(model.names, model.weights, strict=True):
                rows.writerow([name, feature, f"{weight:.4f}", _MEANINGS[feature]])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the labelled sets")
    given = parser.parse_args()
    write(fit(labelled(given.folder)), TABLE)
    print(TABLE.read_text())
