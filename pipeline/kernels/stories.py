"""Links between articles in, stories that don't chain out."""

import numpy as np

from pipeline.documents import I64, Flags
from pipeline.kernels.components import find, union
from pipeline.kernels.jit import kernel, subroutine

_M1 = np.uint64(0x5555555555555555)
_M2 = np.uint64(0x3333333333333333)
_M4 = np.uint64(0x0F0F0F0F0F0F0F0F)
_H = np.uint64(0x0101010101010101)


@subroutine
def _ones(word):
    """Number of set bits (Hacker's Delight, 5-1)."""
    word -= (word >> np.uint64(1)) & _M1
    word = (word & _M2) + ((word >> np.uint64(2)) & _M2)
    word = (word + (word >> np.uint64(4))) & _M4
    return np.int64((word * _H) >> np.uint64(56))


@subroutine
def _size(bits):
    total = 0
    for word in bits:
        total += _ones(word)
    return total


@subroutine
def _overlap(x, y):
    total = 0
    for k in range(len(x)):
        total += _ones(x[k] & y[k])
    return total


@subroutine
def _parts(first, last, spans, starts, stops, origin, length):
    """One bit set per link end: the tokens of the document that the link covers."""
    parts = np.zeros((last - first, length // 64 + 1), np.uint64)
    for end in range(first, last):
        for span in range(spans[end], spans[end + 1]):
            for token in range(starts[span] - origin, stops[span] - origin):
                parts[end - first, token // 64] |= np.uint64(1) << np.uint64(token % 64)
    return parts


@kernel
def join_links(
    groups: I64,
    links: I64,
    spans: I64,
    starts: I64,
    stops: I64,
    origins: I64,
    lengths: I64,
    sizes: I64,
    count: int,
) -> tuple[I64, I64]:
    """Which links tell of one text, and which article belongs to it.

    Two links that meet at a document join if the parts of it that they cover overlap by half of
    the smaller. A document belongs to the joined links that together cover most of it, if that
    is at least half.

    Args:
        groups: [d + 1] document k has the link ends groups[k]:groups[k + 1].
        links: [e] the link each end is of.
        spans: [e + 1] end k covers tokens starts[s]:stops[s] for s in spans[k]:spans[k + 1].
        starts, stops: token places.
        origins, lengths: [d] each document's first token and number of tokens.
        sizes: [d] its unmasked tokens.
        count: number of links.

    Returns:
        [count] the smallest link that each link is joined with, and [d] the one whose story the
        document belongs to, or −1.
    """
    parent = np.arange(count)
    for k in range(len(groups) - 1):
        first, last = groups[k], groups[k + 1]
        parts = _parts(first, last, spans, starts, stops, origins[k], lengths[k])
        covered = np.array([_size(part) for part in parts])
        order = np.argsort(-covered, kind="mergesort")
        # Two parts of two thirds each always overlap by half of the smaller: they form a chain.
        large = 0
        while large < len(order) and 3 * covered[order[large]] >= 2 * sizes[k]:
            union(parent, links[first + order[0]], links[first + order[large]])
            large += 1
        for x in range(max(large, 1), len(order)):
            mine = links[first + order[x]]
            for y in range(x):
                theirs = links[first + order[y]]
                if find(parent, mine) == find(parent, theirs):
                    continue
                if 2 * _overlap(parts[order[x]], parts[order[y]]) >= covered[order[x]]:
                    union(parent, mine, theirs)
    for link in range(count):
        parent[link] = find(parent, link)
    home = np.full(len(groups) - 1, -1, np.int64)
    for k in range(len(groups) - 1):
        first, last = groups[k], groups[k + 1]
        parts = _parts(first, last, spans, starts, stops, origins[k], lengths[k])
        order = np.argsort(parent[links[first:last]], kind="mergesort")
        best = 0
        at = 0
        while at < len(order):
            story = parent[links[first + order[at]]]
            whole = parts[order[at]].copy()
            while at < len(order) and parent[links[first + order[at]]] == story:
                whole |= parts[order[at]]
                at += 1
            size = _size(whole)
            if size > best and 2 * size >= sizes[k]:
                best, home[k] = size, story
    return parent, home


@subroutine
def _neighbours(n, a, b):
    """Adjacency of an undirected graph: offsets, neighbours, edge numbers."""
    degree = np.zeros(n + 1, np.int64)
    for e in range(len(a)):
        degree[a[e] + 1] += 1
        degree[b[e] + 1] += 1
    offsets = np.cumsum(degree)
    free = offsets[:-1].copy()
    targets, edges = np.empty(2 * len(a), np.int64), np.empty(2 * len(a), np.int64)
    for e in range(len(a)):
        targets[free[a[e]]], edges[free[a[e]]] = b[e], e
        free[a[e]] += 1
        targets[free[b[e]]], edges[free[b[e]]] = a[e], e
        free[b[e]] += 1
    return offsets, targets, edges


@kernel
def bridges(n: int, a: I64, b: I64) -> Flags:
    """[m] whether edge i (a[i] – b[i]) is a bridge, by Tarjan's algorithm without recursion."""
    offsets, targets, edges = _neighbours(n, a, b)
    order = np.full(n, -1, np.int64)
    low = np.zeros(n, np.int64)
    position = offsets[:-1].copy()
    came_by = np.full(n, -1, np.int64)
    stack = np.empty(n, np.int64)
    result = np.zeros(len(a), np.bool_)
    clock = 0
    for root in range(n):
        if order[root] >= 0:
            continue
        depth = 0
        stack[0] = root
        order[root] = low[root] = clock
        clock += 1
        while depth >= 0:
            node = stack[depth]
            if position[node] < offsets[node + 1]:
                at = position[node]
                position[node] += 1
                if edges[at] == came_by[node]:
                    continue
                if order[targets[at]] >= 0:
                    low[node] = min(low[node], order[targets[at]])
                    continue
                depth += 1
                stack[depth] = targets[at]
                came_by[targets[at]] = edges[at]
                order[targets[at]] = low[targets[at]] = clock
                clock += 1
            else:
                depth -= 1
                if depth >= 0:
                    above = stack[depth]
                    low[above] = min(low[above], low[node])
                    result[came_by[node]] = low[node] > order[above]
    return result
