"""`stemma evaluate`: what it prints, writes and refuses, and whether its figures are right."""

import csv
import io
import json
import shlex
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from pipeline.cli.app import app
from pipeline.cli.shell import argument, command
from tests.conftest import corpus, prose

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_corpus"
TRUTH = SAMPLE / "truth.csv"


def stemma(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(it) for it in arguments])


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("evaluate") / "out"
    assert stemma("run", SAMPLE / "articles", "-o", place, "-q").exit_code == 0
    return place


@pytest.fixture(scope="module")
def mine(tmp_path_factory) -> tuple[Path, list[dict[str, object]]]:
    """A run on invented articles, and their texts."""
    folder = tmp_path_factory.mktemp("mine")
    rows = [{**row, "article_id": f"-{row['article_id']} 'q\u202e"} for row in corpus()[:-1]]
    path = folder / "articles.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert stemma("run", path, "-o", folder / "out", "-q").exit_code == 0
    return folder / "out", rows


def told(*arguments: object) -> dict[str, object]:
    done = stemma("evaluate", *arguments, "--format", "json")
    assert done.exit_code == 0, done.output
    (one,) = json.loads(done.output)
    return one


def figures(one: dict[str, object]) -> dict[tuple[str, str, str], dict[str, object]]:
    return {(it["section"], it["name"], it["part"]): it for it in one["figures"]}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_the_sample_corpus_beside_its_truth(out):
    found = figures(told(out, "--truth", TRUTH))
    assert found["pairs", "precision", ""]["value"] == 1
    assert found["pairs", "recall", "kind near"]["value"] == 1
    assert found["pairs", "recall", "kind excerpt"]["value"] == 1
    assert found["decisions", "right", "decision nothing"]["value"] == 1
    right = found["decisions", "right", ""]
    assert right["of"] == 62
    assert right["hits"] >= 57
    assert found["clusters", "B-cubed precision", ""]["value"] == 1
    assert found["direction", "accuracy", "all"]["value"] == 1


def test_rows_that_need_more_can_be_left_out(out):
    found = figures(told(out, "--truth", TRUTH, "--needs", "near,excerpt"))
    for name in ("precision", "recall", "F1"):
        assert found["pairs", name, ""]["value"] == 1
        assert found["derivations", name, "directed"]["value"] == 1
    assert found["decisions", "right", ""]["value"] == 1
    assert found["clusters", "adjusted Rand index", ""]["value"] == 1


def test_the_table_has_counts_intervals_and_commands_that_explain(out):
    done = stemma("evaluate", out, "--truth", TRUTH, "--plot", "--by", "outlet", "--mistakes", 1)
    assert done.exit_code == 0
    assert done.output.startswith("truth (decisions): 60 articles, 31 pairs that share a text\n")
    assert "27 of 31" in done.output
    assert "outlet The Harbor Ledger" in done.output
    assert "probability stated" in done.output
    (line,) = [it for it in done.output.splitlines() if "stemma explain" in it]
    assert stemma(*shlex.split(line)[1:]).exit_code == 0


def test_stories_and_directions_by_outlet_and_language(out):
    found = figures(told(out, "--truth", TRUTH, "--by", "outlet", "--by", "language", "--top", 3))
    parts = {part for _, _, part in found if part.startswith(("outlet ", "language "))}
    assert "language en" in parts
    assert len([it for it in parts if it.startswith("outlet ")]) == 3
    for part in parts:
        assert found["clusters", "B-cubed recall", part]["of"] > 0
        assert ("pairs", "recall", part) in found
    of_all = found["direction", "accuracy", "all"]
    english = found["direction", "accuracy", "language en"]
    assert 0 < english["of"] <= of_all["of"]
    assert english["value"] == 1


def test_csv_holds_the_figures(out):
    done = stemma("evaluate", out, "--truth", TRUTH, "--truth", SAMPLE, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.output)))
    assert {row["truth"] for row in rows} == {"truth", "sample_corpus"}
    told_of = ("truth", "pairs", "recall", "")
    columns = ("truth", "section", "name", "part")
    (recall,) = [row for row in rows if tuple(row[it] for it in columns) == told_of]
    assert float(recall["value"]) == pytest.approx(27 / 31)
    assert float(recall["low"]) < 27 / 31 < float(recall["high"])


def test_a_page_is_written_once(out, tmp_path):
    page = tmp_path / "page.html"
    assert stemma("evaluate", out, "--truth", TRUTH, "--html", page).exit_code == 0
    html = page.read_text()
    assert html.count("<svg") == 2
    assert "adjusted Rand index" in html
    again = stemma("evaluate", out, "--truth", TRUTH, "--html", page)
    assert again.exit_code == 1
    assert "--overwrite" in again.stderr
    assert stemma("evaluate", out, "--truth", TRUTH, "--html", page, "--overwrite").exit_code == 0
    assert page.read_text() == html
    assert [it.name for it in tmp_path.iterdir()] == ["page.html"]
    gone = stemma("evaluate", out, "--truth", TRUTH, "--html", tmp_path / "no" / "page.html")
    assert gone.exit_code == 1
    assert "there is no folder" in gone.stderr


