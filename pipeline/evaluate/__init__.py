"""A run beside known answers: what it found, what it missed, and how well it knew."""

from pipeline.evaluate.figures import Figure
from pipeline.evaluate.measure import Measured, Options, measure
from pipeline.evaluate.mistakes import Mistake
from pipeline.evaluate.truth import Truth
from pipeline.evaluate.truth_sets import read_truth

__all__ = ["Figure", "Measured", "Mistake", "Options", "Truth", "measure", "read_truth"]
