"""How two texts differ, against a slow obvious twin."""

from bisect import bisect_left
from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.edits import BOTH, SIDES, edits
from pipeline.kernels.outlines import LONG, NAME, NUMBER, OPENS, QUOTED, RUN, outlines
from pipeline.kernels.tokens import MASKED_FLAG, NUMBER_FLAG, QUOTED_FLAG, SENTENCE_FLAG

_HASH = 0x9E3779B97F4A7C15  # makes a token of a number
_FLAGS = [0, 0, 0, 0, NUMBER_FLAG, QUOTED_FLAG, SENTENCE_FLAG, MASKED_FLAG]
# word, flags, width, capital
_TOKEN = st.tuples(
    st.integers(1, 9), st.sampled_from(_FLAGS), st.integers(1, 6), st.sampled_from([True, False])
)
_TEXT = st.lists(_TOKEN, max_size=30)


@st.composite
def _pairs(draw):
    """Two texts, the second often the first with something cut out and put in."""
    first = draw(_TEXT)
    if draw(st.booleans()):
        return first, draw(_TEXT)
    at, cut = draw(st.integers(0, len(first))), draw(st.integers(0, 5))
    return first, [*first[:at], *draw(st.lists(_TOKEN, max_size=4)), *first[at + cut :]]


def outlined(*texts):
    flat = [token for text in texts for token in text]
    tokens = np.array([word * _HASH % 2**64 for word, *_ in flat], np.uint64)
    flags = np.array([flag for _, flag, *_ in flat], np.uint8)
    widths = np.array([width for *_, width, _ in flat], np.uint8)
    capital = np.array([capital for *_, capital in flat], np.bool_)
    offsets = np.append(0, np.cumsum([len(text) for text in texts])).astype(np.int64)
    rows = np.arange(len(texts))
    return outlines(tokens, flags, widths, offsets, rows, capital)


def bits(text):
    """(word, bits) of a text's tokens that aren't masked."""
    kept = [token for token in text if not token[1] & MASKED_FLAG]
    inner = [token for token in kept if not token[1] & SENTENCE_FLAG and token[2] > 1]
    names = 2 * sum(capital for *_, capital in inner) <= len(inner)
    out = []
    for token in kept:
        word, flag, width, capital = token
        bit = OPENS if flag & SENTENCE_FLAG else 0
        bit |= NAME if names and token in inner and capital else 0
        bit |= NUMBER if flag & NUMBER_FLAG else 0
        bit |= QUOTED if flag & QUOTED_FLAG else 0
        bit |= LONG if width >= 4 else 0
        out.append((word, int(bit)))
    return out


def together(x, y):
    """The place in y of what each of x is laid beside, or None."""
    places = []
    for text in (x, y):
        runs = [tuple(text[at : at + RUN]) for at in range(len(text) - RUN + 1)]
        once = Counter(runs)
        places.append({run: at for at, run in enumerate(runs) if once[run] == 1})
    anchors = sorted((at, places[1][run]) for run, at in places[0].items() if run in places[1])
    laid, reach = [None] * len(x), 0
    for i, j in rising(anchors):
        for step in range(RUN):
            if laid[i + step] is None and j + step >= reach:
                laid[i + step] = j + step
                reach = j + step + 1
    for i, i_stop, j, j_stop in gaps(laid, len(y)):
        head = 0
        while i + head < i_stop and j + head < j_stop and x[i + head] == y[j + head]:
            laid[i + head] = j + head
            head += 1
        tail = 1
        while i_stop - tail >= i + head and j_stop - tail >= j + head:
            if x[i_stop - tail] != y[j_stop - tail]:
                break
            laid[i_stop - tail] = j_stop - tail
            tail += 1
    return laid


def rising(anchors):
    """A longest run of rising second places: by patience, the smallest end for each length."""
    tops, piles, before = [], [], []
    for at, (_, j) in enumerate(anchors):
        pile = bisect_left(tops, j)
        tops[pile : pile + 1] = [j]
        before.append(piles[pile - 1] if pile else None)
        piles[pile : pile + 1] = [at]
    chain, at = [], piles[-1] if piles else None
    while at is not None:
        chain.append(anchors[at])
        at = before[at]
    return chain[::-1]


def gaps(laid, size):
    """i, i_stop, j, j_stop of each place where the two differ."""
    found, j, at = [], 0, 0
    ends = [*((i, one) for i, one in enumerate(laid) if one is not None), (len(laid), size)]
    for i, one in ends:
        if i > at or one > j:
            found.append((at, i, j, one))
        at, j = i + 1, one + 1
    return found


def expected(first, second):
    texts = [bits(first), bits(second)]
    words = [{word: 0 for word, _ in text} for text in texts]
    for own, text in zip(words, texts, strict=True):
        for word, bit in text:
            own[word] |= bit
    sides = [dict.fromkeys(SIDES, 0.0) for _ in range(2)]
    kinds = {"names": NAME, "numbers": NUMBER, "quoted": QUOTED, "words": LONG}
    for side in range(2):
        alone = [bit for word, bit in words[side].items() if word not in words[1 - side]]
        for name, kind in kinds.items():
            sides[side][name] = sum(bool(bit & int(kind)) for bit in alone)
        sides[side]["all_words"] = sum(bool(bit & int(LONG)) for bit in words[side].values())
        sides[side]["tokens"] = len(texts[side])
    x, y = ([word for word, _ in text] for text in texts)
    laid = together(x, y)
    both = dict.fromkeys(BOTH, 0.0) | {"matched": sum(one is not None for one in laid)}
    for i, i_stop, j, j_stop in gaps(laid, len(y)):
        here, there = i_stop - i, j_stop - j
        both["places"] += 1
        both["unmatched"] += here + there
        if i_stop == len(x) and not (here and there):
            both["tail"] += here + there
        more = log(1 + abs(here - there))
        both["growth"] += more if here > there else -more
        both["change"] += more
        for side, (own, other) in enumerate([(here, there), (there, here)]):
            sides[side]["blocks"] += other == 0
            sides[side]["head"] += own if i == j == 0 and other == 0 else 0
        for side, part in enumerate([texts[0][i:i_stop], texts[1][j:j_stop]]):
            sides[side]["sentences"] += sum(bool(bit & int(OPENS)) for _, bit in part)
    return sides, both


@given(_pairs())
def test_against_the_twin(pair):
    sides, both = edits(outlined(*pair), np.array([0]), np.array([1]))
    wanted, wanted_both = expected(*pair)
    for side in range(2):
        assert dict(zip(SIDES, sides[0, side], strict=True)) == wanted[side]
    assert dict(zip(BOTH, both[0], strict=True)) == pytest.approx(wanted_both)


@given(_TEXT)
def test_nothing_tells_a_text_from_itself(text):
    sides, both = edits(outlined(text, text), np.array([0]), np.array([1]))
    told = dict(zip(BOTH, both[0], strict=True))
    assert told["matched"] == len(bits(text))
    assert told["places"] == told["unmatched"] == 0
    assert not sides[0, :, : SIDES.index("all_words")].any()


def test_a_long_text_without_runs_that_stand_once_takes_no_time():
    text = [(1, 0, 4, False)] * 20_000
    other = [*text[:-1], (2, 0, 4, False)]
    _, both = edits(outlined(text, other), np.array([0]), np.array([1]))
    assert dict(zip(BOTH, both[0], strict=True))["matched"] == 19_999
