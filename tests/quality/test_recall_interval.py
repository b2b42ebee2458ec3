"""The interval of the measured recall holds the true one, in random dumps of which all is known."""

import numpy as np
import pytest
from corpus import Maker

from pipeline import load_config, read_articles, run
from pipeline.stages.recall import Band, Recall

CORPORA = 20
HELD = 18
pytestmark = pytest.mark.quality


def _dump(folder, seed: int):
    """Some 900 articles in families of very different sizes, edited to many degrees."""
    rng = np.random.default_rng(seed)
    maker = Maker(seed=seed)
    rows = []
    while len(rows) < 900:
        text = maker.text(int(rng.integers(1, 5)))
        copies = min(int(rng.pareto(0.9)) + 1, 120)
        rows += [maker.edited(text, float(rng.uniform(0.0, 0.14))) for _ in range(copies)]
    path = folder / f"{seed}.jsonl"
    lines = (f'{{"id": "{rng.integers(1 << 60):x}", "text": {_json(text)}}}' for text in rows)
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_articles([path], load_config().read)


def _json(text: str) -> str:
    return '"' + text.replace("\n", "\\n").replace('"', '\\"') + '"'


def _band(recall: Recall, by: str, low: float) -> Band:
    (band,) = (it for it in recall.bands if (it.by, it.low) == (by, low))
    return band


def test_intervals(tmp_path, capsys):
    # Few bands, so that much is missed; a sample of a tenth, so that much is guessed.
    weak = [
        "near.bands=3", "near.rows=3", "excerpts.enabled=false", "boilerplate.enabled=false",
        "run.measure_recall=true",
    ]  # fmt: skip
    bands = [("jaccard", 0.3), ("jaccard", 0.5), ("jaccard", 0.7), ("containment", 0.7)]
    held = dict.fromkeys(bands, 0)
    shown = []
    for seed in range(CORPORA):
        dump = _dump(tmp_path, seed)
        some = run(dump, load_config(None, [*weak, "run.recall_sample=90"])).recall
        whole = run(dump, load_config(None, [*weak, "run.recall_sample=1000000"])).recall
        for band in bands:
            guess, true = _band(some, *band), _band(whole, *band)
            assert true.compared.low == true.compared.high
            share = true.compared.share
            held[band] += guess.compared is None or (
                guess.compared.low <= share <= guess.compared.high
            )
        shown.append(_band(some, "jaccard", 0.5).compared)
    with capsys.disabled():
        for (by, low), count in held.items():
            print(f"\n  {by} from {low}: the interval holds in {count} of {CORPORA}", end="")
        print(f"\n  widths at Jaccard .5: {np.mean([it.high - it.low for it in shown if it]):.2f}")
    assert min(held.values()) >= HELD
