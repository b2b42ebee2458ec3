"""How much of what two articles share can be a text of its own, and not the page around it."""

import numpy as np

from pipeline.documents import I64, U8
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import MASKED_FLAG, SENTENCE_FLAG

# Where a page has what isn't the article's: tokens from its ends, at most one token in so many.
_EDGE, _EDGE_SHARE = 150, 4


@subroutine
def _edges(flags, start, stop):
    """Where a text's head ends and its tail begins: so many tokens, masked ones not counted."""
    most = min(_EDGE, (stop - start) // _EDGE_SHARE)
    head, left = start, most
    while head < stop and (left or flags[head] & MASKED_FLAG):
        left -= (flags[head] & MASKED_FLAG) == 0
        head += 1
    tail, left = stop, most
    while tail > start and (left or flags[tail - 1] & MASKED_FLAG):
        left -= (flags[tail - 1] & MASKED_FLAG) == 0
        tail -= 1
    return head, tail


@subroutine
def _bound(flags, at, stop):
    """Does a sentence start here, or the text end?"""
    return at == stop or flags[at] & SENTENCE_FLAG != 0


@subroutine
def _sentences(flags, start, stop):
    """Sentences per token."""
    total = 0
    for i in range(start, stop):
        total += (flags[i] & SENTENCE_FLAG) != 0
    return total / max(1, stop - start)


@kernel
def prose_tokens(flags: U8, offsets: I64, a: I64, b: I64, bounds: I64, passages: I64) -> I64:
    """Equal tokens outside quotations, without what looks like two pages' furniture.

    Left out is what stands at the same end of both articles: bios, notes, teasers. If none of the
    rest opens or closes with a sentence, in articles where so many tokens should hold one, it's
    links and labels inside sentences, and nothing counts.

    Args:
        flags, offsets: of all documents.
        a, b: [n] rows of documents.
        bounds: [n + 1] pair k has the passages bounds[k]:bounds[k + 1].
        passages: [m, 6] first token and last + 1 in a and in b, equal tokens, those quoted.

    Returns:
        [n] tokens.
    """
    tokens = np.zeros(len(a), np.int64)
    for k in range(len(a)):
        a_start, a_stop = offsets[a[k]], offsets[a[k] + 1]
        b_start, b_stop = offsets[b[k]], offsets[b[k] + 1]
        a_head, a_tail = _edges(flags, a_start, a_stop)
        b_head, b_tail = _edges(flags, b_start, b_stop)
        total, bounded = np.int64(0), False
        for p in range(bounds[k], bounds[k + 1]):
            a_first, a_last, b_first, b_last, equal, quoted = passages[p]
            head = a_last <= a_head and b_last <= b_head
            tail = a_first >= a_tail and b_first >= b_tail
            if head or tail or equal <= quoted:
                continue
            total += equal - quoted
            opens = _bound(flags, a_first, a_stop) and _bound(flags, b_first, b_stop)
            closes = _bound(flags, a_last, a_stop) and _bound(flags, b_last, b_stop)
            bounded = bounded or opens or closes
        if total and not bounded:
            usual = max(_sentences(flags, a_start, a_stop), _sentences(flags, b_start, b_stop))
            bounded = usual * total < 1
        if bounded:
            tokens[k] = total
    return tokens
