"""How well a shared text is told from a shared event, on labelled sets.

`python -m tests.quality.retold EVAL_FOLDER` prints shares with counts and 95 % intervals: each
story's by a model that was fitted to the other fold's stories, and calibration by models that
haven't seen the set.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.stages.odds import odds_of
from pipeline.stages.shares import wilson
from tests.train.relate import fit, known_found
from tests.train.retold_data import SETS, Labelled, labelled

_BINS = 10
VERDICTS = Path(__file__).with_name("rewrite_verdicts.csv")
# Of each row: its pairs, and the bound that it should keep.
_SURE = pl.col("kind").is_in(["paraphrase", "rewrite"]) & (pl.col("cut") == 0)
_EVENT = (pl.col("kind") == "event") & (pl.col("jaccard") < 0.1)
_STRANGERS = (
    pl.col("found")
    & (pl.col("set") == "background")
    & pl.col("outlets")
    & (pl.col("jaccard") < 0.02)
)
ROWS = {
    "paraphrase, rewrite": (_SURE, "≥ .965"),
    "open-ended": ((pl.col("kind") == "open_ended") & (pl.col("cut") == 0), "≥ .35"),
    "consecutive hops": (pl.col("kind") == "hop", "≥ .985"),
    "consecutive versions": ((pl.col("kind") == "version") & (pl.col("cut") == 0), "≥ .96"),
    "first and last version": (pl.col("kind") == "first_last", ""),
    "sample_corpus": (pl.col("kind") == "sample", ""),
    "answers: cut": (pl.col("kind") == "cut", ""),
    "answers: light revision": (pl.col("kind") == "light", ""),
    "answers: heavy revision": (pl.col("kind") == "heavy", ""),
    "answers: not derived": (pl.col("kind") == "non", ""),
    "independent, one event": (_EVENT & (pl.col("cut") == 0), "≤ .025"),
    "the same, 350 words": (_EVENT & (pl.col("cut") == 350), ""),
    "the same, 200 words": (_EVENT & (pl.col("cut") == 200), "≤ .04"),
    "the same, 100 words": (_EVENT & (pl.col("cut") == 100), "≤ .08"),
    "a passage planted in both": (pl.col("kind") == "planted", ""),
    "found, two outlets, Jaccard < .02": (_STRANGERS, ""),
    "the same, one day": (_STRANGERS & (pl.col("days") == 0), "≤ .001"),
    "the same, over 60 days apart": (_STRANGERS & (pl.col("days") > 60), ""),
}


def interval(hits: float, total: int) -> tuple[float, float]:
    """95 % of a share; all of it where nothing was tried."""
    if not total:
        return 0.0, 1.0
    found = wilson(hits / total, total)
    return found.low, found.high


def table(data: Labelled, probability: np.ndarray) -> list[str]:
    """One line for each row."""
    pairs = data.pairs.with_columns(called=pl.Series(probability >= 0.5))
    lines = []
    for name, (which, bound) in ROWS.items():
        called = pairs.filter(which)["called"]
        low, high = interval(int(called.sum()), len(called))
        share = called.mean() if len(called) else float("nan")
        lines.append(
            f"{name:36} {share:6.4f}  {called.sum():5} of {len(called):6}  "
            f"{low:.4f}–{high:.4f}  {bound}"
        )
    return lines


def calibration(truth: np.ndarray, probability: np.ndarray) -> tuple[float, float]:
    """Expected calibration error over bins of equal mass, and Brier score."""
    order = np.argsort(probability, kind="stable")
    gaps = [
        abs(truth[part].mean() - probability[part].mean()) * len(part)
        for part in np.array_split(order, _BINS)
    ]
    return sum(gaps) / len(truth), float(np.mean((truth - probability) ** 2))


def across_sets(data: Labelled) -> list[str]:
    """Each set's pairs in the finder's output, judged by a model that hasn't seen the set."""
    usable, names = known_found(data.pairs), data.pairs["set"].to_numpy()
    lines, truths, stated = [], [], []
    for name in (*SETS, "background", "mixed"):
        here = usable & (names == name)
        if not here.any():
            continue
        said = odds_of(data.features[here], fit(data, names != name))["retold"].to_numpy()
        truth = data.pairs["truth"].fill_null(0).to_numpy()[here]
        error, brier = calibration(truth, said)
        lines.append(f"{name:12} {here.sum():6} pairs, {truth.mean():.3f} true, "
                     f"calibration error {error:.3f}, Brier {brier:.3f}")  # fmt: skip
        truths.append(truth)
        stated.append(said)
    truth, said = np.concatenate(truths), np.concatenate(stated)
    error, brier = calibration(truth, said)
    lines.append(f"{'together':12} {len(truth):6} pairs, {truth.mean():.3f} true, "
                 f"calibration error {error:.3f}, Brier {brier:.3f}")  # fmt: skip
    return lines


def answers(data: Labelled) -> list[str]:
    """Derived or not, by a model that has seen no answer; participants aren't known here."""
    here = (data.pairs["set"] == "answers").to_numpy() & ~data.pairs["found"].to_numpy()
    pairs = data.pairs.filter(pl.Series(here))
    called = (
        odds_of(data.features[here], fit(data, (data.pairs["set"] != "answers").to_numpy()))[
            "retold"
        ].to_numpy()
        >= 0.5
    )
    right = called == (pairs["truth"].to_numpy() == 1)
    low, high = interval(int(right.sum()), len(right))
    counts = f"{right.sum()} of {len(right)}, {low:.3f}–{high:.3f}"
    lines = [f"derived or not: {right.mean():.3f} ({counts})"]
    for kind in ("cut", "light", "heavy", "non"):
        mine = called[(pairs["kind"] == kind).to_numpy()]
        lines.append(f"  {kind:6} called derived: {mine.sum()} of {len(mine)}")
    return lines


def two_folds(data: Labelled) -> np.ndarray:
    """[pairs] the probability that a model states which hasn't seen the pair's story."""
    fold = data.pairs["fold"].to_numpy()
    said = np.empty(len(fold))
    for one in (True, False):
        here = fold == one
        said[here] = odds_of(data.features[here], fit(data, ~here))["retold"].to_numpy()
    return said


def read_by_hand(data: Labelled, probability: np.ndarray) -> list[str]:
    """Of the pairs of `background` that were read, those called, by verdict and reason."""
    verdicts = pl.read_csv(VERDICTS)
    called = data.pairs.with_columns(called=pl.Series(probability >= 0.5)).filter("called", "found")
    counts = called.join(verdicts, on=["a_id", "b_id"]).group_by("verdict", "reason").len()
    return [f"{verdict:6} {reason:10} {count:4}"
            for verdict, reason, count in counts.sort("verdict", "reason").iter_rows()]  # fmt: skip


def show(data: Labelled) -> None:
    print("each fold by the other's model")
    print(*table(data, two_folds(data)), sep="\n")
    print("\nthe shipped model, which has seen all")
    print(*table(data, odds_of(data.features)["retold"].to_numpy()), sep="\n")
    print("\npairs read by hand that the shipped model calls")
    print(*read_by_hand(data, odds_of(data.features)["retold"].to_numpy()), sep="\n")
    print("\ncalibration on finder 3's pairs of known truth, by models without the set")
    print(*across_sets(data), sep="\n")
    print("\nanswers")
    print(*answers(data), sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    show(labelled(given.folder, Path(__file__).parents[2] / "sample_corpus"))


if __name__ == "__main__":
    main()
