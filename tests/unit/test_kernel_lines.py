"""Lines told from their bytes, against lines split and tested as strings."""

import re
from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.lines import EDGE, HEAD, HINTED, LAST, NAMED, TAIL, find_lines
from pipeline.kernels.texts import COPYRIGHT, JOINER, OTHER, UNSPACED, find_signs
from pipeline.kernels.tokens import PADDING
from pipeline.stages import credit_windows as windows
from pipeline.stages.credit_names import character_signs

PIECES = st.sampled_from(
    ["a", "By ", "(AP)", " - ", "\n", "\n", "\n\n", "©", "é", "据", "电", "😀", "/x/ ", " ",
     "\u3000", "press", "Agen", "from: ", "\u0301", "—", "ß", "Y", "x" * 30, "[", "Reuters"]
)  # fmt: skip
REACH = (40, 15)


def packed(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    data = [text.encode() for text in texts]
    bounds = np.cumsum([0, *map(len, data)])
    return np.frombuffer(b"".join([*data, bytes(PADDING)]), np.uint8), bounds


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=4))
def test_signs(texts):
    signs, points = find_signs(*packed(texts), character_signs())
    assert points.tolist() == [len(text) for text in texts]
    for sign, text in zip(signs, texts, strict=True):
        assert bool(sign & COPYRIGHT) == ("©" in text)
        assert bool(sign & JOINER) == ("\u0301" in text)
        assert bool(sign & UNSPACED) == bool(set(text) & set("据电"))
        assert bool(sign & OTHER) == bool(set(text) & set("据电😀\u3000\u0301"))


def naive(text: str) -> dict[int, tuple[str, int]]:
    """All lines of the windows that aren't blank: first code point → line, bits."""
    whole = len(text) <= sum(REACH)
    parts = [(0, text[: None if whole else REACH[0]], HEAD | (TAIL if whole else 0))]
    if not whole:
        parts.append((len(text) - REACH[1], text[-REACH[1] :], TAIL))
    found = {}
    for base, window, bits in parts:
        starts = [base, *(base + m.end() for m in re.finditer("\n", window))]
        lines = list(zip(starts, window.split("\n"), strict=True))
        lines = [(at, line) for at, line in lines if line.strip()]
        for k, (at, line) in enumerate(lines):
            edge = (bits & HEAD and k < 3) or (bits & TAIL and k >= len(lines) - 3)
            last = bits & TAIL and k == len(lines) - 1
            found[at, bool(bits & HEAD)] = (
                line, int(bits) | (int(EDGE) if edge else 0) | (int(LAST) if last else 0)
            )  # fmt: skip
    return found


def may_matter(line: str, bits: int, named: bool) -> bool:
    """Does one of the patterns that decide need the line?"""
    opening = line[:180]
    form = re.search("agen|ncia|press|wire|service|ß", line, re.IGNORECASE)
    byline = bits & EDGE or re.match(r"\W{0,3}(?:by|from)[\s:]", opening, re.IGNORECASE)
    return bool(
        "©" in line
        or (bits & HEAD and re.match(r"[^(\[]{0,64}[(\[][^()\[\]]{2,60}[)\]]", opening))
        or (bits & HEAD and "电" in opening)
        or (bits & HEAD and named and re.match(r"[^/|]{0,60}/[^/|]{2,30}/\W", opening))
        or (byline and len(line) <= 160 and (named or form))
        or (bits & LAST and re.search(r"[-—([][^()\[\]—–]{2,60}[)\]]?[.\s]{0,3}$", line[-90:]))
    )


@given(st.lists(st.lists(PIECES, max_size=25).map("".join), min_size=1, max_size=3))
def test_no_line_that_matters_is_lost(texts):
    data, bounds = packed(texts)
    signs, points = find_signs(data, bounds, character_signs())
    places = [[m.start() for m in re.finditer("Reuters|AP", text)] for text in texts]
    offsets = np.cumsum([0, *map(len, places)])
    hits = np.array([*chain.from_iterable(places)], np.int32), np.full(offsets[-1], NAMED)
    rows = np.arange(len(texts))
    found, bits = find_lines(data, bounds, signs, points, offsets, *hits, rows, REACH)
    got = {}
    for (row, point, start, stop), bit in zip(found.tolist(), bits.tolist(), strict=True):
        got[row, point, bool(bit & HEAD)] = (bytes(data[start:stop]).decode(), bit)
    for row, text in enumerate(texts):
        lines = naive(text)
        assert {key[1:] for key in got if key[0] == row} <= set(lines)
        for (at, head), (line, what) in lines.items():
            named = any(at <= place < at + len(line) for place in places[row])
            key = (row, at, head)
            if key in got:
                assert got[key][0] == line
                assert got[key][1] & ~int(NAMED | HINTED) == what
                assert got[key][1] & NAMED or not named
            else:
                assert not may_matter(line, what, named)
                assert not signs[row] & JOINER


def test_only_the_chosen_rows():
    data, bounds = packed(["(AP) a", "(AP) b"])
    signs, points = find_signs(data, bounds, character_signs())
    none = np.zeros(3, np.int64), np.empty(0, np.int32), np.empty(0, np.uint8)
    found, _ = find_lines(data, bounds, signs, points, *none, np.array([1]), REACH)
    assert found[:, 0].tolist() == [1]


def test_forms_cover_the_words_that_lines_are_tried_for():
    assert all(any(form in word for form in windows.FORMS) for word in windows.AGENCY_WORDS)
