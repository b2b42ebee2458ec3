"""Measurements as tables: on the terminal, as Markdown, as JSON."""

from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as Printed

from tests.bench.growth import Points, slope
from tests.bench.measure import Row

Cell = Callable[[Row], str]


@dataclass(frozen=True)
class Table:
    """A table ready to print; its first column is text, the others are figures.

    Attributes:
        note: how the figures came about.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str

    def markdown(self) -> str:
        lines = [
            f"## {self.title}",
            "",
            self.note,
            "",
            "| " + " | ".join(self.columns) + " |",
            "|---" + "|---:" * (len(self.columns) - 1) + "|",
            *("| " + " | ".join(row) + " |" for row in self.rows),
        ]
        return "\n".join(lines) + "\n"

    def show(self, console: Console) -> None:
        printed = Printed(title=self.title, caption=self.note, title_justify="left")
        for number, column in enumerate(self.columns):
            printed.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            printed.add_row(*row)
        console.print(printed)


def number(value: object, digits: int = 1) -> str:
    """A figure, or a dash where there is none."""
    return f"{value:,.{digits}f}" if isinstance(value, int | float) else "–"


def _percent(value: object) -> str:
    return number(value * 100, 2) + " %" if isinstance(value, int | float) else "–"


def _recalls(shares: dict[str, float] | None) -> list[str]:
    return [_percent(share) for share in shares.values()] if shares else ["–", "–"]


def _named(row: Row) -> str:
    return f"{row['name']} {row['version'] or ''}".strip() + (
        f" ({n})" if (n := row["note"]) else ""
    )


def signature_table(rows: list[Row], runs: int) -> Table:
    """Text to signatures."""
    return Table(
        "Text to signatures",
        ("", "MB/s", "slowest", "fastest", "× datasketch, sha1", "MB read"),
        [
            (
                _named(row),
                number(row["mb_s"]),
                number(min(row.get("speeds") or [None])),
                number(max(row.get("speeds") or [None])),
                number(row["times"]),
                number(row.get("mb")),
            )
            for row in rows
        ],
        "128 slots of word 5-grams, texts in memory, one core; MB per CPU second, "
        f"median of {runs}.",
    )


def cluster_table(rows: list[Row], runs: int) -> Table:
    """Parquet to clusters."""
    return Table(
        "Parquet to clusters",
        ("", "articles", "seconds", "CPU s", "peak MiB", "MB/CPU s", "recall .5–.7", "recall ≥ .7",
         "strangers"),
        [
            (
                _named(row),
                number(row["articles"], 0),
                number(row.get("seconds"), 2),
                number(row.get("cpu"), 2),
                number(row.get("peak_mib"), 0),
                number(row["mb"] / row["cpu"] if row.get("cpu") else None),
                *_recalls(row.get("recall")),
                _percent(row.get("strangers")),
            )
            for row in rows
        ],
        f"One core, the whole process, median of {runs}; ours writes all its tables, the peers "
        "join whoever shares one of 16 bands of 8 rows. Recall: planted pairs in one cluster, by "
        "exact Jaccard (ours without boilerplate, which it masks). Strangers: clustered articles "
        "that nothing planted ties to the cluster's first.",
    )  # fmt: skip


def exactness_table(rows: list[Row], found: list[Row]) -> Table:
    """Our pairs beside a naive count."""
    recalls = {row["articles"]: row["pair_recall"] for row in found if row.get("pair_recall")}
    return Table(
        "Our pairs",
        ("articles", "recall .5–.7", "recall ≥ .7", "pairs checked", "Jaccard ≥ .5",
         "equal to a naive count"),
        [
            (
                number(row["articles"], 0),
                *_recalls(recalls[row["articles"]]),
                number(row["pairs"], 0),
                _percent(row["right"]),
                _percent(row["equal"]),
            )
            for row in rows
        ],
        "Recall: planted pairs that are linked pairs of the table. A sample of near copies and "
        "identical pairs, counted again on the texts outside of what was masked.",
    )  # fmt: skip


def stage_table(rows: list[Row]) -> Table:
    """Our run stage by stage."""
    return Table(
        "Our stages",
        ("stage", "articles", "seconds", "peak MiB", "MB/s", "articles/s"),
        [
            (
                str(row["stage"]),
                number(row["articles"], 0),
                number(row["seconds"], 3),
                number(row["peak_mib"], 0),
                number(row["mb_s"]),
                number(row["articles_s"], 0),
            )
            for row in rows
        ],
        "From the account of the last run at each size.",
    )


def script_table(rows: list[Row], runs: int) -> Table:
    """Our signatures in other scripts."""
    return Table(
        "Signatures in other scripts",
        ("script", "MB/s", "of ASCII", "slots equal to datasketch's"),
        [
            (
                str(row["script"]),
                number(row["mb_s"]),
                _percent(row["of_ascii"]),
                f"{row['equal']:,} of {row['slots']:,}",
            )
            for row in rows
        ],
        f"The same texts, letter for letter or syllable for syllable; median of {runs}.",
    )


def growth_table(points: Points) -> Table:
    """Seconds by size, and how fast they grow."""
    return Table(
        "Growth",
        ("", "CPU seconds at articles", "slope"),
        [
            (
                name,
                ", ".join(f"{number(time, 2)} at {size:,}" for size, time in line),
                number(slope(line), 2),
            )
            for name, line in points.items()
        ],
        "Slope of log CPU seconds over log articles: 1 is linear.",
    )
