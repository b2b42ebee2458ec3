"""What articles hold can neither steer a terminal nor compute in a spreadsheet."""

import csv
import io
import json
import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.safe import cell, csv_text, json_text, message, plain
from pipeline.cli.toml import toml_text
from pipeline.cli.words import lag, seconds


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("\x1b]0;title\x07rest", "rest"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]never closed", "never closed"),
        ("a\r\nb\tc\x00", "a b c"),
        ("\u202eabc\u202c", "abc"),
        ("नमस्\u200dते 王 ё", "नमस्\u200dते 王 ё"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_plain(text, shown):
    assert plain(text) == shown


@given(st.text())
def test_plain_text_holds_nothing_that_steers(text):
    assert all(c.isprintable() or c in "\u200c\u200d" for c in plain(text))
    assert plain(plain(text)) == plain(text)


def test_a_message_keeps_its_lines():
    assert message("one\x1b[2J\ntwo") == "one\ntwo"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", " \x00=1", "\x1b[m=1"])
def test_formulas_become_text(text):
    assert str(cell(text)).startswith(("'", " ="))
    assert cell(-1.5) == -1.5


@given(st.lists(st.text()))
def test_no_cell_begins_like_a_formula(values):
    rows = list(csv.reader(io.StringIO(csv_text(["h"] * len(values), [values]))))
    assert not any(value[:1] in "=+-@\t\r" for value in rows[-1] if value)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_is_exact_and_ascii(text):
    assert json_text(text).isascii()
    assert json.loads(json_text(text)) == text


_PLAIN = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.dates(min_value=date(1, 1, 1))
)
_KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
_VALUES = st.recursive(
    _PLAIN | st.lists(_PLAIN, max_size=3),
    lambda inner: (
        st.dictionaries(_KEYS, inner, max_size=3)
        | st.lists(st.dictionaries(_KEYS, inner, max_size=2), min_size=1, max_size=2)
    ),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=4))
def test_toml_reads_back_as_it_was(values):
    assert tomllib.loads(toml_text(values)) == values


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.123, "0.12 s"), (12.34, "12.3 s"), (245, "4 min 05 s"), (7865, "2 h 11 min")],
)
def test_seconds(value, told):
    assert seconds(value) == told


@pytest.mark.parametrize(
    ("value", "told"), [(None, "–"), (1500, "25 min"), (20_880, "5.8 h"), (267_840, "3.1 days")]
)
def test_lag(value, told):
    assert lag(value) == told
