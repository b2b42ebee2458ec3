"""Finder 1: the pairs that agree on a band; crowded buckets in linear numbers."""

import naive
import numpy as np
import polars as pl
import pytest
from conftest import bare_documents
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.config import Config, Excerpts, Near, Normalise
from pipeline.documents import Shingles
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.kernels.bands import (
    ROW_MASK,
    band_keys,
    bucket_pairs,
    equal_slots,
    mark_crowded,
    shared_buckets,
)
from pipeline.kernels.sets import shared_counts
from pipeline.stages.candidates import find_candidates
from pipeline.stages.signatures import Layout, Sketches, sketches_of


def as_shingles(sets: list[set[int]]) -> Shingles:
    values = np.array([value for one in sets for value in sorted(one)], np.uint64)
    return Shingles(np.arange(len(sets)), np.cumsum([0, *map(len, sets)]), values)


def sorted_keys(signatures, band, rows, chosen=None):
    keys = band_keys(
        signatures, np.arange(len(signatures)) if chosen is None else chosen, band * rows, rows
    )
    keys.sort()
    return keys


def one_band(signatures, shingles, band, rows, cap, near=0.5):
    keys = shared_buckets(sorted_keys(signatures, band, rows))
    crowded = np.zeros((len(signatures), band // 8 + 1), np.uint8)
    return bucket_pairs(
        keys, signatures, shingles.rows, shingles.values, shingles.offsets, crowded, band, rows,
        cap, near, 1,
    )  # fmt: skip


def unpacked(pairs) -> list[tuple[int, int]]:
    return [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs]


_KEYS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20)), max_size=25, unique=True)


def as_keys(pairs) -> np.ndarray:
    """Keys of a bucket's number and a row each, sorted."""
    return np.array(sorted((bucket << 28) | row for bucket, row in pairs), np.uint64)


@given(_KEYS)
def test_buckets_of_one_are_left_out(pairs):
    expected = [key for key in pairs if sum(bucket == key[0] for bucket, _ in pairs) > 1]
    assert shared_buckets(as_keys(pairs)).tolist() == as_keys(expected).tolist()


