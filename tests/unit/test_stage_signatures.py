"""Band layouts do what they promise; signatures serve datasketch's index."""

import math

import numpy as np
import pytest
from conftest import bare_documents, documents, prose, words
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Config, Near, Normalise
from pipeline.errors import ConfigError
from pipeline.stages.signatures import Layout, choose_layout, sketches_of, to_datasketch


def layout_of(signatures, options):
    return choose_layout(signatures, np.arange(len(signatures)), options)


_UNRELATED = np.random.default_rng(1).integers(0, 1 << 32, (400, 512), np.uint32)


@given(st.floats(0.3, 1.0), st.floats(0.05, 0.999), st.sampled_from([64, 128, 256, 512]))
def test_the_target_is_met_at_the_threshold(threshold, recall, permutations):
    options = Near(threshold=threshold, target_recall=recall, permutations=permutations)
    try:
        layout = layout_of(_UNRELATED[:1, :permutations], options)
    except ConfigError:
        # One row a band catches most: if that fails, so does all else.
        assert 1 - (1 - threshold) ** permutations < recall + 1e-9
        return
    assert layout.bands * layout.rows <= permutations
    assert layout.catches(threshold) >= recall - 1e-9
    fewer = Layout(layout.bands - 1, layout.rows, 0.0)
    assert fewer.catches(threshold) < recall + 1e-9, "no more bands than are needed"


def test_what_a_layout_catches():
    """Published figures of common layouts: 1 − (1 − s^r)^b."""

    def caught(bands, rows):
        return [round(Layout(bands, rows, 0.0).catches(s), 2) for s in (0.3, 0.5, 0.7, 0.8)]

    assert caught(42, 3) == [0.68, 1.0, 1.0, 1.0]
    assert caught(14, 8) == [0.0, 0.05, 0.56, 0.92]
    assert caught(20, 13) == [0.0, 0.0, 0.18, 0.68]
    assert Layout(42, 3, 0.0).catches(0.5) > Near().target_recall


def test_explicit_bands_and_rows_are_kept():
    layout = layout_of(_UNRELATED[:, :128], Near(bands=9, rows=13))
    assert (layout.bands, layout.rows) == (9, 13)


@pytest.mark.parametrize("options", [{"threshold": 0.1, "permutations": 16}, {"permutations": 2}])
def test_a_target_out_of_reach_is_a_config_error(options):
    with pytest.raises(ConfigError, match=r"near.permutations"):
        layout_of(_UNRELATED[:, : options["permutations"]], Near(**options))


def test_a_crowd_of_alike_articles_calls_for_longer_bands():
    """The more candidates a layout would bring, the more rows it takes to keep them few."""
    chance = np.random.default_rng(2)
    base = chance.integers(0, 1 << 32, 256, np.uint32)
    alike = np.where(
        chance.random((20_000, 256)) < 0.35,
        base,
        chance.integers(0, 1 << 32, (20_000, 256), np.uint32),
    )
    options = Near(permutations=256)
    crowd = layout_of(alike, options)
    loose = layout_of(chance.integers(0, 1 << 32, (20_000, 256), np.uint32), options)
    assert crowd.rows > loose.rows
    assert crowd.catches(0.5) >= 0.996 - 1e-9


@pytest.mark.parametrize("articles", [0, 1, 2])
def test_a_dump_of_hardly_any_articles_has_a_layout(articles):
    layout = layout_of(_UNRELATED[:articles, :128], Near())
    assert layout.catches(0.5) >= 0.996
    assert layout.expected_pairs <= 1


@pytest.mark.parametrize(("jaccard", "bands", "rows"), [(0.3, 20, 3), (0.5, 20, 3), (0.7, 8, 4)])
def test_catch_probability_is_that_of_real_signatures(jaccard, bands, rows):
    """1,000 pairs of sets of one Jaccard, hashed for real."""
    chance = np.random.default_rng(3)
    shared = round(600 * jaccard)
    own = (600 - shared) // 2
    caught = 0
    pairs = 1000
    for _ in range(pairs):
        values = chance.integers(0, 1 << 63, shared + 2 * own).astype(np.uint64)
        sets = [values[: shared + own], np.r_[values[:shared], values[shared + own :]]]
        signatures = _minhash(sets, bands * rows)
        caught += any(
            np.array_equal(*signatures[:, band * rows : (band + 1) * rows]) for band in range(bands)
        )
    expected = Layout(bands, rows, 0.0).catches(jaccard)
    assert abs(caught / pairs - expected) < 4 * math.sqrt(expected * (1 - expected) / pairs)


def _minhash(sets, permutations):
    """Of documents whose shingles are single tokens."""
    near, normalise = Near(permutations=permutations), Normalise(shingle=1)
    config = Config(near=near, normalise=normalise)
    return sketches_of(bare_documents(sets), config).signatures


def test_expected_pairs_are_about_those_that_come():
    """300 articles, each sharing a random part of one text."""
    base = words("base", 400)
    chance = np.random.default_rng(4)
    texts = []
    for i in range(300):
        cut = int(chance.integers(0, 400))
        texts.append(" ".join(base[:cut] + words(i, 400 - cut)))
    signatures = sketches_of(documents(texts), Config()).signatures
    layout = layout_of(signatures, Near(bands=20, rows=3))
    agree = np.zeros((300, 300), bool)
    for band in range(layout.bands):
        slots = signatures[:, band * layout.rows : (band + 1) * layout.rows]
        agree |= (slots[:, None] == slots[None, :]).all(axis=2)
    found = (agree.sum() - 300) / 2
    assert 0.8 * found < layout.expected_pairs < 1.25 * found


def test_datasketch_finds_what_we_find():
    texts = [prose(i, 10) for i in range(30)]
    texts += [f"{prose(('new', i), i % 6 + 1)} {texts[i]}" for i in range(30)]
    options = Near()
    signatures = sketches_of(documents(texts), Config(near=options)).signatures
    layout = layout_of(signatures, options)
    index = to_datasketch([str(i) for i in range(60)], signatures, layout, options)
    ours = np.zeros((60, 60), bool)
    for band in range(layout.bands):
        part = signatures[:, band * layout.rows : (band + 1) * layout.rows]
        ours |= (part[:, None] == part[None, :]).all(axis=2)
    shared = MinHash(options.permutations, options.seed, scheme="affine32").permutations
    for i, signature in enumerate(signatures):
        asked = MinHash(
            seed=options.seed, hashvalues=signature, permutations=shared, scheme="affine32"
        )
        assert {int(name) for name in index.query(asked)} == set(np.flatnonzero(ours[i]).tolist())
    assert ours.sum() > 60
