"""What hostile and broken input comes to: a message, a reject, or an exact answer; no traceback."""

import gzip
import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
import zstandard
from conftest import prose, words
from typer.testing import CliRunner, Result

from pipeline.cli.app import app
from pipeline.io import shards

TEXT = prose("bad input")


def stemma(*arguments: object, stdin: bytes | None = None) -> Result:
    """A command's answer; an exception that isn't told to the user fails the test."""
    done = CliRunner().invoke(app, [str(it) for it in arguments], input=stdin)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert "Traceback" not in done.output
    return done


def article(article_id: object, **more: object) -> dict[str, object]:
    return {"id": article_id, "source": "S", "text": f"{TEXT} Tail {article_id}."} | more


def lines(path: Path, *rows: object) -> Path:
    told = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(f"{row}\n" for row in told))
    return path


def refused(folder: Path, *arguments: object, stdin: bytes | None = None) -> str:
    """The message of a run that fails and leaves nothing behind."""
    done = stemma("run", *arguments, "-o", folder / "out", "-q", stdin=stdin)
    assert (done.exit_code, done.stdout) == (1, "")
    assert not {"out", "out.work"} & names(folder)
    return done.stderr.removeprefix("stemma: ").strip()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def table(out: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(out / f"{name}.parquet")


def ran(folder: Path, *arguments: object) -> Path:
    out = folder / "out"
    done = stemma("run", *arguments, "-o", out, "-q")
    assert done.exit_code == 0, done.stderr
    return out


# --- files that can't be read


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b"\n \n\r\n", "holds no articles"),
        ("a.jsonl", b'[{"text": "x"}]\n', "line 1: a JSON array, not an object; a file that is"),
        ("a.json", b"[1, 2]", "item 1: not a JSON object"),
        ("a.jsonl.gz", b"no gzip", "line 1: not valid JSON"),
        ("a.jsonl.gz", gzip.compress(b"x" * 999)[:15], "its gzip data are cut off"),
        ("a.jsonl.zst", zstandard.compress(os.urandom(99))[:30], "its zstd data are cut off"),
        ("a.parquet", b"PAR1" * 9, "can't be read as Parquet"),
        ("a.csv", b"id;words\n1;x\n", "no text column; its columns: id, words"),
        ("a.csv", b"id,text\r1,x\r", "its header is not valid CSV: a lone carriage return"),
        ("a.jsonl", '{"text": "😀 …"}\n'.encode(), "its text holds no letters or digits"),
        ("a.pdf", b"", "unknown kind; stemma reads"),
    ],
)  # fmt: skip
def test_a_file_of_no_use_is_told(tmp_path, name, data, told):
    (tmp_path / name).write_bytes(data)
    assert told in refused(tmp_path, tmp_path / name)


@pytest.mark.parametrize("texts", [[["x"]], [{"a": "x"}], [1]])
def test_a_parquet_of_no_texts_names_the_mend(tmp_path, texts):
    pl.DataFrame({"text": texts}).write_parquet(tmp_path / "a.parquet")
    told = refused(tmp_path, tmp_path / "a.parquet")
    assert "not texts; name the one that holds the text in read.columns.text" in told


def test_pipes_and_devices_are_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    for name in ("a.jsonl", "zero.jsonl"):
        assert "is a pipe or device" in refused(tmp_path, tmp_path / name)


