"""What `stemma plan` tells before a run."""

import csv
import gzip
import io
import json
import random
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from pipeline import load_config
from pipeline.cli.app import app
from pipeline.errors import InputError
from pipeline.io.excerpt import Excerpt, read_excerpt
from pipeline.io.stretches import spread_over
from pipeline.io.work import temporary
from pipeline.plan import Plan, plan, warnings
from pipeline.plan.estimate import Measured, Whole, seconds_of
from pipeline.plan.invented import invented
from pipeline.plan.rehearsal import rehearse
from pipeline.plan.scale import Taken
from tests.conftest import prose

SAMPLE = str(Path(__file__).parents[2] / "sample_corpus" / "articles")
CONFIG = load_config(None, ["run.threads=2"])


def stemma(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(it) for it in arguments])


def rows_of(count: int, **changed: object) -> list[dict[str, object]]:
    return [
        {
            "id": f"{at:06}",
            "source": f"Invented Paper {at % 7}",
            "date": f"2024-01-{at % 28 + 1:02}",
            "text": prose(at, 4),
        }
        | changed
        for at in range(count)
    ]


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    if path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    elif path.suffix == ".csv":
        pl.DataFrame(rows).write_csv(path)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    elif path.suffix == ".zst":
        path.write_bytes(zstandard.compress(lines.encode()))
    elif path.suffix == ".json":
        path.write_text(json.dumps(rows))
    else:
        path.write_text(lines)
    return path


def excerpt(*inputs: Path, articles: int = 320) -> tuple[Excerpt, list[str]]:
    with temporary() as work:
        found = read_excerpt(inputs, CONFIG.read, articles, work)
        ids = found.dump.stored.article_id.series(range(len(found.dump.stored)))
        return found, ids.to_list()


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[str, str]:
    page = tmp_path_factory.mktemp("plan") / "plan.html"
    found = {"table": stemma("plan", SAMPLE, "--threads", 2, "--html", page)}
    found["json"] = stemma("plan", SAMPLE, "--threads", 2, "--format", "json")
    assert {it.exit_code for it in found.values()} == {0}, found
    return {name: it.stdout for name, it in found.items()} | {"html": page.read_text("utf-8")}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Plan:
    path = written(tmp_path_factory.mktemp("plan") / "a.jsonl", rows_of(400))
    return plan([path], CONFIG, 200)


def test_the_table_tells_what_the_sample_corpus_is(answers):
    text = answers["table"]
    for fact in (
        r"articles +60\n", r"dates +2025-03-02 to 2025-03-14", r"dated +95%", r"outlets +14 seen",
        r"en 81.7%", r"The Harbor Ledger 13.3%", r"boilerplate +8.1%", r"disk for OUT.work",
        r"8 bands × 1 row,", r"0\.5 +0\.9961", r"stage +about +basis", "normalise",
    ):  # fmt: skip
        assert re.search(fact, text), fact
    assert "┤" in text
    assert all(line.isprintable() for line in text.split("\n"))


def test_json_holds_all_of_it(answers):
    told = json.loads(answers["json"])
    assert (told["articles"], told["counted"], told["sampled"]) == (60, True, 60)
    assert told["bytes"] == sum(file["bytes"] for file in told["files"])
    assert {file["sample"] for file in told["files"]} == {"whole"}
    assert told["dates"]["share"] == 0.95
    assert sum(told["dates"]["precisions"].values()) == pytest.approx(1)
    assert told["outlets"]["seen"] == 14
    assert list(told["near"]["catches"]) == [f"{at / 10:.1f}" for at in range(1, 11)]
    assert told["near"]["catches"]["1.0"] == 1
    assert told["warnings"] == []
    estimates = told["estimates"]
    assert all(estimates[name]["bytes"] > 1000 for name in ("memory", "work", "output"))
    stages = estimates["seconds"]["stages"]
    assert [it["name"] for it in stages][:3] == ["start", "read", "normalise"]
    assert all(it["value"] >= 0 and it["basis"] for it in stages)
    assert estimates["seconds"]["value"] == pytest.approx(sum(it["value"] for it in stages), 1e-2)


