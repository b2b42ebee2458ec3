"""Finder 2: pairs that share enough sampled shingles, few documents having them."""

import itertools
from collections import Counter
from collections.abc import Collection, Sequence

import naive
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Config, Excerpts, Near
from pipeline.errors import InputError
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.kernels.bands import ROW_MASK
from pipeline.kernels.fingerprints import list_groups, partition_prints, rare_groups
from pipeline.stages import candidates
from pipeline.stages.candidates import FINGERPRINTS, find_candidates, fingerprints_needed
from pipeline.stages.normalise import documents_of
from pipeline.stages.signatures import Layout, Sketches

# Distinct values whose bits from the 40th on vary; some documents are large.
_VALUES = [int(v) for v in np.random.default_rng(5).integers(0, 1 << 63, 150)]


@st.composite
def dumps(draw):
    sets = []
    for _ in range(draw(st.integers(1, 10))):
        first = draw(st.integers(0, 149))
        size = draw(st.sampled_from([0, 1, 5, 20, 49, 50, 79, 80, 120]))
        sets.append({_VALUES[(first + k) % 150] for k in range(size)})
    return sets


def flat(prints: Sequence[Collection[int]]) -> tuple[np.ndarray, np.ndarray]:
    values = [value for one in prints for value in sorted(one)]
    return np.array(values, np.uint64), np.cumsum([0, *map(len, prints)]).astype(np.int64)


def find(sets: list[set[int]], sample: int, cap: int, rows=None) -> set[tuple[int, int]]:
    # Signatures of which no two agree: finder 1 stays silent, and doesn't look at documents.
    signatures = np.arange(len(sets), dtype=np.uint32).reshape(-1, 1)
    kept = [sorted(v for v in one if (v >> 40) % sample == 0) for one in sets]
    sketches = Sketches(signatures, np.array([*map(len, sets)], np.int64), *flat(kept))
    found = find_candidates(
        documents_of(pl.Series([""] * len(sets))), sketches,
        np.arange(len(sets)) if rows is None else rows, Layout(1, 1, 0.0),
        rows_of(NO_JUDGEMENTS, pl.Series([f"{i:04}" for i in range(len(sets))])),
        Config(near=Near(permutations=1), excerpts=Excerpts(sample=sample, max_articles=cap)),
    )  # fmt: skip
    assert (found.found_by == FINGERPRINTS).all()
    return set(zip(found.a.tolist(), found.b.tolist(), strict=True))


@given(dumps(), st.integers(1, 5), st.integers(2, 11))
def test_pairs(sets, sample, cap):
    assert find(sets, sample, cap) == naive.fingerprint_pairs(sets, sample, cap)


@given(dumps(), st.integers(1, 5))
def test_a_higher_cap_finds_no_less(sets, sample):
    found = [find(sets, sample, cap) for cap in (2, 3, 5, 11)]
    assert found[0] <= found[1] <= found[2] <= found[3]


def test_only_representatives_take_part_and_are_counted():
    sets = [set(_VALUES)] * 6
    assert find(sets, 4, 2, rows=np.array([1, 4])) == {(1, 4)}
    assert find(sets, 4, 2, rows=np.array([1, 4, 5])) == set()


def test_many_rows_are_found_across_blocks():
    """Pairs whose members lie in different blocks of rows of the stage."""
    values = np.random.default_rng(6).integers(0, 1 << 63, (4500, 12)).tolist()
    sets = [set(row) for row in values]
    sets[4400] = sets[10] | {1, 2, 3}
    sets[4401] = sets[3999] | {4, 5, 6}
    assert find(sets, 1, 100) == {(10, 4400), (3999, 4401)}


@given(dumps(), st.integers(1, 5), st.integers(2, 11), st.integers(1, 40))
def test_parts_change_nothing(sets, sample, cap, part):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "_PART", part)
        assert find(sets, sample, cap) == naive.fingerprint_pairs(sets, sample, cap)


def test_too_many_rare_shingles_are_told_with_the_mend(monkeypatch):
    monkeypatch.setattr(candidates, "_MOST_GROUPS", 3)
    assert find([{1, 2}, {1, 2}], 1, 2) == {(0, 1)}
    with pytest.raises(InputError, match=r"raise excerpts\.sample"):
        find([{1, 2, 3}, {1, 2, 3}], 1, 2)


@given(dumps(), st.integers(1, 7), st.integers(2, 11), st.data())
def test_rare_groups(prints, parts, most, data):
    wanted = data.draw(st.lists(st.booleans(), min_size=len(prints), max_size=len(prints)))
    sizes, members, common, keys = [], [], 0, []
    for part in range(parts):
        found = partition_prints(*flat(prints), np.array(wanted), part, parts)
        found.sort()
        keys += found.tolist()
        own, rows, many = rare_groups(found, most)
        sizes, members, common = sizes + own.tolist(), members + rows.tolist(), common + many
    assert keys == sorted(keys), "each part has its range"
    listed = Counter(key & int(ROW_MASK) for key in keys)
    assert listed == {row: len(one) for row, one in enumerate(prints) if wanted[row] and one}
    bounds = np.cumsum([0, *sizes])
    groups = [tuple(members[a:b]) for a, b in itertools.pairwise(bounds)]
    expected, too_many = naive.rare_groups(prints, wanted, most)
    assert (sorted(groups), common) == (sorted(expected), too_many)

    rows = np.array(members, np.int32)
    owned = np.cumsum([0, *np.bincount(rows, minlength=len(prints))])
    lists = np.zeros(len(rows), np.int32)
    list_groups(bounds, rows, owned, lists)
    for row in range(len(prints)):
        own = lists[owned[row] : owned[row + 1]].tolist()
        assert own == [number for number, group in enumerate(groups) if row in group]


@given(st.integers(1, 2000), st.integers(1, 20))
def test_how_many_are_needed(size, sample):
    found = fingerprints_needed(np.array([size]), sample)
    assert found.tolist() == [naive.needed_fingerprints(size, sample)]


def test_a_sparser_sample_asks_for_less():
    assert fingerprints_needed(np.array([40, 60, 200]), 4).tolist() == [1, 2, 3]
    assert fingerprints_needed(np.array([40, 60, 200]), 16).tolist() == [1, 1, 1]