def test_a_folder_with_traps_in_it(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    lines(folder / "a.jsonl", article(1))
    lines(tmp_path / "secret.jsonl", article("secret"))
    for name, target in {
        "self": "self",
        "up": "..",
        "to.jsonl": "../secret.jsonl",
        "b": ".",
    }.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.jsonl")
    lines(folder / "x\n\x1b[31m.jsonl", article(2))
    (folder / os.fsdecode(b"\xff.txt")).write_text("Some words.")
    out = ran(tmp_path, folder)
    assert set(table(out, "articles")["article_id"]) == {"1", "2", "\\udcff.txt"}
    rejects = table(out, "rejects").rows()
    assert {Path(name).name: reason[:20] for name, _, reason in rejects} == {
        "self": "can't be read: Too m",
        "up": "is a symbolic link t",
        "to.jsonl": "is a symbolic link t",
    }


def bomb(path: Path, head: bytes, block: bytes, times: int) -> Path:
    with path.open("wb") as file, zstandard.ZstdCompressor().stream_writer(file) as packed:
        packed.write(head)
        for _ in range(times):
            packed.write(block)
    return path


@pytest.mark.parametrize(("name", "block"), [("a.jsonl.zst", b"x\n"), ("a.csv.zst", b",\n")])
def test_an_archive_of_endless_bad_rows_is_stopped(tmp_path, monkeypatch, name, block):
    monkeypatch.setattr(shards, "_HOPELESS", 1000)
    path = bomb(tmp_path / name, b"id,text\n", block * 2000, 100)
    assert "is a decompression bomb: reading stopped there" in refused(tmp_path, path)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("a.jsonl", "no JSON\n"), ("a.jsonl", '{"text": ""}\n'), ("a.jsonl", '{"text": "…"}\n'),
        ("a.csv", "1;2;3;4\n"), ("a.csv", "7,\n"),
    ],
)  # fmt: skip
def test_a_file_of_bad_rows_is_read_no_further(tmp_path, monkeypatch, name, bad):
    monkeypatch.setattr(shards, "_HOPELESS", 1000)
    monkeypatch.setattr("pipeline.io.lines.RUN", 1 << 12)
    good = "1,Some words.\n" if name.endswith("csv") else '{"id": 1, "text": "Some words."}\n'
    (tmp_path / name).write_text("id,text\n" * name.endswith("csv") + good + bad * 2_000_000)
    rejects = table(ran(tmp_path, tmp_path / name), "rejects")
    told = "holds hardly any article: reading stopped at "
    assert rejects["reason"].str.contains(told).sum() == 1
    assert rejects.height < 1_500_000


def test_many_bad_rows_among_good_ones_are_all_told(tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "_HOPELESS", 100)
    path = lines(tmp_path / "a.jsonl", *(["no JSON"] * 800), *map(article, range(100)))
    assert table(ran(tmp_path, path), "rejects").height == 800


def test_blank_lines_without_end_are_passed_over(tmp_path):
    path = bomb(tmp_path / "a.jsonl.zst", b"", b"\n" * (1 << 20), 64)
    assert "holds no articles" in refused(tmp_path, path)


# --- rows


def test_ids_of_every_kind(tmp_path):
    ids = [
        "a,\"b'",
        "=cmd()",
        "nl\nid",
        "\x1b[31m",
        "i" * 9999,
        "",
        None,
        5,
        1.5,
        True,
        [1],
        10**30,
    ]
    out = ran(tmp_path, lines(tmp_path / "a.jsonl", *map(article, ids)))
    got = table(out, "articles")["article_id"].to_list()
    assert len(got) == len(set(got)) == len(ids)
    assert {"a,\"b'", "=cmd()", "5", "1.5"} <= set(got)
    assert all(name.isprintable() and len(name) <= 512 for name in got)


def test_a_thousand_columns_and_a_long_title(tmp_path):
    wide = article(1, title="t" * 99_999) | {f"c{n}": n for n in range(1000)}
    out = ran(tmp_path, lines(tmp_path / "a.jsonl", wide, article(2)))
    assert table(out, "articles").height == 2


def test_dates_at_the_edges(tmp_path):
    dates = {
        "0000-01-01": None, "9999-12-31": None, "0001-01-01T00:00+14:00": None, "7/23": None,
        "2020-01-02T24:00": None, "2020-02-30": None, "99999999999999999999": None,
        "2016-12-31T23:59:60Z": "2017-01-01T00:00:00",
        "2020-01-02T10:00:00+05:30": "2020-01-02T04:30:00",
    }  # fmt: skip
    rows = [article(date, date=date) for date in dates]
    got = table(ran(tmp_path, lines(tmp_path / "a.jsonl", *rows)), "articles")
    told = got.select("article_id", pl.col("published_at").dt.to_string("%Y-%m-%dT%H:%M:%S"))
    assert dict(told.iter_rows()) == dates


