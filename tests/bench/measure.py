"""The measurements, each as rows of plain dictionaries."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import polars as pl
from datasketch import MinHash

from pipeline.config import Config
from tests.bench import meter, ours, quality
from tests.bench.contestants import CLUSTERING, CONTESTANTS, HINT, OURS, parquet_files
from tests.bench.made import Corpus, write
from tests.bench.scripts import SCRIPTS
from tests.naive import shingles, tokenise

Row = dict[str, Any]
Say = Callable[[str], None]
_FOLDER_FROM = 200_001
_CHECKED = 30


def corpus(size: int, folder: Path, say: Say, *, short: bool = False) -> tuple[Path, Path]:
    """Inputs and truth of a corpus of this size, made once."""
    name = f"{size}-short" if short else str(size)
    out = folder / (f"{name}.parquet" if size < _FOLDER_FROM else name)
    inputs = out if out.suffix else out / "articles"
    truth = out.with_suffix(".truth.parquet") if out.suffix else out / "truth.parquet"
    if not truth.exists():
        say(f"making {size:,} articles")
        write(Corpus(size, short=short), out)
    return inputs, truth


def signatures(inputs: Path, runs: int, names: list[str], say: Say) -> list[Row]:
    """MB of text per CPU second, from texts in memory to 128 slots each."""
    rows: list[Row] = []
    for name in names:
        say(f"signatures: {name}")
        rows.append(_signed(name, inputs, runs, "ASCII"))
    base = next((row["mb_s"] for row in rows if row["name"] == "datasketch, sha1"), None)
    for row in rows:
        row["times"] = row["mb_s"] / base if base and row["mb_s"] else None
    return rows


def _signed(name: str, inputs: Path, runs: int, script: str) -> Row:
    one = CONTESTANTS[name]
    row: Row = {"name": name, "version": one.version, "script": script}
    if one.version is None:
        return row | {"mb_s": None, "note": HINT}
    told = meter.told(
        ["-m", "tests.bench.worker", "signatures", name, str(inputs), str(runs), script]
    )
    speeds = [told["bytes"] / second / 1e6 for second in told["seconds"]]
    return row | {"mb_s": median(speeds), "speeds": speeds, "mb": told["bytes"] / 1e6, "note": ""}


def scripts(inputs: Path, runs: int, say: Say) -> list[Row]:
    """Our signatures in other scripts, and whether they are datasketch's."""
    rows = []
    for script in SCRIPTS:
        say(f"signatures: {script}")
        rows.append(_signed(OURS, inputs, runs, script) | _identity(inputs, script))
    for row in rows:
        row["of_ascii"] = row["mb_s"] / rows[0]["mb_s"]
    return rows


def _identity(inputs: Path, script: str) -> Row:
    """Slots of a sample that are those of datasketch, fed with naively counted shingles."""
    frame = pl.scan_parquet(parquet_files(inputs)).select("text").head(_CHECKED).collect()
    texts = SCRIPTS[script](frame["text"])
    made, config = ours.signatures(texts), Config()
    equal = 0
    for text, signature in zip(texts, made, strict=True):
        tokens = tokenise(text)
        hashes = shingles(
            [token.hash for token in tokens],
            [token.unspaced for token in tokens],
            [False] * len(tokens),
            config.normalise.shingle,
            config.normalise.shingle_unspaced,
        )
        sketch = MinHash(num_perm=len(signature), seed=config.near.seed, hashfunc=_low)
        sketch.update_batch(hashes)
        equal += int(np.sum(sketch.hashvalues == signature))
    return {"equal": equal, "slots": int(made.size)}


def _low(value: int) -> int:
    return value & 0xFFFFFFFF


def clusters(
    size: int, inputs: Path, truth: Path, runs: int, names: list[str], out: Path, say: Say
) -> list[Row]:
    """Seconds, memory and recall from Parquet to clusters."""
    megabytes = text_bytes(inputs) / 1e6
    rows = []
    for name in (name for name in CLUSTERING if name in names):
        one = CONTESTANTS[name]
        row: Row = {"articles": size, "name": name, "version": one.version, "mb": megabytes}
        if one.version is None:
            rows.append(row | {"note": HINT})
            continue
        say(f"{size:,} articles to clusters: {name}")
        target = out / f"{size}-{name.replace(', ', '-')}"
        costs = list(_costs(name, inputs, target, runs))
        rows.append(row | _middle(costs) | _found(name, target, truth) | {"note": ""})
    return rows


def _costs(name: str, inputs: Path, target: Path, runs: int) -> Iterator[meter.Cost]:
    command = (
        ours.command(inputs, target)
        if name == OURS
        else ["-m", "tests.bench.worker", "clusters", name, str(inputs), f"{target}.parquet"]
    )
    return (meter.measured(command)[0] for _ in range(runs))


def _middle(costs: list[meter.Cost]) -> Row:
    return {
        "seconds": median(cost.seconds for cost in costs),
        "cpu": median(cost.cpu for cost in costs),
        "peak_mib": median(cost.peak_mib or 0.0 for cost in costs) or None,
        "all_seconds": [cost.seconds for cost in costs],
    }


def _found(name: str, target: Path, truth: Path) -> Row:
    """Recall by the Jaccard that this contestant is given to see: ours masks boilerplate."""
    planted = pl.read_parquet(truth)
    if name != OURS:
        joined = pl.read_parquet(f"{target}.parquet")
        column = "jaccard_whole"
    else:
        articles = pl.read_parquet(target / "articles.parquet")
        joined = articles.rename({"cluster_id": "cluster"})
        column = "jaccard"
    row: Row = {
        "recall": quality.recall(quality.in_one_cluster(planted, joined), column),
        "strangers": quality.strangers(planted, joined),
    }
    if name == OURS:
        pairs = pl.read_parquet(target / "pairs.parquet")
        row["pair_recall"] = quality.recall(quality.in_pairs(planted, articles, pairs), column)
    return row


def exactness(size: int, inputs: Path, out: Path) -> Row:
    """Of our written pairs: right ones, and Jaccards that are exactly so."""
    return {"articles": size} | quality.exactness(out / f"{size}-{OURS}", parquet_files(inputs))


def stages(size: int, inputs: Path, out: Path) -> list[Row]:
    """Our run stage by stage, from its own account."""
    megabytes = text_bytes(inputs) / 1e6
    account = json.loads((out / f"{size}-{OURS}" / "run.json").read_text(encoding="utf-8"))
    return [
        {
            "articles": size,
            "stage": stage["stage"],
            "seconds": stage["seconds"],
            "peak_mib": stage["peak_mib"],
            "mb_s": megabytes / stage["seconds"] if stage["seconds"] else None,
            "articles_s": size / stage["seconds"] if stage["seconds"] else None,
        }
        for stage in account["stages"]
    ]


def text_bytes(inputs: Path) -> int:
    """Bytes of all texts of a corpus."""
    texts = pl.scan_parquet(parquet_files(inputs)).select(
        pl.col("text").str.len_bytes().cast(pl.Int64()).sum()
    )
    return int(texts.collect().item())
