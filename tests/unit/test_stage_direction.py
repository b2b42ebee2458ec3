"""Who took from whom: symmetric in the pair, blind to ids, moved by each signal."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from conftest import articles
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.clues import clues_of
from pipeline.stages.differences import BOTH, SIDES, Differences
from pipeline.stages.direction import ONE_WAY, SYMMETRIC, direct, leanings
from pipeline.stages.text_clues import text_clues, together

_CREDIT = {"article_id": pl.String(), "name": pl.String(), "kind": pl.String()}
_LINKS = {"article_id": pl.String(), "target_id": pl.String()}


def differing(**counts):
    """One pair's differences: (a, b) by the names of `SIDES`, a number by those of `BOTH`."""
    sides = {name: counts.get(name, (0, 0)) for name in SIDES}
    both = {name: counts.get(name, 0) for name in BOTH}
    return sides, both, counts.get("recurring", (0, 0)), counts.get("coverage", 1.0)


def turned(text):
    """The same as seen from the other side."""
    sides, both, recurring, coverage = text
    other = {name: count[::-1] for name, count in sides.items()}
    return other, both | {"growth": -both["growth"]}, recurring[::-1], coverage


def compared(frame, texts, n, regime="auto"):
    """What the texts of pairs tell, from their differences."""
    found = Differences(
        {name: np.array([sides[name] for sides, *_ in texts], float) for name in SIDES},
        {name: np.array([both[name] for _, both, *_ in texts], float) for name in BOTH},
        np.array([recurring for _, _, recurring, _ in texts], float),
    )
    told = frame.with_columns(
        coverage=pl.Series([coverage for *_, coverage in texts], dtype=pl.Float64()),
        retold=pl.lit(None, pl.Float64()),
    )
    return text_clues(told, found, np.arange(n), regime)


def directed(
    rows,
    containments=((0.9, 0.9),),
    credits=(),
    links=(),
    pairs=(("a", "b"),),
    texts=None,
    regime="auto",
):
    """The pairs with their three probabilities."""
    table = pl.DataFrame(
        [(*pair, *contained) for pair, contained in zip(pairs, containments, strict=True)],
        schema={
            "a_id": pl.String(), "b_id": pl.String(),
            "containment_a": pl.Float64(), "containment_b": pl.Float64(),
        },
        orient="row",
    )  # fmt: skip
    told = articles(*rows)
    clues = clues_of(
        told, pl.DataFrame(list(credits), _CREDIT, orient="row"),
        pl.DataFrame(list(links), _LINKS, orient="row"),
    )  # fmt: skip
    ids = told["article_id"].to_list()
    places = {
        side: pl.Series([ids.index(name) for name in table[f"{side}_id"]], dtype=pl.Int64())
        for side in ("a", "b")
    }
    table = table.with_columns(**places)
    if texts:
        clues = replace(clues, texts=compared(table, texts, len(ids), regime))
    return direct(table, clues)


def two(a=None, b=None, **more):
    """p_a_from_b, p_b_from_a, p_common and the names of the signals."""
    rows = [
        {"article_id": "a", "source": "Ledger"} | (a or {}),
        {"article_id": "b", "source": "Beacon"} | (b or {}),
    ]
    row = directed(rows, **more).row(0, named=True)
    names = [item["signal"] for item in row["direction_evidence"]]
    return row["p_a_from_b"], row["p_b_from_a"], row["p_common"], names


def dated(moment, precision="second"):
    return {"published_at": moment, "published_precision": precision}


def test_without_signals_neither_side_is_favoured():
    from_b, from_a, _, names = two()
    assert from_b == from_a
    assert set(names) <= set(SYMMETRIC)


@pytest.mark.parametrize("hours", [1, 5, 48])
def test_the_later_one_took(hours):
    from_b, from_a, _, names = two(
        dated(f"2025-03-0{1 + hours // 24} {hours % 24:02}:00"), dated("2025-03-01 00:00")
    )
    assert from_b > 2 * from_a
    assert "time" in names


