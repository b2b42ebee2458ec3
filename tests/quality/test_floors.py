"""Quality doesn't fall: the sample always, labelled sets where they are (marker quality)."""

import pytest

from tests.quality import runs
from tests.quality.floors import figures


def _broken(told):
    return [
        f"{floor.truth}: {floor.section} {floor.name} {floor.part}: "
        f"{figure.value if figure else None}, not {floor.bound}"
        for floor, figure in figures(told)
        if not floor.holds(figure.value if figure else None)
    ]


def test_the_sample(tmp_path):
    runs.finished(runs.SAMPLE / "articles", tmp_path / "out")
    told = [runs.beside(tmp_path / "out", runs.SAMPLE / "truth.csv", ("near", "excerpt"))]
    assert len(list(figures(told))) == 5
    assert not _broken(told)


@pytest.mark.quality
def test_labelled_sets_in_the_haystack(tmp_path):
    if not runs.EVAL.is_dir():
        pytest.skip(f"no evaluation data at {runs.EVAL}")
    runs.finished(runs.mixed(tmp_path), tmp_path / "out")
    assert not _broken([runs.beside(tmp_path / "out", runs.EVAL / name) for name in runs.NEEDLES])


@pytest.mark.quality
def test_passages_of_given_pairs(tmp_path):
    articles = runs.EVAL / "passages" / "articles.parquet"
    if not articles.is_file():
        pytest.skip(f"no evaluation data at {articles}")
    runs.finished(articles, tmp_path / "out", given=runs.given_passages())
    assert not _broken([runs.beside(tmp_path / "out", runs.EVAL / "passages")])
