"""Options that several commands share."""

from typing import Annotated

import typer

from pipeline.cli.log import LogFormat

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="Files, folders, patterns, or - for JSON lines on standard input.",
    ),
]

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
Threads = Annotated[
    int | None, typer.Option(min=1, max=256, help="Threads; one per core if left out.")
]
LogStyle = Annotated[LogFormat, typer.Option(help="Of the log on standard error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Warnings and errors only.")]
