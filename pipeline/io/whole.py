"""A small file beside a run: written whole or not at all."""

import os
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.io.written import Written


def write_whole(path: Path, text: str, *, overwrite: bool = False) -> None:
    """Write a file; what stood at its place stays until all of it is on the disk.

    Raises:
        OutputError: something stands there, or it can't be written.
    """
    refuse_existing(path, overwrite=overwrite)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with Written(part) as file:
                file.write(text.encode())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror}") from error


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Before the work is done for nothing.

    Raises:
        OutputError: something stands there and isn't to be replaced, or there is no such folder.
    """
    if not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} exists; name another place, or replace it with --overwrite")
