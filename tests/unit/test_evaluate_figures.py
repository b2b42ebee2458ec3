"""Figures of an evaluation beside plain computations by their formulas."""

import math
from collections import defaultdict

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from pipeline.evaluate.calibration import calibration_figures, precision_recall, reliability
from pipeline.evaluate.clusters import (
    adjusted_rand,
    b_cubed,
    cluster_figures,
    contingency,
    part_figures,
    weighted_rand,
)
from pipeline.evaluate.direction import (
    answers,
    direction_figures,
    length_rule,
    on_derivations,
    on_pairs,
)
from pipeline.evaluate.edges import decision_figures, edge_figures
from pipeline.evaluate.figures import Figure, f1, rate
from pipeline.evaluate.spans import SPAN, detections, overlaps, passage_figures, union_lengths
from pipeline.evaluate.truth import DECISIONS, Truth

LABELS = st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 4)), min_size=1, max_size=40)


def value(figures: list[Figure], section: str, name: str, part: str = "") -> float | None:
    (found,) = [it for it in figures if (it.section, it.name, it.part) == (section, name, part)]
    return found.value


@given(LABELS)
def test_clusters_are_compared_by_the_formulas(labels):
    known, found = (np.array(side, np.int64) for side in zip(*labels, strict=True))
    table = contingency(known, found)
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(known, found), abs=1e-9)
    precision, recall = (np.repeat(it, table.cells) for it in b_cubed(table))
    plain_precision, plain_recall = zip(*(b_cubed_of(item, labels) for item in labels), strict=True)
    assert precision.mean() == pytest.approx(np.mean(plain_precision), abs=1e-9)
    assert recall.mean() == pytest.approx(np.mean(plain_recall), abs=1e-9)
    figures = cluster_figures(known, found)
    pairs = [(x, y) for at, x in enumerate(labels) for y in labels[:at]]
    same = [(x[0] == y[0], x[1] == y[1]) for x, y in pairs]
    both, claimed = same.count((True, True)), sum(it[1] for it in same)
    assert value(figures, "clusters", "pairwise precision") == (
        pytest.approx(both / claimed) if claimed else None
    )
    wrong = len(same) - both - same.count((False, False))
    expected = pytest.approx(2 * both / (2 * both + wrong)) if both + wrong else None
    assert value(figures, "clusters", "F1") == expected


