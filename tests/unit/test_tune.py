"""Thresholds chosen from a finished run, against a run with them."""

import json

import polars as pl
import pytest
from corpus import Maker

from pipeline import load_config, read_articles, run
from pipeline.evaluate.truth_sets import read_truth
from pipeline.io.folder import Folder
from pipeline.io.output import write
from pipeline.tune.chosen import Goal, tune


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Forty stories, edited to many degrees; some share a stock paragraph with the next story."""
    folder = tmp_path_factory.mktemp("tune")
    maker = Maker(seed=21)
    rows, labels = [], []
    stock = maker.text(1)
    for story in range(40):
        text = maker.text(3)
        for copy, degree in enumerate((0.0, 0.0, 0.03, 0.08, 0.16, 0.3)):
            own = maker.edited(text, degree) if degree else text
            tail = f"\n\n{stock}" if copy == 5 and story % 3 == 0 else ""
            rows.append({"id": f"{story}-{copy}", "source": f"Outlet {copy}", "text": own + tail})
            labels.append({"article_id": f"{story}-{copy}", "story": f"story {story}"})
    dump = folder / "in.jsonl"
    dump.write_text("\n".join(map(json.dumps, rows)))
    truth = folder / "truth.csv"
    pl.DataFrame(labels).write_csv(truth)
    return dump, truth


def _written(dump, out, changes=()):
    config = load_config(None, ["boilerplate.enabled=false", *changes])
    read = read_articles([dump], config.read)
    with Folder(out) as folder:
        write(folder, run(read, config), read, config)
    return config.relate


def _counted(out, truth):
    """Linked pairs that are right and wrong, groups of equal texts written out."""
    story = dict(pl.read_csv(truth).iter_rows())
    pairs = pl.read_parquet(out / "pairs.parquet").filter(pl.col("relation") != "related")
    same = {}
    for a, b in pairs.filter(relation="identical").select("a_id", "b_id").iter_rows():
        same.setdefault(a, [a]).append(b)
    right, wrong = set(), set()
    for a, b in pairs.select("a_id", "b_id").iter_rows():
        for x in same.get(a, [a]):
            for y in same.get(b, [b]):
                if x != y:
                    (right if story[x] == story[y] else wrong).add(frozenset((x, y)))
    return len(right), len(wrong)


@pytest.mark.parametrize(
    "goal", [Goal("precision", 0.99), Goal("recall", 0.5), Goal("precision", 0.5)]
)
def test_a_run_with_the_chosen_thresholds_comes_to_what_was_told(corpus, tmp_path, goal):
    dump, truth = corpus
    options = _written(dump, tmp_path / "out")
    told = tune(tmp_path / "out", read_truth([truth]), options, goal)
    assert (told.now.counts.right, told.now.counts.wrong) == _counted(tmp_path / "out", truth)
    assert told.chosen is not None
    reached = getattr(told.chosen.counts, goal.by)
    assert reached.share >= goal.share
    values = told.chosen.thresholds | {
        "partial_tokens": int(told.chosen.thresholds["partial_tokens"])
    }
    _written(dump, tmp_path / "again", [f"relate.{name}={value}" for name, value in values.items()])
    assert (told.chosen.counts.right, told.chosen.counts.wrong) == _counted(
        tmp_path / "again", truth
    )


def test_halves_are_judged_by_each_other(corpus, tmp_path):
    dump, truth = corpus
    options = _written(dump, tmp_path / "out")
    told = tune(tmp_path / "out", read_truth([truth]), options, Goal("precision", 0.99))
    assert told.unseen is not None
    # No pair that shares a text lies across the halves, so together they have all of them.
    assert told.unseen.of == told.chosen.counts.of == 40 * 15
    assert told.unseen.right <= told.unseen.of


def test_nothing_reaches_it(corpus, tmp_path):
    dump, truth = corpus
    options = _written(dump, tmp_path / "out")
    told = tune(tmp_path / "out", read_truth([truth]), options, Goal("recall", 1.0))
    assert (told.chosen, told.unseen) == (None, None)
    assert told.curve
