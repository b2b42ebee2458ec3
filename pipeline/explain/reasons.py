"""What kept two articles apart, or might have: settings, finders, and all the rest."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from pipeline.config import Config
from pipeline.explain.compare import Comparison
from pipeline.explain.model import Finder, Threshold
from pipeline.explain.verdict import chance
from pipeline.stages.candidates import prints_needed
from pipeline.stages.relate import REVIEW
from pipeline.stages.signatures import Layout, Sketches


def thresholds(row: Mapping[str, Any], config: Config, unit: str) -> tuple[Threshold, ...]:
    """What each setting asks of a pair, by the precedence of relations."""
    asks = config.relate
    return (
        _asked("relate.near_copy", "near_copy", "Jaccard", asks.near_copy, row["jaccard"]),
        _asked(
            "relate.excerpt", "excerpt", "containment of the shorter", asks.excerpt,
            max(row["containment_a"], row["containment_b"]),
        ),
        _asked(
            "relate.link_confidence", "rewrite", "probability of a shared text",
            asks.link_confidence, row["probability"],
        ),
        _asked(
            "relate.partial_tokens", "partial", f"verbatim {unit} outside quotations",
            asks.partial_tokens, row["prose"],
        ),
        _asked(
            "relate.review_tokens", "related", f"verbatim {unit}, quotations too",
            asks.review_tokens, row["verbatim"] + row["quoted"],
        ),
    )  # fmt: skip


def _asked(setting: str, gives: str, measure: str, asked: float, reached: float) -> Threshold:
    short = max(0.0, asked - reached)
    return Threshold(setting, gives, measure, asked, reached, short, short == 0)


def finders(
    comparison: Comparison, found_by: Collection[str], layout: Layout, config: Config
) -> tuple[Finder, ...]:
    """Whether the finders would have proposed the pair, or did, by the table's `found_by`."""
    jaccard = comparison.row["jaccard"]
    semantic = (_by_meaning("semantic" in found_by, config),) if config.semantic.enabled else ()
    return (
        _by_bands(comparison.sketches, jaccard, layout),
        _by_fingerprints(comparison.sketches, config),
        _by_retellings("retellings" in found_by, config),
        *semantic,
    )


def _by_meaning(proposed: bool, config: Config) -> Finder:
    options = config.semantic
    if proposed:
        return Finder("semantic", proposes=True, detail="the model's vectors of their words agree")
    detail = (
        f"neither is among the {options.neighbours} articles nearest to the other in meaning, or "
        f"the cosine is below {options.similarity:g}; which are nearest hangs on the whole dump "
        "and can't be checked here"
    )
    return Finder("semantic", proposes=False, detail=detail)


def _by_retellings(proposed: bool, config: Config) -> Finder:
    options = config.retellings
    if not options.enabled:
        return Finder("retellings", proposes=False, detail="off in this run (retellings.enabled)")
    if proposed:
        return Finder("retellings", proposes=True, detail="rare words and word pairs agree")
    detail = (
        f"neither is among the {options.neighbours} articles most like the other by rare words, or "
        f"what they share gives less than p {chance(REVIEW)}; how rare words are hangs on all "
        "articles and can't be checked here"
    )
    return Finder("retellings", proposes=False, detail=detail)


def _by_bands(sketches: Sketches, jaccard: float, layout: Layout) -> Finder:
    slots = sketches.signatures[:, : layout.bands * layout.rows]
    equal = (slots[0] == slots[1]).reshape(layout.bands, layout.rows).all(axis=1)
    detail = (
        f"{equal.sum()} of {layout.bands} bands of {_count(layout.rows, 'row')} agree, 1 needed; "
        f"this layout catches a pair so alike with p {chance(layout.catches(jaccard))}"
    )
    return Finder("bands", bool(equal.any()), detail)


def _by_fingerprints(sketches: Sketches, config: Config) -> Finder:
    options = config.excerpts
    if not options.enabled:
        return Finder("fingerprints", proposes=False, detail="off in this run (excerpts.enabled)")
    first, second = np.split(sketches.prints, sketches.owned[1:-1])
    shared = len(np.intersect1d(first, second))
    least = int(prints_needed(sketches, options.sample).min())
    detail = (
        f"{_count(shared, 'sampled fingerprint')} shared, {least} needed; those that stand in more "
        f"than {options.max_articles} articles don't count, which can't be checked here"
    )
    return Finder("fingerprints", shared >= least, detail)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
