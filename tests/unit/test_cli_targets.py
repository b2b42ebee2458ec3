"""What `evaluate` and `tune` write replaces nothing that they read, and is looked at first."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app

SAMPLE = Path(__file__).parents[2] / "sample_corpus"
COMMANDS = {"evaluate": ("evaluate", "--html"), "tune": ("tune", "--write"),
            "tune's page": ("tune", "--html")}  # fmt: skip


def stemma(*arguments: object):
    return CliRunner().invoke(app, [str(it) for it in arguments])


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("targets") / "out"
    assert stemma("run", SAMPLE / "articles", "-o", place, "-q").exit_code == 0
    return place


def wanted(which, out, truth, target, *more):
    command, option = COMMANDS[which]
    goal = ("--precision", 0.5) if command == "tune" else ()
    return stemma(command, out, "--truth", truth, *goal, option, target, "--overwrite", *more)


@pytest.mark.parametrize("which", COMMANDS)
def test_what_is_read_is_not_replaced(which, out, tmp_path):
    truth = tmp_path / "truth.csv"
    shutil.copy(SAMPLE / "truth.csv", truth)
    before = truth.read_bytes()
    (tmp_path / "link.html").symlink_to(truth)
    for target in (truth, tmp_path / "link.html", tmp_path / "." / "truth.csv"):
        done = wanted(which, out, truth, target)
        assert done.exit_code == 1
        assert "what --truth names" in done.output
    for target in (truth, tmp_path / "more.CSV"):
        done = wanted(which, out, tmp_path, target)
        assert done.exit_code == 1
        assert "what --truth names" in done.output
    assert truth.read_bytes() == before
    assert sorted(it.name for it in tmp_path.iterdir()) == ["link.html", "truth.csv"]
    # What is no table may stand beside the tables.
    assert wanted(which, out, tmp_path, tmp_path / "page.html").exit_code == 0


@pytest.mark.parametrize("which", COMMANDS)
def test_a_run_is_not_written_into(which, out):
    before = (out / "run.json").read_bytes()
    for target in (out / "run.json", out / "page.html", out / "state" / "new.toml"):
        done = wanted(which, out, SAMPLE / "truth.csv", target)
        assert done.exit_code == 1
        assert "lies in the run" in done.output
    assert (out / "run.json").read_bytes() == before
    assert not (out / "page.html").exists()


def test_two_files_are_two(out, tmp_path):
    target = tmp_path / "both"
    done = wanted("tune", out, SAMPLE / "truth.csv", target, "--html", tmp_path / "." / "both")
    assert done.exit_code == 1
    assert "is --write, too" in done.output
    assert not target.exists()


@pytest.mark.parametrize("which", ["evaluate", "tune's page"])
def test_what_a_page_needs_is_told_before_anything_is_read(which, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "pipeline.report.page.find_spec",
        lambda name: None if name == "matplotlib" else find_spec(name),
    )
    # There is no such run: measuring it would be told first.
    done = wanted(which, tmp_path / "none", SAMPLE / "truth.csv", tmp_path / "page.html")
    assert done.exit_code == 1
    assert "needs the extra 'report'" in done.output


@pytest.mark.parametrize("which", COMMANDS)
def test_what_stands_there_is_told_before_anything_is_read(which, tmp_path):
    (tmp_path / "there").write_text("mine")
    command, option = COMMANDS[which]
    goal = ("--precision", 0.5) if command == "tune" else ()
    none = (tmp_path / "none", "--truth", SAMPLE / "truth.csv", *goal)
    done = stemma(command, *none, option, tmp_path / "there")
    assert done.exit_code == 1
    assert "exists; name another place" in done.output
