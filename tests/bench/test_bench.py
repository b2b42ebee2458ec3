"""Floors for speed and recall beside the peers: `pytest tests/bench -m bench`."""

import pytest

from tests.bench.__main__ import bench
from tests.bench.contestants import CONTESTANTS, OURS
from tests.bench.measure import Row

# Our signatures per second ÷ theirs, on one core.
SIGNATURES = {
    "datasketch, sha1": 28.0,
    "datasketch, xxh32": 16.0,
    "rensa": 9.0,
    "gaoya": 3.5,
    "daft": 4.0,
}
RECALL = {"0.5–0.7": 0.99, "0.7–1": 0.999}
MOST_STRANGERS = 0.001
OF_ASCII = 0.3
_SIZE = 2000
pytestmark = pytest.mark.bench


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    return bench(["--sizes", str(_SIZE), "--out", str(tmp_path_factory.mktemp("bench"))])


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_so_many_times_as_fast(found: dict[str, list[Row]], name: str) -> None:
    if CONTESTANTS[name].version is None:
        pytest.skip(f"{name} is not installed")
    speed = {row["name"]: row["mb_s"] for row in found["signatures"]}
    assert speed[OURS] >= SIGNATURES[name] * speed[name]


def test_planted_pairs_are_found(found: dict[str, list[Row]]) -> None:
    (ours,) = (row for row in found["clusters"] if row["name"] == OURS)
    for band, floor in RECALL.items():
        assert ours["pair_recall"][band] >= floor, band
    assert ours["strangers"] <= MOST_STRANGERS


def test_pairs_are_what_the_table_says(found: dict[str, list[Row]]) -> None:
    (checked,) = found["pairs"]
    assert checked["pairs"] > 0
    assert checked["right"] == checked["equal"] == 1.0


def test_other_scripts(found: dict[str, list[Row]]) -> None:
    assert [row["script"] for row in found["scripts"]] == ["ASCII", "Russian", "Arabic", "Chinese"]
    for row in found["scripts"]:
        assert row["equal"] == row["slots"], row["script"]
        assert row["of_ascii"] >= OF_ASCII, row["script"]
