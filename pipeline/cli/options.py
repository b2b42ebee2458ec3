"""Options that several commands share."""

from typing import Annotated

import typer

ConfigName = Annotated[
    str | None,
    typer.Option(
        "--config",
        "-c",
        metavar="CONFIG",
        help="A preset's name (stemma config list) or a TOML file; the defaults if left out.",
    ),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one value, as near.threshold=0.6."),
]
