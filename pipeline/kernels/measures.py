"""What the verifier is told of a box."""

import numpy as np

from pipeline.kernels.boxes import see
from pipeline.kernels.jit import inlined, subroutine
from pipeline.kernels.matches import ALONE, CONTENT, NEAR, RUN, UNIT
from pipeline.kernels.summaries import told

BESIDE = 50  # tokens on either side that are compared with what is inside
_PARTS = 16  # of one side's stretch, each hit or not
# Sums over one side of a box. Content stems: all, matched, supported by others, in long runs; what
# they tell, in nats; how many match by chance, and how surprising those are that do; the same
# beside the box. Parts with a match; the longest stretch without one.
(
    TOKENS, CONTENTS, MATCHED, SUPPORTED, RUNS, TOLD, TOLD_MATCHED, TOLD_SUPPORTED, EXPECTED,
    SURPRISE, SURPRISE_SUPPORTED, BESIDE_ALL, BESIDE_MATCHED, HIT, HIT_SUPPORTED, HOLE, EDGES,
    SCORE, EQUAL, SUMS,
) = range(20)  # fmt: skip

# What the verifier reads, in order. A is the shorter text, or the side that is the summary.
FEATURES = (
    "log_tokens_a", "log_tokens_b", "log_ratio", "log_matched", "log_supported", "matched_share_a",
    "supported_share_a", "run_share_a", "told_share_a", "told_supported_share_a",
    "matched_share_b", "supported_share_b", "told_share_b", "told_supported_share_b",
    "expected_share_a", "over_chance_a", "over_chance_b", "log_surprise_a",
    "log_surprise_supported_a", "log_surprise_b", "beside_a", "beside_b", "drop_a", "drop_b",
    "score_a", "score_b", "log_seed", "class", "hit_share_a", "hit_share_b", "near_share_a",
    "near_share_b", "hole_a", "hole_b", "edges_a", "edges_b", "single", "together",
    "rival", "elsewhere", "elsewhere_supported",
)  # fmt: skip
_SINGLE, _TOGETHER, _RIVAL, _ELSEWHERE, _ELSEWHERE_SUPPORTED = range(36, 41)