@given(LABELS, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_stories_drawn_several_times_weigh_so_in_the_rand_index(labels, drawn):
    known, found = (np.array(side, np.int64) for side in zip(*labels, strict=True))
    table = contingency(known, found)
    assert weighted_rand(table, np.ones(len(table.cells))) == pytest.approx(adjusted_rand(table))
    weight = {story: drawn[story] for story in set(known.tolist())}
    both = in_known = in_found = total = 0
    for at, x in enumerate(labels):
        for y in labels[:at]:
            one = x[0] == y[0]
            counts = weight[x[0]] * (1 if one else weight[y[0]])
            both += counts * (one and x[1] == y[1])
            in_known += counts * one
            in_found += counts * (x[1] == y[1])
            total += counts
    numbers = np.unique(known)
    told = weighted_rand(table, np.array([weight[numbers[at]] for at in table.row], float))
    if not total or in_known == in_found == both:
        assert told == 1
        return
    expected = in_known * in_found / total
    assert told == pytest.approx((both - expected) / ((in_known + in_found) / 2 - expected))


@given(LABELS)
def test_intervals_of_clusters_hold_the_figure_and_end_at_one(labels):
    known, found = (np.array(side, np.int64) for side in zip(*labels, strict=True))
    figures = cluster_figures(known, found)
    assert figures == cluster_figures(known, found)
    for it in figures[3:]:
        if len(set(known.tolist())) == 1:
            assert it.low is None
        if it.low is not None:
            assert it.low <= it.value <= it.high <= 1
            assert it.low >= 0 or it.name == "adjusted Rand index"


@given(LABELS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_b_cubed_of_some_articles_is_theirs_in_stories_of_all(labels, chosen):
    known, found = (np.array(side, np.int64) for side in zip(*labels, strict=True))
    chosen = np.array(chosen[: len(labels)])
    if not chosen.any():
        return
    figures = part_figures(known, found, chosen, "outlet A")
    each = np.array([b_cubed_of(item, labels) for item in labels])[chosen]
    assert [it.value for it in figures[:2]] == pytest.approx(list(each.mean(axis=0)))
    assert {(it.of, it.part) for it in figures} == {(int(chosen.sum()), "outlet A")}


def test_intervals_of_clusters_hold_the_truth():
    """Eighty stories, one in ten welded to the one before, drawn again and again."""
    chance = np.random.default_rng(3)

    def drawn():
        sizes = 1 + chance.poisson(3, 80)
        known = np.repeat(np.arange(80), sizes)
        welded = np.where(chance.random(80) < 0.1, np.maximum(np.arange(80) - 1, 0), np.arange(80))
        share = np.repeat(chance.beta(4, 1, 80), sizes)
        kept = chance.random(len(known)) < share
        return cluster_figures(known, np.where(kept, welded[known], 80 + np.arange(len(known))))[3:]

    true = np.mean([[it.value for it in drawn()] for _ in range(60)], axis=0)
    within = [
        [it.low <= value <= it.high for it, value in zip(drawn(), true, strict=True)]
        for _ in range(60)
    ]
    assert (np.mean(within, axis=0) > 0.85).all()


def test_a_few_stories_without_a_mistake_promise_no_certainty():
    known = np.repeat(np.arange(10), 3)
    figures = {it.name: it for it in cluster_figures(known, known)}
    for name in ("B-cubed precision", "B-cubed F1", "adjusted Rand index"):
        told = rate("s", "n", 10, 10)
        assert (figures[name].low, figures[name].high) == (told.low, 1)


def test_what_hangs_together_makes_intervals_wider():
    chance = np.random.default_rng(2)
    right = (chance.random(2000) < 0.7).astype(float)
    sure = np.full(2000, 0.7)
    alone = {
        it.name: it for it in calibration_figures("d", sure, right, 1 - right, np.arange(2000))
    }
    tens = np.repeat(right[:200], 10)
    story = np.repeat(np.arange(200), 10)
    together = {it.name: it for it in calibration_figures("d", sure, tens, 1 - tens, story)}
    wide = {name: it.high - it.low for name, it in together.items()}
    for name, it in alone.items():
        assert it.low <= it.value <= it.high
        assert wide[name] > 2 * (it.high - it.low)
    # Of outcomes with p = .7, each (p − o)² is .49 or .09: the mean of 2,000 has σ = .4 √(.21 ÷ n).
    brier = alone["Brier score"]
    assert brier.high - brier.low == pytest.approx(2 * 1.96 * 0.4 * math.sqrt(0.21 / 2000), rel=0.2)


def b_cubed_of(item, labels):
    found = [other for other in labels if other[1] == item[1]]
    known = [other for other in labels if other[0] == item[0]]
    right = sum(other[0] == item[0] for other in found)
    return right / len(found), right / len(known)


def test_large_clusters_take_no_quadratic_memory():
    labels = np.repeat(np.arange(2), 300_000)
    figures = cluster_figures(labels, np.zeros(600_000, np.int64))
    assert value(figures, "clusters", "pairwise recall") == 1
    assert value(figures, "clusters", "adjusted Rand index") == pytest.approx(0)


def test_intervals():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605),
                 (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}  # fmt: skip
    for counts, ends in published.items():
        told = rate("s", "n", *counts)
        assert (told.low, told.high) == pytest.approx(ends, abs=5e-5)
    assert rate("s", "n", 20, 20).high == 1
    assert rate("s", "n", 0, 0).value is None
    assert f1("s", 0, 0, 0).value is None
    figure = f1("s", 8, 1, 3)
    assert figure.value == pytest.approx(2 * 8 / (2 * 8 + 1 + 3))
    assert figure.low < figure.value < figure.high


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=10, max_size=60))
def test_calibration_of_distinct_probabilities_in_bins_of_equal_mass(items):
    items = sorted(dict(items).items())
    items = items[: len(items) // 10 * 10]
    if not items:
        return
    p, so = np.array([it[0] for it in items]), np.array([float(it[1]) for it in items])
    told = reliability(p[::-1], so[::-1], 1 - so[::-1])
    bins = np.array_split(np.arange(len(p)), 10)
    error = sum(len(it) * abs(p[it].mean() - so[it].mean()) for it in bins) / len(p)
    assert told.error == pytest.approx(error, abs=1e-9)
    assert told.brier == pytest.approx(((p - so) ** 2).mean(), abs=1e-12)
    assert told.prevalence == pytest.approx(so.mean())
    assert told.stated == pytest.approx([p[it].mean() for it in bins])
    assert told.true == pytest.approx([so[it].mean() for it in bins])


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 4), st.integers(0, 4)),
             min_size=1, max_size=12)
)  # fmt: skip
def test_weights_are_that_many_items_and_order_is_no_matter(items):
    p, yes, no = (np.array(side, float) for side in zip(*items, strict=True))
    told = reliability(p, yes, no)
    one = [(q, s) for q, y, n in items for s, count in ((1.0, y), (0.0, n)) for _ in range(count)]
    if not one:
        assert told is None
        return
    each = np.array(one[::-1])
    alone = reliability(each[:, 0], each[:, 1], 1 - each[:, 1])
    assert told.error == pytest.approx(alone.error, abs=1e-9)
    assert told.brier == pytest.approx(alone.brier, abs=1e-9)
    threshold, precision, recall = precision_recall(p, yes, no, yes.sum() + 2)
    for at, limit in enumerate(threshold):
        right, wrong = yes[p >= limit].sum(), no[p >= limit].sum()
        assert precision[at] == pytest.approx(right / (right + wrong))
        assert recall[at] == pytest.approx(right / (yes.sum() + 2))


