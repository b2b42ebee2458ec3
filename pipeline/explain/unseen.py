"""What a source outside the dump must have said: the stretches that its takers share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.explain.run_files import RunFiles

_SHORT = 40  # code points; a shorter piece isn't told apart from its neighbour
# Half-open places of a text, and who has what stands there.
Span = tuple[int, int, str]


@dataclass(frozen=True)
class Stretch:
    """A piece of the text that holds most of what is shared.

    Attributes:
        carriers: articles that have it, this one counted; at least 2.
        start, end: its code points there.
    """

    carriers: int
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Unseen:
    """A story's unseen source, as far as its takers show it.

    Attributes:
        name: as in `clusters`.
        siblings: articles of the story that weren't decided to be from another of them.
        base_id: the one that holds most of what they share.
        length: its text's code points.
    """

    cluster_id: str
    name: str
    title: str | None
    articles: int
    siblings: int
    base_id: str
    length: int
    stretches: tuple[Stretch, ...]


def unseen(out: Path, story_id: str) -> Unseen:
    """What the unseen source of a story must have said.

    Args:
        out: the run's folder.
        story_id: a story's id, or that of an article in it.

    Raises:
        InputError: no such story, it has no unseen source, or no two takers share a passage.
        OutputError: the folder isn't a run's, or the texts weren't kept and the inputs changed.
    """
    files = RunFiles(out)
    story = files.story(story_id)
    told = f"the story {story['cluster_id']}"
    if story["unseen_source"] is None:
        raise InputError(f"{told} has no source outside the dump")
    siblings = _siblings(files, story["cluster_id"])
    spans = _spans(files, siblings)
    base_id = max(sorted(spans), key=lambda it: covered(spans[it]), default=None)
    if base_id is None:
        raise InputError(f"no two articles of {told} share a passage without one being the other's")
    text = files.articles([base_id])["text"].item()
    return Unseen(
        cluster_id=story["cluster_id"],
        name=story["unseen_source"],
        title=story["title"],
        articles=story["articles"],
        siblings=len(siblings),
        base_id=base_id,
        length=len(text),
        stretches=tuple(Stretch(n, x, y, text[x:y]) for x, y, n in stretches(spans[base_id])),
    )


def _siblings(files: RunFiles, cluster_id: str) -> list[str]:
    members = files.table("articles", pl.col("cluster_id") == cluster_id)["article_id"]
    derived = files.table(
        "derivations", pl.col("rank") == 1, pl.col("decision") == "derived",
        pl.col("derived_id").is_in(members.implode()),
    )["derived_id"]  # fmt: skip
    return members.filter(~members.is_in(derived.implode())).sort().to_list()


def _spans(files: RunFiles, siblings: Sequence[str]) -> dict[str, list[Span]]:
    """Where each sibling's passages with others are, and whom it shares them with."""
    ours = (pl.col(side).is_in(siblings) for side in ("a_id", "b_id"))
    found: dict[str, list[Span]] = {}
    for row in files.table("passages", *ours).iter_rows(named=True):
        for x, y in (("a", "b"), ("b", "a")):
            span = (row[f"{x}_start"], row[f"{x}_end"], row[f"{y}_id"])
            found.setdefault(row[f"{x}_id"], []).append(span)
    return found


def covered(spans: Iterable[Span]) -> int:
    """Code points inside one of the spans.

    Example:
        >>> covered([(0, 10, "b"), (5, 20, "c"), (30, 31, "b")])
        21
    """
    total, reached = 0, 0
    for start, end, _ in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


def stretches(spans: Iterable[Span]) -> list[tuple[int, int, int]]:
    """start, end and carriers (the text's own article counted) of what the spans cover, in order.

    A stretch ends where others begin or cease to have it. Pieces of less than 40 code points join
    the one before, which then counts only those that the fewer of the two have.

    Example:
        >>> stretches([(0, 100, "b"), (50, 200, "c"), (50, 60, "c"), (300, 400, "b")])
        [(0, 50, 2), (50, 100, 3), (100, 200, 2), (300, 400, 2)]
    """
    edges: dict[int, list[tuple[int, str]]] = {}
    for start, end, other in spans:
        edges.setdefault(start, []).append((1, other))
        edges.setdefault(end, []).append((-1, other))
    found: list[tuple[int, int, int]] = []
    open_spans: dict[str, int] = {}
    last = 0
    for place in sorted(edges):
        if open_spans:
            _add(found, last, place, 1 + len(open_spans))
        for change, other in edges[place]:
            open_spans[other] = open_spans.get(other, 0) + change
            if not open_spans[other]:
                del open_spans[other]
        last = place
    return found


def _add(found: list[tuple[int, int, int]], start: int, end: int, carriers: int) -> None:
    if found and found[-1][1] == start:
        before, _, count = found[-1]
        short = min(end - start, start - before) < _SHORT
        if count == carriers or short:
            found[-1] = (before, end, min(count, carriers))
            return
    found.append((start, end, carriers))