def test_offsets_are_exact_among_invisible_and_right_to_left_characters(tmp_path):
    run = words("offsets", 60)
    hebrew = [word.translate({ord(c): 0x5D0 + ord(c) % 22 for c in set(word)}) for word in run]
    texts = {
        "a": "\u200b😀 " + " ".join(run), "b": "x\0y \u202e" + " \u200b".join(run) + " 😀",
        "c": "Q\u0301 " + "\r\n".join(word[:2] + "\u00ad" + word[2:] for word in run),
        "d": "\u200f" + " ".join(hebrew),
        "e": "Kop \u2066" + "\u200d ".join(hebrew) + "\u2069 👩‍👧",
    }  # fmt: skip
    out = ran(
        tmp_path, lines(tmp_path / "a.jsonl", *[{"id": i, "text": t} for i, t in texts.items()])
    )
    assert dict(table(out, "texts").iter_rows()) == texts
    passages = table(out, "passages").to_dicts()
    assert {(row["a_id"], row["b_id"]) for row in passages} >= {("a", "b"), ("d", "e")}
    for row in passages:
        sides = [texts[row[f"{x}_id"]][row[f"{x}_start"] : row[f"{x}_end"]] for x in "ab"]
        assert letters(sides[0]) == letters(sides[1])
        assert all(unicodedata.category(side[0])[0] == "L" for side in sides)


def letters(text: str) -> list[str]:
    return [c for c in text.casefold() if c.isalpha()]


@pytest.mark.parametrize(
    "texts",
    [["one"], ["one", "one", "two"], ["same words here"] * 300, [TEXT],
     ["9 " * 50_000, "9 " * 40_000]],
)  # fmt: skip
def test_few_and_equal_texts(tmp_path, texts):
    rows = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    out = ran(tmp_path, lines(tmp_path / "a.jsonl", *rows))
    assert table(out, "articles").height == len(texts)


@pytest.mark.parametrize(
    "matter", ["---\n", "---\ntitle: x\n", "---\n: :\n---\n", "---\n" + "k: v\n" * 999_999]
)
def test_broken_front_matter_is_text(tmp_path, matter):
    (tmp_path / "a.txt").write_text(matter + "Some words.")
    out = ran(tmp_path, tmp_path / "a.txt")
    assert table(out, "texts")["text"].to_list() == [matter + "Some words."]


# --- options


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--set", "near.treshold=1"], "did you mean 'near.threshold'?"),
        (["--set", "near=5"], "config: near: "),
        (["--set", "nonsense"], "write it as section.key=value"),
        (["--set", "outlets.registry=none"], "no preset called 'none'"),
        (["--set", "read.columns.text=body"], "has no column 'body' for text; its columns: id, so"),
        (["-c", "audti"], "presets: audit, bulk, default"),
    ],
)  # fmt: skip
def test_options_of_no_use_are_told(tmp_path, options, told):
    assert told in refused(tmp_path, lines(tmp_path / "a.jsonl", article(1)), *options)


JUDGED = "a_id,b_id,verdict\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("x,y\n1,2\n", "column a_id, b_id, verdict missing; it has x, y"),
        (JUDGED + "1,2,maybe\n", "line 2: verdict 'maybe' is neither yes nor no"),
        (JUDGED + "1,2\n", "line 2: verdict"),
        (JUDGED + ",2,yes\n", "line 2: an id is missing"),
        (JUDGED + "1,9,yes\n", "no article '9'"),
        (JUDGED + "1,1,yes\n", "stands beside itself"),
        (JUDGED + "1,2,yes\n2,1,no\n", "yes and no for 1, 2"),
        ("", "not a readable CSV"),
    ],
)  # fmt: skip
def test_judgements_of_no_use_are_told(tmp_path, data, told):
    (tmp_path / "j.csv").write_text(data)
    given = lines(tmp_path / "a.jsonl", article(1), article(2))
    assert told in refused(tmp_path, given, "--judgements", tmp_path / "j.csv")


