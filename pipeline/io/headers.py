"""The first line of a CSV that a user wrote."""

import re
from collections.abc import Sequence

from pipeline.errors import InputError
from pipeline.io.columns import short

_AGAIN = re.compile(r"(.+)_duplicated_\d+")  # as polars names a column's second and later ones
_OTHERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def check_header(names: Sequence[str], label: str) -> None:
    """Nothing, if each column has a name of its own.

    Args:
        names: the columns, as polars reads them.
        label: what is read, for the message.

    Raises:
        InputError: a column stands there twice: which of the two counts can't be known.
    """
    for name in names:
        again = _AGAIN.fullmatch(name)
        if again and again[1] in names:
            raise InputError(f"{label}: has two columns called '{short(again[1])}'; leave one")


def separator_hint(names: Sequence[str]) -> str:
    """What to say further where needed columns are missing: another separator, if it seems so."""
    for mark, word in _OTHERS.items():
        if len(names) == 1 and mark in names[0]:
            return f"; its columns seem to be parted by {word}: part them by commas"
    return ""


def listed(names: Sequence[str]) -> str:
    """The columns there are, the first forty of them."""
    return ", ".join(map(short, names[:40])) or "none"
