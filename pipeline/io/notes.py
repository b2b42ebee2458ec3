"""Plain text and Markdown: one article per file, with optional front matter."""

from collections.abc import Iterator

from pipeline.config import Read
from pipeline.io.batch import WHOLE, Batch, decode, from_rows, pick, refused
from pipeline.io.columns import ColumnMap
from pipeline.io.jsonl import too_long
from pipeline.io.lines import utf8
from pipeline.io.sources import MEGABYTE, Source

_FENCE = "---"


def read_note(source: Source, options: Read) -> Iterator[Batch]:
    """The one article of a text file.

    Front matter is lines of `key: value` between two lines of `---`; nothing more of YAML is
    understood, and a block that holds anything else is a part of the text.
    """
    data = whole(source, options)
    if data is None:
        yield refused(WHOLE, too_long(options))
        return
    matter, text = _split(decode(data))
    columns = ColumnMap(options.columns)
    # Without the text's names: a key "content" in front matter says what kind it is.
    fields = columns.candidates(matter) | {"text": []}
    yield from_rows([(WHOLE, pick(matter, fields) | {"text": text})], [])


def whole(source: Source, options: Read) -> bytes | None:
    """The contents of a small file; None if they're over the limit for one article."""
    held, limit, parts = 0, options.max_article_mb * MEGABYTE, []
    for block in utf8(source.blocks()):
        held += len(block)
        if held <= limit:
            parts.append(block)
    return b"".join(parts) if held <= limit else None


def _split(text: str) -> tuple[dict[str, str], str]:
    """Front matter and the text after it."""
    first = text.partition("\n")[0]
    if first.rstrip() != _FENCE:
        return {}, text
    matter: dict[str, str] = {}
    at = len(first) + 1
    while at < len(text):
        end = text.find("\n", at)
        line, at = (text[at:end], end + 1) if end >= 0 else (text[at:], len(text))
        if line.rstrip() == _FENCE:
            return matter, text[at:]
        key, colon, value = line.partition(":")
        if line.strip() and not line.lstrip().startswith("#"):
            if not colon or not key.strip():
                return {}, text
            matter.setdefault(key.strip(), _unquoted(value.strip()))
    return {}, text


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
