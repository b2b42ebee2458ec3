"""Rows of truth → frames of a `Truth`; rows that contradict each other are errors."""

import polars as pl

from pipeline.errors import InputError
from pipeline.evaluate.truth import DIRECTED, LISTED
from pipeline.io.columns import short, shown

_A, _B = pl.min_horizontal("x", "y").alias("a_id"), pl.max_horizontal("x", "y").alias("b_id")


def named(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """article_id, file, row of the first mention of each article."""
    told = [rows.select(pl.col(name).alias("article_id"), "file", "row") for name in columns]
    return pl.concat(told).drop_nulls("article_id").unique("article_id", keep="first",
                                                           maintain_order=True)  # fmt: skip


def ungrouped(mentioned: pl.DataFrame) -> pl.DataFrame:
    """Articles without a group: only listed pairs of theirs are judged."""
    nothing = (pl.lit(None, pl.Int64()).alias("group"), pl.lit(None, pl.String()).alias("label"))
    return mentioned.select("article_id", *nothing, "file", "row")


def grouped(mentioned: pl.DataFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Articles with groups: `labels` gives each article_id its label; without one, no group."""
    told = mentioned.join(labels, on="article_id", how="left", maintain_order="left")
    group = pl.col("label").rank("dense").cast(pl.Int64()) - 1
    return told.select("article_id", group.alias("group"), "label", "file", "row")


def fail(row: dict[str, object], what: str) -> InputError:
    """What is wrong with a row, with its place."""
    return InputError(shown(f"truth {row['file']}, row {row['row']}: {what}"))


def one_label(rows: pl.DataFrame, key: str, label: str) -> pl.DataFrame:
    """`key` as article_id and its label; an article with two is an error."""
    told = rows.select(pl.col(key).alias("article_id"), pl.col(label).alias("label"), "file", "row")
    first = told.unique("article_id", keep="first", maintain_order=True)
    both = told.join(first.select("article_id", first="label"), on="article_id", how="left",
                     maintain_order="left")  # fmt: skip
    differs = both.filter(pl.col("label").ne_missing(pl.col("first")))
    if len(differs):
        row = differs.row(0, named=True)
        raise fail(
            row,
            f"'{short(row['article_id'])}' has the {label} '{short(row['label'] or '')}' here and "
            f"'{short(row['first'] or '')}' in a row before",
        )
    return first.select("article_id", "label")


def one_word(rows: pl.DataFrame) -> pl.DataFrame:
    """x, y, shared, kind, file, row → `LISTED`; a pair of one article or of two words is an error.

    A pair that is listed again as not judged keeps the word that it has.
    """
    itself = rows.filter(pl.col("x") == pl.col("y"))
    if len(itself):
        row = itself.row(0, named=True)
        raise fail(row, f"'{short(row['x'])}' is paired with itself")
    told = rows.with_columns(_A, _B)
    words = told.group_by("a_id", "b_id").agg(pl.col("shared").drop_nulls().n_unique())
    unclear = told.join(words.filter(pl.col("shared") > 1), on=["a_id", "b_id"], how="semi",
                        maintain_order="left")  # fmt: skip
    if len(unclear):
        first = unclear.row(0, named=True)
        same = (pl.col("a_id") == first["a_id"]) & (pl.col("b_id") == first["b_id"])
        other = unclear.filter(same, pl.col("shared") != first["shared"]).row(0, named=True)
        raise fail(
            other,
            f"says that '{short(other['x'])}' and '{short(other['y'])}' "
            f"{'share' if other['shared'] else 'do not share'} a text; row {first['row']} of "
            f"{first['file']} says the contrary",
        )
    known = told.sort(pl.col("shared").is_null(), maintain_order=True)
    once = known.unique(["a_id", "b_id"], keep="first", maintain_order=True)
    return once.select(LISTED.names()).sort("a_id", "b_id")


def one_way(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of derivations → `DIRECTED`; a pair that is listed both ways is an error."""
    back = rows.select(source_id="derived_id", derived_id="source_id")
    twice = rows.join(back, on=["source_id", "derived_id"], how="semi", maintain_order="left")
    if len(twice):
        row = twice.row(-1, named=True)
        raise fail(
            row,
            f"'{short(row['derived_id'])}' from '{short(row['source_id'])}', "
            "and elsewhere the other way",
        )
    once = rows.unique(["source_id", "derived_id"], keep="first", maintain_order=True)
    return once.select(DIRECTED.names()).sort("source_id", "derived_id")


def pairs_of(rows: pl.DataFrame, x: str, y: str, shared: pl.Expr, kind: pl.Expr) -> pl.DataFrame:
    """`LISTED` of rows: the columns of the two ids, and what is said of them."""
    told = rows.select(x=x, y=y, shared=shared, kind=kind, file="file", row="row")
    return one_word(told.cast({"shared": pl.Boolean(), "kind": pl.String()}))
