"""How well texts alone tell who took from whom, on labelled sets.

`python -m tests.quality.direction EVAL_FOLDER` prints shares with counts and 95 % intervals: dates
hidden, ids and outlets drawn anew for each of three seeds, each story judged by models that haven't
seen it. The answer to a pair is the larger of `p_a_from_b` and `p_b_from_a`, its confidence is that
value, it is decided from .5 on, and a tie is half right.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.documents import F64, I64
from pipeline.stages.text_clues import Regime
from tests.quality.hidden import Trial, judged, trial
from tests.quality.retold import calibration, interval
from tests.train.direction import fit
from tests.train.direction_data import Labelled, labelled, labels

SETS = ("versions", "rewrites", "chains", "answers")
_FOLDS = 5
_COLUMNS = ("article_id", "source", "published_at", "title", "author", "url", "text")


def line(name: str, right: F64, wrong: F64, pairs: pl.DataFrame) -> str:
    """All, the most confident, the decided, calibration, and the trivial rules."""
    score = np.where(right > wrong, 1.0, np.where(right == wrong, 0.5, 0.0))
    confidence = np.maximum(right, wrong)
    order = np.argsort(-confidence, kind="stable")
    longer = (pairs["words_source"] > pairs["words_derived"]).to_numpy() + 0.5 * (
        pairs["words_source"] == pairs["words_derived"]
    ).to_numpy()
    trivial = max(longer.mean(), 1 - longer.mean())
    rule = "longer is source" if longer.mean() >= 0.5 else "longer is derived"
    parts = [f"{name:28} all {_share(score)}"]
    for share in (0.7, 0.4):
        surest = order[: int(np.ceil(share * len(score)))]
        parts += [f"@{share:.0%} {_share(score[surest])}"]
    decided = confidence >= 0.5
    parts.append(f"decided {decided.mean():.2f} {_share(score[decided])}")
    seen = confidence > 0
    if seen.any():
        error, _ = calibration(score[seen], confidence[seen])
        parts.append(f"calibration error {error:.3f}")
        parts.append(f"a third text {1 - (right + wrong)[seen].mean():.2f}")
    return "  ".join([*parts, f"({rule}: {trivial:.3f})"])


def _share(score: F64) -> str:
    low, high = interval(float(score.sum()), len(score))
    return (
        f"{score.mean() if len(score) else float('nan'):.3f} ({len(score)}, {low:.2f}–{high:.2f})"
    )


def folds(stories: pl.Series) -> np.ndarray:
    """[p] the fold of each story."""
    return np.array([hashlib.sha256(story.encode()).digest()[0] % _FOLDS for story in stories])


def cross_judged(told: Trial, data: Labelled, regime: Regime, chosen: I64) -> tuple[F64, F64]:
    """Each story judged by models that haven't seen it."""
    fold, own = folds(told.pairs["story"]), folds(data.pairs["story"])
    right, wrong = np.zeros(len(chosen)), np.zeros(len(chosen))
    for one in range(_FOLDS):
        here = np.flatnonzero(fold[chosen] == one)
        if len(here):
            weights = fit(data, own != one)
            right[here], wrong[here] = judged(told, regime, weights, chosen[here])
    return right, wrong


def rows_of(told: Trial, name: str, kind: str | None = None) -> np.ndarray:
    """Places of the labelled pairs of a set, or of one kind."""
    which = pl.col("set") == name
    if kind:
        which &= pl.col("kind") == kind
    return told.pairs.with_row_index("row").filter(which)["row"].to_numpy().astype(np.int64)


def show_both(name: str, told: Trial, said: tuple[F64, F64], chosen: np.ndarray) -> None:
    """Over all pairs, those that weren't found being ties, and over those found."""
    pairs = told.pairs[chosen]
    there = (pairs["at"].is_not_null() | pairs["same"]).to_numpy()
    print(line(name, *said, pairs))
    if not there.all():
        right, wrong = (it[there] for it in said)
        print(line("  of these, found", right, wrong, pairs.filter(pl.Series(there))))


def show_stories(told: Trial, data: Labelled) -> None:
    """Must-shows 1 and 2."""
    for regime in ("revision", "auto"):
        for kind in ("consecutive", "first_last"):
            chosen = rows_of(told, "versions", kind)
            said = cross_judged(told, data, regime, chosen)
            show_both(f"versions {kind}, {regime}", told, said, chosen)
    sets = data.pairs["set"].to_numpy()
    for name in ("rewrites", "answers", "chains"):
        weights = fit(data, sets != name)
        every = [None, *told.pairs.filter(set=name)["kind"].unique().sort()]
        for regime in ("reuse", "auto"):
            for kind in every:
                chosen = rows_of(told, name, kind)
                said = judged(told, regime, weights, chosen)
                show_both(f"{name} {kind or ''}, {regime}", told, said, chosen)
    print("trained on one set tested on others, regime auto")
    for name in SETS:
        weights = fit(data, (sets == name) | (sets == "trimmed"))
        for other in SETS:
            if other != name:
                chosen = rows_of(told, other)
                print(line(f"{name} → {other}", *judged(told, "auto", weights, chosen),
                           told.pairs[chosen]))  # fmt: skip


def show_passages(folder: Path, seed: int) -> None:
    """Must-show 3: per case, the source against the suspicious document."""
    articles = pl.read_parquet(folder / "passages" / "articles.parquet").select(_COLUMNS)
    cases = pl.read_parquet(folder / "passages" / "cases.parquet")
    known = cases.select(set=pl.lit("passages"), kind="obfuscation", story="suspicious_id",
                         source="source_id", derived="suspicious_id")  # fmt: skip
    given = pl.read_parquet(folder / "passages" / "pairs.parquet")
    given = given.select(a_id="suspicious_id", b_id="source_id").unique(maintain_order=True)
    told = trial(articles, known, seed, given)
    for kind in (None, *cases["obfuscation"].unique().sort()):
        chosen = rows_of(told, "passages", kind)
        show_both(f"passages {kind or ''}", told, judged(told, "auto", None, chosen), chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    data, known = labelled(given.folder), labels(given.folder)
    articles = pl.concat(
        pl.read_parquet(given.folder / name / "articles.parquet").select(_COLUMNS)
        for name in ("background", *SETS)
    )
    for seed in range(1, given.seeds + 1):
        print(f"\nseed {seed}")
        show_stories(trial(articles, known, seed), data)
        show_passages(given.folder, seed)


if __name__ == "__main__":
    main()