INTERVALS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 9)), max_size=20
)


@given(INTERVALS)
def test_unions_of_intervals(intervals):
    owner, start, size = np.array(intervals, np.int64).reshape(-1, 3).T
    covered = [set() for _ in range(4)]
    for of, first, length in intervals:
        covered[of] |= set(range(first, first + length))
    assert union_lengths(owner, start, start + size, 4).tolist() == list(map(len, covered))


SPANS = st.lists(
    st.tuples(
        st.sampled_from("pq"), st.sampled_from("xy"), st.integers(0, 30), st.integers(1, 12),
        st.integers(0, 30), st.integers(1, 12),
    ),
    max_size=9,
)  # fmt: skip


@given(SPANS, SPANS)
def test_plagdet_is_that_of_the_paper(cases, found):
    told = overlaps(spans(cases), spans(found))
    plain = plagdet(cases, found)
    if plain is None:
        assert told.plagdet is None
        return
    precision, recall, granularity, score = plain
    assert told.plagdet == pytest.approx(score, abs=1e-9)
    assert told.granularity == pytest.approx(granularity, abs=1e-9)
    assert (told.precision.mean() if found else 0) == pytest.approx(precision, abs=1e-9)
    assert (told.recall.mean() if cases else 0) == pytest.approx(recall, abs=1e-9)


def spans(rows):
    schema = {"suspicious_id": pl.String(), "source_id": pl.String()}
    schema |= dict.fromkeys(SPAN, pl.Int64())
    flat = [(p, x, a, a + m, b, b + n) for p, x, a, m, b, n in rows]
    return pl.DataFrame(flat, schema, orient="row")


