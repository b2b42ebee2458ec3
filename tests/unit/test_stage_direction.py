"""Who took from whom: symmetric in the pair, blind to ids, moved by each signal."""

import polars as pl
import pytest
from conftest import articles
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.clues import clues_of
from pipeline.stages.direction import SYMMETRIC, direct

_CREDIT = {"article_id": pl.String(), "name": pl.String(), "kind": pl.String()}
_LINKS = {"article_id": pl.String(), "target_id": pl.String()}


def directed(rows, containments=((0.9, 0.9),), credits=(), links=(), pairs=(("a", "b"),)):
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
    return direct(table.with_columns(**places), clues)


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


_OUTLETS = ["Ledger", "Beacon", "Post", None]
_NAMES = ["Ledger", "Beacon", "Post", "Associated Press", "Reuters"]
_KINDS = ["dateline", "told", "reported", "copyright"]
_MOMENT = st.tuples(st.integers(1, 3), st.integers(0, 23), st.integers(0, 59)).map(
    lambda it: f"2025-03-0{it[0]} {it[1]:02}:{it[2]:02}"
)


@st.composite
def dumps(draw):
    """Articles 0 … n − 1 with credits and links, and pairs of them with containments."""
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
    return rows, credits, links, pairs, contained


def told(case, names, chance=None):
    """What `direct` says of a case whose articles have these names.

    Per pair of numbers, seen from the smaller number: the three p's, and the evidence's signs.
    """
    rows, credits, links, pairs, contained = case
    named = [row | {"article_id": name} for row, name in zip(rows, names, strict=True)]
    credits = [(names[i], name, kind) for i, name, kind in credits]
    links = [(names[i], names[j]) for i, j in links]
    ids, shares = [], []
    for (i, j), (x, y) in zip(pairs, contained, strict=True):
        swap = names[i] > names[j]
        ids.append((names[j], names[i]) if swap else (names[i], names[j]))
        shares.append((y, x) if swap else (x, y))
    if chance:
        chance.shuffle(credits)
        chance.shuffle(links)
        order = list(range(len(ids)))
        chance.shuffle(order)
        ids, shares = [ids[k] for k in order], [shares[k] for k in order]
    result = {}
    for row in directed(named, shares, credits, links, ids).iter_rows(named=True):
        i, j = names.index(row["a_id"]), names.index(row["b_id"])
        ways = (row["p_a_from_b"], row["p_b_from_a"])
        sign = 1 if i < j else -1
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
    rows, credits, links, pairs, contained = case
    names = [f"n{i}" for i in range(len(rows))]
    named = [row | {"article_id": name} for row, name in zip(rows, names, strict=True)]
    credits = [(names[i], name, kind) for i, name, kind in credits]
    links = [(names[i], names[j]) for i, j in links]
    pairs = [(names[i], names[j]) for i, j in pairs]
    whole, *parts = (
        directed(named, contained[part], credits, links, pairs[part])
        for part in (slice(None), slice(at), slice(at, None))
    )
    assert pl.concat(parts).equals(whole)
