"""The tables of a run → a folder, and back.

Parquet settings are fixed here, so that the same tables are the same bytes; when a run took place
stands nowhere but in `run.json`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source
from pydantic import ValidationError

from pipeline.config import Config
from pipeline.errors import OutputError
from pipeline.io.folder import RUN_FILE, STATE, Folder, is_run, sync
from pipeline.io.judgements import NO_JUDGEMENTS
from pipeline.io.manifest import Outcome, describe
from pipeline.io.read import Dump
from pipeline.io.written import Written
from pipeline.stages.spread import ranges
from pipeline.stages.strings import Strings
from pipeline.tables import TABLES

STATES = ("credits", "links", "masks", "scores", "signatures")
# A group of rows is held in memory while it is written, some five times; how large it is
# never hangs on how a table comes in parts: neither do the file's bytes.
_ROW_GROUP = 131_072
_TEXTS, _TEXTS_BYTES, _GROUPS = 2048, 1 << 27, 1 << 15
_ROW_GROUPS = {"signatures": 32_768}
_ZSTD_LEVEL = 3


def write(
    folder: Folder,
    result: Outcome,
    dump: Dump,
    config: Config,
    judgements: pl.DataFrame = NO_JUDGEMENTS,
) -> dict[str, Any]:
    """Write a run's tables, state and `run.json`, then move them into place.

    Returns:
        What `run.json` holds.

    Raises:
        OutputError: the disk is full or the like; what was at the place before is untouched.
    """
    with _told(folder):
        run = describe(result, dump, config, judgements)
        run["tables"] = _write_tables(folder.work, result, dump, config)
        run["state"] = _write_state(folder.work / STATE, result, config)
        _write_text(folder.work / RUN_FILE, json.dumps(run, indent=1) + "\n")
        folder.publish()
    return run


def read_run(out: str | Path) -> dict[str, Any]:
    """What `run.json` of an output holds.

    Raises:
        OutputError: the folder isn't a stemma output.
    """
    path = Path(out)
    if not path.exists():
        raise OutputError(f"{out} not found; `stemma run INPUT… -o {out}` would make it")
    if not is_run(path):
        raise OutputError(f"{out} isn't a stemma output: it holds no {RUN_FILE} of a run")
    run: dict[str, Any] = json.loads((path / RUN_FILE).read_bytes())
    return run


def config_of(out: str | Path) -> Config:
    """The resolved config of a run.

    Raises:
        OutputError: the folder isn't a stemma output, or one of another version.
    """
    try:
        return Config.model_validate(read_run(out)["config"])
    except ValidationError as error:
        raise OutputError(f"{out}: its config isn't this version's; run it again") from error


def read_table(out: str | Path, name: str) -> pl.DataFrame:
    """A table of an output, as `pipeline.tables` declares it.

    Raises:
        OutputError: it isn't there, was left out, is damaged, or another version wrote it.
    """
    run = read_run(out)
    if name == "texts" and name not in run["tables"]:
        raise OutputError(f"{out} holds no texts: the run was told to leave them out (--no-texts)")
    frame = _read(Path(out), name)
    if frame.schema != TABLES[name].schema:
        raise OutputError(
            f"{out}: the columns of {name} aren't this version's (written by {run['stemma']}); "
            "run again"
        )
    if frame.height != run["tables"].get(name, {}).get("rows"):
        raise OutputError(f"{out}: {name} was changed after the run; run again")
    return frame


def read_state(out: str | Path, name: str) -> pl.DataFrame:
    """A frame of an output's state, such as "credits".

    Raises:
        OutputError: it isn't there or is damaged.
    """
    read_run(out)
    return _read(Path(out) / STATE, name)


def _read(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    try:
        return pl.read_parquet(path, glob=False)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise OutputError(f"{path} is missing or damaged: {_reason(error)}; run again") from error


def _write_tables(folder: Path, result: Outcome, dump: Dump, config: Config) -> dict[str, object]:
    names = [name for name in TABLES if name != "texts" or config.output.texts]
    groups = {"texts": texts_together(dump.stored.text)}
    return {
        name: _write_parquet(folder, name, result, config, groups.get(name, _ROW_GROUP))
        for name in names
    }


def texts_together(texts: Strings) -> int:
    """Texts of one row group, by what they are alone: the most, up to 2,048, within 128 MiB.

    Of so many texts that this would make more than 32,768 groups, some groups are larger.
    """
    heaviest = np.zeros(_TEXTS.bit_length(), np.int64)
    for rows in ranges(len(texts), _TEXTS):
        sums = np.zeros(_TEXTS, np.int64)
        sums[: len(rows)] = texts.sizes(rows)
        for level in range(len(heaviest)):
            heaviest[level] = max(heaviest[level], sums.max())
            sums = sums.reshape(-1, 2).sum(axis=1) if len(sums) > 1 else sums
    # A text that is too long by itself is no reason to part all others.
    light = np.flatnonzero(heaviest <= max(_TEXTS_BYTES, 2 * heaviest[0]))
    return max(1 << int(light[-1]), min(-(-len(texts) // _GROUPS), _TEXTS))


def _write_state(folder: Path, result: Outcome, config: Config) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    written: dict[str, object] = {
        name: _write_parquet(folder, name, result, config, _ROW_GROUPS.get(name, _ROW_GROUP))
        for name in STATES
    }
    sync(folder)
    return written


def _write_parquet(
    folder: Path, name: str, result: Outcome, config: Config, group: int
) -> dict[str, object]:
    """Write one table, part by part, `group` rows to a row group."""
    compression = config.output.compression
    parts = iter(result.parts(name))
    first = next(parts)
    rows = 0

    def frames(*_: object) -> Iterator[pl.DataFrame]:
        nonlocal rows
        for part in chain([first], parts):
            rows += part.height
            yield part

    with Written(folder / f"{name}.parquet") as file:
        register_io_source(frames, schema=first.schema).sink_parquet(
            cast("IO[bytes]", file),
            compression=compression,
            compression_level=_ZSTD_LEVEL if compression == "zstd" else None,
            statistics={"min": True, "max": True, "null_count": True, "distinct_count": False},
            row_group_size=group,
            maintain_order=True,
        )
    return {"rows": rows, "bytes": file.size, "xxh64": file.digest()}


def _write_text(path: Path, text: str) -> None:
    with Written(path) as file:
        file.write(text.encode())


@contextmanager
def _told(folder: Folder) -> Iterator[None]:
    """Turn what the disk says into a message that names the place."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise OutputError(
            f"can't write {folder.given}: {_reason(error)}; nothing there was changed"
        ) from error


def _reason(error: BaseException) -> str:
    told = error.strerror if isinstance(error, OSError) else None
    return told or str(error).partition("\n")[0] or type(error).__name__
