"""What is masked, as spans of the texts; batches of few and of many bytes."""

import numpy as np
import polars as pl
import pytest
from conftest import documents, prose, words

from pipeline.stages import strings
from pipeline.stages.normalise import documents_of, masked_spans
from pipeline.stages.strings import strings_of


def test_masked_spans_count_code_points_of_the_text():
    texts = [f"👩\u200d🚀 {' '.join(words(1, 6))}", "None here", "e\u0301 ½ end"]
    made = documents(texts, [[0, 1, 4], [], [1, 2, 3]])
    spans = masked_spans(pl.Series(["a", "b", "c"]), made, np.arange(3))
    first = texts[0].split()[1:]
    found = [(i, texts["abc".index(i)][start:end]) for i, start, end in spans.rows()]
    assert found == [("a", " ".join(first[:2])), ("a", first[4]), ("c", "½ end")]
    some = masked_spans(pl.Series(["a", "c"]), made, np.array([0, 2]))
    assert some.equals(spans)
    assert masked_spans(pl.Series(["b"]), made, np.array([1])).is_empty()


@pytest.mark.parametrize("batch", [1, 3, 2000])
@pytest.mark.parametrize("size", [1, 100, 5000])
def test_batches_change_nothing(monkeypatch, batch, size):
    """However many texts, or bytes, are taken at once."""
    texts = pl.Series([prose(i, i % 4) for i in range(20)] + ["", "é" * 3000, "½ 漢字"])
    whole = documents_of(texts)
    monkeypatch.setattr(strings, "_BATCH_BYTES", size)
    for given in (texts, strings_of(texts)):
        parts = documents_of(given, batch)
        for name in ("offsets", "tokens", "starts", "ends", "flags", "text_hash"):
            assert np.array_equal(getattr(parts, name), getattr(whole, name)), name
