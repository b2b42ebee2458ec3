"""Configs: presets, changes, and what is said of mistakes."""

import tomllib
from pathlib import Path

import pytest

from pipeline.config import CONFIGS, Config, load_config, presets
from pipeline.errors import ConfigError


def test_default_file_spells_out_every_default() -> None:
    values = tomllib.loads((CONFIGS / "default.toml").read_text())
    assert Config.model_validate(values) == Config()
    for name, section in Config().model_dump().items():
        assert set(values[name]) == set(section), name
    assert set(values["read"]["columns"]) == set(Config().read.columns.model_dump())


def test_presets_are_found_by_name_and_files_by_path(tmp_path: Path) -> None:
    assert presets() == ["audit", "bulk", "default"]
    assert load_config("audit").derivation.decision_confidence == 0.95
    assert not load_config("bulk").excerpts.enabled
    own = tmp_path / "own.toml"
    own.write_text("[near]\nthreshold = 0.4\n")
    assert load_config(own).near.threshold == 0.4
    assert load_config(own).excerpts == Config().excerpts


def test_set_changes_single_values() -> None:
    config = load_config(
        "audit", ["near.threshold=0.6", "read.columns.text=story", "run.threads=1"]
    )
    assert config.near.threshold == 0.6
    assert config.near.target_recall == load_config("audit").near.target_recall
    assert config.read.columns.text == "story"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("near.threshhold=0.5", "did you mean 'near.threshold'"),
        ("derivation.decision_confidenc=0.5", "did you mean 'derivation.decision_confidence'"),
        ("gadget=1", "sections: read, normalise"),
        ("near.threshold=high", "near.threshold"),
        ("near.threshold=1.5", "near.threshold"),
        ("boilerplate.learn_from=1000001", "boilerplate.learn_from"),
        ("near.bands=3", "both bands and rows"),
        ("near", "section.key=value"),
        ("near.threshold.x=1", "near.threshold"),
    ],
)
def test_mistakes_are_told_in_human_words(change: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(None, [change])


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="presets: audit, bulk, default"):
        load_config("audti")
    with pytest.raises(ConfigError, match="not found"):
        load_config(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("[near\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load_config(broken)


def test_fingerprint_tells_what_changes_tables() -> None:
    config = load_config()
    assert load_config(None, ["run.threads=3"]).fingerprint() == config.fingerprint()
    assert load_config(None, ["near.threshold=0.51"]).fingerprint() != config.fingerprint()


def test_own_outlets_are_added_to_the_registry(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[[outlets.agencies]]\nname = "Pellam Wire"\nshort = ["PW"]\n'
        '[outlets.aliases]\n"The Lark" = ["lark.example"]\n'
    )
    outlets = load_config(own).outlets
    names = {agency.name for agency in outlets.agencies}
    assert {"Pellam Wire", "Reuters"} <= names
    assert outlets.aliases["The Lark"] == ("lark.example",)
    assert len(outlets.aliases) > 1
