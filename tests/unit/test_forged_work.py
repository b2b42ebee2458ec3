"""A journal that somebody else wrote makes a run compute again, never read or write elsewhere."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_work import again, run

from pipeline.io.journal import digest


def rewritten(folder: Path, change: Callable[[int, Any], Any]) -> None:
    """Change lines of the journal and hash them as they should be."""
    path = folder / "journal"
    lines = []
    for at, raw in enumerate(path.read_bytes().splitlines()):
        told = json.dumps(change(at, json.loads(raw.partition(b" ")[2]))).encode()
        lines.append(b"%s %s\n" % (digest(told).encode(), told))
    path.write_bytes(b"".join(lines))


def at_line(number: int, replace: Callable[[Any], Any]) -> Callable[[int, Any], Any]:
    return lambda at, line: replace(line) if at == number else line


def with_piece(name: str, piece: object) -> Callable[[Any], Any]:
    return lambda line: line | {"files": {**line["files"], name: piece}}


def with_ended(**told: object) -> Callable[[Any], Any]:
    return lambda line: line | {"ended": line["ended"] | told}


ARRAY = {"array": "second.numbers.bin", "kind": "<i8", "shape": [1000]}
# Of the 16 lines the first is the header, the eighth the end of the first step, the ninth that of
# the second.
FORGED = {
    "a list": (2, lambda _: [1]),
    "a number": (2, lambda _: 7),
    "nothing": (2, lambda _: None),
    "no step": (2, lambda line: {"files": line["files"]}),
    "a step that is no name": (2, lambda line: line | {"step": ["first"]}),
    "no files": (2, lambda line: {"step": "first", "done": 14}),
    "files in a list": (2, lambda line: line | {"files": [*line["files"]]}),
    "an absolute name": (2, with_piece("/etc/hostname", [0, 0, "2d06800538d394c2"])),
    "a name above": (2, with_piece("../x.bin", [0, 0, "2d06800538d394c2"])),
    "two numbers": (2, with_piece("first.sizes.bin", [0, 0])),
    "a negative start": (2, with_piece("first.sizes.bin", [-8, 0, ""])),
    "an end before the start": (2, with_piece("first.sizes.bin", [8, 0, ""])),
    "a gap": (2, with_piece("first.sizes.bin", [8, 8, "2d06800538d394c2"])),
    "another column": (2, with_piece("first.other.bin", [0, 0, "2d06800538d394c2"])),
    "no rows done": (2, lambda line: {k: v for k, v in line.items() if k != "done"}),
    "rows done in words": (6, lambda line: line | {"done": "all"}),
    "an end that is a list": (7, lambda line: line | {"ended": []}),
    "an end without zeros": (7, lambda line: line | {"files": {}}),
    "an unknown field": (8, with_ended(further={"value": 1})),
    "no field": (8, lambda line: line | {"ended": {}}),
    "a field that is a number": (8, with_ended(numbers=5)),
    "a value for an array": (8, with_ended(numbers={"value": [1]})),
    "an array for a frame": (8, with_ended(frame=ARRAY)),
    "too long": (8, with_ended(numbers=ARRAY | {"shape": [1001]})),
    "too short": (8, with_ended(numbers=ARRAY | {"shape": [999]})),
    "negative lengths": (8, with_ended(numbers=ARRAY | {"shape": [-10, -100]})),
    "lengths in words": (8, with_ended(numbers=ARRAY | {"shape": ["1000"]})),
    "objects": (8, with_ended(numbers=ARRAY | {"kind": "|O"})),
    "no type": (8, with_ended(numbers=ARRAY | {"kind": "<<"})),
    "another step's file": (8, with_ended(numbers=ARRAY | {"array": "first.sizes.bin"})),
    "a file above": (8, with_ended(numbers=ARRAY | {"array": "../second.numbers.bin"})),
    "an array as a frame": (8, with_ended(frame={"frame": "second.numbers.bin"})),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_cannot_have_been_noted_is_computed_again(tmp_path, what):
    folder = tmp_path / "work"
    run(folder, [])
    rewritten(folder, at_line(*FORGED[what]))
    assert again(folder)


def test_an_honest_journal_is_followed(tmp_path):
    run(tmp_path / "work", [])
    rewritten(tmp_path / "work", lambda _, line: line)
    assert again(tmp_path / "work") == []
