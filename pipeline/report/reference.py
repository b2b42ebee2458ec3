"""The README's table reference, from the declarations: `python -m pipeline.report.reference`."""

import sys

import polars as pl

from pipeline.tables import TABLES, Column, Table


def table_reference() -> str:
    """Markdown: a section per table with its key and a line per column."""
    return "\n\n".join(_section(table) for table in TABLES.values()) + "\n"


def _section(table: Table) -> str:
    head = f"#### `{table.name}`\n\n{table.about} Key: {', '.join(f'`{k}`' for k in table.key)}."
    rows = [
        f"| `{name}` | {_kind(column)} | {column.about} |" for name, column in table.columns.items()
    ]
    return "\n".join([head, "", "| column | type | meaning |", "|---|---|---|", *rows])


def _kind(column: Column) -> str:
    return _name(column.dtype) + (", nullable" if column.nullable else "")


def _name(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        inner = dtype.inner
        return "list of structs" if isinstance(inner, pl.Struct) else f"list of {_name(inner)}"  # type: ignore[arg-type]
    if isinstance(dtype, pl.Datetime):
        return "datetime, µs, UTC"
    return {"String": "string", "Duration": "duration, µs"}.get(
        type(dtype).__name__, type(dtype).__name__.lower()
    )


if __name__ == "__main__":
    sys.stdout.write(table_reference())
