"""An agency's text in thirty outlets, with and without its name, and no text of its own."""

import random
from datetime import timedelta

import polars as pl
import pytest
from conftest import at, ran, sentences, words

AP = "Associated Press"
WIRE = sentences("wire", 20)
OUTLETS = [f"{town} {kind}" for kind in ("Gazette", "Herald") for town in (
    "Alder", "Brome", "Cress", "Dunlin", "Egret", "Fescue", "Gannet", "Heron", "Iris", "Juniper",
    "Kestrel", "Lorvik", "Mallow", "Nettle", "Osprey",
)]  # fmt: skip
CREDITED = 18
LICENSED, ELDER, YOUNGER = 27, 28, 29  # the last two belong to one owner
# How a carrier names the agency: text in, text out.
FORMS = (
    lambda text: f"LORVIK (AP) — {text}",
    lambda text: f"By The Associated Press\n\n{text}",
    lambda text: f"{text}\n\n— Associated Press",
    lambda text: f"{text}\n\nCopyright 2025 The Associated Press. All rights reserved.",
    lambda text: f"{text}\n\nAP writer Mara Doe contributed from Lorvik.",
    lambda text: f"By MARA DOE Associated Press\n\n{text}",
)
AUTHOR, TOLD = len(FORMS), len(FORMS) + 1
SETS = (
    f'outlets.groups={{"Herald Group" = ["{OUTLETS[ELDER]}", "{OUTLETS[YOUNGER]}"]}}',
    f'outlets.licences={{"{OUTLETS[LICENSED]}" = ["AP"]}}',
)
SEEDS = range(3)


def carrier(number, chance, named):
    """One outlet's article: the agency's text with a lead, sentences and an end of its own."""
    kept = WIRE[: chance.randint(12, 20)]
    if number == ELDER or chance.random() < 0.4:
        kept = [*sentences(("lead", number), 1), *kept[1:]]
    for extra in sentences(("own", number), 2 if number == ELDER else chance.randint(0, 2)):
        kept.insert(chance.randint(2, 10), extra)
    row = {"source": OUTLETS[number], "title": " ".join(words(("headline", number), 5))}
    form = number % (TOLD + 1) if named else None
    if form == AUTHOR:
        row["author"] = "Mara Doe, Associated Press"
    if form == TOLD:
        kept.insert(3, "The harbour master told The Associated Press on condition of anonymity.")
    text = " ".join(kept)
    dressed = FORMS[form](text) if form is not None and form < AUTHOR else text
    return row | {"article_id": f"x{chance.random():.9f}", "text": dressed}


def dated(number, chance):
    """Within a day of the agency's text; one in six without a date, one in six back-dated."""
    if number % 6 == 1:
        return None
    days = -chance.randint(1, 9) if number % 6 == 4 else 0
    return at("2025-03-04 06:00") + timedelta(days=days, minutes=chance.randint(0, 1500))


def carriers(seed, credited=CREDITED):
    chance = random.Random(f"carriers {seed}")
    rows = [carrier(number, chance, number < credited) for number in range(len(OUTLETS))]
    # The second paper of the group prints what the first made of it.
    own = {key: rows[YOUNGER][key] for key in ("source", "title", "article_id")}
    rows[YOUNGER] = rows[ELDER] | own
    rows[YOUNGER]["text"] += " " + sentences("added", 1)[0]
    return [row | {"published_at": dated(number, chance)} for number, row in enumerate(rows)]


def by_outlet(result):
    """Outlet → rank 1 of its article."""
    outlets = dict(result.articles.select("article_id", "source").rows())
    rows = result.derivations.filter(rank=1).iter_rows(named=True)
    return {outlets[row["derived_id"]]: row for row in rows}


@pytest.fixture(scope="module", params=SEEDS)
def unseen(request):
    return ran(*carriers(request.param), sets=SETS)


def test_the_unseen_source_is_named(unseen):
    assert unseen.clusters.select("articles", "unseen_source", "root_id").rows() == [(30, AP, None)]


def test_credits_are_counted_as_planted(unseen):
    rows = by_outlet(unseen)
    told = [rows[outlet] for outlet in OUTLETS[:YOUNGER]]
    assert {row["decision"] for row in told} == {"common_source"}
    assert {row["unseen_source"] for row in told} == {AP}
    plan = [True] * CREDITED + [False] * (LICENSED - CREDITED) + [None, False]
    assert [row["credited"] for row in told] == plan


def test_reuse_inside_the_group_is_not_uncredited(unseen):
    younger = by_outlet(unseen)[OUTLETS[YOUNGER]]
    elder = unseen.articles.filter(source=OUTLETS[ELDER])["article_id"].item()
    assert (younger["decision"], younger["source_id"]) == ("derived", elder)
    assert younger["credited"] is None