def test_a_longer_lag_says_more():
    lags = ["2025-03-01 00:05", "2025-03-01 00:30", "2025-03-01 06:00", "2025-03-09 00:00"]
    chances = [two(dated(moment), dated("2025-03-01 00:00"))[0] for moment in lags]
    assert chances == sorted(chances)
    assert len(set(chances)) == len(lags)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (dated("2025-03-02 08:00"), {}),
        (dated("2025-03-02", "day"), dated("2025-03-02", "day")),
        (dated("2025-03-02", "day"), dated("2025-03-02 23:00")),
        (dated("2025-03-02 08:00", "minute"), dated("2025-03-02 08:00:30")),
        (dated("2025-03-02", "unknown"), dated("2025-03-09")),
    ],
)
def test_dates_that_may_be_one_say_nothing(a, b):
    for sides in ((a, b), (b, a)):
        from_b, from_a, _, names = two(*sides)
        assert from_b == from_a
        assert "time" not in names


def test_days_apart_tell():
    from_b, from_a, _, names = two(dated("2025-03-04", "day"), dated("2025-03-02", "day"))
    assert from_b > from_a
    assert "time" in names


@pytest.mark.parametrize("kind", ["dateline", "byline", "told", "reported"])
def test_who_credits_the_other_took(kind):
    from_b, from_a, _, names = two(credits=[("a", "Beacon", kind)])
    assert from_b > 2 * from_a
    assert "credit" in names


def test_told_says_less_than_a_credit_line():
    weak, strong = (two(credits=[("a", "Beacon", kind)])[0] for kind in ("told", "dateline"))
    assert weak < strong


def test_the_strongest_of_several_credits_counts_once():
    once = two(credits=[("a", "Beacon", "dateline")])
    assert (
        two(credits=[("a", "Beacon", kind) for kind in ("told", "dateline", "copyright")]) == once
    )


def test_credits_to_each_other_cancel():
    from_b, from_a, _, _ = two(credits=[("a", "Beacon", "dateline"), ("b", "Ledger", "dateline")])
    assert from_b == from_a


def test_who_links_to_the_other_took():
    from_b, from_a, _, names = two(links=[("a", "b"), ("a", "b")])
    assert from_b > 2 * from_a
    assert "link" in names


def test_what_lies_inside_the_other_took():
    from_b, from_a, _, names = two(containments=[(0.95, 0.5)])
    assert from_b > from_a
    assert "containment" in names


def test_a_common_credit_speaks_for_a_third_text():
    plain = two()[2]
    both = [("a", "Associated Press", "dateline"), ("b", "Associated Press", "dateline")]
    _, _, common, names = two(credits=both)
    assert common > plain
    assert common > 0.5
    assert "common_credit" in names
    assert two(credits=both[:1])[2] == plain
    weak = [("a", "Associated Press", "told"), ("b", "Associated Press", "dateline")]
    assert plain < two(credits=weak)[2] < common


def test_a_credit_to_one_of_the_two_is_no_common_credit():
    """Ledger names itself and Beacon names Ledger: Ledger's text, not a third one."""
    _, from_a, _, names = two(credits=[("a", "Ledger", "copyright"), ("b", "Ledger", "dateline")])
    assert from_a > 0.5
    assert "common_credit" not in names


def test_versions_of_one_page_have_no_third_text():
    page = {"url": "https://ledger.example/1", "source": "Ledger"}
    plain = two()[2]
    _, _, common, names = two(page, page | {"url": "http://www.ledger.example/1?utm_source=x"})
    assert common < plain
    assert "same_url" in names
    assert "same_url" not in two(page)[3]


def test_a_passage_is_likelier_a_third_texts_than_a_whole_article():
    assert two(containments=[(0.1, 0.1)])[2] > two(containments=[(0.95, 0.95)])[2]


_LOSES = {"names": (5, 0), "numbers": (3, 0), "quoted": (9, 1), "words": (40, 8),
          "all_words": (90, 60), "tokens": (300, 200)}  # fmt: skip
_GROWS = {"matched": 190, "places": 6, "unmatched": 110, "growth": 9.0, "change": 12.0}


