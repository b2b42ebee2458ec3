"""Stretches that third versions have, beside sets of runs."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.witnesses import SIZE, agreements

TEXTS = st.lists(st.lists(st.integers(0, 3), max_size=40), min_size=2, max_size=6)


def runs(text):
    return [tuple(text[i : i + SIZE]) for i in range(len(text) - SIZE + 1)]


def slow(x, y, thirds):
    """Each run of x is a third's, y's, both's or nobody's; stretches of one kind are counted."""
    known, own = {run for text in thirds for run in runs(text)}, set(runs(y))
    kinds = [(run in known, run in own) for run in runs(x)]
    last = max((i for i, (third, _) in enumerate(kinds) if third), default=0)
    stretches = groupby(enumerate(kinds), key=lambda it: it[1])
    found = [(kind, next(of)[0]) for kind, of in stretches]
    against = sum(kind == (True, False) for kind, _ in found)
    return [against, sum(kind == (False, True) and first < last for kind, first in found)]


@given(TEXTS, st.data())
def test_equals_the_sets(texts, data):
    offsets = np.cumsum([0, *map(len, texts)])
    tokens = np.array([token for text in texts for token in text], np.uint64)
    row = st.integers(0, len(texts) - 1)
    groups = [sorted(data.draw(st.sets(row))) for _ in range(2)]
    firsts = np.cumsum([0, *map(len, groups)])
    witnesses = np.array([row for group in groups for row in group], np.int64)
    pairs = sorted(data.draw(st.lists(st.tuples(st.integers(0, 1), row, row), min_size=1)))
    story, y, x = np.array(pairs, np.int64).T.copy()
    found = agreements(tokens, offsets, firsts, witnesses, story, x, y)
    expected = [
        slow(texts[x], texts[y], [texts[w] for w in groups[s] if w != y]) for s, y, x in pairs
    ]
    assert found.tolist() == expected
