"""What the benchmarks make of their measurements; nothing is timed here."""

import xml.etree.ElementTree as ET

import polars as pl
import pytest
from rich.console import Console

from tests.bench import growth, meter, plan_accuracy, quality, report
from tests.bench.__main__ import tables_of
from tests.bench.contestants import HINT
from tests.bench.measure import Row
from tests.bench.peers import shingles
from tests.bench.scripts import SCRIPTS

TRUTH = pl.DataFrame(
    {
        "a_id": ["a", "a", "c"],
        "b_id": ["b", "c", "d"],
        "jaccard": [0.9, 0.6, 0.55],
    }
)
SIGNED = {"version": "1", "script": "ASCII", "speeds": [50.0, 60.0], "mb": 7.0, "note": ""}
FOUND: dict[str, list[Row]] = {
    "signatures": [
        {"name": "stemma", "mb_s": 56.0, "times": 28.0, **SIGNED},
        {"name": "rensa", "version": None, "mb_s": None, "times": None, "note": HINT},
    ],
    "scripts": [{"mb_s": 56.0, "of_ascii": 1.0, "equal": 9, "slots": 9, **SIGNED}],
    "clusters": [
        {
            "name": "stemma", "version": "1", "note": "", "articles": 1000, "mb": 3.5,
            "seconds": 2.0, "cpu": 1.9, "peak_mib": None, "strangers": 0.0,
            "recall": {"0.5–0.7": 0.5, "0.7–1": 1.0}, "pair_recall": {"0.5–0.7": 0.5, "0.7–1": 1.0},
        },
        {"name": "rensa", "version": None, "note": HINT, "articles": 1000, "mb": 3.5},
    ],
    "pairs": [{"articles": 1000, "pairs": 7, "right": 1.0, "equal": 1.0}],
    "stages": [
        {"articles": 1000, "stage": "exact", "seconds": 0.0, "peak_mib": 9, "mb_s": None,
         "articles_s": None},
    ],
}  # fmt: skip


def test_every_table_prints_and_is_markdown() -> None:
    tables = tables_of(FOUND, {"stemma": [(1000, 2.0), (10_000, 20.0)]}, runs=3)
    console = Console(record=True, width=120)
    for table in tables:
        table.show(console)
        lines = table.markdown().splitlines()
        bars = {line.count("|") for line in lines if line.startswith("|")}
        assert bars == {len(table.columns) + 1}
    said = console.export_text()
    for title in ("Text to signatures", "Parquet to clusters", "Growth", "Our pairs", "Our stages"):
        assert title in said


def test_who_is_missing_is_told_what_to_install() -> None:
    signed = report.signature_table(FOUND["signatures"], runs=1)
    assert signed.rows[0][1:5] == ("56.0", "50.0", "60.0", "28.0")
    assert "[bench]" in signed.rows[1][0]
    assert signed.rows[1][1] == "–"
    assert "[bench]" in report.cluster_table(FOUND["clusters"], runs=1).rows[1][0]


def test_slope_is_that_of_the_line() -> None:
    assert growth.slope([(10, 1.0), (1000, 100.0)]) == pytest.approx(1.0)
    assert growth.slope([(10, 1.0), (100, 100.0), (1000, 10_000.0)]) == pytest.approx(2.0)
    assert growth.slope([(10, 1.0), (10, 2.0)]) is None


def test_plot_has_a_point_for_each_measurement() -> None:
    drawn = growth.plot({"a < b": [(1000, 1.5), (10_000, 12.0)], "c": [(1000, 0.2)], "d": []})
    page = ET.fromstring(drawn)
    assert len(page.findall("{*}circle")) == 3
    assert "a < b" in [label.text for label in page.findall("{*}text")]
    for point in page.findall("{*}circle"):
        assert 0 < float(point.attrib["cx"]) < 720
        assert 0 < float(point.attrib["cy"]) < 440
    ET.fromstring(growth.plot({}))
    ET.fromstring(growth.plot({"one": [(1000, 1.0)]}))


def test_recall_counts_planted_pairs_in_one_cluster() -> None:
    clusters = pl.DataFrame({"article_id": list("abcd"), "cluster": [1, 1, None, None]})
    found = quality.in_one_cluster(TRUTH, clusters)
    assert quality.recall(found, "jaccard") == {"0.5–0.7": 0.0, "0.7–1": 1.0}


def test_recall_counts_pairs_by_the_first_of_identical_texts() -> None:
    articles = pl.DataFrame({"article_id": list("abcd"), "text_hash": [1, 1, 2, 3]})
    pairs = pl.DataFrame(
        {"a_id": ["a", "c"], "b_id": ["c", "d"], "relation": ["near_copy", "related"]}
    )
    found = quality.in_pairs(TRUTH, articles, pairs).sort("a_id", "b_id")
    assert found["found"].to_list() == [True, True, False]


def test_strangers_are_those_that_nothing_planted_ties_to_the_rest() -> None:
    clusters = pl.DataFrame({"article_id": list("abdxy"), "cluster": [1, 1, 1, 1, 2]})
    assert quality.strangers(TRUTH, clusters) == 0.25


def test_naive_shingles_do_not_cross_masks() -> None:
    text = "One two three four five six. Seven eight nine ten eleven"
    assert len(quality.naive_shingles(text, [])) == 7
    apart = {"six seven eight nine ten", "seven eight nine ten eleven"}
    assert quality.naive_shingles(text, [(19, 23)]) == apart
    assert quality.naive_shingles("One two", [(0, 3)]) == {"two"}


def test_peers_get_word_5_grams() -> None:
    assert shingles("One, two three four five six.") == [
        "one two three four five", "two three four five six",
    ]  # fmt: skip
    assert shingles("One") == ["one"]


def test_scripts_keep_words_apart_that_differ() -> None:
    texts = pl.Series(["Brin toska, mal. Dru", "Brin toska, mal. Drux"])
    for name, write in SCRIPTS.items():
        written = write(texts)
        assert written.n_unique() == 2, name
        assert name == "ASCII" or not any("a" <= letter <= "z" for letter in written[0]), name


def test_a_command_is_measured_and_a_failure_told() -> None:
    cost, said = meter.measured(["-c", "print(7)"])
    assert said == "7\n"
    assert cost.seconds > 0.0
    with pytest.raises(meter.Failed, match="ZeroDivisionError"):
        meter.measured(["-c", "1 / 0"])


def test_a_plan_stands_beside_what_was_taken():
    mebibyte = 1 << 20
    stages = [{"name": "start", "value": 1.0}, {"name": "verify", "value": 6.0}]
    planned = {
        "articles": 110,
        "estimates": {
            "seconds": {"value": 7.0, "stages": stages},
            "memory": {"bytes": 300 * mebibyte},
            "output": {"bytes": 5 * mebibyte},
        },
    }
    told = {
        "read": {"articles": 100},
        "stages": [
            {"stage": "verify", "seconds": 4.0, "peak_mib": 200},
            {"stage": "write", "seconds": 0.0, "peak_mib": 150},
        ],
    }
    rows = plan_accuracy.figures(planned, told, 14.0, 10 * mebibyte)
    assert rows == [
        ("articles", 110, 100),
        ("time, s", 7.0, 14.0),
        ("memory, MiB", 300.0, 200),
        ("disk OUT, MiB", 5.0, 10.0),
        ("  verify, s", 6.0, 4.0),
    ]
    lines = plan_accuracy.as_text([*rows, ("  exact, s", 0.0, 0.0)]).splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["1.10", "0.50", "1.50", "0.50", "1.50", "–"]
