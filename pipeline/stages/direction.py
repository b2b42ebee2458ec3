"""Which of a pair took from the other: three probabilities from credits, links, dates and text.

Log-weights of "a from b", "b from a" and "both from a third text" collect the signals and are
normalised; the third starts at what the shared part makes likely. No id and no order enters.
"""

import polars as pl

from pipeline.stages.addresses import page_address
from pipeline.stages.evidence import collected, signal
from pipeline.stages.fixed import added

# A whole text in common is rarely a third one's, a passage often is: a statement, an agency's
# background paragraph.
_COMMON_WHOLE = -0.7
_COMMON_PASSAGE = 1.5
_TIME = 5.0  # the most that a later date says
_SOON_HOURS = 0.25  # at this lag it says half of that: clocks and feeds differ by minutes
STRONG = 4.5  # a credit line
_TOLD = 2.5  # "told X" and "X reported" may be about a sentence, not about the text
_LINK = 4.0
_CONTAINMENT = 0.6  # a trimmed copy lies inside its source; a weak rule with many exceptions
_STALE = -1.5  # at most, for a whole text that comes up again after days
_STALE_HOURS = 48.0
_SAME_URL = -2.0  # versions of one page have no third text behind them
_WIDTH = {"second": 1_000_000, "minute": 60_000_000, "day": 86_400_000_000}
WEAK_KINDS = ("told", "reported")
# These signals mean the same from either side; the others change sign.
SYMMETRIC = ("part", "stale", "same_url", "common_credit")


