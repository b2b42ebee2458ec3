"""What the command line answers, where, and with which code."""

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import pipeline
import pipeline.run
from pipeline import Config, Dump, load_config, read_articles, run
from pipeline import Result as Tables
from pipeline.cli.app import app
from pipeline.errors import ConfigError, InputError, MemoryLimitError
from pipeline.io.output import read_run, read_table

ROOT = Path(__file__).parents[2]
SAMPLE = str(ROOT / "sample_corpus" / "articles")
STEMMA = [sys.executable, "-m", "pipeline"]
HEAVY = ("polars", "numba", "numpy", "pydantic", "datasketch", "py3langid", "rich")


def stemma(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(it) for it in arguments], input=stdin)


def outside(*arguments: object, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*STEMMA, *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> tuple[Path, Result]:
    out = tmp_path_factory.mktemp("cli") / "out"
    return out, stemma("run", SAMPLE, "-o", out)


@pytest.fixture
def few(tmp_path) -> Path:
    """Three hostile articles, two of them copies."""
    text = " ".join(f"word{number}" for number in range(60))
    rows = [
        {"id": "=evil\x1b[2J", "source": "[red]A\x1b]0;x\x07", "text": text, "date": "2020-01-01"},
        {"id": "b", "source": "=B()", "text": f"{text} and more", "date": "2020-01-05"},
        {"id": "c", "source": "C", "text": "something else entirely, in few words"},
    ]
    path = tmp_path / "few\x1b[31m.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_help_imports_nothing_slow():
    code = (
        "import sys, pipeline.__main__; sys.argv[1:] = ['--help']\n"
        "try: pipeline.__main__.main()\n"
        f"finally: print([m for m in {HEAVY} if m in sys.modules])"
    )
    done = python(code)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_every_command_has_help():
    for names in (
        ["run"],
        ["explain"],
        ["evaluate"],
        ["config"],
        *(["config", n] for n in ("show", "check")),
    ):
        told = stemma(*names, "--help")
        assert told.exit_code == 0
        assert f"Usage: stemma {' '.join(names)}" in told.stdout
    assert stemma("--version").stdout == f"stemma {pipeline.__version__}\n"
    assert f'version = "{pipeline.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_the_public_names_are_there_and_run_stays_a_function():
    assert all(map(callable, (Config, Dump, Tables, load_config, read_articles)))
    assert pipeline.run is run
    assert {"run", "load_config"} <= set(dir(pipeline))
    with pytest.raises(AttributeError, match="nonesuch"):
        _ = pipeline.nonesuch


def test_run_answers_on_stdout_and_logs_on_stderr(sample):
    out, told = sample
    assert told.exit_code == 0, told.stderr
    assert re.match(r"60 articles of 14 outlets; \d+ of them in \d+ stories\n", told.stdout)
    assert f"written to {out}" in told.stdout
    assert re.search(r"^\d\d:\d\d:\d\d normalise 60 articles \d+\.\d+ s", told.stderr, re.M)
    assert re.search(r"\d+ bands × \d+ rows? catch \.\d+ at Jaccard \.3", told.stderr)
    stages = [stage["stage"] for stage in read_run(out)["stages"]]
    assert stages[:2] == ["read", "normalise"]
    assert read_table(out, "articles").height == 60


def test_what_was_compared_and_what_is_linked_are_told(sample):
    told = sample[1]
    for what in ("compared", "linked or in one story"):
        assert f"{what}, by 60 articles joined exactly: all of Jaccard .3" in told.stderr


def test_json_and_csv_give_the_same_figures(few, tmp_path):
    told = stemma("run", few, "-o", tmp_path / "a", "--format", "json", "-q")
    summary = json.loads(told.stdout)
    assert [line.split()[1] for line in told.stderr.splitlines()] == ["warning:"]
    assert (summary["articles"], summary["stories"], summary["articles_in_stories"]) == (3, 1, 2)
    assert sum(summary["decisions"].values()) >= 2
    told = stemma("run", few, "-o", tmp_path / "b", "--format", "csv", "-q")
    rows = dict(csv.reader(io.StringIO(told.stdout)))
    assert rows["articles"] == "3"
    assert rows["relations.near_copy"] == str(summary["relations"]["near_copy"])
    assert len([metric for metric in rows if metric.startswith("flow: ")]) == summary["flows"] == 1


@pytest.mark.parametrize("style", ["table", "json", "csv"])
@pytest.mark.parametrize("log", ["text", "json"])
def test_nothing_from_an_input_steers_the_terminal(few, tmp_path, style, log):
    told = stemma(
        "run", few, "-o", tmp_path / "o\x1b[2Jut", "--format", style, "--log-format", log,
        "--verbose",
    )  # fmt: skip
    assert told.exit_code == 0, told.stderr
    assert all(c.isprintable() or c == "\n" for c in told.stdout + told.stderr)
    assert style != "table" or "[red]A" in told.stdout


def test_json_log_lines_are_objects_to_the_last(few, tmp_path):
    given = ("run", few, "-o", tmp_path / "out", "--log-format", "json")
    lines = [json.loads(line) for line in stemma(*given).stderr.splitlines()]
    assert {line["level"] for line in lines} == {"info", "warning"} or lines[0]["level"] == "info"
    assert next(it for it in lines if it.get("stage") == "normalise")["articles"] == 3
    again = stemma(*given)
    assert again.exit_code == 1
    assert "--overwrite" in json.loads(again.stderr)["message"]


def test_options_reach_the_run(few, tmp_path, monkeypatch):
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")
    out = tmp_path / "out"
    told = stemma(
        "run", few, "-o", out, "-c", "audit", "--set", "near.threshold=0.4", "--no-texts",
        "--threads", 1,
    )  # fmt: skip
    assert told.exit_code == 0, told.stderr
    config = read_run(out)["config"]
    assert config["near"]["threshold"] == 0.4
    assert config["near"]["target_recall"] == 0.98
    assert config["run"]["threads"] == 1
    assert not (out / "texts.parquet").exists()
    assert stemma("run", few, "-o", out, "--overwrite", "-q").exit_code == 0
    assert (out / "texts.parquet").exists()


def test_judgements_are_kept(few, tmp_path):
    told = tmp_path / "judged.csv"
    told.write_text("a_id,b_id,verdict\nb,c,no\n")
    done = stemma("run", few, "-o", tmp_path / "out", "--judgements", told)
    assert done.exit_code == 0, done.stderr
    assert read_run(tmp_path / "out")["judgements"] == [
        {"a_id": "b", "b_id": "c", "verdict": False}
    ]
    assert stemma("run", few, "-o", tmp_path, "--judgements", told).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl not found"),
        ([SAMPLE, "--set", "near.treshold=1"], "did you mean 'near.threshold'"),
        ([SAMPLE, "-c", "nonesuch"], "presets: audit"),
        ([SAMPLE, "--judgements", "nowhere.csv"], "no such file"),
        ([SAMPLE, "--set", "near.permutations=2"], "can't reach target_recall"),
    ],
)
def test_what_the_user_can_mend_is_one_message(tmp_path, arguments, told):
    done = stemma("run", *arguments, "-o", tmp_path / "out", "-q")
    assert done.exit_code == 1
    assert done.stderr.startswith("stemma: ")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_two():
    assert stemma("run").exit_code == 2
    assert stemma("run", "x").exit_code == 2
    assert stemma("nonesuch").exit_code == 2
    assert stemma("run", "x", "-o", "y", "--threads", "0").exit_code == 2


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "stemma: interrupted"),
        (MemoryError(), 1, "not enough memory"),
        (MemoryLimitError("more than run.memory_limit"), 1, "more than run.memory_limit"),
        (OSError(28, "No space left on device"), 1, "No space left"),
    ],
)
def test_a_run_cut_short_leaves_its_steps(few, tmp_path, monkeypatch, error, code, told):
    def failing(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.cli.job.run", failing)
        done = stemma("run", few, "-o", tmp_path / "out", "-q")
    assert (done.exit_code, told in done.stderr) == (code, True)
    assert "out.work; --resume goes on from there" in done.stderr
    assert names(tmp_path) == {few.name, "out.work"}
    again = stemma("run", few, "-o", tmp_path / "out", "--resume")
    assert again.exit_code == 0
    assert "resuming after read" in again.stderr
    assert names(tmp_path) == {few.name, "out"}


@pytest.mark.parametrize("error", [InputError("x"), ConfigError("x"), KeyError("x")], ids=repr)
def test_an_error_that_would_come_again_leaves_nothing(few, tmp_path, monkeypatch, error):
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr("pipeline.cli.job.run", failing)
    done = stemma("run", few, "-o", tmp_path / "out", "-q")
    assert done.exit_code == 1
    assert "--resume" not in done.stderr
    assert names(tmp_path) == {few.name}


_BUG = """
import sys, pipeline.__main__, pipeline.cli.config as config
import pipeline.config
def broken(*_): raise {error}
pipeline.config.load_config = broken
sys.argv[1:] = ["config", "show"]
pipeline.__main__.main()
"""


@pytest.mark.parametrize("error", ["KeyError('x')", "FileNotFoundError(2, 'gone')"])
def test_a_bug_is_told_as_one(error):
    code = _BUG.format(error=error)
    done = python(code)
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("please report it with the lines above\n")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_unwinds_and_leaves_the_steps(tmp_path, number, code):
    with outside("run", SAMPLE, "-o", tmp_path / "out") as process:
        told = []
        for line in process.stderr:
            told.append(line)
            if " normalise " in line:
                process.send_signal(number)
        process.wait()
    assert process.returncode == code
    assert any("--resume goes on from there" in line for line in told)
    assert names(tmp_path) == {"out.work"}


def test_readers_that_go_away_stop_nothing(few, tmp_path):
    with outside("run", few, "-o", tmp_path / "out") as process:
        process.stdout.close()
        process.stderr.close()
    assert process.returncode == 0
    assert (tmp_path / "out" / "run.json").exists()


def test_a_full_standard_output_is_told():
    full = os.open("/dev/full", os.O_WRONLY)
    done = subprocess.run(
        [*STEMMA, "--version"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
    )
    os.close(full)
    assert done.returncode == 1
    assert done.stderr == b"stemma: standard output: No space left on device\n"


def test_a_terminal_sees_stages_and_is_left_in_order(few, tmp_path):
    mine, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    arguments = [*STEMMA, "run", str(few), "-o", str(tmp_path / "out")]
    process = subprocess.Popen(
        arguments, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=theirs, env=environment
    )
    os.close(theirs)
    shown = b""
    while block := _read(mine):
        shown += block
    assert process.wait() == 0
    text = shown.decode()
    assert re.search(r"✓ .*normalise .*3 articles", text)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""


def test_standard_input(few, tmp_path):
    with (
        few.open() as file,
        outside("run", "-", "-o", tmp_path / "out", "-q", stdin=file) as process,
    ):
        assert process.communicate()[0].startswith("3 articles")
    assert read_run(tmp_path / "out")["inputs"][0]["absolute"] is None
