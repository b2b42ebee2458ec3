"""`python -m tests.quality.flows EVAL`: a run's flows between outlets beside what a reader said.

Runs the default job on EVAL/background, dates and authors on, or takes a finished run (--run).
A verdict in `flow_verdicts.csv` is about one edge: is this article's text, or the passage, from
this source? No text is kept, only ids.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import polars as pl

from pipeline.io.output import read_table
from tests.quality import runs

VERDICTS = Path(__file__).with_name("flow_verdicts.csv")
EDGE = ("derived_id", "source_id", "unseen_source")
_TAKEN = ("derived", "common_source")


def edges(out: Path) -> pl.DataFrame:
    """The derivations that the table `flows` counts: EDGE and decision."""
    taken = read_table(out, "derivations").filter(pl.col("decision").is_in(_TAKEN))
    outlet = read_table(out, "articles").select("article_id", "source")
    ends = (("derived_id", "to_source"), ("source_id", "of"))
    for end, name in ends:
        names = outlet.rename({"article_id": end, "source": name})
        taken = taken.join(names, on=end, how="left")
    flows = read_table(out, "flows").select("from_source", "to_source")
    taken = taken.with_columns(from_source=pl.coalesce("of", "unseen_source"))
    return taken.join(flows, on=["from_source", "to_source"], how="semi").select(*EDGE, "decision")


def judged(found: pl.DataFrame) -> pl.DataFrame:
    """The edges with their verdict and its reason; null where nobody has read them."""
    verdicts = pl.read_csv(VERDICTS, schema_overrides=dict.fromkeys(EDGE, pl.String()))
    told = verdicts.select(*EDGE, "verdict", "reason")
    return found.join(told, on=EDGE, how="left", nulls_equal=True).sort(EDGE)


def main() -> int:
    """Count a run's edges by verdict and list those that nobody has read."""
    parser = argparse.ArgumentParser(prog="python -m tests.quality.flows", description=__doc__)
    parser.add_argument("eval", type=Path, metavar="EVAL", help="folder of the labelled sets")
    parser.add_argument("--run", type=Path, help="a finished run on the same articles")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = asked.run or Path(folder) / "out"
        if asked.run is None:
            runs.finished(asked.eval / runs.HAYSTACK / "articles.parquet", out)
        rows = judged(edges(out))
    for decision, verdict, count in (
        rows.group_by("decision", "verdict").len().sort(pl.all()).rows()
    ):
        print(f"{count:4} {decision} {verdict or 'not read'}")
    for row in rows.filter(pl.col("verdict").is_null()).iter_rows(named=True):
        print("not read:", row["derived_id"], "from", row["source_id"] or row["unseen_source"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