def publication_interval(published: pl.Expr, precision: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """First and last microsecond at which the article may have appeared; null if unknown."""
    start = pl.when(precision != "unknown").then(published).dt.timestamp("us")
    width = precision.replace_strict(_WIDTH, default=None, return_dtype=pl.Int64())
    return start, start + width


def lag_between(start: pl.Expr, end: pl.Expr, other_start: pl.Expr, other_end: pl.Expr) -> pl.Expr:
    """Microseconds from the middle of another interval to that of this; null where they overlap.

    Negative where this one lies before the other.
    """
    apart = (start >= other_end) | (other_start >= end)
    return pl.when(apart).then((start + end - other_start - other_end) // 2)


def direct(
    pairs: pl.DataFrame, articles: pl.DataFrame, credits: pl.DataFrame, links: pl.DataFrame
) -> pl.DataFrame:
    """Add `p_a_from_b`, `p_b_from_a`, `p_common` and `direction_evidence` to pairs.

    In the evidence of time, credit, link and containment a positive log-odds speaks for "a from
    b" and a negative one for "b from a"; part, common_credit and same_url speak for a third text,
    or where negative, as `stale` is, against one.

    Args:
        pairs: `a_id`, `b_id`, `containment_a`, `containment_b`.
        articles: `article_id`, `source`, `published_at`, `published_precision`, `url`.
        credits: `article_id`, `name`, `kind`; what `find_credits` gives.
        links: `article_id`, `target_id`; what `find_links` gives.
    """
    pairs = _with_articles(pairs, articles)
    pairs = _with_credits(pairs, _strengths(credits))
    pairs = _with_links(pairs, links)
    hours = (
        lag_between(*(pl.col(name) for name in ("start_a", "end_a", "start_b", "end_b"))) / 3.6e9
    )
    time = (_TIME * hours / (hours.abs() + _SOON_HOURS)).fill_null(0.0)
    credit = pl.col("credit_ab") - pl.col("credit_ba")
    link = _LINK * (pl.col("link_ab").cast(pl.Int8()) - pl.col("link_ba").cast(pl.Int8()))
    same_url = (
        (pl.col("address_a") == pl.col("address_b")) & (pl.col("source_a") == pl.col("source_b"))
    ).fill_null(value=False)
    contained = (
        pl.when(same_url).then(0.0)
        .otherwise(_CONTAINMENT * (pl.col("containment_a") - pl.col("containment_b")))
    )  # fmt: skip
    toward_a = 0.5 * (time + credit + link + contained)
    versions = pl.when(same_url).then(_SAME_URL).otherwise(0.0)
    larger = pl.max_horizontal("containment_a", "containment_b")
    part = _COMMON_PASSAGE + (_COMMON_WHOLE - _COMMON_PASSAGE) * larger
    # An agency's text is printed within hours or days; what comes up later was found elsewhere.
    age = (hours.abs() / (hours.abs() + _STALE_HOURS)).fill_null(0.0)
    stale = pl.when(pl.col("common_strength") > 0).then(0.0).otherwise(_STALE * larger**2 * age)
    common = part + stale + pl.col("common_strength") + versions
    weights = [toward_a.exp(), (-toward_a).exp(), common.exp()]
    total = added(*weights)
    shares = pl.format(
        "{} of the one stands in the other, {} the other way",
        larger.round(2),
        pl.min_horizontal("containment_a", "containment_b").round(2),
    )
    evidence = collected(
        signal("time", pl.format("{} apart", _lag_text(hours.abs())), time, hours.is_not_null()),
        signal("credit", _credit_text(), credit, credit != 0),
        signal("link", pl.lit("links to the other's page"), link, link != 0),
        signal("containment", shares, contained, contained.abs() >= 0.05),
        signal("stale", pl.lit("late for one agency text"), stale, stale <= -0.05),
        signal(
            "part",
            pl.format("{} of the shorter is shared", larger.round(2)),
            part,
            pl.lit(value=True),
        ),
        signal("same_url", pl.col("url_a"), pl.lit(_SAME_URL), same_url),
        signal(
            "common_credit",
            pl.format("both credit {}", "common_name"),
            pl.col("common_strength"),
            pl.col("common_strength") > 0,
        ),
    )
    return pairs.with_columns(
        p_a_from_b=weights[0] / total,
        p_b_from_a=weights[1] / total,
        p_common=weights[2] / total,
        direction_evidence=evidence,
    )


def _with_articles(pairs: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    start, end = publication_interval(pl.col("published_at"), pl.col("published_precision"))
    facts = articles.select(
        "article_id", "source", "url", start=start, end=end, address=page_address(pl.col("url"))
    )
    for side in ("a", "b"):
        renamed = facts.rename({name: f"{name}_{side}" for name in facts.columns[1:]})
        pairs = pairs.join(
            renamed, left_on=f"{side}_id", right_on="article_id", how="left", maintain_order="left"
        )
    return pairs


def _strengths(credits: pl.DataFrame) -> pl.DataFrame:
    """One row per article and name, with the strongest of its credits."""
    strength = pl.when(pl.col("kind").is_in(WEAK_KINDS)).then(_TOLD).otherwise(STRONG)
    return credits.group_by("article_id", "name").agg(strength=strength.max())


def _with_credits(pairs: pl.DataFrame, strengths: pl.DataFrame) -> pl.DataFrame:
    for one, other in (("a", "b"), ("b", "a")):
        pairs = pairs.join(
            strengths.rename({"strength": f"credit_{one}{other}"}),
            left_on=[f"{one}_id", f"source_{other}"],
            right_on=["article_id", "name"],
            how="left",
            maintain_order="left",
        )
    theirs = strengths.rename({"article_id": "b_id", "strength": "other"})
    common = (
        pairs.select("a_id", "b_id", "source_a", "source_b")
        .join(strengths, left_on="a_id", right_on="article_id")
        .join(theirs, on=["b_id", "name"])
        .filter(
            pl.col("name").ne_missing(pl.col("source_a"))
            & pl.col("name").ne_missing(pl.col("source_b"))
        )
        .with_columns(common_strength=pl.min_horizontal("strength", "other"))
        .sort("common_strength", "name", descending=[True, False])
        .group_by("a_id", "b_id", maintain_order=True)
        .agg(pl.col("common_strength").first(), common_name=pl.col("name").first())
    )
    pairs = pairs.join(common, on=["a_id", "b_id"], how="left", maintain_order="left")
    return pairs.with_columns(pl.col("credit_ab", "credit_ba", "common_strength").fill_null(0.0))


def _with_links(pairs: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    known = (
        links.select("article_id", "target_id").unique().with_columns(present=pl.lit(value=True))
    )
    for one, other in (("a", "b"), ("b", "a")):
        pairs = pairs.join(
            known.rename({"present": f"link_{one}{other}"}),
            left_on=[f"{one}_id", f"{other}_id"],
            right_on=["article_id", "target_id"],
            how="left",
            maintain_order="left",
        )
    return pairs.with_columns(pl.col("link_ab", "link_ba").fill_null(value=False))


def _lag_text(hours: pl.Expr) -> pl.Expr:
    return (
        pl.when(hours < 1).then(pl.format("{} minutes", (hours * 60).round(0).cast(pl.Int64())))
        .when(hours < 72).then(pl.format("{} hours", hours.round(1)))
        .otherwise(pl.format("{} days", (hours / 24).round(1)))
    )  # fmt: skip


def _credit_text() -> pl.Expr:
    a_credits, b_credits = pl.col("credit_ab") > 0, pl.col("credit_ba") > 0
    return (
        pl.when(a_credits & b_credits).then(pl.lit("each names the other's outlet"))
        .when(a_credits).then(pl.format("{} is named as the origin", "source_b"))
        .otherwise(pl.format("{} is named as the origin", "source_a"))
    )  # fmt: skip
