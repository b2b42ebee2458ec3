"""Columns of strings and articles give back what was put in, row by row."""

from datetime import timedelta
from itertools import pairwise

import naive
import numpy as np
import polars as pl
import pytest
from conftest import articles, at, corpus
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import Outlets
from pipeline.kernels.characters import characters
from pipeline.kernels.strings import bounds_of, string_sizes, take_strings
from pipeline.kernels.tokens import PADDING
from pipeline.kernels.wordless import wordless
from pipeline.stages import strings as strings_stage
from pipeline.stages.articles import COLUMNS, PRECISIONS, UNDATED, articles_of
from pipeline.stages.outlets import canonical_names
from pipeline.stages.strings import Strings, batches, flat, pieces, strings_of

# None, empty, as short as stands in a view itself (12 bytes) and a little more, and any text.
_TEXT = st.one_of(
    st.none(),
    st.sampled_from(["", "a" * 12, "a" * 13, "é" * 6, "漢字", "\0", "👩\u200d🚀", "x" * 5000]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
_TEXTS = st.lists(_TEXT, max_size=12)


def series(values) -> pl.Series:
    return pl.Series(values, dtype=pl.String())


def encoded(values) -> list[bytes]:
    return [(value or "").encode() for value in values]


@given(_TEXTS, st.integers(0, 3))
def test_flat(values, pieces):
    """Also of columns in several chunks, and of parts of columns."""
    column = pl.concat([series(values[:pieces]), series(["out", *values[pieces:]])[1:]])
    data, sizes = flat(column)
    assert data.tobytes() == b"".join(encoded(values))
    assert sizes.tolist() == [
        -1 if value is None else len(raw)
        for value, raw in zip(values, encoded(values), strict=True)
    ]


@given(_TEXTS, st.integers(1, 20))
def test_more_than_fits_one_string_is_joined_part_by_part(values, most):
    joined = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings_stage, "_JOINED_BYTES", most)
        own = strings_stage._joined
        patch.setattr(strings_stage, "_joined", lambda *a: joined.append(a) or own(*a))
        data, sizes = flat(series(values))
    assert data.tobytes() == b"".join(encoded(values))
    assert sizes.tolist() == [-1 if value is None else len(value.encode()) for value in values]
    longest = max(map(len, encoded(values)), default=0)
    assert all(size < most + max(longest, 1) for _, size in joined)


@given(_TEXTS, st.integers(1, 5), st.integers(1, 6000), st.data())
def test_batches_are_short(values, batch, most, data):
    strings = strings_of(series(values))
    count = len(values)
    chosen = data.draw(st.lists(st.integers(0, count - 1), max_size=9)) if count else []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strings_stage, "_BATCH_BYTES", most)
        found = list(batches(strings, batch))
        taken = list(pieces(strings, np.array(chosen, np.int64), batch))
    assert [row for rows in found for row in rows] == list(range(count))
    assert [row for rows in taken for row in rows] == chosen
    for rows in (*found, *taken):
        assert 1 <= len(rows) <= batch
        assert sum(len(raw) for raw in encoded([values[row] for row in rows][:-1])) < most


@given(_TEXTS)
def test_a_column_comes_back(values):
    strings = strings_of(series(values))
    assert len(strings) == len(values)
    assert (strings.known is None) == (None not in values)
    assert len(strings.data) == strings.bounds[-1] + PADDING
    found = strings.series(range(len(values)))
    assert found.dtype == pl.String()
    assert found.to_list() == values


@given(_TEXTS, st.data())
def test_any_rows_in_any_order(values, data):
    count = len(values)
    place = st.integers(0, count - 1) if count else st.nothing()
    strings = strings_of(series(values))
    if data.draw(st.booleans()):
        order = data.draw(st.lists(place, max_size=12))
        strings = Strings(strings.data, strings.bounds, strings.known, np.array(order, np.int64))
        values = [values[at] for at in order]
    count = len(values)
    assert len(strings) == count
    start = data.draw(st.integers(0, count))
    rows = range(start, data.draw(st.integers(start, count)))
    assert strings.series(rows).to_list() == values[rows.start : rows.stop]
    sizes = [len(raw) for raw in encoded(values[rows.start : rows.stop])]
    assert strings.sizes(rows).tolist() == sizes
    chosen = data.draw(st.lists(st.integers(0, count - 1), max_size=9)) if count else []
    assert strings.series(np.array(chosen, np.int64)).to_list() == [values[at] for at in chosen]
    packed, bounds, known = strings.packed(np.array(chosen, np.int64))
    assert (packed.tobytes(), bounds.tolist()) == naive.taken(values, chosen)
    assert known is None or known.tolist() == [values[at] is not None for at in chosen]


