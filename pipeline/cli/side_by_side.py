"""Passages of two articles in two columns, with what differs marked.

Where a column would be too narrow, or the script runs from right to left (a terminal that turns
such lines round would swap the columns), the two stand one above the other.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.cli.safe import plain
from pipeline.explain.model import Article, Explanation, Passage

# Unbreakable spaces keep the marks beside the passage; in unspaced scripts rich breaks there too.
_EDGES, _EDGES_UNSPACED = ("▸\u00a0", "\u00a0◂"), ("▸", "◂")
_NARROW = 72
_LOOK = 400
_KINDS = {"boilerplate": "masked boilerplate, doesn't count"}


@dataclass(frozen=True)
class Looks:
    """How passages are shown.

    Attributes:
        context: words before and after a passage.
        marked: what differs stands in [brackets], as it can't be bold or underlined.
        stacked: the two sides stand one above the other.
        unit: "words" or "characters".
    """

    context: int
    marked: bool
    stacked: bool
    unit: str


def looks_for(explanation: Explanation, console: Console, context: int) -> Looks:
    """What suits these texts and this terminal."""
    turned = any(_right_to_left(article.text) for article in (explanation.a, explanation.b))
    return Looks(
        context, console.color_system is None, turned or console.width < _NARROW, explanation.unit
    )


def _right_to_left(text: str) -> bool:
    kinds = [unicodedata.bidirectional(char) for char in text[:_LOOK]]
    return sum(kind in ("R", "AL") for kind in kinds) > kinds.count("L")


def passage_blocks(explanation: Explanation, most: int, looks: Looks) -> Iterator[RenderableType]:
    """The passages, at most so many, then how many more there are."""
    a, b = explanation.a, explanation.b
    found = [*explanation.passages, *explanation.hidden]
    for number, passage in enumerate(found[:most], 1):
        title = Text(f"passage {number} of {len(found)}", style="bold")
        yield title.append(f" · {_told(passage, looks)}", style="not bold")
        sides = (_side(a, passage, looks, "a"), _side(b, passage, looks, "b"))
        yield _stacked(a, b, sides) if looks.stacked else _columns(a, b, sides)
    if len(found) > most:
        yield Text(f"… and {len(found) - most:,} more; --max-passages shows them")


def _told(passage: Passage, looks: Looks) -> str:
    alike = f"{int(passage.similarity * 100)}% the same" if passage.similarity < 1 else "unchanged"
    return f"{_KINDS.get(passage.kind, passage.kind)} · {passage.tokens:,} {looks.unit} · {alike}"


def _columns(a: Article, b: Article, sides: tuple[Text, Text]) -> RenderableType:
    table = Table(box=box.MINIMAL, show_edge=False, expand=True, header_style="dim", padding=(0, 1))
    for article in (a, b):
        table.add_column(Text(plain(article.article_id)), ratio=1, overflow="fold")
    table.add_row(*sides)
    return Padding(table, (0, 0, 1, 0))


def _stacked(a: Article, b: Article, sides: tuple[Text, Text]) -> RenderableType:
    blocks = [
        Group(Text(plain(article.article_id), style="dim"), Padding(side, (0, 0, 1, 2)))
        for article, side in zip((a, b), sides, strict=True)
    ]
    return Group(*blocks)


def _side(article: Article, passage: Passage, looks: Looks, side: str) -> Text:
    """One side's text between its context; ▸ and ◂ mark where the passage begins and ends."""
    start, end = (getattr(passage, f"{side}_{edge}") for edge in ("start", "end"))
    before, after = _around(article.text, start, end, looks)
    begin, finish = _EDGES_UNSPACED if looks.unit == "characters" else _EDGES
    text = Text(overflow="fold").append(f"{before}{begin}", style="dim")
    for piece, differs in getattr(passage, f"{side}_parts"):
        shown = plain(piece)
        if differs:
            text.append(f"[{shown}]" if looks.marked else shown, style="bold underline")
        else:
            text.append(shown)
    return text.append(f"{finish}{after}", style="dim")


def _around(text: str, start: int, end: int, looks: Looks) -> tuple[str, str]:
    """Up to `context` words on either side, with … where the text goes on."""
    one = r"\S" if looks.unit == "characters" else r"\S+"
    # A bounded look: a text can be one endless word.
    reach = 40 * looks.context
    before = re.findall(rf"{one}\s*", text[max(0, start - reach) : start])
    after = re.findall(rf"\s*{one}", text[end : end + reach])
    head = plain("".join(before[max(0, len(before) - looks.context) :]))
    tail = plain("".join(after[: looks.context]))
    cut_head, cut_tail = len(before) > looks.context, len(after) > looks.context
    return f"{'… ' if cut_head else ''}{head}", f"{tail}{' …' if cut_tail else ''}"