BOM, CRLF = b"\xef\xbb\xbf", JUDGED.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("data", [BOM + JUDGED.encode() + b"1,2,yes\n", CRLF + b"2,1,YES \r\n"])
def test_judgements_as_spreadsheets_write_them(tmp_path, data):
    (tmp_path / "j.csv").write_bytes(data)
    given = lines(tmp_path / "a.jsonl", article(1), article(2))
    out = ran(tmp_path, given, "--judgements", tmp_path / "j.csv")
    assert json.loads((out / "run.json").read_text())["judgements"] == [
        {"a_id": "1", "b_id": "2", "verdict": True}
    ]


# --- the output


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("name", ["out", ".out.replaced", "out.work"])
def test_what_is_not_stemmas_is_never_touched(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine").write_text("x")
    before = contents(tmp_path)
    given = lines(tmp_path / "a.jsonl", article(1))
    done = stemma("run", given, "-o", tmp_path / "out", "--overwrite", "-q")
    assert done.exit_code == 1
    assert "elsewhere" in done.stderr or "isn't a stemma output" in done.stderr
    assert contents(tmp_path) == before | {"a.jsonl": given.read_bytes()}


@pytest.mark.parametrize("stdin", [b"", bytes(range(256)) * 9, b"id,text\n1,x\n"])
def test_standard_input_of_no_use_is_told(tmp_path, stdin):
    assert "standard input" in refused(tmp_path, "-", stdin=stdin)


def test_standard_input_and_files_together(tmp_path):
    given = lines(tmp_path / "a.jsonl", article(1))
    done = stemma(
        "run",
        "-",
        given,
        given,
        "-o",
        tmp_path / "out",
        "-q",
        stdin=json.dumps(article(2)).encode(),
    )
    assert (done.exit_code, table(tmp_path / "out", "articles").height) == (0, 2)


def test_nothing_hostile_reaches_a_terminal_or_a_spreadsheet(tmp_path):
    evil = ["=cmd()|x", "+1\x1b]0;own\x07", "@a\u202e", "-1\x1b[2J"]
    rows = [article(name, source=name, title=name, date=f"2020-01-0{n + 1}", text=f"{name} {TEXT}")
            for n, name in enumerate(evil)]  # fmt: skip
    out = ran(tmp_path, lines(tmp_path / "a.jsonl", *rows))
    for style in ("table", "csv", "json"):
        shown = stemma("explain", out, "--format", style, "--", "=cmd()|x", "@a\u202e")
        assert shown.exit_code == 0
        assert not set("\x1b\x07\u202e") & set(shown.output)
        assert style != "csv" or not any(
            cell[:1] in "=+-@" for cell in cells(shown.output.splitlines())
        )


def cells(rows: Iterable[str]) -> list[str]:
    return [cell.strip('"') for row in rows for cell in row.split(",") if cell]


def test_delimited_files_of_every_kind(tmp_path):
    kinds = {
        "a.csv": "id;text\n1;x, y\n2;z\n",
        "b.tsv": "id\ttext\n3\tx\n",
        "c.csv": 'id,text\n4,"x\n5,y\n',
        "d.csv": "id,text\r\n6,x\n7,y\r\n8,a\rb\n9\n",
    }
    for name, data in kinds.items():
        (tmp_path / name).write_text(data, newline="")
    out = ran(tmp_path, *(tmp_path / name for name in kinds))
    assert table(out, "articles")["article_id"].to_list() == ["1", "2", "3", "5", "6", "7"]
    assert table(out, "rejects")["locator"].to_list() == ["line 2", "line 4", "line 5"]


def test_an_id_in_broken_bytes_is_found_as_it_was_read(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(
        b'{"id": "\xff", "text": "Some words here."}\n{"id": "b", "text": "Some words there."}\n'
    )
    out = ran(tmp_path, tmp_path / "a.jsonl")
    assert stemma("explain", out, os.fsdecode(b"\xff"), "b").exit_code == 0
