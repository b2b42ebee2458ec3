"""Who took from whom, as the run decided it, in one sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pipeline.explain.model import Article, Derivation, Scores

_MOST_HOPS = 50
# Languages in which one character is one token.
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
# An article id → its rows of `derivations`.
RowsOf = Callable[[str], Sequence[Derivation]]


@dataclass(frozen=True)
class Lineage:
    """An article's sources, from the nearest on.

    Attributes:
        hops: rank 1 rows that were decided "derived", each the source of the one before.
        end: the main row of the last article, which names no source in the dump; null where it
            has none.
    """

    hops: tuple[Derivation, ...]
    end: Derivation | None

    @property
    def ids(self) -> list[str]:
        """The sources."""
        return [str(hop.source_id) for hop in self.hops]

    @property
    def unseen(self) -> str | None:
        """The text at their end, if it isn't in the dump."""
        return self.end.unseen_source if self.end else None

    def chance(self, source_id: str | None = None) -> str:
        """Of the least sure step up to a source; null: to the end."""
        steps = [*self.hops, *([self.end] if self.end else [])]
        if source_id is not None:
            steps = steps[: self.ids.index(source_id) + 1]
        return chance(min(step.probability for step in steps))


def lineage(article_id: str, rows_of: RowsOf) -> Lineage:
    """Follow the main source of an article, of that source, and so on."""
    hops: list[Derivation] = []
    seen = {article_id}
    main = _main(rows_of(article_id))
    while main and main.source_id and main.source_id not in seen and len(hops) < _MOST_HOPS:
        hops.append(main)
        seen.add(main.source_id)
        main = _main(rows_of(main.source_id))
    return Lineage(tuple(hops), main)


def _main(rows: Sequence[Derivation]) -> Derivation | None:
    return next((row for row in rows if row.rank == 1), None)


def chance(probability: float) -> str:
    """A probability as text: ".97", "> .99", "< .01".

    Example:
        >>> chance(0.974), chance(0.9991), chance(0.0004)
        ('= .97', '> .99', '< .01')
    """
    if probability > 0.99:
        return "> .99"
    if probability < 0.01:
        return "< .01"
    return f"= {probability:.2f}".replace("0.", ".")


def span(lag: timedelta) -> str:
    """A delay in its two largest units.

    Example:
        >>> span(timedelta(days=3, hours=18, minutes=10)), span(timedelta(minutes=4))
        ('3 d 18 h', '4 min')
    """
    minutes = round(lag.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    units = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (rest, "min")) if n]
    return " ".join(units[:2]) or "under a minute"


def behind(lag: timedelta) -> str:
    """How much later the taker is than its source, or dated earlier, where credits say so.

    Example:
        >>> behind(timedelta(hours=3)), behind(timedelta(minutes=-90))
        ('3 h after it', 'though dated 1 h 30 min before it')
    """
    late = lag >= timedelta(0)
    return f"{span(lag)} after it" if late else f"though dated {span(-lag)} before it"


def unit_of(a: Article, b: Article) -> str:
    """What a token of the two is to a reader."""
    return "characters" if {a.language, b.language} <= _UNSPACED else "words"


def verdict(
    a: Article,
    b: Article,
    scores: Scores,
    lines: tuple[Lineage, Lineage],
    *,
    linked: bool,
    masked: bool,
) -> str:
    """What can be said of the two, the surest first."""
    direct = links_between(a, b)
    if direct:
        return "; ".join(_took(row) for row in direct) + "."
    told = _through_others(a, b, lines)
    if told:
        return f"{told}."
    if linked:
        text = "its whole text" if scores.relation == "identical" else "text"
        told = f"{a.article_id} shares {text} with {b.article_id}"
        return f"{told}; it can't be told who took from whom."
    shared = scores.verbatim + scores.quoted
    nothing = "nothing but boilerplate" if masked else "no passage"
    what = f"passages of {shared} {unit_of(a, b)}" if shared else nothing
    return f"{a.article_id} and {b.article_id} share {what}, and aren't linked."


def links_between(a: Article, b: Article) -> list[Derivation]:
    """The rows that name one of the two as the other's source."""
    ids = {a.article_id, b.article_id}
    return [row for x in (a, b) for row in x.decisions if {row.derived_id, row.source_id} == ids]


def _took(row: Derivation) -> str:
    what = "a passage from" if row.relation == "partial" else "from"
    credit = {True: ", and names it", False: ", and doesn't name it", None: ""}[row.credited]
    lag = f", {behind(row.lag)}" if row.lag is not None else ""
    p = chance(row.probability)
    return f"{row.derived_id} likely took {what} {row.source_id} (p {p}){lag}{credit}"


def _through_others(a: Article, b: Article, lines: tuple[Lineage, Lineage]) -> str | None:
    for (x, y), line in zip(((a, b), (b, a)), lines, strict=True):
        if y.article_id in line.ids:
            hops = line.hops[: line.ids.index(y.article_id) + 1]
            told = (f"likely took from {it.source_id} (p {chance(it.probability)})" for it in hops)
            return f"{x.article_id} " + ", which ".join(told)
    shared = [source for source in lines[0].ids if source in lines[1].ids]
    if shared:
        chances = " and ".join(line.chance(shared[0]) for line in lines)
        return f"both likely took from {shared[0]} (p {chances})"
    name = lines[0].unseen
    if name is not None and name == lines[1].unseen:
        chances = " and ".join(line.chance() for line in lines)
        whose = "" if name.startswith("unseen:") else f": {name}'s"
        return f"both likely took from a text that isn't in the dump{whose} (p {chances})"
    return None
