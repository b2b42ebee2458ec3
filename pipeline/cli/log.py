"""What a command says on standard error: lines for people, or one JSON object each.

A reader of standard error that goes away never stops a run.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from enum import StrEnum

from pipeline.cli.safe import json_text, message


class LogFormat(StrEnum):
    """How log lines look."""

    TEXT = "text"
    JSON = "json"


class Log:
    """Lines on standard error.

    Attributes:
        write: where a finished line goes; a live display puts its own in place.
    """

    def __init__(
        self, style: LogFormat = LogFormat.TEXT, *, quiet: bool = False, verbose: bool = False
    ) -> None:
        self.style = style
        self.quiet = quiet
        self.verbose = verbose and not quiet
        self.write: Callable[[str], None] = _to_stderr

    def info(self, text: str, **fields: object) -> None:
        """A line about how the work goes; `fields` are what JSON gives in its place."""
        if not self.quiet:
            self._line("info", text, fields)

    def detail(self, text: str, **fields: object) -> None:
        """As `info`, with --verbose only."""
        if self.verbose:
            self._line("debug", text, fields)

    def warn(self, text: str) -> None:
        """Something the user should know, also with --quiet."""
        self._line("warning", text, {})

    def error(self, text: str) -> None:
        """Why the command stopped."""
        if self.style is LogFormat.JSON:
            self._line("error", text, {})
        else:
            self.write(message(f"stemma: {text}"))

    def _line(self, level: str, text: str, fields: dict[str, object]) -> None:
        if self.style is LogFormat.JSON:
            now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            told = {"time": now, "level": level, "message": text, **fields}
            self.write(json_text(told))
        else:
            mark = "warning: " if level == "warning" else ""
            self.write(message(f"{time.strftime('%H:%M:%S')} {mark}{text}"))


def _to_stderr(line: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
