"""How well copy trees are told, without dates, with them, and with some of them wrong.

`python -m tests.quality.trees EVAL_FOLDER` prints shares with counts and 95 % intervals: on
`chains`, each setting's chain by itself and whole stories, with all hops and without the first two;
on `versions` and `chains`, what one date in ten drawn at random does to the answers for pairs; and
how long a story of 10,000 copies takes. Dates are made: one hour a step, from a random start.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl

from pipeline import load_config, read_articles, run
from pipeline.result import Result
from tests.quality.hidden import hidden
from tests.quality.retold import interval

_START = datetime(2024, 1, 1, tzinfo=UTC)
_QUIET = ("run.measure_recall=false", "derivation.habits=false")
_RANDOM = 0.1
_CONFIDENT = 0.9
_SYLLABLES = [x + y for x in "bdfgklmnprstvz" for y in "aeiou"]


def ran(articles: pl.DataFrame, sets: Iterable[str] = ()) -> Result:
    """A run over articles."""
    config = load_config(None, [*_QUIET, *sets])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.parquet"
        articles.write_parquet(path)
        return run(read_articles([path], config.read), config)


def dated(articles: pl.DataFrame, hours: Mapping[str, float]) -> pl.DataFrame:
    """Articles published so many hours after the start."""
    times = {x: (_START + timedelta(hours=float(hour))).isoformat() for x, hour in hours.items()}
    return articles.with_columns(published_at=pl.col("article_id").replace_strict(times))


def steps_of(folder: Path, name: str) -> dict[str, tuple[str, int]]:
    """Each article's story and its place in it, in steps."""
    order = "version" if name == "versions" else "hop"
    stories = pl.read_parquet(folder / name / "stories.parquet")
    steps = stories.with_columns(
        step=pl.col(order).rank("dense").over("story").cast(pl.Int64()) - 1
    )
    return {
        x: (story, step) for x, story, step in steps.select("article_id", "story", "step").rows()
    }


def made_hours(
    steps: Mapping[str, tuple[str, int]], seed: int, wrong: float
) -> tuple[dict[str, float], set[str]]:
    """One hour a step from a random start, and whose are drawn over the story's span instead."""
    chance = np.random.default_rng(seed)
    spans: dict[str, int] = defaultdict(int)
    for story, step in steps.values():
        spans[story] = max(spans[story], step)
    starts = {story: chance.uniform(0, 24 * 365) for story in sorted(spans)}
    hours, drawn = dict[str, float](), set[str]()
    for article, (story, step) in sorted(steps.items()):
        random = chance.random() < wrong
        hours[article] = starts[story] + (chance.uniform(0, spans[story]) if random else step)
        if random:
            drawn.add(article)
    return hours, drawn


def share(hits: float, total: int) -> str:
    """A share with its count and interval."""
    low, high = interval(round(hits), total)
    return f"{hits / max(total, 1):.3f} ({round(hits)} of {total}, {low:.3f}–{high:.3f})"


def chains_of(folder: Path) -> list[list[list[str]]]:
    """By setting, the chains, each from its original on."""
    edges = pl.read_parquet(folder / "chains" / "derivations.parquet")
    following = defaultdict(list)
    for source, derived in edges.select("source_id", "derived_id").rows():
        following[source].append(derived)
    settings: list[list[list[str]]] = []
    for first in sorted(set(edges["source_id"]) - set(edges["derived_id"])):
        for setting, second in enumerate(sorted(following[first])):
            chain = [first, second]
            while following[chain[-1]]:
                chain += following[chain[-1]]
            if setting == len(settings):
                settings.append([])
            settings[setting].append(chain)
    return settings


