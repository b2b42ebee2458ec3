"""What a run gives: tables, those as long as the dump in parts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from datasketch import MinHashLSH

from pipeline import tables
from pipeline.config import Config
from pipeline.documents import I64, U32, Documents
from pipeline.stages.articles import COLUMNS, Articles
from pipeline.stages.language import Languages
from pipeline.stages.normalise import masked_spans, unmasked_sizes
from pipeline.stages.published import articles_table
from pipeline.stages.recall import Recall
from pipeline.stages.signatures import Layout, to_datasketch
from pipeline.stages.spread import ranges
from pipeline.stages.strings import batches, named

_PART = 8192


@dataclass(frozen=True)
class Named:
    """What articles name as their origin, and which other articles they link to.

    Attributes:
        cut: what caps left out, by name; goes into run.json.
    """

    credits: pl.DataFrame
    links: pl.DataFrame
    cut: dict[str, int]


@dataclass(frozen=True)
class Result:
    """The tables of a run, as `pipeline.tables` declares them, and its account.

    Attributes:
        stored: the articles.
        documents: their tokens, masked.
        languages: their languages.
        story: [n] the number of each article's story, −1 for none.
        cluster_ids: [stories] their names.
        credits, links: what articles name and link to; `explain` needs them.
        scores: a_id, b_id and the other `FEATURES` by which the pairs' relations were told.
        account: what `run.json` holds of the stages: counts, seconds, peak memory, caps.
        signatures: [articles, permutations] uint32, in the order of `articles`.
        recall: what was missed, if it was measured.
        given: pairs that were to be compared and no others; None: pairs were sought.
    """

    stored: Articles
    documents: Documents = field(repr=False)
    languages: Languages = field(repr=False)
    story: I64
    cluster_ids: pl.Series
    credits: pl.DataFrame
    links: pl.DataFrame
    scores: pl.DataFrame
    pairs: pl.DataFrame
    passages: pl.DataFrame
    sentence_links: pl.DataFrame
    clusters: pl.DataFrame
    derivations: pl.DataFrame
    flows: pl.DataFrame
    flows_weekly: pl.DataFrame
    sources: pl.DataFrame
    boilerplate: pl.DataFrame
    rejects: pl.DataFrame
    account: list[dict[str, object]]
    signatures: U32 = field(repr=False)
    layout: Layout
    recall: Recall | None
    given: int | None
    config: Config = field(repr=False)

    @property
    def articles(self) -> pl.DataFrame:
        """The table `articles`."""
        return pl.concat(self.parts("articles"))

    @property
    def texts(self) -> pl.DataFrame:
        """The table `texts`."""
        return pl.concat(self.parts("texts"))

    @property
    def state(self) -> dict[str, pl.DataFrame]:
        """Frames that `explain` and `tune` need."""
        whole = {"credits": self.credits, "links": self.links, "scores": self.scores}
        return whole | {name: pl.concat(self.parts(name)) for name in ("masks", "signatures")}

    def parts(self, name: str) -> Iterator[pl.DataFrame]:
        """A table or a frame of the state; one row per article in parts."""
        long: dict[str, Callable[[range], pl.DataFrame]] = {
            "articles": self._articles,
            "texts": lambda rows: self.stored.frame(rows, tables.TEXTS.columns),
            "masks": self._masks,
            "signatures": self._signatures,
        }
        if name not in long:
            return iter([getattr(self, name)])
        n = len(self.stored)
        rows = batches(self.stored.text, _PART) if name == "texts" else ranges(n, _PART)
        return map(long[name], rows if n else [range(0)])

    def _articles(self, rows: range) -> pl.DataFrame:
        columns = [name for name in tables.ARTICLES.columns if name in COLUMNS]
        frame = self.stored.frame(rows, columns).with_columns(
            cluster_id=named(self.cluster_ids, self.story[rows.start : rows.stop]),
            language=self.languages.series(rows),
            text_hash=self.documents.text_hash[rows.start : rows.stop],
            tokens=unmasked_sizes(self.documents.part(rows)),
        )
        return articles_table(frame, self._credits_of(frame["article_id"]))

    def _credits_of(self, ids: pl.Series) -> pl.DataFrame:
        """The credits of a part; like the articles they stand in the order of ids."""
        if ids.is_empty():
            return self.credits.clear()
        of = self.credits["article_id"]
        return self.credits[of.search_sorted(ids[0], "left") : of.search_sorted(ids[-1], "right")]

    def _masks(self, rows: range) -> pl.DataFrame:
        ids = self.stored.article_id.series(rows)
        return masked_spans(ids, self.documents, np.arange(rows.start, rows.stop))

    def _signatures(self, rows: range) -> pl.DataFrame:
        kind = pl.Array(pl.UInt32(), self.signatures.shape[1])
        signature = pl.Series("signature", self.signatures[rows.start : rows.stop], dtype=kind)
        return self.stored.frame(rows, ["article_id"]).with_columns(signature)

    def to_datasketch(self) -> MinHashLSH:
        """The signatures of all articles as a `datasketch.MinHashLSH`, with the run's layout."""
        ids = self.stored.article_id.series(range(len(self.stored))).to_list()
        return to_datasketch(ids, self.signatures, self.layout, self.config.near)
