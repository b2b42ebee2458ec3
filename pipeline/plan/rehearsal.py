"""The run's own stages on a part of the dump, timed; what is computed goes."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config import Config
from pipeline.documents import I64
from pipeline.engines.local import thread_count
from pipeline.engines.memory import MEBIBYTE, Watch
from pipeline.engines.meter import Meter
from pipeline.io.folder import Folder
from pipeline.io.output import write
from pipeline.io.read import Dump
from pipeline.io.work import Work, temporary
from pipeline.result import Result
from pipeline.run import run
from pipeline.stages.candidates import Candidates
from pipeline.stages.recall import measures_recall


@dataclass(frozen=True)
class Rehearsal:
    """What a run of a part took.

    Attributes:
        result: its tables.
        seconds: of each stage in their order; reading isn't among them, writing is.
        a, b: [k] rows of the pairs that were compared.
        peak: bytes of memory, the most that was held.
        work, output: bytes of the intermediate results, and of the tables.
    """

    result: Result
    seconds: dict[str, float]
    a: I64
    b: I64
    peak: int
    work: int
    output: int

    @property
    def articles(self) -> int:
        """Of the part."""
        return len(self.result.stored)

    @property
    def published(self) -> tuple[I64, I64]:
        """Rows of the pairs in the table `pairs`."""
        ids = self.result.stored.article_id.series(range(self.articles))
        pairs = self.result.pairs
        a, b = (ids.search_sorted(pairs[name]).to_numpy() for name in ("a_id", "b_id"))
        return a, b


def rehearse(dump: Dump, config: Config) -> Rehearsal:
    """Run a part through all stages and write its tables, to a temporary place."""
    meter = Meter()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stemma-")))
        meter.watch = stack.enter_context(Watch())
        work = stack.enter_context(temporary())
        result = run(dump, config, meter=meter, work=work)
        with Folder(place / "out") as folder, meter.stage("write", len(dump.stored), "articles"):
            write(folder, result, dump, config)
        account = meter.account()
        candidates = work.keep("candidates", Candidates, _computed)
        return Rehearsal(
            result,
            {str(line["stage"]): float(str(line["seconds"])) for line in account},
            candidates.a,
            candidates.b,
            max(int(str(line["peak_mib"])) for line in account) * MEBIBYTE,
            _bytes(work),
            sum(path.stat().st_size for path in (place / "out").rglob("*") if path.is_file()),
        )


def part_of(dump: Dump, rows: I64) -> Dump:
    """Some of a dump's articles, by their rows, ascending."""
    stored = dump.stored
    strings = {
        name: replace(column, order=column.places(rows))
        for name in ("article_id", "title", "author", "url", "text")
        for column in [getattr(stored, name)]
    }
    columns = {
        name: getattr(stored, name)[rows]
        for name in ("source", "published_at", "published_precision")
    }
    return replace(dump, stored=replace(stored, **strings, **columns))


def scaled(config: Config, articles: int, whole: float, rows: int = 0, bands: int = 0) -> Config:
    """The config for a part: what hangs on how many articles there are, as in the whole.

    Args:
        config: of the whole.
        articles: of the part.
        whole: articles of the whole.
        rows, bands: the layout that the whole will have, where it is known.
    """
    cap = max(2, round(config.excerpts.max_articles * min(articles / whole, 1.0)))
    changes = {
        "excerpts": config.excerpts.model_copy(update={"max_articles": cap}),
        # As many batches as keep all threads busy.
        "run": config.run.model_copy(
            update={
                "batch": min(config.run.batch, max(articles // (4 * _threads(config)), 1)),
                "measure_recall": measures_recall(config.run, round(whole)),
            }
        ),
    }
    if bands:
        changes["near"] = config.near.model_copy(update={"bands": bands, "rows": rows})
    return config.model_copy(update=changes)


def _threads(config: Config) -> int:
    return thread_count(config.run.threads)


def _computed() -> Candidates:
    raise AssertionError("the run keeps its candidates")


def _bytes(work: Work) -> int:
    return sum(path.stat().st_size for path in work.folder.rglob("*") if path.is_file())
