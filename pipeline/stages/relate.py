"""What a pair is called, and the probability that it shares a text."""

import polars as pl

from pipeline.config import Relate
from pipeline.stages.candidates import asked_for, meant_alike
from pipeline.stages.evidence import Signal, collected
from pipeline.stages.fixed import added
from pipeline.stages.odds import log_odds as log_odds_of_retelling
from pipeline.stages.odds import odds_columns, probability_of, signals, unweighed

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
# How much of the shorter article passages and sentence links must cover, quotations apart, if what
# is copied is to make a rewrite, or a retelling that the model isn't sure of; of a short article
# few sentences can be aligned, however it was made. On real pages reports of one event or
# statement, templates and lists come out at p .5–.85 and below that share.
_MOSTLY = 0.5
_PARTLY = 0.4
_SURE = 0.85
# Tokens of a shorter article that may be hardly covered. Of fewer, telegrams of one kind are alike.
_SHORT, _BRIEF = 250, 100
_JUDGED = 20.0
# What `relation_of` looks at beside a pair's columns of the table `pairs`.
FEATURES = (
    "identical", "judged", "masked", "verbatim", "quoted", "shorter", "coverage", "copied",
    "retold", "prose",
)  # fmt: skip
# Probability from which a retelling is aligned, and kept for review if it isn't linked.
REVIEW = 0.2
_WEIGHTS = ("w_verbatim", "w_quoted", "w_containment", "w_identical")


def relate(pairs: pl.DataFrame, options: Relate) -> pl.DataFrame:
    """Name each pair's relation and drop those with nothing to review.

    Two arguments speak for a shared text: what is copied word for word, and how one text retells
    the other. They are not independent, so the stronger one is the probability.

    Args:
        pairs: as `with_prose` gives them, with `identical` (one normalised text), `judged` (an
            editor's yes or no, else null), `coverage` (share of the shorter's tokens in passages),
            and, if likeness was looked at, the columns of `odds_of`.
        options: the section `relate`.

    Returns:
        The pairs with `relation`, `probability`, `copied` and `share_evidence`.
    """
    log_odds = pl.max_horizontal("w_copied", log_odds_of_retelling())
    kept = (
        unweighed(pairs)
        .with_columns(**_weights())
        .with_columns(w_copied=added(pl.lit(_PRIOR), *(pl.col(name) for name in _WEIGHTS)))
        .with_columns(
            by_retelling=(log_odds_of_retelling() > pl.col("w_copied")).fill_null(value=False)
        )
        .with_columns(
            copied=probability_of(pl.col("w_copied")),
            probability=probability_of(log_odds + pl.col("w_judgement")),
        )
        .with_columns(relation=relation_of(options))
        .filter(
            (pl.col("relation") != "related")
            | (pl.col("verbatim") + pl.col("quoted") >= options.review_tokens)
            | (pl.col("retold") >= REVIEW)
            | meant_alike()
            | asked_for()
        )
    )
    evidence = _evidence(kept).alias("share_evidence")
    # What the model made of each feature is told in the evidence; nothing later looks at it.
    names = [name for name in pairs.columns if name not in odds_columns()]
    return kept.select(*names, "retold", "copied", "probability", "relation", evidence)


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
    )
    word = pl.when(pl.col("judged").is_null()).then(0.0).otherwise(judged)
    return dict(zip(_WEIGHTS, weights, strict=True)) | {"w_judgement": word}


def _evidence(rows: pl.DataFrame) -> pl.Series:
    contained = pl.max_horizontal("containment_a", "containment_b")
    verbatim, quoted, containment, identical = _WEIGHTS
    copied, retold = ~pl.col("by_retelling"), pl.col("by_retelling")
    return collected(
        rows,
        Signal("prior", pl.lit("a shared passage"), _PRIOR, copied),
        Signal(
            "verbatim", pl.format("{} of {} tokens", "verbatim", "shorter"), verbatim,
            copied & (pl.col("verbatim") > 0),
        ),
        Signal(
            "quoted", pl.format("{} tokens inside quotations", "quoted"), quoted,
            copied & (pl.col("quoted") > 0),
        ),
        Signal(
            "contained", pl.format("{} of the shorter's shingles", contained.round(2)),
            containment, copied & (contained > 0),
        ),
        Signal("identical", pl.lit("one normalised text"), identical, copied & pl.col("identical")),
        *signals(retold),
        Signal(
            "judgement", pl.lit("an editor's word"), "w_judgement", pl.col("judged").is_not_null()
        ),
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
        # One stock sentence in two briefs is a large share, too.
        "link_confidence": (
            pl.lit(value=True),
            pl.max_horizontal(
                pl.when(_told_anew()).then("retold").otherwise(-1.0),
                pl.when(_covered() >= _MOSTLY).then("copied").otherwise(-1.0),
            ),
        ),
        "partial_tokens": (pl.lit(value=True), pl.col("prose").cast(pl.Float64())),
    }
    return {name: pl.when(when).then(it).otherwise(-1.0) for name, (when, it) in counts.items()}


def _covered() -> pl.Expr:
    """Share of the shorter article that both tell, without what is quoted in both."""
    return pl.col("coverage") - pl.col("quoted") / pl.col("shorter").clip(lower_bound=1)


def _told_anew() -> pl.Expr:
    """Does a probability of retelling count?"""
    short = pl.col("shorter").is_between(_BRIEF, _SHORT, closed="left")
    return short | (pl.col("retold") >= _SURE) | (_covered() >= _PARTLY)


def relation_of(options: Relate) -> pl.Expr:
    """The relation by precedence; an editor's no keeps any pair from being linked."""
    reached = {name: it >= getattr(options, name) for name, it in strengths(options).items()}
    # Much is word for word, and less than half of the shorter is shared in any words.
    piece = (pl.col("verbatim") >= options.partial_tokens) & (pl.col("coverage") < _MOSTLY)
    unlinked, pinned = (pl.col("judged").eq_missing(pl.lit(word)) for word in (False, True))
    return (
        pl.when(unlinked).then(pl.lit("related"))
        .when("identical").then(pl.lit("identical"))
        .when(reached["near_copy"]).then(pl.lit("near_copy"))
        .when(reached["excerpt"]).then(pl.lit("excerpt"))
        .when(reached["link_confidence"] & ~piece | pinned).then(pl.lit("rewrite"))
        .when(reached["partial_tokens"]).then(pl.lit("partial"))
        .otherwise(pl.lit("related"))
    )  # fmt: skip


def with_ids(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Add `a_id` and `b_id` to pairs of rows."""
    ids = articles["article_id"]
    return pairs.with_columns(a_id=ids.gather(pairs["a"]), b_id=ids.gather(pairs["b"]))
