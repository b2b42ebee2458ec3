"""The runs that quality is measured on: labelled sets hidden in a haystack, pairs, the sample."""

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from pipeline import load_config, read_articles, run
from pipeline.evaluate import Measured, Options, measure, read_truth
from pipeline.io.folder import Folder
from pipeline.io.output import write
from pipeline.result import Result

ROOT = Path(__file__).parents[2]
EVAL = ROOT.parent / "shared" / "eval"
SAMPLE = ROOT / "sample_corpus"
HAYSTACK = "background"
NEEDLES = ("versions", "rewrites", "chains", "answers", "events")
_COLUMNS = ("article_id", "source", "published_at", "title", "author", "url", "text")


def mixed(folder: Path, dates: bool = False) -> Path:
    """All needles in the haystack as one file; their dates hidden unless asked for."""
    path = folder / "mixed.parquet"
    frames = [
        pl.read_parquet(EVAL / name / "articles.parquet").select(_COLUMNS)
        for name in (HAYSTACK, *NEEDLES)
    ]
    rows = pl.concat(frames)
    if not dates:
        rows = rows.with_columns(published_at=pl.lit(None, pl.String()))
    rows.write_parquet(path)
    return path


def finished(
    inputs: Path, out: Path, changes: Iterable[str] = (), given: pl.DataFrame | None = None
) -> Result:
    """A run, written to a folder."""
    config = load_config(None, changes)
    if given is not None:
        config = config.comparing_only()
    dump = read_articles([inputs], config.read)
    result = run(dump, config, given=given)
    with Folder(out, overwrite=True) as folder:
        write(folder, result, dump, config)
    return result


def given_passages() -> pl.DataFrame:
    """The pairs of the set `passages`."""
    rows = pl.read_parquet(EVAL / "passages" / "pairs.parquet")
    ids = ("suspicious_id", "source_id")
    return rows.select(a_id=pl.min_horizontal(ids), b_id=pl.max_horizontal(ids)).unique()


def beside(out: Path, truth: Path, needs: Iterable[str] = ()) -> Measured:
    """A run beside one truth."""
    (told,) = measure(out, read_truth([truth], list(needs)), Options(mistakes=0))
    return told
