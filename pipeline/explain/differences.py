"""Which words of a passage differ between its two sides."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

import polars as pl

from pipeline.explain.model import Part
from pipeline.stages.normalise import documents_of

_REACH = 24  # tokens looked ahead for where the two sides meet again
_HOLD = 3  # equal tokens that count as meeting


def differing_parts(a_text: str, b_text: str) -> tuple[tuple[Part, ...], tuple[Part, ...], int]:
    """Both texts in stretches that are equal or differ, and the tokens of the longer.

    Linear in the passage's length, so that texts made to be slow aren't.

    Example:
        >>> differing_parts("Ice closes the pass.", "ICE shuts the pass!")[1]
        (('ICE ', False), ('shuts', True), (' the pass!', False))
    """
    documents = documents_of(pl.Series([a_text, b_text]))
    middle = int(documents.offsets[1])
    tokens = documents.tokens.tolist()
    differ_a, differ_b = _differing(tokens[:middle], tokens[middle:])
    spans = list(zip(documents.starts.tolist(), documents.ends.tolist(), strict=True))
    return (
        _parts(a_text, spans[:middle], differ_a),
        _parts(b_text, spans[middle:], differ_b),
        max(middle, len(tokens) - middle),
    )


def _differing(a: Sequence[int], b: Sequence[int]) -> tuple[list[bool], list[bool]]:
    differ_a, differ_b = [False] * len(a), [False] * len(b)
    i = j = 0
    while i < len(a) or j < len(b):
        if i < len(a) and j < len(b) and a[i] == b[j]:
            i, j = i + 1, j + 1
            continue
        x, y = _meeting(a, b, i, j)
        matcher = SequenceMatcher(None, a[i:x], b[j:y], autojunk=False)
        for what, a0, a1, b0, b1 in matcher.get_opcodes():
            differ_a[i + a0 : i + a1] = [what != "equal"] * (a1 - a0)
            differ_b[j + b0 : j + b1] = [what != "equal"] * (b1 - b0)
        i, j = x, y
    return differ_a, differ_b


def _meeting(a: Sequence[int], b: Sequence[int], i: int, j: int) -> tuple[int, int]:
    """The nearest places after i and j from which both go on alike."""
    for both in range(1, 2 * _REACH + 1):
        for x in range(i + max(0, both - _REACH), min(i + both, i + _REACH, len(a)) + 1):
            y = j + both - (x - i)
            if y <= len(b) and _holds(a, b, x, y):
                return x, y
    return min(i + _REACH, len(a)), min(j + _REACH, len(b))


def _holds(a: Sequence[int], b: Sequence[int], x: int, y: int) -> bool:
    left = min(_HOLD, max(len(a) - x, len(b) - y))
    return a[x : x + left] == b[y : y + left]


def _parts(text: str, spans: list[tuple[int, int]], differ: list[bool]) -> tuple[Part, ...]:
    """What stands between two tokens differs if both do; an edge never does."""
    kinds, bounds = [], [0]
    for at, (start, end) in enumerate(spans):
        before = at > 0 and differ[at] and differ[at - 1]
        kinds += [before, differ[at]]
        bounds += [max(start, bounds[-1]), max(end, bounds[-1])]
    pieces = [(text[x:y], kind) for x, y, kind in zip(bounds, bounds[1:], kinds, strict=False)]
    pieces.append((text[bounds[-1] :], False))
    joined = (
        ("".join(piece for piece, _ in group), kind)
        for kind, group in groupby(pieces, key=lambda piece: piece[1])
    )
    return tuple((piece, kind) for piece, kind in joined if piece)
