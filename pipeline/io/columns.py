"""Which column of an input holds what: by the usual names, or as the config maps them."""

import re
from collections.abc import Iterable, Sequence

from pipeline.config import ColumnNames
from pipeline.errors import InputError

# In order of precedence; written without case, underscores, hyphens and spaces.
USUAL: dict[str, tuple[str, ...]] = {
    "article_id": ("articleid", "id", "docid", "documentid", "guid", "uuid"),
    "source": (
        "source", "publisher", "outlet", "sourcename", "publication", "newspaper", "sitename",
        "site", "sourcedomain", "domain",
    ),
    "published_at": (
        "publishedat", "datepublished", "datepublish", "publisheddate", "publishdate",
        "published", "pubdate", "publicationdate", "date", "datetime", "timestamp", "createdat",
    ),
    "title": ("title", "headline"),
    "author": ("author", "authors", "byline"),
    "url": ("url", "link", "canonicalurl"),
    "text": (
        "text", "content", "body", "articletext", "fulltext", "articlebody", "maintext",
        "plaintext", "article",
    ),
}  # fmt: skip
FIELDS = tuple(USUAL)
_RANKS = {name: (field, rank) for field, names in USUAL.items() for rank, name in enumerate(names)}
_SHOWN = 80
_SEPARATORS = re.compile(r"[_\-\s]+")


class ColumnMap:
    """Finds, among the columns there are, those that hold each field."""

    def __init__(self, mapped: ColumnNames) -> None:
        self.mapped = {f: name for f in FIELDS if (name := getattr(mapped, f))}

    def field_of(self, name: str) -> str | None:
        """The field that a column of this name holds by its usual meaning."""
        found = _RANKS.get(_plain(name))
        return found[0] if found and found[0] not in self.mapped else None

    def candidates(self, names: Iterable[str]) -> dict[str, list[str]]:
        """For each field its columns, the one that goes first in front."""
        columns: dict[str, list[str]] = {field: [] for field in FIELDS}
        there = sorted(set(names))
        for name in there:
            if field := self.field_of(name):
                columns[field].append(name)
        for field, found in columns.items():
            found.sort(key=lambda name: (_RANKS[_plain(name)][1], name != name.lower(), name))
            if field in self.mapped:
                columns[field] = [n for n in there if n == self.mapped[field]]
        return columns

    def require(self, names: Sequence[str], label: str) -> None:
        """Nothing, if the mapped columns and one for the text are among the names.

        Raises:
            InputError: one is missing; the message names the columns there are.
        """
        there = ", ".join(shown(name) for name in sorted(set(names))[:40]) or "none"
        for field, name in self.mapped.items():
            if name not in names:
                raise InputError(
                    f"{label} has no column '{shown(name)}' for {field}; its columns: {there}; "
                    f"set read.columns.{field} to the right one"
                )
        if not self.candidates(names)["text"]:
            raise InputError(
                f"{label} has no text column; its columns: {there}; "
                "name the one that holds the text in read.columns.text"
            )


def shown(name: str) -> str:
    """A name that can be printed: control, format and broken characters become escapes."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode("ascii")
        for c in name
    )


def short(text: object) -> str:
    """As `shown`, cut where it is longer than 80 characters."""
    told = shown(str(text)[: _SHOWN + 1])
    return told if len(told) <= _SHOWN else f"{told[:_SHOWN]}…"


def _plain(name: str) -> str:
    return _SEPARATORS.sub("", name).lower()