@given(st.lists(_KEYS, min_size=1, max_size=12), st.integers(2, 5))
def test_members_of_crowded_buckets_are_marked(bands, cap):
    crowded = np.zeros((21, (len(bands) + 7) // 8), np.uint8)
    for band, pairs in enumerate(bands):
        mark_crowded(as_keys(pairs), cap, band, crowded)
    marked = np.unpackbits(crowded, axis=1, count=len(bands), bitorder="little")
    expected = [naive.crowded_rows(pairs, cap) for pairs in bands]
    assert [set(np.flatnonzero(marked[:, band])) for band in range(len(bands))] == expected


@given(
    st.lists(st.lists(st.integers(0, 2), min_size=5, max_size=5), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12),
)
def test_equal_slots(signatures, pairs):
    pairs = [(a % len(signatures), b % len(signatures)) for a, b in pairs]
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    found = equal_slots(np.array(signatures, np.uint32), a, b)
    assert found.tolist() == [naive.equal_slots(signatures[x], signatures[y]) for x, y in pairs]


@given(
    st.lists(st.lists(st.integers(0, 1), min_size=3, max_size=3), min_size=1, max_size=9),
    st.integers(1, 3),
    st.data(),
)
def test_keys_name_chosen_rows_and_are_equal_where_slots_are(signatures, rows, data):
    chosen = data.draw(st.lists(st.integers(0, len(signatures) - 1), unique=True))
    keys = band_keys(np.array(signatures, np.uint32), np.array(chosen, np.int64), 0, rows)
    assert (keys & ROW_MASK).tolist() == chosen
    slots = [tuple(signatures[row][:rows]) for row in chosen]
    assert len(set((keys & ~ROW_MASK).tolist())) == len(set(slots))


@st.composite
def layouts(draw):
    bands, rows = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    slot = st.integers(0, 2)
    signature = st.lists(slot, min_size=bands * rows, max_size=bands * rows)
    return bands, rows, draw(st.lists(signature, min_size=1, max_size=14))


@given(layouts())
def test_without_a_cap_the_pairs_are_those_that_agree_on_a_band(layout):
    bands, rows, signatures = layout
    array = np.array(signatures, np.uint32)
    shingles = as_shingles([{i} for i in range(len(signatures))])
    found = []
    for band in range(bands):
        pairs = one_band(array, shingles, band, rows, cap=1000)
        found += unpacked(pairs)
    assert len(found) == len(set(found)), "a pair is given by the first band that holds it only"
    assert set(found) == naive.band_pairs(signatures, bands, rows)


def family(members: int, versions: int, seed: int = 3) -> list[set[int]]:
    """Members that are copies of one of several versions, each with some shingles of its own."""
    chance = np.random.default_rng(seed)
    body = [set(chance.integers(0, 1 << 60, 200).tolist()) for _ in range(versions)]
    own = chance.integers(1 << 61, 1 << 62, (members, 20)).tolist()
    return [body[i % versions] | set(own[i]) for i in range(members)]


@pytest.mark.parametrize("versions", [1, 5])
def test_a_crowded_bucket_gives_each_member_a_near_representative_in_linear_numbers(versions):
    members = 600
    shingles = as_shingles(family(members, versions))
    signatures = np.zeros((members, 1), np.uint32)
    pairs = one_band(signatures, shingles, 0, 1, cap=100)
    found = unpacked(pairs)
    assert len(found) <= 2 * members
    assert all(a < b for a, b in found)
    a, b = (np.array(side) for side in zip(*found, strict=True))
    shared = shared_counts(shingles.values, shingles.offsets, a, b)
    near = {(x, y) for (x, y), count in zip(found, shared, strict=True) if count >= 150}
    assert {(i % versions, i) for i in range(versions, members)} <= near


_CONFIG = Config(normalise=Normalise(shingle=1), excerpts=Excerpts(enabled=False))


def find(documents, signatures, layout, cap):
    config = _CONFIG.model_copy(update={"near": Near(bucket_cap=cap)})
    rows = np.arange(len(signatures))
    none = np.zeros(len(rows) + 1, np.int64)
    sketches = Sketches(signatures, none[1:], none[:0].astype(np.uint64), none)
    ids = pl.Series([f"{row:04}" for row in rows], dtype=pl.String())
    judged = rows_of(NO_JUDGEMENTS, ids)
    return find_candidates(documents, sketches, rows, layout, judged, config)


def test_the_stage_gives_each_near_copy_of_a_large_group_a_pair():
    made = bare_documents(family(400, 4))
    signatures = sketches_of(made, _CONFIG).signatures
    found = find(made, signatures, Layout(42, 3, 0.0), cap=50)
    assert len(found.a) <= 2 * 42 * 400
    assert found.cut["articles_in_crowded_buckets"] > 0
    heads = dict.fromkeys(range(4, 400), False)
    for a, b in zip(found.a.tolist(), found.b.tolist(), strict=True):
        if a < 4 and b % 4 == a:
            heads[b] = True
    assert all(heads.values())


@settings(max_examples=100)
@given(layouts(), st.integers(2, 6))
@example((6, 1, [[0, 1, 1, 1, 1, 9], [0, 2, 2, 2, 2, 3], [0, 3, 3, 3, 3, 9]]), 2)
def test_what_a_crowded_bucket_passes_over_another_band_may_still_find(layout, cap):
    """Pairs that share a bucket of at most `cap` are found, whatever other buckets they share."""
    bands, rows, signatures = layout
    array = np.array(signatures, np.uint32)
    made = bare_documents([{i} for i in range(len(signatures))])
    found = find(made, array, Layout(bands, rows, 0.0), cap)
    pairs = set(zip(found.a.tolist(), found.b.tolist(), strict=True))
    for band in range(bands):
        part = [signature[band * rows : (band + 1) * rows] for signature in signatures]
        small = [i for i, one in enumerate(part) if part.count(one) <= cap]
        expected = naive.band_pairs([part[i] for i in small], 1, rows)
        assert {(small[a], small[b]) for a, b in expected} <= pairs
