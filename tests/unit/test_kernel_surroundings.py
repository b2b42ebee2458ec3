"""Words of passages that recur around them, against a slow obvious twin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.surroundings import ROOM, recurring_words
from pipeline.kernels.tokens import MASKED_FLAG

_TOKEN = st.tuples(st.integers(1, 60), st.booleans(), st.integers(2, 6))


@st.composite
def _cases(draw):
    """Two texts, and passages in both."""
    texts = [draw(st.lists(_TOKEN, min_size=1, max_size=300)) for _ in range(2)]
    places = []
    for _ in range(draw(st.integers(0, 3))):
        spans = [sorted(draw(st.integers(0, len(text))) for _ in range(2)) for text in texts]
        places.append([*spans[0], *spans[1]])
    return texts, places


def around(text, first, last, room):
    """The `room` tokens nearest to a passage, as evenly on both sides as the text allows."""
    before = text[:first][::-1]
    behind = text[last:]
    half = max(room // 2, room - len(behind))
    taken = before[: min(half, len(before))]
    return [*taken, *behind[: room - len(taken)]]


def expected(texts, places):
    counts = [0, 0]
    for place in places:
        spans = [place[:2], place[2:]]
        room = min(ROOM, *(len(t) - (s[1] - s[0]) for t, s in zip(texts, spans, strict=True)))
        if room < 30:
            continue
        for side, (text, (first, last)) in enumerate(zip(texts, spans, strict=True)):
            own = {word for word, _, width in text[first:last] if width >= 4}
            near = {word for word, masked, _ in around(text, first, last, room) if not masked}
            counts[side] += len(own & near)
    return counts


@given(_cases())
def test_against_the_twin(case):
    texts, places = case
    flat = [token for text in texts for token in text]
    offsets = np.array([0, len(texts[0]), len(flat)])
    shift = np.array([0, 0, len(texts[0]), len(texts[0])])
    found = recurring_words(
        np.array([word for word, *_ in flat], np.uint64),
        np.array([masked * MASKED_FLAG for _, masked, _ in flat], np.uint8),
        np.array([width for *_, width in flat], np.uint8),
        offsets, np.array([0]), np.array([1]), np.array([0, len(places)]),
        np.array(places, np.int64).reshape(-1, 4) + shift,
    )  # fmt: skip
    assert found[0].tolist() == expected(texts, places)
