"""Ids that were renamed meet ids that were there; places are looked up for what occurs only."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl

from pipeline.io.ids import resolve_ids
from pipeline.io.spool import _placed


def test_a_renamed_id_that_another_article_has_becomes_longer():
    hashes = ["a" * 32, "b" * 32]
    for other, length in (("1~" + "a" * 8, 32), ("1~" + "c" * 8, 8)):
        ids = pl.Series(["1", "1", other])
        counts = Counter[str]()
        rows, found = resolve_ids(
            ids,
            np.zeros(3, np.uint8),
            lambda rows: pl.Series([hashes[row] for row in rows]),
            counts,
        )
        expected = {f"1~{it[:length]}": at for at, it in enumerate(hashes)} | {other: 2}
        assert dict(zip(found, rows.tolist(), strict=True)) == expected
        assert counts["renamed_ids"] == 2


class Many(dict[str, int]):
    """Too many places to be gone through."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    items = keys = values = __iter__  # type: ignore[assignment]


def test_only_values_that_occur_are_placed():
    places = Many({"a": 0, "b": 1})
    assert _placed(pl.Series(["b", None, "c", "b"]), places).tolist() == [1, -1, 2, 1]
    assert _placed(pl.Series([None], dtype=pl.String()), places).tolist() == [-1]
    assert _placed(pl.Series([], dtype=pl.String()), places).tolist() == []
