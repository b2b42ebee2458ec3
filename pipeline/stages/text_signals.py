"""What the texts of pairs add to the log-odds of direction, as columns and as evidence.

With P the probability that one revises the other, rather than retells, trims or excerpts it, the
texts' log-odds are those of P · p_revision + (1 − P) · p_reuse; each model of direction gives its
p: where they disagree and P is open, nothing is said. They count as far as both are one text.
What pieces of longer texts share is judged by how the passages fit what stands around them.
"""

import polars as pl

from pipeline.stages.evidence import Signal
from pipeline.stages.fixed import added
from pipeline.stages.odds import probability_of
from pipeline.stages.text_clues import Regime

# Texts of one outlet are seldom retold, and those of one page hardly ever.
_SAME_OUTLET = 1.5
_SAME_PAGE = 4.0
# Two retellings of a third text each keep details that the other dropped; what is retold from the
# other has few of its own. Among retellings made by machine, with siblings as frequent as sources,
# a third text stands behind .36 of the pairs where the poorer side has less than a fifth of the
# richer one's details, behind .73 with two fifths, and .8 above. It is a weak sign (area under the
# curve .5 to .7), and of how often a source is missing from a dump it says nothing.
_BOTH = 2.5
_ONE = -0.5
_FEW = 2.0  # so many details count half
# A revision is made from what was there before, and needs no third text. That is said of one
# outlet's texts, or where revisions are what the dump is said to hold: two outlets whose texts are
# nearly one, each edited all over, often have them from one agency. Versions of one page are told
# of already.
_REVISED = -2.0
_BALANCED = 3.0  # times as long as the shorter is where a longer text begins to be another
_LEAST = 0.05  # log-odds that are shown
# The signals that mean the same from either side.
MUTUAL = ("both", "revised")
DIRECTED = ("text", "regime_shift", "surroundings")


def with_text_signals(rows: pl.DataFrame, regime: Regime) -> pl.DataFrame:
    """Add `text`, `regime_shift`, `surroundings`, `both` and `revised`, in log-odds.

    Args:
        rows: the columns of `TextClues.of`, `same_outlet` and `same_url`.
        regime: from the section `derivation`.
    """
    main = pl.when(pl.col("p_revised") >= 0.5).then("revision").otherwise("reuse")
    shift = _mixed(1.0).log() - _mixed(-1.0).log() - pl.col("main")
    richer, poorer = pl.max_horizontal(*_DETAILS), pl.min_horizontal(*_DETAILS)
    third = (_BOTH * poorer + _ONE * richer) / (richer + _FEW)
    revised, whole = pl.col("p_revised"), pl.col("whole")
    return (
        rows.with_columns(p_revised=_revised(regime))
        .with_columns(main=main, whole=_whole(regime))
        .with_columns(
            text=whole * pl.col("main"),
            regime_shift=whole * shift,
            surroundings=(1.0 - revised) * (1.0 - whole) * pl.col("passage"),
            both=whole * (1.0 - revised) * third,
            revised=pl.when(_one_house(regime)).then(whole * _REVISED * revised).otherwise(0.0),
        )
    )


def _one_house(regime: Regime) -> pl.Expr:
    """Are the two one house's, though not of one page?"""
    return (pl.col("same_outlet") | pl.lit(regime == "revision")) & ~pl.col("same_url")


def _whole(regime: Regime) -> pl.Expr:
    """How far the two are one text, rather than longer ones that share a piece.

    Of a short text inside a much longer one it can't be told which was made from the other by what
    only the longer has; an article does grow like that. Where the dump is said to hold revisions,
    all that share anything are.
    """
    if regime == "revision":
        return (pl.col("shared") > 0).cast(pl.Float64())
    revised = pl.col("p_revised")
    balanced = (_BALANCED * pl.col("balance")).clip(upper_bound=1.0)
    return pl.col("shared") * added(revised, (1.0 - revised) * balanced)


def _revised(regime: Regime) -> pl.Expr:
    """The probability that the one revises the other."""
    if regime != "auto":
        return pl.lit(1.0 if regime == "revision" else 0.0)
    outlet = pl.when("same_outlet").then(_SAME_OUTLET).otherwise(0.0)
    page = pl.when("same_url").then(_SAME_PAGE).otherwise(0.0)
    return probability_of(added(pl.col("regime"), outlet, page))


def _mixed(sign: float) -> pl.Expr:
    """The chance of one direction: of "a from b" with 1, of "b from a" with −1."""
    ways = [probability_of(sign * pl.col(name)) for name in ("revision", "reuse")]
    chance = pl.col("p_revised")
    return added(chance * ways[0], (1.0 - chance) * ways[1])


def _of_side(side: str) -> pl.Expr:
    kinds = ("names", "numbers", "quoted")
    return added(*(pl.col(f"{name}_{side}").cast(pl.Float64()) for name in kinds))


_DETAILS = (_of_side("a"), _of_side("b"))


def text_evidence() -> tuple[Signal, ...]:
    """Rows of evidence of a frame with what `with_text_signals` adds."""
    text, shift, around, both, revised = (pl.col(name) for name in (*DIRECTED, *MUTUAL))
    kinds = ("names", "numbers", "quoted", "words")
    # Said of the source that the signal speaks for, so that it holds as seen from either side.
    alone = pl.format(
        "names {}, numbers {}, quoted words {}, longer words {} in the likelier source alone; "
        "in the other {}, {}, {}, {}",
        *(_likelier(name, text) for name in kinds), *(_other(name, text) for name in kinds),
    )  # fmt: skip
    like = pl.when(pl.col("p_revised") >= 0.5).then(pl.lit("like a revision"))
    regime = pl.format(
        "{} (p {} of a revision)",
        like.otherwise(pl.lit("like a retelling or a cut copy")),
        pl.col("p_revised").round(2),
    )
    recurring = pl.format(
        "words of shared passages recur around them {} times in the likelier source, {} in the "
        "other", _likelier("recurring", around), _other("recurring", around),
    )  # fmt: skip
    each = pl.format(
        "names, numbers and quoted words that one alone has: {} and {}",
        *(it.cast(pl.Int64()) for it in (pl.max_horizontal(*_DETAILS), _least())),
    )
    return (
        Signal("text", alone, "text", text.abs() >= _LEAST),
        Signal("regime", regime, "regime_shift", shift.abs() >= _LEAST),
        Signal("surroundings", recurring, "surroundings", around.abs() >= _LEAST),
        Signal("both", each, "both", both.abs() >= _LEAST),
        Signal("revised", regime, "revised", revised.abs() >= _LEAST),
    )


def _least() -> pl.Expr:
    return pl.min_horizontal(*_DETAILS)


def _likelier(name: str, odds: pl.Expr) -> pl.Expr:
    """Of the side that the log-odds speak for as the source; positive ones are for b."""
    return pl.when(odds > 0).then(f"{name}_b").otherwise(f"{name}_a")


def _other(name: str, odds: pl.Expr) -> pl.Expr:
    return pl.when(odds > 0).then(f"{name}_a").otherwise(f"{name}_b")
