"""Every knob of a run, as frozen models; unknown keys are errors that name the nearest right one.

A config is TOML. Presets are shipped in `configs/`; `load_config("audit")` finds one from any
folder. What a file leaves out keeps its default, and `configs/default.toml` spells all of them out.
"""

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import ConfigError

_INSTALLED = Path(__file__).parent / "configs"
_CHECKOUT = Path(__file__).parent.parent / "configs"
CONFIGS = _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


class Section(BaseModel):
    """Base of every section: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnNames(Section):
    """Which input column holds what; empty: found by the usual names."""

    article_id: str = ""
    text: str = ""
    source: str = ""
    published_at: str = ""
    title: str = ""
    author: str = ""
    url: str = ""


class Read(Section):
    """How inputs are read."""

    columns: ColumnNames = ColumnNames()
    day_first: bool = False
    earliest_date: date = date(1600, 1, 1)
    latest_date: date = date(2039, 12, 31)
    max_article_mb: float = Field(default=64.0, gt=0, allow_inf_nan=False)
    max_member_mb: float = Field(default=4096.0, gt=0, allow_inf_nan=False)
    follow_symlinks: bool = False

    @model_validator(mode="after")
    def _dates(self) -> "Read":
        if self.earliest_date > self.latest_date:
            raise ValueError("earliest_date lies after latest_date")
        return self


class Normalise(Section):
    """Tokens and shingles."""

    shingle: int = Field(default=5, ge=1, le=64)
    shingle_unspaced: int = Field(default=8, ge=1, le=64)
    language_sample: int = Field(default=5, ge=1)


class Boilerplate(Section):
    """What counts as an outlet's boilerplate."""

    enabled: bool = True
    min_articles: int = Field(default=3, ge=2)
    run: int = Field(default=8, ge=2)
    shared: float = Field(default=0.3, ge=0.0, le=1.0)
    max_share: float = Field(default=0.5, ge=0.0, le=1.0)
    # The table that counts in how many a block stands knows an article by 24 bits.
    learn_from: int = Field(default=5000, ge=2, le=1_000_000)


class Near(Section):
    """Finder 1: near copies by MinHash and LSH bands."""

    threshold: float = Field(default=0.5, gt=0.0, le=1.0)
    target_recall: float = Field(default=0.996, gt=0.0, lt=1.0)
    permutations: int = Field(default=128, ge=1, le=4096)
    seed: int = Field(default=1, ge=0, lt=2**32)
    bands: int = Field(default=0, ge=0)
    rows: int = Field(default=0, ge=0)
    bucket_cap: int = Field(default=100, ge=2)

    @model_validator(mode="after")
    def _layout(self) -> "Near":
        if (self.bands == 0) != (self.rows == 0):
            raise ValueError("give both bands and rows, or neither")
        if self.bands * self.rows > self.permutations:
            raise ValueError("bands × rows is more than permutations")
        return self


class Excerpts(Section):
    """Finder 2: excerpts and partial reuse by shared rare fingerprints."""

    enabled: bool = True
    sample: int = Field(default=4, ge=1)
    max_articles: int = Field(default=100, ge=2)


class Retellings(Section):
    """Finder 3: one text told in other words, by the heaviest rare stems and stem pairs."""

    enabled: bool = True
    max_articles: int = Field(default=100, ge=2, le=100_000)
    features: int = Field(default=128, ge=1, le=4096)
    neighbours: int = Field(default=50, ge=1)
    similarity: float = Field(default=0.03, gt=0.0, le=1.0)
    window_days: float = Field(default=0.0, ge=0.0, le=100_000.0)


class Semantic(Section):
    """An optional finder and signal: the meaning of words, by a model that the user brings."""

    enabled: bool = False
    model: str = ""
    neighbours: int = Field(default=10, ge=1, le=1000)
    similarity: float = Field(default=0.9, gt=0.0, le=1.0)
    weight: float = Field(default=0.0, ge=0.0, le=1000.0)
    neutral: float = Field(default=0.8, ge=-1.0, le=1.0)

    @model_validator(mode="after")
    def _named(self) -> "Semantic":
        if self.enabled and not self.model.strip():
            raise ValueError("enabled, but semantic.model names none; give its folder")
        return self


class Verify(Section):
    """Exact comparison of candidates, and their passages."""

    seed_tokens: int = Field(default=5, ge=2, le=64)
    min_passage: int = Field(default=12, ge=1)
    max_gap: int = Field(default=8, ge=0)
    pairs_per_group: int = Field(default=100, ge=2)
    neighbours: int = Field(default=10, ge=0)


class Relate(Section):
    """What a pair is called, and which pairs are kept for review."""

    near_copy: float = Field(default=0.5, gt=0.0, le=1.0)
    excerpt: float = Field(default=0.5, gt=0.0, le=1.0)
    partial_tokens: int = Field(default=40, ge=1)
    review_tokens: int = Field(default=20, ge=1)
    link_confidence: float = Field(default=0.5, ge=0.0, le=1.0)


