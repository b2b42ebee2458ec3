"""Values → TOML; the standard library only reads it."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(values: Mapping[str, Any]) -> str:
    """A document that reads back as the same values.

    >>> print(toml_text({"a": 1, "b": {"c": "x", "d": [{"e": 0.5}]}}))
    a = 1
    <BLANKLINE>
    [b]
    c = "x"
    <BLANKLINE>
    [[b.d]]
    e = 0.5
    """
    return "\n".join(_section(values, ())).strip("\n")


def _section(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Plain values first: after a header, they would belong to that header."""
    lines = [f"{_key(k)} = {_value(v)}" for k, v in values.items() if not _nested(v)]
    for key, value in values.items():
        name = (*path, key)
        header = ".".join(map(_key, name))
        if isinstance(value, Mapping):
            lines += ["", f"[{header}]", *_section(value, name)]
        elif _nested(value):
            for item in value:
                lines += ["", f"[[{header}]]", *_section(item, name)]
    return lines


def _nested(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(item, Mapping) for item in value)
    )


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"{type(value).__name__} has no TOML form here")


def _string(text: str) -> str:
    return "".join(
        c if c.isprintable() else _escaped(c) for c in json.dumps(text, ensure_ascii=False)
    )


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
