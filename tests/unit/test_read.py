"""What users get from the reading layer: articles, rejects, counts, and errors that help."""

import gzip
import json
import random
import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import xxhash
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.config import ColumnNames, Read
from pipeline.errors import InputError
from pipeline.io.delimited import read_csv
from pipeline.io.json_values import read_json
from pipeline.io.parquet import read_parquet
from pipeline.io.read import Dump, read_articles, read_shards
from pipeline.io.sources import Source

READ = Read()
ROW = {"id": "1", "text": "Some words.", "source": "S", "date": "2019-11-12", "url": "http://a.b"}


def write(path: Path, *rows: object, end: str = "\n") -> Path:
    lines = [r if isinstance(r, str) else json.dumps(r) for r in rows]
    path.write_bytes("".join(line + end for line in lines).encode("utf-8", "surrogatepass"))
    return path


def one(path: Path, options: Read = READ) -> dict:
    dump = read_articles([path], options)
    assert dump.articles.height == 1
    return dump.articles.row(0, named=True)


def reasons(dump: Dump) -> dict[str, str]:
    return dict(dump.rejects.select("locator", "reason").iter_rows())


# --- JSON lines


def test_usual_names_in_any_case(tmp_path):
    row = {"Article-ID": 7, "BODY": "x", "pubDate": "2019-11-12", "Publisher": "P", "Headline": "H"}
    got = one(write(tmp_path / "a.jsonl", row))
    assert (got["article_id"], got["text"], got["source"], got["title"]) == ("7", "x", "P", "H")
    assert got["published_precision"] == "day"


def test_nested_values_become_names(tmp_path):
    row = ROW | {"source": {"name": "BBC", "id": 3}, "authors": ["A", {"name": "B"}, None]}
    got = one(write(tmp_path / "a.jsonl", row))
    assert (got["source"], got["author"]) == ("BBC", "A, B")


def test_text_that_is_no_string_is_refused(tmp_path):
    bad = [5, 1.5e3, True, ["a"], {"a": 1}, None, "", " \n", float("nan")]
    rows = [{"id": str(i), "text": t} for i, t in enumerate(bad)]
    strings = [{"id": f"s{i}", "text": t} for i, t in enumerate(["5", "true", "[x]", '{"a": 1}'])]
    dump = read_articles([write(tmp_path / "a.jsonl", *rows, *strings)], READ)
    assert dump.articles["article_id"].to_list() == ["s0", "s1", "s2", "s3"]
    assert set(reasons(dump)) == {f"line {i}" for i in range(1, 10)}


def test_columns_of_other_types_never_matter(tmp_path):
    rows = [ROW | {"id": i, "x": x} for i, x in enumerate([1, "a", [1], {"b": 2}, None, 1e300])]
    assert read_articles([write(tmp_path / "a.jsonl", *rows)], READ).articles.height == 6


def test_broken_lines_are_named_and_the_rest_is_read(tmp_path):
    lines = [ROW, "", '{"text": "b"', "[]", '{"text": "x"} y', "   ", ROW | {"id": "2"}]
    dump = read_articles([write(tmp_path / "a.jsonl", *lines, end="\r\n")], READ)
    assert dump.articles["article_id"].to_list() == ["1", "2"]
    assert set(reasons(dump)) == {"line 3", "line 4", "line 5"}
    assert dump.counts["rows"] == 5


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_nesting_is_a_reject(tmp_path, opening):
    bad = '{"text": "x", "e": ' + opening * 200_000
    dump = read_articles([write(tmp_path / "a.jsonl", ROW, bad)], READ)
    assert "line 2" in reasons(dump)


def test_lone_surrogates_and_broken_bytes_are_replaced_and_counted(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"id": "1", "text": "a\\ud83d b"}\n{"id": "2", "text": "a\xff"}\n'
        b'{"id": "3", "text": "a \\ud83d\\ude00"}\n{"id": "4", "text": "a\\u0000b"}\n'
    )
    dump = read_articles([path], READ)
    assert dump.articles["text"].to_list() == ["a\ufffd b", "a\ufffd", "a \U0001f600", "a\0b"]
    assert dump.counts["replaced_characters"] == 2
    assert any("U+FFFD" in warning for warning in dump.warnings)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, encoding):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ROW | {"text": "héé"}, ensure_ascii=False) + "\n", encoding)
    assert one(path)["text"] == "héé"


def test_the_first_of_equal_keys_counts_whichever_way_a_line_is_read(tmp_path):
    line = '{"text": "a", "text": "b", "id": "%s"}'
    fast = read_articles([write(tmp_path / "a.jsonl", line % 1)], READ)
    slow = read_articles([write(tmp_path / "b.jsonl", line % 1, "broken")], READ)
    assert fast.articles.equals(slow.articles)


