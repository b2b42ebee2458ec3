"""Text from articles, ids and file names, made safe for a terminal and for a spreadsheet.

An id can hold an escape sequence that clears the screen or fakes a line, and a cell that begins
with "=" is a formula to a spreadsheet. A title can also look like rich's markup: nothing in
`pipeline.cli` prints through rich's markup, only through `rich.text.Text`.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

# Whole sequences go, not only their escape character, so that no "[31m" is left over.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# Format characters that shape letters (joiners) stay; the ones that reorder a line don't.
_KEPT = frozenset("\u200c\u200d")


def plain(text: object) -> str:
    """One line without escape sequences, control characters or characters that reorder it."""
    kept = _ESCAPES.sub("", str(text))
    kept = re.sub(r"\s+", " ", kept)
    return "".join(c for c in kept if c.isprintable() or c in _KEPT)


def message(text: object) -> str:
    """As `plain`, but the line breaks of a message of ours stay."""
    return "\n".join(plain(line) for line in str(text).split("\n"))


def cell(value: object) -> object:
    """A value for a CSV cell that no spreadsheet takes for a formula; numbers stay as they are."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if value.startswith(_FORMULA) or text.startswith(_FORMULA) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, each cell made safe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def json_text(value: Any, indent: int | None = None) -> str:
    """JSON in ASCII: exact values, with everything a terminal might act on escaped."""
    return json.dumps(value, ensure_ascii=True, indent=indent)
