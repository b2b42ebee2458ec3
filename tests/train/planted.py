"""Labelled passages: pairs of texts, with the passages that were planted in one from the other."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.documents import I32, I64, U8, Documents
from pipeline.kernels.characters import characters
from pipeline.kernels.edges import edge_classes
from pipeline.stages.idf import stem_weights
from pipeline.stages.language import Languages
from pipeline.stages.normalise import documents_of
from pipeline.stages.spread import ends
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.strings import Strings, strings_of

SUMMARY = "summary-obfuscation"


@dataclass(frozen=True)
class Planted:
    """n texts, m pairs of them, and c passages.

    Attributes:
        documents, texts, stems, idf: of the texts; the language is English.
        bounds, edges: of `edge_classes`, of all texts.
        suspicious, source: [m] rows of the pairs; `short`, `long` are the same by length.
        fold: [m] 0 or 1, by the source's id: no source text is in both.
        firsts: [m + 1] pair k has the cases firsts[k]:firsts[k + 1].
        cases: [c, 4] first code point and one past the last, in the suspicious text, in the source.
        tokens: [c, 4] the same in tokens of the shorter text, of the longer.
        kinds: [c] how the passage was changed.
    """

    documents: Documents
    texts: Strings
    stems: Stems
    idf: I32
    bounds: I64
    edges: U8
    suspicious: I64
    source: I64
    short: I64
    long: I64
    fold: I64
    firsts: I64
    cases: I64
    tokens: I64
    kinds: list[str]


def read_planted(folder: Path) -> Planted:
    """Read articles.parquet, pairs.parquet and cases.parquet."""
    articles = pl.read_parquet(folder / "articles.parquet").sort("article_id")
    texts = strings_of(articles["text"])
    documents = documents_of(texts)
    n = len(documents)
    stems = stems_of(documents, texts, Languages(np.zeros(n, np.int16), ("en",)))
    bounds, edges = edge_classes(
        texts.data, texts.bounds, characters().kinds, np.arange(n),
        documents.offsets, documents.gaps, documents.widths, documents.wide,
    )  # fmt: skip
    names = ["suspicious_id", "source_id"]
    pairs = pl.read_parquet(folder / "pairs.parquet").sort(names).with_row_index("pair")
    cases = pl.read_parquet(folder / "cases.parquet").join(pairs, on=names)
    cases = cases.sort("pair", "this_offset", "source_offset")
    suspicious, source = (
        np.searchsorted(articles["article_id"].to_numpy(), pairs[name].to_numpy()) for name in names
    )
    places = cases.select(
        a="this_offset",
        a_end=pl.col("this_offset") + pl.col("this_length"),
        b="source_offset",
        b_end=pl.col("source_offset") + pl.col("source_length"),
    ).to_numpy()
    at = cases["pair"].to_numpy()
    sizes = np.diff(documents.offsets)
    turned = sizes[suspicious] > sizes[source]
    sides = ((suspicious, places[:, :2]), (source, places[:, 2:]))
    tokens = np.concatenate([_tokens(documents, rows[at], ends_) for rows, ends_ in sides], axis=1)
    tokens = np.where(turned[at, None], tokens[:, [2, 3, 0, 1]], tokens)
    idf = stem_weights(stems, documents, np.arange(n))
    return Planted(
        documents, texts, stems, idf, bounds, edges, suspicious, source,
        np.where(turned, source, suspicious), np.where(turned, suspicious, source),
        np.array([int(hashlib.sha256(i.encode()).hexdigest(), 16) % 2 for i in pairs["source_id"]]),
        ends(np.bincount(at, minlength=len(pairs))), places, tokens, cases["obfuscation"].to_list(),
    )  # fmt: skip


def _tokens(documents: Documents, rows: I64, places: I64) -> I64:
    """First token and last + 1 of places in texts."""
    found = np.empty_like(places)
    starts, stops, offsets = documents.starts, documents.ends, documents.offsets
    for c, (row, (start, end)) in enumerate(zip(rows, places, strict=True)):
        part = slice(offsets[row], offsets[row + 1])
        found[c] = (
            np.searchsorted(starts[part], start),
            np.searchsorted(stops[part], end, side="right"),
        )
    return found
