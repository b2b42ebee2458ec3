"""How two profiles agree: what they share, in which order, sentence by sentence."""

import numpy as np

from pipeline.documents import F32, F64, I64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.profiles import MOST_SENTENCES, MOST_TOKENS, PARTS, Profiles

FEATURES = (
    "stems", "twos", "threes", "spread", "pieces", "order", "near_order", "aligned",
    "sentences", "sentences_mean", "covered", "shorter", "ratio",
)  # fmt: skip
_ONE = np.uint64(1)
_PASSAGE = 30
_GAP = 4
_MASS = 50.0
_FEW_SENTENCES = 6.0
_PLACES = 4
_NEXT = 5  # stems behind each that its order is compared with
_FEW, _FEWER = 20.0, 10.0  # at so many, an agreement counts half


@subroutine
def _shared_runs(keys, weights, i, i_stop, j, j_stop):
    """Summed weights of shared runs, and of those that aren't marked in both."""
    every = plain = 0.0
    while i < i_stop and j < j_stop:
        x, y = keys[i] | _ONE, keys[j] | _ONE
        if x == y:
            every += weights[i]
            if (keys[i] | keys[j]) & _ONE:
                plain += weights[i]
        i += x <= y
        j += y <= x
    return every, plain


@subroutine
def _shared_threes(made, a, b, prior, here, there, masses):
    """What is shared in runs of three: all of it, how evenly, and in how many pieces.

    Returns:
        summed weights of the runs that aren't marked in both; the mean over the parts of a
        document of the root of each part's share, the larger of both; summed weights where a
        passage, however long, counts as a few runs for every `_PASSAGE` tokens.
    """
    parts = np.zeros(2 * PARTS)
    plain, count = 0.0, 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 2]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 2]
    while i < i_stop and j < j_stop:
        x, y = made.threes[i] | _ONE, made.threes[j] | _ONE
        if x == y and (made.threes[i] | made.threes[j]) & _ONE:
            weight = made.three_weights[i]
            plain += weight
            parts[made.places[i] * PARTS // made.tokens[a]] += weight
            parts[PARTS + made.places[j] * PARTS // made.tokens[b]] += weight
            here[count], there[count], masses[count] = made.places[i], made.places[j], weight
            count += 1
        i += x <= y
        j += y <= x
    mean_a = mean_b = 0.0
    for k in range(PARTS):
        mean_a += np.sqrt(parts[k] / (made.part_totals[a, k] + prior / PARTS))
        mean_b += np.sqrt(parts[PARTS + k] / (made.part_totals[b, k] + prior / PARTS))
    pieces = 0.5 * (
        _pieces(here, there, masses, count) + _pieces(there, here, masses, count)
    )
    return plain, max(mean_a, mean_b) / PARTS, pieces


@subroutine
def _pieces(here, there, masses, count):
    """Summed weights of runs, of which a passage has `_MASS` for every `_PASSAGE` tokens."""
    order = np.argsort(here[:count])
    total = held = 0.0
    opened = last = skew = np.int64(-1)
    for k in order:
        at, away = np.int64(here[k]), np.int64(there[k]) - np.int64(here[k])
        if opened < 0 or away != skew or at - last > _GAP or at - opened > _PASSAGE:
            total += min(held, _MASS)
            held, opened, skew = 0.0, at, away
        held += masses[k]
        last = at
    return total + min(held, _MASS)


@subroutine
def _shared_stems(made, a, b, least, here, there):
    """Summed weights of shared stems as for runs, and the places of the rarer ones."""
    every = plain = 0.0
    count = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 0]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 0]
    while i < i_stop and j < j_stop:
        x, y = made.stems[i], made.stems[j]
        if x == y:
            every += made.weights[i]
            if not (made.marked[i] and made.marked[j]):
                plain += made.weights[i]
            if made.weights[i] > least and not (made.marked[i] and made.marked[j]):
                here[count], there[count] = made.first[i], made.first[j]
                count += 1
        i += x <= y
        j += y <= x
    return every, plain, count


