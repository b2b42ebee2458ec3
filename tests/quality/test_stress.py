"""Templates and copies by the thousand: no false story, one true one, and time in line."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from corpus import Maker

from pipeline import Result, load_config, read_articles, run

pytestmark = pytest.mark.scale
START = datetime(2025, 1, 1, tzinfo=UTC)


def made(folder: Path, rows: list[tuple[str, str]]) -> Result:
    """A run over (source, text) rows, an hour apart."""
    path = folder / "made.parquet"
    frame = pl.DataFrame(rows, schema=["source", "text"], orient="row").with_row_index("number")
    frame.select(
        "source",
        "text",
        article_id=pl.format("made-{}", "number"),
        published_at=START + pl.col("number") * timedelta(hours=1),
    ).write_parquet(path)
    config = load_config()
    return run(read_articles([path], config.read), config)


def test_stock_paragraphs_make_no_story(tmp_path: Path) -> None:
    maker = Maker(seed=3)
    stock = [maker.paragraph() for _ in range(3)]
    footer = maker.paragraph(2)
    rows = [
        (
            "The Lark",
            "\n\n".join([maker.text(4), stock[0], maker.text(2), stock[1], stock[2], footer]),
        )
        for _ in range(20_000)
    ]
    result = made(tmp_path, rows)
    assert result.clusters.is_empty()
    assert result.pairs.filter(pl.col("relation") != "related").is_empty()
    listed = " ".join(result.boilerplate["text"])
    assert all(block.split(". ")[1].rstrip(".") in listed for block in [*stock, footer])
    assert len(result.boilerplate) < 100


@pytest.mark.parametrize("own", [2, 3, 4, 6])
def test_mostly_stock_makes_no_story_either(tmp_path: Path, own: int) -> None:
    """Three stock paragraphs and a footer beside two to six paragraphs of an article's own."""
    maker = Maker(seed=4)
    stock = [maker.paragraph() for _ in range(3)]
    footer = maker.paragraph(1)
    rows = [
        ("The Lark", "\n\n".join([stock[0], maker.text(own), stock[1], stock[2], footer]))
        for _ in range(2_000)
    ]
    assert made(tmp_path, rows).clusters.is_empty()


@pytest.mark.parametrize("copies", [52, 5000])
@pytest.mark.parametrize("edits", [0.0, 0.01])
@pytest.mark.parametrize("outlets", [1, 40])
def test_copies_make_one_story(tmp_path: Path, copies: int, edits: float, outlets: int) -> None:
    maker = Maker(seed=5)
    text = maker.text(6)
    rows = [(f"Outlet {at % outlets}", maker.edited(text, edits)) for at in range(copies)]
    result = made(tmp_path, rows)
    assert result.clusters["articles"].to_list() == [copies]
    assert result.derivations.filter(decision="original")["derived_id"].to_list() == ["made-0"]


def test_time_is_linear_in_the_copies(tmp_path: Path) -> None:
    """Four times the copies may take five times as long; a quadratic step would take sixteen."""
    maker = Maker(seed=6)
    text = maker.text(6)
    seconds = []
    for copies in (2_500, 10_000):
        rows = [(f"Outlet {at % 40}", maker.edited(text, 0.01)) for at in range(copies)]
        made(tmp_path, rows[:100])
        start = time.perf_counter()
        made(tmp_path, rows)
        seconds.append(time.perf_counter() - start)
    assert seconds[1] < 5 * seconds[0], seconds


def test_an_agency_story_is_not_boilerplate(tmp_path: Path) -> None:
    maker = Maker(seed=7)
    text = maker.text(6)
    rows = [(f"Outlet {at}", f"PELLAM (AP) — {text}") for at in range(30)]
    rows += [(f"Outlet {at}", maker.text(6)) for at in range(30) for _ in range(10)]
    result = made(tmp_path, rows)
    assert result.boilerplate.is_empty()
    assert result.clusters.select("articles", "unseen_source").rows() == [(30, "Associated Press")]
    assert result.derivations["decision"].to_list() == ["common_source"] * 30
