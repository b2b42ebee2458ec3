"""How likely two texts have a stem in common by chance, and which stems are too frequent."""

import numpy as np

from pipeline.kernels.jit import inlined, subroutine

# Matches looked at per pair: so many per token and some more, and no more than …
_PER_TOKEN, _SOME, _MOST = 8, 4096, 1 << 21
_SHORT = 300  # tokens added to a pair's, so that short texts don't make every stem frequent


@inlined
def budget_for(tokens):
    """How many matches of a pair with so many tokens are looked at."""
    return min(_PER_TOKEN * tokens + _SOME, _MOST)


@subroutine
def numbered(stems, share, known, numbers):
    """Stems of two texts, numbered by their first place in either.

    Args:
        stems: of A, then of B; −1 where masked.
        known, numbers: [V] scratch; `known` is −1 throughout and is left so.

    Returns:
        the numbered stems of A and B, how often each stands in each, and its share of text.
    """
    total = len(stems[0]) + len(stems[1])
    counts = np.zeros((2, total), np.int64)
    shares = np.empty(total, np.float64)
    new_a, new_b = np.empty(len(stems[0]), np.int32), np.empty(len(stems[1]), np.int32)
    size = np.int32(0)
    for side in range(2):
        new = new_a if side == 0 else new_b
        for i in range(len(new)):
            stem = stems[side][i]
            if stem < 0:
                new[i] = -1
                continue
            if known[stem] < 0:
                known[stem] = size
                numbers[size] = stem
                shares[size] = share[stem]
                size += 1
            new[i] = known[stem]
            counts[side, new[i]] += 1
    for number in range(size):
        known[numbers[number]] = -1
    return new_a, new_b, counts[:, :size], shares[:size]


@subroutine
def chances(counts, shares, tokens):
    """[k] probability that a token is this stem: by its share of all text, or of this pair's.

    That of the pair counts no first occurrences: they are what is to be explained.
    """
    chance = np.empty(len(shares), np.float64)
    for k in range(len(shares)):
        chance[k] = max(shares[k], (counts[0, k] + counts[1, k] - 2) / (tokens + _SHORT))
    return chance


@subroutine
def frequent(counts, tokens):
    """Stems whose matches are not looked for by themselves, and how many matches that cuts."""
    budget = budget_for(tokens)
    limit = np.int64(1) << 40
    while limit > 0:
        total = np.int64(0)
        for k in range(counts.shape[1]):
            both = counts[0, k] * counts[1, k]
            total += both if both <= limit else 0
        if total <= budget:
            break
        limit >>= 1
    skipped = np.zeros(counts.shape[1], np.bool_)
    cut = np.int64(0)
    for k in range(counts.shape[1]):
        both = counts[0, k] * counts[1, k]
        if both > limit:
            skipped[k] = True
            cut += both
    return skipped, cut
