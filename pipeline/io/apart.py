"""Inputs and output kept apart."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.io.claim import replaced_of, work_of
from pipeline.io.inputs import STDIN


def keep_apart(out: str | Path, inputs: Iterable[str | Path]) -> None:
    """See to it that the output can't be taken for input, nor replace a file that is read.

    Raises:
        OutputError: they overlap.
    """
    target = Path(os.path.realpath(out))
    passing = (work_of(target), replaced_of(target))
    for name in inputs:
        for path in _named(str(name)):
            real = Path(os.path.realpath(path))
            if real == target:
                raise OutputError(f"{out} is an input; name another folder with -o")
            if real in target.parents:
                raise OutputError(f"{out} lies inside the input {path}; name a folder outside it")
            if target in real.parents:
                raise OutputError(f"the input {path} lies inside {out}; name another with -o")
            if own := {real, *real.parents}.intersection(passing):
                raise OutputError(
                    f"the input {path} lies in {min(own)}, which a run to {out} takes away; "
                    "name another folder with -o"
                )


def _named(name: str) -> list[str]:
    if name == STDIN:
        return []
    found = glob.glob(name, recursive=True)  # noqa: PTH207 -- absolute patterns too
    return [name] if os.path.lexists(name) else found
