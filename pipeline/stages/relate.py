"""What a pair is called, and the probability that it shares a text."""

import polars as pl

from pipeline.config import Relate
from pipeline.stages.candidates import asked_for
from pipeline.stages.evidence import Signal, collected
from pipeline.stages.fixed import added

# Log-odds of sharing a text = _PRIOR + _VERBATIM · √(verbatim ÷ shorter) + _QUOTED · √(quoted ÷
# shorter) + _CONTAINMENT · larger containment, with tokens of the shorter article. Two newsrooms on
# one event have below .042 verbatim in 99 of 100 pairs: that share comes out at p = .13, a tenth at
# .33, a fifth at .62, a half at .99. Quotations are shared by reporters who were at the same event,
# and say little unless they are most of an article.
_PRIOR = -4.0
_VERBATIM = 9.0
_QUOTED = 2.0
_CONTAINMENT = 5.0
_IDENTICAL = 6.0
_JUDGED = 20.0
# What `relation_of` looks at beside a pair's columns of the table `pairs`.
FEATURES = ("identical", "judged", "masked", "verbatim", "quoted", "shorter", "coverage")
_WEIGHTS = ("w_verbatim", "w_quoted", "w_containment", "w_identical", "w_judgement")


def relate(pairs: pl.DataFrame, options: Relate) -> pl.DataFrame:
    """Name each pair's relation and drop those with nothing to review.

    Args:
        pairs: as `Verified.pairs`, with `identical` (one normalised text), `judged` (an editor's
            yes or no, else null) and `coverage` (share of the shorter's tokens in passages).
        options: the section `relate`.

    Returns:
        The pairs with `relation`, `probability` and `share_evidence`.
    """
    log_odds = added(pl.lit(_PRIOR), *(pl.col(name) for name in _WEIGHTS))
    kept = (
        pairs.with_columns(**_weights())
        .with_columns(probability=1.0 / (1.0 + (-log_odds).exp()))
        .with_columns(relation=relation_of(options))
        .filter(
            (pl.col("relation") != "related")
            | (pl.col("verbatim") + pl.col("quoted") >= options.review_tokens)
            | asked_for()
        )
    )
    evidence = _evidence(kept).alias("share_evidence")
    return kept.select(*pairs.columns, "probability", "relation").with_columns(evidence)


def _weights() -> dict[str, pl.Expr]:
    """Each signal's log-odds but the prior's."""
    verbatim, quoted = (
        (pl.col(name) / pl.col("shorter").clip(lower_bound=1)).clip(upper_bound=1.0).sqrt()
        for name in ("verbatim", "quoted")
    )
    contained = pl.max_horizontal("containment_a", "containment_b")
    judged = pl.when("judged").then(_JUDGED).otherwise(-_JUDGED)
    weights = (
        _VERBATIM * verbatim,
        _QUOTED * quoted,
        _CONTAINMENT * contained,
        pl.when("identical").then(_IDENTICAL).otherwise(0.0),
        pl.when(pl.col("judged").is_null()).then(0.0).otherwise(judged),
    )
    return dict(zip(_WEIGHTS, weights, strict=True))


def _evidence(rows: pl.DataFrame) -> pl.Series:
    contained = pl.max_horizontal("containment_a", "containment_b")
    verbatim, quoted, containment, identical, judgement = _WEIGHTS
    return collected(
        rows,
        Signal("prior", pl.lit("a shared passage"), _PRIOR, pl.lit(value=True)),
        Signal(
            "verbatim", pl.format("{} of {} tokens", "verbatim", "shorter"), verbatim,
            pl.col("verbatim") > 0,
        ),
        Signal(
            "quoted", pl.format("{} tokens inside quotations", "quoted"), quoted,
            pl.col("quoted") > 0,
        ),
        Signal(
            "contained", pl.format("{} of the shorter's shingles", contained.round(2)),
            containment, contained > 0,
        ),
        Signal("identical", pl.lit("one normalised text"), identical, pl.col("identical")),
        Signal("judgement", pl.lit("an editor's word"), judgement, pl.col("judged").is_not_null()),
    )  # fmt: skip


def strengths(options: Relate) -> dict[str, pl.Expr]:
    """By knob of the section `relate`, what a pair has to set against it; −1 where nothing counts.

    Pairs have `FEATURES`, Jaccard, containments and probability. None of the knobs named is read
    here; `review_tokens` is.
    """
    # Half of a dozen tokens is no excerpt, and what little masking left makes no near copy.
    enough = pl.col("verbatim") + pl.col("quoted") >= options.review_tokens
    counts = {
        "near_copy": (enough | ~pl.col("masked"), pl.col("jaccard")),
        "excerpt": (enough, pl.max_horizontal("containment_a", "containment_b")),
        # As long as only verbatim passages are seen, a retelling is told by how much they cover:
        # one stock sentence in two briefs is a large share, too.
        "link_confidence": (pl.col("coverage") >= 0.5, pl.col("probability")),
        "partial_tokens": (pl.lit(value=True), pl.col("verbatim").cast(pl.Float64())),
    }
    return {name: pl.when(when).then(it).otherwise(-1.0) for name, (when, it) in counts.items()}


def relation_of(options: Relate) -> pl.Expr:
    """The relation by precedence; an editor's no keeps any pair from being linked."""
    reached = {name: it >= getattr(options, name) for name, it in strengths(options).items()}
    unlinked, pinned = (pl.col("judged").eq_missing(pl.lit(word)) for word in (False, True))
    return (
        pl.when(unlinked).then(pl.lit("related"))
        .when("identical").then(pl.lit("identical"))
        .when(reached["near_copy"]).then(pl.lit("near_copy"))
        .when(reached["excerpt"]).then(pl.lit("excerpt"))
        .when(reached["link_confidence"] | pinned).then(pl.lit("rewrite"))
        .when(reached["partial_tokens"]).then(pl.lit("partial"))
        .otherwise(pl.lit("related"))
    )  # fmt: skip


def with_ids(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Add `a_id` and `b_id` to pairs of rows."""
    ids = articles["article_id"]
    return pairs.with_columns(a_id=ids.gather(pairs["a"]), b_id=ids.gather(pairs["b"]))
