from dataclasses import replace
from functools import cache
from itertools import chain

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid import langid

from pipeline.config import Normalise
from pipeline.stages import language
from pipeline.stages.articles import articles_of
from pipeline.stages.detector import detector_of
from pipeline.stages.strings import Strings

EN = "The ferry ran aground on Monday near the harbour, and nobody was hurt, officials said."
DE = "Die Fähre lief am Montag in der Nähe des Hafens auf Grund, verletzt wurde niemand."
ES = "El transbordador encalló el lunes cerca del puerto y nadie resultó herido, dijeron."
RU = "Паром сел на мель в понедельник недалеко от гавани, никто не пострадал, сообщили власти."
UK = "Пором сів на мілину в понеділок неподалік гавані, ніхто не постраждав, повідомили в уряді."


def detect_language(frame: pl.DataFrame, options: Normalise, batch: int = 2000) -> pl.Series:
    rest = {"title": "", "author": "", "url": "", "published_precision": "unknown"}
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in rest.items())
    frame = frame.with_columns(
        pl.col("text").fill_null(""), published_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    return language.detect_language(articles_of(frame), options, batch).series(range(9999))


def detect(*rows: tuple[str | None, str | None], sample: int = 5) -> list[str | None]:
    frame = pl.DataFrame(
        [(f"a{i:03}", source, text) for i, (source, text) in enumerate(rows)],
        schema={"article_id": pl.String, "source": pl.String, "text": pl.String},
        orient="row",
    )
    found = detect_language(frame, Normalise(language_sample=sample))
    assert found.name == "language"
    assert found.dtype == pl.String
    return found.to_list()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (EN, "en"),
        (DE, "de"),
        (ES, "es"),
        (RU, "ru"),
        (UK, "uk"),
        ("国务院总理星期一在北京说。", "zh"),
        ("首相は月曜日に東京で述べた。", "ja"),
        ("총리는 월요일 서울에서 말했다.", "ko"),
        ("นายกรัฐมนตรีกล่าวเมื่อวันจันทร์", "th"),
        ("Ο πρωθυπουργός είπε τη Δευτέρα", "el"),
        ("ראש הממשלה אמר ביום שני", "he"),
        ("პრემიერმა თქვა", "ka"),
        ("பிரதமர் கூறினார்", "ta"),
        ("قال رئيس الوزراء يوم الاثنين إن العبارة جنحت قرب الميناء ولم يصب أحد", "ar"),
        ("نخست‌وزیر روز دوشنبه گفت که کشتی نزدیک بندر به گل نشست و کسی آسیب ندید", "fa"),
        ("प्रधानमंत्री ने सोमवार को कहा कि नौका बंदरगाह के पास फंस गई और कोई घायल नहीं हुआ", "hi"),
        ("", None),
        ("12345 --- 😀", None),
        ("Hm.", None),
        (None, None),
    ],
)
def test_languages(text, code):
    assert detect((None, text)) == [code]


def test_an_outlet_that_agrees_is_sampled(monkeypatch):
    shown = []
    judged = language._judged
    monkeypatch.setattr(language, "_judged", lambda *a: shown.extend(a[2]) or judged(*a))
    assert detect(*[("Quay Post", EN)] * 50) == ["en"] * 50
    assert len(shown) == 5


def test_short_texts_follow_their_outlet():
    assert detect(*[("Hafenblatt", DE)] * 5, ("Hafenblatt", "Kurz."), sample=99)[5] == "de"


def test_an_outlet_of_two_languages_is_told_apart():
    rows = [("Quay Post", EN), ("Quay Post", DE)] * 10
    assert detect(*rows) == ["en", "de"] * 10


def test_scripts_of_one_outlet_are_apart():
    assert detect(("Quay Post", EN), ("Quay Post", RU), ("Quay Post", "总理说。")) == [
        "en",
        "ru",
        "zh",
    ]


@given(st.lists(st.tuples(st.sampled_from([None, "A", "B"]), st.sampled_from([EN, DE, RU, ""]))))
def test_batches_do_not_matter(rows):
    frame = pl.DataFrame(
        [(f"a{i:03}", *row) for i, row in enumerate(rows)],
        schema=dict.fromkeys(("article_id", "source", "text"), pl.String),
        orient="row",
    )
    options = Normalise(language_sample=2)
    whole = detect_language(frame, options)
    assert detect_language(frame, options, 3).equals(whole, null_equal=True)


_SAMPLES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=4)


@given(st.lists(_SAMPLES, max_size=9), st.integers(1, 3))
def test_samples_are_put_together_now_and_then(parts, size):
    rows = [(group, order) for part in parts for group, order in part]
    made, start = [], 0
    for part in parts:
        group, order = np.array(part, np.int64).reshape(-1, 2).T
        row = np.arange(start, start + len(part))
        made.append((group.astype(np.int16), language._Sample(group, order.astype(np.uint64), row)))
        start += len(part)
    scripts, kept = language._sampled(made, len(rows), size)
    assert scripts.tolist() == [group for group, _ in rows]
    ranked = sorted((group, order, row) for row, (group, order) in enumerate(rows))
    groups = [[one for one in ranked if one[0] == group][:size] for group in range(6)]
    assert list(zip(*map(np.ndarray.tolist, kept), strict=True)) == [*chain(*groups)]


def test_ids_may_stand_in_another_order():
    texts = [EN, DE, ES] * 8
    frame = pl.DataFrame(
        [(f"a{i:03}", "Quay Post", text) for i, text in enumerate(texts)],
        schema=["article_id", "source", "text"],
        orient="row",
    ).with_columns(title=pl.lit(""), author=pl.lit(""), url=pl.lit(""))
    frame = frame.with_columns(
        published_precision=pl.lit("unknown"), published_at=pl.lit(None, pl.Datetime("us", "UTC"))
    )
    made = articles_of(frame)
    order = np.arange(len(texts))[::-1].copy()
    turned = articles_of(frame.reverse()).article_id
    ids = Strings(turned.data, turned.bounds, None, order)
    _, expected = language._look(made, 2, range(len(texts)))
    _, found = language._look(replace(made, article_id=ids), 2, range(len(texts)))
    assert found.row.tolist() == expected.row.tolist()


@given(st.text() | st.sampled_from([EN, DE, ES, RU, UK, EN.upper(), DE + RU]))
@pytest.mark.parametrize("script", language._CHOICES)
def test_detector_answers_what_its_library_does(script, text):
    codes = language._CHOICES[script]
    assert detector_of(codes).classify([text, EN])[0] == library_of(codes).classify(text)[0]


@cache
def library_of(codes: str):
    detector = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    detector.set_languages(codes.split())
    return detector


def test_empty():
    assert detect() == []