@subroutine
def _measure_hits(text, chance, first, last, sight, out):
    parts = min(_PARTS, last - first)
    for part in range(parts):
        best = np.int64(0)
        stop = first + (part + 1) * (last - first) // parts
        for i in range(first + part * (last - first) // parts, stop):
            if told(text, chance, sight, i):
                best = max(best, np.int64(sight.kinds[i]))
        out[HIT] += (best >= ALONE) / parts
        out[HIT_SUPPORTED] += (best >= NEAR) / parts
    since = first - 1
    for i in range(first, last + 1):
        if i == last or told(text, chance, sight, i):
            out[HOLE] = max(out[HOLE], i - since - 1)
            since = i


@subroutine
def _measure_side(text, chance, first, last, beside, size, sight, out):
    """Sums over one side of a box, into `out`, from a sight of it and of what is beside it."""
    out[:] = 0.0
    out[TOKENS] = last - first
    for i in range(max(first - beside, 0), min(last + beside, len(text.stems))):
        stem, kind = text.stems[i], sight.kinds[i]
        inside = first <= i < last
        out[EQUAL] += inside and kind == RUN
        if stem < 0 or chance[stem] >= CONTENT:
            continue
        if not inside:
            out[BESIDE_ALL] += 1
            out[BESIDE_MATCHED] += kind >= ALONE
            continue
        telling = -np.log(chance[stem])
        by_chance = -np.expm1(-size * chance[stem])
        out[CONTENTS] += 1
        out[TOLD] += telling
        out[EXPECTED] += by_chance
        if kind >= ALONE:
            out[MATCHED] += 1
            out[TOLD_MATCHED] += telling
            out[SURPRISE] -= np.log(by_chance)
        if kind >= NEAR:
            out[SUPPORTED] += 1
            out[TOLD_SUPPORTED] += telling
            out[SURPRISE_SUPPORTED] -= np.log(by_chance)
        out[RUNS] += kind == RUN
    _measure_hits(text, chance, first, last, sight, out)


@inlined
def _share(part, whole):
    return (part + 0.25) / (whole + 1.0)


@inlined
def _signed_log(units):
    value = units / UNIT
    return np.log1p(value) if value >= 0 else -np.log1p(-value)


@subroutine
def _fill(a, b, seed, kind, out):
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
    out[24] = _signed_log(a[SCORE])
    out[25] = _signed_log(b[SCORE])
    out[26] = np.log1p(seed / UNIT)
    out[27] = kind
    out[28] = a[HIT]
    out[29] = b[HIT]
    out[30] = a[HIT_SUPPORTED]
    out[31] = b[HIT_SUPPORTED]
    out[32] = np.log1p(a[HOLE])
    out[33] = np.log1p(b[HOLE])
    out[34] = a[EDGES] / UNIT
    out[35] = b[EDGES] / UNIT
    out[_SINGLE:] = 0.0


@subroutine
def measure_box(pair, weights, box, side, beside, out):
    """Features of a box into `out`.

    Args:
        side: the one to be called A.
        beside: tokens on either side to compare with.

    Returns:
        mean share of what content stems tell that is matched, and the smaller share of tokens in
        long runs: both 0 to 1.
    """
    sums = np.empty((2, SUMS))
    bounds = ((box.a0, box.a1), (box.b0, box.b1))
    scores = (box.score_a, box.score_b)
    for at in range(2):
        text, (first, last), (low, high) = pair.texts[at], bounds[at], bounds[1 - at]
        see(pair, at, max(first - beside, 0), min(last + beside, len(text.stems)), low, high)
        _measure_side(text, pair.chance, first, last, beside, high - low, pair.sights[at], sums[at])
        sums[at, EDGES] = weights.starts[text.edges[first]] + weights.stops[text.edges[last]]
        sums[at, SCORE] = scores[at]
    _fill(sums[side], sums[1 - side], box.seed, box.kind, out)
    told_a, told_b = max(sums[0, TOLD], 1e-9), max(sums[1, TOLD], 1e-9)
    similarity = 0.5 * (sums[0, TOLD_MATCHED] / told_a + sums[1, TOLD_MATCHED] / told_b)
    equal = min(sums[0, EQUAL] / sums[0, TOKENS], sums[1, EQUAL] / sums[1, TOKENS])
    return min(similarity, 1.0), equal


@subroutine
def measure_rivals(pair, boxes, summary, side, out):
    """How much of a summary single boxes tell, into the last features.

    The pair's sights are those that `measure_box` has left of the summary.
    """
    spans = ((summary.a0, summary.a1), (summary.b0, summary.b1))
    (first, last), (low, high) = spans[side], spans[1 - side]
    held, explained = np.zeros(last - first, np.bool_), np.zeros(high - low, np.int64)
    for box in boxes:
        own = ((box.a0, box.a1), (box.b0, box.b1))
        (x0, x1), (y0, y1) = own[side], own[1 - side]
        x0, x1 = max(x0, first), min(x1, last)
        if x0 >= x1:
            continue
        held[x0 - first : x1 - first] = True
        explained[max(y0 - low, 0) : max(y1 - low, 0)] = 1
        share = (x1 - x0) / (last - first)
        if share > out[_SINGLE]:
            out[_SINGLE] = share
            out[_RIVAL] = _signed_log(box.score_a + box.score_b)
    out[_TOGETHER] = held.sum() / (last - first)
    text, sight = pair.texts[1 - side], pair.sights[1 - side]
    matched, supported = np.zeros(2), np.zeros(2)
    for j in range(low, high):
        if told(text, pair.chance, sight, j):
            telling = -np.log(pair.chance[text.stems[j]])
            matched[explained[j - low]] += telling
            if sight.kinds[j] >= NEAR:
                supported[explained[j - low]] += telling
    out[_ELSEWHERE] = matched[0] / max(matched.sum(), 1.0)
    out[_ELSEWHERE_SUPPORTED] = supported[0] / max(supported.sum(), 1.0)
