"""How texts differ and what is made of it: the same from both sides, whatever stands first."""

import csv

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.differences import BOTH, SIDES, differences
from pipeline.stages.normalise import documents_of
from pipeline.stages.regimes import TABLE, directed_features, models, regime_features
from pipeline.stages.strings import strings_of

_PLACES = ("pair", "a_first", "a_last", "b_first", "b_last")
_WORD = st.sampled_from(
    ["the", "ferry", "Brackwater", "12", "of", "mayor", "Ada", "said.", '"no', 'fish"', "лед", "Æ"]
)
_TEXT = st.lists(_WORD, max_size=40).map(" ".join)


def compared(texts, passages=()):
    """Every two of some texts."""
    strings = strings_of(pl.Series(texts, dtype=pl.String()))
    rows = [(a, b) for a in range(len(texts)) for b in range(len(texts)) if a != b]
    pairs = pl.DataFrame(rows, schema=["a", "b"], orient="row").with_row_index("pair")
    pairs = pairs.select(pl.all().cast(pl.Int64()))
    places = pl.DataFrame(list(passages), dict.fromkeys(_PLACES, pl.Int64()), orient="row")
    return differences(pairs, places, documents_of(strings), strings)


@given(_TEXT, _TEXT)
def test_from_the_other_side_exactly_the_negative(one, other):
    found = compared([one, other])
    for values in directed_features(found).values():
        assert values[0] == -values[1]
    for values in regime_features(found).values():
        assert values[0] == values[1]


@given(_TEXT)
def test_one_text_differs_in_nothing(text):
    found = compared([text, text.upper()])
    assert not any(counts.any() for counts in found.sides.values())
    assert not any(counts.any() for counts in found.both.values())


def test_names_are_capitals_inside_sentences():
    texts = [
        "Rain fell. Ada Quill of Brackwater left, I hear.",
        "Rain fell.",
        "RAIN FELL ON ORRIN.",
    ]
    names = compared(texts).sides["names"]
    assert names[0].tolist() == [2.0, 0.0]
    assert names[1].tolist() == [2.0, 0.0]


def test_numbers_and_quoted_words():
    found = compared(['The mayor said "never again" on 3 May 2019.', "The mayor said so."])
    assert found.sides["numbers"][0].tolist() == [2.0, 0.0]
    assert found.sides["quoted"][0].tolist() == [2.0, 0.0]


def test_where_an_end_is_cut_off():
    words = [f"word{n}" for n in range(40)]
    both = compared([" ".join(words), " ".join(words[:25])]).both
    assert [both[name][0] for name in ("matched", "places", "unmatched", "tail")] == [25, 1, 15, 15]


def test_a_passage_fits_where_its_words_recur():
    passage = "herons nesting along quiet marshes"
    here = " ".join(["Marshes with herons, quiet and full of nesting herons."] * 6)
    there = " ".join(["Parliament debated taxes until midnight again."] * 8)
    texts = [f"{here} {passage}", f"{there} {passage}"]
    sizes = np.diff(documents_of(pl.Series(texts)).offsets)
    ends = [sizes[0] - 5, sizes[0], sizes.sum() - 5, sizes.sum()]
    found = compared(texts, [(0, *ends)])
    assert found.recurring[0].tolist() == [4.0, 0.0]


def test_the_table_holds_what_the_models_ask_for():
    found = compared(["One two three.", "One two four."])
    known = directed_features(found) | regime_features(found)
    rows = list(csv.DictReader(TABLE.read_text(encoding="utf8").splitlines()))
    assert {row["feature"] for row in rows} - {""} <= set(known)
    assert all(row["meaning"] for row in rows)
    assert [len(model(known)) for model in models().values()] == [2, 2, 2, 2]
    for name, model in models().items():
        assert (model.intercept != 0) == (name == "regime")


@pytest.mark.parametrize("names", [SIDES, BOTH])
def test_no_pairs_give_empty_columns(names):
    found = compared(["alone"])
    told = found.sides | found.both
    assert all(len(told[name]) == 0 for name in names)
