"""One measurement in a process of its own: `signatures NAME INPUTS RUNS SCRIPT` prints JSON,
`clusters NAME INPUTS OUT` writes article_id and cluster.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.bench import peers
from tests.bench.contestants import CONTESTANTS, parquet_files
from tests.bench.scripts import SCRIPTS

_WARM_UP = 100


def signatures(name: str, inputs: str, runs: str, script: str = "ASCII") -> None:
    """CPU seconds of each run, and the bytes that were read in one."""
    one = CONTESTANTS[name]
    frame = pl.scan_parquet(parquet_files(Path(inputs))).select("text").head(one.texts)
    texts = SCRIPTS[script](frame.collect()["text"])
    assert one.signatures
    one.signatures(texts[:_WARM_UP])()
    seconds = []
    for _ in range(int(runs)):
        work = one.signatures(texts)
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    json.dump({"seconds": seconds, "bytes": int(texts.str.len_bytes().sum())}, sys.stdout)


def clusters(name: str, inputs: str, out: str) -> None:
    """From Parquet to Parquet: the recipe's edges and their connected components."""
    files = parquet_files(Path(inputs))
    if name == "daft":
        ids = pl.scan_parquet(files).select("article_id").collect()["article_id"]
        edges = peers.daft_edges(files, {one: row for row, one in enumerate(ids)})
    else:
        frame = pl.scan_parquet(files).select("article_id", "text").collect()
        ids = frame["article_id"]
        find = CONTESTANTS[name].edges
        assert find
        edges = find(frame["text"])
    a, b = np.array(list(edges) or np.empty((0, 2)), np.int64).T
    graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(ids), len(ids)))
    _, label = connected_components(graph, directed=False)
    pl.DataFrame({"article_id": ids, "cluster": label}).write_parquet(out)


if __name__ == "__main__":
    {"signatures": signatures, "clusters": clusters}[sys.argv[1]](*sys.argv[2:])
