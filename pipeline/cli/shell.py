"""A command to be copied from a terminal and run."""

import shlex
from collections.abc import Iterable

from pipeline.cli.safe import plain


def command(words: Iterable[str], arguments: Iterable[str]) -> str:
    """Our own words, then arguments that may be anything."""
    told = list(arguments)
    # An id may look like an option.
    apart = ["--"] if any(it.startswith("-") for it in told) else []
    return " ".join([*words, *apart, *map(argument, told)])


def argument(text: str) -> str:
    """One argument, quoted; what a terminal might act on, or hide, as escapes of bash and zsh."""
    if plain(text) == text:
        return shlex.quote(text)
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08x}"
