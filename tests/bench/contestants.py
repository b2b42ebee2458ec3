"""Who is measured, under which name, and what must be installed for it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polars as pl

from tests.bench import ours, peers

OURS = "stemma"
HINT = "not installed: pip install '.[bench]'"
Prepare = Callable[[pl.Series], Callable[[], object]]


@dataclass(frozen=True)
class Contestant:
    """One way from texts to signatures and from a file to clusters.

    Attributes:
        package: the distribution it comes in.
        signatures: texts → the call that is measured; None: it has none of its own.
        edges: texts → pairs of rows that its recipe joins; None: not measured, or done otherwise.
        texts: most texts to measure signatures on; slow ones get fewer.
    """

    package: str
    signatures: Prepare | None = None
    edges: Callable[[pl.Series], peers.Edges] | None = None
    texts: int = 10_000

    @property
    def version(self) -> str | None:
        """The installed version; None if there is none."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None


def _ours(texts: pl.Series) -> Callable[[], object]:
    return lambda: ours.signatures(texts)


CONTESTANTS = {
    OURS: Contestant("stemma", _ours),
    "datasketch, sha1": Contestant("datasketch", peers.datasketch_sha1, texts=2000),
    "datasketch, xxh32": Contestant(
        "datasketch", peers.datasketch_xxh32, peers.datasketch_edges, texts=2000
    ),
    "rensa": Contestant("rensa", peers.rensa, peers.rensa_edges, texts=5000),
    "gaoya": Contestant("gaoya", peers.gaoya, peers.gaoya_edges),
    "daft": Contestant("daft", peers.daft),
}
CLUSTERING = tuple(name for name, one in CONTESTANTS.items() if one.edges or name in (OURS, "daft"))


def parquet_files(inputs: Path) -> list[str]:
    """The files of a corpus, which is one file or a folder of parts."""
    return sorted(map(str, inputs.glob("*.parquet"))) if inputs.is_dir() else [str(inputs)]
