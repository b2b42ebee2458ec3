"""What a run came to, in a few figures: for people, as JSON, or as CSV."""

import io
import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.cli.safe import csv_text, json_text, plain
from pipeline.cli.words import lag, seconds

if TYPE_CHECKING:
    from pipeline.result import Result

TOP_FLOWS = 8
_UNLIMITED = 10_000


class Format(StrEnum):
    """How a command's answer looks."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def summarise(result: "Result", out: str, took: float) -> dict[str, Any]:
    """The figures, as JSON gives them."""
    return {
        "output": out,
        "seconds": round(took, 3),
        "articles": len(result.stored),
        "sources": len(result.stored.sources),
        "rejects": result.rejects.height,
        "stories": result.clusters.height,
        "articles_in_stories": result.clusters["articles"].sum(),
        "relations": _counts(result, "pairs", "relation"),
        "decisions": _counts(result, "derivations", "decision"),
        "flows": result.flows.height,
        "top_flows": _top_flows(result),
    }


def rendered(summary: dict[str, Any], style: Format) -> str:
    """The figures as text of a format."""
    if style is Format.JSON:
        return json_text(summary, indent=2)
    if style is Format.CSV:
        return csv_text(("metric", "value"), _metrics(summary))
    return _table(summary)


def _counts(result: "Result", table: str, column: str) -> dict[str, int]:
    from pipeline.tables import DECISIONS, RELATIONS  # noqa: PLC0415 -- imports polars

    frame = getattr(result, table)
    if "rank" in frame.columns:
        frame = frame.filter(frame["rank"] == 1)
    counted = dict(frame[column].value_counts().iter_rows())
    names = DECISIONS if column == "decision" else RELATIONS
    return {name: counted.get(name, 0) for name in names}


def _top_flows(result: "Result") -> list[dict[str, Any]]:
    order = ["articles", "expected", "from_source", "to_source"]
    top = result.flows.sort(order, descending=[True, True, False, False]).head(TOP_FLOWS)
    frame = top.select("from_source", "to_source", "articles", "expected", "uncredited")
    lags = top["median_lag"].dt.total_seconds().alias("median_lag_seconds")
    return frame.with_columns(frame["expected"].round(3), lags).to_dicts()


def _metrics(summary: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, value in summary.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", count) for key, count in value.items())
        elif isinstance(value, list):
            for flow in value:
                yield f"flow: {flow['from_source']} → {flow['to_source']}", flow["articles"]
        else:
            yield name, value


def _table(summary: dict[str, Any]) -> str:
    lines = [
        f"{summary['articles']:,} articles of {summary['sources']:,} outlets; "
        f"{summary['articles_in_stories']:,} of them in {summary['stories']:,} stories",
        f"derivations  {_listed(summary['decisions'])}",
        f"pairs        {_listed(summary['relations'])}",
        *_flow_lines(summary),
    ]
    if summary["rejects"]:
        lines.append(f"{summary['rejects']:,} rows or files could not be used: table rejects")
    lines.append(f"written to {plain(summary['output'])} in {seconds(summary['seconds'])}")
    return "\n".join(lines)


def _listed(counts: dict[str, int]) -> str:
    told = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return " · ".join(told) or "none"


def _flow_lines(summary: dict[str, Any]) -> list[str]:
    if not summary["top_flows"]:
        return []
    from rich.console import Console  # noqa: PLC0415 -- slow to import, and only needed here
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="")
    for name in ("outlet", "likely took from"):
        table.add_column(name, overflow="fold")
    for name in ("articles", "uncredited", "median lag"):
        table.add_column(name, justify="right", no_wrap=True)
    for flow in summary["top_flows"]:
        names = (Text(plain(flow["to_source"])), Text(plain(flow["from_source"])))
        counts = (f"{flow['articles']:,}", f"{flow['uncredited']:,}")
        table.add_row(*names, *counts, lag(flow["median_lag_seconds"]))
    console = Console(file=io.StringIO(), width=_width(), color_system=None, highlight=False)
    with console.capture() as capture:
        console.print(table)
    lines = ["", *(line.rstrip() for line in capture.get().splitlines())]
    more = summary["flows"] - len(summary["top_flows"])
    return [*lines, *([f"… and {more:,} more in the table flows"] if more else []), ""]


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNLIMITED
