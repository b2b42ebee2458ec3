"""What two documents share, against slow obvious twins."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.likeness import FEATURES, likeness
from pipeline.kernels.profiles import CONTENT, LONGEST, SHORTEST, Known, profiles
from pipeline.kernels.runs import count_runs, list_quotations, list_runs, note_quotations
from pipeline.kernels.tokens import QUOTED_FLAG, SENTENCE_FLAG

_STEMS = 12
_HASHES = np.sort(np.random.default_rng(3).integers(1, 2**63, _STEMS).astype(np.uint64))
_IDF = np.linspace(0.5, 7, _STEMS).astype(np.float32)
_NUMBERS = (np.arange(_STEMS) % 3 == 0).astype(np.uint8)
# stem or −1 (masked), quoted, first of a sentence
_TOKEN = st.tuples(
    st.integers(-1, _STEMS - 1), st.booleans(), st.sampled_from([False, False, False, True])
)
_DOCUMENT = st.lists(_TOKEN, max_size=40)


def arrays(documents):
    flat = [token for document in documents for token in document]
    ids = np.array([stem for stem, _, _ in flat], np.int32)
    flags = np.array([q * QUOTED_FLAG | s * SENTENCE_FLAG for _, q, s in flat], np.uint8)
    offsets = np.append(0, np.cumsum([len(document) for document in documents])).astype(np.int64)
    return ids, flags, offsets


def known_of(documents, learn=True):
    table, bits = np.zeros(1 << 16, np.uint16), np.zeros(1 << 14, np.uint8)
    if learn:
        held = (*arrays(documents), _HASHES, np.arange(len(documents)))
        count_runs(list_runs(*held), table, 0, len(table))
        note_quotations(list_quotations(*held), bits)
    return Known(_HASHES, _IDF, np.exp(-_IDF), _NUMBERS, table, bits, float(len(documents)), 2000.0)


def segments(document, across):
    """Runs of unmasked tokens (stem, quoted) with their places; cut at sentences, too."""
    found, place, fresh = [[]], 0, True
    for stem, quoted, first in document:
        if stem < 0:
            fresh = True
            continue
        if fresh or (first and not across):
            found.append([])
        fresh = False
        found[-1].append((stem, quoted, place))
        place += 1
    return [part for part in found if part]


def grams(document, size, across):
    return [
        part[at : at + size]
        for part in segments(document, across)
        for at in range(len(part) - size + 1)
    ]


def stems_in(gram):
    return tuple(stem for stem, _, _ in gram)


class Twin:
    """A profile in sets and dictionaries."""

    def __init__(self, document, documents):
        quoted = {stems_in(g) for d in documents for g in grams(d, 5, True)
                  if all(q for _, q, _ in g)}  # fmt: skip
        met = [{stems_in(g) for g in grams(d, 6, True)} for d in documents]
        self.marks = {place: q for part in segments(document, True) for _, q, place in part}
        for size in (5, 6):
            for gram in grams(document, size, True):
                key = stems_in(gram)
                if key in quoted if size == 5 else sum(key in one for one in met) >= 7:
                    self.marks.update({place: True for _, _, place in gram})
        self.tokens = len(self.marks)
        self.runs, self.plain, self.first, self.bare = {}, set(), {}, set()
        threes = [{stems_in(g) for g in grams(d, 3, False)} for d in documents]
        for gram in grams(document, 3, False):
            key = stems_in(gram)
            df = sum(key in one for one in threes)
            chance = 2000 * np.exp(-_IDF[list(key)]).prod() * 0.25
            weight = np.log((len(documents) + 2000) / (df + chance + 0.5))
            self.runs.setdefault(key, (max(weight, _IDF[list(key)].max()), gram[-1][2]))
            if not all(self.marks[place] for _, _, place in gram):
                self.plain.add(key)
        for part in segments(document, True):
            for stem, _, place in part:
                self.first.setdefault(stem, place)
                if not self.marks[place]:
                    self.bare.add(stem)
        self.sentences = []
        for part in segments(document, False):
            for at in range(0, len(part), LONGEST):
                piece = part[at : at + LONGEST]
                words = {stem for stem, _, _ in piece if _IDF[stem] >= CONTENT}
                if len(piece) >= SHORTEST and words:
                    share = np.mean([self.marks[place] for _, _, place in piece])
                    self.sentences.append((words, share))


def squares(words):
    return sum(float(_IDF[stem]) ** 2 for stem in words)


def passages(points, weight, most):
    """Points (here, there, weight) cut where the diagonal changes or 30 tokens are over."""
    found = []
    for here, there, value in sorted(points):
        last = found[-1] if found else None
        if (
            last is None
            or there - here != last[0][1] - last[0][0]
            or here - last[0][0] > 30
            or (most and here - last[-1][0] > most)
        ):
            found.append([])
        found[-1].append((here, there, value))
    return found


def orders(points):
    kept = [p for part in passages([(*p, 0) for p in points], 0, 0) for p in part[:4]]
    n = len(kept)
    if n < 2:
        return 0.0, 0.0
    signs = {(i, j): 1 if kept[i][1] < kept[j][1] else -1 for i, j in combinations(range(n), 2)}
    near = [sign for (i, j), sign in signs.items() if j - i <= 4]
    return sum(signs.values()) / len(signs) * n / (n + 20), np.mean(near) * n / (n + 10)


def monotone(cells, i=0, j=0):
    if i == len(cells) or j == len(cells[0]):
        return 0.0
    table = np.zeros((len(cells) + 1, len(cells[0]) + 1))
    for r in range(len(cells)):
        for c in range(len(cells[0])):
            table[r + 1, c + 1] = max(table[r, c + 1], table[r + 1, c], table[r, c] + cells[r][c])
    return table[-1, -1]


def turn(points):
    return [(there, here, *rest) for here, there, *rest in points]


def naive_likeness(x, y):
    total = 300 + min(sum(w for w, _ in one.runs.values()) for one in (x, y))
    shared = [k for k in x.runs if k in y.runs and (k in x.plain or k in y.plain)]
    points = [(x.runs[k][1], y.runs[k][1], x.runs[k][0]) for k in shared]
    pieces = sum(
        min(50, sum(w for _, _, w in part))
        for side in (points, turn(points)) for part in passages(side, 0, 4)
    ) / 2  # fmt: skip
    stems = [s for s in x.first if s in y.first and _IDF[s] > 2 and (s in x.bare or s in y.bare)]
    firsts = [(x.first[s], y.first[s]) for s in stems]
    order = np.mean([orders(firsts), orders(turn(firsts))], axis=0)
    aligned = mean = 0.0
    if x.sentences and y.sentences:
        cells = [[squares(v & w) * (1 - min(p, q)) for w, q in y.sentences]
                 for v, p in x.sentences]  # fmt: skip
        cells = np.array(cells)
        sides = []
        for one, other, grid in ((x, y, cells), (y, x, cells.T)):
            norms = [squares(w) for w, _ in other.sentences]
            mass = 15 + sum(np.sqrt(squares(v)) * (1.05 - p) for v, p in one.sentences)
            cosines = [max(c / np.sqrt(squares(v) * n) for c, n in zip(row, norms, strict=True))
                       for (v, _), row in zip(one.sentences, grid, strict=True)]  # fmt: skip
            mean = max(mean, sum(np.sqrt(squares(v)) * (1.05 - p) * c for (v, p), c in
                                 zip(one.sentences, cosines, strict=True)) / mass)  # fmt: skip
            sides.append(grid.max(axis=1).sum())
        if min(sides) > 0:
            aligned = np.mean([monotone(cells) / side for side in sides])
    sets = sorted(({s for s in one.first if _NUMBERS[s]} for one in (x, y)), key=len)
    numbers = (len(sets[0]) - len(sets[0] & sets[1])) / (len(sets[0]) + 3)
    length = np.log(max(1, min(x.tokens, y.tokens)))
    return [np.sqrt(sum(w for _, _, w in points) / total), np.sqrt(pieces / total), *order,
            aligned, mean, numbers, length]  # fmt: skip


def compared(documents, known, a, b):
    made = profiles(*arrays(documents), known, np.arange(len(documents)))
    return likeness(made, known, np.array(a), np.array(b))


@settings(max_examples=60, deadline=None)
@given(_DOCUMENT, _DOCUMENT, st.integers(0, 8))
def test_likeness_is_what_the_twin_finds(one, other, copies):
    # Copies make stock phrases of what the first document says.
    documents = [one, other, *[one] * copies]
    expected = naive_likeness(Twin(one, documents), Twin(other, documents))
    assert compared(documents, known_of(documents), [0], [1])[0] == pytest.approx(
        expected, abs=2e-5
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(_DOCUMENT, min_size=2, max_size=4))
def test_neither_side_comes_first(documents):
    known, pairs = known_of(documents), list(combinations(range(len(documents)), 2))
    a, b = zip(*pairs, strict=True)
    assert np.array_equal(compared(documents, known, a, b), compared(documents, known, b, a))


def test_a_block_in_common_is_one_piece():
    rng = np.random.default_rng(5)
    text = [[(int(s), False, at % 8 == 0) for at, s in enumerate(rng.integers(0, _STEMS, 120))]
            for _ in range(3)]  # fmt: skip
    block, (one, other) = text[0][:60], text[1:]
    planted = [one[:40] + block + one[40:], block + other]
    spread = [
        [t for at in range(12) for t in one[at * 10 : at * 10 + 5] + block[at * 5 : at * 5 + 5]],
        [t for at in range(12) for t in other[at * 10 : at * 10 + 5] + block[at * 5 : at * 5 + 5]],
    ]
    runs, pieces = FEATURES.index("runs"), FEATURES.index("pieces")
    known = known_of(planted, learn=False)
    in_one, in_many = (compared(pair, known, [0], [1])[0] for pair in (planted, spread))
    assert in_one[pieces] < 0.75 * in_one[runs]
    assert in_many[pieces] > 0.9 * in_many[runs]


@given(st.lists(st.integers(0, 40), max_size=200), st.integers(1, 3))
def test_every_slot_counts_once_however_the_table_is_cut(numbers, parts):
    keys = np.array(numbers, np.uint64) * np.uint64(2) + np.uint64(1)
    whole, cut = np.zeros(1024, np.uint16), np.zeros(1024, np.uint16)
    count_runs(keys, whole, 0, 1024)
    for part in range(parts):
        count_runs(keys, cut, 1024 * part // parts, 1024 * (part + 1) // parts)
    assert np.array_equal(whole, cut)
    assert whole.sum() == len(keys)


def test_counts_stay_at_the_most_that_they_can_hold():
    table = np.zeros(1024, np.uint16)
    count_runs(np.full(70_000, 9, np.uint64), table, 0, 1024)
    assert table.max() == 65_535