def test_the_page_is_whole_and_asks_for_nothing(answers):
    html = answers["html"]
    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    assert "default-src &#39;none&#39;; style-src &#39;sha256-" in html
    assert not re.search(r"<script|https?://(?!www\.w3\.org)|src=|style=", html)
    assert "<svg" in html
    for fact in ("2025-03-02 to 2025-03-14", "The Harbor Ledger", "Pairs caught as near copies"):
        assert fact in html


def test_csv_is_one_row_for_each_figure(tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(30, source='=HYPERLINK("x")'))
    answer = stemma("plan", path, "--format", "csv", "--threads", 2)
    table = dict(csv.reader(io.StringIO(answer.stdout)))
    assert table["articles"] == "30"
    assert table["near.catches.0.5"].startswith("0.99")
    assert not [cell for row in table.items() for cell in row if cell.startswith("=")]


def test_estimates_grow_with_the_dump(small, tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(4000))
    large = plan([path], CONFIG, 200)
    assert large.articles == pytest.approx(4000, rel=0.05)
    assert not large.counted
    assert large.work.value > 5 * small.work.value
    assert large.output.value > 5 * small.output.value
    assert large.memory.value > 0
    assert large.facts.outlets == 7


def test_the_recall_of_a_fixed_sample_grows_by_the_pass_over_all_alone():
    with temporary() as work:
        rehearsed = rehearse(invented(5, work), CONFIG)
    part = replace(rehearsed, seconds={"recall": 3.0, "signatures": 3.0})
    measured = Measured(1.0, part, part, part, part)
    n = part.articles

    def told(articles: int, joined: int) -> dict[str, float]:
        whole = Whole(articles, 10, 10, 0, 1.0, joined)
        return {it.name: it.value for it in seconds_of(whole, measured)}

    # All of the sample was joined, and of the whole no more: only the pass over all grows.
    assert told(9 * n, n)["recall"] == pytest.approx(3.0 * (1 + 9) / 2)
    # A sample that was too small to be joined as the whole will be.
    assert told(9 * n, 3 * n)["recall"] == pytest.approx(3.0 * (3 + 9) / 2)
    assert told(n, n)["recall"] == pytest.approx(3.0)


def test_all_but_the_time_is_the_same_again(small, tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(400))
    again = plan([path], CONFIG, 200)
    for name in ("articles", "counted", "sampled", "facts", "layout", "compared", "pairs"):
        assert getattr(again, name) == getattr(small, name), name


@pytest.mark.parametrize(
    ("changed", "warning"),
    [
        ({"date": None}, "no article has a date"),
        ({"source": "The Only One"}, "one outlet only"),
        ({"source": None}, "no article names its outlet"),
        ({"text": "Too short."}, "shorter than one shingle"),
    ],
)
def test_what_a_run_would_suffer_from_is_told(changed, warning, tmp_path):
    rows = rows_of(40, **changed)
    # Equal rows of other ids are articles of their own.
    found = plan([written(tmp_path / "a.jsonl", rows)], CONFIG)
    assert any(warning in it for it in found.warnings), found.warnings


def test_a_footer_that_fills_the_articles_is_told(tmp_path):
    footer = prose("footer", 5)
    rows = rows_of(60, source="The Only One")
    rows = [row | {"text": f"{row['text']}\n{footer}"} for row in rows]
    found = plan([written(tmp_path / "a.jsonl", rows)], CONFIG)
    assert any("boilerplate and masked" in it for it in found.warnings), found.warnings
    assert any("one block of boilerplate stands in 100%" in it for it in found.warnings)


def test_too_little_room_is_told(small):
    gib = 1 << 30
    (told,) = warnings.of_machine(3 * gib, gib, 2 * gib, 8 * gib, 9 * gib, "here")
    assert "run.memory_limit is 2 GiB" in told
    (told,) = warnings.of_machine(9 * gib, gib, 0, 8 * gib, 9 * gib, "here")
    assert "this machine has 8.0" in told
    (told,) = warnings.of_machine(gib, 10 * gib, 0, 8 * gib, 9 * gib, "here")
    assert "here has 9.0 free" in told
    assert not list(warnings.of_machine(gib, gib, 0, 8 * gib, 9 * gib, "here"))
    assert any("at most" in it for it in warnings.of_facts(small.facts, (1 << 28) + 1.0, 0.0))
    assert any("10% of" in it for it in warnings.of_facts(replace(small.facts, bare=0.101), 9, 0))


