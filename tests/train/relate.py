"""Fits the model that tells a shared text from a shared event: `pipeline/data/retold.csv`.

`python -m tests.train.relate EVAL_FOLDER` reads the labelled sets, fits a logistic regression to
all of them, and writes the table. Same input, same table.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import minimize

from pipeline.kernels.likeness import FEATURES
from pipeline.stages.odds import TABLE, Model
from tests.train.made_texts import CUTS
from tests.train.retold_data import Labelled, labelled

# Ends of what a feature is taken to be: a text of more words doesn't share less by chance.
_LEAST = {"length": float(np.log(160))}
_MOST = {"length": float(np.log(300))}
_FREE = ("numbers", "length")  # may lower the odds as they grow; what is shared never does
_MEANINGS = {
    "runs": "the smaller article's runs of three words that both have, by rarity, as a root",
    "pieces": "the same, where a long passage counts little more than a short one",
    "order": "rarer words first come in one order (Kendall's tau, shrunk where they are few)",
    "near_order": "the same among words that are near each other",
    "aligned": "sentences match one to one in one order, of all that match",
    "sentences": "likeness of each sentence to its best counterpart, on average",
    "numbers": "share of the numbers of the one with fewer that the other lacks",
    "length": "ln of the shorter article's words, between 160 and 300",
}
# What the pairs of each kind weigh together.
_WEIGHTS = {
    ("paraphrase", 0): 1.0, ("rewrite", 0): 1.0, ("open_ended", 0): 0.6, ("hop", 0): 1.0,
    ("version", 0): 0.5, ("first_last", 0): 0.5, ("sample", 0): 0.1, ("cut", 0): 0.1,
    ("light", 0): 0.1, ("heavy", 0): 0.15, ("non", 0): 0.3, ("event", 0): 1.5,
    ("event", 100): 1.2, ("event", 200): 0.8, ("event", 350): 0.8, ("planted", 0): 0.1,
    **{(kind, cut): 0.2 for kind in ("paraphrase", "rewrite", "version") for cut in CUTS},
}  # fmt: skip
_HAYSTACK = 2.0
_RIDGE = 0.01
_INDEPENDENT = 0.1  # events that share more share agency text
_STRANGERS = 0.02
# The threshold is set where so few retellings of the kinds below are missed.
_MISSED = 0.033
_SURE = ("paraphrase", "rewrite")


def weights_of(pairs: pl.DataFrame, among: np.ndarray) -> np.ndarray:
    """[pairs] what each weighs in training; 0 for those that aren't trained on."""
    kinds = list(zip(pairs["kind"], pairs["cut"], strict=True))
    agency = (pairs["kind"] == "event") & (pairs["jaccard"] >= _INDEPENDENT)
    usable = among & ~agency.to_numpy()
    strangers = usable & pairs.select(
        pl.col("found") & (pl.col("set") == "background") & pl.col("outlets")
        & (pl.col("jaccard") < _STRANGERS) & pl.col("truth").is_null()
    ).to_series().to_numpy()  # fmt: skip
    out = np.where(strangers, _HAYSTACK / max(1, strangers.sum()), 0.0)
    for key, share in _WEIGHTS.items():
        here = usable & np.array([kind == key for kind in kinds])
        out[here] = share / max(1, here.sum())
    return out


def fit(data: Labelled, among: np.ndarray | None = None) -> Model:
    """Logistic regression with weights ≥ 0 for what is shared; then threshold and slope.

    Args:
        data: labelled pairs.
        among: [pairs] which may be seen; all if None.
    """
    pairs = data.pairs
    among = np.ones(len(pairs), bool) if among is None else among
    weights = weights_of(pairs, among)
    used = weights > 0
    least = np.array([_LEAST.get(name, -np.inf) for name in FEATURES])
    most = np.array([_MOST.get(name, np.inf) for name in FEATURES])
    values = np.clip(data.features.astype(np.float64), least, most)
    share = weights[used] / weights[used].sum()
    mean = share @ values[used]
    scale = np.sqrt(share @ (values[used] - mean) ** 2)
    standard = (values - mean) / scale
    truth = pairs["truth"].fill_null(0).to_numpy()
    bounds = [(None, None), *((None if name in _FREE else 0.0, None) for name in FEATURES)]
    found = minimize(
        _loss, np.zeros(1 + len(FEATURES)), (standard[used], truth[used], weights[used]),
        jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000, "ftol": 1e-13},
    ).x  # fmt: skip
    logits = standard @ found[1:]
    sure = among & pairs["kind"].is_in(_SURE).to_numpy() & (pairs["cut"] == 0).to_numpy()
    if not sure.any():  # where that set is left out
        sure = among & (truth == 1) & (weights > 0)
    threshold = float(np.quantile(logits[sure], _MISSED))
    slope = _slope(data, logits - threshold, among)
    return Model(
        tuple(FEATURES), found[1:] * slope, mean, scale, least, most, -threshold * slope,
    )  # fmt: skip


def _loss(point, values, truth, weights):
    logits = values @ point[1:] + point[0]
    loss = (weights * np.logaddexp(0, np.where(truth > 0, -logits, logits))).sum()
    residual = weights * (1 / (1 + np.exp(-logits)) - truth)
    ridge = _RIDGE * (point[1:] ** 2).sum()
    return loss + ridge, np.r_[residual.sum(), values.T @ residual + 2 * _RIDGE * point[1:]]


def known_found(pairs: pl.DataFrame) -> np.ndarray:
    """[pairs] does finder 3 find the pair, and is its truth known?

    Strangers, of two outlets and over 60 days apart, share nothing.
    """
    strangers = pl.col("outlets") & (pl.col("days") > 60) & (pl.col("jaccard") < _STRANGERS)
    agency = (pl.col("set") == "events") & (pl.col("jaccard") >= _INDEPENDENT)
    known = (pl.col("truth").is_not_null() & ~agency) | strangers
    return pairs.select((pl.col("found") & known).fill_null(value=False)).to_series().to_numpy()


def _slope(data: Labelled, logits: np.ndarray, among: np.ndarray) -> float:
    """What logits are multiplied by to fit finder 3's pairs whose truth is known (Platt 1999)."""
    here = known_found(data.pairs) & among
    truth = data.pairs["truth"].fill_null(0).to_numpy()[here]
    signed = np.where(truth > 0, -logits[here], logits[here])
    grid = np.linspace(0.1, 3.0, 291)
    return float(grid[np.argmin([np.logaddexp(0, slope * signed).mean() for slope in grid])])


def write(model: Model, path: Path) -> None:
    """The table, rounded so that it can be read."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["feature", "weight", "mean", "scale", "least", "most", "meaning"])
        average = "log-odds where all is average"
        rows.writerow(["", f"{model.intercept:.4f}", "", "", "", "", average])
        for at, name in enumerate(model.names):
            ends = model.least[at], model.most[at]
            ends = (f"{end:.4f}" if np.isfinite(end) else "" for end in ends)
            rows.writerow(
                [name, f"{model.weights[at]:.4f}", f"{model.mean[at]:.4f}",
                 f"{model.scale[at]:.4f}", *ends, _MEANINGS[name]]
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the labelled sets")
    given = parser.parse_args()
    root = Path(__file__).parents[2]
    write(fit(labelled(given.folder, root / "sample_corpus")), TABLE)
    print(TABLE.read_text())
