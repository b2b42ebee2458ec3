"""What two documents share of their stems and stem pairs, by weight."""

from math import log

import numpy as np
import polars as pl
from conftest import prose
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh64_intdigest

from pipeline.kernels.tokens import SENTENCE_FLAG
from pipeline.stages import idf
from pipeline.stages.idf import UNIT, stem_weights
from pipeline.stages.language import Languages
from pipeline.stages.normalise import documents_of
from pipeline.stages.overlap import feature_sets_of, overlap
from pipeline.stages.stems import stems_of
from pipeline.stages.strings import strings_of


def stemmed(texts, code="en"):
    strings = strings_of(pl.Series(texts, dtype=pl.String))
    documents = documents_of(strings)
    languages = Languages(np.zeros(len(texts), np.int16), (code,))
    return documents, stems_of(documents, strings, languages)


def naive_sets(documents, stems):
    for i in range(len(documents)):
        span = slice(documents.offsets[i], documents.offsets[i + 1])
        ids, flags = stems.ids[span].tolist(), documents.flags[span].tolist()
        pairs = {
            (one, other)
            for one, other, flag in zip(ids, ids[1:], flags[1:], strict=False)
            if not flag & SENTENCE_FLAG
        }
        yield {*ids}, pairs


_TEXTS = st.lists(st.sampled_from([*"abcdefgh", "i.", "k."]), max_size=40).map(" ".join)


@given(st.lists(_TEXTS, min_size=2, max_size=6), st.integers(1, 3))
def test_sums_are_those_of_the_sets(texts, batch):
    documents, stems = stemmed(texts)
    weights = np.arange(len(stems.hashes), dtype=np.int32) * 7 + 1
    a, b = np.triu_indices(len(texts), 1)
    found = overlap(feature_sets_of(documents, stems, np.arange(len(texts)), batch), weights, a, b)
    sets = list(naive_sets(documents, stems))

    def weighed(ones, twos):
        return [
            2 * sum(int(weights[one]) for one in ones),
            sum(int(weights[one]) + int(weights[other]) for one, other in twos),
        ]

    for m, (i, j) in enumerate(zip(a, b, strict=True)):
        (ones, twos), (others, pairs) = sets[i], sets[j]
        assert found.a[m].tolist() == weighed(ones, twos)
        assert found.b[m].tolist() == weighed(others, pairs)
        assert found.shared[m].tolist() == weighed(ones & others, twos & pairs)
    assert ((found.containment() >= 0) & (found.containment() <= 1)).all()


def test_a_retelling_shares_more_than_another_story():
    texts = ["Odell Marsh, the captain, blamed fog.", "The captain, Odell Marsh, blames the fog.",
             "The mayor thanked the captain for it."]  # fmt: skip
    documents, stems = stemmed(texts)
    sets = feature_sets_of(documents, stems, np.arange(3))
    weights = stem_weights(stems, documents, np.arange(3))
    told, other = overlap(sets, weights, np.array([0, 0]), np.array([1, 2])).containment()
    assert told > 1.5 * other


def test_common_english_words_weigh_nothing_in_a_small_dump():
    documents, stems = stemmed(["the ferry of Brackwater", "and the mayor"])
    weights = dict(
        zip(
            stems.ids.tolist(), stem_weights(stems, documents, np.arange(2))[stems.ids], strict=True
        )
    )
    the, ferry, of, name = (weights[one] / UNIT for one in stems.ids[:4].tolist())
    assert max(the, of) < 0.1 < ferry < name


def test_copies_count_once_and_rare_stems_weigh_more():
    texts = [f"{prose(1, 2)} brackwater", *[f"pennick {i}" for i in range(50)], "brackwater"]
    documents, stems = stemmed(texts)
    group = np.array([0, *[1] * 50, 51])
    weights = stem_weights(stems, documents, group)
    pennick, brackwater = weights[stems.ids[documents.offsets[1]]], weights[stems.ids[-1]]
    assert pennick > brackwater
    assert weights.dtype == np.int32


@given(st.lists(st.lists(st.sampled_from(["the", "ferri", "mayor", "zzq", "船"]), max_size=6)))
def test_weights_follow_the_formula(rows):
    documents, stems = stemmed([" ".join(row) for row in rows])
    first, *lines = idf.TABLE.read_text(encoding="utf8").splitlines()
    prior = {
        name: max(0.5, 2000 * int(count) / int(first)) for name, count in map(str.split, lines)
    }
    expected = {
        stem: round(
            UNIT * max(0.0, log((len(rows) + 2000) / (sum(stem in row for row in rows) + df0)))
        )
        for stem in {stem for row in rows for stem in row}
        for df0 in (prior.get(stem, 0.5),)
    }
    weights = stem_weights(stems, documents, np.arange(len(rows)))
    found = dict(zip(stems.hashes.tolist(), weights.tolist(), strict=True))
    assert found == {xxh64_intdigest(stem.encode()): weight for stem, weight in expected.items()}


def test_the_shipped_table_is_in_order_and_small():
    first, *rows = idf.TABLE.read_text(encoding="utf8").splitlines()
    counts = [int(row.split(" ")[1]) for row in rows]
    assert counts == sorted(counts, reverse=True)
    assert 20 <= counts[-1] <= counts[0] <= int(first)
    assert idf.TABLE.stat().st_size < 400_000
