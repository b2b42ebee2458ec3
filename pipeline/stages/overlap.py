"""The funnel's first step: how much of two articles' stems and stem pairs is shared, exactly."""

from dataclasses import dataclass

import numpy as np

from pipeline.documents import F64, I32, I64, U64, Documents
from pipeline.kernels.overlap import feature_sets, set_weights, shared_weights
from pipeline.stages.spread import Gather, Kinds, Spread, ends, in_memory, joined, ranges
from pipeline.stages.stems import Stems

_BLOCK = 4096  # pairs per call
_SETS: Kinds = {"sizes": (np.int64,), "values": (np.uint64,)}


@dataclass(frozen=True)
class FeatureSets:
    """The distinct stems of m documents, and pairs of stems in a row inside a sentence.

    Attributes:
        rows: [m] which documents, ascending.
        bounds: [m + 1] the set at place i is values[bounds[i]:bounds[i + 1]].
        values: as `pipeline.kernels.overlap.feature_sets` packs them.
    """

    rows: I64
    bounds: I64
    values: U64


@dataclass(frozen=True)
class Overlap:
    """Weights of m pairs of documents, in halves of `pipeline.stages.idf.UNIT`.

    Attributes:
        shared: [m, 2] of the stems, and of the stem pairs, that both have.
        a, b: [m, 2] of all that each has.
    """

    shared: I64
    a: I64
    b: I64

    def containment(self) -> F64:
        """[m] share of the stem pairs, by weight, of the one that has less; 0 where it has none."""
        shared: F64 = self.shared[:, 1] / np.maximum(np.minimum(self.a[:, 1], self.b[:, 1]), 1)
        return shared


def feature_sets_of(
    documents: Documents, stems: Stems, rows: I64, batch: int = 2000, gather: Gather = in_memory
) -> FeatureSets:
    """The sets of some documents; none is left out for being common.

    Args:
        documents, stems: of all articles.
        rows: which, ascending.
        batch: sets per call of the kernel.
        gather: runs the batches.
    """

    def work(part: range) -> tuple[np.ndarray, ...]:
        chosen = rows[part.start : part.stop]
        return feature_sets(stems.ids, documents.flags, documents.offsets, chosen)

    sizes, values = gather(work, ranges(len(rows), batch), _SETS)
    return FeatureSets(rows, ends(sizes), values)


def overlap(sets: FeatureSets, weights: I32, a: I64, b: I64, spread: Spread = map) -> Overlap:
    """What pairs of documents share, and what each has.

    A stem pair weighs the mean of its stems: as good as its own idf, and nothing need be counted.

    Args:
        sets: of all documents in the pairs.
        weights: [s] of each stem, as `pipeline.stages.idf.stem_weights` gives them.
        a, b: [m] rows.
        spread: runs blocks of pairs.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> texts = strings_of(pl.Series(["ice closes the pass", "ice closed a pass"]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(2, np.int16), ("en",)))
        >>> sets = feature_sets_of(documents, stems, np.arange(2))
        >>> same = overlap(sets, np.ones(5, np.int32), np.array([0]), np.array([1]))
        >>> same.shared.tolist(), same.a.tolist(), same.containment().round(2).tolist()
        ([[6, 2]], [[8, 6]], [0.33])
    """
    at_a, at_b = np.searchsorted(sets.rows, a), np.searchsorted(sets.rows, b)
    held = (sets.values, sets.bounds, weights)

    def work(part: range) -> I64:
        span = slice(part.start, part.stop)
        return shared_weights(*held, at_a[span], at_b[span]).ravel()

    shared = joined(spread(work, ranges(len(a), _BLOCK)), np.int64).reshape(-1, 2)
    whole = set_weights(*held)
    return Overlap(shared, whole[at_a], whole[at_b])
