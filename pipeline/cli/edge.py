"""Where errors become messages and exit codes, once for all commands.

0 done · 1 something the user can mend · 2 wrong usage · 70 a bug · 130 interrupted
"""

import contextlib
import errno
import os
import signal
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from pipeline.cli.log import Log
from pipeline.errors import OutputError, StemmaError, unwrapped

MENDABLE = 1
# A machine that has run out of something; any other of the system's errors is a bug here.
_MACHINE = (
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE,
    errno.ENOMEM,
)  # fmt: skip


class Commands(TyperGroup):
    """The group of all commands."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what it raises becomes a message and a code."""
        try:
            return super().invoke(ctx)
        except StemmaError as error:
            _log_of(ctx).error(str(error))
            raise typer.Exit(MENDABLE) from error
        except OSError as error:
            if error.errno not in _MACHINE:
                raise
            _log_of(ctx).error(f"{error.strerror}{f': {error.filename}' if error.filename else ''}")
            raise typer.Exit(MENDABLE) from error
        except MemoryError as error:
            _log_of(ctx).error("not enough memory; try fewer inputs, --threads 1 or -c bulk")
            raise typer.Exit(MENDABLE) from error
        except (KeyboardInterrupt, SystemError) as error:
            cause = unwrapped(error)
            if isinstance(cause, SystemExit):
                raise cause from error
            if not isinstance(cause, KeyboardInterrupt):
                raise
            _log_of(ctx).error("interrupted")
            raise typer.Exit(128 + signal.SIGINT) from error


def show(text: str) -> None:
    """Put a command's answer on standard output.

    Raises:
        OutputError: standard output can't be written; a reader that has gone away is no error.
    """
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _hush()
    except OSError as error:
        _hush()
        raise OutputError(f"standard output: {error.strerror}") from error


def _hush() -> None:
    """Send what is still buffered nowhere, so that Python's last flush doesn't fail."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def _log_of(ctx: Any) -> Log:
    return ctx.obj if isinstance(ctx.obj, Log) else Log()
