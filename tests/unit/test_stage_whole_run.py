"""One dump, one answer: whatever the order of rows, the batches and the threads."""

import random
from contextlib import closing, suppress
from functools import partial

import networkx as nx
import numpy as np
import polars as pl
import pytest
from conftest import articles, corpus, dump, ran, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import result, tables
from pipeline.config import load_config
from pipeline.errors import InputError
from pipeline.io.read import read_articles
from pipeline.io.shards import read_shards
from pipeline.io.work import Work
from pipeline.run import Result, run
from pipeline.stages import boilerplate, candidates, strings, verify


@pytest.fixture(scope="module")
def plain():
    return ran(*corpus())


def assert_same(one: Result, other: Result) -> None:
    for name in tables.TABLES:
        assert getattr(one, name).equals(getattr(other, name)), name
    for name, frame in one.state.items():
        assert frame.equals(other.state[name]), name
    assert np.array_equal(one.signatures, other.signatures)
    assert one.layout == other.layout


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("threads", [1, 2])
def test_batches_and_threads_change_nothing(plain, batch, threads):
    assert_same(ran(*corpus(), sets=[f"run.batch={batch}", f"run.threads={threads}"]), plain)


# Of each module, the sizes of the parts that something long is worked on in.
_PARTS = {
    result: ("_PART",), strings: ("_BATCH_BYTES", "_JOINED_BYTES"), boilerplate: ("_COPIED",),
    candidates: ("_PART", "_BLOCKS"), verify: ("_BLOCK",),
}  # fmt: skip


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("threads", [1, 2])
def test_parts_change_nothing(plain, monkeypatch, size, threads):
    for module, names in _PARTS.items():
        for name in names:
            monkeypatch.setattr(module, name, size)
    assert_same(ran(*corpus(), sets=[f"run.threads={threads}"]), plain)


@pytest.mark.parametrize("share", [1 << 10, 1 << 22])
def test_a_memory_limit_changes_nothing(plain, monkeypatch, share):
    """The less memory, the more parts."""
    monkeypatch.setattr(candidates, "_SHARE", share)
    assert_same(ran(*corpus(), sets=["run.memory_limit=0.1"]), plain)


def test_more_articles_than_have_numbers_are_refused(monkeypatch):
    """As many as there are numbers for are taken."""
    rows = [{"article_id": f"{i}", "text": "Ice closes the pass."} for i in range(5)]
    monkeypatch.setitem(run.__globals__, "ROW_BITS", 2)
    assert len(ran(*rows[:4]).articles) == 4
    with pytest.raises(InputError, match="5 articles, and a run takes 4 at most"):
        ran(*rows)


def test_a_run_that_stops_among_the_finders_goes_on_under_another_limit(
    plain, monkeypatch, tmp_path
):
    """Parts of the fingerprints that were done under one limit aren't taken for another's."""
    monkeypatch.setattr(candidates, "_SHARE", 1 << 22)
    config = load_config(sets=["run.threads=1", "run.memory_limit=1"])
    rare, done = candidates.rare_groups, []

    def stopping(*given):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(given)
        return rare(*given)

    with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
        patch.setattr(candidates, "rare_groups", stopping)
        with closing(Work(tmp_path, {})) as work:
            run(dump(articles(*corpus())), config, work=work)
    assert len(done) == 2
    config = load_config(sets=["run.threads=1", "run.memory_limit=2", "run.batch=7"])
    with closing(Work(tmp_path, {})) as work:
        assert "buckets" in work.resumed
        assert_same(run(dump(articles(*corpus())), config, work=work), plain)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_the_size_of_shards_changes_nothing(monkeypatch, tmp_path, rows):
    """Twice the same rows, some under the same id with other texts, in two files."""
    made = [dict(row, published_at=f"{row['published_at'] or ''}") for row in corpus()]
    for name, shift in (("a", 0), ("b", 1)):
        ids = [row["article_id"] for row in made]
        texts = [row | {"article_id": ids[(at + shift * (at % 3)) % len(ids)]}
                 for at, row in enumerate(made)]  # fmt: skip
        pl.DataFrame(texts).write_ndjson(tmp_path / f"{name}.jsonl")
    config = load_config(sets=["run.threads=1"])
    expected = read_articles([tmp_path], config.read)
    monkeypatch.setattr("pipeline.io.read.read_shards", partial(read_shards, rows=rows))
    found = read_articles([tmp_path], config.read)
    assert found.articles.equals(expected.articles)
    assert found.rejects.equals(expected.rejects)
    assert (found.counts, found.inputs) == (expected.counts, expected.inputs)
    assert found.counts["renamed_ids"] > 10
    assert found.counts["duplicate_rows"] > 10
    assert_same(run(found, config), run(expected, config))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_changes_nothing(plain, seed):
    rows = corpus()
    random.Random(seed).shuffle(rows)
    assert_same(ran(*rows), plain)


