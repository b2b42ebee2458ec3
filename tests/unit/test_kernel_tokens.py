"""Tokens: those of the definition, at the right places, whatever the script."""

import unicodedata

import naive
import numpy as np
import polars as pl
import pytest
from conftest import documents
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.kernels.tokens import (
    LINE_FLAG,
    NUMBER_FLAG,
    QUOTED_FLAG,
    SENTENCE_FLAG,
    UNSPACED_FLAG,
)
from pipeline.stages.normalise import documents_of

_RANGES = [
    (0x00, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x52F), (0x530, 0x6FF), (0x900, 0xDFF),
    (0xE00, 0xEFF), (0xF00, 0x10FF), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x1E00, 0x1FFF),
    (0x2000, 0x218F), (0x2460, 0x24FF), (0x2C00, 0x2FDF), (0x3000, 0x33FF), (0x4E00, 0x4FFF),
    (0xA640, 0xABFF), (0xAC00, 0xAFFF), (0xF900, 0xFDFF), (0xFE00, 0xFFFF), (0x10000, 0x10FFF),
    (0x1AFF0, 0x1B16F), (0x1D400, 0x1D7FF), (0x1E900, 0x1EFFF), (0x1F100, 0x1F6FF),
    (0x20000, 0x20100), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF), (0xF0000, 0xF0010),
]  # fmt: skip
_TRICKY = [
    "\0", "\u00ad", "\u200b", "\u200d", "\u200e", "\u202e", "\ufeff", "\ufe0f", "\u0345", "\u0301",
    "\u0323", "½", "㌀", "㌖", "ﷺ", "ﬃ", "ß", "İ", "ı", "ſ", "ǅ", "ᾳ", "Ω", "Å", "가", "ｶﾞ", "が",
    "か\u3099", "👩\u200d🚀", "❤\ufe0f", "𝐇𝐢", "𞤀", "שָׁלוֹם",
    "مَرْحَبًا", "नमस्ते", "สวัสดี", "ကမ္ဘာ",
    "ភាសា", "ສະບາຍ", "漢字", "々", "〇", " ", "\n", "\r\n", "\u2028", "\u2029", "\u3000",
    ". ", "。", '"', "“",
    "”", "„", "«", "»", "「", "」", "Ice", "thaw", "19",
]  # fmt: skip
_CHARACTERS = st.one_of(
    *(st.integers(low, high).map(chr) for low, high in _RANGES), st.sampled_from(_TRICKY)
)
TEXTS = st.lists(_CHARACTERS, max_size=30).map("".join)


@settings(max_examples=400)
@given(TEXTS)
@example("㌖" * 50)
@example("ﷺ" * 50)
@example("a½b")
@example("e\u0301\u200de\u0301")
def test_tokens_are_those_of_the_definition(text):
    made = documents([text])
    expected = naive.tokenise(text)
    assert made.tokens.tolist() == [token.hash for token in expected]
    assert made.starts.tolist() == [token.start for token in expected]
    assert made.ends.tolist() == [token.end for token in expected]
    assert [bool(flag & NUMBER_FLAG) for flag in made.flags] == [t.number for t in expected]
    assert [bool(flag & UNSPACED_FLAG) for flag in made.flags] == [t.unspaced for t in expected]


_PLAIN = st.integers(1, 70).map(lambda size: ("Aa0z" * 18)[-size:])
_BETWEEN = st.one_of(
    st.just(" "),
    st.sampled_from(["\n", "\n\n", ". ", ", ", '"', '" ', "’", " “", "”", "-", "—", "…", "\u00a0"]),
    st.sampled_from(["é", "\u0301", "\u200b", "ß", "я", "漢", "3", "\0", "  ", "㌖", "𝐇"]),
)
_PROSE = st.lists(st.one_of(_PLAIN, _BETWEEN), max_size=40).map("".join)


