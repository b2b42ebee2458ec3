"""A part of the inputs, spread over them and read as the whole would be, to judge the whole by.

Where it is cheap the part is taken at many places: rows of Parquet, lines of plain JSON lines,
files of a folder. What can only be read from its start (CSV, JSON arrays, compressed files, web
archives) is read from there. The same inputs give the same part, in whatever order they are named.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import numpy as np

from pipeline.config import Read
from pipeline.documents import I64
from pipeline.errors import InputError
from pipeline.io.batch import WHOLE, Batch, text_bytes
from pipeline.io.inputs import Findings, Found, found_inputs
from pipeline.io.parquet import read_parquet
from pipeline.io.read import Dump, dump_of
from pipeline.io.rows import ARTICLE
from pipeline.io.shards import Pending, Shard, batches, readable, rejects_frame
from pipeline.io.sources import MEGABYTE, Source
from pipeline.io.spool import Spool
from pipeline.io.stretches import Stretches, Unread, is_plain, size_of, spread_over, stretches_of
from pipeline.io.work import Work

# What is read from a file's start at least: readers take some megabytes at once, and how many rows
# a byte makes is told by all that was read.
_START = 8 * MEGABYTE
# Of the whole sample; a sample of long articles is one of fewer.
_MOST = 256 * MEGABYTE
_SINGLE = ("note", "page")


@dataclass
class Part:
    """What was read of one file, or of all the files that hold one article each.

    Attributes:
        label: the file's name; of many files, how many they are.
        how: where it was read: "whole", or at places that are "rows", "lines", "files", or from
            its "start", or "nowhere".
        bytes: of the whole.
        rows: of the whole; None where nothing tells.
        exact: whether that was counted, not reckoned from the part that was read.
        blocks: rows of each stretch that was read.
    """

    label: str
    how: str
    bytes: int
    rows: float | None = None
    exact: bool = True
    blocks: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Excerpt:
    """A part of the inputs.

    Attributes:
        dump: its articles.
        parts: what was read of each file.
        block: [n] number of the stretch that each article was read in.
        place: [n] its place among all that were read.
        seconds: what reading took, with Parquet's columns at hand.
    """

    dump: Dump
    parts: tuple[Part, ...]
    block: I64
    place: I64
    seconds: float


def read_excerpt(inputs: Sequence[str | Path], options: Read, articles: int, work: Work) -> Excerpt:
    """About so many articles of the inputs, or all, if there are no more.

    Args:
        inputs: as `read_articles` takes them.
        options: the section `read`.
        articles: how many are wanted.
        work: where they are kept.

    Raises:
        InputError, MissingExtraError: as `read_articles`, where the part that is read shows it.
    """
    with found_inputs(inputs, options) as findings:
        taking = _Taking(options, articles)
        spool = Spool(work)
        start = time.perf_counter()
        spool.fill(taking.shards(findings), lambda _: None)
        took = (time.perf_counter() - start - taking.sought) * taking.share
        dump = dump_of(spool)
    order = dump.stored.text.order
    place = np.arange(len(dump.stored)) if order is None else order
    block = np.searchsorted(np.array(taking.ends), place, side="right")
    return Excerpt(dump, tuple(taking.parts), block, place, took)


class _Taking:
    """What is taken of each file.

    Attributes:
        parts: one for each file, or group of files, so far.
        ends: number of articles at the end of each stretch.
        seen: rows that were read, those that weren't taken among them.
        sought: seconds that finding rows of Parquet took.
    """

    def __init__(self, options: Read, articles: int) -> None:
        self.parts: list[Part] = []
        self.seen = 0
        self.ends: list[float] = []
        self.sought = 0.0
        self._options = options
        self._articles = articles
        self._pending = Pending(options)
        self._read = 0

    @property
    def share(self) -> float:
        """Of the rows that were read, those that were taken."""
        return sum(sum(part.blocks) for part in self.parts) / max(self.seen, 1)

    def shards(self, findings: Findings) -> Iterator[Shard]:
        """The shards of what is taken, a file's own or those of a group of small files."""
        at_once = [(label, WHOLE, reason) for label, reason in findings.rejects]
        yield Shard(ARTICLE.to_frame(), rejects_frame(at_once), skipped=tuple(findings.skipped))
        single = [found for found in findings.files if found.kind in _SINGLE]
        groups = [[found] for found in findings.files if found.kind not in _SINGLE]
        groups += [single] if single else []
        sizes = [sum(size_of(found) for found in group) for group in groups]
        stretches = stretches_of(sizes)
        self._rows = -(-self._articles // max(sum(stretches), 1))
        self._size = _MOST // max(sum(stretches), 1)
        for group, size, count in zip(groups, sizes, stretches, strict=True):
            part = Part(group[0].label if len(group) == 1 else f"{len(group):,} files", "", size)
            self.parts.append(part)
            yield from self._shards(group, part, count)

    def _shards(self, group: list[Found], part: Part, count: int) -> Iterator[Shard]:
        before, seen = self._read, 0
        (found, *_) = group
        if found.kind in _SINGLE:
            self._take_files(group, part, count)
        elif found.kind == "parquet":
            self._take_rows(found, part, count)
        elif count and found.kind == "jsonl" and is_plain(found.path):
            self._take_lines(found, part, count)
        elif count:
            seen = self._take_start(found, part, count)
        else:
            part.how, part.exact = "nowhere", False
        self.seen += max(seen, sum(part.blocks))
        shard = self._pending.take()
        self._read += shard.articles.height
        # Where rows were refused, the stretches are as much shorter.
        kept = (self._read - before) / max(sum(part.blocks), 1)
        self.ends += [before + kept * end for end in accumulate(part.blocks)]
        yield shard

    def _take_files(self, group: list[Found], part: Part, count: int) -> None:
        fitting = max(1, self._size * len(group) // max(part.bytes, 1))
        for rows in spread_over(len(group), count, min(self._rows, fitting)):
            for found in group[rows.start : rows.stop]:
                source = Source(found.path, self._options)
                for batch in readable(found, source, batches(found, source, self._options)):
                    self._pending.add(found, batch)
                self._pending.end(found, source)
            part.blocks.append(len(rows))
        part.rows = len(group)
        part.how = "whole" if sum(part.blocks) == len(group) else "files"

    def _take_rows(self, found: Found, part: Part, count: int) -> None:
        def chosen(total: int) -> list[range]:
            fitting = max(1, self._size * total // max(part.bytes, 1))
            places = spread_over(total, count, min(self._rows, fitting))
            part.rows = total
            return places

        source = Unread(found.path, self._options)
        read = read_parquet(source, found.label, self._options, chosen)
        if count:
            for batch in readable(found, source, self._timed(read)):
                fitting = text_bytes(batch.frame).cum_sum().shift(1, fill_value=0) < self._size
                some = Batch(batch.frame.filter(fitting), batch.rejects, batch.replaced)
                self._pending.add(found, some)
                part.blocks.append(some.frame.height)
            self._pending.end(found, source)
        else:
            with suppress(InputError):  # what nothing is read of, is only counted
                list(read)
        part.exact = part.rows is not None
        part.how = "whole" if part.rows == sum(part.blocks) else "rows" if count else "nowhere"

    def _timed(self, read: Iterator[Batch]) -> Iterator[Batch]:
        while True:
            start = time.perf_counter()
            batch = next(read, None)
            self.sought += time.perf_counter() - start
            if batch is None:
                return
            yield batch

    def _take_lines(self, found: Found, part: Part, count: int) -> None:
        source = Stretches(found.path, self._options, count, self._rows, self._size)
        for batch in readable(found, source, batches(found, source, self._options)):
            self._pending.add(found, batch)
        self._pending.end(found, source)
        part.blocks = source.lines
        part.how = "whole" if source.size == part.bytes else "lines"
        part.exact = part.how == "whole"
        part.rows = sum(source.lines) * part.bytes / max(source.size, 1)

    def _take_start(self, found: Found, part: Part, count: int) -> int:
        """Take rows from the start; returns how many were read for that."""
        source = Source(found.path, self._options)
        wanted, seen, taken, held, used = count * self._rows, 0, 0, 0, 0
        part.how = "whole"
        for batch in readable(found, source, batches(found, source, self._options)):
            rows = batch.frame.height + len(batch.rejects)
            if taken < wanted:
                some = Batch(batch.frame.head(wanted - taken), batch.rejects, batch.replaced)
                self._pending.add(found, some)
                taken += some.frame.height + len(batch.rejects)
            seen, held = seen + rows, held + int(text_bytes(batch.frame).sum() if rows else 0)
            used = source.consumed
            enough = (taken >= wanted and held >= _START) or held >= count * self._size
            if enough and used < part.bytes:
                part.how, part.exact = "start", False
                break
        self._pending.end(found, source)
        part.how = "start" if seen > taken else part.how
        part.blocks = [taken]
        part.rows = seen if part.exact else seen * part.bytes / max(used, 1)
        return seen
