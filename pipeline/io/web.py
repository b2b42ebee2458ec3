"""Web pages, single and in WARC archives: main text and metadata by trafilatura, offline."""

import logging
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pipeline.config import Read
from pipeline.errors import MissingExtraError
from pipeline.io.batch import WHOLE, Batch, Reject, from_rows, refused
from pipeline.io.columns import shown
from pipeline.io.jsonl import too_long
from pipeline.io.notes import whole
from pipeline.io.sources import MEGABYTE, Source

_ROWS = 100
_HTML = ("text/html", "application/xhtml+xml")


def read_page(source: Source, options: Read) -> Iterator[Batch]:
    """The one article of an HTML file.

    Raises:
        MissingExtraError: the extra `web` isn't installed.
    """
    trafilatura = _trafilatura()
    data = whole(source, options)
    if data is None:
        yield refused(WHOLE, too_long(options))
        return
    row, reason = _extract(trafilatura, data, None, options)
    yield from_rows([(WHOLE, row)], []) if row else refused(WHOLE, reason)


def read_warc(source: Source, options: Read) -> Iterator[Batch]:
    """Batches of the HTML responses in a WARC file; other records are passed over.

    Raises:
        MissingExtraError: the extra `web` isn't installed.
    """
    trafilatura, warc = _trafilatura(), _fastwarc()
    rows: list[tuple[str, dict[str, Any]]] = []
    rejects: list[Reject] = []
    for record in _pages(warc, _Stream(source), rejects):
        locator = shown(str(record.record_id or record.stream_pos))[:200]
        row, reason = _from_record(trafilatura, record, options)
        if row:
            rows.append((locator, row))
        else:
            rejects.append((locator, reason))
        if len(rows) + len(rejects) >= _ROWS:
            yield from_rows(rows, rejects)
            rows, rejects[:] = [], []
    yield from_rows(rows, rejects)


def _pages(warc: ModuleType, stream: "_Stream", rejects: list[Reject]) -> Iterator[Any]:
    """The archive's HTML responses; where it is broken, it ends with a reject."""
    kinds = warc.WarcRecordType.response
    try:
        for record in warc.ArchiveIterator(stream, record_types=kinds):
            if (record.http_content_type or "").lower() in _HTML:
                yield record
    except (OSError, ValueError):
        rejects.append((WHOLE, "holds broken WARC records: reading stopped there"))
    except BaseException as error:
        # A failure inside fastwarc comes as a PanicException, which isn't an Exception.
        if type(error).__name__ != "PanicException":
            raise
        rejects.append((WHOLE, "holds a WARC record that fastwarc fails on: reading stopped"))
    stream.drain()


def _from_record(
    trafilatura: ModuleType,
    record: Any,
    options: Read,
) -> tuple[dict[str, Any], str]:
    limit = int(options.max_article_mb * MEGABYTE)
    data = record.reader.read(limit + 1)
    if len(data) > limit:
        return {}, too_long(options)
    url = record.headers.get("WARC-Target-URI")
    row, reason = _extract(trafilatura, data, url.strip("<>") if url else None, options)
    return row and row | {"article_id": str(record.record_id).strip("<>")}, reason


def _extract(
    trafilatura: ModuleType, data: bytes, url: str | None, options: Read
) -> tuple[dict[str, Any], str]:
    """The fields of a page, or none and the reason."""
    dates = {
        "original_date": True,
        "extensive_search": False,
        "min_date": options.earliest_date.isoformat(),
        "max_date": options.latest_date.isoformat(),
    }
    try:
        page = trafilatura.bare_extraction(
            data, url=url, with_metadata=True, include_comments=False, date_extraction_params=dates
        )
    except Exception as error:  # noqa: BLE001 -- hostile pages find every bug of a parser
        return {}, f"its HTML can't be read: {type(error).__name__}"
    if page is None or not page.text:
        return {}, "holds no article text"
    return {
        "source": page.sitename or page.hostname or _host(url),
        "published_at": page.date,
        "title": page.title,
        "author": page.author,
        "url": page.url or url,
        "text": page.text,
    }, ""


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _trafilatura() -> ModuleType:
    try:
        import trafilatura  # noqa: PLC0415 -- an optional extra
    except ImportError as error:
        raise MissingExtraError("reading web pages", "web") from error
    # It reports each page it can't read; the rejects do so here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    return trafilatura


def _fastwarc() -> ModuleType:
    try:
        from fastwarc import warc  # noqa: PLC0415 -- an optional extra
    except ImportError as error:
        raise MissingExtraError("reading WARC archives", "web") from error
    return warc


class _Stream:
    """A source's inflated bytes, as much of a file as fastwarc asks for."""

    def __init__(self, source: Source) -> None:
        self._blocks = source.blocks()
        self._left = memoryview(b"")
        self._at = 0

    def read(self, size: int = MEGABYTE) -> bytes:
        """At most `size` bytes; none at the end."""
        while not self._left:
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._left = memoryview(block)
        part = bytes(self._left[:size])
        self._left = self._left[size:]
        self._at += len(part)
        return part

    def tell(self) -> int:
        """Bytes read so far."""
        return self._at

    def drain(self) -> None:
        """Reads to the end, for the hash."""
        for _ in self._blocks:
            pass