def test_renamed_articles_keep_their_relations(plain):
    """New ids in another order: the same pairs, stories and decisions under the new names."""
    rows = corpus()
    names = [f"y{k:02}" for k in range(len(rows))]
    random.Random(3).shuffle(names)
    new = {row["article_id"]: name for row, name in zip(rows, names, strict=True)}
    other = ran(*(row | {"article_id": new[row["article_id"]]} for row in rows))

    def pairs(result, name):
        """Identical groups are tied to their smallest id; their pairs are another matter."""
        return {
            (
                frozenset((name(row["a_id"]), name(row["b_id"]))),
                row["relation"],
                round(row["jaccard"], 9),
            )
            for row in result.pairs.iter_rows(named=True)
            if row["a_id"] not in tied(result) and row["b_id"] not in tied(result)
        }

    def tied(result):
        same = result.pairs.filter(relation="identical")
        return {*same["a_id"], *same["b_id"]}

    def stories(result, name):
        return {
            frozenset(map(name, members))
            for _, members in result.articles.drop_nulls("cluster_id")
            .group_by("cluster_id")
            .agg("article_id")
            .rows()
        }

    def decisions(result, name):
        columns = ("derived_id", "decision", "source_id", "unseen_source", "credited")
        rows = result.derivations.filter(rank=1).select(columns).rows()
        return {
            (name(x), decision, source and name(source), *rest)
            for x, decision, source, *rest in rows
        }

    assert pairs(plain, new.get) == pairs(other, str)
    assert len(pairs(other, str)) > 20
    assert stories(plain, new.get) == stories(other, str)
    assert decisions(plain, new.get) == decisions(other, str)


def test_every_table_is_as_declared(plain):
    for name, table in tables.TABLES.items():
        frame = getattr(plain, name)
        assert table.check(frame).equals(frame), name
        assert frame.schema == table.schema
    filled = [name for name in tables.TABLES if not getattr(plain, name).is_empty()]
    assert set(filled) == set(tables.TABLES)


def test_tables_refer_to_what_there_is(plain):
    ids = set(plain.articles["article_id"])
    assert set(plain.texts["article_id"]) == ids
    for frame in (plain.pairs, plain.passages):
        assert (frame["a_id"] < frame["b_id"]).all()
        assert set(frame["a_id"]) | set(frame["b_id"]) <= ids
    pairs = set(plain.pairs.select("a_id", "b_id").rows())
    assert set(plain.passages.select("a_id", "b_id").rows()) <= pairs
    assert (
        set(plain.derivations["derived_id"]) | set(plain.derivations["source_id"].drop_nulls())
        <= ids
    )
    stories = set(plain.clusters["cluster_id"])
    assert set(plain.articles["cluster_id"].drop_nulls()) == stories
    members = set(plain.articles.drop_nulls("cluster_id")["article_id"])
    assert members <= set(plain.derivations.filter(rank=1)["derived_id"])


def test_passages_hold_the_same_words(plain):
    texts = dict(plain.texts.rows())
    counted = plain.pairs.filter(pl.col("passages") > 0)
    assert counted["passages"].sum() == len(plain.passages)
    for row in plain.passages.filter(similarity=1.0).iter_rows(named=True):
        a = texts[row["a_id"]][row["a_start"] : row["a_end"]]
        b = texts[row["b_id"]][row["b_start"] : row["b_end"]]
        assert "".join(filter(str.isalnum, a.lower())) == "".join(filter(str.isalnum, b.lower()))


def test_probabilities(plain):
    pairs = plain.pairs
    sums = pairs.select("p_a_from_b", "p_b_from_a", "p_common").sum_horizontal()
    assert ((sums - 1).abs() < 1e-12).all()
    for column in ("probability", "jaccard", "containment_a", "containment_b"):
        assert pairs[column].is_between(0, 1).all()
    assert (pairs["found_by"].list.len() > 0).all()
    assert plain.derivations["probability"].is_between(0, 1).all()


