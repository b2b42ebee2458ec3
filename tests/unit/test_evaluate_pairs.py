"""Pairs that stand for many: counted by products, and one by one."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.by_rows import NEGATIVE, POSITIVE, UNJUDGED, TruthRows
from pipeline.evaluate.expand import expanded, places
from pipeline.evaluate.links import (
    finder_figures,
    independent_figures,
    link_figures,
    listed_figures,
    part_figures,
    together_figure,
    top_parts,
)

N = 9
WORDS = (UNJUDGED, NEGATIVE, POSITIVE)


@st.composite
def runs(draw):
    """Rows of `pairs` of nine articles, some of them identical, and each article's first twin."""
    text = draw(st.lists(st.integers(0, 5), min_size=N, max_size=N))
    same_as = np.array([text.index(it) for it in text])
    rows = {}
    for a, b in combinations(range(N), 2):
        if same_as[b] == a:
            # An editor may part two identical articles.
            relation = draw(st.sampled_from(["identical", "identical", "related"]))
            rows[a, b] = (relation, 1.0)
        elif same_as[a] == a and same_as[b] == b:
            if draw(st.booleans()):
                rows[a, b] = (draw(st.sampled_from(["near_copy", "related"])), 0.05)
        elif draw(st.integers(0, 7)) == 0:
            rows[a, b] = (draw(st.sampled_from(["rewrite", "related"])), 0.2)
    return rows, same_as


@st.composite
def truths(draw):
    group = np.array(draw(st.lists(st.integers(-1, 2), min_size=N, max_size=N)))
    muted = np.array(draw(st.lists(st.booleans(), min_size=N, max_size=N)))
    pairs = draw(
        st.lists(st.sampled_from(list(combinations(range(N), 2))), unique=True, max_size=6)
    )
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    word = draw(st.lists(st.sampled_from(WORDS), min_size=len(pairs), max_size=len(pairs)))
    within, outside = draw(st.sampled_from(WORDS)), draw(st.sampled_from([UNJUDGED, NEGATIVE]))
    spared = draw(st.sampled_from([0.1, np.inf])) if within == NEGATIVE else np.inf
    return TruthRows(
        group, (group >= 0) | muted, a, b, np.array(word, np.int64), within, outside, spared
    )


def frame(rows):
    """The table, with a probability that tells each row from every other."""
    told = [
        (a, b, relation, relation != "related", 0.5 + at / 1000, jaccard, ["bands"] * (at % 2))
        for at, ((a, b), (relation, jaccard)) in enumerate(sorted(rows.items()))
    ]
    schema = {"a": pl.Int64(), "b": pl.Int64(), "relation": pl.String(), "linked": pl.Boolean(),
              "probability": pl.Float64(), "jaccard": pl.Float64(),
              "found_by": pl.List(pl.String())}  # fmt: skip
    return pl.DataFrame(told, schema, orient="row")


def word_of(truth, a, b, jaccard):
    for x, y, word in zip(truth.a, truth.b, truth.word, strict=True):
        if (x, y) == (a, b):
            return word
    of_a, of_b = truth.group[a], truth.group[b]
    if of_a >= 0 and of_b >= 0:
        if of_a != of_b:
            return NEGATIVE
        return UNJUDGED if jaccard >= truth.spared_from else truth.within
    stranger = (of_a >= 0 and not truth.named[b]) or (of_b >= 0 and not truth.named[a])
    return truth.outside if stranger else UNJUDGED


def pairs_one_by_one(rows, same_as, truth):
    """(a, b, linked, word) of every pair of articles that some row stands for."""
    told = []
    for a, b in combinations(range(N), 2):
        first, second = sorted((same_as[a], same_as[b]))
        stars = [rows[it] for it in sorted(rows) if it[0] == first and rows[it][0] == "identical"]
        if (a, b) in rows:
            row = rows[a, b]
        elif first == second:
            row = stars[0] if stars else None
        else:
            row = rows.get((first, second))
        if row is not None:
            told.append((a, b, row[0] != "related", word_of(truth, a, b, row[1])))
    return told


@given(runs(), truths())
def test_products_count_what_is_there_one_by_one(run, truth):
    rows, same_as = run
    table = expanded(frame(rows), same_as, truth)
    each = pairs_one_by_one(rows, same_as, truth)
    for linked in (True, False):
        own = table.filter(pl.col("linked") == linked)
        for name, word in (("positive", POSITIVE), ("negative", NEGATIVE)):
            count = sum(it[2] == linked and it[3] == word for it in each)
            assert own[name].sum() == count, (name, linked)
    assert table["positive"].min() is None or table["positive"].min() >= 0
    assert table["negative"].min() is None or table["negative"].min() >= 0
    every = [word_of(truth, a, b, 0) for a, b in combinations(range(N), 2)]
    assert truth.positives == every.count(POSITIVE)
    figures = {it.name: it for it in link_figures(table, truth.positives)}
    right = sum(it[2] and it[3] == POSITIVE for it in each)
    wrong = sum(it[2] and it[3] == NEGATIVE for it in each)
    assert (figures["precision"].hits, figures["precision"].of) == (right, right + wrong)
    assert (figures["recall"].hits, figures["recall"].of) == (right, every.count(POSITIVE))


