"""A figure with what it was counted from, and its 95 % interval."""

from dataclasses import dataclass

from pipeline.stages.shares import wilson


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        section: what is measured: pairs, clusters, derivations, …
        name: of the figure.
        part: what it is restricted to ("kind cut", "outlet …"); empty: nothing.
        value: None where nothing was there to be measured.
        low: lower end of the 95 % interval; None where there is none to be given.
        high: upper end.
        hits: what was counted, where the figure is a share.
        of: of how many; for a mean, of how many items.
    """

    section: str
    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    hits: float | None = None
    of: float | None = None
    part: str = ""


def rate(section: str, name: str, hits: float, of: float, part: str = "") -> Figure:
    """A share, with Wilson's interval."""
    if not of:
        return Figure(section, name, None, hits=hits, of=of, part=part)
    told = wilson(hits / of, of)
    return Figure(section, name, told.share, told.low, told.high, hits, of, part)


def f1(section: str, right: float, wrong: float, missed: float, part: str = "") -> Figure:
    """F1 = 2 TP ÷ (2 TP + FP + FN).

    It is 2 J ÷ (1 + J) of J = TP ÷ (TP + FP + FN), which is a share: so its interval's ends are
    those of J, turned the same way.
    """
    of = right + wrong + missed
    if not of:
        return Figure(section, "F1", None, hits=right, of=of, part=part)
    told = wilson(right / of, of)
    low, high = (2 * end / (1 + end) for end in (told.low, told.high))
    return Figure(section, "F1", 2 * right / (right + of), low, high, right, of, part)


def harmonic(x: float | None, y: float | None) -> float | None:
    """The harmonic mean of two shares: F1 of a precision and a recall."""
    if x is None or y is None:
        return None
    return 2 * x * y / (x + y) if x + y else 0.0
