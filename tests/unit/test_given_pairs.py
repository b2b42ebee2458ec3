"""Only the pairs that were asked for."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.errors import InputError
from pipeline.io.given_pairs import read_pairs
from pipeline.io.output import read_run, read_table

STORY = (
    "The harbour board of Nettle Bay will close the old lifting bridge for nine weeks from Monday, "
    "after divers found cracks in two of the bronze bearings that carry its northern span. "
)
REST = "Ferries are to run every twenty minutes until the last train has left the quay station. "
ROWS = [
    {"id": "release", "source": "Nettle Bay Harbour Board", "text": STORY + REST},
    {"id": "copy", "source": "Nettle Bay Harbour Board", "text": STORY + REST},
    {"id": "taken", "source": "The Quay Gazette", "text": STORY + "Traders were not asked. " * 3},
    {
        "id": "other",
        "source": "The Quay Gazette",
        "text": "A choir of ninety sang on the pier. " * 4,
    },
]


def stemma(*arguments: object):
    return CliRunner().invoke(app, [str(it) for it in arguments])


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return path


def _pairs(tmp_path, *rows, suffix=".csv"):
    path = tmp_path / f"pairs{suffix}"
    frame = pl.DataFrame(rows, schema=["b_id", "a_id"], orient="row")
    frame.write_csv(path) if suffix == ".csv" else frame.write_parquet(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_just_these_are_compared_whatever_they_share(dump, tmp_path, suffix):
    rows = [("taken", "release"), ("other", "release"), ("release", "taken"), ("copy", "taken")]
    out = tmp_path / "out"
    done = stemma("run", dump, "-o", out, "--pairs", _pairs(tmp_path, *rows, suffix=suffix))
    assert done.exit_code == 0, done.output
    pairs = read_table(out, "pairs")
    told = dict(pairs.select(pl.concat_str("a_id", "b_id", separator=" "), "relation").iter_rows())
    assert set(told) == {"copy taken", "other release", "release taken"}
    assert told["other release"] == "related"
    assert told["release taken"] != "related"
    assert pairs["found_by"].to_list() == [["given"]] * 3
    assert set(read_table(out, "passages")["b_id"]) == {"taken"}
    run = read_run(out)
    assert (run["given_pairs"], run["recall"]) == (3, None)
    assert run["config"]["boilerplate"]["enabled"] is False


def test_equal_texts_are_told(dump, tmp_path):
    out = tmp_path / "out"
    assert (
        stemma("run", dump, "-o", out, "--pairs", _pairs(tmp_path, ("copy", "release"))).exit_code
        == 0
    )
    assert read_table(out, "pairs")["relation"].to_list() == ["identical"]


def test_the_order_of_rows_and_columns_changes_nothing(tmp_path):
    one = read_pairs(_pairs(tmp_path, ("b", "a"), ("c", "a"), ("b", "c")))
    other = read_pairs(_pairs(tmp_path, ("c", "b"), ("a", "c"), ("a", "b"), ("b", "a")))
    assert one.rows() == other.rows() == [("a", "b"), ("a", "c"), ("b", "c")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a_id,other\nx,y\n", "column b_id missing; it has a_id, other"),
        ("a_id,b_id\nx,y\nx,\n", "row 2: an id is missing"),
        ("a_id,b_id\nx,x\n", "row 1: 'x' stands beside itself"),
        ("a_id,b_id\nx, \n", "row 1: an id is missing"),
        ("a_id;b_id\nx;y\n", "parted by semicolons"),
        ("a_id\tb_id\nx\ty\n", "parted by tabs"),
        ("a_id,b_id,a_id\nx,y,z\n", "two columns called 'a_id'"),
        (f"a_id,b_id\n{'x' * 999},{'x' * 999}\n", f"'{'x' * 80}…' stands beside itself"),
        ("a_id,b_id\n", "has no rows"),
        ("", "not a readable CSV"),
    ],
)
def test_pairs_of_no_use_are_told(tmp_path, text, told):
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=told.replace("(", r"\(")):
        read_pairs(path)


def test_unknown_articles_are_told_before_anything_is_done(dump, tmp_path):
    done = stemma("run", dump, "-o", tmp_path / "out", "--pairs", _pairs(tmp_path, ("x", "copy")))
    assert done.exit_code == 1
    assert "pairs: no article 'x' in the dump" in done.output
    assert "normalise" not in done.output
    assert not (tmp_path / "out").exists()


def test_long_and_hostile_ids_are_cut(dump, tmp_path):
    asked = _pairs(tmp_path, ("\u202e" + "x" * 5000, "copy"))
    done = stemma("run", dump, "-o", tmp_path / "out", "--pairs", asked)
    assert done.exit_code == 1
    assert "no article '\\u202exxx" in done.output
    assert "x" * 81 not in done.output


def test_a_missing_file_is_told(dump, tmp_path):
    done = stemma("run", dump, "-o", tmp_path / "out", "--pairs", tmp_path / "none.csv")
    assert done.exit_code == 1
    assert "no such file" in done.output


def test_identical_articles_of_given_pairs_stand_for_themselves(dump, tmp_path):
    """Only what was asked for was compared: a pair isn't linked because its twin's is."""
    out, truth = tmp_path / "out", tmp_path / "truth.csv"
    asked = _pairs(tmp_path, ("taken", "copy"))
    assert stemma("run", dump, "-o", out, "--pairs", asked).exit_code == 0
    truth.write_text("article_id,story\nrelease,s\ncopy,s\ntaken,s\nother,t\n")
    (one,) = json.loads(stemma("evaluate", out, "--truth", truth, "--format", "json").output)
    counts = {it["name"]: (it["hits"], it["of"]) for it in one["figures"]
              if it["section"] == "pairs" and not it["part"]}  # fmt: skip
    assert counts["recall"] == (1, 3)
    told = json.loads(
        stemma("tune", out, "--truth", truth, "--precision", 0.5, "--format", "json").output
    )
    assert (told["now"]["right"], told["now"]["of"]) == (1, 3)


def test_of_given_pairs_no_recall_can_be_measured(dump, tmp_path):
    out = tmp_path / "out"
    asked = _pairs(tmp_path, ("taken", "release"))
    done = stemma("run", dump, "-o", out, "--pairs", asked, "--measure-recall")
    assert done.exit_code == 2
    assert "nothing is sought" in done.output
    assert not out.exists()
    done = stemma("run", dump, "-o", out, "--pairs", asked, "--no-measure-recall")
    assert done.exit_code == 0
