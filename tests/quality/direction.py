"""How well texts alone tell who took from whom, on labelled sets.

`python -m tests.quality.direction EVAL_FOLDER` prints shares with counts and 95 % intervals: dates
hidden, ids and outlets drawn anew for each of three seeds, each story judged by models that haven't
seen it. The answer to a pair is the larger of `p_a_from_b` and `p_b_from_a`, its confidence is that
value, it is decided from .5 on, and a tie is half right.
"""

import argparse
import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import load_config, read_articles, run
from pipeline.documents import F64, I64
from pipeline.result import Result
from pipeline.stages.clues import Clues, clues_of
from pipeline.stages.differences import Differences, differences
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups
from pipeline.stages.regimes import Weights
from pipeline.stages.text_clues import Regime, text_clues
from tests.quality.retold import calibration, interval
from tests.train.direction import fit
from tests.train.direction_data import Labelled, labelled, labels

SETS = ("versions", "rewrites", "chains", "answers")
_FOLDS = 5
_COLUMNS = ("article_id", "source", "published_at", "title", "author", "url", "text")


@dataclass(frozen=True)
class Trial:
    """A run over hidden articles, and the labelled pairs among them.

    Attributes:
        result: of the run.
        pairs: set, kind, story; `source`, `derived` (rows), `words_source`, `words_derived`;
            `at`, the pair's place in the table of pairs, null where it isn't found; `same`, has
            it one text?
        table: a, b (rows), containments, coverage, retold.
        found: how the texts of the table's pairs differ.
        clues: without them.
    """

    result: Result
    pairs: pl.DataFrame
    table: pl.DataFrame
    found: Differences
    clues: Clues


def hidden(articles: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, dict[str, str]]:
    """Articles without dates, with drawn ids and outlets, and what each id became."""
    chance = np.random.default_rng(seed)
    outlets = [f"Outlet {n}" for n in chance.integers(0, 400, len(articles))]
    numbers = chance.permutation(len(articles))
    ids = [hashlib.sha256(f"{seed} {n}".encode()).hexdigest()[:12] for n in numbers]
    told = dict(zip(articles["article_id"], ids, strict=True))
    rows = articles.with_columns(article_id=pl.Series(ids), source=pl.Series(outlets),
                                 published_at=pl.lit(None, pl.String()))  # fmt: skip
    return rows.sort("article_id"), told


def trial(
    articles: pl.DataFrame, known: pl.DataFrame, seed: int, given: pl.DataFrame | None = None
) -> Trial:
    """Hide articles, run, and find the labelled pairs again."""
    rows, now = hidden(articles, seed)
    known = known.with_columns(pl.col("source", "derived").replace_strict(now))
    config = load_config(None, ["run.measure_recall=false"])
    if given is not None:
        given = given.select(pl.all().replace_strict(now))
        given = given.select(a_id=pl.min_horizontal("a_id", "b_id"),
                             b_id=pl.max_horizontal("a_id", "b_id"))  # fmt: skip
        config = config.comparing_only()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        rows.write_parquet(path)
        dump = read_articles([path], config.read)
        result = run(dump, config, given=given)
        return _trial(result, known)


def _trial(result: Result, known: pl.DataFrame) -> Trial:
    stored, documents = result.stored, result.documents
    about = stored.frame(
        columns=["article_id", "source", "published_at", "published_precision", "url"]
    )
    place = {name: row for row, name in enumerate(about["article_id"])}
    group = identical_groups(documents.text_hash)
    scores = result.scores.select("a_id", "b_id", "coverage", "retold")
    table = result.pairs.join(scores, on=["a_id", "b_id"]).with_columns(
        a=pl.col("a_id").replace_strict(place, return_dtype=pl.Int64),
        b=pl.col("b_id").replace_strict(place, return_dtype=pl.Int64),
    ).with_row_index("pair").with_columns(pl.col("pair").cast(pl.Int64))  # fmt: skip
    found = differences(table, _tokens(result, table), documents, stored.text)
    rows = {side: np.array([place[name] for name in known[side]]) for side in ("source", "derived")}
    at = {(int(group[a]), int(group[b])): row
          for row, a, b in table.select("pair", "a", "b").iter_rows()}  # fmt: skip
    x, y = (group[rows[side]] for side in ("source", "derived"))
    places = [at.get((int(i), int(j)), at.get((int(j), int(i)))) for i, j in zip(x, y, strict=True)]
    sizes = np.diff(documents.offsets)
    pairs = known.with_columns(
        **{side: pl.Series(row) for side, row in rows.items()},
        **{f"words_{side}": pl.Series(sizes[row]) for side, row in rows.items()},
        at=pl.Series(places, dtype=pl.Int64), same=pl.Series(x == y),
    )  # fmt: skip
    return Trial(result, pairs, table, found, clues_of(about, result.credits, result.links))


def _tokens(result: Result, table: pl.DataFrame) -> pl.DataFrame:
    """The passages of pairs, in tokens."""
    documents = result.documents
    rows = result.passages.join(table.select("pair", "a_id", "b_id", "a", "b"), on=["a_id", "b_id"])
    out = {"pair": rows["pair"]}
    for side in ("a", "b"):
        row = rows[side].to_numpy()
        for edge, points in (("first", "start"), ("last", "end")):
            values, places = rows[f"{side}_{points}"].to_numpy(), np.empty(len(row), np.int64)
            for one in np.unique(row):
                at = np.flatnonzero(row == one)
                starts = documents.part(range(one, one + 1)).starts
                places[at] = documents.offsets[one] + np.searchsorted(starts, values[at])
            out[f"{side}_{edge}"] = pl.Series(places)
    return pl.DataFrame(out).sort("pair")


def judged(
    told: Trial, regime: Regime, weights: dict[str, Weights] | None, chosen: I64
) -> tuple[F64, F64]:
    """[c] p(derived from source) and p(source from derived) of some labelled pairs.

    0 and 0 where the pair isn't found, or has one text.
    """
    pairs = told.pairs[chosen]
    known = pairs.with_row_index("row").filter(pl.col("at").is_not_null() & ~pl.col("same"))
    at = known["at"].to_numpy()
    part = told.table[at]
    found = Differences(
        {name: counts[at] for name, counts in told.found.sides.items()},
        {name: counts[at] for name, counts in told.found.both.items()},
        told.found.recurring[at],
    )
    group = identical_groups(told.result.documents.text_hash)
    texts = text_clues(part, found, group, regime, weights)
    said = direct(part, replace(told.clues, texts=texts))
    # The row of the table is of representatives: turned where the derived one's is a.
    turned = group[known["derived"].to_numpy()] != group[part["b"].to_numpy()]
    a, b = said["p_a_from_b"].to_numpy(), said["p_b_from_a"].to_numpy()
    right, wrong = np.zeros(len(pairs)), np.zeros(len(pairs))
    right[known["row"].to_numpy()] = np.where(turned, a, b)
    wrong[known["row"].to_numpy()] = np.where(turned, b, a)
    return right, wrong


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
