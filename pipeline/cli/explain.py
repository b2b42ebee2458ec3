"""`stemma explain`: why two articles are linked, or why not."""

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.edge import show
from pipeline.cli.safe import csv_text, json_text
from pipeline.cli.summary import Format

if TYPE_CHECKING:
    from pipeline.explain import Explanation, Unseen

_WIDTH = 100
_PLACES = ("a_start", "a_end", "b_start", "b_end", "a_text", "b_text")


def explain_command(
    *,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished run.")],
    a_id: Annotated[
        str, typer.Argument(metavar="A_ID", help="An article's id; without B_ID also a story's.")
    ],
    b_id: Annotated[
        str | None,
        typer.Argument(
            metavar="B_ID",
            help="Another article's; left out: what the story's unseen source must have said.",
            show_default=False,
        ),
    ] = None,
    style: Annotated[
        Format,
        typer.Option("--format", help="json holds everything, csv the passages."),
    ] = Format.TABLE,
    width: Annotated[
        int | None, typer.Option(min=40, help="Columns; the terminal's if left out.")
    ] = None,
    context: Annotated[
        int, typer.Option(min=0, help="Words to show before and after each passage.")
    ] = 8,
    max_passages: Annotated[int, typer.Option(min=0, help="Passages to show at most.")] = 20,
) -> None:
    """Tell why two articles are linked or not: decision, evidence, passages side by side."""
    columns = width or shutil.get_terminal_size((_WIDTH, 24)).columns
    if b_id is None:
        _explain_story(out, a_id, style, columns, max_passages)
        return
    from pipeline.explain import explain  # noqa: PLC0415 -- imports polars and numba
    from pipeline.io.batch import mend  # noqa: PLC0415

    # An id that isn't UTF-8 is sought as it was read.
    explanation = explain(out, mend(a_id)[0], mend(b_id)[0])
    if style is Format.JSON:
        show(json_text(as_json(explanation), indent=2))
    elif style is Format.CSV:
        show(as_csv(explanation))
    else:
        from pipeline.cli.explanation import rendered  # noqa: PLC0415 -- imports rich

        show(rendered(explanation, columns, context, max_passages))


def _explain_story(out: Path, story_id: str, style: Format, columns: int, most: int) -> None:
    from pipeline.explain import unseen  # noqa: PLC0415 -- imports polars and numba
    from pipeline.io.batch import mend  # noqa: PLC0415

    told = unseen(out, mend(story_id)[0])
    if style is Format.JSON:
        show(json_text(asdict(told), indent=2))
    elif style is Format.CSV:
        show(stretches_csv(told))
    else:
        from pipeline.cli.unseen import rendered  # noqa: PLC0415 -- imports rich

        show(rendered(told, columns, most))


def stretches_csv(told: "Unseen") -> str:
    """The stretches that an unseen source's takers share."""
    rows = (
        (told.cluster_id, number, it.carriers, told.base_id, it.start, it.end, it.text)
        for number, it in enumerate(told.stretches, 1)
    )
    names = ("cluster_id", "stretch", "carriers", "article_id", "start", "end", "text")
    return csv_text(names, rows)


def as_json(explanation: "Explanation") -> dict[str, Any]:
    """All of it but the two full texts; times as ISO 8601, delays in seconds."""
    told = asdict(explanation)
    for side in ("a", "b"):
        del told[side]["text"]
    for kind in ("passages", "hidden"):
        for passage, row in zip(getattr(explanation, kind), told[kind], strict=True):
            row |= {"a_text": passage.a_text, "b_text": passage.b_text}
    plain: dict[str, Any] = _plain(told)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.total_seconds() if hasattr(value, "total_seconds") else value


def as_csv(explanation: "Explanation") -> str:
    """The passages, those of masked boilerplate last."""
    ids = (explanation.a.article_id, explanation.b.article_id)
    rows = (
        (*ids, number, it.kind, it.similarity, *(getattr(it, name) for name in _PLACES))
        for number, it in enumerate((*explanation.passages, *explanation.hidden), 1)
    )
    return csv_text(("a_id", "b_id", "passage", "kind", "similarity", *_PLACES), rows)
