"""What quality may not fall below: the figures of the whole job, a little under what was measured.

A figure is named by the truth, and by section, name and part as `stemma evaluate` gives them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.evaluate import Figure, Measured


@dataclass(frozen=True)
class Floor:
    """One figure and what it may not fall below, or, `most`, rise above."""

    truth: str
    section: str
    name: str
    part: str
    bound: float
    most: bool = False

    def holds(self, value: float | None) -> bool:
        """Is it so?"""
        if value is None:
            return False
        return value <= self.bound if self.most else value >= self.bound


FLOORS = (
    Floor("versions", "pairs", "precision", "", 0.935),
    Floor("versions", "pairs", "recall", "", 0.92),
    Floor("versions", "candidates", "in pairs", "", 0.935),
    Floor("versions", "clusters", "pairwise precision", "", 0.93),
    Floor("versions", "clusters", "B-cubed F1", "", 0.925),
    Floor("versions", "clusters", "adjusted Rand index", "", 0.9),
    Floor("versions", "probability", "expected calibration error", "", 0.05, most=True),
    Floor("answers", "pairs", "precision", "", 0.95),
    Floor("answers", "pairs", "recall", "kind cut", 0.85),
    Floor("answers", "pairs", "recall", "kind light", 0.9),
    Floor("answers", "pairs", "recall", "kind heavy", 0.9),
    Floor("answers", "pairs", "negatives linked", "kind non", 0.06, most=True),
    Floor("events", "pairs", "negatives linked", "one event", 0.03, most=True),
    Floor("chains", "pairs", "precision", "", 0.99),
    Floor("chains", "pairs", "recall", "kind 5", 0.98),
    Floor("chains", "pairs", "recall", "kind 100", 0.9),
    Floor("chains", "clusters", "adjusted Rand index", "", 0.97),
    Floor("chains", "clusters", "pairwise precision", "", 0.99),
    Floor("rewrites", "pairs", "recall", "kind chatgpt-rewrite", 0.885),
    Floor("rewrites", "pairs", "recall", "kind chatgpt-paraphrase", 0.97),
    Floor("rewrites", "pairs", "recall", "kind chatgpt-open_ended", 0.235),
    Floor("passages", "passages", "plagdet", "", 0.94),
    Floor("passages", "passages", "plagdet", "kind no-obfuscation", 0.97),
    Floor("truth", "pairs", "precision", "", 1.0),
    Floor("truth", "pairs", "recall", "", 1.0),
    Floor("truth", "clusters", "B-cubed F1", "", 1.0),
    Floor("truth", "derivations", "F1", "directed", 1.0),
    Floor("truth", "decisions", "right", "", 1.0),
)


def figures(told: Iterable[Measured]) -> Iterator[tuple[Floor, Figure | None]]:
    """Each floor of these truths, and the figure it is for."""
    known = {
        (one.name, figure.section, figure.name, figure.part): figure
        for one in told
        for figure in one.figures
    }
    truths = {name for name, *_ in known}
    for floor in FLOORS:
        if floor.truth in truths:
            yield floor, known.get((floor.truth, floor.section, floor.name, floor.part))