def test_a_retelling_lost_details_and_a_revision_gained_some():
    """b has less than a: in a retelling it is the later one, in a revision the earlier one."""
    text = [differing(**_LOSES, **_GROWS)]
    from_b, from_a, _, names = two(texts=text, regime="reuse")
    assert from_a > 2 * from_b
    assert "text" in names
    from_b, from_a, _, names = two(texts=text, regime="revision")
    assert from_b > 2 * from_a
    assert "revised" in names


def test_where_regimes_disagree_less_is_said():
    text = [differing(**_LOSES, **_GROWS)]
    sure = [max(two(texts=text, regime=regime)[:2]) for regime in ("reuse", "revision")]
    *open_, _, names = two(texts=text)
    assert max(open_[:2]) < min(sure)
    assert "regime" in names


def test_text_says_less_than_a_clear_date_or_a_credit_line():
    text = [differing(**{**_LOSES, "names": (500, 0)})]
    early = dated("2025-03-01 00:00")
    from_b, from_a, _, _ = two(dated("2025-03-03 00:00"), early, texts=text, regime="reuse")
    assert from_b > from_a
    credits = [("a", "Beacon", "dateline")]
    from_b, from_a, _, _ = two(credits=credits, texts=text, regime="reuse")
    assert from_b > from_a


def test_a_planted_passage_doesnt_fit_what_stands_around_it():
    piece = differing(tokens=(900, 800), recurring=(9, 1), coverage=0.1)
    from_b, from_a, _, names = two(containments=[(0.05, 0.05)], texts=[piece])
    assert from_a > from_b
    assert "surroundings" in names


def test_two_with_details_of_their_own_may_have_a_third_text_behind_them():
    both = differing(names=(6, 6), numbers=(2, 2), tokens=(200, 200))
    one = differing(names=(12, 0), numbers=(4, 0), tokens=(200, 200))
    chances = [two(texts=[text], regime="reuse")[2] for text in (both, one)]
    assert chances[0] > 1.5 * chances[1]


def test_articles_of_one_text_are_told_what_their_texts_tell():
    """Rows 1 and 2 carry one text, so the pair of 0 and 2 is that of 0 and 1."""
    told = articles(*({"article_id": name, "source": name} for name in "abc"))
    schema = dict.fromkeys(("a", "b"), pl.Int64()) | dict.fromkeys(
        ("containment_a", "containment_b"), pl.Float64()
    )
    frame = pl.DataFrame([(0, 1, 0.9, 0.5)], schema=schema, orient="row")
    texts = compared(frame, [differing(**_LOSES)], 3)
    texts = together([replace(texts, group=np.array([0, 1, 1]))])
    clues = clues_of(told, pl.DataFrame(schema=_CREDIT), pl.DataFrame(schema=_LINKS))
    others = pl.DataFrame([(0, 1, 0.9, 0.5), (0, 2, 0.9, 0.5), (1, 2, 1.0, 1.0)], schema=schema,
                          orient="row")  # fmt: skip
    said = leanings(others, replace(clues, texts=texts))
    assert said["texts"][0] == said["texts"][1] != 0
    assert said["texts"][2] == 0
    assert said["p_a_from_b"].to_list() == said["p_b_from_a"].to_list()


_OUTLETS = ["Ledger", "Beacon", "Post", None]
_NAMES = ["Ledger", "Beacon", "Post", "Associated Press", "Reuters"]
_KINDS = ["dateline", "told", "reported", "copyright"]
_MOMENT = st.tuples(st.integers(1, 3), st.integers(0, 23), st.integers(0, 59)).map(
    lambda it: f"2025-03-0{it[0]} {it[1]:02}:{it[2]:02}"
)


_COUNT = st.integers(0, 40)
_TEXTS = st.builds(
    lambda sides, both, recurring, coverage: (sides, both, recurring, coverage),
    st.fixed_dictionaries(dict.fromkeys(SIDES, st.tuples(_COUNT, _COUNT))),
    st.fixed_dictionaries(dict.fromkeys(BOTH, st.floats(0, 50))),
    st.tuples(_COUNT, _COUNT),
    st.floats(0, 1),
)


