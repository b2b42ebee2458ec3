"""Names found in tokens, against a search of every sequence at every token."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.lines import HINTED, NAMED
from pipeline.kernels.names import NEAR, find_names
from pipeline.stages.credit_names import LEARNED, RUNNING, finder_of, hits_of
from pipeline.stages.normalise import documents_of

WORDS = ("AP", "News", "Time", "told", "reported", "has", "which", "the", "according", "to", "x")
NAMES, LEARNT, BOOK = ("ap", "ap news", "time"), ("ap",), ("AP News", "Time", "x")
BEFORE = {("told",), ("according", "to"), ("reported",), ("has", "reported")}
AFTER = {("reported",), ("has", "reported")}


def beside(words: list[str], start: int, stop: int) -> bool:
    """Does a phrase end before words[start:stop] or open behind it, small words apart?"""
    at = start
    for _ in range(7):
        if any(at >= len(p) and tuple(words[at - len(p) : at]) in {p} for p in BEFORE):
            return True
        at -= 1
        if at < 0 or words[at] not in {"the", "news"}:
            break
    at = stop
    for _ in range(3):
        if any(tuple(words[at : at + len(p)]) == p for p in AFTER):
            return True
        if at >= len(words) or words[at] not in {"has", "which"}:
            break
        at += 1
    return False


def naive(words: list[str]) -> list[tuple[int, int]]:
    hits = []
    for at in range(len(words)):
        bits = 0
        for names, bit in ((NAMES, NAMED), (LEARNT, LEARNED), (BOOK, RUNNING)):
            for name in names:
                parts = name.lower().split()
                if words[at : at + len(parts)] == parts and (
                    bit != RUNNING or beside(words, at, at + len(parts))
                ):
                    bits |= int(bit)
        if bits:
            hits.append((at, bits))
    return hits


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=12), min_size=1, max_size=5))
def test_twin(texts):
    documents = documents_of(pl.Series([" ".join(words) for words in texts], dtype=pl.String()))
    finder = finder_of(NAMES, LEARNT, BOOK)
    offsets, first, bits = find_names(
        documents.tokens, documents.offsets, finder.sequences, finder.phrases
    )
    for i, words in enumerate(texts):
        span = slice(offsets[i], offsets[i + 1])
        found = zip((first[span] - documents.offsets[i]).tolist(), bits[span].tolist(), strict=True)
        assert list(found) == naive([word.lower() for word in words])


def test_places_are_code_points():
    documents = documents_of(pl.Series(["x", "😀 é The AP", "© AP News"]))
    hits = hits_of(finder_of(NAMES), documents, range(1, 3))
    assert hits.offsets.tolist() == [0, 1, 2]
    assert hits.places.tolist() == [8, 2]
    assert hits.having(NAMED).tolist() == [True, True]
    assert hits.having(HINTED).tolist() == [False, False]


def test_names_without_tokens():
    finder = finder_of(["***", "!!! ??????", "ap"])
    assert finder.wordless == ("***", "??????")
    assert len(finder.sequences.firsts) > 1
    assert int(NEAR) not in finder.sequences.bits.tolist()
    assert np.diff(finder.sequences.bounds).min() == 1
