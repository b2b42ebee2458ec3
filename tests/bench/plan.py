"""Who copies whom, when, and where: decided for all articles before a word is written."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FRESH, EXACT, LIGHT, HEAVY, EXCERPT = range(5)
KINDS = ("fresh", "exact", "light", "heavy", "excerpt")
SHARES = (0.77, 0.05, 0.10, 0.05, 0.03)
_START = 1_735_689_600  # 1 January 2025
_DAYS = 90


class Plan(NamedTuple):
    """One row per article, in file order.

    Attributes:
        key: the article's own seed; distinct, and its id.
        kind: FRESH, EXACT, LIGHT, HEAVY or EXCERPT.
        base: row of the article it takes from; its own row if fresh.
        words: words to write, if fresh or an excerpt.
        changed: share of words edited.
        dropped: share of sentences left out.
        source: number of the outlet.
        published: seconds since 1970.
        footer, promo, dateline: does it carry its outlet's footer and promo line, an agency's name?
        headline: row whose headline it bears.
        author: number of the author.
    """

    key: NDArray[np.uint64]
    kind: NDArray[np.uint8]
    base: NDArray[np.int64]
    words: NDArray[np.int32]
    changed: NDArray[np.float32]
    dropped: NDArray[np.float32]
    source: NDArray[np.uint16]
    published: NDArray[np.int64]
    footer: NDArray[np.bool_]
    promo: NDArray[np.bool_]
    dateline: NDArray[np.bool_]
    headline: NDArray[np.int64]
    author: NDArray[np.uint16]


def planned(n: int, seed: int, words: int, outlets: int, authors: int) -> Plan:
    """The plan of n articles of about so many words."""
    chance = np.random.Generator(np.random.PCG64([seed, n]))
    kind = _kinds(n, chance)
    base = _bases(kind, chance)
    copy = kind != FRESH
    changed, dropped = _edits(kind, chance)
    later = np.exp(chance.uniform(np.log(0.3), np.log(96.0), n)) * 3600.0
    first = _START + chance.integers(0, _DAYS * 86_400, n)
    keeps = copy & (kind != EXCERPT) & (chance.random(n) < 0.5)
    return Plan(
        key=_mixed(np.arange(n, dtype=np.uint64), seed),
        kind=kind,
        base=base,
        words=_lengths(n, words, chance),
        changed=changed,
        dropped=dropped,
        source=_sources(base, copy, outlets, chance),
        published=np.where(copy, first[base] + later.astype(np.int64), first),
        footer=chance.random(n) < 0.85,
        promo=chance.random(n) < 0.5,
        dateline=chance.random(n) < 0.1,
        headline=np.where(keeps, base, np.arange(n)),
        author=chance.integers(0, authors, n).astype(np.uint16),
    )


def _kinds(n: int, chance: np.random.Generator) -> NDArray[np.uint8]:
    counts = [int(n * share) for share in SHARES[1:]]
    kind = np.repeat(np.arange(5, dtype=np.uint8), [n - sum(counts), *counts])
    return chance.permutation(kind)


def _bases(kind: NDArray[np.uint8], chance: np.random.Generator) -> NDArray[np.int64]:
    """Of three fresh articles one is copied; one in a hundred of those takes a tenth of all."""
    n = len(kind)
    copied = chance.permutation(np.flatnonzero(kind == FRESH))
    copied = copied[: max(1, len(copied) // 3)]
    popular = copied[: max(1, len(copied) // 100)]
    drawn = np.where(
        chance.random(n) < 0.1,
        popular[chance.integers(0, len(popular), n)],
        copied[chance.integers(0, len(copied), n)],
    )
    return np.where(kind == FRESH, np.arange(n), drawn)


def _edits(
    kind: NDArray[np.uint8], chance: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Share of words changed and of sentences dropped, for a Jaccard drawn for each copy."""
    n = len(kind)
    wanted = np.where(kind == LIGHT, chance.uniform(0.7, 0.98, n), chance.uniform(0.3, 0.7, n))
    kept = 2.0 * wanted / (1.0 + wanted)  # share of shingles that an even exchange must keep
    drops = (kind == LIGHT) & (chance.random(n) < 0.4)
    edited = (kind == LIGHT) | (kind == HEAVY)
    changed = np.where(edited & ~drops, 1.0 - kept**0.2, 0.0)
    dropped = np.where(drops, (1.0 - wanted) * 0.8, 0.0)
    return changed.astype(np.float32), dropped.astype(np.float32)


def _lengths(n: int, words: int, chance: np.random.Generator) -> NDArray[np.int32]:
    """Log-normal about `words`, between a seventh and 3.6 times as many."""
    spread = 0.55
    drawn = chance.lognormal(np.log(words) - spread**2 / 2, spread, n)
    return np.clip(drawn, words / 7, words * 3.6).astype(np.int32)


def _sources(
    base: NDArray[np.int64], copy: NDArray[np.bool_], outlets: int, chance: np.random.Generator
) -> NDArray[np.uint16]:
    """Outlets by Zipf's law; nine copies in ten go to another outlet than their base's."""
    share = np.cumsum(1.0 / (np.arange(outlets) + 5.0))
    drawn = np.searchsorted(share, chance.random(len(base)) * share[-1]).astype(np.uint16)
    same = copy & (drawn == drawn[base]) & (chance.random(len(base)) < 0.9)
    drawn[same] = (drawn[same] + 1 + chance.integers(0, outlets - 1, same.sum())) % outlets
    return drawn


def _mixed(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 of a counter: a permutation of the 64-bit numbers, so keys don't repeat."""
    step = np.uint64(0x9E3779B97F4A7C15)
    mixed = (values + np.uint64(seed)) * step
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
