"""Slow, obvious twins of what finds retold passages."""

import random
import re
import unicodedata

import numpy as np

from pipeline.kernels import edges
from pipeline.kernels.matches import ALONE, CONTENT, NEAR, RUN, SHORT_RUN
from pipeline.kernels.retold import pair_of, scratch_for

# Content stems, and three that are in every text.
SHARE = np.array([*np.geomspace(1e-6, 5e-4, 37), 0.01, 0.03, 0.06])


def two_texts(seed):
    """Lists of stems; the second holds pieces of the first, and single stems of it here and there.

    −1 is a masked token.
    """
    chance = random.Random(seed)
    names = [*range(37), *[37, 38, 39] * 6, -1]
    a = [chance.choice(names) for _ in range(chance.randint(1, 40))]
    b = []
    while len(b) < 30 and chance.random() < 0.95:
        at = chance.randrange(len(a))
        b += a[at : at + chance.choice([1, 1, 1, 2, 3, 4, 7])]
        b += [chance.choice(names) for _ in range(chance.randint(0, 4))]
    return a, b or [chance.choice(names)]


def stems_of(values):
    return np.array(values, np.int32)


def prepared(a, b):
    """A pair of `pair_of`, its grid, and what was cut."""
    offsets = np.array([0, len(a), len(a) + len(b)])
    scratch = scratch_for(offsets, np.array([0]), np.array([1]), len(SHARE))
    edge = [np.zeros(len(side) + 1, np.uint8) for side in (a, b)]
    return pair_of(stems_of(a), stems_of(b), SHARE, *edge, scratch)


def naive_chance(a, b):
    together = [stem for stem in (*a, *b) if stem >= 0]
    tokens = len(a) + len(b) + 300
    return {s: max(SHARE[s], (together.count(s) - 2) / tokens) for s in set(together)}


def naive_matches(a, b):
    """(i, j) → category of each pair of equal stems."""
    chance = naive_chance(a, b)
    equal = {(i, j) for i, s in enumerate(a) for j, t in enumerate(b) if s == t and s >= 0}
    content = {(i, j) for i, j in equal if chance[a[i]] < CONTENT}
    kinds = {}
    for i, j in equal:
        run = {(i, j)}
        for step in (1, -1):
            x, y = i + step, j + step
            while (x, y) in equal:
                run.add((x, y))
                x, y = x + step, y + step
        near = any(
            (x, y) in content and x != i and y != j
            for x in range(i - 4, i + 5)
            for y in range(j - 4, j + 5)
        )
        if len(run) >= 4:
            kinds[i, j] = RUN
        elif run & content and len(run) > 1:
            kinds[i, j] = SHORT_RUN
        elif (i, j) in content and near:
            kinds[i, j] = NEAR
        else:
            kinds[i, j] = ALONE
    return kinds


def naive_edge(gap, following):
    lower = unicodedata.category(following) == "Ll"
    breaks = gap.count("\n")
    if breaks > 1:
        return edges.PARAGRAPH
    if breaks == 1:
        return edges.LINE + (not lower)
    if re.search("[.!?][)'\"“”\u200d]*[ ]", gap) or "。" in gap:
        return edges.SENTENCE + (not lower)
    return edges.OTHER if gap.strip(" ") else edges.SPACE


def naive_sentences(stems, flags):
    found, own = [], []
    for i, (stem, flag) in enumerate(zip(stems, flags, strict=True)):
        if flag or stem < 0:
            found.append(own)
            own = []
        if stem >= 0:
            own.append(i)
    return [(own[0], own[-1] + 1) for own in [*found, own] if len(own) >= 2]
