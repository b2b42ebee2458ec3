"""The sample corpus's tables as CSV: run this after a change that is meant to change them."""

from pathlib import Path

import polars as pl

from pipeline import Result, load_config, read_articles, run

FOLDER = Path(__file__).parent
SAMPLE = FOLDER.parents[1] / "sample_corpus"
TABLES = ("articles", "pairs", "passages", "clusters", "derivations", "flows", "sources")


def sample_run(name: str = "default") -> Result:
    """A run over the sample corpus with a preset."""
    config = load_config(name)
    return run(read_articles([SAMPLE / "articles"], config.read), config)


def flat(table: pl.DataFrame) -> pl.DataFrame:
    """A table as CSV holds it: no evidence, lists joined, floats to six places, times as text."""
    kept = table.drop("evidence", "text_hash", strict=False)
    return kept.with_columns(
        pl.col(pl.List(pl.String)).list.join(";"),
        pl.col(pl.Float64).round(6),
        pl.col(pl.Duration).dt.total_seconds(),
        pl.col(pl.Datetime).dt.to_string("iso:strict"),
    )


if __name__ == "__main__":
    result = sample_run()
    for name in TABLES:
        flat(getattr(result, name)).write_csv(FOLDER / f"{name}.csv")
