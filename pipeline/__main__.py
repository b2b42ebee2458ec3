"""`python -m pipeline`, the same as the command `stemma`."""

import contextlib
import io
import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and exit with its code."""
    from pipeline.cli.app import app  # noqa: PLC0415 -- signals and streams come first

    app(prog_name="stemma")


def _set_up() -> None:
    # A terminate must unwind like Ctrl-C does, so that no work folder is left behind.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with contextlib.suppress(OSError):
        os.nice(0)


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
