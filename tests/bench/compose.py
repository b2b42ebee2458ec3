"""Kernels that write made articles: word numbers with marks, edits of them, their spelling."""

import numpy as np

from pipeline.kernels.jit import inlined, kernel, subroutine
from tests.bench.lexicon import BASE

# What follows a word, in the three low bits of its mark.
SPACE, COMMA, STOP, PARAGRAPH, BRACKET, DASH = range(6)
CAPITAL, UPPER, OPEN, CLOSE = 8, 16, 32, 64
_AFTER = 7
_FRESH, _EXACT, _EXCERPT = 0, 1, 4
_SLOTS = np.uint64((1 << 18) - 1)
_STEP = np.uint64(0x9E3779B97F4A7C15)


@inlined
def _next(state):
    """SplitMix64."""
    state[0] += _STEP
    mixed = state[0]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@inlined
def _below(state, count):
    return np.int64((_next(state) >> np.uint64(33)) % np.uint64(count))


@inlined
def _happens(state, share):
    return np.float64(_next(state) >> np.uint64(11)) * 2.0**-53 < share


@subroutine
def _sentence(state, lexicon, words, marks, at):
    """Eight to twenty-four words; a turn of phrase now and then, a comma, quotation marks."""
    length = 8 + _below(state, 17)
    for i in range(at, at + length):
        drawn = _next(state)
        words[i] = lexicon.zipf[np.int64(drawn & _SLOTS)]
        marks[i] = COMMA if (drawn >> np.uint64(40)) % np.uint64(14) == 0 else SPACE
    if _below(state, 4) == 0:
        phrase = lexicon.zipf[np.int64(_next(state) & _SLOTS)] * 8 + _below(state, 8)
        first, last = lexicon.phrases.bounds[phrase], lexicon.phrases.bounds[phrase + 1]
        place = at + _below(state, length - (last - first) + 1)
        words[place : place + last - first] = lexicon.phrases.values[first:last]
    marks[at] |= CAPITAL
    marks[at + length - 1] = STOP
    if _below(state, 12) == 0:
        marks[at] |= OPEN
        marks[at + length - 1] |= CLOSE
    return at + length


@subroutine
def _dateline(state, lexicon, words, marks):
    """PLACE (Made News Agency) —"""
    words[0], marks[0] = 500 + _below(state, 200), UPPER | BRACKET
    agency = _below(state, len(lexicon.agencies.bounds) - 1)
    first, last = lexicon.agencies.bounds[agency], lexicon.agencies.bounds[agency + 1]
    at = 1
    for i in range(first, last):
        words[at], marks[at] = lexicon.agencies.values[i], CAPITAL | SPACE
        at += 1
    marks[at - 1] = CAPITAL | DASH
    return at


@subroutine
def _fresh(row, plan, lexicon, words, marks):
    """A new text of about as many words as planned; its number of words."""
    state = np.full(1, plan.key[row], np.uint64)
    at = _dateline(state, lexicon, words, marks) if plan.dateline[row] else 0
    while at < plan.words[row]:
        for _ in range(1 + _below(state, 4)):
            if at < plan.words[row]:
                at = _sentence(state, lexicon, words, marks, at)
        marks[at - 1] += PARAGRAPH - STOP
    return at


@subroutine
def _edited(row, plan, lexicon, source, source_marks, size, words, marks):
    """The source with some words exchanged, left out or put in, and sentences dropped."""
    state = np.full(1, plan.key[row] ^ _STEP, np.uint64)
    changed, dropped = plan.changed[row], plan.dropped[row]
    start = 4 if source_marks[0] & UPPER else 0  # a dateline stays
    words[:start], marks[:start] = source[:start], source_marks[:start]
    at, drops, ended = start, False, True
    for i in range(start, size):
        after = source_marks[i] & _AFTER
        if ended:
            drops = _happens(state, dropped) and not (at == start and i + 30 > size)
        ended = after in (STOP, PARAGRAPH)
        if drops:
            if after == PARAGRAPH and at > start and marks[at - 1] & _AFTER == STOP:
                marks[at - 1] += PARAGRAPH - STOP
            continue
        words[at], marks[at] = source[i], source_marks[i]
        if changed > 0.0 and _happens(state, changed):
            way = _below(state, 5)
            if way == 0 and source_marks[i] == SPACE:
                continue
            if way == 1 and source_marks[i] == SPACE:
                at += 1
                marks[at] = SPACE
            words[at] = lexicon.zipf[np.int64(_next(state) & _SLOTS)]
        at += 1
    return at


