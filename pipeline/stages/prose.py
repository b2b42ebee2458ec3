"""Which tokens that two articles share can be their own, and not their outlet's page."""

import numpy as np
import polars as pl

from pipeline.documents import Documents
from pipeline.kernels.prose import prose_tokens
from pipeline.stages.spread import ends


def prose_of(pairs: pl.DataFrame, passages: pl.DataFrame, documents: Documents) -> pl.Series:
    """Tokens of each pair that are equal, outside quotations, and don't look like page furniture.

    Bios, notes and teasers stand at the same end of two pages; links and labels inside sentences
    neither open nor close with one.

    Args:
        pairs: a, b (rows), passages (how many).
        passages: in the pairs' order: a_first, a_last, b_first, b_last, equal, quoted.
        documents: of all articles.
    """
    spans = passages.select("a_first", "a_last", "b_first", "b_last", "equal", "quoted")
    found = prose_tokens(
        documents.flags,
        documents.offsets,
        pairs["a"].to_numpy(),
        pairs["b"].to_numpy(),
        ends(pairs["passages"].to_numpy()),
        np.ascontiguousarray(spans.to_numpy(), np.int64),
    )
    return pl.Series(found, dtype=pl.Int64())


def with_prose(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """The pairs with `prose` as it counts: only pages of one outlet have furniture in common.

    Between two outlets, or where one is unknown, all that is verbatim counts.

    Args:
        pairs: a, b, verbatim, prose.
        articles: `source`; row by row those that a and b mean.

    Example:
        >>> pairs = pl.DataFrame({"a": [0, 0], "b": [1, 2], "verbatim": [50, 50], "prose": [0, 0]})
        >>> articles = pl.DataFrame({"source": ["Courier", "Courier", "Ledger"]})
        >>> with_prose(pairs, articles)["prose"].to_list()
        [0, 50]
    """
    a, b = (articles["source"].gather(pairs[side]) for side in "ab")
    prose = pl.when((a == b).fill_null(value=False)).then("prose").otherwise("verbatim")
    return pairs.with_columns(prose=prose)
