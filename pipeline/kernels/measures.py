"""What the verifier is told of a box."""

import numpy as np

from pipeline.kernels.boxes import see_a, see_b
from pipeline.kernels.jit import inlined, subroutine
from pipeline.kernels.matches import ALONE, CONTENT, NEAR, RUN, UNIT

BESIDE = 50  # tokens on either side that are compared with what is inside
_PARTS = 16  # of one side's stretch, each hit or not
# Of one side of a box.
_SIDE = (
    "tokens", "content", "matched", "supported", "runs", "told", "told_matched", "told_supported",
    "expected", "surprise", "surprise_supported", "beside", "beside_matched", "hit",
    "hit_supported", "hole",
)  # fmt: skip
(
    TOKENS, CONTENTS, MATCHED, SUPPORTED, RUNS, TOLD, TOLD_MATCHED, TOLD_SUPPORTED, EXPECTED,
    SURPRISE, SURPRISE_SUPPORTED, BESIDE_ALL, BESIDE_MATCHED, HIT, HIT_SUPPORTED, HOLE,
) = range(len(_SIDE))  # fmt: skip

# What the verifier reads, in order. A is the side that is called so, or a summary's short side.
FEATURES = (
    "log_tokens_a", "log_tokens_b", "log_ratio", "log_matched", "log_supported", "matched_share_a",
    "supported_share_a", "run_share_a", "told_share_a", "told_supported_share_a",
    "matched_share_b", "supported_share_b", "told_share_b", "told_supported_share_b",
    "expected_share_a", "over_chance_a", "over_chance_b", "log_surprise_a",
    "log_surprise_supported_a", "log_surprise_b", "beside_a", "beside_b", "drop_a", "drop_b",
    "score_a", "score_b", "log_seed", "class", "hit_share_a", "hit_share_b", "near_share_a",
    "near_share_b", "hole_a", "hole_b", "edges_a", "edges_b", "whole_b", "single", "together",
    "rival",
)  # fmt: skip


@subroutine
def _hits(text, chance, first, last, sight, out):
    """In how many parts of a stretch there is a match, and the longest stretch without one."""
    parts = min(_PARTS, last - first)
    for part in range(parts):
        best = 0
        low, high = first + part * (last - first) // parts, first + (part + 1) * (last - first) // parts
        for i in range(low, high):
            stem = text.stems[i]
            if stem >= 0 and chance[stem] < CONTENT:
                best = max(best, np.int64(sight.kinds[i]))
        out[HIT] += (best >= ALONE) / parts
        out[HIT_SUPPORTED] += (best >= NEAR) / parts
    since = first - 1
    for i in range(first, last):
        stem = text.stems[i]
        if stem >= 0 and chance[stem] < CONTENT and sight.kinds[i] >= ALONE:
            out[HOLE] = max(out[HOLE], i - since - 1)
            since = i
    out[HOLE] = max(out[HOLE], last - since - 1)


@subroutine
def _measure(text, chance, first, last, beside, size, sight, out):
    """Sums over one side of a box, into `out`, from a sight of it and of what is beside it."""
    out[:] = 0.0
    out[TOKENS] = last - first
    for i in range(max(first - beside, 0), min(last + beside, len(text.stems))):
        stem = text.stems[i]
        if stem < 0 or chance[stem] >= CONTENT:
            continue
        kind = sight.kinds[i]
        if i < first or i >= last:
            out[BESIDE_ALL] += 1
            out[BESIDE_MATCHED] += kind >= ALONE
            continue
        told = -np.log(chance[stem])
        by_chance = -np.expm1(-size * chance[stem])
        out[CONTENTS] += 1
        out[TOLD] += told
        out[EXPECTED] += by_chance
        if kind >= ALONE:
            out[MATCHED] += 1
            out[TOLD_MATCHED] += told
            out[SURPRISE] -= np.log(by_chance)
        if kind >= NEAR:
            out[SUPPORTED] += 1
            out[TOLD_SUPPORTED] += told
            out[SURPRISE_SUPPORTED] -= np.log(by_chance)
        out[RUNS] += kind == RUN
    _hits(text, chance, first, last, sight, out)


@inlined
def _share(part, whole):
    return (part + 0.25) / (whole + 1.0)


@inlined
def _signed_log(units):
    value = units / UNIT
    return np.log1p(value) if value >= 0 else -np.log1p(-value)