def test_a_limit_that_is_too_low_is_told(tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(30))
    answer = stemma("plan", path, "--set", "run.memory_limit=0.1", "--threads", 2, "-q")
    assert "run.memory_limit is 0.1 GiB" in re.sub(r"\s+", " ", answer.stdout)


@pytest.mark.parametrize(
    "name", ["a.parquet", "a.jsonl", "a.csv", "a.json", "a.jsonl.gz", "a.jsonl.zst"]
)
def test_a_small_file_is_read_whole(name, tmp_path):
    found, ids = excerpt(written(tmp_path / name, rows_of(50)))
    (part,) = found.parts
    assert (part.how, part.exact, part.rows) == ("whole", True, 50)
    assert ids == [f"{at:06}" for at in range(50)]


def test_rows_of_parquet_are_counted_and_taken_from_all_over(tmp_path):
    found, ids = excerpt(written(tmp_path / "a.parquet", rows_of(3000)))
    (part,) = found.parts
    assert (part.how, part.exact, part.rows) == ("rows", True, 3000)
    assert len(ids) == 320
    assert (ids[0], ids[-1]) == ("000000", "002999")
    assert np.array_equal(found.block, np.arange(320) // 10)


def test_lines_are_taken_whole_from_all_over_and_reckoned_by_bytes(tmp_path):
    rows = rows_of(3000)
    found, ids = excerpt(written(tmp_path / "a.jsonl", rows))
    (part,) = found.parts
    assert (part.how, part.exact) == ("lines", False)
    assert part.rows == pytest.approx(3000, rel=0.02)
    assert found.dump.rejects.is_empty()
    assert len(ids) == 320
    assert max(np.diff([int(it) for it in ids])) < 120
    assert np.array_equal(found.block, np.arange(320) // 10)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl.gz", "a.jsonl.zst"])
def test_what_has_no_places_is_read_from_its_start(name, tmp_path):
    rows = [row | {"text": f"{at} {prose(at, 4)} " * 20} for at, row in enumerate(rows_of(3000))]
    found, ids = excerpt(written(tmp_path / name, rows))
    (part,) = found.parts
    assert (part.how, part.exact) == ("start", False)
    assert ids == [f"{at:06}" for at in range(320)]
    assert part.rows == pytest.approx(3000, rel=0.35)


def test_files_of_one_article_are_counted_and_taken_from_all_over(tmp_path):
    for at in range(900):
        (tmp_path / f"{at:03}.txt").write_text(prose(at, 2))
    found, ids = excerpt(tmp_path)
    (part,) = found.parts
    assert (part.how, part.exact, part.rows, len(ids)) == ("files", True, 900, 320)
    assert (ids[0], ids[-1]) == ("000.txt", "899.txt")


def test_the_sample_is_the_same_in_whatever_order_inputs_are_named(tmp_path):
    paths = [
        written(
            tmp_path / f"{name}.{kind}",
            [row | {"id": f"{name}{row['id']}"} for row in rows_of(200 * size)],
        )
        for size, (name, kind) in enumerate([("a", "jsonl"), ("b", "parquet"), ("c", "csv")], 1)
    ]
    first = excerpt(*paths)
    random.Random(1).shuffle(paths)
    again = excerpt(*paths)
    assert first[1] == again[1]
    assert np.array_equal(first[0].block, again[0].block)
    assert {name[0] for name in first[1]} == {"a", "b", "c"}


def test_of_many_files_some_are_read_and_all_parquet_is_counted(tmp_path):
    for at in range(40):
        rows = [row | {"id": f"{at:02}-{row['id']}"} for row in rows_of(20)]
        written(tmp_path / f"{at:02}.{'parquet' if at % 2 else 'jsonl'}", rows)
    found, ids = excerpt(tmp_path)
    assert found.dump.rejects.is_empty()
    assert len(ids) >= 300
    for part in found.parts:
        assert part.how in {"whole", "rows", "lines", "nowhere"}
        if part.label.endswith(".parquet"):
            assert (part.rows, part.exact) == (20, True)
    assert any(part.how == "nowhere" for part in found.parts)


def test_a_sample_of_long_articles_is_one_of_fewer(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.io.excerpt._MOST", 1 << 20)
    rows = [row | {"text": prose(row["id"], 4) * 40} for row in rows_of(600)]
    for name in ("a.jsonl", "a.parquet"):
        found, _ = excerpt(written(tmp_path / name, rows), articles=10_000)
        assert found.dump.stored.text.sizes(range(len(found.dump.stored))).sum() < 6 << 20
        assert found.parts[0].how != "whole"


@given(st.integers(1, 500), st.integers(1, 40), st.integers(1, 30))
def test_places_lie_apart_and_inside(total, count, size):
    places = spread_over(total, count, size)
    rows = [row for place in places for row in place]
    assert rows == sorted(set(rows))
    assert rows[0] == 0
    assert rows[-1] == total - 1 or count == 1
    assert len(rows) == min(total, count * size)


def test_pairs_of_the_whole_are_told_from_those_of_a_part():
    chance = np.random.Generator(np.random.PCG64(1))
    whole, near, far = 40_000, 8000, 60_000
    close = chance.integers(0, whole - 3, near)
    a = np.concatenate([close, chance.integers(0, whole, far)])
    b = np.concatenate([close + chance.integers(1, 3, near), chance.integers(0, whole, far)])
    rows = np.array([row for place in spread_over(whole, 32, 200) for row in place])
    at = np.full(whole, -1)
    at[rows] = np.arange(len(rows))
    kept = (at[a] >= 0) & (at[b] >= 0) & (a != b)
    taken = Taken(whole, np.arange(len(rows)) // 200, np.arange(len(rows)))
    told = taken.pairs(at[a[kept]], at[b[kept]])
    assert told == pytest.approx(near + far, rel=0.15)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.jsonl", None, "not found"),
        ("empty.jsonl", "", "is empty"),
        ("odd.xyz", "?", "is of an unknown kind"),
        ("none.jsonl", '{"id": 1, "words": "x"}\n', "has no text column"),
        ("broken.parquet", "PAR", "can't be read as Parquet"),
        ("blank.jsonl", '{"id": 1, "text": " "}\n', "no usable article"),
    ],
)
def test_bad_input_is_told_as_a_run_tells_it(name, content, message, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    planned = stemma("plan", path, "-q")
    ran = stemma("run", path, "-q", "-o", tmp_path / "out")
    assert (planned.exit_code, ran.exit_code) == (1, 1)
    assert message in planned.stderr
    assert planned.stderr == ran.stderr


def test_bad_rows_are_counted(tmp_path):
    path = written(tmp_path / "a.jsonl", [*rows_of(30), *({"id": "x", "text": " "},) * 10])
    found = plan([path], CONFIG)
    assert found.rejected == 0.25
    assert any("25% of the rows can't be used" in it for it in found.warnings)


def test_a_page_never_replaces_an_input(tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(3))
    before = path.read_bytes()
    answer = stemma("plan", path, "--html", path, "--overwrite")
    assert answer.exit_code == 1
    assert "among the inputs" in answer.stderr
    assert path.read_bytes() == before


def test_a_page_that_cannot_be_written_is_told(tmp_path):
    path = written(tmp_path / "a.jsonl", rows_of(3))
    answer = stemma("plan", path, "-q", "--html", tmp_path / "no" / "such" / "plan.html")
    assert answer.exit_code == 1
    assert "there is no folder" in answer.stderr


def test_hostile_names_are_made_safe(tmp_path):
    hostile = "</td><script>alert(1)</script>\x1b[2J\x1b]0;x\x07=A"
    path = written(tmp_path / "a<b>\x1b[31m.jsonl", rows_of(30, source=hostile))
    page = tmp_path / "page.html"
    answer = stemma("plan", path, "--html", page, "--threads", 2)
    assert answer.exit_code == 0
    assert all(line.isprintable() for line in answer.stdout.split("\n"))
    assert "<script" not in page.read_text("utf-8")
    assert "<b>" not in page.read_text("utf-8")


def test_no_article_is_an_error(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="no usable article"):
        plan([tmp_path / "folder"], CONFIG)
