"""Input files → articles in parts of bounded size, with the rejects and counts of each part."""

from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import polars as pl

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.batch import BYTES, WHOLE, Batch, text_bytes
from pipeline.io.delimited import read_csv
from pipeline.io.inputs import STDIN, STDIN_LABEL, Findings, Found, found_inputs
from pipeline.io.json_values import read_json
from pipeline.io.jsonl import read_jsonl
from pipeline.io.notes import read_note
from pipeline.io.parquet import read_parquet
from pipeline.io.rows import ARTICLE, make_articles
from pipeline.io.sources import Source
from pipeline.io.web import read_page, read_warc
from pipeline.tables import REJECTS

_TABULAR = {"jsonl": read_jsonl, "json": read_json, "csv": read_csv, "parquet": read_parquet}
_PAGES = {"note": read_note, "page": read_page, "warc": read_warc}
_ROWS = 2000
# Each bad row is a reject that is kept; where hardly any row is good, more of them tell nothing.
_HOPELESS = 100_000
_WORDS = r"[\pL\pM\pN]"
_REJECT = tuple(REJECTS.columns)


@dataclass(frozen=True)
class InputFile:
    """One input file: its path as the user knows it, its bytes, their hash, its articles."""

    path: str
    bytes: int
    xxh64: str
    articles: int


