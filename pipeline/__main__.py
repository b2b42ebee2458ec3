"""`python -m pipeline`, the same as the command `stemma`."""

import contextlib
import io
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

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
    except BaseException:  # noqa: BLE001 -- a panic of a compiled library isn't an Exception
        _report_bug()


def _set_up() -> None:
    # A terminate must unwind as Ctrl-C does, so that no work folder is left behind.
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _terminated(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 -- signature
    sys.exit(128 + number)


def _report_bug() -> NoReturn:
    with contextlib.suppress(OSError):
        traceback.print_exc()
        sys.stderr.write("stemma: this is a bug in stemma; please report it with the lines above\n")
    sys.exit(BUG)


if __name__ == "__main__":
    main()
