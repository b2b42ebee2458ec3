"""Labelled pairs for the model that tells a shared text from a shared event.

Texts of all sets are mixed into `background`; texts cut to their first words, and pairs with a
passage of a third text planted in both, are added for training and don't count as articles.
"""

import hashlib
import re
import tempfile
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import load_config, read_articles
from pipeline.config import Retellings
from pipeline.documents import Documents
from pipeline.engines.local import in_order
from pipeline.kernels.components import components
from pipeline.kernels.sets import shared_counts
from pipeline.stages.boilerplate import mask_boilerplate
from pipeline.stages.idf import stem_weights
from pipeline.stages.language import detect_language
from pipeline.stages.likeness import known_runs, likeness_of
from pipeline.stages.normalise import documents_of, shingles_of
from pipeline.stages.retellings import find_retellings
from pipeline.stages.spread import Spread
from pipeline.stages.stems import Stems, stems_of
from tests.train.made_texts import CUTS, made_texts

SETS = ("events", "rewrites", "chains", "answers", "versions")
_NEAR = 0.5
_SPREAD: Spread = partial(in_order, threads=0)


@dataclass(frozen=True)
class Labelled:
    """Pairs with their features.

    Attributes:
        pairs: a_id, b_id, kind, set, story, cut (words kept, 0 for all), truth (1, 0, or null),
            jaccard, days (between them, null where unknown), outlets (are there two?), found (by
            finder 3), fold (of two, by story).
        features: [pairs, k].
    """

    pairs: pl.DataFrame
    features: np.ndarray


def first_fold(story: str) -> bool:
    """Is the story of the first of two folds?"""
    return hashlib.sha256(story.encode()).digest()[0] % 2 == 0


def labelled(folder: Path, sample_corpus: Path) -> Labelled:
    """All labelled pairs, and what finder 3 finds."""
    texts = _texts(folder, sample_corpus)
    labels = pl.concat([*_labels(folder), _sample_labels(sample_corpus)], how="vertical")
    dated = _dates(folder)
    made, planted = made_texts(texts, labels, dated)
    everything = pl.concat([texts, made])
    rows, documents, stems, group, jaccards = _read(everything, len(texts))
    weights = stem_weights(stems, documents, group, _SPREAD)
    known = known_runs(documents, stems, weights, group, _SPREAD)
    # Texts that are made for training stand for no article, and so find and are found by none.
    real = np.array([name in set(texts["article_id"]) for name in rows])
    found, _ = find_retellings(
        _hidden(documents, real), _hidden_stems(stems, documents, real), group, Retellings(),
        spread=_SPREAD,
    )  # fmt: skip
    names = np.array(rows)
    pairs = _joined(labels, planted, names[found >> 32], names[found & 0xFFFFFFFF], texts, dated)
    place = {name: at for at, name in enumerate(rows)}
    a, b = (np.array([place[name] for name in pairs[side]], np.int64) for side in ("a_id", "b_id"))
    features = likeness_of(documents, stems, known, a, b, _SPREAD).features
    return Labelled(pairs.with_columns(jaccard=jaccards(a, b)), features)


def _texts(folder: Path, sample_corpus: Path) -> pl.DataFrame:
    parts = [
        pl.read_parquet(folder / name / "articles.parquet").select(
            "article_id", "source", "text", set=pl.lit(name)
        )
        for name in ("background", *SETS)
    ]
    sample = read_articles(sorted((sample_corpus / "articles").glob("*")), load_config().read)
    every = range(len(sample.stored))
    parts.append(
        pl.DataFrame(
            {
                "article_id": sample.stored.article_id.series(every),
                "source": [None] * len(sample.stored),
                "text": sample.stored.text.series(every),
                "set": ["sample"] * len(sample.stored),
            },
            schema=parts[0].schema,
        )
    )
    return pl.concat(parts)


