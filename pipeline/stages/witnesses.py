"""Whether a copy of an agency's text is from another copy, which third versions may tell."""

import numpy as np
import polars as pl

from pipeline.documents import I64, Documents
from pipeline.kernels.witnesses import agreements
from pipeline.stages.claims import Facts
from pipeline.stages.clues import STRONG
from pipeline.stages.spread import Spread, ends, ranges
from pipeline.stages.ways import unseen_sources

# That somebody undoes another's change to the letter is as rare as 1 in 7; more say little more.
_UNDONE, _MOST_UNDONE = 2.0, 4.0
# That two make the same change, and no third does, is rarer.
_INHERITED, _MOST_INHERITED = 4.0, 9.0
# A house needn't name itself: as strong as a credit line.
_AGAIN = STRONG
_COPIES = ("identical", "near_copy")
_FEW = 2  # third versions without which nothing can be said of an addition
_WITNESSES = 64  # of a story, those with most words
_BATCH = 20_000  # pairs


def with_agreement(
    pairs: pl.DataFrame, facts: Facts, documents: Documents, spread: Spread = map
) -> pl.DataFrame:
    """Add `agreement_ab` and `agreement_ba` to pairs: log-odds that a is from b, and b from a.

    They are 0 but in two cases. The first is an article that doesn't credit the unseen source that
    others of its story do. Those others are witnesses of its text. What an article shares with them
    and not with y, it hasn't from y (which cut or changed it); what it shares with y alone is y's
    own. The second is a text that its house has printed before, with the same credit.

    Args:
        pairs: a, b (rows), relation.
        facts: articles with their stories and credits.
        documents: of all articles.
        spread: runs blocks of pairs.
    """
    members, firsts, witnesses = _witnesses(facts, documents)
    views = pl.concat([
        pairs.select("relation", x=x, y=y)
        .with_row_index("at").with_columns(way=pl.lit(f"agreement_{x}{y}"))
        for x, y in ("ab", "ba")
    ])  # fmt: skip
    again = _printed_again(views, members, facts)
    takers = members.filter(~pl.col("credits"), pl.col("witnesses") > 0).select("story", x="row")
    views = views.join(takers, on="x").sort("story", "y", "x")
    story, x, y = (views[name].cast(pl.Int64()).to_numpy() for name in ("story", "x", "y"))

    def compare(rows: range) -> I64:
        some = slice(rows.start, rows.stop)
        texts = (documents.tokens, documents.offsets, firsts, witnesses)
        return agreements(*texts, story[some], x[some], y[some])

    parts = list(spread(compare, ranges(len(views), _BATCH)))
    counts = np.concatenate([np.zeros((0, 2), np.int64), *parts])
    third = np.diff(firsts)[story] - np.isin(y, witnesses)
    alone = np.where(third >= _FEW, counts[:, 1], 0)
    inherited = np.minimum(_INHERITED * alone, _MOST_INHERITED)
    odds = inherited - np.minimum(_UNDONE * counts[:, 0], _MOST_UNDONE)
    views = views.select("at", "way", odds=pl.Series(odds, dtype=pl.Float64()))
    views = pl.concat([views, again.select("at", "way", odds=pl.lit(_AGAIN))])
    return pairs.with_columns(**{way: _laid(views, way, len(pairs)) for way in _WAYS})


_WAYS = ("agreement_ab", "agreement_ba")


def _printed_again(views: pl.DataFrame, members: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The views of near copies in one house, both of which credit their story's unseen source."""
    credits = members.filter("credits")["row"].implode()
    house = pl.lit(facts.articles["house"])
    return views.filter(
        pl.col("relation").is_in(_COPIES),
        pl.col("x").is_in(credits),
        pl.col("y").is_in(credits),
        house.gather("x") == house.gather("y"),
    )


def _laid(views: pl.DataFrame, way: str, pairs: int) -> pl.Series:
    """[pairs] one way's log-odds, 0 where there are none."""
    odds, some = np.zeros(pairs), views.filter(way=way)
    odds[some["at"].to_numpy()] = some["odds"].to_numpy()
    return pl.Series(odds)


def _witnesses(facts: Facts, documents: Documents) -> tuple[pl.DataFrame, I64, I64]:
    """The articles of stories with an unseen source; where each story's witnesses begin; these.

    Of the articles row, story (a number), credits (do they credit it?), witnesses (the story's).
    """
    named = facts.credits.filter("trace").select("row", unseen="name", credits=pl.lit(value=True))
    members = (
        facts.articles.select("row", "cluster_id")
        .join(unseen_sources(facts), on="cluster_id")
        .join(named, on=["row", "unseen"], how="left")
        .with_columns(
            pl.col("credits").fill_null(value=False),
            story=(pl.col("cluster_id").rank("dense") - 1).cast(pl.Int64()),
        )
    )
    rows = members["row"].to_numpy()
    sizes = np.diff(documents.offsets)[rows]
    chosen = (
        members.with_columns(size=sizes, text=documents.text_hash[rows])
        .filter("credits")
        .sort("story", "size", "text", "row", descending=[False, True, False, False])
        .group_by("story", maintain_order=True)
        .agg(pl.col("row").head(_WITNESSES).sort())
    )
    counts = chosen.select("story", witnesses=pl.col("row").list.len().cast(pl.Int64()))
    members = members.join(counts, on="story", how="left")
    stories = members.select("story", "witnesses").unique().sort("story")
    firsts = ends(stories["witnesses"].fill_null(0).to_numpy())
    listed = chosen["row"].explode(empty_as_null=False)
    return members, firsts, listed.cast(pl.Int64()).to_numpy()
