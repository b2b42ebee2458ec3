"""A run's stages as they go: log lines, or on a terminal a list with a live line below."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from pipeline.cli.log import Log, LogFormat
from pipeline.cli.safe import message
from pipeline.cli.words import seconds
from pipeline.engines.meter import Meter, Stage

_HEARTBEAT = 30.0
_CLOCK = time.perf_counter


class LineMeter(Meter):
    """A log line for each finished stage, and one now and then while a long one goes on."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log
        self._start = self._told = _CLOCK()

    def started(self, stage: Stage) -> None:
        """Say so with --verbose only."""
        self._start = self._told = _CLOCK()
        self._log.detail(f"{stage.name}: {stage.total:,} {stage.unit}", stage=stage.name)

    def advanced(self, stage: Stage) -> None:
        """Say how far it is, seldom."""
        now = _CLOCK()
        if now - self._told < _HEARTBEAT:
            return
        self._told = now
        text = f"{stage.name} {_under_way(stage, now - self._start)}"
        self._log.info(text, stage=stage.name, done=stage.done, total=stage.total)

    def ended(self, stage: Stage) -> None:
        """Say what it came to."""
        self._log.info(f"{stage.name} {finished(stage)}", **stage.account())


class LiveMeter(Meter):
    """Finished stages stay on the terminal; the one under way is a line that moves."""

    def __init__(self, live: Live) -> None:
        super().__init__()
        self._live = live

    def started(self, stage: Stage) -> None:
        """Show it as the moving line."""
        self._live.update(_Running(stage), refresh=True)

    def ended(self, stage: Stage) -> None:
        """Leave it on the terminal."""
        self._live.update(Text())
        line = Text.assemble(("✓ ", "green"), f"{stage.name:<12} ", (finished(stage), "dim"))
        self._live.console.print(line)


class _Running:
    """Drawn anew at each refresh, so that time goes on while a kernel is busy."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._start = _CLOCK()
        self._spinner = Spinner("dots")

    def __rich__(self) -> RenderableType:
        stage = self._stage
        told = _under_way(stage, _CLOCK() - self._start)
        self._spinner.update(text=Text(f"{stage.name:<12} {told}"))
        return self._spinner


@contextmanager
def metered(log: Log) -> Iterator[Meter]:
    """The meter that suits the log and standard error; a terminal is left as it was found."""
    console = Console(stderr=True, highlight=False)
    live = console.is_terminal and not console.is_dumb_terminal
    if log.quiet or log.style is LogFormat.JSON or not live:
        yield LineMeter(log)
        return
    write = log.write
    log.write = lambda line: console.print(Text(message(line)))
    try:
        with Live(Text(), console=console, transient=True, refresh_per_second=8) as display:
            yield LiveMeter(display)
    finally:
        log.write = write


def finished(stage: Stage) -> str:
    """Count, seconds and rate: "18,661 articles 2.4 s (7,775/s)"."""
    rate = f" ({stage.total / stage.seconds:,.0f}/s)" if stage.seconds >= 0.01 else ""
    return f"{stage.total:,} {stage.unit} {seconds(stage.seconds)}{rate}"


def _under_way(stage: Stage, passed: float) -> str:
    total = f"{stage.total:,} {stage.unit}" if stage.total else stage.unit
    if not stage.done or passed <= 0:
        return f"{total} {seconds(passed)}"
    of = f"{stage.done:,} of {total}" if stage.total else f"{stage.done:,} {total}"
    return f"{of} {seconds(passed)} ({stage.done / passed:,.0f}/s)"
