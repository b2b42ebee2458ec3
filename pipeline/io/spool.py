"""Shards of articles → one column store in the order of ids, in the files of a run's work."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, U8, Flags
from pipeline.errors import InputError
from pipeline.io.ids import resolve_ids, row_hashes
from pipeline.io.shards import InputFile, Shard, rejects_frame
from pipeline.io.work import Step, Work
from pipeline.kernels.strings import bounds_of
from pipeline.stages.articles import PRECISIONS, UNDATED, Articles
from pipeline.stages.spread import Kinds
from pipeline.stages.strings import Strings, flat

_STRINGS = ("article_id", "title", "author", "url", "text")
_SPOOLED: Kinds = {
    **dict.fromkeys(_STRINGS, (np.uint8,)),
    **{f"{name}_size": (np.int64,) for name in _STRINGS},
    "source": (np.int32,),
    "published_at": (np.int64,),
    "published_precision": (np.uint8,),
    "input": (np.int32,),
    "midnight": (np.bool_,),
}
_OTHERS = (
    "can't resume: the inputs aren't what they were when the run was begun; "
    "leave out --resume to begin afresh"
)
_DAY, _TIMED = PRECISIONS.index("day"), PRECISIONS.index("minute")


@dataclass(frozen=True)
class _Order:
    """Which spooled rows stay, in the order of their ids, and these ids."""

    rows: I64
    ids: U8
    sizes: I64
    counts: Mapping[str, int]


class Spool:
    """Articles as they come in, on the disk."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._step = Step(work, "read", _SPOOLED, _is_note)
        self._places: dict[str, dict[str, int]] = {"source": {}, "input": {}}

    @property
    def finished(self) -> bool:
        """Whether everything was read before."""
        return self._step.ended is not None

    def fill(self, shards: Iterable[Shard], told: Callable[[int], None]) -> None:
        """Take in what the shards hold; those that were taken in before are only compared.

        Args:
            shards: all of them, from the first.
            told: called with the number of articles so far.

        Raises:
            InputError: a shard isn't what it was before the run was stopped.
        """
        known = list(self._step.parts)
        rows = seen = 0
        for at, shard in enumerate(shards):
            arrays, note = self._arrays(shard.articles), _note(shard)
            if at >= len(known):
                self._step.add(note, arrays)
            elif not (_agrees(note, known[at]) and self._step.matches(known[at], arrays)):
                raise InputError(_OTHERS)
            seen = at + 1
            rows += shard.articles.height
            told(rows)
        if seen < len(known):
            raise InputError(_OTHERS)
        self._step.end({name: list(places) for name, places in self._places.items()})

    def _arrays(self, frame: pl.DataFrame) -> dict[str, np.ndarray]:
        precisions = {name: at for at, name in enumerate(PRECISIONS)}
        precision = frame["published_precision"].replace_strict(precisions, return_dtype=pl.UInt8())
        return {
            **_flattened({name: frame[name] for name in _STRINGS}),
            "source": _placed(frame["source"], self._places["source"]),
            "published_at": frame["published_at"].dt.epoch("us").fill_null(UNDATED).to_numpy(),
            "published_precision": precision.to_numpy(),
            "input": _placed(frame["input"], self._places["input"]),
            "midnight": frame["midnight"].fill_null(value=False).to_numpy(),
        }

    def shards(self) -> list[Shard]:
        """What the shards told beside their articles."""
        return [_noted(part) for part in self._step.parts]

    def articles(self, counts: Counter[str]) -> Articles:
        """All articles: ids made unique, inputs of midnights settled, in the order of ids."""
        order = self._work.keep("ids", _Order, self._order)
        counts.update(order.counts)
        spooled = self._stored
        ids = self._strings(order.ids, order.sizes, "ids")
        rows = order.rows
        return replace(
            spooled,
            article_id=ids,
            source=spooled.source[rows],
            published_at=spooled.published_at[rows],
            published_precision=spooled.published_precision[rows],
            **{
                name: replace(getattr(spooled, name), order=rows)
                for name in _STRINGS
                if name != "article_id"
            },
        )

    def _order(self) -> _Order:
        spooled = self._stored
        counts = Counter[str]()
        rows, ids = resolve_ids(
            spooled.article_id.series(range(len(spooled))),
            spooled.published_precision,
            lambda rows: row_hashes(spooled.frame(rows)),
            counts,
        )
        data, sizes = flat(ids)
        return _Order(rows, data, sizes, dict(counts))

    @cached_property
    def _stored(self) -> Articles:
        """The articles as they came; ids may come twice."""
        assert self._step.ended is not None
        array = self._step.array
        strings = {
            name: self._strings(array(name), array(f"{name}_size"), f"read.{name}")
            for name in _STRINGS
        }
        precision = array("published_precision")
        return Articles(
            source=array("source"),
            sources=tuple(self._step.ended["source"]),
            published_at=array("published_at"),
            published_precision=_settled(array("input"), array("midnight"), precision),
            **strings,
        )

    def _strings(self, data: U8, sizes: I64, name: str) -> Strings:
        bounds = self._work.room(f"{name}_bounds", len(sizes) + 1, np.int64)
        missing = bounds_of(sizes, bounds)
        return Strings(data, bounds, np.asarray(sizes) >= 0 if missing else None)


def _flattened(columns: Mapping[str, pl.Series]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for name, series in columns.items():
        arrays[name], arrays[f"{name}_size"] = flat(series)
    return arrays


def _placed(values: pl.Series, places: dict[str, int]) -> I32:
    """Each value's place among all that were seen, −1 for null."""
    own = values.drop_nulls().unique(maintain_order=True)
    # Only those that occur: there may be many in all, and this is asked for each shard.
    here = {value: places.setdefault(value, len(places)) for value in own}
    return values.replace_strict(here, default=-1, return_dtype=pl.Int32()).to_numpy()


def _settled(inputs: I32, midnight: Flags, precision: U8) -> U8:
    """Days where every timestamp of one input says 00:00:00: a date that was cast to a time."""
    timed = np.asarray(precision) >= _TIMED
    told = np.bincount(inputs[timed & ~midnight], minlength=int(inputs.max(initial=-1)) + 1) > 0
    settled: U8 = np.where(timed & ~told[inputs], np.uint8(_DAY), precision)
    return settled


def _note(shard: Shard) -> dict[str, Any]:
    return {
        "rejects": shard.rejects.rows(),
        "inputs": [asdict(file) for file in shard.inputs],
        "skipped": list(shard.skipped),
        "counts": dict(shard.counts),
        "examples": shard.examples,
    }


def _agrees(note: Mapping[str, Any], part: Mapping[str, Any]) -> bool:
    """Did a part of the journal say the same of its shard?"""
    told = json.loads(json.dumps(note))
    return bool(told == {name: part.get(name) for name in told})


def _is_note(part: Mapping[str, Any]) -> bool:
    """Does a part of the journal hold what `_note` says?"""
    try:
        shard = _noted(part)
    except (LookupError, TypeError, ValueError, pl.exceptions.PolarsError):
        return False
    numbers = [*shard.counts.values(), *(one.articles for one in shard.inputs)]
    return all(type(number) is int for number in numbers) and isinstance(shard.examples, dict)


def _noted(note: Mapping[str, Any]) -> Shard:
    return Shard(
        pl.DataFrame(),
        rejects_frame(note["rejects"]),
        tuple(InputFile(**file) for file in note["inputs"]),
        tuple(note["skipped"]),
        Counter(note["counts"]),
        note["examples"],
    )