@subroutine
def _inversions(values, count, spare):
    """Pairs out of order, by merging runs of doubling length; `values` ends up sorted."""
    swaps, width = 0, 1
    while width < count:
        for low in range(0, count, 2 * width):
            middle, high = min(low + width, count), min(low + 2 * width, count)
            i, j = low, middle
            for k in range(low, high):
                if j >= high or (i < middle and values[i] <= values[j]):
                    spare[k] = values[i]
                    i += 1
                else:
                    spare[k] = values[j]
                    swaps += middle - i
                    j += 1
        values[:count] = spare[:count]
        width *= 2
    return swaps


@subroutine
def _near_agreement(ranks, count):
    """Of each place and the next five, the share in order, from −1 to 1."""
    agree = pairs = 0
    for i in range(count):
        for j in range(i + 1, min(i + 1 + _NEXT, count)):
            agree += 1 if ranks[i] < ranks[j] else -1
            pairs += 1
    return agree / pairs if pairs else 0.0


@subroutine
def _thinned(here, there, count):
    """Keep some places for every `_PASSAGE` tokens of a passage; more say nothing of order."""
    order = np.argsort(here[:count])
    x, y = here[order], there[order]
    kept, opened, skew, inside = 0, np.int64(-1), np.int64(0), 0
    for k in range(count):
        if opened >= 0 and y[k] - x[k] == skew and x[k] - opened <= _PASSAGE:
            inside += 1
            if inside > _PLACES:
                continue
        else:
            opened, skew, inside = np.int64(x[k]), np.int64(y[k] - x[k]), 1
        here[kept], there[kept] = x[k], y[k]
        kept += 1
    return kept


@subroutine
def _orders(here, there, count, ranks, spare):
    """Agreement of first mentions in order, over all pairs of stems and over near ones."""
    count = _thinned(here, there, count)
    if count < 2:
        return 0.0, 0.0
    by_here = np.argsort(here[:count])
    for k in range(count):
        ranks[k] = there[by_here[k]]
    near = _near_agreement(ranks, count)
    swaps = _inversions(ranks, count, spare)
    by_there = np.argsort(there[:count])
    for k in range(count):
        ranks[k] = here[by_there[k]]
    near = 0.5 * (near + _near_agreement(ranks, count))
    whole = 1 - 4.0 * swaps / (count * (count - 1.0))
    return whole * count / (count + _FEW), near * count / (count + _FEWER)


@subroutine
def _cells(made, a, b, cells, rows, columns):
    """[rows, columns] summed squared weights of the stems that two sentences share."""
    for k in range(rows * columns):
        cells[k] = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 3]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 3]
    start_a, start_b = made.starts[a], made.starts[b]
    u, u_stop = start_a, start_a + made.counts[a, 0]
    while i < i_stop and j < j_stop:
        x, y = made.sentence_stems[i], made.sentence_stems[j]
        if x != y:
            i += x < y
            j += y < x
            continue
        while made.stems[u] != x:
            u += 1
        square = made.weights[u] * made.weights[u]
        j_end = j
        while j_end < j_stop and made.sentence_stems[j_end] == x:
            j_end += 1
        while i < i_stop and made.sentence_stems[i] == x:
            row = made.sentences[i] * columns
            for k in range(j, j_end):
                both = min(made.shares[start_a + made.sentences[i]], made.shares[start_b + made.sentences[k]])
                cells[row + made.sentences[k]] += square * (np.float32(1) - both)
            i += 1
        j = j_end


@subroutine
def _monotone(cells, rows, columns, line):
    """Mass of the best one-to-one alignment in order."""
    for j in range(columns + 1):
        line[j] = 0
    for i in range(rows):
        corner = np.float32(0)
        for j in range(columns):
            above = line[j + 1]
            line[j + 1] = max(above, line[j], corner + cells[i * columns + j])
            corner = above
    return line[columns]


