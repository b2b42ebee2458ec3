"""What a pair is called, by precedence, and how sure it is."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Relate
from pipeline.stages.odds import odds_of
from pipeline.stages.relate import relate

_PLAIN = {
    "jaccard": 0.0, "containment_a": 0.0, "containment_b": 0.0, "verbatim": 0, "quoted": 0,
    "shorter": 400, "coverage": 0.0, "identical": False, "judged": None, "masked": False,
    "found_by": 1,
}  # fmt: skip
_SCHEMA = {
    "jaccard": pl.Float64(), "containment_a": pl.Float64(), "containment_b": pl.Float64(),
    "verbatim": pl.Int64(), "quoted": pl.Int64(), "shorter": pl.Int64(), "coverage": pl.Float64(),
    "identical": pl.Boolean(), "judged": pl.Boolean(), "masked": pl.Boolean(),
    "found_by": pl.UInt8(), "prose": pl.Int64(),
}  # fmt: skip


def related(options=None, **features):
    """The pair as `relate` leaves it, or None if it isn't kept."""
    row = _PLAIN | features
    frame = pl.DataFrame([{"prose": row["verbatim"]} | row], schema=_SCHEMA)
    rows = relate(frame, options or Relate()).rows(named=True)
    return rows[0] if rows else None


def relation(options=None, **features):
    row = related(options, **features)
    return row and row["relation"]


_COPY = {
    "verbatim": 390,
    "coverage": 0.97,
    "containment_a": 0.97,
    "containment_b": 0.9,
    "jaccard": 0.85,
}
_EXCERPT = {"verbatim": 220, "coverage": 0.55, "containment_a": 0.55, "jaccard": 0.2}
_REWRITE = {"verbatim": 180, "coverage": 0.6, "containment_a": 0.3, "jaccard": 0.2}
_PARTIAL = {"verbatim": 45, "coverage": 0.12, "containment_a": 0.09, "jaccard": 0.04}
_RELATED = {"verbatim": 25, "coverage": 0.06, "containment_a": 0.05, "jaccard": 0.02}


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (_COPY | {"identical": True}, "identical"),
        (_COPY, "near_copy"),
        (_EXCERPT, "excerpt"),
        (_REWRITE, "rewrite"),
        (_REWRITE | {"coverage": 0.49}, "partial"),
        (_REWRITE | {"quoted": 60}, "partial"),
        (_PARTIAL, "partial"),
        (_PARTIAL | {"shorter": 4000}, "partial"),
        (_RELATED, "related"),
        (_RELATED | {"verbatim": 0, "quoted": 25}, "related"),
        (_RELATED | {"verbatim": 19}, None),
        ({}, None),
    ],
)
def test_relations(features, expected):
    assert relation(**features) == expected


@pytest.mark.parametrize("features", [_COPY, _EXCERPT, _REWRITE, _PARTIAL, _RELATED, {}])
def test_an_editors_word_rules(features):
    assert relation(**features, judged=False) == "related"
    assert relation(**features | {"identical": True}, judged=False) == "related"
    expected = relation(**features)
    linked = expected in ("near_copy", "excerpt", "rewrite")
    assert relation(**features, judged=True) == (expected if linked else "rewrite")
    assert related(**features, judged=False)["probability"] < 0.01
    assert related(**features, judged=True)["probability"] > 0.99


def test_furniture_is_no_part_of_a_text():
    assert relation(**_PARTIAL, prose=0) == "related"
    # Nor does it become a retelling by not being a passage.
    assert relation(**_REWRITE | {"coverage": 0.49}, prose=0) == "related"
    assert relation(**_REWRITE, prose=0) == "rewrite"


def test_limits_come_from_the_config():
    assert relation(Relate(near_copy=0.9), **_COPY) == "excerpt"
    assert relation(Relate(excerpt=0.6), **_EXCERPT) != "excerpt"
    assert relation(Relate(link_confidence=1.0), **_REWRITE) == "partial"
    assert relation(Relate(partial_tokens=46), **_PARTIAL) == "related"
    assert relation(Relate(review_tokens=26), **_RELATED) is None


def test_what_little_masking_left_is_no_near_copy():
    few = {
        "verbatim": 12,
        "shorter": 12,
        "jaccard": 0.9,
        "containment_a": 0.9,
        "containment_b": 0.9,
    }
    assert relation(**few, masked=False) == "near_copy"
    assert relation(**few, masked=True) != "near_copy"


@given(st.integers(0, 400), st.integers(0, 400))
def test_more_verbatim_tokens_never_make_it_less_likely(few, more):
    few, more = sorted((few, more))
    one, other = (related(verbatim=n, judged=False)["probability"] for n in (few, more))
    assert one <= other


def test_quotations_say_less_than_own_words():
    own, quoted = related(verbatim=100), related(quoted=100)
    assert quoted["probability"] < own["probability"]


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 900), st.integers(0, 900))
def test_the_probability_is_that_of_its_evidence(containment_a, containment_b, verbatim, quoted):
    row = related(
        containment_a=containment_a,
        containment_b=containment_b,
        verbatim=verbatim + 20,
        quoted=quoted,
    )
    log_odds = sum(item["log_odds"] for item in row["share_evidence"])
    assert 0 < row["probability"] < 1
    assert row["probability"] == pytest.approx(1 / (1 + 2.718281828459045**-log_odds), abs=1e-3)


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"retold": 0.9}, "rewrite"),
        ({"retold": 0.4, "coverage": 0.6}, "related"),
        # An unsure one must show where: a shared event, template or list covers little.
        ({"retold": 0.6, "coverage": 0.3}, "related"),
        ({"retold": 0.6, "coverage": 0.45}, "rewrite"),
        ({"retold": 0.6, "coverage": 0.45, "quoted": 60}, "related"),
        ({"retold": 0.6, "shorter": 200}, "rewrite"),
        # Much word for word, and most of the shorter is its own.
        ({"retold": 0.9, "verbatim": 60, "coverage": 0.3}, "partial"),
        ({"retold": 0.9, "verbatim": 60, "coverage": 0.6}, "rewrite"),
    ],
)
def test_retellings(features, expected):
    odds = odds_of(np.array([[0.5] * 8], np.float32)).drop("retold").row(0, named=True)
    row = {"prose": features.get("verbatim", 0)} | _PLAIN | odds | features
    schema = _SCHEMA | dict.fromkeys((*odds, "retold"), pl.Float64())
    frame = pl.DataFrame([row], schema=schema)
    (row,) = relate(frame, Relate()).rows(named=True)
    assert row["relation"] == expected
