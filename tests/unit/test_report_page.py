"""Pages: whole, safe, the same each time."""

import base64
import hashlib
import re
import sys
from html.parser import HTMLParser

import pytest

from pipeline.errors import MissingExtraError
from pipeline.report.charts import Chart, Curve
from pipeline.report.page import Page, Section, Table, as_html

_HOSTILE = "\"'><img src=x onerror=alert(1)></style><script>alert(1)</script>{{ 7 * 7 }}"
_VOID = {"meta", "path", "use", "rect"}


class _Elements(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _page(text: str) -> Page:
    table = Table((text, "articles"), ((text, 12_345), (None, 7)), caption=text)
    chart = Chart(text, text, text, (Curve(text, (0.0, 1.0), (1.0, 2.0)),))
    return Page(text, (Section(text, (text, table, chart)), Section("again", (chart,))))


def test_a_page_holds_what_it_is_given() -> None:
    elements = _Elements(as_html(_page("Harbor Ledger")))
    assert elements.open == []
    assert "12,345" in elements.texts
    assert ("td", {"class": "number"}) in elements.tags
    assert [tag for tag, _ in elements.tags].count("svg") == 2
    assert elements.texts.count("Harbor Ledger") >= 8


def test_hostile_text_is_shown_and_never_acted_on() -> None:
    html = as_html(_page(_HOSTILE))
    elements = _Elements(html)
    assert _HOSTILE in elements.texts
    assert "49" not in "".join(elements.texts)
    for tag, attributes in elements.tags:
        assert tag not in {"script", "img", "iframe", "object", "link", "base"}
        assert not [name for name in attributes if name.startswith("on")]


def test_a_page_asks_for_nothing_and_allows_its_own_style_alone() -> None:
    html = as_html(_page("Harbor Ledger"))
    elements = _Elements(html)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in elements.tags
    for _, attributes in elements.tags:
        assert "style" not in attributes
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "url(" not in style


def test_no_two_elements_of_other_content_share_an_id() -> None:
    html = as_html(_page("Harbor Ledger"))
    shapes = re.findall(r'<(?:path|clipPath) id="([^"]+)"([^>]*)>', html)
    assert len(dict(shapes)) == len(set(shapes))
    assert not re.findall(r'<g id="', html)


def test_a_page_is_the_same_each_time() -> None:
    assert as_html(_page("Harbor Ledger")) == as_html(_page("Harbor Ledger"))


@pytest.mark.parametrize("missing", ["jinja2", "matplotlib"])
def test_without_the_extra_its_name_is_told(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[report\]'"):
        as_html(_page("Harbor Ledger"))
