"""What two pages share that can be prose."""

import naive_furniture as naive
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.prose import prose_tokens
from pipeline.kernels.tokens import MASKED_FLAG, SENTENCE_FLAG

_BITS = {"s": SENTENCE_FLAG, "m": MASKED_FLAG, ".": np.uint8(0)}
# Long runs of one kind, so that articles are longer than the edge.
_RUNS = st.tuples(st.sampled_from("sm..."), st.integers(1, 90)).map(
    lambda run: run[0] if run[0] == "s" else run[0] * run[1]
)
_TEXT = st.lists(_RUNS, max_size=12).map("".join)


@st.composite
def pairs(draw):
    a, b = draw(_TEXT), draw(_TEXT)
    passages = []
    for _ in range(draw(st.integers(0, 3))):
        spans = []
        for text in (a, b):
            near = [at for at in range(len(text) + 1) if naive.opens(text, at)]
            place = st.one_of(st.integers(0, len(text)), st.sampled_from(near))
            spans += sorted((draw(place), draw(place)))
        passages.append((*spans, draw(st.integers(0, 60)), draw(st.integers(0, 60))))
    return a, b, passages


@settings(max_examples=300)
@given(st.lists(pairs(), max_size=4))
def test_prose_tokens(cases):
    texts = [text for a, b, _ in cases for text in (a, b)]
    flags = np.array([_BITS[letter] for text in texts for letter in text], np.uint8)
    offsets = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    rows = []
    for k, (_, _, passages) in enumerate(cases):
        a, b = offsets[2 * k], offsets[2 * k + 1]
        rows += [(p[0] + a, p[1] + a, p[2] + b, p[3] + b, p[4], p[5]) for p in passages]
    found = prose_tokens(
        flags, offsets,
        np.arange(0, len(texts), 2), np.arange(1, len(texts), 2),
        np.cumsum([0, *(len(passages) for *_, passages in cases)]).astype(np.int64),
        np.array(rows, np.int64).reshape(-1, 6),
    )  # fmt: skip
    assert found.tolist() == [naive.prose(a, b, passages) for a, b, passages in cases]
