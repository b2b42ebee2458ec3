"""All of `derivations`: the stories' copy trees, and what articles took beside them."""

import polars as pl

from pipeline.config import Derivation
from pipeline.documents import Documents
from pipeline.stages.claims import Facts
from pipeline.stages.derivation import derive
from pipeline.stages.direction import leanings
from pipeline.stages.further import further_sources
from pipeline.stages.kinship import with_kinship
from pipeline.stages.spread import Spread
from pipeline.stages.twins import derivation_pairs, rivals
from pipeline.stages.witnesses import with_agreement
from pipeline.tables import DERIVATIONS, JOINING


def derivations_of(
    pairs: pl.DataFrame,
    held: pl.DataFrame,
    passages: pl.DataFrame,
    facts: Facts,
    documents: Documents,
    options: Derivation,
    spread: Spread = map,
) -> pl.DataFrame:
    """The table `derivations`.

    Args:
        pairs: related and directed pairs, with `pair` and `verbatim`; their evidence isn't used.
        held: those that hold stories together.
        passages: `pair`, token places on both sides.
        facts: articles with their stories, credits, links, and what is known of outlets.
        documents: of all articles.
        options: the section `derivation`.
        spread: runs blocks of pairs.
    """
    compared = leanings(derivation_pairs(held, facts), facts.clues)
    compared = with_kinship(compared, documents, spread)
    compared = with_agreement(compared, facts, documents, spread)
    main = derive(compared, rivals(held, facts), facts, options)
    linked = pairs.filter(pl.col("relation").is_in([*JOINING, "partial"]))
    further = further_sources(linked, passages, main, facts, options)
    return DERIVATIONS.check(pl.concat([main, further]))
