"""Weighted ways between the versions of stories in, the share of all trees that each is in out.

A copy tree says of every version of a story which other it was made from; one is the first, or
some were made from a text outside. No tree is certain, so all of them are summed: the share of a
way is the probability that it is right, given the others' weights. The tree that is shown is
the one with the largest sum of shares: the one that is expected to have most ways right.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I64, Flags
from pipeline.kernels.arborescences import tree_shares
from pipeline.kernels.branching import best_branching
from pipeline.kernels.neighbourhoods import neighbourhoods
from pipeline.stages.spread import ends

# Stories of more versions are not summed as a whole: each version is seen among its nearest.
_WHOLE = 256
_NEAREST = 24
# What the share of the way back counts in the choice of a tree. Which versions are neighbours is
# told better than which of two came first: on chains of retellings the largest sum of shares alone
# has .71 of the edges, with the ways back .75.
_BACK = 0.9
_DIGITS = 9  # beyond, shares differ by the order in which they are worked out


@dataclass(frozen=True)
class Versions:
    """The n versions of all stories, and ways from one to another, with weights.

    Attributes:
        offsets: [stories + 1] story s owns versions offsets[s]:offsets[s + 1].
        source, target: [m] versions of one story; ascending by target and source. Each pair
            of versions stands both ways round, and a story is in one piece.
        weight: [m] how likely the target is to come from the source, > 0.
        first: [n] how likely the version is to come from none, > 0.
        outside: [n] how likely it is to come from a text outside, if there is one, > 0.
        unseen: [stories] the chance that there is one.
    """

    offsets: I64
    source: I64
    target: I64
    weight: F64
    first: F64
    outside: F64
    unseen: F64


@dataclass(frozen=True)
class Shares:
    """Probabilities: of each way [m], of being the first, of coming from outside [n]."""

    ways: F64
    first: F64
    outside: F64


def shares_of(versions: Versions) -> Shares:
    """The shares of trees.

    Example:
        >>> one = np.ones(2)
        >>> pair = Versions(
        ...     np.array([0, 2]), np.array([1, 0]), np.array([0, 1]), np.array([0.2, 0.8]),
        ...     one, one, np.zeros(1),
        ... )
        >>> shares = shares_of(pair)
        >>> shares.ways.tolist(), shares.first.tolist()
        ([0.2, 0.8], [0.8, 0.2])
    """
    out = Shares(*(np.zeros(len(x)) for x in (versions.weight, versions.first, versions.first)))
    sizes = np.diff(versions.offsets)
    story = np.repeat(np.arange(len(sizes)), sizes)
    whole = sizes <= _WHOLE
    _summed(versions, story, whole, out)
    for one in np.flatnonzero(~whole):
        _among_nearest(versions, int(one), out)
    parts = (out.ways, out.first, out.outside)
    # Where no tree can be made out nothing is known: all shares are 0, and nothing is decided.
    return Shares(*(np.clip(np.nan_to_num(part).round(_DIGITS), 0.0, 1.0) for part in parts))


def _summed(versions: Versions, story: I64, whole: Flags, out: Shares) -> None:
    """The shares in the stories that are summed as a whole."""
    of = story[versions.target]
    nodes, edges = np.flatnonzero(whole[story]), np.flatnonzero(whole[of])
    before = versions.offsets[of[edges]]
    found = tree_shares(
        ends(np.diff(versions.offsets)[whole]),
        ends(np.bincount(of[edges], minlength=len(whole))[whole]),
        versions.source[edges] - before,
        versions.target[edges] - before,
        versions.weight[edges],
        versions.first[nodes],
        versions.outside[nodes],
        versions.unseen[whole],
    )
    out.ways[edges], out.first[nodes], out.outside[nodes] = found


def _among_nearest(versions: Versions, story: int, out: Shares) -> None:
    """The shares in one story, each version's among its nearest alone."""
    start, stop = versions.offsets[story : story + 2]
    low, high = np.searchsorted(versions.target, (start, stop))
    offsets = np.searchsorted(versions.target[low:high], np.arange(start, stop + 1))
    source, weight = versions.source[low:high] - start, versions.weight[low:high]
    nodes, members, firsts, edges, begins, ends_at = neighbourhoods(
        offsets, source, weight, _NEAREST
    )
    ways, first, outside = tree_shares(
        nodes, firsts, begins, ends_at, weight[edges],
        versions.first[start:stop][members], versions.outside[start:stop][members],
        np.full(stop - start, versions.unseen[story]),
    )  # fmt: skip
    # Each neighbourhood is made for the version that stands first in it.
    own = ends_at == 0
    out.ways[low + edges[own]] = ways[own]
    out.first[start:stop], out.outside[start:stop] = first[nodes[:-1]], outside[nodes[:-1]]


def best_trees(versions: Versions, shares: Shares) -> I64:
    """[n] the way by which each version is entered in the tree of its story, −1 for the first.

    Of the trees with one root it has the largest sum of shares, those of the ways back discounted.
    """
    n = len(versions.first)
    source, target = versions.source, versions.target
    back = np.searchsorted(target * n + source, source * n + target)
    # More than the shares of a story together: a tree that spans it is better than two that don't.
    spanning = 2.0 * np.diff(versions.offsets).max(initial=1)
    gain = shares.ways + _BACK * shares.ways[back] - shares.first[target] + spanning
    return best_branching(n, source, target, gain)
