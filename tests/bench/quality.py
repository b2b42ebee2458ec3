"""What was found of what was planted, and whether what was found is so."""

import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

_WORD = re.compile(r"[^\W_]+")
_WORDS = 5
SAMPLE = 2000
BANDS = ((0.5, 0.7), (0.7, 1.01))


def recall(truth: pl.DataFrame, column: str) -> dict[str, float]:
    """Share of planted pairs with `found` set, by band of the Jaccard in `column`."""
    shares = {}
    for low, high in BANDS:
        band = truth.filter(pl.col(column).is_between(low, high, closed="left"))
        shares[f"{low:g}–{min(high, 1):g}"] = float(band["found"].mean() or 0.0)
    return shares


def in_one_cluster(truth: pl.DataFrame, clusters: pl.DataFrame) -> pl.DataFrame:
    """The truth with `found`: do both stand in one cluster? Null clusters hold nobody."""
    of = clusters.select("article_id", "cluster")
    return (
        truth.join(of, left_on="a_id", right_on="article_id")
        .join(of, left_on="b_id", right_on="article_id", suffix="_b")
        .with_columns(found=(pl.col("cluster") == pl.col("cluster_b")).fill_null(value=False))
    )


def in_pairs(truth: pl.DataFrame, articles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """The truth with `found`: is it a linked pair, or one of the groups of identical texts?"""
    first = articles.select("article_id", first=pl.col("article_id").min().over("text_hash"))
    linked = pairs.filter(pl.col("relation") != "related").select("a_id", "b_id", found=True)
    named = truth.join(first, left_on="a_id", right_on="article_id").join(
        first, left_on="b_id", right_on="article_id", suffix="_b"
    )
    low, high = pl.min_horizontal("first", "first_b"), pl.max_horizontal("first", "first_b")
    return (
        named.with_columns(low=low, high=high)
        .join(linked, left_on=["low", "high"], right_on=["a_id", "b_id"], how="left")
        .with_columns(
            found=pl.col("found").fill_null(value=False) | (pl.col("low") == pl.col("high"))
        )
    )


def strangers(truth: pl.DataFrame, clusters: pl.DataFrame) -> float:
    """Share of clustered articles that no chain of planted pairs ties to the cluster's first."""
    story = _stories(truth)
    held = clusters.drop_nulls("cluster").filter(pl.len().over("cluster") > 1)
    held = held.with_columns(
        story=pl.col("article_id").replace_strict(story, default=pl.col("article_id"))
    )
    first = pl.col("story").first().over("cluster")
    return float(held.select((pl.col("story") != first).mean()).item() or 0.0)


def _stories(truth: pl.DataFrame) -> dict[str, str]:
    """Each planted article's story, named by one of its articles."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = one = parent[parent[one]]
        return one

    for a, b in truth.select("a_id", "b_id").iter_rows():
        parent[root(a)] = root(b)
    return {one: root(one) for one in list(parent)}


def exactness(run: Path, files: list[str]) -> dict[str, float]:
    """Of a sample of near copies and identical pairs: how many are what the table says.

    Returns:
        pairs looked at; `right`: share with an exact Jaccard of at least .5; `equal`: share whose
        written Jaccard is the naive count's.
    """
    pairs = pl.read_parquet(run / "pairs.parquet").filter(
        pl.col("relation").is_in(["near_copy", "identical"])
    )
    pairs = pairs.sample(min(SAMPLE, len(pairs)), seed=1)
    wanted = pl.concat([pairs["a_id"], pairs["b_id"]]).unique()
    found = _shingles_of(wanted, run, files)
    right = equal = 0
    for a, b, jaccard in pairs.select("a_id", "b_id", "jaccard").iter_rows():
        exact = len(found[a] & found[b]) / max(1, len(found[a] | found[b]))
        right += exact >= 0.5
        equal += abs(exact - jaccard) < 1e-9
    count = max(1, len(pairs))
    return {"pairs": len(pairs), "right": right / count, "equal": equal / count}


def _shingles_of(wanted: pl.Series, run: Path, files: list[str]) -> dict[str, set[str]]:
    """Word 5-grams of each article outside of what the run masked."""
    texts = pl.scan_parquet(files).filter(pl.col("article_id").is_in(wanted.to_list()))
    masks = (
        pl.read_parquet(run / "state" / "masks.parquet")
        .sort("article_id", "start")
        .group_by("article_id")
        .agg("start", "end")
    )
    rows = texts.select("article_id", "text").collect().join(masks, on="article_id", how="left")
    return {
        one: naive_shingles(text, zip(starts or [], ends or [], strict=True))
        for one, text, starts, ends in rows.iter_rows()
    }


def naive_shingles(text: str, masked: Iterable[tuple[int, int]]) -> set[str]:
    """Word 5-grams that don't cross masked spans; all words together if there is none."""
    pieces, at = [], 0
    for start, end in masked:
        pieces.append(text[at:start])
        at = end
    words = [_WORD.findall(piece.lower()) for piece in [*pieces, text[at:]]]
    grams = {
        " ".join(piece[i : i + _WORDS]) for piece in words for i in range(len(piece) - _WORDS + 1)
    }
    return grams or {" ".join(word for piece in words for word in piece)}
