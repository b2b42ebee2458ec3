"""An output folder that appears whole or not at all.

Everything is written to `OUT.work` beside it and moved into place in one step, so a full disk, a
kill or Ctrl-C leaves what was there before. What a stopped run has finished stays in `OUT.work` for
the next one to resume.
"""

import contextlib
import json
import os
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pipeline.errors import OutputError, unwrapped
from pipeline.io.claim import LOCK, STEPS, check_safe, holds, is_empty, locked, replaced_of, work_of
from pipeline.tables import TABLES

RUN_FILE = "run.json"
STATE = "state"
MARK = "stemma"
# A lock and steps stay where a run is killed just after it moved its output into place.
_OURS = {
    *(RUN_FILE, STATE, "report", "report.html", LOCK, STEPS),
    *(f"{name}.parquet" for name in TABLES),
}


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
        self.work = work_of(self.out)
        self._old = replaced_of(self.out)
        self.steps = self.work / STEPS
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
            self._finish()
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
        if error is not None and self._holds_work() and (before or _from_outside(error)):
            self.kept = self._has_steps()
        self._release(keep=self.kept)

    def _holds_work(self) -> bool:
        # When the folder has been published, the name may be another run's.
        return self._lock >= 0 and holds(self._lock, self.work / LOCK)

    def _has_steps(self) -> bool:
        return self.steps.is_dir() and any(self.steps.iterdir())

    def publish(self) -> None:
        """Move the finished work folder into place.

        Raises:
            OutputError: something else appeared there meanwhile.
            OSError: the folder can't be renamed; what was there stays or is put back.
        """
        self._check_vacant()
        sync(self.work)
        self._swap()
        # Only now: until here a run that is stopped can be resumed, and no other can take over.
        sync(self.out.parent)
        _tidy(self.out)
        os.close(self._lock)
        self._lock = -1
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

    def _finish(self) -> None:
        """Do the rest for a run that died just after it moved its output into place."""
        lock = self.out / LOCK
        if is_run(self.out) and lock.is_file() and not lock.is_symlink():
            with contextlib.suppress(OSError):
                number = locked(lock)
                _tidy(self.out)
                os.close(number)

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
        try:
            if os.path.lexists(self.work):
                self._take_over()
            else:
                # Whatever the umask: only their owner may write to steps that are resumed.
                self.work.mkdir(0o755)
            if self._lock < 0:
                self._lock = locked(self.work / LOCK, os.O_CREAT)
        except (BlockingIOError, FileExistsError):
            raise OutputError(f"another run is writing to {self.given}") from None

    def _take_over(self) -> None:
        """Lock what a dead run left."""
        lock = self.work / LOCK
        ours = lock.is_file() or is_empty(self.work) or is_run(self.work)
        if self.work.is_symlink() or not ours:
            raise OutputError(f"{self.work} is in the way and isn't stemma's; move it elsewhere")
        check_safe(self.work)
        if os.path.lexists(self.steps):
            check_safe(self.steps, entries=self._resume)
        if lock.is_file():
            self._lock = locked(lock)
        self.found = self._has_steps()

    def _clear(self) -> None:
        """What a dead run left goes away, but for its steps where they are to be resumed."""
        kept = {LOCK, STEPS} if self._resume and self.found else {LOCK}
        for path in self.work.iterdir():
            if path.name not in kept:
                _remove(path)

    def _release(self, *, keep: bool) -> None:
        if self._lock >= 0:
            if not keep and self._holds_work():
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


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _tidy(out: Path) -> None:
    """Take out what a published output doesn't need: the lock last, for it tells of the rest."""
    shutil.rmtree(out / STEPS, ignore_errors=True)
    (out / LOCK).unlink(missing_ok=True)
