"""Copy trees of chains don't fall below what was measured."""

import polars as pl
import pytest

from tests.quality.runs import EVAL
from tests.quality.trees import chains_of, one_setting, steps_of

pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not EVAL.is_dir(), reason="the labelled sets aren't here"),
]


@pytest.mark.parametrize(("with_dates", "least"), [(False, 0.72), (True, 0.94)])
def test_edges_of_chains(with_dates, least):
    articles = pl.read_parquet(EVAL / "chains" / "articles.parquet")
    steps = steps_of(EVAL, "chains")
    found = sum(one_setting(articles, chains, steps, 1, with_dates) for chains in chains_of(EVAL))
    edges, undirected, directed, invented = found
    assert undirected >= least * edges
    assert invented == 0
    if with_dates:
        assert directed >= least * edges
