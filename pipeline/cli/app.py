"""The command `stemma`: its commands are declared here, each lives in a file of its own.

Nothing here imports what is slow to import: `stemma --help` must answer at once.
"""

from typing import Annotated

import typer

from pipeline.cli.config import config_commands
from pipeline.cli.edge import Commands, show
from pipeline.cli.evaluate import evaluate_command
from pipeline.cli.explain import explain_command
from pipeline.cli.plan import plan_command
from pipeline.cli.run import run_command
from pipeline.cli.tune import tune_command
from pipeline.version import __version__

app = typer.Typer(
    name="stemma",
    help="Which article derives from which: stories, sources and passages in a dump of news.",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        show(f"stemma {__version__}")
        raise typer.Exit


@app.callback()
def _stemma(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    pass


app.command("run")(run_command)
app.command("plan")(plan_command)
app.command("explain")(explain_command)
app.command("evaluate")(evaluate_command)
app.command("tune")(tune_command)
app.add_typer(config_commands, name="config")