@dataclass(frozen=True)
class Shard:
    """A part of the articles, before ids are made unique and all-midnight inputs are settled.

    Attributes:
        articles: columns of `rows.ARTICLE`; ids aren't unique yet.
        rejects: columns of `tables.REJECTS`; a place can come twice.
        inputs: files that came to their end in this shard.
        skipped: what was passed over in folders, and why; in the first shard.
        counts: what was seen in this shard.
        examples: the first value of each kind of trouble, with its place.
    """

    articles: pl.DataFrame
    rejects: pl.DataFrame
    inputs: tuple[InputFile, ...] = ()
    skipped: tuple[str, ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def read_shards(
    inputs: Sequence[str | Path], options: Read, rows: int = _ROWS, size: int = BYTES
) -> Generator[Shard, None, None]:
    """The articles in parts of about `rows` rows or `size` bytes of text, whichever comes first.

    The size of the parts changes no article.

    Raises:
        InputError: an input is missing or unreadable.
        MissingExtraError: there are web pages and the extra `web` isn't installed.
    """
    with found_inputs(inputs, options) as findings:
        at_once = [(label, WHOLE, reason) for label, reason in findings.rejects]
        yield Shard(ARTICLE.to_frame(), rejects_frame(at_once), skipped=tuple(findings.skipped))
        pending = Pending(options)
        for found in findings.files:
            source = Source(found.path, options)
            for batch in readable(found, source, batches(found, source, options)):
                for part in _cut(batch, size):
                    pending.add(found, part)
                    if pending.rows >= rows or pending.size >= size:
                        yield pending.take()
            pending.end(found, source)
        yield pending.take()


def check_unchanged(inputs: Sequence[str | Path], options: Read, shards: Iterable[Shard]) -> None:
    """See to it that the inputs are still the files that the shards were read from.

    Standard input can't be given twice, and isn't asked for.

    Raises:
        InputError: they aren't, or are missing.
    """
    were = {file.path: (file.bytes, file.xxh64) for shard in shards for file in shard.inputs}
    were.pop(STDIN_LABEL, None)
    asked = [name for name in inputs if str(name) != STDIN]
    with found_inputs(asked, options) if asked else nullcontext(Findings()) as findings:
        for found in findings.files:
            source = Source(found.path, options)
            for _ in source.raw():
                pass
            if were.pop(found.label, None) != (source.size, source.digest()):
                raise InputError(
                    f"can't resume: {found.label} isn't what it was when the run was begun; "
                    "leave out --resume to begin afresh"
                )
    if were:
        raise InputError(f"can't resume: {min(were)} is gone; leave out --resume to begin afresh")


def readable(found: Found, source: Source, read: Iterator[Batch]) -> Iterator[Batch]:
    """The file's batches; an unreadable file is an error if it was named, else a reject."""
    seen = bad = 0
    try:
        for batch in read:
            seen += batch.frame.height + len(batch.rejects)
            bad += len(batch.rejects) + _wordless(batch)
            yield batch
            if bad > max(_HOPELESS, seen * 0.9):
                if not source.is_bomb():
                    source.give_up(f"holds hardly any article: reading stopped at {bad:,} bad rows")
                break
        if source.trouble and (source.size or not found.explicit):
            yield _refused(source.trouble)
        elif source.trouble:
            raise InputError(f"{found.label} {source.trouble}")
        elif not source.size:
            yield _refused("is empty")
        elif not seen:
            yield _refused("holds no articles")
    except InputError as error:
        if found.explicit:
            raise
        for _ in source.raw() if not source.size else ():
            pass
        yield _refused(str(error).removeprefix(found.label).lstrip(": "))


def _wordless(batch: Batch) -> int:
    return int((~batch.frame["text"].str.contains(_WORDS).fill_null(value=False)).sum())


def _cut(batch: Batch, size: int) -> Iterator[Batch]:
    """A batch in parts that hold about `size` bytes of text at most."""
    if not batch.frame.height or (sizes := text_bytes(batch.frame)).sum() <= size:
        yield batch
        return
    begins = ((sizes.cum_sum() - sizes) // size).rle_id()
    ends = begins.unique_counts().cum_sum().to_list()
    for start, end in zip([0, *ends], ends, strict=False):
        first = start == 0
        part = batch.frame.slice(start, end - start)
        yield Batch(part, batch.rejects if first else (), batch.replaced if first else 0)


def _refused(reason: str) -> Batch:
    return Batch(pl.DataFrame(), ((WHOLE, reason),))


def batches(found: Found, source: Source, options: Read) -> Iterator[Batch]:
    """What the file holds, by the reader of its kind."""
    if tabular := _TABULAR.get(found.kind):
        return tabular(source, found.label, options)
    pages = _PAGES[found.kind](source, options)
    return pages if found.kind == "warc" else (_in_place(b, found) for b in pages)


def _in_place(batch: Batch, found: Found) -> Batch:
    """A file's article with what its path says: an id, and the sub-folder as its source."""
    path = PurePosixPath(found.relative or found.label.rpartition("/")[2])
    said = {"article_id": str(path), "source": path.parts[0] if path.parts[1:] else None}
    frame = batch.frame.with_columns(
        pl.coalesce(name, pl.lit(value, pl.String())).alias(name) for name, value in said.items()
    )
    return Batch(frame, batch.rejects, batch.replaced)


class Pending:
    """Batches being collected into a shard."""

    def __init__(self, options: Read) -> None:
        self._options = options
        self._articles = Counter[str]()
        self._clear()

    def _clear(self) -> None:
        self.rows = self.size = 0
        self._frames: list[pl.DataFrame] = []
        self._refused: list[tuple[str, str, str]] = []
        self._ended: list[tuple[str, Source]] = []
        self._counts = Counter[str]()

    def add(self, found: Found, batch: Batch) -> None:
        """Take in a batch of the file."""
        rows = batch.frame.height
        if rows:
            self._frames.append(batch.frame.select(pl.lit(found.label).alias("input"), pl.all()))
            self.size += int(text_bytes(batch.frame).sum())
        self._refused += [(found.label, *reject) for reject in batch.rejects]
        self.rows += rows + len(batch.rejects)
        self._counts["rows"] += rows + sum(place != WHOLE for place, _ in batch.rejects)
        self._counts["replaced_characters"] += batch.replaced

    def end(self, found: Found, source: Source) -> None:
        """The file has come to its end."""
        self._ended.append((found.label, source))

    def take(self) -> Shard:
        """All that was collected since the last time, as a shard."""
        examples: dict[str, str] = {}
        articles, rejects = ARTICLE.to_frame(), rejects_frame(self._refused)
        if self._frames:
            raw = pl.concat(self._frames)
            articles, bad = make_articles(raw, self._options, self._counts, examples)
            rejects = pl.concat([rejects, bad])
        self._articles.update(dict(articles["input"].value_counts().iter_rows()))
        ended = tuple(
            InputFile(label, source.size, source.digest(), self._articles.pop(label, 0))
            for label, source in self._ended
        )
        shard = Shard(articles, rejects, ended, counts=self._counts, examples=examples)
        self._clear()
        return shard


def rejects_frame(rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    """The table `rejects` of (input, locator, reason)."""
    return pl.DataFrame(rows, schema={name: pl.String() for name in _REJECT}, orient="row")
