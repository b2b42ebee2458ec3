"""How much of what two articles share can be a text of its own, and not the page around it."""

import numpy as np

from pipeline.documents import I64, U8
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.tokens import MASKED_FLAG, SENTENCE_FLAG

# Where a page has what isn't the article's: tokens from its ends, at most one token in so many.
_EDGE, _EDGE_SHARE = 120, 4
# Lists of links and names have less than this share of the sentences usual in the two articles.
_USUAL = 0.4


@subroutine
def _ends_within(flags, first, last, edge):
    """Are there at most `edge` tokens from first to last − 1, masked ones not counted?"""
    total = 0
    for i in range(first, last):
        total += (flags[i] & MASKED_FLAG) == 0
        if total > edge:
            return False
    return True


@subroutine
def _starts(flags, first, last, stop):
    """Sentences that start in tokens first … last − 1 or right behind them."""
    total = np.int64(last == stop)
    for i in range(first, min(last + 1, stop)):
        total += (flags[i] & SENTENCE_FLAG) != 0
    return total


@kernel
def prose_tokens(flags: U8, offsets: I64, a: I64, b: I64, bounds: I64, passages: I64) -> I64:
    """Equal tokens outside quotations, without what looks like two pages' furniture.

    Left out is what stands at the same end of both articles (bios, notes, teasers). If what is left
    has too few sentences for its length, it's a list of links or names, and nothing counts.

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
        if bounds[k] == bounds[k + 1]:
            continue
        a_start, a_stop = offsets[a[k]], offsets[a[k] + 1]
        b_start, b_stop = offsets[b[k]], offsets[b[k] + 1]
        a_edge = min(_EDGE, (a_stop - a_start) // _EDGE_SHARE)
        b_edge = min(_EDGE, (b_stop - b_start) // _EDGE_SHARE)
        total, starts = np.int64(0), np.int64(0)
        for p in range(bounds[k], bounds[k + 1]):
            a_first, a_last, b_first, b_last, equal, quoted = passages[p]
            own = max(equal - quoted, np.int64(0))
            head = _ends_within(flags, a_start, a_last, a_edge)
            if head and _ends_within(flags, b_start, b_last, b_edge):
                continue
            tail = _ends_within(flags, a_first, a_stop, a_edge)
            if tail and _ends_within(flags, b_first, b_stop, b_edge):
                continue
            total += own
            if own > 0:
                starts += max(
                    _starts(flags, a_first, a_last, a_stop), _starts(flags, b_first, b_last, b_stop)
                )
        usual = max(
            _starts(flags, a_start, a_stop, a_stop) / max(1, a_stop - a_start),
            _starts(flags, b_start, b_stop, b_stop) / max(1, b_stop - b_start),
        )
        if starts >= _USUAL * usual * total:
            tokens[k] = total
    return tokens