# Caps at their smallest, so that a handful of articles is a crowd.
_CROWDED = [
    "boilerplate.min_articles=2", "boilerplate.max_share=1.0", "near.bucket_cap=2",
    "verify.pairs_per_group=2", "verify.neighbours=1", "excerpts.max_articles=2",
    "derivation.decision_confidence=0.5",
]  # fmt: skip
_PIECES = [
    "\0", "“", "\u202e", "½", "ﷺ" * 20, "a " * 300, "\n\n— AP", "\n\n— Harbor Ledger", "漢字" * 30,
    "https://harbor.example/1", "\n\nRead more of our news every day in the paper of the town.",
]  # fmt: skip
_OUTLETS = ["Harbor Ledger", "Evening Post", "AP", "Associated Press", "CNN", "", None]


@st.composite
def dumps(draw):
    """Up to a dozen articles stitched from four stories and odd pieces, and a judgement or none."""
    chance = random.Random(draw(st.integers(0, 1 << 32)))
    rows = []
    for number in range(chance.randrange(2, 13)):
        parts = [str(number)]
        for _ in range(chance.randrange(1, 5)):
            first = chance.randrange(12)
            story = sentences(("odd", chance.randrange(4)), 12)
            parts += chance.choice([story[first : first + 3], story, [chance.choice(_PIECES)]])
        precision = chance.choice(["second", "minute", "day", "unknown"])
        moment = f"2025-03-0{chance.randrange(1, 4)} {chance.randrange(24):02}:00"
        row = {
            "article_id": f"{chance.choice(['', 'é', '~', chr(0)])}{number}",
            "source": chance.choice(_OUTLETS), "text": " ".join(parts),
            "published_at": None if precision == "unknown" else moment,
            "published_precision": precision,
            "author": chance.choice([None, "AP", "Jane Doe, Reuters"]),
            "url": chance.choice([None, "https://harbor.example/1", "https://harbor.example/2"]),
        }  # fmt: skip
        if rows and chance.random() < 0.3:
            row["text"] = chance.choice(rows)["text"]
        rows.append(row)
    pair = sorted(chance.sample([row["article_id"] for row in rows], 2))
    verdicts = [(*pair, chance.random() < 0.5)] if chance.random() < 0.5 else []
    return rows, chance.choice([[], _CROWDED]), verdicts, chance


@settings(max_examples=15)
@given(dumps())
def test_any_dump(case):
    """Tables as declared, offsets in their texts, trees without cycles, and one answer."""
    rows, sets, verdicts, chance = case
    result = ran(*rows, sets=sets, judgements=verdicts)
    for name, table in tables.TABLES.items():
        assert table.check(getattr(result, name)).equals(getattr(result, name)), name
    for column in ("jaccard", "containment_a", "containment_b", "probability", "p_common"):
        assert result.pairs[column].is_between(0, 1).all()
        assert not result.pairs[column].is_nan().any()
    lengths = {name: len(text) for name, text in result.texts.rows()}
    for row in result.passages.iter_rows(named=True):
        for side in ("a", "b"):
            assert 0 <= row[f"{side}_start"] < row[f"{side}_end"] <= lengths[row[f"{side}_id"]]
    members = result.articles.drop_nulls("cluster_id")["article_id"]
    main = result.derivations.filter(rank=1).join(members.to_frame("derived_id"), on="derived_id")
    assert len(main) == len(members)
    edges = main.drop_nulls("source_id").select("derived_id", "source_id").rows()
    assert nx.is_directed_acyclic_graph(nx.DiGraph(edges))
    chance.shuffle(rows)
    again = ran(*rows, sets=[*sets, "run.threads=2", "run.batch=2"], judgements=verdicts)
    assert_same(result, again)


@pytest.mark.parametrize("count", [0, 1])
def test_hardly_any_articles(count):
    result = run(dump(articles(*corpus()[:count])), load_config())
    assert len(result.articles) == count
    assert result.pairs.is_empty()
    assert result.clusters.is_empty()
    assert result.sources["articles"].sum() == count


def test_nothing_but_empty_texts():
    """Reading refuses such a dump; a run of it by other means comes to an end."""
    result = ran({"article_id": "a", "text": "…"}, {"article_id": "b", "text": "!"})
    assert result.articles.is_empty()
    assert len(result.rejects) == 2
