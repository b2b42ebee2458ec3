"""Stems of tokens: what Snowball says of each word in its document's language."""

from dataclasses import replace
from functools import partial

import naive
import numpy as np
import polars as pl
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from Stemmer import Stemmer

from pipeline.engines.local import in_order
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.stages.language import Languages
from pipeline.stages.normalise import documents_of
from pipeline.stages.stems import Stems, group_counts, stems_of
from pipeline.stages.strings import strings_of

_NAMES = ("de", "en", "ja", "ru")
_SNOWBALL = {"de": "german", "en": "english", "ru": "russian"}
_TEXTS = st.text(
    st.sampled_from([*"aeginrstxÄöß éñ٣½ﬁ'’.,  \nЙйЁёныогеи船が้ก㎏ﷺ\u0301\u200d\u00ad"]),
    max_size=60,
)


def stemmed(texts: list[str], codes: list[str | None], **options) -> tuple[Stems, list[int]]:
    """The stems, and the hash of each token's stem."""
    strings = strings_of(pl.Series(texts, dtype=pl.String))
    places = np.array([-1 if code is None else _NAMES.index(code) for code in codes], np.int16)
    stems = stems_of(documents_of(strings), strings, Languages(places, _NAMES), **options)
    return stems, [int(stems.hashes[at]) for at in stems.ids]


def naive_stem(token: naive.Token, code: str | None) -> int:
    if token.unspaced or code not in _SNOWBALL or len(token.text) > 60:
        return token.hash
    word = token.text
    if code == "ru" and word[-2:] in ("ыи", "ои", "еи"):
        word = word[:-1] + "й"
    return xxhash.xxh64_intdigest(Stemmer(_SNOWBALL[code]).stemWord(word).encode())


@given(st.lists(st.tuples(_TEXTS, st.sampled_from([*_NAMES, None])), max_size=5))
def test_each_token_has_the_stem_of_its_word(rows):
    texts, codes = [text for text, _ in rows], [code for _, code in rows]
    expected = [naive_stem(token, code) for text, code in rows for token in naive.tokenise(text)]
    stems, found = stemmed(texts, codes)
    assert found == expected
    assert (np.diff(stems.hashes.astype(object)) > 0).all()


@pytest.mark.parametrize(("code", "one", "other"), [
    ("en", "The agencies' RETELLINGS ran", "an agency retelling runs"),
    ("de", "Häuser der Bundesländer", "des Hauses im Bundesland"),
    ("ru", "российский новый", "российского нового"),
])  # fmt: skip
def test_words_that_differ_by_their_ending_share_a_stem(code, one, other):
    _, found = stemmed([one, other], [code, code])
    size = len(one.replace("'", " ").split())
    assert len({*found[:size]} & {*found[size:]}) == 2


def test_an_apostrophe_ends_a_word():
    _, found = stemmed(["Gazprom's pipe", "Gazprom laid pipes"], ["en", "en"])
    assert found[0] == found[3]
    assert found[2] == found[5]


def test_neither_order_nor_batches_nor_threads_matter():
    rows = [(f"Ferry {i} runs; ferries ran, й {i % 7}", _NAMES[i % 4]) for i in range(120)]
    texts, codes = [text for text, _ in rows], [code for _, code in rows]
    stems, found = stemmed(texts, codes)
    again, other = stemmed(texts, codes, batch=7, spread=partial(in_order, threads=3))
    assert np.array_equal(stems.ids, again.ids)
    assert found == other
    turned, back = stemmed(texts[::-1], codes[::-1])
    assert np.array_equal(stems.hashes, turned.hashes)
    assert sorted(found) == sorted(back)


def test_masked_tokens_take_no_part():
    texts = strings_of(pl.Series(["ice thaws", "thaw here"]))
    documents = documents_of(texts)
    documents = replace(documents, flags=documents.flags | np.uint8([0, MASKED_FLAG, 0, 0]))
    stems = stems_of(documents, texts, Languages(np.ones(2, np.int16), _NAMES))
    assert stems.ids[1] == -1
    assert len(stems.hashes) == 3
    assert group_counts(stems, documents, np.arange(2)).tolist() == [1, 1, 1]


@given(st.lists(st.tuples(st.integers(0, 9), st.text("ab ", max_size=9)), min_size=1, max_size=40))
def test_copies_count_once(rows):
    _, group = np.unique([one for one, _ in rows], return_inverse=True)
    texts = strings_of(pl.Series([text for _, text in rows], dtype=pl.String))
    documents = documents_of(texts)
    stems = stems_of(documents, texts, Languages(np.full(len(rows), -1, np.int16), _NAMES))
    met = {(g, token.hash) for g, (_, text) in zip(group, rows, strict=True)
           for token in naive.tokenise(text)}  # fmt: skip
    expected = [sum(stem == int(one) for _, stem in met) for one in stems.hashes]
    assert group_counts(stems, documents, group).tolist() == expected


def test_an_article_of_unlike_words_is_stemmed():
    """More words than the table has room for at first, and one without an end."""
    text = " ".join(f"w{i:x}" for i in range(200_000)) + " " + "x" * 3_000_000
    stems, found = stemmed([text], ["en"])
    assert len(stems.hashes) == len(set(found)) > 190_000
