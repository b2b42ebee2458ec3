"""Likeness of articles, and the probability that they share a text."""

import time
import tracemalloc
from dataclasses import replace
from functools import partial

import numpy as np
import polars as pl
import pytest

from pipeline.engines.local import in_order
from pipeline.kernels.likeness import FEATURES
from pipeline.kernels.runs import MOST_TOKENS
from pipeline.stages import likeness as stage
from pipeline.stages.evidence import collected
from pipeline.stages.idf import stem_weights
from pipeline.stages.language import Languages
from pipeline.stages.likeness import known_runs, likeness_of
from pipeline.stages.normalise import documents_of
from pipeline.stages.odds import log_odds, odds_of, retold_model, signals
from pipeline.stages.stems import stems_of
from pipeline.stages.strings import strings_of

_STORY = """The ferry Halcyon ran aground on a sandbank off Brackwater shortly after dawn on Monday
with 212 passengers aboard. Divers found a gash two metres long below the waterline. Nobody was
hurt, but eleven cars on the lower deck were soaked. Captain Ines Varga blamed a buoy that had
drifted in Sunday's storm. The harbour board promised an inquiry and suspended the night service.
Fishing boats from Orrin carried the passengers ashore in groups of twenty. A crane barge will lift
the vessel on Thursday if the swell allows, and the board expects the yard to need a month."""
_RETOLD = """Shortly after dawn on Monday the Halcyon, a ferry, ran aground off Brackwater on a
sandbank; 212 passengers were aboard. Below the waterline divers found a gash of two metres.
Although nobody was hurt, eleven cars soaked on the lower deck. A buoy that drifted in the storm of
Sunday was blamed by the captain, Ines Varga. An inquiry was promised by the harbour board, and the
night service suspended. In groups of twenty, fishing boats from Orrin carried passengers ashore. If
the swell allows it, a crane barge will lift the vessel on Thursday; the yard needs a month."""
_EVENT = """Passengers described a loud bang on Monday when the Brackwater ferry hit the bottom.
"We thought it was thunder," said Tomas Reel, a teacher on his way to work. Union officials have
warned about worn charts for years, and a spokesman for the islanders demanded that the minister
come and see. Schools on the far shore stayed closed. The Halcyon, built in 1987, had passed its
last inspection in March. Hotels offered rooms free of charge while the line arranged buses, and by
the evening most travellers had gone home on the coastal road."""
_OTHER = """Jars in the cellar of the museum keep their lids on, and nobody knows who filled them.
The curator opened three last winter and found pickled walnuts, buttons and a letter. It was signed
by a cook whose name appears in no register of the town."""


def compared(texts, pairs, **options):
    strings = strings_of(pl.Series(texts, dtype=pl.String))
    documents = documents_of(strings)
    stems = stems_of(documents, strings, Languages(np.zeros(len(texts), np.int16), ("en",)))
    group = np.arange(len(texts))
    known = known_runs(documents, stems, stem_weights(stems, documents, group), group, **options)
    a, b = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    return likeness_of(documents, stems, known, a, b, **options)


def test_a_retelling_is_told_from_another_report_of_the_event():
    found = compared([_STORY, _RETOLD, _EVENT, _OTHER], [(0, 1), (0, 2), (0, 3), (0, 0)])
    told, event, nothing, same = odds_of(found.features)["retold"]
    assert told > 0.9
    assert event < 0.2
    assert nothing < 0.05
    assert same > 0.95


def test_a_speech_that_both_quote_proves_nothing():
    speech = " ".join(_STORY.split()[:45])
    # One of them leaves the marks out.
    for other in (f'"{speech}," he said. {_EVENT}', f"He said: {speech}. {_EVENT}"):
        found = compared([f'{_OTHER} "{speech}," he said.', other], [(0, 1)])
        # The words at its edges, "he said" among them, stand outside.
        assert found.features[0, 0] < 0.15
        assert odds_of(found.features)["retold"][0] < 0.1


