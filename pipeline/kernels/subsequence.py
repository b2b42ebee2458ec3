"""Length of the longest common subsequence: how much two texts say in the same order."""

import numpy as np

from pipeline.documents import I64, U64
from pipeline.kernels.jit import bit_count, kernel, subroutine

# Tokens of a text that are compared: 4,096 take a millisecond a pair.
MOST_TOKENS = 4096
_WORD = 64
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE = np.uint64(1)


@subroutine
def _masks(tokens, kept, masks, words):
    """Which places of a text hold each of its distinct tokens, as bits; and how many they are."""
    order = np.argsort(tokens)
    count = 0
    for k in order:
        if not count or kept[count - 1] != tokens[k]:
            kept[count] = tokens[k]
            masks[count, :words] = 0
            count += 1
        masks[count - 1, k // _WORD] |= _ONE << np.uint64(k % _WORD)
    return count


@subroutine
def _length(other, kept, count, masks, words, state):
    """Bits that the other text's tokens turn off; Hyyrö 2004, with carries between words."""
    state[:words] = _ALL
    for token in other:
        at = np.searchsorted(kept[:count], token)
        if at == count or kept[at] != token:
            continue
        carry = np.uint64(0)
        for w in range(words):
            matches = state[w] & masks[at, w]
            total = state[w] + matches
            overflow = np.uint64(total < matches)
            total += carry
            carry = overflow | np.uint64(total < carry)
            state[w] = total | (state[w] - matches)
    zeros = 0
    for w in range(words):
        zeros += _WORD - bit_count(state[w])
    return zeros


@kernel
def common_lengths(tokens: U64, offsets: I64, a: I64, b: I64) -> I64:
    """[pairs] tokens of the longest common subsequence of two documents.

    Bit-parallel: H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004. Of a document
    the first `MOST_TOKENS` are compared.

    Args:
        tokens: of all documents.
        offsets: [n + 1] document i owns tokens offsets[i]:offsets[i + 1].
        a, b: [pairs] documents; fastest where pairs with one a stand together.
    """
    out = np.zeros(len(a), np.int64)
    kept = np.empty(MOST_TOKENS, np.uint64)
    masks = np.empty((MOST_TOKENS, MOST_TOKENS // _WORD), np.uint64)
    state = np.empty(MOST_TOKENS // _WORD, np.uint64)
    ready, count, words = np.int64(-1), 0, 0
    for m in range(len(a)):
        first = tokens[offsets[a[m]] : min(offsets[a[m] + 1], offsets[a[m]] + MOST_TOKENS)]
        other = tokens[offsets[b[m]] : min(offsets[b[m] + 1], offsets[b[m]] + MOST_TOKENS)]
        if ready != a[m]:
            words = (len(first) + _WORD - 1) // _WORD
            count = _masks(first, kept, masks, words)
            ready = a[m]
        out[m] = _length(other, kept, count, masks, words, state)
    return out
