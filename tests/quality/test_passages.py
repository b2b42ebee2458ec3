"""Passages against planted ones, by two-fold cross-validation; and how much of a pair they cover.

`python -m pytest tests/quality/test_passages.py -m quality` prints the tables.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from plagdet import Score, score

from pipeline.documents import Documents
from pipeline.models.passages import PassageModel
from pipeline.stages.idf import stem_weights
from pipeline.stages.language import Languages
from pipeline.stages.normalise import documents_of, spans_of
from pipeline.stages.retold import GIVEN, NEWS, Rules, retold
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.strings import Strings, strings_of
from tests.train.planted import read_planted

EVAL = Path(__file__).parents[3] / "shared" / "eval"
KINDS = {
    "verbatim": "no-obfuscation", "random": "random-obfuscation",
    "translation": "translation-obfuscation", "summary": "summary-obfuscation",
}  # fmt: skip
RESAMPLES = 400
pytestmark = pytest.mark.quality


def _folder(name: str) -> Path:
    folder = EVAL / name
    if not (folder / "articles.parquet").exists():
        pytest.skip(f"no evaluation data at {folder}")
    return folder


def _interval(pairs: np.ndarray, cases, detections) -> tuple[float, float]:
    """95 % of plagdet over resampled pairs; granularity as a whole."""
    whole, precision, recall = score(cases, detections)
    number = {pair: at for at, pair in enumerate(pairs)}
    sums = np.zeros((4, len(pairs)))
    for (pair, _), value in zip(detections, precision, strict=True):
        sums[:2, number[pair]] += (value, 1)
    for (pair, _), value in zip(cases, recall, strict=True):
        sums[2:, number[pair]] += (value, 1)
    chance = np.random.default_rng(0)
    drawn = sums[:, chance.integers(0, len(pairs), (RESAMPLES, len(pairs)))].sum(axis=2)
    p, r = drawn[0] / drawn[1], drawn[2] / drawn[3]
    low, high = np.percentile(2 * p * r / (p + r) / np.log2(1 + whole.granularity), [2.5, 97.5])
    return float(low), float(high)


def _line(name: str, got: Score, interval: tuple[float, float]) -> str:
    return (
        f"{name:<12}{got.plagdet:8.4f} ({interval[0]:.3f}–{interval[1]:.3f})"
        f"{got.precision:10.4f}{got.recall:8.4f}{got.granularity:8.4f}"
        f"{got.detections:12,}{got.cases:7,}"
    )


def test_planted_passages(capsys: pytest.CaptureFixture[str]) -> None:
    fit = pytest.importorskip("tests.train.fit", reason="training needs scikit-learn")
    planted = read_planted(_folder("passages"))
    detections, spent = [], 0.0
    for fold in (0, 1):
        model = fit.train(planted, np.flatnonzero(planted.fold != fold))
        pairs = np.flatnonzero(planted.fold == fold)
        found, seconds = _detected(planted, pairs, model)
        detections += found
        spent += seconds
    pair_of = np.repeat(np.arange(len(planted.short)), np.diff(planted.firsts))
    cases = [(int(k), tuple(map(int, c))) for k, c in zip(pair_of, planted.cases, strict=True)]
    kind_of = {pair: kind for (pair, _), kind in zip(cases, planted.kinds, strict=True)}
    lines = [f"{'':12}plagdet (95 %)        precision  recall  granul.  detections  cases"]
    every = np.arange(len(planted.short))
    total = score(cases, detections)[0]
    lines.append(_line("all", total, _interval(every, cases, detections)))
    for name, kind in KINDS.items():
        own = [row for row in cases if kind_of[row[0]] == kind]
        got = [row for row in detections if kind_of.get(row[0]) == kind]
        pairs = np.unique([pair for pair, _ in own])
        lines.append(_line(name, score(own, got)[0], _interval(pairs, own, got)))
    lines.append(f"{len(every) / spent:,.0f} pairs/s of one core's time, {len(every):,} pairs")
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert total.plagdet >= 0.94
    assert total.granularity <= 1.01


def _detected(planted, pairs: np.ndarray, model: PassageModel):
    arguments = (planted.documents, planted.texts, planted.stems, planted.idf, GIVEN, model)
    a, b = planted.suspicious[pairs], planted.source[pairs]
    retold(a[:2], b[:2], *arguments)  # compiles
    start = time.process_time()
    passages = retold(a, b, *arguments).passages
    spent = time.process_time() - start
    first, last = (
        [passages[f"{side}_{end}"].to_numpy() for side in "ab"] for end in ("first", "last")
    )
    sides = [spans_of(planted.documents, *ends) for ends in zip(first, last, strict=True)]
    places = np.stack([*sides[0], *sides[1]], axis=1)
    found = zip(pairs[passages["pair"].to_numpy()], places, strict=True)
    return [(int(pair), tuple(map(int, place))) for pair, place in found], spent


@dataclass(frozen=True)
class _Set:
    """Pairs of texts in groups, with all they are aligned by; idf from other articles too."""

    documents: Documents
    texts: Strings
    stems: Stems
    idf: np.ndarray
    groups: dict[str, tuple[np.ndarray, np.ndarray]]


def _set(folder: Path, background: list[str]) -> _Set:
    articles = pl.read_parquet(folder / "articles.parquet").sort("article_id")
    if folder.name == "events":
        named = {"events": _event_pairs(articles, folder)}
    else:
        rows = pl.read_parquet(folder / "derivations.parquet").sort("source_id", "derived_id")
        named = {
            kind.removeprefix("chatgpt-"): rows.filter(kind=kind)
            .select("source_id", "derived_id")
            .rows()
            for kind in rows["kind"].unique().sort()
        }
    ids = articles["article_id"].to_numpy()
    groups = {
        kind: tuple(np.searchsorted(ids, [pair[side] for pair in pairs]) for side in (0, 1))
        for kind, pairs in named.items()
    }
    strings = strings_of(pl.Series([*articles["text"], *background]))
    documents = documents_of(strings)
    languages = Languages(np.zeros(len(documents), np.int16), ("en",))
    stems = stems_of(documents, strings, languages)
    return _Set(
        documents, strings, stems, stem_weights(stems, documents, np.arange(len(documents))), groups
    )


def _covered(it: _Set, a: np.ndarray, b: np.ndarray, rules: Rules) -> np.ndarray:
    """Share of each pair's shorter text inside its passages."""
    found = retold(a, b, it.documents, it.texts, it.stems, it.idf, rules).passages
    offsets = it.documents.offsets
    sizes = np.diff(offsets)
    marks = [np.zeros(min(sizes[x], sizes[y]), bool) for x, y in zip(a, b, strict=True)]
    places = ("pair", "a_first", "a_last", "b_first", "b_last")
    for pair, a0, a1, b0, b1 in found.select(places).iter_rows():
        row, first, last = (
            (a[pair], a0, a1) if sizes[a[pair]] <= sizes[b[pair]] else (b[pair], b0, b1)
        )
        marks[pair][first - offsets[row] : last - offsets[row]] = True
    return np.array([mark.mean() for mark in marks])


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.lower().split()
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def _event_pairs(articles: pl.DataFrame, folder: Path) -> list[tuple[str, str]]:
    """Pairs of one event that share no text to speak of."""
    events = pl.read_parquet(folder / "events.parquet").sort("article_id")
    pairs = events.join(events, on="event_id").filter(
        pl.col("article_id") < pl.col("article_id_right")
    )
    sets = {i: _shingles(text) for i, text in articles.select("article_id", "text").iter_rows()}
    return [
        (a, b)
        for a, b in pairs.select("article_id", "article_id_right").sort(pl.all()).iter_rows()
        if len(sets[a] & sets[b]) < 0.1 * len(sets[a] | sets[b])
    ]


def test_retellings_are_covered_and_independent_reports_are_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    background = pl.read_parquet(_folder("background") / "articles.parquet")["text"][::4].to_list()
    sets = [_set(_folder(name), background) for name in ("rewrites", "events")]
    lines, shares = [], {}
    for sure in (0.8, 0.5, 0.3):
        lines.append(f"rewritten passages above {sure}")
        for it in sets:
            for group, (a, b) in it.groups.items():
                held = _covered(it, a, b, replace(NEWS, sure=sure))
                share = shares[group, sure] = float(np.mean(held >= 0.4))
                error = 1.96 * np.sqrt(share * (1 - share) / len(held))
                lines.append(
                    f"  {group:<12}{len(held):4} pairs · some passage {np.mean(held > 0):6.1%} · "
                    f"≥ 40 % covered {share:6.1%} ± {error:.1%} · mean {held.mean():.1%}"
                )
    with capsys.disabled():
        print("\n" + "\n".join(lines))
    assert shares["events", 0.3] <= 0.12
    assert shares["rewrite", 0.3] >= 0.8
    assert shares["events", 0.8] <= 0.05
