"""Which of a pair took from the other: three probabilities from credits, links, dates and text.

Log-weights of "a from b", "b from a" and "both from a third text" collect the signals and are
normalised; the third starts at what the shared part makes likely. No id and no order enters.

The weights of credits, links, dates and a third text aren't fitted: they say that a credit line or
a clear date outdoes any text, and that texts, undated and uncredited, may well have a third one
behind them. How often they do in a dump can't be told from its texts.
"""

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.stages.addresses import page_address
from pipeline.stages.clocks import DOUBTED
from pipeline.stages.clues import Clues
from pipeline.stages.evidence import Signal, collected
from pipeline.stages.fixed import added
from pipeline.stages.text_signals import DIRECTED, MUTUAL, text_evidence, with_text_signals

# A whole text in common is rarely a third one's, a passage often is: a statement, an agency's
# background paragraph.
_COMMON_WHOLE = -0.7
_COMMON_PASSAGE = 2.5
_SOON_HOURS = 0.25  # at this lag a later date says half of the most: clocks and feeds differ
_LINK = 4.0
_CONTAINMENT = 0.6  # a trimmed copy lies inside its source; a weak rule with many exceptions
_STALE = -1.5  # at most, for a whole text that comes up again after days
_STALE_HOURS = 48.0
_SAME_URL = -2.0  # versions of one page have no third text behind them
# Polars divides a column of one row, but multiplies a longer one by the inverse, which may differ
# in the last bit: as products, parts of a table give what the whole gives.
_HOURS = 1 / 3.6e9  # in a microsecond
_DAYS = 1 / 24  # in an hour
_LEAST_HABIT = 0.05  # that is shown
_DIRECTED = ("time", "credit", "link", "containment")
_OF_TEXTS = ("containment", *DIRECTED)
# Seen from the other side these signals change their sign …
ONE_WAY = (*_DIRECTED, "habit", "text", "regime", "surroundings")
# … and these mean the same.
SYMMETRIC = ("doubted_date", "part", "stale", "same_url", "common_credit", *MUTUAL)


