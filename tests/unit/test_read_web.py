"""Web pages and WARC archives; skipped where the extra `web` isn't installed."""

import gzip
import os

import pytest

from pipeline.config import Read
from pipeline.errors import InputError
from pipeline.io.read import read_articles

pytest.importorskip("trafilatura", exc_type=ImportError)
pytest.importorskip("fastwarc", exc_type=ImportError)

PAGE = b"""<html><head><title>A headline</title><meta property="og:site_name" content="The Daily">
<meta property="article:published_time" content="2019-11-12T10:30:00Z">
<link rel="canonical" href="https://daily.example.com/a"></head><body><article><h1>A headline</h1>
<p>The first paragraph says a good number of words about what happened in the town.</p>
<p>The second one adds details and quotes a witness, who had not expected it at all.</p>
</article></body></html>"""


def record(number: int, body: bytes, kind: bytes = b"text/html; charset=utf-8") -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        kind, len(body), body,
    )  # fmt: skip
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:%d>\r\n"
        b"WARC-Target-URI: https://www.example.co.uk/%d\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    ) % (number, number, len(http), http)


def test_a_page(tmp_path):
    (tmp_path / "a.html").write_bytes(PAGE)
    got = read_articles([tmp_path], Read()).articles.row(0, named=True)
    assert (got["article_id"], got["title"], got["source"]) == ("a.html", "A headline", "The Daily")
    assert (str(got["published_at"].date()), got["published_precision"]) == ("2019-11-12", "day")
    assert "a good number of words" in got["text"]


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_an_archive(tmp_path, pack):
    records = [record(1, PAGE), record(2, b"<html></html>"), record(3, b"x", b"image/png"),
               record(4, PAGE * 3000), record(5, b"<div>" * 50_000 + PAGE)]  # fmt: skip
    (tmp_path / "a.warc.gz").write_bytes(b"".join(pack(r) for r in records))
    dump = read_articles([tmp_path], Read(max_article_mb=1))
    assert dump.articles["article_id"][0] == "urn:uuid:1"
    reasons = dict(dump.rejects.select("locator", "reason").iter_rows())
    assert reasons["<urn:uuid:2>"] == "holds no article text"
    assert "max_article_mb" in reasons["<urn:uuid:4>"]
    assert "<urn:uuid:3>" not in reasons


def test_broken_archives(tmp_path):
    whole = gzip.compress(record(1, PAGE)) + gzip.compress(record(2, os.urandom(3000)))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(whole[:-1500])
    dump = read_articles([path], Read())
    assert dump.articles.height == 1
    assert "cut off" in dump.rejects.filter(locator="file")["reason"][0]
    path.write_bytes(b"not an archive\n" * 100)
    with pytest.raises(InputError, match="broken WARC"):
        read_articles([path], Read())
