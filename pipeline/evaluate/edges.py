"""The table `derivations` beside known derivations and decisions."""

import polars as pl

from pipeline.evaluate.figures import Figure, f1, rate
from pipeline.evaluate.truth import Truth

_SECTION = "derivations"
_ENDS = ["source_id", "derived_id"]


def edge_figures(found: pl.DataFrame, truth: Truth) -> list[Figure]:
    """Precision, recall and F1 of "derived from", directed and not, at any rank.

    An edge counts if the truth judges its pair, or if both its ends are of one component of
    derivations: it is right if the truth lists it, else wrong.

    Args:
        found: rows of `derivations`.
        truth: with directed pairs.
    """
    edges = found.filter(pl.col("source_id").is_not_null(), decision="derived").select(_ENDS)
    pairs = edges.select(a_id="source_id", b_id="derived_id")
    judged = truth.judge(pairs)
    if truth.kind == "derivations":
        # Only listed pairs have a word of their own inside a component; but an edge past the
        # listed ones is wrong.
        inside = Truth("", "", truth.articles, within=False).judge(pairs)
        judged = judged.fill_null(inside)
    edges = edges.filter(judged.is_not_null())
    due = truth.directed.select(_ENDS)
    return [
        *_compared(edges, due, "directed"),
        *_compared(_undirected(edges), _undirected(due), "undirected"),
    ]


def _undirected(edges: pl.DataFrame) -> pl.DataFrame:
    least, most = pl.min_horizontal(_ENDS), pl.max_horizontal(_ENDS)
    return edges.select(source_id=least, derived_id=most).unique()


def _compared(edges: pl.DataFrame, due: pl.DataFrame, part: str) -> list[Figure]:
    right = edges.join(due, on=_ENDS, how="semi").height
    return [
        rate(_SECTION, "precision", right, edges.height, part),
        rate(_SECTION, "recall", right, due.height, part),
        f1(_SECTION, right, edges.height - right, due.height - right, part),
    ]


def decision_figures(found: pl.DataFrame, decisions: pl.DataFrame) -> list[Figure]:
    """How many rows of the truth stand in `derivations` with source, unseen source and decision.

    An article without a decision is right if it has no row at all.

    Args:
        found: rows of `derivations`.
        decisions: as `Truth.decisions`.
    """
    columns = ["derived_id", "source_id", "unseen_source", "decision"]
    due = decisions.select(columns).with_row_index("at")
    some = due.filter(pl.col("decision").is_not_null())
    right = some.join(
        found.select(columns).unique(), on=columns, how="semi", nulls_equal=True
    )["at"]  # fmt: skip
    none = due.filter(pl.col("decision").is_null())
    clear = none.join(found.select("derived_id"), on="derived_id", how="anti")["at"]
    told = decisions.with_columns(
        pl.col("decision").fill_null("nothing"),
        right=pl.int_range(decisions.height, dtype=pl.get_index_type()).is_in(
            pl.concat([right, clear]).implode()
        ),
    )
    counts = told.group_by("decision").agg(pl.len(), pl.col("right").sum()).sort("decision")
    return [
        rate("decisions", "right", int(told["right"].sum()), told.height),
        *(
            rate("decisions", "right", right, count, f"decision {name}")
            for name, count, right in counts.iter_rows()
        ),
    ]