def plagdet(cases, found):
    """Potthast et al., An Evaluation Framework for Plagiarism Detection, 2010, character by
    character."""
    if not cases and not found:
        return None
    s = [characters(it) for it in cases]
    r = [characters(it) for it in found]

    def finds(detection, case):
        return all(detection[side] & case[side] for side in (0, 1))

    def covered(mine, others):
        met = [it for it in others if finds(it, mine)]
        return sum(
            len(mine[side] & set().union(*(it[side] for it in met))) for side in (0, 1)
        ) / sum(len(mine[side]) for side in (0, 1))  # fmt: skip

    precision = sum(covered(it, s) for it in r) / len(r) if r else 0
    recall = sum(covered(it, r) for it in s) / len(s) if s else 0
    counts = [sum(finds(it, case) for it in r) for case in s]
    seen = [count for count in counts if count]
    granularity = sum(seen) / len(seen) if seen else 1
    score = 2 * precision * recall / (precision + recall) if precision + recall else 0
    return precision, recall, granularity, score / math.log2(1 + granularity)


def characters(span):
    p, x, a, m, b, n = span
    return {(p, x, at) for at in range(a, a + m)}, {(p, x, at) for at in range(b, b + n)}


def test_detections_stand_on_the_suspicious_side_whatever_the_order_of_ids():
    passages = pl.DataFrame(
        {"a_id": ["b", "k"], "b_id": ["k", "z"], "a_start": [1, 5], "a_end": [2, 6],
         "b_start": [3, 7], "b_end": [4, 8]}
    )  # fmt: skip
    pairs = pl.DataFrame({"suspicious_id": ["k", "k"], "source_id": ["z", "b"]})
    found = detections(passages, pairs)
    assert found.rows() == [("k", "z", 5, 6, 7, 8), ("k", "b", 3, 4, 1, 2)]


def test_passages_by_obfuscation():
    cases = pl.DataFrame(
        [("p", "x", "none", 0, 10, 0, 10), ("q", "x", "some", 0, 10, 20, 10)],
        ["suspicious_id", "source_id", "obfuscation", "this_offset", "this_length",
         "source_offset", "source_length"], orient="row",
    )  # fmt: skip
    listed = pl.DataFrame(
        {"suspicious_id": ["p", "q", "r"], "source_id": ["x"] * 3,
         "obfuscation": ["none", "some", None]}
    )  # fmt: skip
    found = spans([("p", "x", 0, 10, 0, 10), ("r", "x", 0, 5, 0, 5)])
    figures = passage_figures(cases, found, listed)
    assert value(figures, "passages", "precision") == 0.5
    assert value(figures, "passages", "recall") == 0.5
    assert value(figures, "passages", "plagdet", "kind none") == 1
    whole = {it.name: it for it in figures if not it.part}
    assert (whole["recall"].low, whole["recall"].high) == (0, 1)
    assert 0 <= whole["plagdet"].low < whole["plagdet"].value < whole["plagdet"].high <= 1
    assert (whole["granularity"].low, whole["granularity"].high) == (1, 1)
    assert figures == passage_figures(cases, found, listed)
    assert value(figures, "passages", "plagdet", "kind some") == 0


def test_directions():
    right, sure = answers(np.array([0.9, 0.2, 0.3, 0.6]), np.array([0.05, 0.7, 0.3, 0.1]))
    assert right.tolist() == [1, 0, 0.5, 1]
    assert sure.tolist() == [0.9, 0.7, 0.3, 0.6]
    figures = direction_figures("d", right, sure, np.arange(4), 0.5)
    assert value(figures, "d", "accuracy", "decided") == pytest.approx(2 / 3)
    assert value(figures, "d", "decided") == pytest.approx(3 / 4)
    assert value(figures, "d", "accuracy", "all") == pytest.approx(2.5 / 4)
    assert value(figures, "d", "accuracy", "surest 70 %") == pytest.approx(2 / 3)
    assert value(figures, "d", "Brier score") == pytest.approx(
        (0.01 + 0.49 + (0.49 + 0.09) / 2 + 0.16) / 4
    )
    assert length_rule(np.array([5, 5, 5]), np.array([9, 5, 2])).tolist() == [1, 0.5, 0]


