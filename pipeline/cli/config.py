"""`stemma config`: what a run would use, and whether a file is right."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.edge import show
from pipeline.cli.options import ConfigName, Sets
from pipeline.cli.safe import json_text, plain

if TYPE_CHECKING:
    from pipeline.config import Config

config_commands = typer.Typer(
    help="Show, check and list configs.", no_args_is_help=True, rich_markup_mode=None
)


class ConfigFormat(StrEnum):
    """How a config is printed."""

    TOML = "toml"
    JSON = "json"


@config_commands.command("show")
def show_command(
    config: ConfigName = None,
    sets: Sets = None,
    outlets: Annotated[
        bool, typer.Option("--outlets", help="With all of the registry, to be read, not run.")
    ] = False,
    style: Annotated[ConfigFormat, typer.Option("--format")] = ConfigFormat.TOML,
) -> None:
    """Print the config that a run with the same options would use."""
    from pipeline.cli.toml import toml_text  # noqa: PLC0415 -- commands import when called
    from pipeline.config import load_config  # noqa: PLC0415

    chosen = load_config(config, sets or [])
    values = chosen.model_dump(mode="json" if style is ConfigFormat.JSON else "python")
    if not outlets:
        values["outlets"] = own_outlets(chosen, values["outlets"])
    show(json_text(values, indent=2) if style is ConfigFormat.JSON else toml_text(values))


@config_commands.command("check")
def check_command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A TOML file or a preset's name.")],
) -> None:
    """Say whether a config can be used, and if not, why."""
    from pipeline.config import load_config  # noqa: PLC0415 -- commands import when called
    from pipeline.stages.outlets import groups_of  # noqa: PLC0415

    groups_of(load_config(file).outlets)
    show("ok")


@config_commands.command("list")
def list_command() -> None:
    """List the presets that -c takes by name."""
    from pipeline.config import find_config, presets  # noqa: PLC0415 -- imports when called

    for name in presets():
        lines = find_config(name).read_text(encoding="utf-8").splitlines()
        show(f"{name:<10} {_about(lines)}")


def _about(lines: list[str]) -> str:
    """The first sentence of a file's opening comment."""
    comment: list[str] = []
    for line in lines:
        if not line.startswith("#"):
            break
        comment.append(line.lstrip("# "))
    return plain(" ".join(comment).partition(". ")[0].rstrip("."))


def own_outlets(config: "Config", shown: dict[str, Any]) -> dict[str, Any]:
    """What the config itself adds to the registry it names; read again, it gives the same."""
    from pipeline.config import load_config  # noqa: PLC0415 -- commands import when called

    registry = load_config(None, [f"outlets.registry='{config.outlets.registry}'"])
    known = registry.model_dump()["outlets"]
    own: dict[str, Any] = {"registry": config.outlets.registry}
    for name, value in shown.items():
        if name == "registry":
            continue
        if isinstance(value, dict):
            added: Any = {k: v for k, v in value.items() if known[name].get(k) != tuple(v)}
        else:
            added = list(value)[len(known[name]) :]
        own |= {name: added} if added else {}
    return own
