"""What one article by itself shows to be no part of its text: galleries, and captions said twice.

No other article is needed to see it, and so the many pages that carry one gallery, which share most
of their words, can't be taken for copies of a story.
"""

import numpy as np

from pipeline.documents import I64, U8, U64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import LINE_FLAG, MASKED_FLAG, NUMBER_FLAG, SENTENCE_FLAG

_ITEMS = 3  # of a gallery, at least
_ITEM = 150  # tokens between two counters, at most
_LINE = 6  # tokens of the shortest line that counts as said twice
_SHORT = 40  # tokens of the longest line in which a title said twice is looked for
_TITLE = 3  # tokens, and at least the next share of its line
_TITLE_SHARE = 5
# An article of which less than this would be left is its gallery, and stays whole.
_LEFT, _LEFT_SHARE = 50, 8


@subroutine
def _number(token, counting, order):
    """Which number a token is, −1 for any that isn't among `counting`."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        if counting[order[middle]] < token:
            low = middle + 1
        else:
            high = middle
    return order[low] if low < len(order) and counting[order[low]] == token else -1


@subroutine
def _opens(flags, at):
    """Does a line start here, and not only the next row of a wrapped one?"""
    return flags[at] & LINE_FLAG and flags[at] & SENTENCE_FLAG


@subroutine
def _mark_gallery(flags, start, stop, first, last, longest, aside):
    """Mark what the counters from `first` to `last` number: the items lie before or behind them.

    Outside the two, as far as their lines go: before the first, which may tell what the gallery is
    about, as far as an item can be long; behind the last no farther than the longest.
    """
    low, high = first, last
    while low > max(start, first - _ITEM) and not _opens(flags, low):
        low -= 1
    while high < min(stop, last + longest) and not _opens(flags, high):
        high += 1
    aside[low - start : high - start] = 1


@subroutine
def _mark_galleries(tokens, flags, start, stop, counting, order, aside):
    """Mark galleries: "Photo 1 of 24 … Photo 2 of 24 …", in the words of any language."""
    size, value, whole, first, last, longest, width = 0, 0, 0, start, start, 0, 0
    for at in range(start + 1, stop - 1):
        if not flags[at] & NUMBER_FLAG or flags[at - 1] & NUMBER_FLAG:
            continue
        # "1 of 24", "1/24"
        total = at + 1 if flags[at + 1] & NUMBER_FLAG else at + 2
        if total >= stop or not flags[total] & NUMBER_FLAG:
            continue
        number = _number(tokens[at], counting, order)
        near = size > 0 and value < whole and at - last <= _ITEM
        goes_on = (
            near
            and number == value + 1
            and total - at == width
            and tokens[at - 1] == tokens[first]
            and tokens[at + 1] == tokens[first + 2]
            and tokens[total] == tokens[first + 1 + width]
        )
        if goes_on:
            longest = max(longest, at - last)
            size, value, last = size + 1, number, total + 1
        elif not (near and size > 1) and 1 <= number < _number(tokens[total], counting, order):
            if size >= _ITEMS:
                _mark_gallery(flags, start, stop, first, last, longest, aside)
            size, value, whole = 1, number, _number(tokens[total], counting, order)
            first, last, longest, width = at - 1, total + 1, 0, total - at
    if size >= _ITEMS:
        _mark_gallery(flags, start, stop, first, last, longest, aside)


@subroutine
def _holds_title_twice(tokens, start, stop):
    """Is a good part of a line a run of tokens that stands in it twice?"""
    for apart in range(_TITLE, stop - start):
        equal = 0
        for at in range(start, stop - apart):
            equal = equal + 1 if tokens[at] == tokens[at + apart] else 0
            run = min(equal, apart)
            if run >= _TITLE and _TITLE_SHARE * run >= stop - start:
                return True
    return False


@subroutine
def _mark_twice(tokens, flags, start, stop, aside):
    """Mark lines that are said twice in a row, and short ones that say their title twice."""
    before = line = start
    for at in range(start + 1, stop + 1):
        if at < stop and not _opens(flags, at):
            continue
        size = at - line
        if size >= _LINE and size == line - before:
            if np.array_equal(tokens[before:line], tokens[line:at]):
                aside[before - start : at - start] = 1
        if 2 * _TITLE <= size <= _SHORT and _holds_title_twice(tokens, line, at):
            aside[line - start : at - start] = 1
        before, line = line, at


@kernel
def mask_asides(
    tokens: U64, flags: U8, offsets: I64, documents: I64, counting: U64, order: I64
) -> None:
    """Set MASKED_FLAG on galleries with a counter and on captions and titles said twice in a row.

    Args:
        tokens, flags, offsets: of all documents; `flags` is changed in place.
        documents: [m] rows of those wanted.
        counting: tokens of the numbers 0, 1, 2 …
        order: where these stand when sorted.
    """
    room = np.int64(0)
    for row in documents:
        room = max(room, offsets[row + 1] - offsets[row])
    aside = np.empty(room, np.uint8)
    for row in documents:
        start, stop = offsets[row], offsets[row + 1]
        size = stop - start
        aside[:size] = 0
        _mark_galleries(tokens, flags, start, stop, counting, order, aside)
        _mark_twice(tokens, flags, start, stop, aside)
        marked = np.sum(aside[:size])
        if marked and size - marked >= max(_LEFT, size // _LEFT_SHARE):
            for i in range(size):
                if aside[i]:
                    flags[start + i] |= MASKED_FLAG