def _numbers(text: str) -> list[tuple[int, ...]]:
    made = documents([text])
    bits = (QUOTED_FLAG, SENTENCE_FLAG, LINE_FLAG, NUMBER_FLAG, UNSPACED_FLAG)
    columns = [made.tokens, made.starts, made.ends, *(made.flags & bit != 0 for bit in bits)]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _expected(text: str) -> list[tuple[int, ...]]:
    return [
        (token.hash, token.start, token.end, *flags, token.number, token.unspaced)
        for token, flags in zip(naive.tokenise(text), naive.flags(text), strict=True)
    ]


@settings(max_examples=400)
@given(_PROSE)
def test_prose_that_is_ascii_for_the_most_part(text):
    assert _numbers(text) == _expected(text)


@pytest.mark.parametrize(
    "middle", ["é", "’", "…", "\u0301", "я", "漢字", ". ", ' "', "\n", "", " ", "9", "½"]
)
def test_every_place_in_a_block(middle):
    """What isn't plain stands, and a text ends, at each of the bytes that are read at once."""
    for size in range(135):
        text = ("Word " * 27)[:size] + middle
        for whole in (text, text + "b", f"{text} cd", "x" * size + middle, " " * size + middle):
            assert _numbers(whole) == _expected(whole), whole


@pytest.mark.parametrize("text", ["é" * 3000, "漢" * 5000, "a" * 70_000, "é " * 40_000, "㌖" * 900])
def test_more_than_waits_for_its_hash_at_once(text):
    made = documents([text, "end"])
    assert made.tokens.tolist() == [t.hash for t in [*naive.tokenise(text), *naive.tokenise("end")]]


def test_every_assigned_character_by_itself():
    """Between two letters, each code point joins, parts or vanishes as the definition says."""
    points = [p for p in range(0x32400) if not 0xD800 <= p < 0xE000]
    characters = [c for c in map(chr, points) if unicodedata.category(c) not in ("Cn", "Co")]
    made = documents_of(pl.Series([f"a{c}b" for c in characters]))
    wrong = []
    for i, character in enumerate(characters):
        span = slice(made.offsets[i], made.offsets[i + 1])
        expected = naive.tokenise(f"a{character}b")
        found = list(zip(made.tokens[span], made.starts[span], made.ends[span], strict=True))
        if found != [(t.hash, t.start, t.end) for t in expected]:
            wrong.append(character)
    assert wrong == []


@given(TEXTS)
def test_a_token_stands_where_it_says(text):
    """text[start:end] gives the token again, or several where one character holds several."""
    made = documents([text])
    for token, start, end in zip(made.tokens, made.starts, made.ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert int(token) in [t.hash for t in naive.tokenise(text[start:end])]


@settings(max_examples=200)
@given(st.lists(TEXTS, max_size=6))
def test_texts_together_give_what_they_give_alone(texts):
    whole = documents_of(pl.Series(texts, dtype=pl.String()), batch=1000)
    for batch in (1, 2):
        parts = documents_of(pl.Series(texts, dtype=pl.String()), batch=batch)
        for name in ("offsets", "tokens", "starts", "ends", "flags"):
            assert np.array_equal(getattr(parts, name), getattr(whole, name)), name


# Letters with the marks that go with them: marks of another script are no text.
_EUROPE = "é ê ñ ü å ç ș ơ ệ ṩ ǘ ΐ ᾴ ῷ й ї ё ﬁ Å K Ω a b 1"
_ASIA = "क़ ड़ ो ொ आ أ إ ؤ לֵ שׁ 한 국 어 が プ ゔ ｶﾞ 豈"
_PARTS = st.sampled_from([*_EUROPE.split(), *_ASIA.split(), " ", ".", "\n"])


@settings(max_examples=200)
@given(st.lists(_PARTS, max_size=25).map("".join))
def test_composed_and_decomposed_text_have_the_same_tokens(text):
    composed, decomposed = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert documents([composed]).tokens.tolist() == documents([decomposed]).tokens.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"), ("Ŝipo", "sipo"), ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"), ("ﬁnance", "finance"), ("Ｆｕｌｌ １２", "full 12"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"), ("ｶﾞｽ", "ガス"), ("①", "1"), ("\u202eabc\u202c", "abc"),
    ],
)  # fmt: skip
def test_spellings_that_are_one(one, other):
    assert documents([one]).tokens.tolist() == documents([other]).tokens.tolist()


