"""The peers' side: each one's recipe as its own documentation has it, on word 5-grams.

16 bands of 8 rows out of 128 slots; whoever shares a band is joined, nothing is compared exactly
(gaoya compares the sketches, as it always does).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import polars as pl

SLOTS, BANDS, ROWS, WORDS = 128, 16, 8, 5
THRESHOLD = 0.5
_BATCH = 1000
_WORD = re.compile(r"\w+")
Edges = Iterable[tuple[int, int]]


def shingles(text: str) -> list[str]:
    """Word 5-grams in Python, for peers that take sets; the whole where there is none."""
    words = _WORD.findall(text.lower())
    grams = [" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)]
    return grams or [" ".join(words)]


def _datasketch(texts: Iterable[str], hashed: Callable[[bytes], int] | None) -> Iterator[Any]:
    from datasketch import MinHash  # noqa: PLC0415

    sets = ([gram.encode() for gram in shingles(text)] for text in texts)
    return MinHash.generator(sets, num_perm=SLOTS, scheme="affine32", hashfunc=hashed)


def datasketch_sha1(texts: pl.Series) -> Callable[[], object]:
    rows = texts.to_list()
    return lambda: list(_datasketch(rows, None))


def datasketch_xxh32(texts: pl.Series) -> Callable[[], object]:
    from xxhash import xxh32_intdigest  # noqa: PLC0415

    rows = texts.to_list()
    return lambda: list(_datasketch(rows, xxh32_intdigest))


def datasketch_edges(texts: pl.Series) -> Edges:
    from datasketch import MinHashLSH  # noqa: PLC0415
    from xxhash import xxh32_intdigest  # noqa: PLC0415

    index = MinHashLSH(num_perm=SLOTS, params=(BANDS, ROWS))
    for row, signature in enumerate(_datasketch(texts, xxh32_intdigest)):
        yield from ((row, other) for other in index.query(signature))
        index.insert(row, signature)


def rensa(texts: pl.Series) -> Callable[[], object]:
    from rensa import RMinHash  # noqa: PLC0415

    rows = texts.to_list()
    parts = [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
    return lambda: [RMinHash.from_token_sets(list(map(shingles, part)), SLOTS, 1) for part in parts]


def rensa_edges(texts: pl.Series) -> Edges:
    from rensa import RMinHash, RMinHashLSH  # noqa: PLC0415

    index = RMinHashLSH(THRESHOLD, SLOTS, BANDS)
    for start in range(0, len(texts), _BATCH):
        part = [shingles(text) for text in texts[start : start + _BATCH]]
        signatures = RMinHash.from_token_sets(part, SLOTS, 1)
        index.insert_many(signatures, start)
        for row, others in enumerate(index.query_all(signatures), start):
            yield from ((row, other) for other in others)


def _gaoya() -> Any:
    from gaoya.minhash import MinHashStringIndex  # noqa: PLC0415

    return MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=BANDS,
        band_size=ROWS,
        num_hashes=SLOTS,
        analyzer="word",
        lowercase=True,
        ngram_range=(WORDS, WORDS),
        id_container="vec",
    )


def gaoya(texts: pl.Series) -> Callable[[], object]:
    rows = texts.to_list()
    return lambda: _gaoya().par_bulk_insert_docs(list(range(len(rows))), rows)


def gaoya_edges(texts: pl.Series) -> Edges:
    index = _gaoya()
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH].to_list()
        index.par_bulk_insert_docs(list(range(start, start + len(part))), part)
        for row, others in enumerate(index.par_bulk_query(part), start):
            yield from ((row, other) for other in others)


@cache
def _daft() -> Any:
    """The module, with its runner set, which works once per process."""
    import daft as peer  # noqa: PLC0415

    peer.set_runner_native(num_threads=1)
    return peer


def _daft_signature() -> Any:
    from daft import col  # noqa: PLC0415
    from daft.functions import minhash, normalize  # noqa: PLC0415

    clean = normalize(
        col("text"), remove_punct=True, lowercase=True, nfd_unicode=True, white_space=True
    )
    return minhash(clean, num_hashes=SLOTS, ngram_size=WORDS, hash_function="xxhash")


def daft(texts: pl.Series) -> Callable[[], object]:
    frame = _daft().from_pydict({"text": texts.to_list()}).collect()
    return lambda: frame.select(_daft_signature()).collect()


def daft_groups(files: list[str]) -> Iterator[list[str]]:
    """article_ids that share a band."""
    peer = _daft()
    from daft import col, lit  # noqa: PLC0415
    from daft.functions import chunk, list_count  # noqa: PLC0415

    bands = (
        peer.read_parquet(files)
        .select("article_id", chunk(_daft_signature(), ROWS).alias("band"))
        .with_column("at", lit(list(range(BANDS))))
        .explode("band", "at")
    )
    held = bands.groupby("at", "band").agg(col("article_id").list_agg().alias("ids"))
    shared = held.where(list_count(col("ids")) > 1).select("ids")
    yield from shared.to_pydict()["ids"]


def daft_edges(files: list[str], row: dict[str, int]) -> Edges:
    for ids in daft_groups(files):
        yield from pairwise(row[one] for one in ids)
