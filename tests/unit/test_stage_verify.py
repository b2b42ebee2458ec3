"""Exact similarities, passages in the original text, thinned large groups."""

import polars as pl
import pytest
from conftest import documents, prose, ran, sentences, words

from pipeline.config import Normalise
from pipeline.stages.normalise import shingles_of, unmasked_sizes


def as_set(text):
    return set(shingles_of(documents([text]), Normalise()).values.tolist())


def test_similarities_are_those_of_the_shingle_sets():
    body = sentences("body", 20)
    texts = {
        f"t{i}": " ".join(body[i : 20 - 2 * i] + sentences(("own", i), 3 * i)) for i in range(6)
    }
    result = ran(*({"article_id": name, "text": text} for name, text in texts.items()))
    assert len(result.pairs) > 8
    for row in result.pairs.iter_rows(named=True):
        a, b = as_set(texts[row["a_id"]]), as_set(texts[row["b_id"]])
        assert row["jaccard"] == pytest.approx(len(a & b) / len(a | b))
        assert row["containment_a"] == pytest.approx(len(a & b) / len(a))
        assert row["containment_b"] == pytest.approx(len(a & b) / len(b))


def test_passages_stand_in_the_original_texts():
    """Offsets count code points, whatever stands before: astral letters, combining marks, NULs."""
    shared = " ".join(words("shared", 40))
    a = f"𝐇𝐢 e\u0301 \0 👩\u200d🚀 {prose('a', 4)}\n\n{shared} {prose('b', 4)}"
    b = f"ﷺ ½ 漢字 {prose('c', 3)} {shared.upper()}. {prose('d', 3)}"
    result = ran({"article_id": "a", "text": a}, {"article_id": "b", "text": b})
    (row,) = result.passages.rows(named=True)
    assert a[row["a_start"] : row["a_end"]] == shared
    assert b[row["b_start"] : row["b_end"]] == shared.upper()
    assert (row["kind"], row["similarity"]) == ("verbatim", 1.0)


def test_a_shared_quotation_is_told_apart():
    quote = f"“{' '.join(words('quote', 30))}”"
    rows = [{"article_id": x, "text": f"{prose(x, 6)} {quote} {prose((x, 2), 6)}"} for x in "ab"]
    result = ran(*rows)
    assert result.passages["kind"].to_list() == ["quotation"]
    own = [
        {"article_id": x, "text": row["text"].replace("“", "").replace("”", "")}
        for x, row in zip("ab", rows, strict=True)
    ]
    plain = ran(*own)
    assert plain.passages["kind"].to_list() == ["verbatim"]
    assert plain.pairs["probability"][0] > result.pairs["probability"][0]


def near_copies(count, seed="story"):
    """Each copy has a sentence of its own; c000 is not the oldest."""
    body = sentences(seed, 15)
    return [
        {
            "article_id": f"c{i:03}",
            "source": f"Outlet {i}",
            "text": " ".join([*body[:7], prose((seed, i), 1), *body[7:]]),
            "published_at": f"2025-03-02 {(i + 5) % 24:02}:{i % 60:02}",
        }
        for i in range(count)
    ]


def test_large_groups_keep_the_oldest_and_the_nearest():
    rows = near_copies(60)
    oldest = min(rows, key=lambda row: row["published_at"])["article_id"]
    sets = ["verify.pairs_per_group=30", "verify.neighbours=3"]
    result = ran(*rows, {"article_id": "other", "text": prose("other")}, sets=sets)
    pairs = set(result.pairs.select("a_id", "b_id").rows())
    star = {
        tuple(sorted((oldest, row["article_id"]))) for row in rows if row["article_id"] != oldest
    }
    assert star <= pairs
    assert len(pairs) <= 60 * 4
    assert result.clusters["articles"].to_list() == [60]
    (cut,) = [stage["cut"] for stage in result.account if stage["stage"] == "verify"]
    assert cut["near_copy_group_pairs"] >= 60 * 59 // 2 - len(pairs)


def test_a_judged_twin_of_a_large_groups_oldest_keeps_its_one_pair():
    rows = near_copies(40)
    oldest = min(rows, key=lambda row: row["published_at"])
    twin = oldest | {"article_id": "twin", "published_at": "2025-03-03 06:00"}
    sets = ["verify.pairs_per_group=30", "verify.neighbours=1"]
    result = ran(*rows, twin, sets=sets, judgements=[("c001", "twin", True)])
    found = result.pairs.filter(b_id="twin").select("a_id", "relation").rows()
    assert found == [("c001", "near_copy"), (oldest["article_id"], "identical")]


def test_what_an_editor_judged_is_kept_in_a_large_group():
    sets = ["verify.pairs_per_group=30", "verify.neighbours=0"]
    judgements = [("c010", "c030", False)]
    plain, judged = (ran(*near_copies(40), sets=sets, judgements=j) for j in ((), judgements))
    assert len(plain.pairs) == 39
    found = judged.pairs.filter(a_id="c010", b_id="c030")
    assert found["relation"].to_list() == ["related"]
    assert len(judged.pairs) == 40


def test_small_groups_keep_all_their_pairs():
    assert len(ran(*near_copies(20)).pairs) == 190


def test_groups_are_thinned_one_by_one():
    """A large group beside a small one."""
    small = [row | {"article_id": f"s{i}"} for i, row in enumerate(near_copies(8, "small"))]
    result = ran(
        *near_copies(40), *small, sets=["verify.pairs_per_group=30", "verify.neighbours=1"]
    )
    inside = result.pairs.filter(pl.col("a_id").str.starts_with("s"))
    assert len(inside) == 28
    assert len(result.pairs) - 28 <= 40 * 2


def test_masked_tokens_do_not_count():
    made = documents([" ".join(words(1, 10)), "", " ".join(words(2, 4))], [[0, 5, 9], [], [1]])
    assert unmasked_sizes(made).tolist() == [7, 0, 3]


def test_articles_that_are_all_boilerplate_break_nothing():
    """With max_share 1 nothing may be left of an article."""
    footer = " ".join(words("footer", 30))
    rows = [
        {"article_id": f"p{i}", "source": "Courier", "text": f"{prose(i)}\n\n{footer}"}
        for i in range(6)
    ]
    rows += [{"article_id": f"e{i}", "source": "Courier", "text": footer} for i in range(3)]
    result = ran(*rows, sets=["boilerplate.max_share=1.0"])
    assert (
        result.articles.filter(pl.col("article_id").str.starts_with("e"))["tokens"].to_list()
        == [0] * 3
    )
    assert not result.pairs["jaccard"].is_nan().any()
