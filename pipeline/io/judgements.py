"""An editor's word on pairs: read from CSV, turned into rows of the dump."""

from pathlib import Path

import polars as pl

from pipeline.errors import InputError
from pipeline.io.columns import short
from pipeline.io.headers import check_header, listed, separator_hint

_SCHEMA = pl.Schema({"a_id": pl.String(), "b_id": pl.String(), "verdict": pl.Boolean()})
NO_JUDGEMENTS = pl.DataFrame(schema=_SCHEMA)
_VERDICTS = {"yes": True, "no": False}


def read_judgements(path: Path) -> pl.DataFrame:
    """a_id, b_id, verdict of a CSV with these columns; verdict is yes or no.

    Raises:
        InputError: no such file, columns missing, a verdict that is neither, or two that differ.
    """
    try:
        raw = pl.read_csv(path, infer_schema=False, empty_string_is_null=False)
    except FileNotFoundError:
        raise InputError(f"judgements {path}: no such file") from None
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"judgements {path}: not a readable CSV: {reason}") from error
    check_header(raw.columns, f"judgements {path}")
    missing = [name for name in _SCHEMA if name not in raw.columns]
    if missing:
        raise InputError(
            f"judgements {path}: column {', '.join(missing)} missing; it has "
            f"{listed(raw.columns)}; write the header a_id,b_id,verdict"
            f"{separator_hint(raw.columns)}"
        )
    rows = raw.select(_SCHEMA.names()).with_row_index("line", offset=2)
    told = pl.col("verdict").str.strip_chars().str.to_lowercase()
    unclear = rows.filter(~told.is_in(list(_VERDICTS)))
    if len(unclear):
        line, *_, verdict = unclear.row(0)
        raise InputError(
            f"judgements {path}, line {line}: verdict '{short(verdict)}' is neither yes nor no"
        )
    blank = rows.filter(
        pl.any_horizontal(pl.col("a_id", "b_id").fill_null("").str.strip_chars() == "")
    )
    if len(blank):
        raise InputError(f"judgements {path}, line {blank['line'][0]}: an id is missing")
    ordered = rows.select(
        a_id=pl.min_horizontal("a_id", "b_id"),
        b_id=pl.max_horizontal("a_id", "b_id"),
        verdict=told.replace_strict(_VERDICTS, return_dtype=pl.Boolean()),
    ).unique(maintain_order=True)
    twice = ordered.filter(pl.struct("a_id", "b_id").is_duplicated())
    if len(twice):
        both = ", ".join(short(twice[side][0]) for side in ("a_id", "b_id"))
        raise InputError(f"judgements {path}: yes and no for {both}")
    return ordered


def rows_of(
    judgements: pl.DataFrame, article_ids: pl.Series, what: str = "judgements"
) -> pl.DataFrame:
    """a, b (rows, a < b) of pairs of article_ids, and judged (bool) if they have a verdict.

    Raises:
        InputError: an id isn't in the dump, or an article stands beside itself.
    """
    place = pl.DataFrame({"id": article_ids}).with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64())
    )  # fmt: skip
    rows = judgements.join(
        place.rename({"row": "a"}), left_on="a_id", right_on="id", how="left", maintain_order="left"
    ).join(
        place.rename({"row": "b"}), left_on="b_id", right_on="id", how="left", maintain_order="left"
    )
    for side in ("a", "b"):
        unknown = rows.filter(pl.col(side).is_null())
        if len(unknown):
            raise InputError(f"{what}: no article '{short(unknown[f'{side}_id'][0])}' in the dump")
    same = rows.filter(pl.col("a") == pl.col("b"))
    if len(same):
        raise InputError(f"{what}: '{short(same['a_id'][0])}' stands beside itself")
    return rows.select(
        pl.col("^verdict$").name.replace("verdict", "judged"),
        a=pl.min_horizontal("a", "b"),
        b=pl.max_horizontal("a", "b"),
    )
