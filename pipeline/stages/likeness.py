"""How much two articles agree: what tells a shared text from a shared event."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F32, F64, I64, Documents
from pipeline.kernels.likeness import likeness
from pipeline.kernels.profiles import (
    Known,
    count_runs,
    list_quotations,
    list_runs,
    note_quotations,
    profiles,
)
from pipeline.stages.spread import Spread, joined, ranges
from pipeline.stages.stems import Stems

_TOKENS = 1 << 21  # of the distinct documents of a block of pairs
_SAMPLE = 1 << 16
_PRIOR = 2000.0
_PHRASE = 0.5
_STOCK = 7
_CONTENT = 1.5
_TOTALS = np.array([60.0, 300.0, 300.0])
_LEAST = 2.0


def know(
    documents: Documents, stems: Stems, idf: F64, group: I64, batch: int = 2000,
    spread: Spread = map,
) -> Known:
    """Count runs."""
    n = len(documents)
    rows = np.flatnonzero(group == np.arange(n))
    sample = rows
    if len(rows) > _SAMPLE:
        sample = np.sort(rows[np.argsort(documents.text_hash[rows], kind="stable")[:_SAMPLE]])
    held = (stems.ids, documents.flags, documents.offsets, stems.hashes)
    tokens = int(np.diff(documents.offsets)[sample].sum())
    size = 1 << max(10, min(26, int(4 * tokens).bit_length()))
    table = np.zeros(size, np.uint16)
    parts = (sample[part.start : part.stop] for part in ranges(len(sample), batch))
    for keys in spread(lambda part: list_runs(*held, part), parts):
        step = size // 4
        list(spread(lambda slots: count_runs(keys, table, slots.start, slots.stop), ranges(size, step)))
    every = int(documents.offsets[-1])
    bits = np.zeros(1 << max(6, min(28, int(every // 2).bit_length())), np.uint8)
    parts = (np.arange(part.start, part.stop) for part in ranges(n, batch))
    for keys in spread(lambda part: list_quotations(*held, part), parts):
        note_quotations(keys, bits)
    idf = idf.astype(np.float32)
    return Known(
        stems.hashes, idf, np.exp(-idf), table, bits, _PRIOR, len(sample) + _PRIOR, _PHRASE,
        _STOCK, _CONTENT,
    )


def features_of(
    documents: Documents, stems: Stems, known: Known, a: I64, b: I64, spread: Spread = map
) -> F32:
    """Features."""
    sizes = np.diff(documents.offsets)

    def work(rows: range) -> F32:
        part = slice(rows.start, rows.stop)
        chosen, places = np.unique(np.concatenate([a[part], b[part]]), return_inverse=True)
        made = profiles(stems.ids, documents.flags, documents.offsets, known, chosen)
        return likeness(made, places[: len(rows)], places[len(rows) :], _TOTALS, _LEAST)

    cost = np.cumsum(np.minimum(sizes[a], 20000) + np.minimum(sizes[b], 20000))
    cuts = np.searchsorted(cost, np.arange(0, int(cost[-1]) + _TOKENS, _TOKENS))
    cuts = np.unique(np.append(cuts, len(a)))
    blocks = [range(int(x), int(y)) for x, y in zip(cuts[:-1], cuts[1:], strict=True)]
    return np.concatenate([np.empty((0, 13), np.float32), *spread(work, blocks)])
