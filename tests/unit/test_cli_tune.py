"""`stemma tune` on the sample and what is written of it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import load_config
from pipeline.cli.app import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_corpus" / "articles"
TRUTH = ROOT / "sample_corpus" / "truth.csv"


def stemma(*arguments: object):
    return CliRunner().invoke(app, [str(it) for it in arguments])


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune") / "out"
    done = stemma("run", SAMPLE, "-o", folder, "-c", "audit", "--set", "relate.partial_tokens=60")
    assert done.exit_code == 0, done.output
    return folder


def test_the_table_the_plot_and_the_page(out, tmp_path):
    page = tmp_path / "page.html"
    told = stemma("tune", out, "--truth", TRUTH, "--precision", 0.9, "--plot", "--html", page)
    assert told.exit_code == 0, told.output
    for part in ("now", "chosen", "unseen", "partial_tokens", "What thresholds can reach"):
        assert part in told.output
    assert "<svg" in page.read_text()
    assert "<script" not in page.read_text()


def test_the_config_keeps_what_the_run_had(out, tmp_path):
    file = tmp_path / "tuned.toml"
    told = stemma("tune", out, "--truth", TRUTH, "--recall", 0.5, "-w", file, "--format", "json")
    assert told.exit_code == 0, told.output
    chosen = json.loads(told.output)["chosen"]["thresholds"]
    config, audit = load_config(str(file)), load_config("audit", ["relate.partial_tokens=60"])
    assert {name: getattr(config.relate, name) for name in chosen} == chosen
    kept = {"relate": config.relate}
    assert config == audit.model_copy(update=kept)


def test_json_and_csv_hold_the_curve(out):
    told = json.loads(
        stemma("tune", out, "--truth", TRUTH, "--recall", 0.2, "--format", "json").output
    )
    rows = stemma("tune", out, "--truth", TRUTH, "--recall", 0.2, "--format", "csv").output
    assert len(rows.strip().splitlines()) == len(told["curve"]) + 1
    assert told["goal"] == {"by": "recall", "share": 0.2}


def test_an_unreachable_goal_is_told_and_nothing_written(out, tmp_path):
    file = tmp_path / "tuned.toml"
    told = stemma("tune", out, "--truth", TRUTH, "--recall", 1.0, "-w", file)
    assert told.exit_code == 1
    assert "no thresholds reach a recall of 1" in told.output
    assert not file.exists()


@pytest.mark.parametrize("goals", [(), ("--precision", 0.9, "--recall", 0.9)])
def test_one_goal_is_needed(out, goals):
    told = stemma("tune", out, "--truth", TRUTH, *goals)
    assert told.exit_code == 2
    assert "one of --precision and --recall" in told.output


def test_nothing_is_replaced_unasked(out, tmp_path):
    file = tmp_path / "tuned.toml"
    file.write_text("mine")
    told = stemma("tune", out, "--truth", TRUTH, "--recall", 0.2, "-w", file)
    assert (told.exit_code, file.read_text()) == (1, "mine")
    assert (
        stemma("tune", out, "--truth", TRUTH, "--recall", 0.2, "-w", file, "--overwrite").exit_code
        == 0
    )
    assert file.read_text() != "mine"


def test_a_folder_that_is_no_run(tmp_path):
    told = stemma("tune", tmp_path, "--truth", TRUTH, "--recall", 0.2)
    assert told.exit_code == 1
    assert "isn't a stemma output" in told.output


def test_a_share_that_is_none(out):
    told = stemma("tune", out, "--truth", TRUTH, "--precision", "nan")
    assert told.exit_code == 2
    assert "nan is no share" in told.output
