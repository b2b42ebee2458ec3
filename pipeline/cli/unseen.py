"""What an unseen source must have said, as text for people."""

import io
import sys
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from pipeline.cli.safe import plain
from pipeline.explain.unseen import Stretch, Unseen

_LONGEST = 1200  # code points of a stretch that are shown
_CAUTION = "What only one article has left of it, or none, can't be known."


def rendered(told: Unseen, width: int, most: int) -> str:
    """The stretches in so many columns, with styles if standard output is a terminal."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=sys.stdout.isatty(), highlight=False,
        markup=False, emoji=False,
    )  # fmt: skip
    with console.capture() as capture:
        for block in _blocks(told, most):
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _blocks(told: Unseen, most: int) -> Iterator[RenderableType]:
    name = "an unknown source" if told.name.startswith("unseen:") else told.name
    shared = sum(it.end - it.start for it in told.stretches) / max(told.length, 1)
    yield Text(plain(f"{told.title or told.cluster_id} ({told.articles:,} articles)"), style="dim")
    yield Text(plain(f"What {name} must have said, which isn't in the dump"), style="bold")
    yield Padding(
        Text(
            plain(
                f"{told.siblings:,} articles that weren't taken from each other; in the order of "
                f"{told.base_id}, {shared:.0%} of which others have, too"
            )
        ),
        (0, 0, 1, 0),
    )
    for number, stretch in enumerate(told.stretches[:most], 1):
        yield Text(f"stretch {number} of {len(told.stretches)} · in {stretch.carriers:,} articles")
        yield Padding(Text(_shown(stretch), overflow="fold"), (0, 0, 1, 2))
    if len(told.stretches) > most:
        yield Text(f"… and {len(told.stretches) - most:,} more; --max-passages shows them")
    yield Text(_CAUTION, style="dim")


def _shown(stretch: Stretch) -> str:
    text = plain(stretch.text[:_LONGEST])
    return text if len(stretch.text) <= _LONGEST else f"{text} …"