def test_the_ledger_has_the_agency_as_planted(unseen):
    flows = unseen.flows.filter(from_source=AP)
    assert flows["to_source"].to_list() == sorted(OUTLETS[:YOUNGER])
    counts = flows.select("articles", "credited", "uncredited").sum().row(0)
    assert counts == (29, CREDITED, YOUNGER - CREDITED - 1)
    rows = by_outlet(unseen)
    expected = sum(rows[outlet]["probability"] for outlet in OUTLETS[:YOUNGER])
    assert flows["expected"].sum() == pytest.approx(expected)
    weekly = unseen.flows_weekly.filter(from_source=AP)
    assert weekly["articles"].sum() == sum(number % 6 != 1 for number in range(YOUNGER))
    sources = unseen.sources.select("common_source", "derived", "uncredited").sum().row(0)
    assert sources == (29, 1, YOUNGER - CREDITED - 1)


def test_the_agencys_own_text_is_the_source_where_it_is_there():
    wire = {
        "article_id": "wire", "source": AP, "text": f"LORVIK (AP) — {' '.join(WIRE)}",
        "published_at": at("2025-03-04 05:55"),
    }  # fmt: skip
    result = ran(wire, *carriers(0), sets=SETS)
    assert result.clusters.select("articles", "unseen_source").rows() == [(31, None)]
    rows = by_outlet(result)
    assert rows[AP]["decision"] == "original"
    told = [rows[outlet] for outlet in OUTLETS[:CREDITED]]
    taken = [row for row in told if row["decision"] != "undecided"]
    assert {(row["decision"], row["source_id"], row["credited"]) for row in taken} == {
        ("derived", "wire", True)
    }
    # A copy that is cut where another is may be nearer to that one.
    assert len(taken) >= CREDITED * 2 // 3
    assert result.sources.filter(source=AP)["reused_by_others"].item() >= len(taken)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_credit_nothing_is_invented(seed):
    result = ran(*carriers(seed, credited=0), sets=SETS)
    assert result.derivations.filter(decision="common_source").is_empty()
    assert result.clusters["unseen_source"].to_list() == [None]
    assert not set(result.flows["from_source"]) - set(OUTLETS)


def test_of_two_the_one_without_credit_is_undecided():
    """It may be from either."""
    rows = carriers(0)
    rows = [rows[0], rows[CREDITED] | {"published_at": at("2025-03-05 12:00")}]
    decisions = by_outlet(ran(*rows, sets=SETS))
    assert decisions[OUTLETS[0]]["decision"] == "common_source"
    assert decisions[OUTLETS[CREDITED]]["decision"] == "undecided"


def test_what_is_only_cited_is_no_unseen_source():
    cited = "The vote was close, according to the Associated Press."
    rows = [row | {"text": f"{row['text']} {cited}"} for row in carriers(0, credited=0)[:6]]
    result = ran(*rows, sets=SETS)
    assert result.clusters["unseen_source"].to_list() == [None]
    assert AP in set(result.articles["credits"].explode())
    assert result.flows.filter(pl.col("from_source") == AP).is_empty()


def test_who_has_a_papers_own_changes_has_them_from_that_paper():
    rows = carriers(0)
    lead, added, *_ = sentences("changed", 3)
    told = " ".join([lead, *WIRE[1:8], added, *WIRE[8:]])
    named = rows[0] | {"text": f"LORVIK (AP) — {told}", "published_at": at("2025-03-04 07:00")}
    copy = rows[CREDITED] | {"text": told, "published_at": at("2025-03-04 09:00")}
    result = ran(*rows[1:CREDITED], named, copy, sets=SETS)
    row = by_outlet(result)[OUTLETS[CREDITED]]
    assert (row["decision"], row["source_id"]) == ("derived", named["article_id"])
    assert row["credited"] is False


def test_a_second_printing_is_from_the_first():
    """Both credit the agency; the outlet's own page is nearer."""

    def printed(name, source, day):
        text = f"LORVIK (AP) — {' '.join(WIRE)} {sentences(name, 1)[0]}"
        day = f"2025-03-{day:02}"
        return {"article_id": name, "source": source, "text": text, "published_at": day}

    first = printed("a", OUTLETS[0], 1)
    twice = by_outlet(ran(first, printed("b", OUTLETS[0], 3)))[OUTLETS[0]]
    assert (twice["derived_id"], twice["source_id"], twice["credited"]) == ("b", "a", None)
    rows = by_outlet(ran(first, printed("c", OUTLETS[1], 3)))
    assert {row["decision"] for row in rows.values()} == {"common_source"}
