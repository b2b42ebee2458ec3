"""How two profiles agree: in runs of words, in their order, sentence by sentence.

What both have in quotations or stock phrases only counts for nothing: reporters who don't know of
each other quote the same speech.
"""

import numpy as np

from pipeline.documents import F32, I64
from pipeline.kernels.jit import kernel, subroutine
from pipeline.kernels.profiles import MOST_SENTENCES, Known, Profiles
from pipeline.kernels.runs import MOST_TOKENS, ONE

FEATURES = ("runs", "pieces", "order", "near_order", "aligned", "sentences", "numbers", "length")
# Weight added to what an article's runs and sentences weigh: what two short texts share by chance
# isn't a large part of them then.
_RUNS, _SENTENCES = 300.0, 15.0
# In a passage that both have word for word, so much of each `_PASSAGE` tokens counts as a piece,
# and so many places as evidence of order.
_PASSAGE = 30
_PIECE = 50.0
_PLACES = 4
_JUMP = 4  # tokens without a shared run that a passage may have
_RARE = np.float32(2)  # least idf of a stem whose place counts
_NEXT = 4  # stems behind each that its order is compared with
_FEW, _FEWER = 20.0, 10.0  # at so many places an agreement counts half
_SOME = 3.0  # of numbers, likewise
_SHARE = np.float32(1.05)  # sentences wholly in quotations keep a little weight


@subroutine
def _shared_runs(made, a, b, here, there, weights):
    """Places and weights of shared runs, and how many."""
    count = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 1]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 1]
    while i < i_stop and j < j_stop:
        x, y = made.runs[i] | ONE, made.runs[j] | ONE
        if x == y and (made.runs[i] | made.runs[j]) & ONE:
            here[count], there[count] = made.places[i], made.places[j]
            weights[count] = made.weights[i]
            count += 1
        i += x <= y
        j += y <= x
    return count


@subroutine
def _pieces(here, there, weights, count):
    """Summed weights where a passage, however long, counts as one piece per `_PASSAGE` tokens."""
    total = held = 0.0
    opened = last = skew = np.int64(-1)
    for k in np.argsort(here[:count]):
        at, away = np.int64(here[k]), np.int64(there[k]) - np.int64(here[k])
        if opened < 0 or away != skew or at - last > _JUMP or at - opened > _PASSAGE:
            total += min(held, _PIECE)
            held, opened, skew = 0.0, at, away
        held += weights[k]
        last = at
    return total + min(held, _PIECE)


@subroutine
def _shared_stems(made, a, b, idf, here, there):
    """Places of the first mentions of shared stems, and how many."""
    count = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 0]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 0]
    while i < i_stop and j < j_stop:
        x, y = made.stems[i], made.stems[j]
        if x == y and idf[x] > _RARE and not (made.marked[i] and made.marked[j]):
            here[count], there[count] = made.first[i], made.first[j]
            count += 1
        i += x <= y
        j += y <= x
    return count


@subroutine
def _missing(made, a, b, numbers):
    """Share of the numbers of the one with fewer that the other lacks."""
    one = other = both = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 0]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 0]
    for k in range(i, i_stop):
        one += numbers[made.stems[k]]
    for k in range(j, j_stop):
        other += numbers[made.stems[k]]
    while i < i_stop and j < j_stop:
        x, y = made.stems[i], made.stems[j]
        if x == y:
            both += numbers[x]
        i += x <= y
        j += y <= x
    fewer = min(one, other)
    return (fewer - both) / (fewer + _SOME)


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
def _orders(here, there, count, ranks, spare):
    """Agreement of places in order, from −1 to 1, over all of them and over near ones.

    Kendall's τ, and the same over each place and the next `_NEXT`; both are shrunk where places
    are few.
    """
    kept, opened, skew, inside = 0, np.int64(-1), np.int64(0), 0
    for k in np.argsort(here[:count]):
        at, away = np.int64(here[k]), np.int64(there[k]) - np.int64(here[k])
        if opened < 0 or away != skew or at - opened > _PASSAGE:
            opened, skew, inside = at, away, 0
        inside += 1
        if inside <= _PLACES:
            ranks[kept] = there[k]
            kept += 1
    if kept < 2:
        return 0.0, 0.0
    agree = pairs = 0
    for i in range(kept):
        for j in range(i + 1, min(i + 1 + _NEXT, kept)):
            agree += 1 if ranks[i] < ranks[j] else -1
            pairs += 1
    whole = 1 - 4.0 * _inversions(ranks, kept, spare) / (kept * (kept - 1.0))
    return whole * kept / (kept + _FEW), agree / pairs * kept / (kept + _FEWER)