@subroutine
def _with_excerpt(row, plan, lexicon, source, source_marks, size, words, marks):
    """A new text, one to three consecutive paragraphs of the source after its first third."""
    state = np.full(1, plan.key[row] ^ _STEP, np.uint64)
    count = _fresh(row, plan, lexicon, words, marks)
    cut = count // 3
    while marks[cut - 1] & _AFTER != PARAGRAPH:
        cut += 1
    first = _below(state, max(1, size - 80))
    while first and source_marks[first - 1] & _AFTER != PARAGRAPH:
        first -= 1
    last, left = first, 1 + _below(state, 3)
    while last < size and left:
        left -= source_marks[last] & _AFTER == PARAGRAPH
        last += 1
    taken = last - first
    for i in range(count - 1, cut - 1, -1):
        words[i + taken], marks[i + taken] = words[i], marks[i]
    words[cut : cut + taken] = source[first:last]
    marks[cut : cut + taken] = source_marks[first:last]
    return count + taken


@subroutine
def _line(values, first, last, words, marks, at):
    """A paragraph of its own."""
    for i in range(first, last):
        words[at], marks[at] = values[i], SPACE
        at += 1
    if last > first:
        marks[at - 1] = PARAGRAPH
        marks[at - (last - first)] |= CAPITAL
    return at


@subroutine
def whole(row, plan, lexicon, scratch, scratch_marks, words, marks):
    """A finished article: promo line, own text, footer.

    Args:
        row: of the plan.
        scratch, scratch_marks: room for the base's text.
        words, marks: written.

    Returns:
        First word of its own text, one past the last one, and one past the last of all.
    """
    outlet, start = plan.source[row], 0
    if plan.promo[row]:
        bounds = lexicon.promos.bounds
        start = _line(lexicon.promos.values, bounds[outlet], bounds[outlet + 1], words, marks, 0)
    own, own_marks = words[start:], marks[start:]
    if plan.kind[row] == _FRESH or plan.kind[row] == _EXACT:
        size = _fresh(plan.base[row], plan, lexicon, own, own_marks)
    else:
        taken = _fresh(plan.base[row], plan, lexicon, scratch, scratch_marks)
        if plan.kind[row] == _EXCERPT:
            size = _with_excerpt(row, plan, lexicon, scratch, scratch_marks, taken, own, own_marks)
        else:
            size = _edited(row, plan, lexicon, scratch, scratch_marks, taken, own, own_marks)
    stop = end = start + size
    if plan.footer[row]:
        bounds = lexicon.footers.bounds
        end = _line(lexicon.footers.values, bounds[outlet], bounds[outlet + 1], words, marks, stop)
    return start, stop, end


@subroutine
def headline(row, plan, lexicon, words, marks):
    """Six to ten words; their number."""
    state = np.full(1, ~plan.key[plan.headline[row]], np.uint64)
    size = 6 + _below(state, 5)
    for i in range(size):
        words[i], marks[i] = lexicon.zipf[np.int64(_next(state) & _SLOTS)], SPACE
    marks[0] = CAPITAL
    return size


@subroutine
def shingle_set(words, start, stop, out):
    """Every five consecutive words as one number, ascending without repeats, into `out`."""
    base, count = np.uint64(BASE), 0
    for i in range(start, stop - 4):
        value = np.uint64(0)
        for j in range(i, i + 5):
            value = value * base + np.uint64(words[j])
        out[count] = value
        count += 1
    found = out[:count]
    found.sort()
    size = 0
    for i in range(count):
        if size == 0 or found[i] != out[size - 1]:
            out[size] = found[i]
            size += 1
    return size


@kernel
def shared(a, b):
    """Number of values in both of two ascending sets."""
    i = j = count = 0
    while i < len(a) and j < len(b):
        if a[i] == b[j]:
            count += 1
        lower = a[i] <= b[j]
        j += b[j] <= a[i]
        i += lower
    return count
