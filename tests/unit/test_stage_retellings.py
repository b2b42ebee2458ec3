"""Finder 3: what it finds, by its slow twin and by examples; what changes nothing."""

import math
from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest
from conftest import articles, prose, sentences
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Retellings
from pipeline.documents import Documents
from pipeline.engines.local import in_order
from pipeline.kernels.tokens import MASKED_FLAG, SENTENCE_FLAG
from pipeline.stages import retellings
from pipeline.stages.articles import articles_of
from pipeline.stages.language import Languages
from pipeline.stages.normalise import documents_of
from pipeline.stages.retellings import Times, find_retellings, times_of
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.strings import strings_of

_MOD = 1 << 64


def stemmed(texts: list[str], code: str | None = "en") -> tuple[Documents, Stems]:
    strings = strings_of(pl.Series(texts, dtype=pl.String))
    documents = documents_of(strings)
    places = np.full(len(texts), 0 if code else -1, np.int16)
    return documents, stems_of(documents, strings, Languages(places, (code or "en",)))


def found(texts: list[str], group=None, times=None, code="en", **options) -> set[tuple[int, int]]:
    documents, stems = stemmed(texts, code)
    rows = np.arange(len(texts)) if group is None else np.array(group)
    pairs, _ = find_retellings(documents, stems, rows, Retellings(**options), times)
    return {(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs}


def naive(documents, stems, group, options, times=None) -> set[tuple[int, int]]:
    n = len(documents)
    ids = np.split(stems.ids, documents.offsets[1:-1])
    flags = np.split(documents.flags, documents.offsets[1:-1])
    holders = defaultdict(set)
    for i in range(n):
        for stem in {*ids[i].tolist()} - {-1}:
            holders[stem].add(group[i])
    often: dict[int, Counter[int]] = defaultdict(Counter)
    for i in range(n):
        before = -1
        for stem, flag in zip(ids[i].tolist(), flags[i].tolist(), strict=True):
            if stem < 0 or len(holders[stem]) < 2:
                before = -1
                continue
            own = int(stems.hashes[stem])
            if len(holders[stem]) <= options.max_articles:
                often[own][group[i]] += 1
            if before >= 0 and not flag & SENTENCE_FLAG:
                first = int(stems.hashes[before])
                pair = (first + 0x9E3779B97F4A7C15) * 0xC2B2AE3D27D4EB4F % _MOD ^ own
                often[pair][group[i]] += 1
            before = stem
    members, groups = Counter(group), len(set(group))
    vectors: dict[int, list] = defaultdict(list)
    for feature, counts in often.items():
        df = len(counts)
        if 2 <= df <= options.max_articles:
            for row, count in counts.items():
                tf = min(max((2 * count + members[row]) // (2 * members[row]), 1), 64)
                weight = round(512 * math.log((groups + 1) / (df + 0.5)) * (1 + math.log(tf)))
                order = feature * 0x9E3779B97F4A7C15 % _MOD >> 28
                weight = max(1, weight)
                vectors[row].append((-min(weight >> 7, 127), order, weight))
    kept = {row: {o: w for _, o, w in sorted(v)[: options.features]} for row, v in vectors.items()}
    shared = Counter(order for vector in kept.values() for order in vector)
    norm = {row: math.sqrt(sum(w * w for w in v.values())) for row, v in kept.items()}
    unit = {row: {o: max(1, round(w * 2**14 / norm[row])) for o, w in v.items() if shared[o] > 1}
            for row, v in kept.items()}  # fmt: skip
    least = max(1, round(options.similarity * 2**28))
    pairs = set()
    for a, one in unit.items():
        scores = []
        for b, other in unit.items():
            score = sum(one[o] * other[o] for o in one.keys() & other.keys())
            if a != b and score >= least and (times is None or near(times, group, a, b, options)):
                scores.append((-score, int(documents.text_hash[b]), b))
        pairs |= {(min(a, b), max(a, b)) for _, _, b in sorted(scores)[: options.neighbours]}
    return pairs


def near(times, group, a, b, options) -> bool:
    spans = [[(times.begins[i], times.ends[i]) for i in range(len(group)) if group[i] == row]
             for row in (a, b)]  # fmt: skip
    (a0, a1), (b0, b1) = ((min(x for x, _ in s), max(y for _, y in s)) for s in spans)
    return max(a0 - b1, b0 - a1) <= options.window_days * 86_400_000_000


_WORDS = st.lists(st.sampled_from([*"abcdefghijkl", "m.", "n."]), max_size=25).map(" ".join)


@given(
    st.lists(st.tuples(_WORDS, st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=9),
    st.integers(2, 6), st.integers(1, 8), st.integers(1, 4), st.sampled_from([0.001, 0.3, 0.9]),
    st.booleans(),
)  # fmt: skip
def test_pairs_are_those_of_the_twin(rows, cap, features, neighbours, similarity, window):
    texts = [text for text, _, _ in rows]
    _, first, at = np.unique([g for _, g, _ in rows], return_index=True, return_inverse=True)
    group = first[at]
    documents, stems = stemmed(texts, None)
    hidden = np.random.default_rng(1).random(len(documents.flags)) < 0.1
    documents = replace(documents, flags=documents.flags | np.uint8(MASKED_FLAG) * hidden)
    stems = replace(stems, ids=np.where(hidden, np.int32(-1), stems.ids))
    days = np.array([day for _, _, day in rows]) * 86_400_000_000
    times = Times(days, days + 1) if window else None
    options = Retellings(
        max_articles=cap, features=features, neighbours=neighbours, similarity=similarity,
        window_days=1.0 * window,
    )  # fmt: skip
    pairs, _ = find_retellings(documents, stems, group, options, times)
    expected = naive(documents, stems, group.tolist(), options, times)
    assert {(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs} == expected
    assert (np.diff(pairs) > 0).all()


_TOLD = (
    "The ferry Halcyon ran aground off Brackwater on Monday. Its captain, Odell Marsh, blamed fog. "
    "Forty passengers were taken off by a trawler from Pennick."
)
_RETOLD = (
    "Fog was to blame, said captain Odell Marsh, when his ferry grounded off Brackwater Monday. "
    "A Pennick trawler took the Halcyon's forty passengers to safety."
)


def test_a_retelling_is_found_in_a_haystack():
    texts = [_TOLD, *(prose(seed) for seed in range(60)), _RETOLD]
    assert (0, 61) in found(texts)


def test_many_copies_of_a_story_do_not_hide_its_retelling():
    copies = [f"{_TOLD} Copy for outlet {seed}. {prose(seed, 1)}" for seed in range(150)]
    texts = [*copies, _RETOLD, *(prose(seed) for seed in range(1000, 1030))]
    group = [0] * 150 + list(range(150, 181))
    assert (0, 150) in found(texts, group, max_articles=50)
    assert (0, 150) not in found(texts, max_articles=50), "they'd be common words if counted apart"


def test_what_the_cap_cuts_is_counted():
    documents, stems = stemmed(["ice thaws"] * 3 + ["ice closes the pass", "thaw"])
    group, options = np.arange(5), Retellings(max_articles=3)
    _, cut = find_retellings(documents, stems, group, options)
    assert cut == {"stems_and_pairs_over_cap": 2}, "ice and thaw, in four each; not the pair"


def test_scripts_without_spaces():
    one = "渡轮海鸥号周一在布拉克沃特附近搁浅船长归咎于大雾"
    other = "布拉克沃特附近搁浅的渡轮海鸥号船长说大雾是原因"
    rest = ["市长昨日宣布新学校开学典礼", "今年苹果收成比去年好得多", "天气预报说明天有小雨"]
    assert found([one, other, *rest], code=None, similarity=0.2) == {(0, 1)}


def test_a_dump_of_two():
    assert found([_TOLD, _RETOLD]) == {(0, 1)}
    assert found([_TOLD]) == found([]) == found(["", ""]) == set()


@pytest.mark.parametrize("order", [1, 2])
def test_rows_threads_and_batches_change_nothing(order, monkeypatch):
    texts = [prose(seed % 40, 6) + " " + prose(seed % 7 + 100, 2) for seed in range(90)]
    texts = [text + f" {i}" for i, text in enumerate(texts)]
    turn = np.random.default_rng(order).permutation(len(texts))
    straight = {frozenset((texts[a], texts[b])) for a, b in found(texts, neighbours=3)}
    turned = [texts[i] for i in turn]
    assert straight
    assert {frozenset((turned[a], turned[b])) for a, b in found(turned, neighbours=3)} == straight
    documents, stems = stemmed(texts)
    monkeypatch.setattr(retellings, "_PART", 500)
    monkeypatch.setattr(retellings, "_READ", 7)
    monkeypatch.setattr(retellings, "_LEAST_ROWS", 10)
    spread = partial(in_order, threads=3)
    options = Retellings(neighbours=3)
    pairs, _ = find_retellings(documents, stems, np.arange(90), options, None, spread)
    cut = {(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs}
    assert cut == found(texts, neighbours=3)


def test_the_window_counts_from_interval_to_interval():
    moments = [("2024-03-01", "day"), ("2024-03-03T12:00", "minute"), (None, "unknown")]
    rows = [
        {"article_id": f"a{i}", "text": _TOLD + f" {i}", "published_precision": precision}
        | ({"published_at": moment} if moment else {})
        for i, (moment, precision) in enumerate(moments)
    ]
    times = times_of(articles_of(articles(*rows)))
    texts = [row["text"] for row in rows]
    both = {(0, 1), (0, 2), (1, 2)}
    assert found(texts, times=times, window_days=1.5) == both
    assert found(texts, times=times, window_days=1.4) == both - {(0, 1)}
    assert found(texts, times=times) == both


def test_a_very_long_article_is_one_of_many():
    long = " ".join(sentences("long", 3000)) + " " + " ".join(f"w{i:x}" for i in range(150_000))
    assert (0, 2) in found([_TOLD, long, _RETOLD, *(prose(seed) for seed in range(20))])
