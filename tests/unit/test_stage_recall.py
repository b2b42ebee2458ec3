"""Measured recall against a plain join, and its intervals."""

from dataclasses import astuple
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from corpus import Maker
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Config
from pipeline.documents import Documents
from pipeline.kernels.joins import join_sets
from pipeline.stages.exact import identical_groups
from pipeline.stages.normalise import documents_of
from pipeline.stages.recall import Seen, linked_keys, measure_recall
from pipeline.stages.shares import share_of_clusters, wilson
from pipeline.stages.spread import ends

_NONE = np.empty(0, np.int64)


@settings(deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 30), max_size=20), max_size=6),
    st.lists(st.sets(st.integers(0, 30), max_size=20), max_size=6),
    st.integers(0, 5),
    st.integers(0, 8),
)
def test_join_sets(mine, others, bits, least):
    # Values differ in their leading bits, which the directory goes by.
    spaced = [[value << 59 | value for value in sorted(one)] for one in others]
    known = sorted((value << 59 | value, owner) for owner, one in enumerate(mine) for value in one)
    values = np.array([value for value, _ in known], np.uint64)
    starts = [0] * (1 << bits)
    for value, _ in known:
        starts[value >> (64 - bits)] += 1
    found = join_sets(
        values,
        np.array([owner for _, owner in known], np.int64),
        ends(np.array(starts)),
        np.array([len(one) for one in mine], np.int64),
        np.array([value for one in spaced for value in one], np.uint64),
        ends(np.array([len(one) for one in spaced], np.int64)),
        0.3,
        0.5,
        least,
    )
    expected = [
        (owner, row, len(one & other), len(other))
        for row, other in enumerate(others)
        for owner, one in enumerate(mine)
        if (both := len(one & other))
        and (
            both >= 0.3 * len(one | other)
            or (both >= least and both >= 0.5 * min(len(one), len(other)))
        )
    ]
    assert sorted(map(tuple, found.tolist())) == sorted(expected)
    assert np.all(np.diff(found[:, 1]) >= 0)


def _corpus(seed: int, stories: int) -> list[str]:
    maker = Maker(seed=seed)
    texts = []
    for _ in range(stories):
        text = maker.text(3)
        texts += [text, text, *(maker.edited(text, degree) for degree in (0.02, 0.05, 0.1))]
        texts.append(text.split("\n\n")[0])
    return texts


def _shingles(documents: Documents, row: int) -> set[tuple[int, ...]]:
    tokens = documents.tokens[documents.offsets[row] : documents.offsets[row + 1]].tolist()
    return {tuple(tokens[at : at + 5]) for at in range(max(len(tokens) - 4, 1))}


def test_bands_are_those_of_a_plain_join():
    texts = _corpus(3, 12)
    documents = documents_of(pl.Series(texts))
    group = identical_groups(documents.text_hash)
    sets = [_shingles(documents, row) for row in range(len(texts))]
    generator = np.random.default_rng(1)
    hits = {pair for pair in combinations(range(len(texts)), 2) if generator.random() < 0.6}
    keys = np.array(sorted((a << 32) | b for a, b in hits), np.int64)
    story = np.full(len(texts), -1)
    told = measure_recall(documents, group, Seen(keys, _NONE, story), Config())
    assert (told.articles, told.sampled) == (len(texts), len(texts))
    total, found = dict.fromkeys((0.3, 0.5, 0.7), 0), dict.fromkeys((0.3, 0.5, 0.7), 0)
    for a, b in combinations(range(len(texts)), 2):
        alike = len(sets[a] & sets[b]) / len(sets[a] | sets[b])
        if group[a] == group[b] or alike < 0.3:
            continue
        band = max(low for low in total if low <= alike)
        total[band] += 2
        found[band] += 2 * (tuple(sorted((group[a], group[b]))) in hits)
    by_jaccard = {it.low: it for it in told.bands if it.by == "jaccard"}
    assert {low: it.pairs for low, it in by_jaccard.items()} == total
    for low, it in by_jaccard.items():
        assert it.compared.share == pytest.approx(found[low] / total[low])
        assert it.compared.low == it.compared.share == it.compared.high
        assert it.linked.share == 0.0


def test_one_story_counts_as_linked():
    texts = _corpus(4, 3)
    documents = documents_of(pl.Series(texts))
    group = identical_groups(documents.text_hash)
    story = np.repeat(np.arange(3), 6)
    told = measure_recall(documents, group, Seen(_NONE, _NONE, story), Config())
    shares = {it.linked.share for it in told.bands if it.linked}
    assert shares == {1.0}


def test_batches_and_order_of_threads_change_nothing():
    documents = documents_of(pl.Series(_corpus(5, 20)))
    group = identical_groups(documents.text_hash)
    seen = Seen(_NONE, _NONE, np.full(len(group), -1))
    config = Config()
    config = config.model_copy(update={"run": config.run.model_copy(update={"recall_sample": 30})})
    small = config.model_copy(update={"run": config.run.model_copy(update={"batch": 7})})
    told = measure_recall(documents, group, seen, config)
    assert told.sampled == 30
    assert told == measure_recall(documents, group, seen, small)


def test_nothing_to_measure():
    for texts in ([], ["One article about a harbour and its pilots."]):
        documents = documents_of(pl.Series(texts, dtype=pl.String()))
        seen = Seen(_NONE, _NONE, np.full(len(texts), -1))
        told = measure_recall(documents, np.arange(len(texts)), seen, Config())
        assert all(it.pairs == 0 and it.compared is None for it in told.bands)


def test_linked_keys():
    pairs = pl.DataFrame(
        {"a": [1, 0, 2], "b": [2, 3, 5], "relation": ["partial", "identical", "related"]}
    )
    assert linked_keys(pairs).tolist() == [3, (1 << 32) | 2]


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_wilson_solves_its_equation(share, trials):
    told = wilson(share, trials)
    assert 0 <= told.low <= share <= told.high <= 1
    for end in (told.low, told.high):
        if 0.0 < end < 1.0 and end != share:
            expected = 1.959963984540054 * (end * (1 - end) / trials) ** 0.5
            assert abs(end - share) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_share_of_clusters():
    of = np.array([4.0, 0.0, 2.0])
    assert share_of_clusters(np.zeros(3), np.zeros(3), 10) is None
    assert astuple(share_of_clusters(of / 2, of, 3)) == (0.5, 0.5, 0.5)
    some, all_of_it = share_of_clusters(of / 2, of, 30), share_of_clusters(of, of, 30)
    assert some.low < 0.5 < some.high
    # Nothing was missed, which isn't certainty; and clusters are fewer than their pairs.
    assert wilson(1.0, 6).low > all_of_it.low > 0.0
    assert all_of_it.high == 1.0
