"""Files, folders, patterns, links: what is read, what is passed over, what is refused."""

import json
import os
import sys
from pathlib import Path

import pytest

from pipeline.config import Read
from pipeline.errors import InputError, MissingExtraError
from pipeline.io.read import read_articles

READ = Read()


def article(path: Path, name: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"id": name, "text": f"Text {name}."}) + "\n")
    return path


def ids(*inputs: str | Path, options: Read = READ) -> list[str]:
    return read_articles(inputs, options).articles["article_id"].to_list()


def test_a_folder_gives_article_files_and_tells_the_rest(tmp_path):
    article(tmp_path / "a" / "b.jsonl")
    (tmp_path / "a" / "note.pdf").write_text("x")
    (tmp_path / ".hidden").mkdir()
    os.mkfifo(tmp_path / "pipe.jsonl")
    dump = read_articles([tmp_path], READ)
    assert dump.inputs[0].path == str(tmp_path / "a" / "b.jsonl")
    told = "\n".join(dump.skipped)
    assert "note.pdf: not an article file" in told
    assert ".hidden: hidden" in told
    assert "pipe.jsonl: not a regular file" in told


def test_one_file_named_thrice_is_read_once(tmp_path):
    path = article(tmp_path / "a.jsonl")
    dump = read_articles([path, tmp_path, str(tmp_path / "*.jsonl"), path], READ)
    assert (len(dump.inputs), dump.counts["duplicate_rows"]) == (1, 0)


def test_patterns(tmp_path):
    for name in ("1", "2"):
        article(tmp_path / name / f"{name}.jsonl", name)
    (tmp_path / "1" / "x.pdf").write_text("x")
    assert ids(str(tmp_path / "**" / "*.*")) == ["1", "2"]
    assert ids(str(tmp_path / "?")) == ["1", "2"]
    with pytest.raises(InputError, match="no file matches"):
        ids(str(tmp_path / "*.csv"))


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path):
    assert ids(article(tmp_path / "a[1].jsonl")) == ["1"]


def test_errors_name_the_place(tmp_path):
    (tmp_path / "x.pdf").write_text("x")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "blank.jsonl").write_text("\n\n")
    for name, message in {
        "no.jsonl": "no.jsonl not found",
        "x.pdf": "unknown kind; stemma reads .jsonl",
        "empty.jsonl": "empty.jsonl is empty",
        "folder": "folder holds no article files",
        "blank.jsonl": "blank.jsonl holds no articles",
    }.items():
        with pytest.raises(InputError, match=message):
            ids(tmp_path / name)
    with pytest.raises(InputError, match="no inputs"):
        ids()


def test_an_empty_file_beside_a_good_one_is_a_reject(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    dump = read_articles([tmp_path / "empty.jsonl", article(tmp_path / "a.jsonl")], READ)
    assert dump.rejects["reason"].to_list() == ["is empty"]


def test_links_that_lead_out_are_refused_unless_followed(tmp_path):
    article(tmp_path / "out" / "x.jsonl", "out")
    inside = article(tmp_path / "in" / "a.jsonl", "in")
    (tmp_path / "in" / "file.jsonl").symlink_to(tmp_path / "out" / "x.jsonl")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "same.jsonl").symlink_to(inside)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "nowhere.jsonl").symlink_to(tmp_path / "in" / "gone")
    dump = read_articles([tmp_path / "in"], READ)
    assert dump.articles["article_id"].to_list() == ["in"]
    assert dump.rejects.height == 2
    assert dump.rejects["reason"].str.contains("follow_symlinks").all()
    assert ids(tmp_path / "in", options=Read(follow_symlinks=True)) == ["in", "out"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always UTF-8")
def test_hostile_names_are_shown_harmlessly(tmp_path):
    for name in (b"\x1b[2J.jsonl", b"\xff.jsonl", "\u202egnp.jsonl".encode()):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        article(path, name.hex())
    dump = read_articles([tmp_path], READ)
    assert [Path(file.path).name for file in dump.inputs] == [
        r"\u202egnp.jsonl", r"\udcff.jsonl", r"\x1b[2J.jsonl",
    ]  # fmt: skip
    (tmp_path / "\x1b.pdf").touch()
    with pytest.raises(InputError, match=r"\\x1b\.pdf"):
        ids(tmp_path / "\x1b.pdf")


def test_deep_folders(tmp_path):
    folder = tmp_path
    for _ in range(300):
        folder = folder / "d"
    assert ids(tmp_path, article(folder / "a.jsonl")) == ["1"]


def test_text_files(tmp_path):
    (tmp_path / "BBC").mkdir()
    (tmp_path / "BBC" / "a.txt").write_text("Plain.\n--- not front matter\n")
    (tmp_path / "b.md").write_text(
        "---\ntitle: 'A: b'\nPublisher: CNN\ndate: 2019-11-12\ntext: no\n# c\n---\nBody.\n"
    )
    (tmp_path / "c.txt").write_text("---\nA line\n---\nThe text.\n")
    rows = {row["article_id"]: row for row in read_articles([tmp_path], READ).articles.to_dicts()}
    assert (rows["BBC/a.txt"]["source"], rows["BBC/a.txt"]["published_at"]) == ("BBC", None)
    assert (rows["b.md"]["title"], rows["b.md"]["source"]) == ("A: b", "CNN")
    assert (rows["b.md"]["text"], rows["b.md"]["published_precision"]) == ("Body.\n", "day")
    assert rows["c.txt"]["text"] == "---\nA line\n---\nThe text.\n"
    assert ids(tmp_path / "BBC" / "a.txt") == ["a.txt"]


def test_long_text_files_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("x" * 3_000_000)
    article(tmp_path / "a.jsonl")
    dump = read_articles([tmp_path], Read(max_article_mb=1))
    assert "max_article_mb" in dump.rejects["reason"][0]


@pytest.mark.parametrize("name", ["a.html", "a.warc.gz"])
def test_pages_without_the_extra_say_what_to_install(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (tmp_path / name).write_text("<p>x</p>")
    for given in (tmp_path, tmp_path / name):
        with pytest.raises(MissingExtraError, match=r"\[web\]"):
            ids(given)
