"""Labelled pairs for the models that tell from two texts who took from whom."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.documents import F64
from pipeline.stages.differences import Differences, differences
from pipeline.stages.normalise import documents_of
from pipeline.stages.regimes import directed_features, regime_features
from pipeline.stages.strings import strings_of

_SCHEMA = {"set": pl.String, "kind": pl.String, "story": pl.String,
           "source": pl.String, "derived": pl.String}  # fmt: skip
_TRIMMED = 600  # articles of `background` that are cut
_PLACES = dict.fromkeys(("pair", "a_first", "a_last", "b_first", "b_last"), pl.Int64())


@dataclass(frozen=True)
class Labelled:
    """Pairs whose source is known, a being the source.

    Attributes:
        pairs: set, kind, story, source, derived.
        directed, regime: features.
    """

    pairs: pl.DataFrame
    directed: dict[str, F64]
    regime: dict[str, F64]


def labels(folder: Path) -> pl.DataFrame:
    """set, kind, story, source, derived (ids) of whole texts."""
    read = lambda name: pl.read_parquet(folder / name)  # noqa: E731
    kinds = {
        "versions": pl.lit("consecutive"),
        "rewrites": pl.col("kind").str.strip_prefix("chatgpt-"),
        "chains": pl.when(pl.col("hops") < 5).then(pl.lit("early")).otherwise(pl.lit("late")),
    }
    parts = []
    for name, kind in kinds.items():
        stories = read(f"{name}/stories.parquet").select("article_id", "story")
        rows = read(f"{name}/derivations.parquet").join(
            stories, left_on="source_id", right_on="article_id"
        )
        parts.append(rows.select(set=pl.lit(name), kind=kind, story="story",
                                 source="source_id", derived="derived_id"))  # fmt: skip
    ends = read("versions/stories.parquet").sort("story", "version").group_by(
        "story", maintain_order=True
    ).agg(source=pl.col("article_id").first(), derived=pl.col("article_id").last())  # fmt: skip
    ends = ends.filter(pl.col("source") != pl.col("derived"))
    parts.append(ends.select(set=pl.lit("versions"), kind=pl.lit("first_last"), story="story",
                             source="source", derived="derived"))  # fmt: skip
    answers = read("answers/labels.parquet").filter(pl.col("category") != "non")
    parts.append(answers.select(set=pl.lit("answers"), kind="category", story="derived_id",
                                source="source_id", derived="derived_id"))  # fmt: skip
    return pl.concat(parts).cast(_SCHEMA)


def labelled(folder: Path) -> Labelled:
    """All labelled pairs, and copies of articles with their ends cut off."""
    known = labels(folder)
    frames = [
        pl.read_parquet(folder / name / "articles.parquet").select("article_id", "text")
        for name in ("versions", "rewrites", "chains", "answers")
    ]
    whole, cut, rows = _trimmed(folder)
    texts = pl.concat([*frames, whole, cut])
    pairs = pl.concat([known, rows])
    found = compared(texts, pairs)
    return Labelled(pairs, directed_features(found), regime_features(found))


def compared(texts: pl.DataFrame, pairs: pl.DataFrame) -> Differences:
    """How sources and derived texts differ, nothing masked."""
    place = {name: at for at, name in enumerate(texts["article_id"])}
    strings = strings_of(texts["text"])
    rows = {side: [place[name] for name in pairs[name_of]]
            for side, name_of in (("a", "source"), ("b", "derived"))}  # fmt: skip
    frame = pl.DataFrame({"pair": range(len(pairs)), **rows})
    return differences(frame, pl.DataFrame(schema=_PLACES), documents_of(strings), strings)


def _trimmed(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Articles, copies as a desk trims them (an end cut off, a few words changed), and the pairs.

    No set labels such copies; without them a model would take whatever is nearly equal for a
    revision.
    """
    articles = pl.read_parquet(folder / "background" / "articles.parquet").sort("article_id")
    whole = articles.select("article_id", "text").sample(_TRIMMED, seed=1)
    chance = np.random.default_rng(1)
    rows = [_cut(text, chance) for text in whole["text"]]
    cut = whole.with_columns(pl.col("article_id") + "-cut", text=pl.Series(rows))
    ids = whole["article_id"]
    pairs = pl.DataFrame({"set": ["trimmed"] * len(ids), "kind": ["trimmed"] * len(ids),
                          "story": ids, "source": ids, "derived": ids + "-cut"})  # fmt: skip
    return whole, cut, pairs


def _cut(text: str, chance: np.random.Generator) -> str:
    sentences = text.split(". ")
    kept = max(1, round(len(sentences) * chance.uniform(0.3, 0.95)))
    words = ". ".join(sentences[:kept]).split(" ")
    for _ in range(chance.integers(0, 6)):
        words[chance.integers(0, len(words))] = words[chance.integers(0, len(words))]
    dateline = ["BRACKWATER —"] if chance.random() < 0.5 else []
    return " ".join([*dateline, *words])
