"""Why two articles are linked, or why not: one run's answer, and what the texts say on the spot."""

from pipeline.explain.answer import explain
from pipeline.explain.model import Explanation
from pipeline.explain.unseen import Unseen, unseen

__all__ = ["Explanation", "Unseen", "explain", "unseen"]
