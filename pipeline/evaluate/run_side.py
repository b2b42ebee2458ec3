"""What a run says about the articles of a truth: read once, as rows and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.io.output import read_run
from pipeline.io.scan import rows_of
from pipeline.stages.exact import identical_groups
from pipeline.tables import RELATIONS

LINKED = RELATIONS[:-1]
_ARTICLE = ("article_id", "source", "language", "tokens", "text_hash", "cluster_id")
_PAIR = (
    "a_id", "b_id", "relation", "probability", "p_a_from_b", "p_b_from_a", "jaccard", "found_by",
)  # fmt: skip
_PASSAGE = ("a_id", "b_id", "a_start", "a_end", "b_start", "b_end")
_DERIVATION = ("derived_id", "rank", "source_id", "unseen_source", "decision", "probability")


@dataclass(frozen=True)
class RunSide:
    """The articles of a run, and where they are read from.

    Attributes:
        out: the run's folder.
        articles: all of them, in the order of their ids.
        same_as: [n] each article's representative: the first with the same text; itself where the
            run compared given pairs alone, none of which stands for others.
        told: what `run.json` holds.
    """

    out: Path
    articles: pl.DataFrame
    same_as: I64
    told: Mapping[str, Any]

    @property
    def ids(self) -> pl.Series:
        """[n] ids; the place of one is its row."""
        return self.articles["article_id"]

    @property
    def stories(self) -> I64:
        """[n] each article's story by number; one in none has a number of its own."""
        story = self.articles["cluster_id"]
        numbers = story.rank("dense").cast(pl.Int64())
        alone = -1 - np.arange(len(story))
        return np.where(story.is_null().to_numpy(), alone, numbers.fill_null(0).to_numpy())

    def rows(self, ids: pl.Series) -> I64:
        """The rows of ids, all of which are there."""
        place = pl.DataFrame({"id": self.ids}).with_row_index("row")
        found = ids.rename("id").to_frame().join(place, on="id", how="left", maintain_order="left")
        return found["row"].to_numpy().astype(np.int64)

    def pairs(self, rows: I64) -> pl.DataFrame:
        """a, b (rows) and columns of the pairs of some articles and of their representatives."""
        wanted = np.unique(np.concatenate([rows, self.same_as[rows]]))
        ids = self.ids.gather(wanted).implode()
        found = rows_of(
            self.out, "pairs", pl.col("a_id").is_in(ids) | pl.col("b_id").is_in(ids), columns=_PAIR
        ).sort("a_id", "b_id")
        sides = {side: pl.Series(self.rows(found[f"{side}_id"])) for side in "ab"}
        return found.with_columns(linked=pl.col("relation").is_in(list(LINKED)), **sides)

    def derivations(self, ids: pl.Series) -> pl.DataFrame:
        """Rows of `derivations` that name one of some articles."""
        named = ids.implode()
        either = pl.col("derived_id").is_in(named) | pl.col("source_id").is_in(named)
        rows = rows_of(self.out, "derivations", either, columns=_DERIVATION)
        return rows.sort("derived_id", "rank")

    def passages(self, ids: pl.Series) -> pl.DataFrame:
        """Passages of pairs whose two articles are both among some."""
        named = ids.implode()
        both = (pl.col("a_id").is_in(named), pl.col("b_id").is_in(named))
        return rows_of(self.out, "passages", *both, columns=_PASSAGE)


def run_side(out: Path) -> RunSide:
    """The articles of a run.

    Raises:
        OutputError: the folder isn't a run's, or holds no such table, or a broken one.
    """
    told = read_run(out)
    articles = rows_of(out, "articles", columns=_ARTICLE).sort("article_id")
    alone = told["given_pairs"] is not None
    same_as = np.arange(len(articles)) if alone else identical_groups(
        articles["text_hash"].to_numpy()
    )  # fmt: skip
    return RunSide(out, articles, same_as, told)
