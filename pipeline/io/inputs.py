"""What the user names → the files to read: folders walked, patterns expanded, links checked."""

import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.columns import shown

STDIN = "-"
STDIN_LABEL = "standard input"
_KINDS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "csv",
    ".parquet": "parquet", ".pq": "parquet", ".txt": "note", ".md": "note",
    ".html": "page", ".htm": "page", ".warc": "warc",
}  # fmt: skip
_PACKED = ("jsonl", "json", "csv", "warc")
_KNOWN = (
    ".jsonl, .ndjson, .json, .csv, .tsv (each also .gz or .zst), .parquet, .txt, .md, .html, "
    ".warc, .warc.gz, or a folder of these"
)


@dataclass(frozen=True)
class Found:
    """A file to read; `relative` is its path inside the folder that was named, if one was."""

    path: Path
    label: str
    kind: str
    explicit: bool
    relative: str | None = None


@dataclass
class Findings:
    """What the inputs came to."""

    files: list[Found] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    rejects: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def found_inputs(inputs: Sequence[str | Path], options: Read) -> Iterator[Findings]:
    """The files that the inputs name, each once, in order of their labels.

    Standard input is spooled to a temporary file, which is gone after the block.

    Raises:
        InputError: an input doesn't exist, matches nothing, or is of an unknown kind.
    """
    if not inputs:
        raise InputError("no inputs given")
    with tempfile.TemporaryDirectory(prefix="stemma-") as spool:
        findings = Findings()
        for name in inputs:
            _find(str(name), options, findings, Path(spool))
        findings.files = _each_once(findings.files)
        findings.skipped = sorted(set(findings.skipped))
        findings.rejects = sorted(set(findings.rejects))
        yield findings


def _find(name: str, options: Read, findings: Findings, spool: Path) -> None:
    if name == STDIN:
        findings.files.append(_spooled(spool))
    elif os.path.lexists(name):
        _add(Path(name), options, findings, matched=False)
    elif glob.has_magic(name):
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 -- absolute patterns too
        if not matches:
            raise InputError(f"no file matches {shown(name)}")
        for match in matches:
            _add(Path(match), options, findings, matched=True)
    else:
        raise InputError(f"{shown(name)} not found")


def _spooled(spool: Path) -> Found:
    path = spool / "stdin"
    if not sys.stdin:  # closed by the shell, as in <&-
        raise InputError(f"{STDIN_LABEL} is closed")
    if not path.exists():
        try:
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        except OSError as error:
            raise InputError(
                f"{STDIN_LABEL} can't be kept in {spool.parent}: {error.strerror}; "
                "set TMPDIR to a folder with more space"
            ) from error
    return Found(path, STDIN_LABEL, "jsonl", explicit=True)


def _add(path: Path, options: Read, findings: Findings, *, matched: bool) -> None:
    label = shown(str(path))
    if path.is_dir():
        _add_folder(path, label, options, findings)
    elif not path.exists():
        raise InputError(f"{label} is a symbolic link to nothing")
    elif not path.is_file():
        raise InputError(f"{label} is a pipe or device; give its contents on standard input, as -")
    elif kind := _kind(path.name):
        findings.files.append(Found(path, label, kind, explicit=not matched))
    elif matched:
        findings.skipped.append(f"{label}: not an article file")
    else:
        raise InputError(f"{label} is of an unknown kind; stemma reads {_KNOWN}")


def _kind(name: str) -> str | None:
    name = name.lower()
    plain = name.removesuffix(".gz").removesuffix(".zst")
    kind = _KINDS.get(PurePosixPath(plain).suffix)
    return kind if plain == name or kind in _PACKED else None


def _add_folder(folder: Path, label: str, options: Read, findings: Findings) -> None:
    walk = _Walk(folder, options)
    walk.run()
    findings.files += walk.files
    findings.skipped += walk.skipped
    findings.rejects += walk.rejects
    if not walk.files and not walk.rejects:
        reasons = "; ".join(sorted(walk.skipped)[:10]) or "nothing, it is empty"
        findings.rejects.append((label, f"holds no article files; skipped: {reasons}"))


class _Walk:
    """One folder's files. No recursion: a folder may be nested deeper than Python's stack."""

    def __init__(self, folder: Path, options: Read) -> None:
        self.folder = folder
        self.root = os.path.realpath(folder)
        self.follow = options.follow_symlinks
        self.files: list[Found] = []
        self.skipped: list[str] = []
        self.rejects: list[tuple[str, str]] = []
        self._visited = {self.root}
        self._folders = [str(folder)]

    def run(self) -> None:
        while self._folders:
            folder = self._folders.pop()
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                self._refuse(folder, error)
                continue
            for entry in listed:
                try:
                    self._visit(entry)
                except OSError as error:  # a link that leads to itself, or where none may look
                    self._refuse(entry.path, error)

    def _refuse(self, path: str, error: OSError) -> None:
        self.rejects.append((shown(path), f"can't be read: {error.strerror}"))

    def _visit(self, entry: os.DirEntry[str]) -> None:
        label = shown(entry.path)
        if entry.name.startswith("."):
            self.skipped.append(f"{label}: hidden")
        elif entry.is_symlink() and not self._may_follow(entry.path):
            self.rejects.append((label, "is a symbolic link that leads out of the folder "
                                        "(read.follow_symlinks)"))  # fmt: skip
        elif entry.is_dir():
            self._enter(entry)
        elif not entry.is_file():
            self.skipped.append(f"{label}: not a regular file")
        elif kind := _kind(entry.name):
            relative = shown(Path(entry.path).relative_to(self.folder).as_posix())
            self.files.append(Found(Path(entry.path), label, kind, explicit=False,
                                    relative=relative))  # fmt: skip
        else:
            self.skipped.append(f"{label}: not an article file")

    def _may_follow(self, path: str) -> bool:
        target = os.path.realpath(path)
        return self.follow or os.path.commonpath([self.root, target]) == self.root

    def _enter(self, entry: os.DirEntry[str]) -> None:
        # A link to a folder inside is passed over: its files are met where they are.
        if entry.is_symlink() and not self.follow:
            self.skipped.append(f"{shown(entry.path)}: symbolic link to a folder")
            return
        target = os.path.realpath(entry.path)
        if target not in self._visited:
            self._visited.add(target)
            self._folders.append(entry.path)


def _each_once(files: list[Found]) -> list[Found]:
    """Files by label. Of one file named twice, the folder's view stays: it knows the sub-folder."""
    chosen: dict[str, Found] = {}
    for found in sorted(files, key=lambda f: (f.relative is None, f.label)):
        first = chosen.setdefault(os.path.realpath(found.path), found)
        if found.explicit and not first.explicit:
            chosen[os.path.realpath(found.path)] = replace(first, explicit=True)
    return sorted(chosen.values(), key=lambda f: (f.label, os.fsencode(f.path)))
