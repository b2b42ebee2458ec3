"""One self-contained HTML page: headings, paragraphs, tables and charts; no script, no requests.

Names, titles and texts of articles are hostile. The template escapes whatever it is given, charts
are drawn here, and the page's content security policy allows nothing but its own style.
"""

import base64
import hashlib
from dataclasses import dataclass
from importlib.util import find_spec

from pipeline.errors import MissingExtraError
from pipeline.report.charts import Chart, as_svg

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --dim: #5b626b; --line: #d9dde2; --bg: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e9; --dim: #9aa3ad; --line: #3a4048; --bg: #16181b; }
}
body { margin: 2.5rem auto; max-width: 56rem; padding: 0 1.25rem; color: var(--ink);
  background: var(--bg); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1.5rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { margin: .6rem 0; max-width: 44rem; white-space: pre-line; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem 1.2rem .25rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); }
td.number, th.number { text-align: right; white-space: nowrap; }
figure { margin: 1rem 0; }
svg { max-width: 44rem; width: 100%; height: auto; }
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #444; --line: #bbb; --bg: #fff; }
  body { margin: 0; max-width: none; font-size: .85rem; }
  h2 { break-after: avoid; } tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""
_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ page.title }}</title>
<style>{{ style }}</style>
</head>
<body>
<h1>{{ page.title }}</h1>
{% for section in page.sections %}
<section>
<h2>{{ section.heading }}</h2>
{% for block in section.blocks %}
{% if block is string %}
<p>{{ block }}</p>
{% elif block is table %}
<div class="wide"><table>
{% if block.caption %}
<caption>{{ block.caption }}</caption>
{% endif %}
<thead><tr>
{%- for name in block.columns -%}
<th scope="col"{% if block.numeric(loop.index0) %} class="number"{% endif %}>{{ name }}</th>
{%- endfor -%}
</tr></thead>
<tbody>
{% for row in block.rows %}
<tr>
{%- for cell in row -%}
<td{% if block.numeric(loop.index0) %} class="number"{% endif %}>{{ cell | cell }}</td>
{%- endfor -%}
</tr>
{% endfor %}
</tbody>
</table></div>
{% else %}
<figure>{{ block | drawn }}</figure>
{% endif %}
{% endfor %}
</section>
{% endfor %}
</body>
</html>
"""

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows under named columns; columns of numbers stand to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def numeric(self, column: int) -> bool:
        """Whether a column holds numbers alone."""
        cells = [row[column] for row in self.rows if row[column] is not None]
        return bool(cells) and all(isinstance(cell, int | float) for cell in cells)


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; a string is a paragraph, its line breaks kept."""

    heading: str
    blocks: tuple[str | Table | Chart, ...]


@dataclass(frozen=True)
class Page:
    """A whole page."""

    title: str
    sections: tuple[Section, ...]


def check_extra() -> None:
    """See to it that `as_html` has what it needs.

    Raises:
        MissingExtraError: jinja2 or matplotlib isn't installed.
    """
    if any(find_spec(name) is None for name in ("jinja2", "matplotlib")):
        raise MissingExtraError("an HTML page", "report")


def as_html(page: Page) -> str:
    """The page: same content, same bytes.

    Raises:
        MissingExtraError: jinja2 or matplotlib isn't installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 -- of an extra
        from markupsafe import Markup  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("an HTML page", "report") from error
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.tests["table"] = lambda block: isinstance(block, Table)
    environment.filters["cell"] = _shown
    # The drawing escapes what it is told, as XML.
    environment.filters["drawn"] = lambda chart: Markup(as_svg(chart))  # noqa: S704
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    html: str = environment.from_string(_TEMPLATE).render(
        page=page,
        style=Markup(_STYLE),  # noqa: S704 -- ours
        policy=f"default-src 'none'; style-src 'sha256-{digest}'",
    )
    return html


def _shown(cell: Cell) -> str:
    """Thousands apart; floats with four digits that count."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.4g}" if abs(cell) < 1e4 else f"{cell:,.0f}"
    return f"{cell:,}" if isinstance(cell, int) else cell
