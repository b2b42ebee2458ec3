"""Every floor names a figure that there is: measured on tiny truths about the sample corpus."""

from pathlib import Path

import pytest

from pipeline import load_config, read_articles, run
from pipeline.evaluate import Options, measure, read_truth
from pipeline.io.folder import Folder
from pipeline.io.output import write
from tests.quality.floors import FLOORS

SAMPLE = Path(__file__).parents[2] / "sample_corpus"
STORIES = {
    "stories": "article_id,story\nmp-carrow,s\npost-carrow-closed,s\nagnes,t\n",
    "derivations": "source_id,derived_id,kind\nmp-carrow,post-carrow-closed,5\n",
}
OFFSETS = "this_offset,this_length,source_offset,source_length"
# By the name of a labelled set, tables with its columns.
TABLES = {
    "versions": STORIES,
    "chains": STORIES,
    "rewrites": STORIES,
    "answers": {
        "labels": "source_id,derived_id,category\nmp-carrow,post-carrow-closed,cut\n"
        "agnes,post-carrow-closed,non\n"
    },
    "events": {"events": "article_id,event_id\nmp-carrow,e\nagnes,e\nquarry-lane,f\n"},
    "passages": {
        "pairs": "suspicious_id,source_id\npost-carrow-closed,mp-carrow\nagnes,quarry-lane\n",
        "cases": f"suspicious_id,source_id,obfuscation,{OFFSETS}\n"
        "post-carrow-closed,mp-carrow,none,0,20,0,20\nagnes,quarry-lane,some,0,9,0,9\n",
    },
}


def _named(section: str, name: str, part: str) -> tuple[str, str, str]:
    """A figure; of "kind …" only that it is one, for the words are each set's own."""
    return section, name, "kind" if part.startswith("kind ") else part


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """Names of the figures that a truth with the columns of each labelled set gives."""
    place = tmp_path_factory.mktemp("floors")
    config = load_config()
    dump = read_articles([SAMPLE / "articles"], config.read)
    with Folder(place / "out") as folder:
        write(folder, run(dump, config), dump, config)
    paths = [SAMPLE / "truth.csv"]
    for name, tables in TABLES.items():
        (place / name).mkdir()
        for table, text in tables.items():
            (place / name / f"{table}.csv").write_text(text)
        paths.append(place / name)
    return {
        one.name: {_named(it.section, it.name, it.part) for it in one.figures}
        for one in measure(place / "out", read_truth(paths), Options(mistakes=0))
    }


def test_every_truth_with_a_floor_is_known_here(produced):
    assert {floor.truth for floor in FLOORS} == set(produced)


@pytest.mark.parametrize("floor", FLOORS, ids=lambda it: f"{it.truth} {it.section} {it.name}")
def test_each_floor_names_a_figure_that_is_measured(produced, floor):
    assert _named(floor.section, floor.name, floor.part) in produced[floor.truth]
