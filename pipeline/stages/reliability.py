"""Which dates to doubt, learned from the dump.

Dates are judged by credits and links. How often they agree tells how far dates are right at all,
and an outlet's beside others': a late clock, a page dated when it was crawled. Texts are no judges
of a dump's dates: what they say is too weak to tell wrong dates from wrong texts. But of an article
among others of its story they tell something: its date is in doubt where its nearest versions are
not the nearest in time, or where more than is usual in the story the texts say another order.
"""

import numpy as np
import polars as pl

from pipeline.documents import F64
from pipeline.kernels.components import components
from pipeline.kernels.concordance import concordance
from pipeline.stages.clocks import USUAL, Clocks
from pipeline.stages.clues import Clues
from pipeline.stages.fixed import added, fixed_mean, fixed_sum
from pipeline.stages.odds import probability_of
from pipeline.stages.spread import ends

_LEAST_HOURS = 0.25  # a shorter lag is no order
_ROUNDS = 12
# How many pairs the chance that an order is right is known from before.
_BEFORE, _BEFORE_OUTLET = 50.0, 10.0
_USUAL_ORDER = 0.5 + 0.5 * USUAL * USUAL
_LEAST = 0.55  # of such a chance
# Log-odds for each unit by which an article's dates agree less than is usual in its story.
_NEARNESS, _ORDER = 2.5, 1.0
_CLEAR = 2.0  # more than this texts don't say
_LEAST_NEIGHBOURS = 3  # two are in some order by chance
_FEW = 4.0  # at so many neighbours they count half


def clocks_of(seen: pl.DataFrame, clues: Clues) -> Clocks:
    """Learn how far dates are right.

    Args:
        seen: linked pairs, with `b`, `kinship` and the columns of `direction.undated`.
        clues: of all articles.
    """
    dated = seen.filter(pl.col("hours").abs() >= _LEAST_HOURS)
    told = dated.filter(pl.col("named") != 0).with_columns(
        agree=pl.col("hours").sign() == pl.col("named").sign(),
        other=probability_of(pl.col("named").abs()),
    )
    everyone = told.with_columns(of=pl.lit(0))
    usual = _chances(everyone, pl.lit(_USUAL_ORDER), _BEFORE)["chance"].to_list()
    order = usual[0] if usual else _USUAL_ORDER
    chance = float(np.sqrt(2.0 * order - 1.0))
    return Clocks(chance, _outlets(told, order, chance, len(clues.names)), _doubts(dated, clues))


def _chances(told: pl.DataFrame, before: pl.Expr, weight: float) -> pl.DataFrame:
    """`of`, `chance`: how likely an order of two dates is right, by expectation and maximization.

    Each pair has two witnesses, its dates and `other`, which is right with a known chance.
    """
    sums = told.select("of").unique().sort("of").with_columns(chance=before)
    for _ in range(_ROUNDS):
        right, wrong = pl.col("chance"), 1.0 - pl.col("chance")
        for_it = pl.when("agree").then("other").otherwise(1.0 - pl.col("other"))
        posterior = right * for_it / added(right * for_it, wrong * (1.0 - for_it))
        sums = (
            told.join(sums, on="of", how="left")
            .group_by("of")
            .agg(total=fixed_sum(posterior), count=pl.len())
            .sort("of")
            .select(
                "of",
                chance=((pl.col("total") + weight * before) / (pl.col("count") + weight)).clip(
                    lower_bound=_LEAST
                ),
            )
        )
    return sums


def _outlets(told: pl.DataFrame, order: float, usual: float, names: int) -> F64:
    """[names] the chance that an outlet's date is right beside another outlet's."""
    apart = told.filter("apart")
    sides = [apart.with_columns(of=f"source_{side}") for side in "ab"]
    found = _chances(pl.concat(sides).filter(pl.col("of") >= 0), pl.lit(order), _BEFORE_OUTLET)
    chances = np.full(names, usual)
    of_outlet = (2.0 * found["chance"].to_numpy() - 1.0) / usual
    chances[found["of"].to_numpy()] = np.clip(of_outlet, 0.05, USUAL)
    return chances


def _doubts(dated: pl.DataFrame, clues: Clues) -> F64:
    """[n] log-odds for what its neighbours tell of each article's date."""
    n = len(clues.articles)
    graph = components(n, dated["a"].to_numpy(), dated["b"].to_numpy())
    sign = pl.col("hours").sign()
    order = sign * pl.col("texts").clip(-_CLEAR, _CLEAR)
    views = pl.concat(
        dated.select(x=x, near="kinship", far=pl.col("hours").abs(), order=order) for x in "ab"
    ).sort("x", "near", "far", descending=[False, True, False])
    told = views.group_by("x", maintain_order=True).agg(
        count=pl.len().cast(pl.Int64()), order=fixed_mean(pl.col("order"))
    )
    near, far = (views[name].to_numpy() for name in ("near", "far"))
    agreement = concordance(ends(told["count"].to_numpy()), near, far)
    told = told.with_columns(
        near=pl.Series(agreement),
        graph=pl.Series(graph[told["x"].to_numpy()]),
        many=pl.when(pl.col("count") >= _LEAST_NEIGHBOURS)
        .then(pl.col("count") / (pl.col("count") + _FEW))
        .otherwise(0.0),
    ).with_columns(
        near=pl.col("near") - pl.col("near").median().over("graph"),
        order=pl.col("order") - pl.col("order").median().over("graph"),
    )
    odds = pl.col("many") * added(_NEARNESS * pl.col("near"), _ORDER * pl.col("order"))
    doubts = np.zeros(n)
    doubts[told["x"].to_numpy()] = told.select(odds).to_series().to_numpy()
    return doubts