TEXTS = st.text() | st.text(alphabet='[]{}"\\\\ :,a1\ud83d\0')
KEYS = st.sampled_from(["name", "x"]) | TEXTS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS | st.floats(allow_nan=False, width=16),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["id", "text", "body", "author", "date", "x"]), JSON))
)
def test_one_bad_line_changes_nothing_for_the_others(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("r")
    rows = [ROW, *rows]
    alone = read_articles([write(folder / "a.jsonl", *rows)], READ)
    beside = read_articles([write(folder / "b.jsonl", *rows, "{broken")], READ)
    assert alone.articles.equals(beside.articles)
    assert alone.rejects.height + 1 == beside.rejects.height


def test_json_array_and_spread_objects(tmp_path):
    rows = [ROW, ROW | {"id": "2"}, 5]
    for indent in (None, 2):
        path = tmp_path / f"a{indent}.json"
        path.write_text(json.dumps(rows, indent=indent))
        dump = read_articles([path], READ)
        assert dump.articles["article_id"].to_list() == ["1", "2"]
        assert reasons(dump) == {"item 3": "not a JSON object"}
    path.write_text(json.dumps(ROW, indent=1))
    assert one(path)["article_id"] == "1"
    assert one(write(tmp_path / "b.json", ROW))["article_id"] == "1"


def test_broken_json_array_keeps_what_came_before(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ROW] * 2)[:-5])
    dump = read_articles([path], READ)
    assert dump.articles.height == 1
    assert "reading stopped" in reasons(dump)["item 2"]


# --- compression and limits


