"""An output folder that appears whole or not at all.

Everything is written to `OUT.work` beside it and moved into place in one step, so a full disk, a
kill or Ctrl-C leaves what was there before. What a stopped run has finished stays in `OUT.work` for
the next one to resume.
"""

import fcntl
import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.errors import OutputError, unwrapped
from pipeline.tables import TABLES

RUN_FILE = "run.json"
STATE = "state"
MARK = "stemma"
_LOCK = "stemma.lock"
_STEPS = "steps"
_OURS = {RUN_FILE, STATE, "report", "report.html", *(f"{name}.parquet" for name in TABLES)}


class Folder:
    """The place of a run's output, claimed before any work is done.

    As a context manager it holds `work`, which goes when the run ends: into place, away, or, where
    the run was stopped, nowhere.

    Attributes:
        out: the folder to be, with links resolved.
        work: where files go until then.
        steps: where a run keeps its intermediate results.
        found: whether a stopped run's were found.
        kept: whether they were left for a next run.
    """

    def __init__(self, out: str | Path, *, overwrite: bool = False, resume: bool = False) -> None:
        self.given = str(out)
        self.out = Path(os.path.realpath(out))
        self.work = self.out.with_name(f"{self.out.name}.work") if self.out.name else self.out
        self._old = self.out.with_name(f".{self.out.name}.replaced") if self.out.name else self.out
        self.steps = self.work / _STEPS
        self.found = self.kept = False
        self._overwrite = overwrite
        self._resume = resume
        self._lock = -1

    def __enter__(self) -> Self:
        if os.path.ismount(self.out):
            raise OutputError(
                f"{self.given} is a mount point, which can't be replaced in one step; "
                f"name a folder inside it, as {self.given.rstrip('/')}/run"
            )
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            self._claim()
            self._recover()
            self._check_vacant()
            self._clear()
        except OSError as error:
            self._release(keep=self.found)
            raise self._refused(error) from error
        except BaseException:
            self._release(keep=self.found)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After an error that would come again, only what was there before is left.
        before = self._resume and self.found
        if error is not None and self._lock >= 0 and (before or _from_outside(error)):
            self.kept = self._has_steps()
        self._release(keep=self.kept)

    def _has_steps(self) -> bool:
        return self.steps.is_dir() and any(self.steps.iterdir())

    def publish(self) -> None:
        """Move the finished work folder into place.

        Raises:
            OutputError: something else appeared there meanwhile.
            OSError: the folder can't be renamed; what was there stays or is put back.
        """
        self._check_vacant()
        shutil.rmtree(self.steps, ignore_errors=True)
        (self.work / _LOCK).unlink()
        sync(self.work)
        self._swap()
        os.close(self._lock)
        self._lock = -1
        sync(self.out.parent)
        shutil.rmtree(self._old, ignore_errors=True)

    def _swap(self) -> None:
        try:
            if self._overwrite and self.out.exists():
                self.out.rename(self._old)
            self.work.rename(self.out)
        except BaseException:
            self._recover()
            raise

    def _recover(self) -> None:
        """Undo or finish the replacement that a run died in, or failed at."""
        if self._old.is_dir() and not {path.name for path in self._old.iterdir()} <= _OURS:
            raise OutputError(f"{self._old} is in the way and isn't stemma's; move it elsewhere")
        if self._old.exists() and not self.out.exists():
            self._old.rename(self.out)
        elif self._old.exists():
            shutil.rmtree(self._old)

    def _check_vacant(self) -> None:
        if not os.path.lexists(self.out):
            return
        if not self.out.is_dir():
            raise OutputError(f"{self.given} is a file; -o names the folder to write")
        present = {path.name for path in self.out.iterdir()}
        if not present:
            return
        if self._resume and not self.found and is_run(self.out) and not self._overwrite:
            raise OutputError(f"nothing to resume: the run at {self.given} is finished")
        if not self._overwrite:
            raise OutputError(
                f"{self.given} exists and isn't empty; name another folder, or add --overwrite "
                "to replace an earlier run"
            )
        if not is_run(self.out):
            raise OutputError(f"{self.given} isn't a stemma output; refused to overwrite it")
        if foreign := sorted(present - _OURS):
            raise OutputError(
                f"{self.given} also holds what no run wrote ({', '.join(foreign[:3])}); move that "
                "elsewhere before overwriting"
            )

    def _claim(self) -> None:
        if os.path.lexists(self.work):
            self._take_over()
        self.work.mkdir(exist_ok=True)
        try:
            if self._lock < 0:
                self._lock = _locked(self.work / _LOCK, os.O_CREAT)
        except OSError:
            shutil.rmtree(self.work, ignore_errors=True)
            raise

    def _take_over(self) -> None:
        """Lock what a dead run left."""
        lock = self.work / _LOCK
        # A run that dies while it moves its output into place has let go of the lock.
        ours = lock.is_file() or _is_empty(self.work) or is_run(self.work)
        if self.work.is_symlink() or not ours:
            raise OutputError(f"{self.work} is in the way and isn't stemma's; move it elsewhere")
        if lock.is_file():
            try:
                self._lock = _locked(lock)
            except BlockingIOError:
                raise OutputError(f"another run is writing to {self.given}") from None
        self.found = self._has_steps() and not self.steps.is_symlink()

    def _clear(self) -> None:
        """What a dead run left goes away, but for its steps where they are to be resumed."""
        kept = {_LOCK, _STEPS} if self._resume and self.found else {_LOCK}
        for path in self.work.iterdir():
            if path.name not in kept:
                _remove(path)

    def _release(self, *, keep: bool) -> None:
        # Without the lock the folder has been published, and the name may be another run's.
        if self._lock >= 0:
            if not keep:
                shutil.rmtree(self.work, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def _refused(self, error: OSError) -> OutputError:
        reason = error.strerror or str(error)
        return OutputError(
            f"can't write in {self.out.parent}: {reason}; name another folder with -o"
        )


def is_run(folder: Path) -> bool:
    """Whether a folder holds a stemma run."""
    try:
        run: Any = json.loads((folder / RUN_FILE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(run, dict) and MARK in run


def sync(path: Path) -> None:
    """Have the disk hold a file, or a folder's entries, before going on."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _from_outside(error: BaseException) -> bool:
    """Was a run stopped from outside, or by the machine?"""
    cause = unwrapped(error)
    return not isinstance(cause, Exception) or isinstance(
        cause, OSError | MemoryError | OutputError
    )


def _locked(path: Path, flags: int = 0) -> int:
    number = os.open(path, os.O_RDWR | flags, 0o644)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(number)
        raise
    return number


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