def test_articles_that_are_not_in_the_run(out, tmp_path):
    truth = write(tmp_path / "t.csv", "article_id,story\nmp-carrow,s\nnobody,s\npost-archive,t\n")
    done = stemma("evaluate", out, "--truth", truth)
    assert done.exit_code == 1
    assert "t.csv, row 2: no article 'nobody'" in done.stderr
    assert "--missing ok" in done.stderr
    one = told(out, "--truth", truth, "--missing", "ok")
    assert (one["articles"], one["missing"], one["positive_pairs"]) == (2, 1, 0)


def test_the_worst_mistakes_are_told(out, tmp_path):
    rows = "article_id,story\nmp-carrow,s\npost-carrow-closed,t\nquarry-lane,u\nagnes,u\n"
    truth = write(tmp_path / "t.csv", rows)
    one = told(out, "--truth", truth, "--open")
    what = {it["what"]: it for it in one["mistakes"]}
    wrong = what["wrong link"]
    assert {wrong["a_id"], wrong["b_id"]} == {"mp-carrow", "post-carrow-closed"}
    assert wrong["truth"] == "story s / story t"
    missed = what["missed pair"]
    assert (missed["a_id"], missed["b_id"]) == ("agnes", "quarry-lane")
    assert missed["said"] == "not in pairs"
    strict = told(out, "--truth", truth)
    links = [it for it in strict["mistakes"] if it["what"] == "wrong link"]
    assert any("not named" in it["truth"] for it in links)
    stated = [it["probability"] for it in links]
    assert stated == sorted(stated, reverse=True)


def test_all_that_was_missed_is_told(out):
    rows = pl.read_csv(TRUTH)
    members = rows.drop_nulls("story").select("derived_id", "story").unique()
    stories = members.group_by("story").agg(pl.col("derived_id").sort())["derived_id"]
    due = {pair for own in stories for pair in combinations(own.to_list(), 2)}
    due |= {tuple(sorted(pair)) for pair in rows.drop_nulls("source_id").select(
        "derived_id", "source_id").rows()}  # fmt: skip
    linked = pl.read_parquet(out / "pairs.parquet").filter(pl.col("relation") != "related")
    rows = {frozenset(pair) for pair in linked.select("a_id", "b_id").rows()}

    def first(article_id: str) -> str:
        # These two have one text: the table pairs the first of them with others.
        return article_id.replace("post-carrow-closed", "mp-carrow")

    missed = {
        pair for pair in due
        if frozenset(pair) not in rows and frozenset(map(first, pair)) not in rows
    }  # fmt: skip
    one = told(out, "--truth", TRUTH, "--mistakes", "1000")
    found = [(it["a_id"], it["b_id"]) for it in one["mistakes"] if it["what"] == "missed pair"]
    assert len(found) == len(set(found))
    assert set(found) == missed
    assert one["positive_pairs"] == len(due)
    few = told(out, "--truth", TRUTH, "--mistakes", "2")
    assert [it["b_id"] for it in few["mistakes"]] == [b for _, b in found[:2]]
    assert told(out, "--truth", TRUTH, "--mistakes", "0")["mistakes"] == []


def test_wrong_directions_are_told_the_surest_first(out, tmp_path):
    rows = pl.read_csv(TRUTH).filter(decision="derived", needs="near")
    turned = rows.select(source_id="derived_id", derived_id="source_id")
    turned.write_csv(tmp_path / "turned.csv")
    one = told(out, "--truth", tmp_path / "turned.csv", "--mistakes", "3")
    assert figures(one)["direction", "accuracy", "all"]["value"] == 0
    assert figures(one)["direction by derivations", "accuracy", "decided"]["value"] == 0
    wrong = [it for it in one["mistakes"] if it["what"] == "wrong direction"]
    assert len(wrong) == 3
    assert [it["probability"] for it in wrong] == sorted(
        (it["probability"] for it in wrong), reverse=True
    )


