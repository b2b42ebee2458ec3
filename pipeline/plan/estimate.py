"""Time, memory and disk of the whole run, from a rehearsal of a part of it; each with its basis."""

from dataclasses import dataclass

from pipeline.plan.rehearsal import Rehearsal

# What a run holds beside what its batches take: for each article, by what stages keep of all of
# them in memory (ids, groups, dates, outlets), and for each pair in the table `pairs`, most of
# which is its evidence. Measured on runs of 18,661 to 1,000,000 articles.
_PER_ARTICLE, _PER_PAIR = 150, 2900
# Parquet is inflated and hashed at so many bytes of the file a second.
_PARQUET_RATE = 4e8
# Below so many pairs in the sample, the invented articles tell better what one costs.
_ENOUGH_PAIRS = 400
_BY_PAIRS = ("verify", "relate", "clusters", "derivation", "ledger")
# Of a dump of an outlet's worth, what is looked at grows more slowly than the dump.
_BENDING = ("language",)


@dataclass(frozen=True)
class Estimate:
    """One figure, and what it rests on."""

    name: str
    value: float
    basis: str


@dataclass(frozen=True)
class Measured:
    """What was measured before the whole is run.

    Attributes:
        first: seconds that starting and loading took.
        idle: of next to no articles: what stages take however little there is.
        made: of invented articles with many pairs.
        half, sample: of parts of the dump.
    """

    first: float
    idle: Rehearsal
    made: Rehearsal
    half: Rehearsal
    sample: Rehearsal


@dataclass(frozen=True)
class Whole:
    """The dump that is to be run.

    Attributes:
        articles: how many; estimated where only reading them would tell.
        compared, published: pairs, as the sample leads to expect.
        parquet: bytes of Parquet files.
        read: seconds that reading the sample took.
        joined: articles that a run measures its recall by, `run.recall_sample`.
    """

    articles: float
    compared: float
    published: float
    parquet: int
    read: float
    joined: int = 0


def seconds_of(whole: Whole, measured: Measured) -> tuple[Estimate, ...]:
    """Seconds of each stage of the whole run, on this machine as busy as it is now."""
    sample = measured.sample
    times = whole.articles / sample.articles
    told = [
        Estimate("start", measured.first, "measured: imports, kernels from the cache"),
        Estimate(
            "read",
            whole.read * times + whole.parquet / _PARQUET_RATE,
            f"the sample's, times {times:,.1f}; files in the system's cache",
        ),
    ]
    for stage, took in sample.seconds.items():
        if stage in _BY_PAIRS:
            told.append(_by_pairs(stage, whole, measured))
        elif stage == "recall":
            told.append(_recall(stage, whole, sample))
        elif stage in _BENDING and times > 1:
            told.append(_bending(stage, whole, measured))
        else:
            idle = min(measured.idle.seconds[stage], took / 2)
            told.append(
                Estimate(stage, idle + (took - idle) * times, f"the sample's, times {times:,.1f}")
            )
    return tuple(told)


def _by_pairs(stage: str, whole: Whole, measured: Measured) -> Estimate:
    """Seconds by the number of pairs: those compared for `verify`, else those in `pairs`."""
    verify = stage == "verify"
    pairs = whole.compared if verify else whole.published
    own = len(measured.sample.a) if verify else measured.sample.result.pairs.height
    used, where = measured.sample, "sample"
    if own < _ENOUGH_PAIRS:
        used, where = measured.made, "invented articles"
    count = len(used.a) if verify else used.result.pairs.height
    # On a busy machine what is next to nothing may take long.
    idle = min(measured.idle.seconds[stage], used.seconds[stage] / 2)
    each = (used.seconds[stage] - idle) / max(count, 1)
    basis = f"{pairs:,.0f} pairs at {each * 1e6:,.1f} µs, as measured on the {where}"
    return Estimate(stage, idle + each * pairs, basis)


def _recall(stage: str, whole: Whole, sample: Rehearsal) -> Estimate:
    """Seconds by the sets that are made: those of the articles joined, and those of all."""
    joined, before = (min(whole.joined, n) for n in (whole.articles, sample.articles))
    times = (joined + whole.articles) / (before + sample.articles)
    basis = f"the sample's, times {times:,.1f}: sets of {joined:,.0f} articles joined and of all"
    return Estimate(stage, sample.seconds[stage] * times, basis)


def _bending(stage: str, whole: Whole, measured: Measured) -> Estimate:
    """Seconds along the line through a part and a part of that."""
    half, sample = measured.half, measured.sample
    more = max(sample.articles - half.articles, 1)
    took = sample.seconds[stage]
    steady = took / sample.articles
    slope = min(max((took - half.seconds[stage]) / more, steady / 10), steady)
    return Estimate(
        stage,
        took + slope * (whole.articles - sample.articles),
        f"the line through samples of {half.articles:,} and {sample.articles:,} articles",
    )


def memory_of(whole: Whole, measured: Measured) -> Estimate:
    """Bytes held at the peak, as run.json and run.memory_limit count them."""
    sample = measured.sample
    further = max(whole.articles - sample.articles, 0.0)
    pairs = max(whole.published - sample.result.pairs.height, 0.0)
    return Estimate(
        "memory",
        sample.peak + _PER_ARTICLE * further + _PER_PAIR * pairs,
        f"the sample's peak ({sample.peak / 2**20:,.0f} MiB), {_PER_ARTICLE} bytes for each "
        f"further article and {_PER_PAIR:,} for each of {pairs:,.0f} further pairs",
    )


def disk_of(whole: Whole, measured: Measured) -> tuple[Estimate, Estimate]:
    """Bytes of OUT.work at its largest, which holds the tables too, and of OUT."""
    sample = measured.sample
    times = whole.articles / sample.articles
    steps, tables = sample.work * times, sample.output * times
    basis = f"the sample's, times {times:,.1f}"
    return (
        Estimate("work", steps + tables, f"{basis}: intermediate results and tables together"),
        Estimate("output", tables, basis),
    )
