"""`python -m pipeline`, the same as the command `stemma`."""

import contextlib
import io
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from pipeline.errors import StemmaError

BUG = 70


def main() -> None:
    """Run the command line and exit with its code."""
    _set_up()
    try:
        from pipeline.cli.app import app  # noqa: PLC0415 -- Ctrl-C may come during the import

        app(prog_name="stemma")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except SystemExit:
        raise
    except StemmaError as error:
        _say(f"stemma: {error}")
        sys.exit(1)
    except BaseException:  # noqa: BLE001 -- a panic of a compiled library isn't an Exception
        _report_bug()


def _set_up() -> None:
    # A terminate must unwind as Ctrl-C does, so that what was done is kept and told.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, _terminated)
    # None: closed by the shell, as in >&-.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")


def _terminated(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- signature
    sys.exit(128 + number)


def _report_bug() -> NoReturn:
    told = traceback.format_exc()
    _say(f"{told}stemma: this is a bug in stemma; please report it with the lines above")
    sys.exit(BUG)


def _say(text: str) -> None:
    safe = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{safe}\n")


if __name__ == "__main__":
    main()