def _labels(folder: Path) -> list[pl.DataFrame]:
    """a_id, b_id, kind, set, story, truth of whole texts."""
    read = lambda name: pl.read_parquet(folder / name)  # noqa: E731
    parts = []
    events = read("events/events.parquet")
    rows = [
        (*pair, "event", "events", event, 0)
        for (event,), members in events.group_by("event_id", maintain_order=True)
        for pair in combinations(sorted(members["article_id"]), 2)
    ]
    schema = {"a_id": pl.String, "b_id": pl.String, "kind": pl.String, "set": pl.String,
              "story": pl.String, "truth": pl.Int64}  # fmt: skip
    parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
    for name, kind in (
        ("rewrites", pl.col("kind").str.strip_prefix("chatgpt-")),
        ("chains", pl.lit("hop")),
        ("versions", pl.lit("version")),
    ):
        stories = read(f"{name}/stories.parquet").select("article_id", "story")
        parts.append(
            read(f"{name}/derivations.parquet")
            .join(stories, left_on="source_id", right_on="article_id")
            .select(a_id="source_id", b_id="derived_id", kind=kind, set=pl.lit(name),
                    story="story", truth=pl.lit(1, pl.Int64))
        )  # fmt: skip
    ends = (
        read("versions/stories.parquet").sort("story", "version")
        .group_by("story", maintain_order=True)
        .agg(a_id=pl.col("article_id").first(), b_id=pl.col("article_id").last())
        .filter(pl.col("a_id") != pl.col("b_id"))
    )  # fmt: skip
    parts.append(ends.select("a_id", "b_id", kind=pl.lit("first_last"), set=pl.lit("versions"),
                             story="story", truth=pl.lit(1, pl.Int64)))  # fmt: skip
    answers = read("answers/labels.parquet")
    parts.append(answers.select(a_id="source_id", b_id="derived_id", kind="category",
                                set=pl.lit("answers"), story="derived_id",
                                truth=(pl.col("category") != "non").cast(pl.Int64)))  # fmt: skip
    return parts


def _sample_labels(sample_corpus: Path) -> pl.DataFrame:
    """Every two members of a story of the sample corpus."""
    truth = pl.read_csv(sample_corpus / "truth.csv").filter(pl.col("story").is_not_null())
    rows = [
        (*pair, "sample", "sample", story, 1)
        for (story,), members in truth.group_by("story", maintain_order=True)
        for pair in combinations(sorted(set(members["derived_id"])), 2)
    ]
    return pl.DataFrame(
        rows, schema=["a_id", "b_id", "kind", "set", "story", "truth"], orient="row"
    )


def _dates(folder: Path) -> dict[str, tuple[str, object]]:
    """Outlet and day of each article of `background`."""
    articles = pl.read_parquet(folder / "background" / "articles.parquet")
    days = articles["published_at"].str.slice(0, 10).str.to_date(strict=False)
    known = zip(articles["source"], days, strict=True)
    return dict(zip(articles["article_id"], known, strict=True))