def test_neither_order_nor_threads_nor_blocks_matter(monkeypatch):
    texts = [_STORY, _RETOLD, _EVENT, _OTHER, f"{_EVENT} {_OTHER}", f"{_RETOLD} {_EVENT}"]
    pairs = [(i, j) for i in range(6) for j in range(i)]
    first = compared(texts, pairs).features
    monkeypatch.setattr(stage, "_TOKENS", 300)
    again = compared(texts, pairs, spread=partial(in_order, threads=3)).features
    assert np.array_equal(first, again)
    turned = compared(texts[::-1], [(5 - i, 5 - j) for i, j in pairs]).features
    assert np.array_equal(first, turned)
    assert np.array_equal(first[::-1], compared(texts, pairs[::-1]).features)


def test_the_sample_of_counted_articles_depends_on_texts_alone(monkeypatch):
    monkeypatch.setattr(stage, "_SAMPLE", 2)
    texts = [_STORY, _RETOLD, _EVENT, _OTHER]
    first = compared(texts, [(0, 1), (2, 3)]).features
    assert np.array_equal(first, compared(texts[::-1], [(3, 2), (1, 0)]).features)


@pytest.mark.parametrize("text", [
    "bang " * 1_000_000,
    "A b c d. " * 550_000,
    " ".join(f"w{i % 70_000}" for i in range(700_000)),
    "x" * 5_000_000,
])  # fmt: skip
def test_hostile_texts_take_little(text):
    compared([_STORY, _RETOLD], [(0, 1)])
    strings = strings_of(pl.Series([text, text + " end", _STORY]))
    documents = documents_of(strings)
    stems = stems_of(documents, strings, Languages(np.zeros(3, np.int16), ("en",)))
    weights = stem_weights(stems, documents, np.arange(3))
    tracemalloc.start()
    begun = time.process_time()
    known = known_runs(documents, stems, weights, np.arange(3))
    found = likeness_of(documents, stems, known, np.array([0, 0]), np.array([1, 2]))
    assert time.process_time() - begun < 3
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()
    assert found.cut["articles_compared_in_part"] == (2 if len(stems.ids) > MOST_TOKENS else 0)
    assert np.isfinite(found.features).all()


def test_nothing_to_compare():
    found = compared(["", "Ice", _STORY], [(0, 1), (0, 0), (1, 2)])
    assert np.isfinite(found.features).all()
    assert (odds_of(found.features)["retold"] < 0.5).all()
    assert likeness_empty().shape == (0, len(retold_model().names))


def likeness_empty():
    documents = documents_of(pl.Series([_STORY]))
    strings = strings_of(pl.Series([_STORY]))
    stems = stems_of(documents, strings, Languages(np.zeros(1, np.int16), ("en",)))
    known = known_runs(documents, stems, stem_weights(stems, documents, np.arange(1)), np.arange(1))
    none = np.empty(0, np.int64)
    return likeness_of(documents, stems, known, none, none).features


def test_a_template_with_new_figures_is_no_retelling():
    report = "Corrigan's shares rose {} percent to {}, the highest in {} weeks. Volume was {}."
    texts = [report.format(*figures) for figures in ((12, 340, 15, 22), (9, 287, 31, 70))]
    templates, copies = compared([*texts, texts[0]], [(0, 1), (0, 2)]).features
    at = FEATURES.index("numbers")
    assert (templates[at], copies[at]) == (pytest.approx(4 / 7), 0)
    odds = odds_of(np.array([templates, np.where(np.arange(len(FEATURES)) == at, 0, templates)]))
    assert odds["retold"][0] < odds["retold"][1]


def test_what_the_evidence_adds_is_the_log_odds():
    rows = odds_of(compared([_STORY, _RETOLD, _EVENT], [(0, 1), (0, 2)]).features)
    stated = (rows["retold"] / (1 - rows["retold"])).log()
    assert rows.select(log_odds()).to_series().to_list() == pytest.approx(stated.to_list())
    for row, evidence in zip(stated, collected(rows, *signals(pl.lit(value=True))), strict=True):
        assert sum(item["log_odds"] for item in evidence) == pytest.approx(row, abs=0.01)


def test_more_in_common_never_lowers_the_probability():
    model = retold_model()
    for name, weight in zip(model.names, model.weights, strict=True):
        assert weight >= 0 or name in ("numbers", "length")
        assert weight <= 0 or name != "numbers"


def test_a_models_own_weights_are_used():
    features = np.full((1, len(retold_model().names)), 0.5, np.float32)
    flat = replace(retold_model(), weights=np.zeros(features.shape[1]), intercept=0.0)
    assert odds_of(features, flat)["retold"].to_list() == [0.5]