@given(_TEXTS, st.data())
def test_strings_are_taken(values, data):
    places = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=9)) if values else []
    whole, bounds = naive.taken(values, range(len(values)))
    raw, own = np.frombuffer(whole, np.uint8), np.array(bounds, np.int64)
    expected, ends = naive.taken(values, places)
    out = np.full(len(expected) + 3, 7, np.uint8)
    take_strings(raw, own, np.array(places, np.int64), out)
    assert out.tobytes() == expected + b"\7\7\7"
    found = string_sizes(own, np.array(places, np.int64)).tolist()
    assert found == [b - a for a, b in pairwise(ends)]


@given(st.lists(st.integers(-1, 5), max_size=12))
def test_bounds_of_sizes(sizes):
    bounds = np.full(len(sizes) + 1, 99)
    missing = bounds_of(np.array(sizes, np.int64), bounds)
    assert (bounds.tolist(), missing) == naive.bounds(sizes)


_ODD = [
    "\u0301",
    "\u064b",
    "½",
    "ﷺ",
    "①",
    "\u200d",
    "\ufe0f",
    "\u20e3",
    "…",
    "™",
    "՟",
    "ー",
    "々",
    "。",
]


@given(
    st.lists(
        st.one_of(st.text(max_size=4), st.text(st.sampled_from([*" .\0-", *_ODD]), max_size=3)),
        max_size=8,
    )
)
def test_texts_without_tokens(texts):
    texts = [text.encode(errors="ignore").decode() for text in texts]
    strings = strings_of(series(texts))
    found = wordless(strings.data, strings.bounds, *characters())
    assert found.tolist() == [naive.wordless(text) for text in texts]


def test_every_character_by_itself():
    texts = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    strings = strings_of(series(texts))
    found = wordless(strings.data, strings.bounds, *characters())
    some = np.random.default_rng(1).choice(len(texts), 20_000, replace=False)
    assert found[some].tolist() == [naive.wordless(texts[at]) for at in some]


def test_articles_come_back():
    frame = articles(*corpus())
    stored = articles_of(frame)
    assert len(stored) == len(frame)
    assert stored.frame().equals(frame)
    assert stored.frame().schema == frame.schema
    assert list(stored.sources) == sorted(set(frame["source"].drop_nulls()))
    assert stored.frame(range(3, 9), ["text", "source"]).equals(frame[3:9].select("text", "source"))
    rows = np.array([5, 0, 30, 5])
    assert stored.frame(rows).equals(frame[rows])
    assert stored.frame(range(0)).equals(frame.clear())
    assert articles_of(frame.clear()).frame().equals(frame.clear())


_MOMENT = st.one_of(
    st.none(),
    st.integers(-(10**16), 10**16).map(
        lambda us: at("2000-01-01") + timedelta(microseconds=us // 10)
    ),
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "B", "a", "é", "AP"]), _MOMENT, st.sampled_from(PRECISIONS),
            _TEXT, _TEXT,
        ),
        max_size=9,
    ),
    st.data(),
)  # fmt: skip
def test_any_articles_come_back(rows, data):
    frame = articles(
        *(
            {"article_id": f"{number}", "source": source, "published_at": moment,
             "published_precision": precision, "title": title, "url": url, "text": "x"}
            for number, (source, moment, precision, title, url) in enumerate(rows)
        )
    )  # fmt: skip
    stored = articles_of(frame)
    assert stored.frame().equals(frame)
    assert ((stored.published_at == UNDATED) == frame["published_at"].is_null().to_numpy()).all()
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=6)) if rows else []
    name = data.draw(st.sampled_from(COLUMNS))
    found = stored.frame(np.array(chosen, np.int64), [name])
    assert found.to_series().to_list() == [frame[name][at] for at in chosen]


@given(st.lists(st.sampled_from(["CNN", "cnn.com", None, "Ledger", " ledger", " "]), max_size=9))
def test_outlets_under_their_canonical_names(sources):
    outlets = Outlets(aliases={"CNN": ("cnn.com",)})
    rows = ({"article_id": f"{i}", "source": s, "text": "x"} for i, s in enumerate(sources))
    stored = articles_of(articles(*rows)).under(outlets)
    known = [source for source in sources if source is not None]
    names = dict(zip(known, canonical_names(known, outlets), strict=True))
    assert stored.frame()["source"].to_list() == [names.get(source) for source in sources]
    assert list(stored.sources) == sorted({name for name in names.values() if name})
