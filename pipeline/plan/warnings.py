"""What the user should know before a run is begun."""

from collections.abc import Iterator

from pipeline.kernels.bands import ROW_BITS
from pipeline.plan.facts import Facts

_UNDATED, _SHORT, _MASKED, _HEAVY, _REJECTED = 0.5, 0.1, 0.3, 0.5, 0.1
_FEW, _SAME = 2, 0.02
_GIB = 1 << 30


def of_facts(facts: Facts, articles: float, rejected: float) -> Iterator[str]:
    """Warnings about the articles.

    Args:
        facts: of the sample.
        articles: of the whole.
        rejected: share of rows that can't be used.
    """
    if articles > 1 << ROW_BITS:
        yield (
            f"about {articles:,.0f} articles, and a run takes {1 << ROW_BITS:,} at most: "
            "cut the dump in parts, by date for example"
        )
    if articles < _FEW:
        yield "a single article: there is nothing to compare it with"
    if facts.dated == 0:
        yield "no article has a date: without dates nearly every direction stays undecided"
    elif facts.dated < 1 - _UNDATED:
        yield (
            f"{1 - facts.dated:.0%} of the articles have no date that can be read: "
            "see read.columns.published_at and read.day_first"
        )
    if facts.outlets == 0:
        yield "no article names its outlet: see read.columns.source; no boilerplate is learned"
    elif facts.outlets == 1:
        yield "one outlet only: there are no flows between outlets to find"
    if facts.short > _SHORT:
        yield (
            f"{facts.short:.0%} of the texts are shorter than one shingle: "
            "they match only where they are equal"
        )
    if facts.bare > _SHORT:
        yield f"{facts.bare:.0%} of the texts are nearly empty: less than twenty words of their own"
    if facts.boilerplate > _MASKED:
        yield f"{facts.boilerplate:.0%} of all words are boilerplate and masked"
    if facts.heaviest > _HEAVY:
        yield f"one block of boilerplate stands in {facts.heaviest:.0%} of the articles"
    if rejected > _REJECTED:
        yield f"{rejected:.0%} of the rows can't be used; the run's table rejects says why"


def of_machine(
    memory: float, disk: float, limit: float, installed: float, free: float, place: str
) -> Iterator[str]:
    """Warnings about room, all in bytes; a limit of 0 is none."""
    if limit and memory > limit:
        yield (
            f"some {memory / _GIB:.1f} GiB of memory will be needed, and run.memory_limit is "
            f"{limit / _GIB:g} GiB: raise it, or try -c bulk or --threads 1"
        )
    if memory > installed:
        yield (
            f"some {memory / _GIB:.1f} GiB of memory will be needed, and this machine has "
            f"{installed / _GIB:.1f}: cut the dump in parts, or try -c bulk"
        )
    if disk > free:
        yield (
            f"some {disk / _GIB:.1f} GiB of disk will be needed while the run goes on, and "
            f"{place} has {free / _GIB:.1f} free"
        )
