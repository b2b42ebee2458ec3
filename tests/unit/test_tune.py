"""Thresholds chosen from a finished run, against a run with them."""

import json
import random
from pathlib import Path

import polars as pl
import pytest
from corpus import Maker

from pipeline import load_config, read_articles, run
from pipeline.evaluate.truth_sets import read_truth
from pipeline.io.folder import Folder
from pipeline.io.output import write
from pipeline.tune.chosen import Goal, tune
from tests.conftest import words

SAMPLE = Path(__file__).parents[2] / "sample_corpus"


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
    assert told.why_not == "no thresholds reach a recall of 1 on either half of the stories"
    assert told.curve


def test_one_story_makes_no_two_halves(corpus, tmp_path):
    dump, truth = corpus
    options = _written(dump, tmp_path / "out")
    one = tmp_path / "one.csv"
    pl.read_csv(truth).filter(story="story 7").write_csv(one)
    told = tune(tmp_path / "out", read_truth([one]), options, Goal("precision", 0.5))
    assert told.chosen is not None
    assert told.unseen is None
    assert "fall into one half" in told.why_not


def test_briefs_that_only_lower_thresholds_would_link_are_not_promised(tmp_path):
    """Pairs of a dozen tokens: below the run's own thresholds they were never scored."""
    chance = random.Random(3)
    rows, labels = [], []
    for story in range(150):
        size = 16 + story % 2 * 24
        own = words(f"story {story}", size)
        for copy in range(3):
            text = list(own)
            for at in chance.sample(range(size), copy * (1 + story % 2 * 3)):
                text[at] = f"other{story}{copy}{at}"
            rows.append({"id": f"{story}-{copy}", "source": f"O{copy}", "text": " ".join(text)})
            labels.append({"article_id": f"{story}-{copy}", "story": f"s{story}"})
    dump, truth = tmp_path / "in.jsonl", tmp_path / "truth.csv"
    dump.write_text("\n".join(map(json.dumps, rows)))
    pl.DataFrame(labels).write_csv(truth)
    strict = ["near_copy=.8", "excerpt=.57", "link_confidence=1.0", "partial_tokens=60"]
    options = _written(dump, tmp_path / "out", [f"relate.{it}" for it in strict])
    for goal in (Goal("precision", 0.5), Goal("recall", 0.1)):
        told = tune(tmp_path / "out", read_truth([truth]), options, goal)
        values = told.chosen.thresholds | {
            "partial_tokens": int(told.chosen.thresholds["partial_tokens"])
        }
        again = tmp_path / f"again-{goal.by}"
        _written(dump, again, [f"relate.{name}={value}" for name, value in values.items()])
        assert (told.chosen.counts.right, told.chosen.counts.wrong) == _counted(again, truth)


@pytest.mark.parametrize("needs", [(), ("near", "excerpt")])
def test_no_pair_of_the_sample_lies_across_the_halves(tmp_path, needs):
    """Its table lists pairs between stories that share a text."""
    config = load_config()
    dump = read_articles([SAMPLE / "articles"], config.read)
    with Folder(tmp_path / "out") as folder:
        write(folder, run(dump, config), dump, config)
    truths = read_truth([SAMPLE / "truth.csv"], needs)
    told = tune(tmp_path / "out", truths, config.relate, Goal("precision", 0.9))
    assert told.unseen is not None
    assert told.unseen.of == told.now.counts.of == (27 if needs else 31)
    assert told.unseen.right <= told.unseen.of
    assert told.unseen.recall.high <= 1


def test_a_text_that_stands_in_stories_of_both_halves_counts_in_each(tmp_path):
    """The first of identical articles stands for all of them in the run's pairs."""
    maker = Maker(seed=4)
    rows, labels = [], []
    for story in range(12):
        for copy in range(4):
            # Half of each story is one brief that all of them ran.
            text = maker.text(2) if copy == 0 else rows[-1]["text"]
            text = rows[1]["text"] if copy > 1 and rows else text
            rows.append({"id": f"{story:02}-{copy}", "source": f"O{copy}", "text": text})
            labels.append({"article_id": f"{story:02}-{copy}", "story": f"s{story}"})
    dump, truth = tmp_path / "in.jsonl", tmp_path / "truth.csv"
    dump.write_text("\n".join(map(json.dumps, rows)))
    pl.DataFrame(labels).write_csv(truth)
    options = _written(dump, tmp_path / "out")
    told = tune(tmp_path / "out", read_truth([truth]), options, Goal("recall", 0.3))
    right, wrong = _counted(tmp_path / "out", truth)
    assert (told.now.counts.right, told.now.counts.wrong) == (right, wrong)
    # Each story has a third of its pairs: so have the halves, wherever the first of all stands.
    assert told.unseen is not None
    assert told.unseen.right <= told.unseen.of == told.now.counts.of == 12 * 6
