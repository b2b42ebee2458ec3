"""Charts as plain text and as SVG."""

import re
import sys
import warnings
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import MissingExtraError
from pipeline.report.charts import Chart, Curve, as_svg, in_terminal

_STEPS = tuple(at / 20 for at in range(21))
_RISING = Curve("rising", _STEPS, tuple(x**2 for x in _STEPS))
_CHART = Chart("Caught", "Jaccard", "share", (_RISING, Curve("aim", (0.5,), (0.996,), points=True)))
_HOSTILE = "</title><script>alert(1)</script>\x1b[31m\n$\\frac{ 新 &amp; \u202e"


def _one(*points: tuple[float, float]) -> Chart:
    x, y = zip(*points, strict=True)
    return Chart("one", "x", "y", (Curve("c", x, y),))


def test_a_chart_in_the_terminal_names_its_axes_and_curves() -> None:
    text = in_terminal(_CHART, 60, 15)
    assert text.startswith("Caught\n")
    assert "Jaccard" in text
    assert re.search(r"o aim", text)
    lines = text.split("\n")
    assert max(map(len, lines)) <= 60
    assert len(lines) == 15 + 2  # and the legend


def test_a_rising_curve_begins_below_and_ends_above() -> None:
    drawn = [line[5:] for line in in_terminal(_one((0, 0), (1, 1)), 60, 15).split("\n")[1:12]]
    places = [line.index(line.strip()[0]) for line in drawn if line.strip()]
    assert len(places) == 11
    assert places == sorted(places, reverse=True)
    assert places[-1] <= 1
    assert places[0] >= 48


def test_points_stand_where_their_values_are() -> None:
    chart = Chart("p", "x", "y", (Curve("c", (0.0, 10.0), (0.0, 100.0), points=True),))
    lines = in_terminal(chart, 40, 12).split("\n")
    assert lines[1].startswith("100 ┤")
    assert lines[1].endswith("o")
    assert lines[8].startswith("  0 ┤o")


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)), min_size=1, max_size=8),
    st.integers(1, 120),
    st.integers(1, 40),
)
def test_every_finite_chart_fits(points: list, width: int, height: int) -> None:
    lines = in_terminal(_one(*points), width, height).split("\n")
    assert len(lines) == max(height, 9)
    assert max(map(len, lines)) <= max(width, 32)


def test_a_chart_of_nothing_is_drawn() -> None:
    assert "nothing" in in_terminal(Chart("nothing", "x", "y", ()))
    assert "nothing" in as_svg(Chart("nothing", "x", "y", ()))


def test_the_terminal_is_sent_nothing_it_acts_on() -> None:
    chart = Chart(_HOSTILE, _HOSTILE, _HOSTILE, (Curve(_HOSTILE, (0.0,), (0.0,)), _RISING))
    assert all(line.isprintable() for line in in_terminal(chart).split("\n"))


@pytest.mark.parametrize("y", [(float("nan"),), (float("inf"),), (1.0, 2.0)])
def test_a_curve_that_cannot_be_drawn_is_refused(y: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="curve c"):
        Curve("c", (1.0,), y)


def test_an_svg_is_the_same_each_time_and_tells_no_date() -> None:
    first = as_svg(_CHART)
    assert first == as_svg(_CHART)
    assert not re.search(r"20\d\d-|metadata|matplotlib", first)


def test_an_svg_needs_no_style_and_takes_the_pages_colour() -> None:
    drawn = as_svg(_CHART)
    assert "style" not in drawn
    assert "currentColor" in drawn
    texts = [element.text for element in ET.fromstring(drawn).iter() if "text" in element.tag]
    assert {"Caught", "Jaccard", "share", "rising", "aim"} <= set(texts)


def test_hostile_names_stay_text_in_an_svg() -> None:
    chart = Chart(_HOSTILE, _HOSTILE, _HOSTILE, (Curve(_HOSTILE, (0.0,), (0.0,)), _RISING))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = as_svg(chart)
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(drawn).iter()}
    assert "script" not in tags
    assert "<script" not in drawn


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[report\]'"):
        as_svg(_CHART)
