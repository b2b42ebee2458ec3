"""Links between articles in, stories that don't chain out."""

import numpy as np

from pipeline.documents import I64, Flags
from pipeline.kernels.components import find, union
from pipeline.kernels.jit import kernel, subroutine


@subroutine
def _covered(starts, stops, first, last):
    """Tokens in at least one of the spans first … last − 1, which ascend by start."""
    total, reach = 0, np.int64(-1)
    for span in range(first, last):
        total += max(0, stops[span] - max(starts[span], reach))
        reach = max(reach, stops[span])
    return total


@subroutine
def _overlap(starts, stops, x, x_last, y, y_last):
    """Tokens in both of two lists of spans; each ascends and doesn't overlap itself."""
    total = 0
    while x < x_last and y < y_last:
        total += max(0, min(stops[x], stops[y]) - max(starts[x], starts[y]))
        if stops[x] < stops[y]:
            x += 1
        else:
            y += 1
    return total


@subroutine
def _join_at(parent, links, spans, starts, stops, first, last, size):
    """Join the links first … last − 1, which meet at one document, where their parts overlap.

    Parts of two thirds of the document each always overlap by half of the smaller, so they are
    joined in a chain; the others are compared with all whose hulls overlap theirs.
    """
    n = last - first
    covered = np.empty(n, np.int64)
    begin, end = np.empty(n, np.int64), np.empty(n, np.int64)
    large = np.zeros(n, np.bool_)
    previous = -1
    for k in range(n):
        span, stop = spans[first + k], spans[first + k + 1]
        covered[k] = _covered(starts, stops, span, stop)
        begin[k], end[k] = starts[span], stops[stop - 1]
        large[k] = 3 * covered[k] >= 2 * size
        if large[k]:
            if previous >= 0:
                union(parent, links[first + previous], links[first + k])
            previous = k
    # The sweep's open hulls: row 0 of small parts, row 1 of large ones.
    active, counts = np.empty((2, n), np.int64), np.zeros(2, np.int64)
    for x in np.argsort(begin, kind="mergesort"):
        mine = links[first + x]
        own = 1 if large[x] else 0
        for row in range(2 - own):
            kept = 0
            for at in range(counts[row]):
                y = active[row, at]
                if end[y] <= begin[x]:
                    continue
                active[row, kept] = y
                kept += 1
                theirs = links[first + y]
                if find(parent, mine) == find(parent, theirs):
                    continue
                shared = _overlap(
                    starts, stops,
                    spans[first + x], spans[first + x + 1], spans[first + y], spans[first + y + 1],
                )  # fmt: skip
                if 2 * shared >= min(covered[x], covered[y]):
                    union(parent, mine, theirs)
            counts[row] = kept
        active[own, counts[own]] = x
        counts[own] += 1


@subroutine
def _home(parent, links, spans, starts, stops, first, last, size):
    """The joined links that together cover most of a document, if at least half; else −1."""
    best, home = 0, np.int64(-1)
    order = np.argsort(parent[links[first:last]], kind="mergesort")
    at = 0
    while at < len(order):
        story = parent[links[first + order[at]]]
        begin = at
        while at < len(order) and parent[links[first + order[at]]] == story:
            at += 1
        room = 0
        for k in order[begin:at]:
            room += spans[first + k + 1] - spans[first + k]
        low, high = np.empty(room, np.int64), np.empty(room, np.int64)
        room = 0
        for k in order[begin:at]:
            for span in range(spans[first + k], spans[first + k + 1]):
                low[room], high[room] = starts[span], stops[span]
                room += 1
        by_start = np.argsort(low, kind="mergesort")
        together = _covered(low[by_start], high[by_start], 0, room)
        if together > best and 2 * together >= size:
            best, home = together, story
    return home


@kernel
def join_links(
    groups: I64, links: I64, spans: I64, starts: I64, stops: I64, sizes: I64, count: int
) -> tuple[I64, I64]:
    """Which links tell of one text, and which article belongs to it.

    Two links that meet at a document join if the parts of it that they cover overlap by half of
    the smaller. A document belongs to the joined links that together cover most of it, if that
    is at least half.

    Args:
        groups: [d + 1] document k has the link ends groups[k]:groups[k + 1].
        links: [e] the link each end is of.
        spans: [e + 1] end k covers tokens starts[s]:stops[s] for s in spans[k]:spans[k + 1].
        starts, stops: token places; an end's spans ascend and don't overlap.
        sizes: [d] each document's unmasked tokens.
        count: number of links.

    Returns:
        [count] the smallest link that each link is joined with, and [d] the one whose story the
        document belongs to, or −1.
    """
    parent = np.arange(count)
    for k in range(len(groups) - 1):
        _join_at(parent, links, spans, starts, stops, groups[k], groups[k + 1], sizes[k])
    for link in range(count):
        parent[link] = find(parent, link)
    home = np.empty(len(groups) - 1, np.int64)
    for k in range(len(groups) - 1):
        home[k] = _home(parent, links, spans, starts, stops, groups[k], groups[k + 1], sizes[k])
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
