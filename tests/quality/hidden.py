"""Runs over hidden articles, and what direction says of their labelled pairs with any models."""

import hashlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import load_config, read_articles, run
from pipeline.documents import F64, I64
from pipeline.result import Result
from pipeline.stages.clues import Clues, clues_of
from pipeline.stages.differences import Differences, differences
from pipeline.stages.direction import direct
from pipeline.stages.exact import identical_groups
from pipeline.stages.regimes import Weights
from pipeline.stages.story_regimes import with_story_regimes
from pipeline.stages.text_clues import Regime, text_clues
from pipeline.tables import JOINING


@dataclass(frozen=True)
class Trial:
    """A run over hidden articles, and the labelled pairs among them.

    Attributes:
        result: of the run.
        pairs: set, kind, story; `source`, `derived` (rows), `words_source`, `words_derived`;
            `at`, the pair's place in the table of pairs, null where it isn't found; `same`, has
            it one text?
        table: a, b (rows), containments, coverage, retold.
        found: how the texts of the table's pairs differ.
        clues: without them.
    """

    result: Result
    pairs: pl.DataFrame
    table: pl.DataFrame
    found: Differences
    clues: Clues


def hidden(articles: pl.DataFrame, seed: int) -> tuple[pl.DataFrame, dict[str, str]]:
    """Articles without dates, with drawn ids and outlets, and what each id became."""
    chance = np.random.default_rng(seed)
    outlets = [f"Outlet {n}" for n in chance.integers(0, 400, len(articles))]
    numbers = chance.permutation(len(articles))
    ids = [hashlib.sha256(f"{seed} {n}".encode()).hexdigest()[:12] for n in numbers]
    told = dict(zip(articles["article_id"], ids, strict=True))
    rows = articles.with_columns(article_id=pl.Series(ids), source=pl.Series(outlets),
                                 published_at=pl.lit(None, pl.String()))  # fmt: skip
    return rows.sort("article_id"), told


def trial(
    articles: pl.DataFrame, known: pl.DataFrame, seed: int, given: pl.DataFrame | None = None
) -> Trial:
    """Hide articles, run, and find the labelled pairs again."""
    rows, now = hidden(articles, seed)
    known = known.with_columns(pl.col("source", "derived").replace_strict(now))
    config = load_config(None, ["run.measure_recall=false", "derivation.habits=false"])
    if given is not None:
        given = given.select(pl.all().replace_strict(now))
        given = given.select(a_id=pl.min_horizontal("a_id", "b_id"),
                             b_id=pl.max_horizontal("a_id", "b_id"))  # fmt: skip
        config = config.comparing_only()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        rows.write_parquet(path)
        dump = read_articles([path], config.read)
        result = run(dump, config, given=given)
        return _trial(result, known)


def _trial(result: Result, known: pl.DataFrame) -> Trial:
    stored, documents = result.stored, result.documents
    about = stored.frame(
        columns=["article_id", "source", "published_at", "published_precision", "url"]
    )
    place = {name: row for row, name in enumerate(about["article_id"])}
    group = identical_groups(documents.text_hash)
    scores = result.scores.select("a_id", "b_id", "coverage", "retold")
    table = result.pairs.join(scores, on=["a_id", "b_id"]).with_columns(
        a=pl.col("a_id").replace_strict(place, return_dtype=pl.Int64),
        b=pl.col("b_id").replace_strict(place, return_dtype=pl.Int64),
    ).with_row_index("pair").with_columns(pl.col("pair").cast(pl.Int64))  # fmt: skip
    found = differences(table, _tokens(result, table), documents, stored.text)
    rows = {side: np.array([place[name] for name in known[side]]) for side in ("source", "derived")}
    at = {(int(group[a]), int(group[b])): row
          for row, a, b in table.select("pair", "a", "b").iter_rows()}  # fmt: skip
    x, y = (group[rows[side]] for side in ("source", "derived"))
    places = [at.get((int(i), int(j)), at.get((int(j), int(i)))) for i, j in zip(x, y, strict=True)]
    sizes = np.diff(documents.offsets)
    pairs = known.with_columns(
        **{side: pl.Series(row) for side, row in rows.items()},
        **{f"words_{side}": pl.Series(sizes[row]) for side, row in rows.items()},
        at=pl.Series(places, dtype=pl.Int64), same=pl.Series(x == y),
    )  # fmt: skip
    return Trial(result, pairs, table, found, clues_of(about, result.credits, result.links))


def _tokens(result: Result, table: pl.DataFrame) -> pl.DataFrame:
    """The passages of pairs, in tokens."""
    documents = result.documents
    rows = result.passages.join(table.select("pair", "a_id", "b_id", "a", "b"), on=["a_id", "b_id"])
    out = {"pair": rows["pair"]}
    for side in ("a", "b"):
        row = rows[side].to_numpy()
        for edge, points in (("first", "start"), ("last", "end")):
            values, places = rows[f"{side}_{points}"].to_numpy(), np.empty(len(row), np.int64)
            for one in np.unique(row):
                at = np.flatnonzero(row == one)
                starts = documents.part(range(one, one + 1)).starts
                places[at] = documents.offsets[one] + np.searchsorted(starts, values[at])
            out[f"{side}_{edge}"] = pl.Series(places)
    return pl.DataFrame(out).sort("pair")


def judged(
    told: Trial, regime: Regime, weights: dict[str, Weights] | None, chosen: I64
) -> tuple[F64, F64]:
    """[c] p(derived from source) and p(source from derived) of some labelled pairs.

    0 and 0 where the pair isn't found, or has one text.
    """
    pairs = told.pairs[chosen]
    known = pairs.with_row_index("row").filter(pl.col("at").is_not_null() & ~pl.col("same"))
    at = known["at"].to_numpy()
    part = told.table[at]
    group = identical_groups(told.result.documents.text_hash)
    texts = text_clues(told.table, told.found, group, regime, weights)
    links = told.table.filter(pl.col("relation").is_in(JOINING))
    texts = with_story_regimes(texts, links["a"].to_numpy(), links["b"].to_numpy())
    said = direct(part, replace(told.clues, texts=texts))
    # The row of the table is of representatives: turned where the derived one's is a.
    turned = group[known["derived"].to_numpy()] != group[part["b"].to_numpy()]
    a, b = said["p_a_from_b"].to_numpy(), said["p_b_from_a"].to_numpy()
    right, wrong = np.zeros(len(pairs)), np.zeros(len(pairs))
    right[known["row"].to_numpy()] = np.where(turned, a, b)
    wrong[known["row"].to_numpy()] = np.where(turned, b, a)
    return right, wrong
