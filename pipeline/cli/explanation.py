"""An explanation as text for people."""

import io
import sys
from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.cli.safe import plain
from pipeline.cli.side_by_side import looks_for, passage_blocks
from pipeline.explain.model import Article, Derivation, Explanation, Threshold
from pipeline.explain.verdict import chance

_CAUTION = (
    "Shared text is evidence, not proof: a source outside the dump or a wrong date can turn it "
    "round."
)
_NOTHING = "\N{EN DASH}"
_TIMES = {"second": ", %H:%M:%S UTC", "minute": ", %H:%M UTC"}


def rendered(explanation: Explanation, width: int, context: int, most: int) -> str:
    """The explanation in so many columns, with styles if standard output is a terminal."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=sys.stdout.isatty(), highlight=False,
        markup=False, emoji=False,
    )  # fmt: skip
    looks = looks_for(explanation, console, context)
    with console.capture() as capture:
        for block in _blocks(explanation):
            console.print(block)
        for block in passage_blocks(explanation, most, looks):
            console.print(block)
        console.print(Text(_CAUTION, style="dim"))
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def _blocks(explanation: Explanation) -> Iterator[RenderableType]:
    yield Padding(_articles(explanation), (0, 0, 1, 0))
    yield Text(plain(explanation.verdict), style="bold")
    yield Padding(Text(plain(_scores(explanation))), (0, 0, 1, 0))
    if explanation.notes:
        notes = _grid("", "", headed=False)
        for note in explanation.notes:
            notes.add_row("•", Text(plain(note.text)))
        yield Padding(notes, (0, 0, 1, 0))
    if not explanation.linked:
        yield Padding(_why_not(explanation), (0, 0, 1, 0))
        yield Padding(_finders(explanation), (0, 0, 1, 0))
    if len(explanation.evidence) > 1:
        yield Padding(_evidence(explanation), (0, 0, 1, 0))


def _grid(*columns: str, headed: bool = True) -> Table:
    """A table without lines; a leading ">" puts a column's text to the right."""
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 2 if headed else 1, 0, 0),
        header_style="dim",
        show_header=headed,
    )
    for name in columns:
        right = name.startswith(">")
        table.add_column(
            name.removeprefix(">"), justify="right" if right else "left", no_wrap=right,
            overflow="fold",
        )  # fmt: skip
    return table


def _articles(explanation: Explanation) -> Table:
    sides = (explanation.a, explanation.b)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, expand=True)
    table.add_column(style="dim", no_wrap=True)
    for _ in sides:
        table.add_column(ratio=1, overflow="fold")
    table.add_row("", *(Text(plain(side.article_id), style="bold") for side in sides))
    facts = [_facts(side, explanation.unit) for side in sides]
    for name in facts[0]:
        values = [fact[name] for fact in facts]
        if any(values):
            table.add_row(name, *(Text(plain(value or _NOTHING)) for value in values))
    return table


def _facts(article: Article, unit: str) -> dict[str, str | None]:
    story = article.story
    return {
        "outlet": article.source,
        "published": _published(article),
        "headline": article.title,
        "byline": article.author,
        "address": article.url,
        "length": f"{article.tokens:,} {unit}"
        + (f", in '{article.language}'" if article.language else ""),
        "credits": ", ".join(sorted({credit.name for credit in article.credits})),
        "same text": article.same_text_as and f"word for word {article.same_text_as}",
        "story": f"{story.title or story.cluster_id} ({story.articles:,} articles)"
        if story
        else None,
        "decision": "; ".join(_decision(row) for row in article.decisions),
    }


def _published(article: Article) -> str | None:
    at = article.published_at
    if at is None or article.published_precision == "unknown":
        return None
    precision = article.published_precision
    if precision == "second" and at.second == 0:
        precision = "minute"
    return f"{at.day} {at:%B %Y}{at.strftime(_TIMES.get(precision, ''))}"


def _decision(row: Derivation) -> str:
    p = f"p {chance(row.probability)}"
    if row.decision == "derived":
        what = "a passage from" if row.relation == "partial" else "from"
        return f"likely {what} {row.source_id} ({p})"
    if row.decision == "common_source":
        unseen = str(row.unseen_source)
        name = "" if unseen.startswith("unseen:") else f": {unseen}'s"
        return f"likely from a text that isn't in the dump{name} ({p})"
    return f"likely original ({p})" if row.decision == "original" else "undecided"


def _scores(explanation: Explanation) -> str:
    scores = explanation.scores
    told = [
        scores.relation.replace("_", " ") if explanation.in_pairs else "not in pairs",
        f"shared text p {chance(scores.probability)}",
        f"Jaccard {scores.jaccard:.2f}",
        f"{scores.containment_a:.0%} of {explanation.a.article_id} and "
        f"{scores.containment_b:.0%} of {explanation.b.article_id} stand in the other",
    ]
    if explanation.found_by:
        told.append(f"found by {', '.join(explanation.found_by)}")
    return " · ".join(told)


def _evidence(explanation: Explanation) -> Table:
    table = _grid("evidence", "detail", ">log-odds", "speaks for")
    for item in explanation.evidence:
        name, detail, target = (
            Text(plain(text)) for text in (item.signal, item.detail, item.speaks_for)
        )
        table.add_row(name, detail, f"{item.log_odds:.1f}", target)
    return table


def _why_not(explanation: Explanation) -> Table:
    table = _grid("to be called", "it takes", ">asked", ">has", ">short by", "setting in relate")
    for it in explanation.thresholds:
        numbers = (_number(it.asked, it), _number(it.reached, it))
        short = "enough" if it.met else _number(it.short_by, it)
        table.add_row(
            it.gives.replace("_", " "),
            it.measure,
            *numbers,
            short,
            it.setting.removeprefix("relate."),
        )
    return table


def _number(value: float, threshold: Threshold) -> str:
    return (
        f"{value:,}" if isinstance(threshold.asked, int) else f"{value:.3f}".rstrip("0").rstrip(".")
    )


def _finders(explanation: Explanation) -> Table:
    table = _grid("finder", "proposes it", "because")
    for finder in explanation.finders:
        table.add_row(finder.name, "yes" if finder.proposes else "no", Text(plain(finder.detail)))
    return table
