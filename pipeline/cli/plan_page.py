"""A plan as a page of sections, and that in plain text."""

import textwrap
from collections import Counter

from pipeline.cli.safe import plain
from pipeline.cli.words import seconds
from pipeline.plan import JACCARDS, Plan
from pipeline.plan.facts import Share
from pipeline.report.charts import Chart, Curve, in_terminal
from pipeline.report.page import Cell, Page, Section, Table

_READ = {
    "whole": "read whole",
    "rows": "rows at places spread over it",
    "lines": "lines at places spread over it",
    "files": "files spread over all",
    "start": "read from its start only",
    "nowhere": "not read",
}
_SHOWN_FILES = 20
_FINE = 50


def told(plan: Plan) -> Page:
    """All of a plan, for people."""
    return Page(
        "Plan of a run",
        (
            _articles(plan),
            _estimates(plan),
            _near(plan),
            *([Section("Warnings", plan.warnings)] if plan.warnings else []),
            Section("What this rests on", (_basis(plan), _files(plan))),
        ),
    )


def _articles(plan: Plan) -> Section:
    facts = plan.facts
    about = "" if plan.counted else "about "
    rows: list[tuple[Cell, ...]] = [
        ("articles", f"{about}{plan.articles:,.0f}"),
        ("inputs", f"{len(plan.files):,} files, {_size(plan.bytes)}"),
        ("languages", _shares(facts.languages)),
        ("dated", f"{_share(facts.dated)} ({_shares(facts.precisions)})"),
        ("dates", f"{facts.first:%Y-%m-%d} to {facts.last:%Y-%m-%d}" if facts.first else "none"),
        ("outlets", f"{facts.outlets:,} seen; {_share(facts.unknown_outlet)} without one"),
        ("largest outlets", _shares(facts.largest[:5]) or "none"),
        ("mean text", f"{facts.text_bytes:,.0f} bytes, {facts.tokens:,.0f} words of its own"),
        ("boilerplate", f"{_share(facts.boilerplate)} of all words"),
        ("can't be used", f"{_share(plan.rejected)} of the rows"),
    ]
    return Section("Articles", (Table(("what", "sample says"), tuple(rows)),))


def _estimates(plan: Plan) -> Section:
    whole = [
        ("time", seconds(plan.seconds), "the stages below, on this machine, as busy as it is now"),
        ("memory", _size(plan.memory.value), plan.memory.basis),
        ("resident at most", _size(plan.resident.value), plan.resident.basis),
        ("disk for OUT.work", _size(plan.work.value), plan.work.basis),
        ("disk for OUT", _size(plan.output.value), plan.output.basis),
    ]
    stages = [(it.name, seconds(it.value), it.basis) for it in plan.stages]
    return Section(
        "Estimates",
        (
            Table(("what", "about", "basis"), tuple(whole)),
            Table(("stage", "about", "basis"), tuple(stages)),
        ),
    )


def _near(plan: Plan) -> Section:
    layout = plan.layout
    fine = tuple(at / _FINE for at in range(_FINE + 1))
    curve = Curve("catch probability", fine, tuple(layout.catches(at) for at in fine))
    chart = Chart("Pairs caught as near copies", "Jaccard", "share caught", (curve,))
    caught = tuple((f"{at:.1f}", _caught(layout.catches(at))) for at in JACCARDS)
    return Section(
        "Near copies",
        (
            f"{layout.bands} bands × {layout.rows} {'row' if layout.rows == 1 else 'rows'}, as "
            "near.threshold and near.target_recall ask for on the sample's signatures. The run "
            "chooses on the whole dump, and may choose otherwise.",
            f"Some {layout.expected_pairs:,.0f} candidates by chance and by design; some "
            f"{plan.compared:,.0f} pairs to compare and {plan.pairs:,.0f} to list, by those inside "
            "the sample: each stands for as many as it was unlikely to be taken. Copies that "
            "stand far apart in the inputs are seldom both in a sample.",
            Table(("Jaccard", "caught"), caught),
            chart,
        ),
    )


def _basis(plan: Plan) -> str:
    return (
        f"{plan.sampled:,} articles were read and run through all stages on this machine, "
        "kernels loaded beforehand; their tables are gone. "
        + ("The articles were counted." if plan.counted else
           "Files that aren't counted are reckoned by bytes: rows read for the bytes they took.")
    )  # fmt: skip


def _files(plan: Plan) -> Table:
    shown = plan.files[:_SHOWN_FILES]
    rows: list[tuple[Cell, ...]] = [
        (
            it.label,
            it.bytes,
            None if it.rows is None else round(it.rows),
            _counted(it.exact),
            _READ[it.how],
        )
        for it in shown
    ]
    if left := plan.files[_SHOWN_FILES:]:
        ways = Counter(_READ[it.how] for it in left)
        how = ", ".join(f"{count:,} {way}" for way, count in sorted(ways.items()))
        known = round(sum(it.rows or 0 for it in left))
        rows.append((f"{len(left):,} more", sum(it.bytes for it in left), known, "", how))
    return Table(("input", "bytes", "rows", "known by", "sample"), tuple(rows))


def _counted(exact: bool) -> str:
    return "count" if exact else "bytes"


def as_text(page: Page, width: int) -> str:
    """A page in plain text; what comes from inputs is made safe."""
    lines = []
    for section in page.sections:
        lines += [section.heading.upper(), ""]
        for block in section.blocks:
            if isinstance(block, Table):
                lines += _table(block, width)
            elif isinstance(block, Chart):
                lines += in_terminal(block, min(width, 72), 16).split("\n")
            else:
                lines += _wrapped(plain(block), width)
            lines.append("")
    return "\n".join(lines).rstrip()


def _table(table: Table, width: int) -> list[str]:
    """Columns side by side, the last one folded."""
    cells = [[_cell(value) for value in row] for row in (table.columns, *table.rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(table.columns))]
    right = [table.numeric(at) for at in range(len(widths))]
    lines = []
    for row in cells:
        lead = "  ".join(
            text.rjust(size) if number else text.ljust(size)
            for text, size, number in zip(row[:-1], widths[:-1], right[:-1], strict=True)
        )
        first, *rest = _wrapped(row[-1], max(width - len(lead) - 2, 24)) or [""]
        lines.append(f"{lead}  {first}".rstrip())
        lines += [f"{' ' * len(lead)}  {text}" for text in rest]
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int | float) else plain(value)


def _shares(shares: tuple[Share, ...]) -> str:
    return ", ".join(f"{it.name} {_share(it.share)}" for it in shares if it.share)


def _share(value: float) -> str:
    return f"{value:.1%}".replace(".0%", "%")


def _caught(value: float) -> float:
    # Four nines must not read as certainty.
    return min(round(value, 4), 0.9999) if value < 1 else 1.0


def _size(value: float) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if value >= size:
            return f"{value / size:,.1f} {unit}"
    return f"{value / 1024:,.1f} KiB"
