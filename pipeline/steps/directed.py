"""Pairs with what they are called and who took it from whom; first, how far dates are right."""

from dataclasses import dataclass, replace

import polars as pl

from pipeline.stages.claims import facts_of
from pipeline.stages.clues import Clues
from pipeline.stages.differences import differences
from pipeline.stages.direction import direct
from pipeline.stages.kinship import with_kinship
from pipeline.stages.prose import with_prose
from pipeline.stages.published import pairs_table
from pipeline.stages.relate import relate, with_ids
from pipeline.stages.reliability import clocks_of
from pipeline.stages.spread import ranges
from pipeline.stages.text_clues import TextClues, text_clues, together
from pipeline.stages.twins import derivation_pairs
from pipeline.steps.compared import Found
from pipeline.steps.job import Job
from pipeline.steps.normalised import Read
from pipeline.tables import JOINING

_LINK = ("a", "b", "relation", "probability", "jaccard", "containment_a", "containment_b")
_PAIRS = 200_000  # whose evidence is being weighed at a time


@dataclass(frozen=True)
class Directed:
    """What is known of pairs.

    Attributes:
        pairs: without their evidence, for later stages.
        published: the table `pairs`.
        clues: with what texts tell, and how far dates are relied on.
    """

    pairs: pl.DataFrame
    published: pl.DataFrame
    clues: Clues


def directed(read: Read, found: Found, about: pl.DataFrame, clues: Clues, job: Job) -> Directed:
    """Relations, then what the texts say of direction, then dates, then direction."""
    related, texts = list[pl.DataFrame](), list[TextClues]()
    for rows in ranges(max(len(found.verified.pairs), 1), _PAIRS):
        part = with_prose(found.verified.pairs[rows.start : rows.stop], about)
        related.append(with_ids(relate(part, job.config.relate), about))
        texts.append(_compared(related[-1], read, found, job))
    clues = replace(clues, texts=together(texts))
    joining = pl.col("relation").is_in(JOINING)
    linked = pl.concat([part.filter(joining).select(_LINK) for part in related])
    # As for derivation: of identical articles, which one stands for the others hangs on its id.
    facts = facts_of(about.with_columns(cluster_id=None), clues, job.config.outlets)
    linked = with_kinship(derivation_pairs(linked, facts), read.documents, job.spread)
    clues = replace(clues, clocks=clocks_of(linked, clues))
    slim, published = list[pl.DataFrame](), list[pl.DataFrame]()
    for part in related:
        told = direct(part, clues)
        slim.append(told.drop("share_evidence", "direction_evidence"))
        published.append(pairs_table(told))
    return Directed(pl.concat(slim), pl.concat(published), clues)


def _compared(pairs: pl.DataFrame, read: Read, found: Found, job: Job) -> TextClues:
    """What the texts of some pairs tell."""
    differing = differences(
        pairs, found.verified.passages, read.documents, read.articles.text, job.spread
    )
    return text_clues(pairs, differing, found.group, job.config.derivation.regime)