@pytest.mark.parametrize(
    ("one", "other"), [("हि", "ही"), ("שִׂים", "שים"), ("がく", "かく"), ("ice", "icy"), ("1", "2")]
)
def test_spellings_that_differ(one, other):
    assert documents([one]).tokens.tolist() != documents([other]).tokens.tolist()


def flagged(text: str, bit: np.uint8) -> list[str]:
    made = documents([text])
    places = zip(made.flags, made.starts, made.ends, strict=True)
    return [text[start:end] for flag, start, end in places if flag & bit]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "we go home" at dawn.', ["we", "go", "home"]),
        ("He said “we go home” at dawn.", ["we", "go", "home"]),
        ("Er sagte „wir gehen heim“ und ging.", ["wir", "gehen", "heim"]),
        ("Il dit « on rentre » puis partit.", ["on", "rentre"]),
        ("彼は「家」と言った", ["家"]),
        ("It's the dog's bone, isn't it?", []),
        ('A "first" and a "second" one.', ["first", "second"]),
        # A mark that nobody closes ends with its paragraph …
        ('He said "we go\n\nThe end.', ["we", "go"]),
        ('He said "we go\nThe end.', ["we", "go"]),
        # … but not with a wrapped line.
        ('He said "we go\nhome now" at dawn.', ["we", "go", "home", "now"]),
        # A quotation of several paragraphs opens each of them again.
        ('"First we go.\n\n"Then we stay." The end.', ["First", "we", "go", "Then", "we", "stay"]),
        ("”Stray close” at the start.", []),
    ],
)
def test_quotations(text, quoted):
    assert flagged(text, QUOTED_FLAG) == quoted


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("Ice came. It stayed! Did it? Yes", ["Ice", "It", "Did", "Yes"]),
        ('"Ice came." It stayed.', ["Ice", "It"]),
        ("(Ice came.) It stayed.", ["Ice", "It"]),
        ("At 3.5 degrees at example.com it froze.", ["At"]),
        ("A headline\n\nA paragraph", ["A", "A"]),
        ("A headline\nAnother line\nwrapped here", ["A", "Another"]),
        ("氷が来た。雪も来た。", ["氷", "雪"]),
        ("बर्फ़ आई। वह रही।", ["बर्फ़", "वह"]),
        ("Ice came.\u2029It stayed.\nand went", ["Ice", "It", "and"]),
    ],
)
def test_sentences(text, starts):
    assert flagged(text, SENTENCE_FLAG) == starts


def test_lines():
    assert flagged("One two\nthree four\n\nfive\r\nsix", LINE_FLAG) == [
        "One",
        "three",
        "five",
        "six",
    ]


def test_numbers():
    text = "Page 3 of xii, 2nd ed., ½ and ٣"
    assert flagged(text, NUMBER_FLAG) == ["3", "2nd", "½", "½", "٣"]


def test_unspaced_scripts_have_one_token_a_character():
    text = "東京で カタ ไทย ລາວ ខ្មែ မြန် Seoul 서울"
    assert flagged(text, UNSPACED_FLAG) == [
        *"東京でカタไทยລາວ", "ខ្", "មែ", "မြ", "န်",
    ]  # fmt: skip


def test_no_texts_and_empty_texts():
    assert len(documents([])) == 0
    made = documents(["", " \n ", "…"])
    assert made.offsets.tolist() == [0, 0, 0, 0]
    assert len(made.tokens) == 0
