"""`stemma config`: what it prints is what a run would use."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.app import app
from pipeline.config import load_config, presets


def config(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["config", *map(str, arguments)])


OWN = """
[near]
threshold = 0.4
[outlets.aliases]
"The \\"Daily\\" Paper" = ["TDP", "tägliche Zeitung"]
[[outlets.agencies]]
name = "Lunar Press"
short = ["LP"]
"""


@pytest.mark.parametrize("name", [None, "default", "audit", "bulk", "own.toml"])
def test_what_is_shown_reads_back_the_same(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("own.toml").write_text(OWN)
    told = config("show", *(["-c", name] if name else []), "--set", "read.day_first=true")
    assert told.exit_code == 0, told.stderr
    Path("again.toml").write_text(told.stdout)
    assert load_config("again.toml") == load_config(name, ["read.day_first=true"])


def test_the_registry_is_shown_when_asked_for():
    assert "Associated Press" not in config("show").stdout
    assert "Associated Press" in config("show", "--outlets").stdout


def test_json():
    told = json.loads(config("show", "-c", "audit", "--format", "json").stdout)
    assert told["derivation"]["decision_confidence"] == 0.95
    assert told["outlets"] == {"registry": "outlets"}


def test_check(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    assert config("check", path).stdout == "ok\n"
    path.write_text("[near]\ntreshold = 1")
    told = config("check", path)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "did you mean 'near.threshold'" in told.stderr
    assert config("check", tmp_path / "nowhere.toml").exit_code == 1


def test_list_names_every_preset():
    lines = config("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == presets()
    assert all(len(line.split()) > 3 for line in lines)
