"""Sources that together cover an article: the greedy choice, by the plain rule."""

import naive
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.cover import choose_sources

_SPAN = st.tuples(st.integers(0, 30), st.integers(0, 12)).map(lambda it: (it[0], it[0] + it[1]))
_SOURCE = st.tuples(st.lists(_SPAN, max_size=3), st.booleans())
_TAKERS = st.lists(st.lists(_SOURCE, max_size=6), max_size=3)


def chosen(takers, least):
    """`choose_sources` on takers, each a list of (spans, main)."""
    sources = [source for taker in takers for source in taker]
    spans = [span for own, _ in sources for span in own]
    arrays = (
        np.cumsum([0, *(len(taker) for taker in takers)]),
        np.cumsum([0, *(len(own) for own, _ in sources)]),
        [start for start, _ in spans],
        [stop for _, stop in spans],
        [int(main) for _, main in sources],
    )
    return choose_sources(*(np.array(part, np.int64) for part in arrays), least).tolist()


@given(_TAKERS, st.integers(1, 8))
def test_the_greedy_choice(takers, least):
    expected = [rank for taker in takers for rank in naive.choose_sources(taker, least)]
    assert chosen(takers, least) == expected


def test_what_the_main_source_covers_adds_nothing():
    sources = [([(0, 40)], True), ([(10, 45)], False), ([(35, 60), (50, 70)], False)]
    assert chosen([sources], 6) == [0, 0, 1]


def test_of_equals_the_first_is_chosen():
    sources = [([(0, 9)], False), ([(10, 20)], False), ([(10, 20)], False)]
    assert chosen([sources], 5) == [2, 1, 0]