@subroutine
def _fill(made, a, b, idf, cells, rows, columns):
    """[rows, columns] summed squared weights of the stems that two sentences share."""
    cells[: rows * columns] = 0
    i, i_stop = made.starts[a], made.starts[a] + made.counts[a, 2]
    j, j_stop = made.starts[b], made.starts[b] + made.counts[b, 2]
    while i < i_stop and j < j_stop:
        stem = made.parts[i]
        if stem != made.parts[j]:
            i += stem < made.parts[j]
            j += made.parts[j] < stem
            continue
        square, last = idf[stem] * idf[stem], j
        while last < j_stop and made.parts[last] == stem:
            last += 1
        while i < i_stop and made.parts[i] == stem:
            row, share = made.sentences[i], made.shares[made.starts[a] + made.sentences[i]]
            for k in range(j, last):
                column = made.sentences[k]
                both = min(share, made.shares[made.starts[b] + column])
                cells[row * columns + column] += square * (np.float32(1) - both)
            i += 1
        j = last


@subroutine
def _monotone(cells, rows, columns, line):
    """Mass of the best one-to-one alignment in order."""
    line[: columns + 1] = 0
    for i in range(rows):
        corner = np.float32(0)
        for j in range(columns):
            above = line[j + 1]
            line[j + 1] = max(above, line[j], corner + cells[i * columns + j])
            corner = above
    return np.float64(line[columns])


@subroutine
def _closest(made, a, b, cells, rows, columns, step_i, step_j):
    """Summed best cells of a's sentences, and the weighted mean of their best cosines."""
    best = mass = total = 0.0
    for i in range(rows):
        norm, most, closest = made.norms[made.starts[a] + i], 0.0, 0.0
        for j in range(columns):
            cell = cells[i * step_i + j * step_j]
            if cell > 0:
                most = max(most, np.float64(cell))
                closest = max(closest, cell / np.sqrt(norm * made.norms[made.starts[b] + j]))
        best += most
        weight = np.sqrt(norm) * (_SHARE - made.shares[made.starts[a] + i])
        mass += weight
        total += weight * closest
    return best, total / (mass + _SENTENCES)


@kernel
def likeness(made: Profiles, known: Known, a: I64, b: I64) -> F32:
    """[pairs, features] how much two documents agree; the same from either side.

    runs: √ of the shared runs' part of the smaller article's, by weight. pieces: the same, long
    passages counting little more than short ones. order, near_order: agreement in order of the
    first mentions of rarer stems. aligned: mass of the best alignment of sentences in order, of
    what each sentence's best counterpart has. sentences: mean likeness of a sentence to its best
    counterpart, of the article that has the larger. numbers: share of the numbers of the one with
    fewer that the other lacks, quoted or not: a template is filled with new ones. length: ln of the
    shorter one's tokens.

    Args:
        made: profiles.
        known: what they were made with.
        a, b: [pairs] places among them.
    """
    out = np.zeros((len(a), len(FEATURES)), np.float32)
    here, there = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int32)
    ranks, spare = np.empty(MOST_TOKENS, np.int32), np.empty(MOST_TOKENS, np.int32)
    weights = np.empty(MOST_TOKENS, np.float32)
    cells = np.empty(MOST_SENTENCES * MOST_SENTENCES, np.float32)
    line = np.empty(MOST_SENTENCES + 1, np.float32)
    for m in range(len(a)):
        x, y = a[m], b[m]
        count = _shared_runs(made, x, y, here, there, weights)
        total = min(np.float64(made.totals[x]), np.float64(made.totals[y])) + _RUNS
        shared = 0.0
        for k in range(count):
            shared += weights[k]
        pieces = _pieces(here, there, weights, count) + _pieces(there, here, weights, count)
        out[m, 0], out[m, 1] = np.sqrt(shared / total), np.sqrt(0.5 * pieces / total)
        count = _shared_stems(made, x, y, known.idf, here, there)
        whole, near = _orders(here, there, count, ranks, spare)
        back, near_back = _orders(there, here, count, ranks, spare)
        out[m, 2], out[m, 3] = 0.5 * (whole + back), 0.5 * (near + near_back)
        rows, columns = made.counts[x, 3], made.counts[y, 3]
        if rows and columns:
            _fill(made, x, y, known.idf, cells, rows, columns)
            best, mean = _closest(made, x, y, cells, rows, columns, columns, 1)
            best_back, mean_back = _closest(made, y, x, cells, columns, rows, 1, columns)
            if best > 0 and best_back > 0:
                chain = _monotone(cells, rows, columns, line)
                out[m, 4] = 0.5 * (chain / best + chain / best_back)
            out[m, 5] = max(mean, mean_back)
        out[m, 6] = _missing(made, x, y, known.numbers)
        out[m, 7] = np.log(max(min(made.tokens[x], made.tokens[y]), 1))
    return out
