"""The README says what is so."""

import doctest
import re
from pathlib import Path

import pytest
import typer.main

from pipeline.cli.app import app
from pipeline.config import presets
from pipeline.report.reference import table_reference

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_table_reference_is_the_declarations() -> None:
    section = README.split("<!-- tables -->\n")[1].split("<!-- end of tables -->")[0]
    assert section == table_reference()


def test_python_examples_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    assert len(examples.examples) >= 4
    runner = doctest.DocTestRunner()
    runner.run(examples)
    assert runner.summarize().failed == 0


def test_every_command_and_preset_is_named() -> None:

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert f"stemma {name}" in README, name
    for name in presets():
        assert f"`{name}`" in README, name


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 3
    for link in links:
        assert (ROOT / link).exists(), link
