"""Rows of `pairs` → how many pairs of articles each stands for, and what the truth says of these.

Identical articles are n − 1 pairs with a representative, which alone has pairs with others. A pair
of representatives stands for each pair of an article of the one group with one of the other: these
are counted by products of counts, never listed, so a text that ran ten thousand times costs no
more than one that ran twice. `pairs_one_by_one` in the tests is the slow twin.
"""

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.evaluate.by_rows import NEGATIVE, POSITIVE, SPARED, TruthRows

_COUNTS = {"positive": POSITIVE, "negative": NEGATIVE, "spared": SPARED}
_BOTH = ["a", "b"]


def expanded(pairs: pl.DataFrame, same_as: I64, truth: TruthRows) -> pl.DataFrame:
    """Pairs with counts of what they stand for.

    Args:
        pairs: a, b (rows), relation, linked, probability, jaccard and further columns.
        same_as: [n] each article's representative.
        truth: what is known.

    Returns:
        rows of three kinds, with `positive`, `negative` and `spared` (of one event, but alike):
        pairs of representatives; one row (a = b) for all pairs inside a group of identical
        articles; and pairs of single articles, which count for no other row.
    """
    a, b = (pairs[side].to_numpy() for side in _BOTH)
    inside = same_as[a] == same_as[b]
    star = inside & (pairs["relation"] == "identical").to_numpy()
    broad = ~inside & (a == same_as[a]) & (b == same_as[b])
    groups = pairs.filter(pl.Series(star & (a == same_as[a]))).unique(
        "a", keep="first", maintain_order=True
    )
    groups = groups.with_columns(b=pl.col("a"))
    wide = pl.concat([pairs.filter(pl.Series(broad)), groups])
    rows = pl.concat([
        wide.hstack(_products(wide, same_as, truth)),
        _single(pairs.filter(pl.Series(~star & ~broad)), truth),
    ])  # fmt: skip
    return _with_listed(_without_single(rows, len(wide), same_as, truth), same_as, truth)


def _products(wide: pl.DataFrame, same_as: I64, truth: TruthRows) -> pl.DataFrame:
    """positive, negative, spared of pairs of representatives, by the groups' word."""
    members = pl.DataFrame({"rep": same_as, "group": truth.group, "named": truth.named})
    reps = pl.concat([wide["a"], wide["b"]]).unique().implode()
    members = members.filter(pl.col("rep").is_in(reps))
    grouped = members.filter(pl.col("group") >= 0)
    counts = grouped.group_by("rep", "group").agg(n=pl.len().cast(pl.Int64()))
    totals = members.group_by("rep").agg(
        grouped=(pl.col("group") >= 0).sum().cast(pl.Int64()),
        strangers=(~pl.col("named")).sum().cast(pl.Int64()),
    )
    keyed = wide.select("a", "b", "jaccard").with_row_index("at")
    alike = (
        keyed.join(counts, left_on="a", right_on="rep")
        .join(counts, left_on=["b", "group"], right_on=["rep", "group"], suffix="_b")
        .with_columns(
            one=pl.when(pl.col("a") == pl.col("b"))
            .then(pl.col("n") * (pl.col("n") - 1) // 2)
            .otherwise(pl.col("n") * pl.col("n_b"))
        )
        .group_by("at").agg(same=pl.col("one").sum())
    )  # fmt: skip
    sided = (
        keyed.join(alike, on="at", how="left", maintain_order="left")
        .join(totals, left_on="a", right_on="rep", how="left", maintain_order="left")
        .join(totals, left_on="b", right_on="rep", how="left", suffix="_b", maintain_order="left")
        .with_columns(pl.col("same").fill_null(0))
    )
    itself = pl.col("a") == pl.col("b")
    own = pl.col("grouped")
    met = pl.when(itself).then(own * (own - 1) // 2).otherwise(own * pl.col("grouped_b"))
    strange = pl.when(itself).then(own * pl.col("strangers")).otherwise(
        own * pl.col("strangers_b") + pl.col("strangers") * pl.col("grouped_b")
    )  # fmt: skip
    spared = pl.when(pl.col("jaccard") >= truth.spared_from).then("same").otherwise(0)
    judged = pl.col("same") - spared
    return sided.select(
        positive=judged * (truth.within == POSITIVE),
        negative=met - pl.col("same")
        + judged * (truth.within == NEGATIVE)
        + strange * (truth.outside == NEGATIVE),
        spared=spared,
    )  # fmt: skip


def _single(pairs: pl.DataFrame, truth: TruthRows) -> pl.DataFrame:
    word = truth.implied(*_ends(pairs), pairs["jaccard"].to_numpy())
    told = _counted(word)
    return pairs.hstack(told)


def _ends(pairs: pl.DataFrame) -> tuple[I64, I64]:
    return pairs["a"].to_numpy(), pairs["b"].to_numpy()


def _counted(word: I64) -> pl.DataFrame:
    return pl.DataFrame({name: (word == said).astype(np.int64) for name, said in _COUNTS.items()})


def _without_single(rows: pl.DataFrame, wide: int, same_as: I64, truth: TruthRows) -> pl.DataFrame:
    """What stands in a row of its own is taken out of the row of the representatives."""
    single = rows[wide:]
    a, b = _ends(single)
    place = _places(rows[:wide], *_ordered(same_as[a], same_as[b]))
    there = place >= 0
    jaccard = rows["jaccard"].to_numpy()[np.maximum(place, 0)]
    word = truth.implied(a, b, jaccard)
    return _shifted(rows, place[there], word[there], -1)


def _with_listed(rows: pl.DataFrame, same_as: I64, truth: TruthRows) -> pl.DataFrame:
    """Where the truth has a word of its own on a pair, that counts."""
    place = places(rows, same_as, truth.a, truth.b)
    there = place >= 0
    jaccard = (
        rows["jaccard"].to_numpy()[np.maximum(place, 0)] if len(rows) else np.zeros(len(place))
    )
    word = truth.implied(truth.a, truth.b, jaccard)
    rows = _shifted(rows, place[there], word[there], -1)
    return _shifted(rows, place[there], truth.word[there], 1)


def _shifted(rows: pl.DataFrame, place: I64, word: I64, by: int) -> pl.DataFrame:
    added = {
        name: by * np.bincount(place[word == said], minlength=len(rows))
        for name, said in _COUNTS.items()
    }
    return rows.with_columns(
        pl.col(name) + pl.Series(it, dtype=pl.Int64()) for name, it in added.items()
    )


def places(rows: pl.DataFrame, same_as: I64, a: I64, b: I64) -> I64:
    """[k] the row of `expanded` that stands for each pair of articles, or −1."""
    own = _places(rows, *_ordered(a, b))
    # A row with a = b stands for a group: no pair of articles is that.
    whole = _places(rows, *_ordered(same_as[a], same_as[b]))
    return np.where(own >= 0, own, whole)


def _ordered(a: I64, b: I64) -> tuple[I64, I64]:
    return np.minimum(a, b), np.maximum(a, b)


def _places(rows: pl.DataFrame, a: I64, b: I64) -> I64:
    keys = rows.select(_BOTH).with_row_index("at").with_columns(pl.col("at").cast(pl.Int64()))
    asked = pl.DataFrame({"a": a, "b": b})
    found = asked.join(keys, on=_BOTH, how="left", maintain_order="left")
    return found["at"].fill_null(-1).to_numpy()
