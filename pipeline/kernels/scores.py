"""What each token tells for a passage, and the best passage by that."""

from typing import NamedTuple

import numpy as np

from pipeline.documents import I64, U8
from pipeline.kernels.jit import subroutine
from pipeline.kernels.matches import ALONE, CONTENT, NONE, RUN

# Upper bounds of the buckets of q, the chance that L tokens hold a stem; as −ln(1 − q) = L × p.
BUCKETS = 7
LIMITS = -np.log1p(-np.array([0.003, 0.01, 0.03, 0.1, 0.3, 0.7]))
# Lower bounds of the matched share of a box's content tokens, of classes 1 to 3; and the share in
# long runs from which its class is 0.
SHARES = np.array([0.75, 0.55, 0.35])
VERBATIM = 0.8
CLASSES = 5
BARRED = -(1 << 40)  # no passage crosses a masked token


class Weights(NamedTuple):
    """Trained tables, in thousandths of a nat.

    Attributes:
        tokens: [class, bucket, category] log-odds that such a token is inside a passage.
        starts, stops: [class of `edges`] log-odds that a passage starts, or stops, there; twice,
            as each of a passage's tokens counts half.
    """

    tokens: I64
    starts: I64
    stops: I64


class Sight(NamedTuple):
    """What is seen of one text from a stretch of the other.

    Attributes:
        kinds: [n] category of each token.
        buckets: [n] bucket of each token's chance in that stretch.
    """

    kinds: U8
    buckets: U8


@subroutine
def look(text, chance, low, high, other, first, last, seen, mark, sight):
    """Fill a sight of tokens low … high − 1 from tokens first … last − 1 of the other text.

    Args:
        seen, mark: [k] stems last seen by mark; scratch, and a mark that wasn't used before.
    """
    for j in range(first, last):
        if other.stems[j] >= 0:
            seen[other.stems[j]] = mark
    size = last - first
    limits = LIMITS / max(size, 1)
    for i in range(low, high):
        stem = text.stems[i]
        if stem < 0:
            sight.kinds[i], sight.buckets[i] = NONE, 0
            continue
        kind = ALONE if seen[stem] == mark else NONE
        for at in range(text.firsts[i], text.firsts[i + 1]):
            if text.kinds[at] > kind and first <= text.places[at] < last:
                kind = text.kinds[at]
        bucket = 0
        while bucket < BUCKETS - 1 and chance[stem] >= limits[bucket]:
            bucket += 1
        sight.kinds[i], sight.buckets[i] = kind, bucket


@subroutine
def class_of(text, chance, first, last, sight):
    """How literal a box is: 0 for word by word … 4 for next to nothing in common."""
    content, matched, runs = 0, 0, 0
    for i in range(first, last):
        if text.stems[i] >= 0 and chance[text.stems[i]] < CONTENT:
            content += 1
            matched += sight.kinds[i] >= ALONE
            runs += sight.kinds[i] == RUN
    if content and runs >= VERBATIM * content:
        return 0
    for k in range(len(SHARES)):
        if content and matched >= SHARES[k] * content:
            return k + 1
    return CLASSES - 1


@subroutine
def segment(text, sight, scores, starts, stops, low, high, first, last):
    """The best stretch within low … high that overlaps first … last (Kadane 1984).

    Args:
        scores: [bucket, category] of tokens.
        starts, stops: [class] rewards of its ends.

    Returns:
        first token, last + 1, and its sum; of equal sums the one that ends first, of these the
        one that starts first.
    """
    best, best_first, best_last = np.int64(BARRED), first, last
    opened, opened_at = np.int64(BARRED), low
    total = np.int64(0)
    for i in range(low, high):
        if i < last and starts[text.edges[i]] - total > opened:
            opened, opened_at = starts[text.edges[i]] - total, i
        if text.stems[i] < 0:
            total += BARRED
            # What starts before cannot go on.
            opened = np.int64(2 * BARRED) - total
            continue
        total += scores[sight.buckets[i], sight.kinds[i]]
        if i + 1 > first:
            value = opened + total + stops[text.edges[i + 1]]
            if value > best:
                best, best_first, best_last = value, opened_at, i + 1
    return best_first, best_last, best