def test_of_answers_that_tie_at_the_edge_of_the_surest_as_many_are_right_as_expected():
    right, sure = np.array([1.0, 0, 1, 0]), np.array([0.5, 0.5, 0.5, 0.5])
    figures = direction_figures("d", right, sure, np.arange(4), 0.5)
    turned = direction_figures("d", right[::-1], sure, np.arange(4), 0.5)
    assert figures == turned
    assert value(figures, "d", "accuracy", "surest 70 %") == pytest.approx(0.5)


DIRECTED = pl.DataFrame(
    {"source_id": ["b", "c", "z"], "derived_id": ["a", "d", "y"], "kind": [None, "k", None]},
    {"source_id": pl.String(), "derived_id": pl.String(), "kind": pl.String()},
)
FOUND = pl.DataFrame(
    [("a", 1, "b", None, "derived", 0.9), ("c", 1, "d", None, "derived", 0.8),
     ("d", 1, None, None, "original", 0.7), ("y", 1, "z", None, "undecided", 0.4),
     ("a", 2, "c", None, "derived", 0.85)],
    ["derived_id", "rank", "source_id", "unseen_source", "decision", "probability"], orient="row",
    schema_overrides={"unseen_source": pl.String()},
)  # fmt: skip


def test_answers_come_from_the_columns_that_say_so():
    pairs = pl.DataFrame(
        {"a_id": ["a", "c"], "b_id": ["b", "d"], "p_a_from_b": [0.8, 0.6],
         "p_b_from_a": [0.1, 0.3]}
    )  # fmt: skip
    rows = on_pairs(DIRECTED, pairs).select("derived_id", "right", "sure").rows()
    assert rows == [("a", 1.0, 0.8), ("d", 0.0, 0.6)]
    rows = on_derivations(DIRECTED, FOUND).select("derived_id", "right", "sure").rows()
    assert rows == [("a", 1.0, 0.9), ("d", 0.0, 0.8)]


def test_edges_with_and_without_their_direction():
    articles = pl.DataFrame(
        [(name, group, None, "f", 1) for name, group in zip("abcdyz", (0, 0, 0, 0, 1, 1),
                                                            strict=True)],
        Truth("t", "stories").articles.schema, orient="row",
    )  # fmt: skip
    truth = Truth("t", "stories", articles, directed=DIRECTED, within=True)
    figures = edge_figures(FOUND, truth)
    assert value(figures, "derivations", "precision", "directed") == pytest.approx(1 / 3)
    assert value(figures, "derivations", "recall", "directed") == pytest.approx(1 / 3)
    assert value(figures, "derivations", "precision", "undirected") == pytest.approx(2 / 3)
    assert value(figures, "derivations", "recall", "undirected") == pytest.approx(2 / 3)
    # Without stories, too, an edge past the listed ones is wrong inside its component.
    alone = Truth("t", "derivations", articles, directed=DIRECTED)
    assert edge_figures(FOUND, alone) == figures


def test_decisions_are_right_with_source_and_all_or_where_nothing_is_found():
    rows = [("a", "b", None, "derived"), ("a", "d", None, "derived"), ("d", None, None, "original"),
            ("y", None, "An Agency", "common_source"), ("x", None, None, None),
            ("c", None, None, None)]  # fmt: skip
    decisions = pl.DataFrame([(*row, None) for row in rows], DECISIONS, orient="row")
    figures = decision_figures(FOUND, decisions)
    parts = defaultdict(list, {it.part: [it.hits, it.of] for it in figures})
    assert parts[""] == [3, 6]
    assert parts["decision derived"] == [1, 2]
    assert parts["decision nothing"] == [1, 2]
    assert parts["decision original"] == [1, 1]
    assert parts["decision common_source"] == [0, 1]
