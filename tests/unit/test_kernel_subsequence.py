"""The longest common subsequence, beside the table that everyone knows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import subsequence
from pipeline.kernels.subsequence import common_lengths

TEXTS = st.lists(st.lists(st.integers(0, 9), max_size=150), min_size=1, max_size=6)


def slow(a, b):
    """Wagner and Fischer's table, row by row."""
    row = [0] * (len(b) + 1)
    for x in a:
        above = row
        row = [0]
        for j, y in enumerate(b):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
    return row[-1]


def laid_out(texts):
    offsets = np.cumsum([0, *map(len, texts)])
    return np.array([x for text in texts for x in text], np.uint64), offsets


@given(TEXTS)
def test_equals_the_table(texts):
    tokens, offsets = laid_out(texts)
    a, b = (side.ravel() for side in np.indices((len(texts), len(texts))))
    found = common_lengths(tokens, offsets, a, b)
    assert found.tolist() == [slow(texts[x], texts[y]) for x, y in zip(a, b, strict=True)]


def test_a_long_text_is_compared_by_its_beginning():
    most = subsequence.MOST_TOKENS
    tokens, offsets = laid_out([range(most + 100), range(50, most + 100)])
    assert common_lengths(tokens, offsets, np.array([0]), np.array([1])).tolist() == [most - 50]