class Derivation(Section):
    """When a source is named, and when the answer is "undecided"."""

    decision_confidence: float = Field(default=0.8, ge=0.0, le=1.0)
    regime: Literal["auto", "reuse", "revision"] = "auto"
    further_tokens: int = Field(default=30, ge=1)


class Agency(Section):
    """A news agency: its full name, other spellings, short forms, and web domains."""

    name: str
    spellings: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


class Outlets(Section):
    """Who is who: agencies, outlets' other names, owners' groups, licensed agencies."""

    registry: str = "outlets"
    agencies: tuple[Agency, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    licences: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class Run(Section):
    """Where and how the work runs and is measured; nothing here changes a table."""

    threads: int = Field(default=0, ge=0)
    memory_limit: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    batch: int = Field(default=2000, ge=1)
    measure_recall: bool | Literal["auto"] = "auto"
    recall_sample: int = Field(default=5000, ge=1)


class Output(Section):
    """What is written."""

    texts: bool = True
    compression: Literal["zstd", "lz4", "snappy", "uncompressed"] = "zstd"


class Config(Section):
    """A whole run's configuration."""

    read: Read = Read()
    normalise: Normalise = Normalise()
    boilerplate: Boilerplate = Boilerplate()
    near: Near = Near()
    excerpts: Excerpts = Excerpts()
    retellings: Retellings = Retellings()
    semantic: Semantic = Semantic()
    verify: Verify = Verify()
    relate: Relate = Relate()
    derivation: Derivation = Derivation()
    outlets: Outlets = Outlets()
    run: Run = Run()
    output: Output = Output()

    def comparing_only(self) -> "Config":
        """For a run that compares given pairs: nothing is masked, and no recall measured."""
        boilerplate = self.boilerplate.model_copy(update={"enabled": False})
        run = self.run.model_copy(update={"measure_recall": False})
        return self.model_copy(update={"boilerplate": boilerplate, "run": run})

    def fingerprint(self) -> str:
        """Hash of all that can change a table: everything but the section `run`."""
        body = self.model_dump(mode="json", exclude={"run"})
        return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def load_config(name: str | Path | None = None, sets: Iterable[str] = ()) -> Config:
    """The config of a preset or file, with `key=value` changes on top.

    The registry of agencies and outlets that `outlets.registry` names is read too; what the
    config itself says of outlets is added to it.

    Args:
        name: a preset's name ("audit"), a path to a TOML file, or None for the defaults.
        sets: changes such as "near.threshold=0.6"; the value is TOML, or else a bare string.

    Raises:
        ConfigError: no such preset or file, broken TOML, an unknown key or a bad value.
    """
    values = _read_toml(find_config(name)) if name is not None else {}
    for change in sets:
        _apply(values, change)
    config = _validated(values, str(name or "config"))
    path = find_config(config.outlets.registry)
    registry = _read_toml(path)
    _validated({"outlets": registry}, str(path))
    merged = _merge_outlets(registry, values.get("outlets", {}))
    return _validated({**values, "outlets": merged}, config.outlets.registry)


def find_config(name: str | Path) -> Path:
    """The file that a preset's name or a path stands for."""
    path = Path(name)
    if path.suffix == ".toml" or path.parent != Path():
        if path.is_file():
            return path
        raise ConfigError(f"config file {path} not found")
    preset = CONFIGS / f"{name}.toml"
    if preset.is_file():
        return preset
    known = ", ".join(presets())
    raise ConfigError(
        f"no preset called '{name}'; presets: {known}; or give a path to a .toml file"
    )


def presets() -> list[str]:
    """Names of the shipped configs; the registry of outlets isn't one."""
    registry = Outlets().registry
    return sorted(path.stem for path in CONFIGS.glob("*.toml") if path.stem != registry)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error


def _merge_outlets(registry: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(registry) | {"registry": own.get("registry", "outlets")}
    for key, value in own.items():
        if isinstance(value, list):
            merged[key] = [*registry.get(key, []), *value]
        elif isinstance(value, dict):
            merged[key] = {**registry.get(key, {}), **value}
    return merged


def _apply(values: dict[str, Any], change: str) -> None:
    key, equals, text = change.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set {change}: write it as section.key=value")
    *sections, last = key.strip().split(".")
    for section in sections:
        values = values.setdefault(section, {})
        if not isinstance(values, dict):
            raise ConfigError(f"--set {change}: '{section}' is a value, not a section")
    try:
        values[last] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        values[last] = text.strip()


def _validated(values: dict[str, Any], where: str) -> Config:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(e, where) for e in error.errors())) from error


def _explain(error: Any, where: str) -> str:
    path = [str(part) for part in error["loc"]]
    if error["type"] != "extra_forbidden":
        return (
            f"{where}: {'.'.join(path) or 'config'}: {error['msg'].removeprefix('Value error, ')}"
        )
    near = difflib.get_close_matches(".".join(path), _all_keys(Config), n=1, cutoff=0.6)
    mend = f"did you mean '{near[0]}'?" if near else f"sections: {', '.join(Config.model_fields)}"
    return f"{where}: unknown key '{'.'.join(path)}'; {mend}"


def _all_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            keys += _all_keys(kind, f"{prefix}{name}.")
    return keys