def test_compressed_lines(tmp_path):
    data = write(tmp_path / "plain", ROW).read_bytes()
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(data) + gzip.compress(b"\n" + data))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(data) + zstandard.compress(data))
    for name in ("a.jsonl.gz", "b.jsonl.zst"):
        dump = read_articles([tmp_path / name], READ)
        assert (dump.counts["rows"], dump.rejects.height) == (2, 0)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_cut_off_archive_gives_the_rows_before(tmp_path, pack):
    rng = random.Random(1)
    rows = [ROW | {"id": i, "text": rng.randbytes(5000).hex()} for i in range(200)]
    data = write(tmp_path / "plain", *rows).read_bytes()
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(pack(data)[: len(pack(data)) // 2])
    dump = read_articles([path], READ)
    assert 50 < dump.articles.height < 150
    assert "cut off" in reasons(dump)["file"]
    path.write_bytes(pack(data)[:8])
    with pytest.raises(InputError, match="cut off"):
        read_articles([path], READ)


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_bomb_is_stopped_by_its_knob(tmp_path, pack):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(pack(json.dumps(ROW).encode() + b"\n" + b" " * 50_000_000))
    dump = read_articles([path], Read(max_member_mb=4))
    assert dump.articles.height == 1
    assert "read.max_member_mb" in reasons(dump)["file"]


def test_long_articles_and_endless_lines_are_refused(tmp_path):
    rows = [ROW | {"id": i, "text": "x" * size} for i, size in enumerate((9, 1_200_000, 9_000_000))]
    dump = read_articles(
        [write(tmp_path / "a.jsonl", *rows, ROW | {"id": 4})], Read(max_article_mb=1)
    )
    assert dump.articles["article_id"].to_list() == ["0", "4"]
    assert set(reasons(dump)) == {"line 2", "line 3"}
    assert all("read.max_article_mb" in reason for reason in reasons(dump).values())


# --- columns


def test_mapped_columns(tmp_path):
    path = write(tmp_path / "a.jsonl", {"id": 1, "Artículo": "t", "text": "other", "who": "W"})
    options = Read(columns=ColumnNames(text="Artículo", source="who"))
    assert (one(path, options)["text"], one(path, options)["source"]) == ("t", "W")
    with pytest.raises(
        InputError, match=r"no column 'body' for text.*Artículo, id, text, who.*read"
    ):
        read_articles([path], Read(columns=ColumnNames(text="body")))


def test_a_mapped_column_that_no_row_has_is_an_error(tmp_path):
    path = write(tmp_path / "a.jsonl", ROW | {"extra": 1})
    with pytest.raises(InputError, match=r"no column 'who' for author.*date, extra, id"):
        read_articles([path], Read(columns=ColumnNames(author="who")))


def test_no_text_column_names_those_there_are(tmp_path):
    (tmp_path / "a.csv").write_text("id,words\n1,x\n")
    pl.DataFrame({"id": [1], "words": ["x"]}).write_parquet(tmp_path / "a.parquet")
    write(tmp_path / "a.jsonl", {"id": 1, "words": "x"})
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        with pytest.raises(
            InputError, match=r"no text column; its columns: id, words.*columns\.text"
        ):
            read_articles([tmp_path / name], READ)


def test_source_falls_back_on_the_registered_domain(tmp_path):
    urls = ["https://www.bbc.co.uk/news/1", "//edition.cnn.com:80/x", "nonsense", "http://[::1/x"]
    rows = [{"id": i, "text": "x", "url": url} for i, url in enumerate(urls)]
    dump = read_articles([write(tmp_path / "a.jsonl", *rows)], READ)
    assert dump.articles["source"].to_list() == ["bbc.co.uk", "cnn.com", None, None]


# --- CSV


def test_csv_with_quotes_newlines_and_broken_rows(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        'ID;Text;Date\n1;"a ""b"";\nc";2019-11-12\n2;x\n\n3;"y;2019-11-12\n4;"z";2019-11-13\n5;w;\n'
    )
    dump = read_articles([path], READ)
    assert dump.articles["text"].to_list() == ['a "b";\nc', "z", "w"]
    assert set(reasons(dump)) == {"line 4", "line 6"}


def test_csv_with_a_quote_that_never_closes(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id,text\n1,a\n2,"b\n3,c\n4,d\n')
    dump = read_articles([path], READ)
    assert dump.articles["article_id"].to_list() == ["1", "3", "4"]
    assert set(reasons(dump)) == {"line 3"}


# --- Parquet


def test_parquet_types(tmp_path):
    frame = pl.DataFrame(
        {
            "id": [1.0, 2.0],
            "content": [b"a\xff", "é".encode()],
            "published": [datetime(2019, 11, 12, 10, 30), None],
            "authors": [["A", "B"], []],
            "source": [{"name": "S"}, {"name": None}],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    dump = read_articles([tmp_path / "a.parquet"], READ)
    assert dump.articles["article_id"].to_list() == ["1", "2"]
    assert dump.articles["text"].to_list() == ["a\ufffd", "é"]
    assert dump.articles["author"].to_list() == ["A, B", None]
    assert dump.articles["source"].to_list() == ["S", None]
    assert dump.articles["published_precision"].to_list() == ["second", "unknown"]
    frame.with_columns(published=date(2019, 11, 12)).write_parquet(tmp_path / "a.parquet")
    days = read_articles([tmp_path / "a.parquet"], READ)
    assert days.articles["published_precision"].to_list() == ["day", "day"]


def test_corrupt_parquet(tmp_path):
    write(tmp_path / "good.jsonl", ROW)
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["x" * 1000] * 50}).write_parquet(path)
    data = path.read_bytes()
    for bad in (b"PAR1", b"x" * 100, data[:-20], data[:50] + b"\xff" * 60 + data[110:]):
        path.write_bytes(bad)
        with pytest.raises(InputError, match="Parquet"):
            read_articles([path], READ)
        dump = read_articles([tmp_path], READ)
        assert dump.articles.height == 1
        assert "Parquet" in reasons(dump)["file"]


def test_every_kind_reads_the_same(tmp_path):
    rows = [{"id": str(i), "text": f"t{i}", "date": "2019-11-12 10:30"} for i in range(50)]
    write(tmp_path / "a.jsonl", *rows)
    (tmp_path / "a.json").write_text(json.dumps(rows))
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame(rows).write_csv(tmp_path / "a.csv")
    dumps = [read_articles([p], READ).articles for p in sorted(tmp_path.iterdir())]
    assert len(dumps) == 4
    assert all(dump.equals(dumps[0]) for dump in dumps)


# --- ids


def test_ids(tmp_path):
    other = ROW | {"text": "Other."}
    path = write(
        tmp_path / "a.jsonl", ROW, ROW, other, {"text": "n"}, {"text": "n", "id": "x" * 600}
    )
    dump = read_articles([path], READ)
    assert dump.counts["duplicate_rows"] == 2
    assert dump.counts["renamed_ids"] == 2
    assert dump.counts["replaced_ids"] == 1
    renamed = dump.articles.filter(pl.col("article_id").str.contains("~"))
    assert renamed["article_id"].str.contains("^1~[0-9a-f]{8}$").all()


ROWS = st.lists(
    st.fixed_dictionaries(
        {"text": st.sampled_from(["a", "b", "c"]), "date": st.sampled_from(["2019-11-12", "x"])},
        optional={"id": st.sampled_from(["1", "2", "1~5"]), "title": st.sampled_from(["T", ""])},
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 12))
def test_order_and_files_change_no_article(tmp_path_factory, rows, rng, cut):
    folder = tmp_path_factory.mktemp("r")
    whole = read_articles([write(folder / "a.jsonl", *rows)], READ).articles
    shuffled = rng.sample(rows, len(rows))
    parts = [
        write(folder / f"{i}.ndjson", *p) for i, p in enumerate((shuffled[:cut], shuffled[cut:]))
    ]
    assert read_articles(parts, READ).articles.equals(whole)
    assert whole["article_id"].is_unique().all()
    assert whole["article_id"].is_sorted()


def test_shards_together_are_the_whole(tmp_path):
    rows = [{"id": i, "text": f"t{i}"} for i in range(1000)]
    rows[500]["text"] = None
    pl.DataFrame(rows).write_csv(tmp_path / "a.csv")
    for name, count in (("a.jsonl", 10), ("b.jsonl", 990)):
        write(tmp_path / name, *rows[:count])
    shards = [list(read_shards([tmp_path], READ, size)) for size in (1, 300, 10**6)]
    assert len(shards[0]) > len(shards[2])
    tables = [pl.concat([s.articles for s in run]) for run in shards]
    assert all(table.equals(tables[0]) for table in tables)
    assert len({tuple(f for s in run for f in s.inputs) for run in shards}) == 1


def test_shards_are_bounded_by_bytes(tmp_path):
    rows = [{"id": f"{n:03}", "text": f"é{n} " * (n % 7 * 100 + 1)} for n in range(40)]
    frame = pl.DataFrame(rows)
    frame.write_csv(tmp_path / "a.csv")
    frame.write_parquet(tmp_path / "a.parquet")
    write(tmp_path / "a.jsonl", *rows)
    (tmp_path / "a.json").write_text(json.dumps(rows))
    for kind in ("csv", "parquet", "jsonl", "json"):
        runs = [
            list(read_shards([tmp_path / f"a.{kind}"], READ, 9999, n)) for n in (1, 5000, 1 << 40)
        ]
        tables = [pl.concat([s.articles for s in run]) for run in runs]
        assert all(table.equals(tables[0]) for table in tables)
        assert len({tuple(f for s in run for f in s.inputs) for run in runs}) == 1
        sizes = [s.articles["text"].str.len_bytes().sum() for s in runs[1]]
        assert max(sizes) < 2 * 5000 + 4000
        assert max(s.articles.height for s in runs[0]) == 1


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_readers_hold_few_long_articles_at_a_time(tmp_path, monkeypatch, kind):
    for reader in ("delimited", "json_values", "parquet"):
        monkeypatch.setattr(f"pipeline.io.{reader}.BYTES", 20_000)
    rng = random.Random(4)
    rows = [{"text": rng.randbytes(1000).hex()} for _ in range(200)]
    path = tmp_path / f"a.{kind}"
    if kind == "json":
        path.write_text(json.dumps(rows))
    else:
        getattr(pl.DataFrame(rows), f"write_{kind}")(path)
    reader = {"csv": read_csv, "json": read_json, "parquet": read_parquet}[kind]
    frames = [batch.frame for batch in reader(Source(path, READ), "a", READ)]
    assert pl.concat(frames)["text"].to_list() == [row["text"] for row in rows]
    assert max(frame["text"].str.len_bytes().sum() for frame in frames) <= 70_000


# --- dates of a whole input


def test_midnights_throughout_are_days(tmp_path):
    rows = [{"id": i, "text": "x", "date": f"2019-11-1{i}T00:00:00"} for i in range(3)]
    path = write(tmp_path / "a.jsonl", *rows)
    assert set(read_articles([path], READ).articles["published_precision"]) == {"day"}
    path = write(tmp_path / "a.jsonl", *rows, ROW | {"id": 9, "date": "2019-11-12T00:01:00"})
    precisions = read_articles([path], READ).articles["published_precision"].to_list()
    assert precisions == ["second"] * 4


def test_unusable_dates_are_counted_with_an_example(tmp_path):
    dates = ["7/23", "0001-01-01", "2050-01-01", "", None]
    path = write(tmp_path / "a.jsonl", *[ROW | {"id": i, "date": d} for i, d in enumerate(dates)])
    dump = read_articles([path], READ)
    assert (dump.counts["dates_unreadable"], dump.counts["dates_out_of_range"]) == (1, 2)
    assert f"'7/23' in {path} line 1" in dump.warnings[0]
    assert dump.articles["published_at"].null_count() == 5


# --- standard input


def test_standard_input(monkeypatch, tmp_path):
    path = write(tmp_path / "in", ROW)
    with path.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        dump = read_articles(["-"], READ)
    assert dump.inputs[0].path == "standard input"
    assert dump.inputs[0].bytes == path.stat().st_size


def test_hash_is_of_the_file(tmp_path):
    path = write(tmp_path / "a.jsonl", ROW)
    (file,) = read_articles([path], READ).inputs
    assert file.xxh64 == xxhash.xxh64_hexdigest(path.read_bytes())
    assert (file.path, file.articles) == (str(path), 1)
