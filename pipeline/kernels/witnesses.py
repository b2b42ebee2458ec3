"""Which of two versions agrees with third ones: runs of words that tell a copy's source."""

import numpy as np

from pipeline.documents import I64, U64
from pipeline.kernels.hashing import hash_words
from pipeline.kernels.jit import kernel, subroutine

SIZE = 5  # tokens of a run
_NEITHER, _THIRD, _Y, _BOTH = range(4)  # who else has a run of x


@subroutine
def _runs(tokens, start, stop, out, at):
    """Hashes of the runs of tokens[start:stop] into out[at:]; returns where they end."""
    for i in range(start, stop - SIZE + 1):
        out[at] = hash_words(tokens, i, SIZE)
        at += 1
    return at


@subroutine
def _distinct(found, counts):
    """Each of the hashes once, ascending, in front; its number of times; and how many they are."""
    found.sort()
    count = 0
    for k in range(len(found)):
        if not count or found[count - 1] != found[k]:
            found[count] = found[k]
            counts[count] = 0
            count += 1
        counts[count - 1] += 1
    return count


@subroutine
def _place(keys, count, key):
    """Where the key is, or −1."""
    at = np.searchsorted(keys[:count], key)
    return at if at < count and keys[at] == key else -1


@subroutine
def _pool(tokens, offsets, witnesses, pool, counts):
    """The runs of some documents, each with the number of documents that have it."""
    at = 0
    for w in witnesses:
        low = at
        at = _runs(tokens, offsets[w], offsets[w + 1], pool, at)
        at = low + _distinct(pool[low:at], counts)
    return _distinct(pool[:at], counts)


@kernel
def agreements(
    tokens: U64, offsets: I64, firsts: I64, witnesses: I64, story: I64, x: I64, y: I64
) -> I64:
    """[m, 2] stretches of x that third versions have and y hasn't; and that y has and no third.

    A stretch is made of runs in a row. Of the second kind only those count that stand before
    something that a third version has: a text is cut at its end, and what one alone kept of it is
    nobody's addition.

    Args:
        tokens, offsets: document i owns tokens offsets[i]:offsets[i + 1].
        firsts, witnesses: story s has the witnesses witnesses[firsts[s]:firsts[s + 1]], ascending;
            those other than y are the third versions.
        story, x, y: [m] pairs of documents; fastest where those of one story and y stand together.
    """
    out = np.zeros((len(x), 2), np.int64)
    widest = longest = np.int64(1)
    for s in range(len(firsts) - 1):
        total = np.int64(0)
        for w in witnesses[firsts[s] : firsts[s + 1]]:
            total += offsets[w + 1] - offsets[w]
        widest = max(widest, total)
    for m in range(len(x)):
        longest = max(longest, offsets[y[m] + 1] - offsets[y[m]])
    pool, counts = np.empty(widest, np.uint64), np.empty(widest, np.int64)
    own, times = np.empty(longest, np.uint64), np.empty(longest, np.int64)
    pooled = size = one_of_them = np.int64(0)
    last_story = last_y = np.int64(-1)
    for m in range(len(x)):
        if story[m] != last_story:
            last_story, last_y = story[m], np.int64(-1)
            third = witnesses[firsts[last_story] : firsts[last_story + 1]]
            pooled = _pool(tokens, offsets, third, pool, counts)
        if y[m] != last_y:
            last_y = y[m]
            size = _runs(tokens, offsets[last_y], offsets[last_y + 1], own, 0)
            size = _distinct(own[:size], times)
            third = witnesses[firsts[last_story] : firsts[last_story + 1]]
            at = np.searchsorted(third, last_y)
            one_of_them = np.int64(at < len(third) and third[at] == last_y)
        waiting, before = 0, _NEITHER
        for i in range(offsets[x[m]], offsets[x[m] + 1] - SIZE + 1):
            key = hash_words(tokens, i, SIZE)
            shared = _place(own, size, key) >= 0
            at = _place(pool, pooled, key)
            what = _NEITHER
            if at >= 0 and counts[at] > (one_of_them if shared else 0):
                what = _BOTH if shared else _THIRD
                out[m, 1] += waiting
                waiting = 0
            elif shared:
                what = _Y
            if what != before:
                out[m, 0] += what == _THIRD
                waiting += what == _Y
            before = what
    return out