@st.composite
def dumps(draw):
    """Articles 0 … n − 1 with credits and links; pairs with containments and differing texts."""
    n = draw(st.integers(2, 6))
    number = st.integers(0, n - 1)
    rows = [
        {
            "source": draw(st.sampled_from(_OUTLETS)),
            "published_at": draw(_MOMENT),
            "published_precision": draw(st.sampled_from(["second", "minute", "day", "unknown"])),
            "url": draw(st.sampled_from([None, "https://x.example/1", "https://x.example/2"])),
        }
        for _ in range(n)
    ]
    credits = draw(
        st.lists(st.tuples(number, st.sampled_from(_NAMES), st.sampled_from(_KINDS)), max_size=8)
    )
    links = draw(st.lists(st.tuples(number, number).filter(lambda it: it[0] != it[1]), max_size=4))
    pair = st.tuples(number, number).filter(lambda it: it[0] < it[1])
    pairs = draw(st.lists(pair, min_size=1, max_size=6, unique=True))
    share = st.floats(0, 1)
    contained = [(draw(share), draw(share)) for _ in pairs]
    return rows, credits, links, pairs, contained, [draw(_TEXTS) for _ in pairs]


def told(case, names, chance=None):
    """What `direct` says of a case whose articles have these names.

    Per pair of numbers, seen from the smaller number: the three p's, and the evidence's signs.
    """
    rows, credits, links, pairs, contained, texts = case
    named = [row | {"article_id": name} for row, name in zip(rows, names, strict=True)]
    credits = [(names[i], name, kind) for i, name, kind in credits]
    links = [(names[i], names[j]) for i, j in links]
    ids, shares, seen = [], [], []
    for (i, j), (x, y), text in zip(pairs, contained, texts, strict=True):
        swap = names[i] > names[j]
        ids.append((names[j], names[i]) if swap else (names[i], names[j]))
        shares.append((y, x) if swap else (x, y))
        seen.append(turned(text) if swap else text)
    if chance:
        chance.shuffle(credits)
        chance.shuffle(links)
        order = list(range(len(ids)))
        chance.shuffle(order)
        ids, shares, seen = ([it[k] for k in order] for it in (ids, shares, seen))
    result = {}
    for row in directed(named, shares, credits, links, ids, seen).iter_rows(named=True):
        i, j = names.index(row["a_id"]), names.index(row["b_id"])
        ways = (row["p_a_from_b"], row["p_b_from_a"])
        sign = 1 if i < j else -1
        signals = {item["signal"] for item in row["direction_evidence"]}
        assert signals <= {*ONE_WAY, *SYMMETRIC}
        evidence = [
            (item["signal"], item["log_odds"] * (1 if item["signal"] in SYMMETRIC else sign))
            for item in row["direction_evidence"]
        ]
        result[min(i, j), max(i, j)] = (*ways[::sign], row["p_common"], evidence)
    return result


@given(dumps())
def test_swapping_the_two_swaps_the_answer_exactly(case):
    n = len(case[0])
    names = [f"n{i}" for i in range(n)]
    assert told(case, names) == told(case, names[::-1])


@given(dumps(), st.permutations("zyxwvu"), st.randoms(use_true_random=False))
def test_names_and_order_change_nothing(case, others, chance):
    n = len(case[0])
    names = [f"n{i}" for i in range(n)]
    assert told(case, names) == told(case, others[:n], chance)


@given(dumps())
def test_the_three_sum_to_one(case):
    for from_b, from_a, common, _ in told(case, [f"n{i}" for i in range(len(case[0]))]).values():
        assert from_b + from_a + common == pytest.approx(1.0, abs=1e-12)
        assert min(from_b, from_a, common) > 0


@given(dumps(), st.integers(1, 5))
def test_parts_of_a_table_give_what_the_whole_gives(case, at):
    rows, credits, links, pairs, contained, texts = case
    names = [f"n{i}" for i in range(len(rows))]
    named = [row | {"article_id": name} for row, name in zip(rows, names, strict=True)]
    credits = [(names[i], name, kind) for i, name, kind in credits]
    links = [(names[i], names[j]) for i, j in links]
    pairs = [(names[i], names[j]) for i, j in pairs]
    whole, *parts = (
        directed(named, contained[part], credits, links, pairs[part], texts[part])
        for part in (slice(None), slice(at), slice(at, None))
    )
    assert pl.concat(parts).equals(whole)
