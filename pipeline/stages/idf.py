"""How much a stem tells: ln((N + N₀) / (df + df₀)).

df₀ is what a small English dump would have, so that a dump of two files knows its common words.
"""

from functools import cache
from pathlib import Path

import numpy as np

from pipeline.documents import I32, I64, U64, Documents
from pipeline.stages.spread import Spread
from pipeline.stages.stems import Stems, group_counts, hashes_of

# Articles, then stems in the order of their frequency, each with the articles it stands in.
TABLE = Path(__file__).parent.parent / "data" / "english_stems.txt"
UNIT = 1 << 10  # of a weight of 1
# N₀: the table counts for as much as a dump of so many articles.
_STRENGTH = 2000.0
_UNSEEN = 0.5  # df₀ of a stem that isn't in the table


def stem_weights(stems: Stems, documents: Documents, group: I64, spread: Spread = map) -> I32:
    """[s] idf of each stem, in fixed point: `UNIT` is 1.

    Args:
        stems, documents: of n articles.
        group: [n] the row that stands for each article's copies: they count once.
        spread: runs blocks of groups.

    Example:
        >>> import polars as pl
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> texts = strings_of(pl.Series(["The mayor of Brackwater", "The lid of the jar"]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(2, np.int16), ("en",)))
        >>> weights = stem_weights(stems, documents, np.arange(2)) / UNIT
        >>> weights[stems.ids[:4]].round(1).tolist()
        [0.0, 2.6, 0.0, 7.2]
    """
    found = group_counts(stems, documents, group, spread)
    groups = len(np.unique(group))
    hashes, prior = _english()
    at = np.minimum(np.searchsorted(hashes, stems.hashes), len(hashes) - 1)
    before = np.where(hashes[at] == stems.hashes, prior[at], _UNSEEN)
    idf = np.log((groups + _STRENGTH) / (found + before))
    return np.round(np.maximum(idf, 0.0) * UNIT).astype(np.int32)


@cache
def _english() -> tuple[U64, np.ndarray]:
    """Hashes of the table's stems, ascending, and the df₀ of each."""
    first, *rows = TABLE.read_text(encoding="utf8").splitlines()
    names, counts = zip(*(row.split(" ") for row in rows), strict=True)
    hashes = hashes_of(names)
    order = np.argsort(hashes)
    share = np.array(counts, np.int64) / int(first)
    return hashes[order], np.maximum(share * _STRENGTH, _UNSEEN)[order]