def _read(articles: pl.DataFrame, real: int):
    """Ids in the run's order, documents, stems, near-copy groups, and the Jaccard of pairs."""
    config = load_config()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        articles.drop("set").write_parquet(path)
        stored = read_articles([path], config.read).stored.under(config.outlets)
    ids = stored.article_id.series(range(len(stored))).to_list()
    documents = documents_of(stored.text)
    languages = detect_language(stored, config.normalise, spread=_SPREAD)
    flags = mask_boilerplate(documents, stored, config.boilerplate, _SPREAD).flags
    documents = Documents(**{**vars(documents), "flags": flags})
    stems = stems_of(documents, stored.text, languages, spread=_SPREAD)
    shingles = shingles_of(documents, config.normalise)
    sizes = np.diff(shingles.offsets)

    def jaccards(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        shared = shared_counts(shingles.values, shingles.offsets, a, b)
        return shared / np.maximum(sizes[a] + sizes[b] - shared, 1)

    return ids, documents, stems, _groups(ids, articles[:real], shingles, jaccards), jaccards


def _groups(ids, articles, shingles, jaccards) -> np.ndarray:
    """[n] the row that stands for each article's near copies; a made text's is its original's."""
    real = set(articles["article_id"])
    chosen = np.array([name in real for name in ids])
    owner = np.repeat(np.arange(len(ids)), np.diff(shingles.offsets))
    order = np.argsort(shingles.values, kind="stable")
    order = order[chosen[owner[order]]]
    # Near copies share many shingles: pairs of neighbours in the order of every 16th suffice.
    order = order[(shingles.values[order] >> np.uint64(40)) % np.uint64(16) == 0]
    same = shingles.values[order][1:] == shingles.values[order][:-1]
    x, y = owner[order][:-1][same], owner[order][1:][same]
    keys = np.unique(np.minimum(x, y) * len(ids) + np.maximum(x, y))
    x, y = keys // len(ids), keys % len(ids)
    near = (x != y) & (jaccards(x, y) >= _NEAR)
    group = components(len(ids), x[near], y[near])
    place = {name: at for at, name in enumerate(ids)}
    for at, name in enumerate(ids):
        if name not in real:
            group[at] = group[place[re.sub(r"(-\d+)?(~\w+)?$", "", name)]]
    first = np.full(len(ids), len(ids))
    np.minimum.at(first, group[chosen], np.flatnonzero(chosen))
    return first[group]


def _hidden(documents: Documents, real: np.ndarray) -> Documents:
    """Documents with the made ones empty."""
    sizes = np.diff(documents.offsets)
    kept = np.repeat(real, sizes)
    offsets = np.append(0, np.cumsum(np.where(real, sizes, 0)))
    return Documents(offsets, documents.tokens[kept], documents.gaps[kept], documents.widths[kept],
                     np.empty((0, 4), np.int64), documents.flags[kept],
                     documents.text_hash)  # fmt: skip


def _hidden_stems(stems: Stems, documents: Documents, real: np.ndarray) -> Stems:
    return Stems(stems.ids[np.repeat(real, np.diff(documents.offsets))], stems.hashes)


def _joined(labels, planted, a, b, texts, dated) -> pl.DataFrame:
    """Labelled pairs, those of cut texts, and the finder's with what is known of them."""
    cuts = [
        labels.filter(pl.col("kind").is_in(["event", "paraphrase", "rewrite", "version"]))
        .with_columns(pl.col("a_id", "b_id") + f"-{words}", cut=pl.lit(words))
        for words in CUTS
    ]  # fmt: skip
    whole = [part.with_columns(cut=pl.lit(0)) for part in (labels, planted)]
    known = pl.concat([*whole, *cuts]).with_columns(days=pl.lit(None, pl.Int64), outlets=True)
    of = dict(zip(texts["article_id"], texts["set"], strict=True))
    story = {name: one for x, y, one in labels.select("a_id", "b_id", "story").iter_rows()
             for name in (x, y)}  # fmt: skip
    rows = [_found(x, y, of, story, dated) for x, y in zip(a, b, strict=True)]
    found = pl.DataFrame(rows, schema={**known.schema}, orient="row")
    every = pl.concat([known.with_columns(found=False), found.with_columns(found=True)])
    return every.with_columns(
        fold=pl.col("story").map_elements(first_fold, return_dtype=pl.Boolean)
    )


def _found(x, y, of, story, dated):
    """A pair of the finder's: true where both have one story, null where no story is known."""
    here, there = of[x], of[y]
    (one, day), (other, later) = dated.get(x, (None, None)), dated.get(y, (None, None))
    days = abs((day - later).days) if day and later else None
    both = {here, there}
    name = "background" if "background" in both else here if len(both) == 1 else "mixed"
    if both & {"sample", "answers"} or both == {"background"}:
        truth = None
    elif here != there or here == "events":
        truth = 0
    else:  # articles without a derivation belong to no story that is known here
        truth = int(story[x] == story[y]) if x in story and y in story else None
    return (x, y, "found", name, story.get(x) or story.get(y) or min(x, y), truth, 0, days,
            one != other or one is None)  # fmt: skip