@subroutine
def _best_cosines(made, a, b, cells, rows, columns, step_i, step_j):
    """Of each sentence of a: the sum of its best cells, and the weighted mean of best cosines."""
    best_mass = mass = total = covered = 0.0
    start_a, start_b = made.starts[a], made.starts[b]
    for i in range(rows):
        norm = made.norms[start_a + i]
        most, closest = np.float32(0), 0.0
        for j in range(columns):
            cell = cells[i * step_i + j * step_j]
            if cell == 0:
                continue
            most = max(most, cell)
            cosine = cell / np.sqrt(norm * made.norms[start_b + j])
            closest = max(closest, cosine)
        best_mass += most
        root = np.sqrt(norm) * (np.float32(1.05) - made.shares[start_a + i])
        mass += root
        total += root * closest
        covered += root * min(1.0, max(0.0, (closest - 0.2) / 0.2))
    mass += 15.0
    return best_mass, total / mass, covered / mass


@kernel
def likeness(made: Profiles, a: I64, b: I64, prior: F64, least: float) -> F32:
    """[pairs, features] how much two documents agree; the same from either side.

    Args:
        made: profiles.
        a, b: [pairs] places among them.
        prior: [3] weight that is added to the totals of stems, runs of two and of three, so that
            what short texts share by chance isn't a large part of them.
        least: idf from which on a stem's place counts.
    """
    out = np.zeros((len(a), 13), np.float32)
    here, there = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int32)
    ranks, spare = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int32)
    cells = np.empty(MOST_SENTENCES * MOST_SENTENCES, np.float32)
    line = np.empty(MOST_SENTENCES + 1, np.float32)
    masses = np.empty(MOST_TOKENS, np.float64)
    for m in range(len(a)):
        x, y = a[m], b[m]
        every, plain, count = _shared_stems(made, x, y, least, here, there)
        total_x, total_y = np.float64(made.totals[x, 0]), np.float64(made.totals[y, 0])
        out[m, 5], out[m, 6] = _orders(here, there, count, ranks, spare)
        i, j = made.starts[x], made.starts[y]
        every, plain = _shared_runs(
            made.twos, made.two_weights, i, i + made.counts[x, 1], j, j + made.counts[y, 1]
        )
        total = min(np.float64(made.totals[x, 1]), np.float64(made.totals[y, 1])) + prior[1]
        out[m, 1] = np.sqrt(plain / total)
        plain, out[m, 3], pieces = _shared_threes(made, x, y, prior[2], here, there, masses)
        total = min(np.float64(made.totals[x, 2]), np.float64(made.totals[y, 2])) + prior[2]
        out[m, 2], out[m, 4] = np.sqrt(plain / total), np.sqrt(pieces / total)
        rows, columns = made.counts[x, 4], made.counts[y, 4]
        if rows and columns:
            _cells(made, x, y, cells, rows, columns)
            best_x, mean_x, cov_x = _best_cosines(made, x, y, cells, rows, columns, columns, 1)
            best_y, mean_y, cov_y = _best_cosines(made, y, x, cells, columns, rows, 1, columns)
            if best_x > 0 and best_y > 0:
                chain = np.float64(_monotone(cells, rows, columns, line))
                out[m, 7] = 0.5 * (chain / best_x + chain / best_y)
                fewer = min(rows, columns)
                out[m, 0] = (out[m, 7] - 0.3) * fewer / (fewer + _FEW_SENTENCES)
            out[m, 8], out[m, 9] = min(mean_x, mean_y), max(mean_x, mean_y)
            out[m, 10] = max(cov_x, cov_y)
        short, long = min(made.tokens[x], made.tokens[y]), max(made.tokens[x], made.tokens[y])
        out[m, 11], out[m, 12] = np.log(max(short, 1)), np.log(max(short, 1) / max(long, 1))
    return out
