"""What a finished run wrote, as far as two articles need it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pipeline.config import Config
from pipeline.errors import InputError, OutputError
from pipeline.io.output import config_of, read_run
from pipeline.io.read import read_articles
from pipeline.io.scan import rows_of
from pipeline.stages.articles import Articles
from pipeline.stages.normalise import documents_of
from pipeline.stages.signatures import Layout
from pipeline.stages.spread import ranges

_SUGGESTED_FROM = 100_000  # ids that are compared with an unknown one, at most
_HASHED = 2000  # texts at a time
_ID = pl.col("article_id")
_NO_TEXTS = "the run kept no texts"


@dataclass(frozen=True)
class RunFiles:
    """A run's folder. Tables are scanned, so that two articles of ten million are read quickly."""

    out: Path

    @cached_property
    def run(self) -> dict[str, Any]:
        """What run.json holds."""
        return read_run(self.out)

    @cached_property
    def config(self) -> Config:
        """The run's resolved config."""
        return config_of(self.out)

    @cached_property
    def layout(self) -> Layout:
        """The bands and rows that finder 1 used."""
        layout = self.run["layout"]
        return Layout(layout["bands"], layout["rows"], layout["expected_pairs"])

    @cached_property
    def caps(self) -> dict[str, int]:
        """What caps left out, by name."""
        cuts = (stage.get("cut", {}) for stage in self.run["stages"])
        return {name: count for cut in cuts for name, count in cut.items()}

    def table(self, name: str, *filters: pl.Expr) -> pl.DataFrame:
        """The rows of a table, or of a frame of the state ("state/masks"), that pass.

        Raises:
            OutputError: the file is missing or broken.
        """
        return rows_of(self.out, name, *filters)

    def judged(self, a_id: str, b_id: str) -> bool | None:
        """An editor's word on the pair, if there is one."""
        for row in self.run.get("judgements", []):
            if {row["a_id"], row["b_id"]} == {a_id, b_id}:
                return bool(row["verdict"])
        return None

    def two_articles(self, a_id: str, b_id: str) -> pl.DataFrame:
        """The rows of two articles with their texts, sorted by id.

        Raises:
            InputError: one id twice, or an id that isn't in the run.
            OutputError: the texts weren't kept and the inputs have changed.
        """
        read_run(self.out)  # tells what is wrong with a folder that isn't a run's
        if a_id == b_id:
            raise InputError(f"'{a_id}' is named twice; explain needs two articles")
        return self.articles([a_id, b_id])

    def articles(self, ids: Sequence[str]) -> pl.DataFrame:
        """The rows of articles with their texts, sorted by id.

        Raises:
            InputError: an id that isn't in the run.
            OutputError: the texts weren't kept and the inputs have changed.
        """
        rows = self.table("articles", _ID.is_in(ids))
        for article_id in ids:
            if article_id not in rows["article_id"]:
                raise InputError(self._unknown(article_id))
        return rows.join(self._texts(rows), on="article_id").sort("article_id")

    def story(self, story_id: str) -> dict[str, Any]:
        """The row of `clusters` of a story, or of the story that an article is in.

        Raises:
            InputError: there is none.
        """
        read_run(self.out)
        name = pl.col("cluster_id")
        found = self.table("clusters", name == story_id)
        if found.is_empty():
            rows = self.table("articles", _ID.is_in([story_id]))
            if rows.is_empty():
                raise InputError(f"no story; {self._unknown(story_id)}")
            if rows["cluster_id"].item() is None:
                raise InputError(f"the article '{story_id}' is in no story")
            found = self.table("clusters", name == rows["cluster_id"].item())
        return found.row(0, named=True)

    def _unknown(self, article_id: str) -> str:
        told = f"no article '{article_id}' in {self.out}"
        rejected = self.table("rejects", pl.col("locator") == f"article_id {article_id}")
        if len(rejected):
            return f"{told}: it was rejected, {rejected['reason'][0]}"
        lengths = _ID.str.len_chars().cast(pl.Int64()) - len(article_id)
        inside = _ID.str.contains(article_id, literal=True)
        ids = self.table("articles", (lengths.abs() <= 4) | inside)["article_id"]
        ids = ids.head(_SUGGESTED_FROM)
        # A file's id is its path in the folder; people type its name.
        near = [name for name in ids if article_id in name][:3] if article_id else []
        near = near or get_close_matches(article_id, ids, n=3, cutoff=0.5)
        return f"{told}; near it: {', '.join(near)}" if near else told

    def _texts(self, rows: pl.DataFrame) -> pl.DataFrame:
        if (self.out / "texts.parquet").exists():
            return self.table("texts", _ID.is_in(rows["article_id"].to_list()))
        return self._texts_of_inputs(rows.select("article_id", "text_hash"))

    def _texts_of_inputs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The texts read again: by id, or by hash, as a file's id depends on the folder named."""
        read = pl.concat(_of_hashes(self._read_again(), rows["text_hash"]))
        texts = (
            rows.join(read, on="text_hash", how="left")
            .sort("article_id", pl.col("article_id") != pl.col("read_id"), "text")
            .unique("article_id", keep="first", maintain_order=True)
        )
        for article_id in texts.filter(pl.col("text").is_null())["article_id"]:
            raise OutputError(
                f"{_NO_TEXTS}, and the input has changed: article '{article_id}' is gone or has "
                "another text; run stemma again"
            )
        return texts.select("article_id", "text")

    def _read_again(self) -> Articles:
        places = [file["absolute"] for file in self.run["inputs"]]
        if None in places:
            raise OutputError(f"{_NO_TEXTS} and read standard input; run again without --no-texts")
        try:
            return read_articles(places, self.config.read).stored
        except InputError as error:
            raise OutputError(f"{_NO_TEXTS}, and the input has changed: {error}") from error

    def representative(self, text_hash: int) -> str:
        """The article that stands for all of one text: the smallest id."""
        same = self.table("articles", pl.col("text_hash") == pl.lit(text_hash, dtype=pl.UInt64()))
        return str(same["article_id"].min())

    def pair(self, table: str, a_id: str, b_id: str) -> pl.DataFrame:
        """A pair's rows of `pairs` or `passages`, in either order of the ids."""
        first, second = sorted((a_id, b_id))
        return self.table(table, pl.col("a_id") == first, pl.col("b_id") == second)


def _of_hashes(articles: Articles, hashes: pl.Series) -> Iterator[pl.DataFrame]:
    """read_id, text, text_hash of the articles whose normalised texts have one of the hashes."""
    for part in ranges(len(articles), _HASHED):
        found = documents_of(articles.text.series(part)).text_hash
        rows = np.flatnonzero(np.isin(found, hashes.to_numpy()))
        frame = articles.frame(part.start + rows, ["article_id", "text"])
        yield frame.rename({"article_id": "read_id"}).with_columns(text_hash=pl.Series(found[rows]))