def trees(folder: Path, seed: int) -> None:
    """Must-show 4."""
    articles = pl.read_parquet(folder / "chains" / "articles.parquet")
    steps = steps_of(folder, "chains")
    settings = chains_of(folder)
    for missing in (0, 2):
        for with_dates in (False, True):
            found = np.zeros(4)
            for chains in settings:
                kept = [[x for x in chain if steps[x][1] >= missing] for chain in chains]
                found += one_setting(articles, kept, steps, seed, with_dates)
            edges, undirected, directed, invented = found
            name = f"chains, {'dated' if with_dates else 'no dates'}, from hop {missing}"
            print(
                f"{name:32} undirected {share(undirected, int(edges))}, directed "
                f"{share(directed, int(edges))}; a source invented {int(invented)} times"
            )
    for with_dates in (False, True):
        _whole_stories(folder, articles, steps, seed, with_dates)


def one_setting(
    articles: pl.DataFrame, chains: list[list[str]], steps: Mapping[str, tuple[str, int]],
    seed: int, with_dates: bool,
) -> np.ndarray:  # fmt: skip
    """Edges, those found either way, those found; articles decided to have an unseen source."""
    names = {x for chain in chains for x in chain}
    rows, now = hidden(articles.filter(pl.col("article_id").is_in(names)), seed)
    if with_dates:
        hours, _ = made_hours(steps, seed, 0.0)
        rows = dated(rows, {now[x]: hours[x] for x in names})
    tree = ran(rows, ["derivation.decision_confidence=0"]).derivations.filter(rank=1)
    sources = dict(tree.select("derived_id", "source_id").rows())
    sure = tree.filter((pl.col("decision") == "common_source") & (pl.col("probability") >= 0.8))
    pairs = [(now[x], now[y]) for chain in chains for x, y in pairwise(chain)]
    either = sum(sources.get(y) == x or sources.get(x) == y for x, y in pairs)
    return np.array([len(pairs), either, sum(sources.get(y) == x for x, y in pairs), len(sure)])


def _whole_stories(
    folder: Path, articles: pl.DataFrame, steps: Mapping[str, tuple[str, int]], seed: int,
    with_dates: bool,
) -> None:  # fmt: skip
    rows, now = hidden(articles, seed)
    if with_dates:
        hours, _ = made_hours(steps, seed, 0.0)
        rows = dated(rows, {now[x]: hours[x] for x in now})
    tree = ran(rows, ["derivation.decision_confidence=0"]).derivations.filter(rank=1)
    sources = dict(tree.select("derived_id", "source_id").rows())
    edges = pl.read_parquet(folder / "chains" / "derivations.parquet")
    pairs = [(now[x], now[y]) for x, y in edges.select("source_id", "derived_id").rows()]
    either = sum(sources.get(y) == x or sources.get(x) == y for x, y in pairs)
    right = sum(sources.get(y) == x for x, y in pairs)
    name = f"chains, four settings, {'dated' if with_dates else 'no dates'}"
    print(f"{name:32} undirected {share(either, len(pairs))}, directed {share(right, len(pairs))}")


def spanning(folder: Path) -> None:
    """How many edges a maximum spanning tree by nearness alone has, for comparison."""
    from pipeline.stages.kinship import with_kinship  # noqa: PLC0415

    articles = pl.read_parquet(folder / "chains" / "articles.parquet")
    result = ran(articles.with_columns(published_at=pl.lit(None, pl.String())))
    place = {x: row for row, x in enumerate(result.articles["article_id"])}
    hits = total = 0
    for chains in chains_of(folder):
        for chain in chains:
            ends = [(x, y) for at, x in enumerate(chain) for y in chain[:at]]
            pairs = pl.DataFrame({
                "a": [place[x] for x, _ in ends], "b": [place[y] for _, y in ends],
                "relation": ["rewrite"] * len(ends),
            })  # fmt: skip
            near = with_kinship(pairs, result.documents)["kinship"]
            graph = nx.Graph()
            graph.add_weighted_edges_from((*end, w) for end, w in zip(ends, near, strict=True))
            tree = {frozenset(edge) for edge in nx.maximum_spanning_tree(graph).edges}
            hits += sum(frozenset(e) in tree for e in pairwise(chain))
            total += len(chain) - 1
    print(f"{'a spanning tree by nearness':32} undirected {share(hits, total)}")


