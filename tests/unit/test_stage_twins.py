"""Many carriers of few texts: what is decided hangs on texts, times and credits, not on ids."""

import pytest
from conftest import ran, sentences
from hypothesis import given, settings
from hypothesis import strategies as st

BODY = sentences("twins", 14)
TEXTS = (" ".join(BODY), " ".join([*BODY, *sentences("more", 3)]))


def carrier(article_id, text, hour=None, source=None, **more):
    row = {"article_id": article_id, "source": source or f"Outlet {article_id}", "text": text}
    dated = (
        {} if hour is None else {"published_at": f"2025-03-{1 + hour // 24:02} {hour % 24:02}:00"}
    )
    return row | dated | more


def decisions(result):
    rows = result.derivations.select("derived_id", "rank", "source_id", "decision", "probability")
    return {(x, rank): tuple(rest) for x, rank, *rest in rows.rows()}


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.sampled_from([None, 1, 1, 30, 55])), min_size=2, max_size=7
    ),
    st.randoms(use_true_random=False),
)
def test_new_ids_change_no_decision(carriers, random):
    names = [f"n{at}" for at in range(len(carriers))]
    shuffled = random.sample(names, len(names))
    renamed = dict(zip(names, shuffled, strict=True))
    rows = [
        carrier(name, TEXTS[text], hour, source=f"Outlet {at}")
        for at, (name, (text, hour)) in enumerate(zip(names, carriers, strict=True))
    ]
    before = decisions(ran(*rows))
    after = decisions(ran(*({**row, "article_id": renamed[row["article_id"]]} for row in rows)))
    assert len(before) == len(after)
    for (x, rank), (source, decision, probability) in before.items():
        other = after[renamed[x], rank]
        assert other == (renamed.get(source), decision, pytest.approx(probability, abs=1e-9))


def test_the_oldest_carriers_of_two_texts_are_compared():
    """The first text's second copy comes after the second text's first: neither is original."""
    result = ran(
        carrier("z1", TEXTS[0], 0), carrier("y1", TEXTS[1], 24),
        carrier("a2", TEXTS[0], 48), carrier("b2", TEXTS[1], 72),
    )  # fmt: skip
    originals = [
        x for (x, _), (_, decision, _) in decisions(result).items() if decision == "original"
    ]
    assert originals == ["z1"]
    assert result.clusters["root_id"].to_list() == ["z1"]


@pytest.mark.parametrize("later", [0, 5, 40])
def test_later_copies_take_nothing_from_an_earlier_one(later):
    rows = [carrier("first", TEXTS[0], 0), carrier("second", TEXTS[1], 30)]
    rows += [
        carrier(f"x{at}", " ".join([*BODY, *sentences(f"own {at}", 1)]), 60 + at)
        for at in range(later)
    ]
    assert decisions(ran(*rows))["second", 1][:2] == ("first", "derived")


def test_a_credit_is_not_drowned_by_the_number_of_rivals():
    rows = [carrier("wire", TEXTS[0], 0, source="Associated Press")]
    rows += [
        carrier(
            f"x{at:02}", f"PELLAM (AP) — {' '.join([*BODY, *sentences(f'own {at}', 1)])}", 2 + at
        )
        for at in range(60)
    ]
    found = decisions(ran(*rows))
    assert {found[f"x{at:02}", 1][:2] for at in range(60)} == {("wire", "derived")}


def test_one_of_many_equal_sources_is_not_picked():
    rows = [carrier(f"x{at:02}", TEXTS[0], 5 * at) for at in range(8)]
    found = decisions(ran(*rows))
    assert found["x00", 1][1] == "original"
    assert found["x01", 1][:2] == ("x00", "derived")
    assert {found[f"x{at:02}", 1][1] for at in range(2, 8)} == {"undecided"}


def test_days_that_follow_each_other_have_an_order():
    first = carrier("b", TEXTS[0], published_at="2025-03-01")
    second = carrier("a", TEXTS[1], published_at="2025-03-02")
    found = decisions(ran(first, second))
    assert found["b", 1][1] == "original"
    assert found["a", 1][:2] == ("b", "derived")
    lag = ran(first, second).derivations.filter(derived_id="a")["lag"][0]
    assert lag.total_seconds() == 86_400


@pytest.mark.parametrize(("hours", "decision"), [(200, "derived"), (1, "undecided")])
def test_an_audit_decides_an_uncredited_copy_only_when_it_is_late(hours, decision):
    # Of two that each have a sentence of their own the texts don't tell which is the copy.
    first, second = (" ".join([*BODY, *sentences(name, 1)]) for name in ("one", "two"))
    rows = (carrier("a", first, 0), carrier("b", second, hours))
    found = decisions(ran(*rows, sets=["derivation.decision_confidence=0.95"]))
    assert found["b", 1][1] == decision


def test_a_linked_article_outside_stories_is_undecided_not_original():
    brief = " ".join(BODY[:5])
    long = " ".join([*sentences("before", 12), *BODY[:5], *sentences("after", 12)])
    result = ran(carrier("a", brief), carrier("b", long))
    assert result.clusters.is_empty()
    assert {decision for _, decision, _ in decisions(result).values()} == {"undecided"}
    assert result.sources["original"].sum() == 0
    assert result.sources["undecided"].sum() == 2