def test_identical_articles_count_as_pairs_of_each_other(mine, tmp_path):
    place, rows = mine
    stories: dict[str, list[str]] = {}
    for row in rows:
        stories.setdefault(str(row["text"]), []).append(str(row["article_id"]))
    table = pl.DataFrame(
        [(article, f"=s{at}") for at, own in enumerate(stories.values()) for article in own],
        ["article_id", "story"], orient="row",
    )  # fmt: skip
    table.write_parquet(tmp_path / "same.parquet")
    one = told(place, "--truth", tmp_path / "same.parquet")
    due = sum(len(own) * (len(own) - 1) // 2 for own in stories.values())
    assert due >= 6 + 3
    recall = figures(one)["pairs", "recall", ""]
    assert (recall["hits"], recall["of"]) == (due, due)


def test_large_groups_of_near_copies_are_no_mistake(tmp_path):
    """Of their pairs few are written; that they are one story is known all the same."""
    text = prose("one story", 12)
    rows = [{"id": f"{at:02}", "source": f"O{at}", "text": f"{text} Added {at} and {at + 1}."}
            for at in range(12)]  # fmt: skip
    path = write(tmp_path / "in.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    small = ("verify.pairs_per_group=4", "verify.neighbours=1", "boilerplate.enabled=false")
    sets = [part for it in small for part in ("--set", it)]
    assert stemma("run", path, "-o", tmp_path / "out", "-q", *sets).exit_code == 0
    table = "article_id,story\n" + "".join(f"{row['id']},s\n" for row in rows)
    truth = write(tmp_path / "t.csv", table)
    one = told(tmp_path / "out", "--truth", truth)
    found = figures(one)
    assert found["pairs", "recall", ""]["value"] < 0.6
    assert found["pairs", "linked or in one story", ""]["value"] == 1
    (note,) = one["notes"]
    assert "near copies (verify.pairs_per_group) aren't in the table pairs" in note
    page = tmp_path / "page.html"
    done = stemma("evaluate", tmp_path / "out", "--truth", truth, "--html", page)
    assert f"note: {note}" in done.output
    assert "verify.pairs_per_group" in page.read_text()


def test_hostile_ids_are_shown_and_can_be_explained(mine, tmp_path):
    place, rows = mine
    table = pl.DataFrame({"article_id": [str(it["article_id"]) for it in rows]})
    table = table.with_columns(story=pl.concat_str(pl.lit("\x1b[2J"), "article_id"))
    table.write_parquet(tmp_path / "alone.parquet")
    done = stemma("evaluate", place, "--truth", tmp_path / "alone.parquet", "--mistakes", 2)
    assert done.exit_code == 0
    assert "\u202e" not in done.output
    assert "\x1b" not in done.output
    lines = [it.strip() for it in done.output.splitlines() if "stemma explain" in it]
    assert len(lines) == 2
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("no bash to read the command")
    shown = subprocess.run(
        [bash, "-c", f"stemma() {{ printf '%s\\n' \"$@\"; }}; {lines[0]}"],
        capture_output=True, text=True, check=True, env={"LC_ALL": "C.UTF-8"},
    ).stdout.splitlines()  # fmt: skip
    assert shown[:3] == ["explain", "--", str(place)]
    assert set(shown[3:]) <= set(table["article_id"])
    assert stemma(*shown).exit_code == 0
    rows_of = csv.DictReader(io.StringIO(
        stemma("evaluate", place, "--truth", tmp_path / "alone.parquet", "--format", "csv").output
    ))  # fmt: skip
    assert all(not str(cell).startswith("=") for row in rows_of for cell in row.values())


def test_arguments_are_quoted_as_a_shell_reads_them():
    assert command(("stemma", "explain"), ("out", "a", "b c")) == "stemma explain out a 'b c'"
    assert command(("stemma",), ("-x",)) == "stemma -- -x"
    assert argument("a'b\\\n\u202e") == "$'a\\'b\\\\\\U0000000a\\U0000202e'"


WRONG = {
    "plot": (["--plot", "--format", "json"], 2, "--format table"),
    "needs": (["--needs", "nearly"], 1, "no row needs it"),
    "decided": (["--decided-at", "2"], 2, "decided-at"),
    "no share": (["--decided-at", "nan"], 2, "no share"),
    "twice": (["--truth", f"{SAMPLE}/../sample_corpus/truth.csv"], 1, "is given twice"),
    "missing": (["--missing", "perhaps"], 2, "missing"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage(out, what):
    options, code, message = WRONG[what]
    done = stemma("evaluate", out, "--truth", TRUTH, *options)
    assert done.exit_code == code
    assert message in done.stderr


def test_what_is_no_run_or_no_truth(out, tmp_path):
    done = stemma("evaluate", tmp_path, "--truth", TRUTH)
    assert (done.exit_code, "isn't a stemma output" in done.stderr) == (1, True)
    done = stemma("evaluate", out, "--truth", write(tmp_path / "x\x1b[2J.csv", "a,b\n1,2\n"))
    assert (done.exit_code, "those of no table of truth" in done.stderr) == (1, True)
    assert "\x1b" not in done.stderr
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    (copy / "pairs.parquet").write_bytes(b"PAR1")
    done = stemma("evaluate", copy, "--truth", TRUTH)
    assert (done.exit_code, "pairs.parquet: can't be read" in done.stderr) == (1, True)
    pl.read_parquet(out / "pairs.parquet").drop("jaccard").write_parquet(copy / "pairs.parquet")
    done = stemma("evaluate", copy, "--truth", TRUTH)
    assert (done.exit_code, "column jaccard isn't this version's" in done.stderr) == (1, True)


def test_help_is_quick():
    code = (
        "import sys, pipeline.__main__; sys.argv[1:] = ['evaluate', '--help']\n"
        "try: pipeline.__main__.main()\n"
        "finally: print([m for m in ('polars', 'numba', 'rich', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "[]"