def dates(folder: Path, name: str, regime: str, seed: int) -> None:
    """Must-show 5: the answers for consecutive pairs with one date in ten at random."""
    steps = steps_of(folder, name)
    hours, drawn = made_hours(steps, seed, _RANDOM)
    rows, now = hidden(pl.read_parquet(folder / name / "articles.parquet"), seed)
    result = ran(dated(rows, {now[x]: hours[x] for x in now}), [f"derivation.regime={regime}"])
    known = pl.read_parquet(folder / name / "derivations.parquet")
    told = result.pairs.select("a_id", "b_id", "p_a_from_b", "p_b_from_a")
    by_pair = {(a, b): (x, y) for a, b, x, y in told.rows()}
    alone, fused, confidence = [], [], []
    for source, derived in known.select("source_id", "derived_id").rows():
        gap = hours[derived] - hours[source]
        alone.append(0.5 + 0.5 * np.sign(gap))
        a, b = sorted((now[source], now[derived]))
        one, other = by_pair.get((a, b), (0.0, 0.0))
        right, wrong = (one, other) if now[derived] == a else (other, one)
        fused.append(0.5 + 0.5 * np.sign(right - wrong))
        confidence.append(max(right, wrong))
    there = np.array(confidence) > 0
    sure = np.array(confidence) >= _CONFIDENT
    score, base = np.array(fused), np.array(alone)
    found = int(there.sum())
    print(
        f"{name} {regime}: dates alone {share(base[there].sum(), found)}, with all "
        f"{share(score[there].sum(), found)}; decided at {_CONFIDENT}: "
        f"{share(sure.sum(), len(sure))} of all, {sure.sum() / found:.3f} of those found, "
        f"right {share(score[sure].sum(), int(sure.sum()))}"
    )
    _doubted(result, {now[x] for x in drawn})


def _doubted(result: Result, drawn: set[str]) -> None:
    """Pairs that a reader is told of, and if one of their dates was drawn."""
    rows = result.pairs.filter(pl.col("evidence").list.eval(
        pl.element().struct.field("signal") == "doubted_date").list.any()
    )  # fmt: skip
    hits = sum(a in drawn or b in drawn for a, b in rows.select("a_id", "b_id").rows())
    every = sum(a in drawn or b in drawn for a, b in result.pairs.select("a_id", "b_id").rows())
    print(
        f"  pairs whose dates are doubted: {len(rows)} of {len(result.pairs)}; of these with a "
        f"drawn date {share(hits, len(rows))}, of all {share(every, len(result.pairs))}"
    )


def many_copies(n: int, seed: int) -> None:
    """Must-show 7: one story of n copies, most of them edited."""
    chance = np.random.default_rng(seed)
    words = ["".join(chance.choice(_SYLLABLES, 3)) for _ in range(4000)]
    sentence = lambda: " ".join(chance.choice(words, 12)).capitalize() + "."  # noqa: E731
    versions, rows = [[sentence() for _ in range(25)]], []
    for at in range(n):
        text = list(versions[chance.integers(min(len(versions), 50))])
        for _ in range(chance.integers(3)):
            text[chance.integers(len(text))] = sentence()
        versions.append(text)
        hour = _START + timedelta(minutes=int(chance.integers(20_000)))
        rows.append((f"c{at:05}", f"Outlet {at % 400}", hour.isoformat(), " ".join(text)))
    schema = ["article_id", "source", "published_at", "text"]
    began = time.monotonic()
    result = ran(pl.DataFrame(rows, schema=schema, orient="row"))
    stage = next(it for it in result.account if it["stage"] == "derivation")
    print(f"{n} copies: {len(result.clusters)} story, derivation {stage['seconds']} s of "
          f"{time.monotonic() - began:.1f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    spanning(given.folder)
    for seed in range(1, given.seeds + 1):
        print(f"\nseed {seed}")
        trees(given.folder, seed)
        for name, regime in (("versions", "revision"), ("versions", "auto"), ("chains", "auto")):
            dates(given.folder, name, regime, seed)
    many_copies(10_000, 1)


if __name__ == "__main__":
    main()