def lag_between(start: pl.Expr, end: pl.Expr, other_start: pl.Expr, other_end: pl.Expr) -> pl.Expr:
    """Microseconds from the middle of another interval to that of this; null where they overlap.

    Negative where this one lies before the other.
    """
    apart = (start >= other_end) | (other_start >= end)
    return pl.when(apart).then((start + end - other_start - other_end) // 2)


def direct(pairs: pl.DataFrame, clues: Clues) -> pl.DataFrame:
    """Add `p_a_from_b`, `p_b_from_a`, `p_common` and `direction_evidence` to pairs.

    In the evidence of time, credit, link, containment, habit, text, regime and surroundings a
    positive log-odds speaks for "a from b" and a negative one for "b from a"; part, both and
    common_credit speak for a third text, or where negative, as `stale`, `revised` and `same_url`
    are, against one.
    Each pair is judged by itself, so that parts of a table give what the whole gives.

    Args:
        pairs: `a`, `b` (rows of the articles), `containment_a`, `containment_b`.
        clues: of all articles.
    """
    signals = _signals(pairs, clues)
    return pairs.with_columns(**_shares(signals), direction_evidence=_evidence(signals, clues))


def leanings(pairs: pl.DataFrame, clues: Clues) -> pl.DataFrame:
    """Add the three probabilities of `direct` but for the texts, and what those say apart.

    `texts` is the log-odds of "a from b" by the two texts. `credit_ab` is how strongly a credits
    b's outlet, `link_ab` whether it links to b; likewise `credit_ba` and `link_ba`.
    """
    signals = _signals(pairs, clues).with_columns(texts=added(*(pl.col(x) for x in _OF_TEXTS)))
    told = signals.select("texts", "credit_ab", "credit_ba", "link_ab", "link_ba")
    apart = signals.with_columns(pl.col("toward_a") - 0.5 * pl.col("texts"))
    return pairs.with_columns(**_shares(apart), **told.to_dict())


def undated(pairs: pl.DataFrame, clues: Clues) -> pl.DataFrame:
    """What is known of direction but for dates, to judge these by.

    Returns:
        hours (a's date less b's, null where they overlap), and the log-odds of "a from b" by the
        two `texts`, and by credits and links, `named`; apart (are they of two outlets?), source_a,
        source_b.
    """
    signals = _signals(pairs, clues)
    return signals.select(
        "a", "source_a", "source_b", "hours",
        apart=~pl.col("same_outlet"),
        texts=added(*(pl.col(x) for x in _OF_TEXTS)),
        named=pl.col("credit") + pl.col("link"),
    )  # fmt: skip


def _shares(signals: pl.DataFrame) -> dict[str, pl.Series]:
    weights = [pl.col("toward_a").exp(), (-pl.col("toward_a")).exp(), pl.col("toward_common").exp()]
    names = ("p_a_from_b", "p_b_from_a", "p_common")
    shares = (weight / pl.col("total") for weight in weights)
    return (
        signals.select("toward_a", "toward_common", total=added(*weights))
        .select(**dict(zip(names, shares, strict=True)))
        .to_dict()
    )


def _signals(pairs: pl.DataFrame, clues: Clues) -> pl.DataFrame:
    """Each signal's log-odds, with what its detail tells, and the weights of the outcomes."""
    lag = lag_between(*(pl.col(name) for name in ("start_a", "end_a", "start_b", "end_b")))
    larger = pl.max_horizontal("containment_a", "containment_b")
    smaller = pl.min_horizontal("containment_a", "containment_b")
    apart = pl.col("hours").abs()
    # An agency's text is printed within hours or days; what comes up later was found elsewhere.
    age = (apart / (apart + _STALE_HOURS)).fill_null(0.0)
    stale = _STALE * pl.col("larger") ** 2 * age
    link = pl.col("link_ab").cast(pl.Int8()) - pl.col("link_ba").cast(pl.Int8())
    # A revision lies inside its source as often as not.
    contained = (
        _CONTAINMENT
        * (pl.col("containment_a") - pl.col("containment_b"))
        * (1.0 - pl.when(pl.col("shared") > 0).then("p_revised").otherwise(0.0))
    )
    versions = pl.when("same_url").then(_SAME_URL).otherwise(0.0)
    known = _known(pairs, clues).with_columns(hours=lag * _HOURS, larger=larger, smaller=smaller)
    common = (*(pl.col(x) for x in ("part", "stale", "common_credit")), versions)
    weighed = (
        with_text_signals(known, clues.texts.regime)
        .with_columns(
            time=(pl.col("order") * pl.col("hours") / (apart + _SOON_HOURS)).fill_null(0.0),
            credit=pl.col("credit_ab") - pl.col("credit_ba"),
            link=_LINK * link,
            containment=pl.when("same_url").then(0.0).otherwise(contained),
            part=_COMMON_PASSAGE
            + (_COMMON_WHOLE - _COMMON_PASSAGE) * pl.max_horizontal("larger", "shared"),
            stale=pl.when(pl.col("common_credit") > 0).then(0.0).otherwise(stale),
        )
        .with_columns(rest=added(*(pl.col(x) for x in (*_DIRECTED, *DIRECTED))))
    )
    habit = clues.habits.odds(*(weighed[x].to_numpy() for x in ("source_a", "source_b", "rest")))
    return weighed.with_columns(habit=pl.Series(habit)).with_columns(
        toward_a=0.5 * added(pl.col("rest"), pl.col("habit")),
        toward_common=added(*common, *(pl.col(x) for x in MUTUAL)),
    )


def _known(pairs: pl.DataFrame, clues: Clues) -> pl.DataFrame:
    """What is known of the two articles of each pair."""
    a, b = (pairs[side].cast(pl.Int64()).to_numpy() for side in ("a", "b"))
    dates = {
        f"{end}_{side}": clues.articles[end].gather(row)
        for side, row in (("a", a), ("b", b))
        for end in ("start", "end")
    }
    sources = clues.articles["source"].to_numpy()
    strength, name = clues.common_credit(a, b, sources[a], sources[b])
    return pairs.select("a", "containment_a", "containment_b").with_columns(
        **dates,
        source_a=pl.Series(sources[a]),
        source_b=pl.Series(sources[b]),
        credit_ab=pl.Series(clues.credit(a, sources[b])),
        credit_ba=pl.Series(clues.credit(b, sources[a])),
        link_ab=pl.Series(clues.link(a, b)),
        link_ba=pl.Series(clues.link(b, a)),
        date=pl.Series(clues.clocks.worse_date(a, b, sources[a], sources[b])),
        order=pl.Series(clues.clocks.order_odds(a, b, sources[a], sources[b])),
        common_credit=pl.Series(strength),
        common_name=pl.Series(name),
        same_url=_same_url(a, b, clues),
        same_outlet=pl.Series((sources[a] == sources[b]) & (sources[a] >= 0)),
        **clues.texts.of(a, b),
    )


def _same_url(a: I64, b: I64, clues: Clues) -> pl.Series:
    """Are the two versions of one page of one outlet?"""
    sources = clues.articles["source"].to_numpy()
    rows = np.flatnonzero((sources[a] == sources[b]) & (sources[a] >= 0))
    urls = {side: clues.articles["url"].gather(row[rows]) for side, row in (("a", a), ("b", b))}
    addresses = pl.DataFrame(urls).select(page_address(pl.col("a", "b")))
    same = np.zeros(len(a), np.bool_)
    same[rows] = (addresses["a"] == addresses["b"]).fill_null(value=False).to_numpy()
    return pl.Series(same)


def _evidence(signals: pl.DataFrame, clues: Clues) -> pl.Series:
    shares = pl.format(
        "{} of the one stands in the other, {} the other way",
        pl.col("larger").round(2), pl.col("smaller").round(2),
    )  # fmt: skip
    common, link, containment, stale = (
        pl.col(name) for name in ("common_credit", "link", "containment", "stale")
    )
    third = pl.lit(clues.names).gather("common_name")
    most = pl.max_horizontal("larger", "shared")
    return collected(
        signals,
        *_lags(),
        _doubt(),
        *_credits(clues),
        Signal("habit", _used_to(clues), "habit", pl.col("habit").abs() >= _LEAST_HABIT),
        Signal("link", pl.lit("links to the other's page"), "link", link != 0),
        Signal("containment", shares, "containment", containment.abs() >= 0.05),
        *text_evidence(),
        Signal("stale", pl.lit("late for one agency text"), "stale", stale <= -0.05),
        Signal(
            "part", pl.format("{} of the shorter is shared", most.round(2)), "part",
            pl.lit(value=True),
        ),
        Signal(
            "same_url", pl.lit(clues.articles["url"]).gather("a"), _SAME_URL, pl.col("same_url")
        ),
        Signal("common_credit", pl.format("both credit {}", third), "common_credit", common > 0),
    )  # fmt: skip


def _used_to(clues: Clues) -> pl.Expr:
    """Of the side that a habit speaks for as the source."""
    side = pl.when(pl.col("habit") > 0).then("source_b").otherwise("source_a").clip(lower_bound=0)
    told = clues.habits
    name, given, taken, agency = (
        pl.lit(pl.Series(it)).gather(side)
        for it in (clues.names, told.given, told.taken, told.agencies)
    )
    return pl.format(
        "{}{} is named as the source {} times and names others {}", name,
        pl.when(agency).then(pl.lit(", an agency,")).otherwise(pl.lit("")),
        given.cast(pl.Int64()), taken.cast(pl.Int64()),
    )  # fmt: skip


def _doubt() -> Signal:
    date = pl.col("date")
    text = pl.format("one of the dates is right by {} only", date.round(2))
    return Signal("doubted_date", text, 0.0, pl.col("hours").is_not_null() & (date < DOUBTED))


def _lags() -> tuple[Signal, ...]:
    hours = pl.col("hours").abs()
    texts = (
        (hours < 1, "{} minutes apart", (hours * 60).round(0).cast(pl.Int64())),
        ((hours >= 1) & (hours < 72), "{} hours apart", hours.round(1)),
        (hours >= 72, "{} days apart", (hours * _DAYS).round(1)),
    )
    return tuple(Signal("time", pl.format(text, lag), "time", when) for when, text, lag in texts)


def _credits(clues: Clues) -> tuple[Signal, ...]:
    unequal = pl.col("credit") != 0
    by_a, by_b = pl.col("credit_ab") > 0, pl.col("credit_ba") > 0
    named = "{} is named as the origin"
    a, b = (pl.format(named, pl.lit(clues.names).gather(f"source_{side}")) for side in ("a", "b"))
    both = pl.lit("each names the other's outlet")
    texts = ((by_a & by_b, both), (by_a & ~by_b, b), (by_b & ~by_a, a))
    return tuple(Signal("credit", text, "credit", unequal & when) for when, text in texts)