@given(runs(), truths())
def test_listed_pairs_find_the_row_that_stands_for_them(run, truth):
    rows, same_as = run
    table = expanded(frame(rows), same_as, truth)
    there = {(a, b): linked for a, b, linked, _ in pairs_one_by_one(rows, same_as, truth)}
    a, b = np.array(list(combinations(range(N), 2))).T
    for x, y, at in zip(a, b, places(table, same_as, a, b), strict=True):
        assert (at >= 0) == ((x, y) in there)
        assert at < 0 or table["linked"][int(at)] == there[x, y]
    kinds = pl.Series(["k"] * len(truth.a), dtype=pl.String())
    for figure in listed_figures(table, same_as, truth, kinds):
        word = POSITIVE if figure.name == "recall" else NEGATIVE
        own = [(x, y) for x, y, w in zip(truth.a, truth.b, truth.word, strict=True) if w == word]
        assert (figure.hits, figure.of) == (sum(there.get(it, False) for it in own), len(own))


@given(runs(), truths(), st.lists(st.integers(-N, 2), min_size=N, max_size=N))
def test_pairs_that_are_linked_or_in_one_story(run, truth, numbers):
    rows, same_as = run
    # Those in no story have numbers of their own.
    story = np.array([it if it >= 0 else -1 - at for at, it in enumerate(numbers)])
    linked = {(a, b): yes for a, b, yes, _ in pairs_one_by_one(rows, same_as, truth)}
    due = [it for it in combinations(range(N), 2) if word_of(truth, *it, 0) == POSITIVE]
    met = [it for it in due if linked.get(it) or story[it[0]] == story[it[1]]]
    table = expanded(frame(rows), same_as, truth)
    right = int(table.filter("linked")["positive"].sum())
    told = together_figure(frame(rows), same_as, truth, story, right)
    assert (told.hits, told.of) == (len(met), len(due))


@given(runs(), truths(), st.lists(st.sampled_from(["A", "B", None]), min_size=N, max_size=N))
def test_parts_count_pairs_with_an_article_of_theirs(run, truth, outlets):
    rows, same_as = run
    each = pairs_one_by_one(rows, same_as, truth)
    parts = pl.Series("outlet", outlets, dtype=pl.String())
    parts = parts.fill_null("unknown")
    names = top_parts(parts, truth.named, 5)
    figures = list(part_figures(frame(rows), same_as, truth, parts, names))
    named = {outlets[at] or "unknown" for at in range(N) if truth.named[at]}
    assert {it.part for it in figures} == {f"outlet {name}" for name in named}
    for figure in figures:
        own = figure.part.removeprefix("outlet ").replace("unknown", "") or None
        mine = [it for it in each if it[2] and own in (outlets[it[0]], outlets[it[1]])]
        right = sum(it[3] == POSITIVE for it in mine)
        assert figure.hits == right
        if figure.name == "precision":
            assert figure.of == right + sum(it[3] == NEGATIVE for it in mine)
        if figure.name == "recall":
            due = [word_of(truth, *it, 0) for it in combinations(range(N), 2)
                   if own in (outlets[it[0]], outlets[it[1]])]  # fmt: skip
            assert figure.of == due.count(POSITIVE)


@given(runs(), truths())
def test_pairs_of_one_event_and_those_left_out(run, truth):
    rows, same_as = run
    truth = replace(
        truth, a=truth.a[:0], b=truth.b[:0], word=truth.word[:0], within=NEGATIVE,
        outside=UNJUDGED, spared_from=0.1,
    )  # fmt: skip
    linked, left_out = independent_figures(frame(rows), same_as, truth)
    alike = [it for it in pairs_one_by_one(rows, same_as, replace(truth, spared_from=np.inf))
             if it[3] == NEGATIVE and truth.group[it[0]] == truth.group[it[1]]]  # fmt: skip
    kept = [it for it in pairs_one_by_one(rows, same_as, truth)
            if it[3] == NEGATIVE and truth.group[it[0]] == truth.group[it[1]]]  # fmt: skip
    assert left_out.hits == len(alike) - len(kept)
    assert linked.hits == sum(it[2] for it in kept)


def test_a_text_that_ran_a_hundred_thousand_times_is_counted_and_not_listed():
    n = 200_000
    same_as = np.where(np.arange(n) < n // 2, 0, n // 2)
    pairs = frame({(0, 1): ("identical", 1.0), (0, n // 2): ("near_copy", 0.8)})
    stories = np.where(np.arange(n) % 100, 0, 1)
    nothing = np.zeros(0, np.int64)
    truth = TruthRows(
        stories, np.ones(n, bool), nothing, nothing, nothing, POSITIVE, NEGATIVE, np.inf
    )  # fmt: skip
    table = expanded(pairs, same_as, truth).sort("b")
    half, other = n // 2, n // 200
    assert table["positive"].to_list() == [
        (half - other) * (half - other - 1) // 2 + other * (other - 1) // 2,
        (half - other) ** 2 + other**2,
    ]
    assert (table["positive"] + table["negative"]).to_list() == [half * (half - 1) // 2, half**2]


def test_the_finders_of_positive_pairs():
    rows = {(0, 1): ("near_copy", 0.6), (2, 3): ("related", 0.1), (4, 5): ("related", 0.1)}
    group = np.array([0, 0, 1, 1, 2, 3, 4, 5, 5])
    nothing = np.zeros(0, np.int64)
    truth = TruthRows(
        group, group >= 0, nothing, nothing, nothing, POSITIVE, NEGATIVE, np.inf
    )  # fmt: skip
    table = expanded(frame(rows), np.arange(N), truth)
    told = {it.part: (it.hits, it.of) for it in finder_figures(table, truth.positives)}
    assert told == {"": (2, 3), "finder bands": (1, 3)}
    assert link_figures(table, 3)[1].value == pytest.approx(1 / 3)
