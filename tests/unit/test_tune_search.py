"""Every combination of thresholds against counting row by row."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import Relate
from pipeline.tune.search import KNOBS, Search

_ROWS = st.lists(
    st.tuples(
        st.one_of(st.just(-1.0), st.floats(0, 1)),
        st.one_of(st.just(-1.0), st.floats(0, 1)),
        st.one_of(st.just(-1.0), st.floats(0, 1)),
        st.integers(0, 1200).map(float),
        st.sampled_from([None, None, None, True, False]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=25,
)


def _frame(rows):
    schema = dict.fromkeys(KNOBS, pl.Float64()) | {
        "linked": pl.Boolean(), "right": pl.Int64(), "wrong": pl.Int64()
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _counted(frame, thresholds):
    reached = pl.any_horizontal(pl.col(name) >= thresholds[name] for name in KNOBS)
    linked = frame.filter(pl.coalesce("linked", reached))
    return int(linked["right"].sum()), int(linked["wrong"].sum())


@settings(deadline=None, max_examples=20)
@given(_ROWS, st.floats(0.05, 1.0), st.integers(0, 10))
def test_choices_count_right_and_none_is_better(rows, target, extra):
    frame = _frame(rows)
    of = int(frame["right"].sum()) + extra
    search = Search(frame, of, Relate())
    assert search.now.thresholds == {name: getattr(Relate(), name) for name in KNOBS}
    chosen = [
        search.now,
        search.most_recall(target),
        search.most_precision(target),
        *search.curve(),
    ]
    for choice in chosen:
        if choice is not None:
            told = (choice.counts.right, choice.counts.wrong)
            assert told == _counted(frame, choice.thresholds)
            assert choice.counts.of == of
            assert search.at(choice.thresholds) == choice
    # Some other combinations, none of which may be better.
    generator = np.random.default_rng(len(rows))
    names = [search.grid[name] for name in KNOBS]
    for _ in range(40):
        values = dict(zip(KNOBS, (float(generator.choice(it)) for it in names), strict=True))
        right, wrong = _counted(frame, values)
        if right and right >= target * (right + wrong):
            assert chosen[1] is not None
            assert right <= chosen[1].counts.right
        if right and right >= target * of:
            best = chosen[2].counts
            assert right / (right + wrong) <= best.right / (best.right + best.wrong)


def test_the_curve_has_no_point_that_another_beats():
    generator = np.random.default_rng(5)
    rows = [(*generator.random(3), 1.0, None, 1, 0) for _ in range(60)]
    rows += [(*generator.random(3) ** 2, 10.0, None, 0, 1) for _ in range(60)]
    curve = Search(_frame(rows), 60, Relate()).curve()
    points = [(it.counts.right, it.counts.precision.share) for it in curve]
    assert len(points) > 3
    assert points == sorted(points, key=lambda it: (it[0], -it[1]))
    assert all(p > q for (_, p), (_, q) in pairwise(points))


def test_what_costs_nothing_is_left_as_it_is():
    rows = [(1.0, 1.0, 1.0, 900.0, None, 1, 0)] * 5
    chosen = Search(_frame(rows), 5, Relate()).most_recall(0.9)
    assert chosen.thresholds == {name: getattr(Relate(), name) for name in KNOBS}


def test_no_thresholds_reach_it():
    search = Search(_frame([(0.9, 0.9, 0.9, 500.0, None, 1, 1)]), 1, Relate())
    assert search.most_recall(0.8) is None
    assert search.most_precision(1.0).counts.right == 1


@pytest.mark.parametrize("share", [0.55, 0.57, 0.58, 0.07, 0.14, 0.28, 0.29])
def test_a_share_that_is_just_reached_is_reached(share):
    right, rest = round(share * 100), 100 - round(share * 100)
    rows = [(0.9, 0.9, 0.9, 500.0, None, right, 0)]
    best = Search(_frame(rows), 100, Relate()).most_precision(share)
    assert best is not None
    assert best.counts.right == right
    rows = [(0.9, 0.9, 0.9, 500.0, None, right, rest)]
    assert Search(_frame(rows), right, Relate()).most_recall(share) is not None


def test_no_threshold_goes_below_the_run_s_own():
    """What lower ones would link, a run with these never scored."""
    options = Relate(near_copy=0.55, excerpt=0.62, link_confidence=0.71, partial_tokens=60)
    grid = Search(_frame([]), 0, options).grid
    for name in ("near_copy", "excerpt", "link_confidence"):
        assert grid[name].min() == getattr(options, name)
    # Pairs with so many tokens in common are kept for review, and so scored.
    assert grid["partial_tokens"].min() == options.review_tokens
    low = Search(_frame([]), 0, Relate(partial_tokens=10)).grid["partial_tokens"]
    assert low.min() == 10
    assert low[1] == Relate().review_tokens
