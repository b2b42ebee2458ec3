"""Made articles: the truth is what a naive count finds, and the same seed makes the same bytes."""

import re
from pathlib import Path

import polars as pl
import pytest
from naive import tokenise

from tests.bench.lexicon import language
from tests.bench.made import Corpus, write
from tests.bench.plan import SHARES


@pytest.fixture(scope="module")
def made() -> tuple[Corpus, pl.DataFrame, pl.DataFrame]:
    corpus = Corpus(400, seed=3)
    return corpus, *corpus.frames()


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = [token.text for token in tokenise(text)]
    return {tuple(words[at : at + 5]) for at in range(len(words) - 4)}


def _own(corpus: Corpus, text: str) -> str:
    """The text without footers and promo lines."""
    kept = []
    furniture = {" ".join(line) for line in _lines(corpus)}
    for paragraph in text.split("\n\n"):
        words = " ".join(re.findall(r"\w+", paragraph.lower()))
        if words not in furniture:
            kept.append(paragraph)
    return "\n\n".join(kept)


def _lines(corpus: Corpus) -> list[list[str]]:
    words, lexicon = corpus.language.words, corpus.language.lexicon
    return [
        [words[number] for number in flat.values[a:b]]
        for flat in (lexicon.footers, lexicon.promos)
        for a, b in zip(flat.bounds, flat.bounds[1:], strict=False)
    ]


def _jaccard(a: set[tuple[str, ...]], b: set[tuple[str, ...]]) -> float:
    return len(a & b) / len(a | b)


def test_truth_is_what_a_naive_count_finds(
    made: tuple[Corpus, pl.DataFrame, pl.DataFrame],
) -> None:
    corpus, articles, truth = made
    text = dict(articles.select("article_id", "text").iter_rows())
    for row in truth.iter_rows(named=True):
        a, b = text[row["a_id"]], text[row["b_id"]]
        own_a, own_b = _shingles(_own(corpus, a)), _shingles(_own(corpus, b))
        assert row["jaccard"] == _jaccard(own_a, own_b)
        assert row["jaccard_whole"] == _jaccard(_shingles(a), _shingles(b))
        assert row["containment"] == len(own_a & own_b) / min(len(own_a), len(own_b))


def test_as_many_of_each_kind_as_planned(
    made: tuple[Corpus, pl.DataFrame, pl.DataFrame],
) -> None:
    _, articles, truth = made
    assert len(articles) == articles["article_id"].n_unique() == 400
    assert not articles["article_id"].is_sorted()
    counts = dict(truth["kind"].value_counts().iter_rows())
    assert counts == {"exact": 20, "light": 40, "heavy": 20, "excerpt": 12}
    assert sum(SHARES) == pytest.approx(1.0)
    assert truth.filter(pl.col("a_id") >= pl.col("b_id")).is_empty()


def test_edits_are_as_deep_as_their_name_says(
    made: tuple[Corpus, pl.DataFrame, pl.DataFrame],
) -> None:
    middle = dict(made[2].group_by("kind").agg(pl.col("jaccard").median()).iter_rows())
    assert middle["exact"] == 1.0
    assert 0.7 < middle["light"] < 0.98
    assert 0.3 < middle["heavy"] < 0.7
    assert middle["excerpt"] < 0.3


def test_copies_come_later(made: tuple[Corpus, pl.DataFrame, pl.DataFrame]) -> None:
    _, articles, truth = made
    when = dict(articles.select("article_id", "published_at").iter_rows())
    for a, b, base in truth.select("a_id", "b_id", "base_id").iter_rows():
        assert when[base] < when[b if base == a else a]


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    texts = [Corpus(150, seed).frames()[0]["text"].to_list() for seed in (1, 1, 2)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]
    paths = [write(Corpus(150), tmp_path / name) for name in ("a.parquet", "b.parquet")]
    assert paths[0][0].read_bytes() == paths[1][0].read_bytes()
    assert paths[0][1].read_bytes() == paths[1][1].read_bytes()


def test_a_folder_holds_its_parts_and_the_truth_beside(tmp_path: Path) -> None:
    inputs, truth = write(Corpus(150, short=True), tmp_path / "made")
    assert [path.name for path in inputs.iterdir()] == ["part-00000.parquet"]
    assert len(pl.read_parquet(inputs / "*.parquet")) == 150
    assert truth.parent == tmp_path / "made"
    assert 200 < pl.read_parquet(inputs / "*.parquet")["text"].str.len_bytes().mean() < 450


def test_words_are_few_enough_to_count_exactly() -> None:
    made = language(1)
    assert len(set(made.words)) == len(made.words) < 7131
    assert all(word.isascii() and word.isalpha() and word.islower() for word in made.words)