@subroutine
def _fill(a, b, score_a, score_b, seed, kind, edges_a, edges_b, whole_b, out):
    """The features from the sums over both sides."""
    out[0] = np.log(a[TOKENS])
    out[1] = np.log(b[TOKENS])
    out[2] = out[0] - out[1]
    out[3] = np.log1p(a[MATCHED])
    out[4] = np.log1p(a[SUPPORTED])
    out[5] = _share(a[MATCHED], a[CONTENTS])
    out[6] = _share(a[SUPPORTED], a[CONTENTS])
    out[7] = _share(a[RUNS], a[CONTENTS])
    out[8] = _share(a[TOLD_MATCHED], a[TOLD])
    out[9] = _share(a[TOLD_SUPPORTED], a[TOLD])
    out[10] = _share(b[MATCHED], b[CONTENTS])
    out[11] = _share(b[SUPPORTED], b[CONTENTS])
    out[12] = _share(b[TOLD_MATCHED], b[TOLD])
    out[13] = _share(b[TOLD_SUPPORTED], b[TOLD])
    out[14] = _share(a[EXPECTED], a[CONTENTS])
    out[15] = np.log((a[MATCHED] + 0.5) / (a[EXPECTED] + 0.5))
    out[16] = np.log((b[MATCHED] + 0.5) / (b[EXPECTED] + 0.5))
    out[17] = np.log1p(a[SURPRISE])
    out[18] = np.log1p(a[SURPRISE_SUPPORTED])
    out[19] = np.log1p(b[SURPRISE])
    out[20] = _share(a[BESIDE_MATCHED], a[BESIDE_ALL])
    out[21] = _share(b[BESIDE_MATCHED], b[BESIDE_ALL])
    out[22] = out[5] - out[20]
    out[23] = out[10] - out[21]
    out[24] = _signed_log(score_a)
    out[25] = _signed_log(score_b)
    out[26] = np.log1p(seed / UNIT)
    out[27] = kind
    out[28] = a[HIT]
    out[29] = b[HIT]
    out[30] = a[HIT_SUPPORTED]
    out[31] = b[HIT_SUPPORTED]
    out[32] = np.log1p(a[HOLE])
    out[33] = np.log1p(b[HOLE])
    out[34] = edges_a / UNIT
    out[35] = edges_b / UNIT
    out[36] = whole_b
    out[37:] = 0.0


@inlined
def _edges(text, weights, side, first, last):
    return weights.starts[side, text.edges[first]] + weights.stops[side, text.edges[last]]


@subroutine
def measure_box(pair, weights, box, swapped, beside, out):
    """Features of a box into `out`.

    Args:
        swapped: is B to be taken for the side called A?
        beside: tokens on either side to compare with.
    """
    n, m = len(pair.a.stems), len(pair.b.stems)
    see_a(pair, max(box.a0 - beside, 0), min(box.a1 + beside, n), box.b0, box.b1)
    see_b(pair, max(box.b0 - beside, 0), min(box.b1 + beside, m), box.a0, box.a1)
    a, b = np.empty(len(_SIDE)), np.empty(len(_SIDE))
    _measure(pair.a, pair.chance, box.a0, box.a1, beside, box.b1 - box.b0, pair.sight_a, a)
    _measure(pair.b, pair.chance, box.b0, box.b1, beside, box.a1 - box.a0, pair.sight_b, b)
    share_a, share_b = (box.a1 - box.a0) / n, (box.b1 - box.b0) / m
    edges_a = _edges(pair.a, weights, 0, box.a0, box.a1)
    edges_b = _edges(pair.b, weights, 1, box.b0, box.b1)
    if swapped:
        _fill(
            b, a, box.score_b, box.score_a, box.seed, box.kind, edges_b, edges_a, share_a, out
        )
    else:
        _fill(
            a, b, box.score_a, box.score_b, box.seed, box.kind, edges_a, edges_b, share_b, out
        )


@subroutine
def measure_rivals(boxes, summary, swapped, out):
    """How much of a summary's short side single boxes tell, into the last features."""
    first, last = (summary.b0, summary.b1) if swapped else (summary.a0, summary.a1)
    held = np.zeros(last - first, np.bool_)
    for box in boxes:
        low, high = (box.b0, box.b1) if swapped else (box.a0, box.a1)
        low, high = max(low, first), min(high, last)
        if low < high:
            held[low - first : high - first] = True
            share = (high - low) / (last - first)
            if share > out[37]:
                out[37] = share
                out[39] = _signed_log(box.score_a + box.score_b)
    out[38] = held.sum() / (last - first)
