"""Claiming a work folder: the lock that one run holds, and what of a dead run can be trusted."""

import fcntl
import os
import stat
from pathlib import Path

from pipeline.errors import OutputError

LOCK = "stemma.lock"
STEPS = "steps"


def work_of(out: Path) -> Path:
    """Where a run's files go until they are moved to `out`."""
    return out.with_name(f"{out.name}.work") if out.name else out


def replaced_of(out: Path) -> Path:
    """Where an earlier output is for the moment that it is being replaced."""
    return out.with_name(f".{out.name}.replaced") if out.name else out


def locked(path: Path, flags: int = 0) -> int:
    """Take the lock in a file; its number.

    Raises:
        BlockingIOError: another run has it, or has just moved it into place.
    """
    number = os.open(path, os.O_RDWR | os.O_NOFOLLOW | flags, 0o644)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not holds(number, path):
            raise BlockingIOError
    except BaseException:
        os.close(number)
        raise
    return number


def holds(number: int, path: Path) -> bool:
    """Is the open file still the one at this path?"""
    try:
        return os.path.samestat(os.fstat(number), path.lstat())
    except FileNotFoundError:
        return False


def check_safe(folder: Path, *, entries: bool = False) -> None:
    """See to it that nobody else can have put into a folder what a run would write through.

    Args:
        folder: a dead run's.
        entries: whether its files are to be used, and so must be plain files of one name.

    Raises:
        OutputError: somebody can, or did.
    """
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _unsafe(folder, "isn't a folder")
    if status.st_uid != os.geteuid():
        raise _unsafe(folder, "belongs to another user")
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise _unsafe(folder, "can be written to by other users")
    for path in folder.iterdir() if entries else ():
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
            raise _unsafe(path, "isn't a plain file of one name, as a run makes them")


def _unsafe(path: Path, reason: str) -> OutputError:
    return OutputError(f"{path} {reason}, and can't be trusted; move it elsewhere")


def is_empty(folder: Path) -> bool:
    """Is it a folder that holds nothing?"""
    return folder.is_dir() and not any(folder.iterdir())
