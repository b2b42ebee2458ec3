"""Documents beside their articles: what has no tokens, what is masked."""

import numpy as np
import polars as pl
from conftest import articles, documents, words
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.normalise import masked_spans, without_tokens


@given(st.lists(st.sampled_from(["", " … ", "one", "two three", "\0"]), max_size=8))
def test_articles_without_tokens_are_set_aside(texts):
    frame = articles(*({"article_id": f"{i:02}", "text": text} for i, text in enumerate(texts)))
    made = documents(texts)
    kept, full, rejects = without_tokens(frame, made)
    expected = [text for text in texts if text in ("one", "two three")]
    assert kept["text"].to_list() == expected
    again = documents(expected)
    for name in ("offsets", "tokens", "starts", "ends", "flags"):
        assert np.array_equal(getattr(full, name), getattr(again, name))
    assert len(rejects) == len(texts) - len(expected)
    assert rejects["reason"].n_unique() <= 1


def test_masked_spans_count_code_points_of_the_text():
    texts = [f"👩\u200d🚀 {' '.join(words(1, 6))}", "None here", "e\u0301 ½ end"]
    made = documents(texts, [[0, 1, 4], [], [1, 2, 3]])
    spans = masked_spans(pl.Series(["a", "b", "c"]), made)
    first = texts[0].split()[1:]
    found = [(i, texts["abc".index(i)][start:end]) for i, start, end in spans.rows()]
    assert found == [("a", " ".join(first[:2])), ("a", first[4]), ("c", "½ end")]
