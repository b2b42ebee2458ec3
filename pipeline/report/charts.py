"""Charts: described once, drawn for a terminal or as SVG."""

import io
import math
import re
import warnings
from dataclasses import dataclass
from itertools import cycle, pairwise
from xml.etree import ElementTree as ET

from plotille import Canvas

from pipeline.errors import MissingExtraError

_SIGNS = "o+x*#@"
_TICKS = 5
_BLANK = "\u2800"  # braille without a dot
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_INK = "#010203"  # stands for the page's own colour, dark or light
_RC = {
    "svg.hashsalt": "stemma",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "legend.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), _INK),
    **dict.fromkeys(("xtick.color", "ytick.color"), _INK),
}
# Of Okabe and Ito's palette: told apart by the colour-blind, and seen on white and on black.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


@dataclass(frozen=True)
class Curve:
    """Some points of a chart, joined by a line unless they are `points`; x and y equally long."""

    name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    points: bool = False

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"curve {self.name}: {len(self.x)} x and {len(self.y)} y")
        if not all(map(math.isfinite, (*self.x, *self.y))):
            raise ValueError(f"curve {self.name}: not all finite")


@dataclass(frozen=True)
class Chart:
    """What is to be drawn; both axes linear, from a round number to a round number."""

    title: str
    x_label: str
    y_label: str
    curves: tuple[Curve, ...]

    def axis(self, name: str) -> tuple[float, float, float]:
        """First tick, last tick and the step between two, for "x" or "y"."""
        values = [v for curve in self.curves for v in getattr(curve, name)] or [0.0, 1.0]
        low, high = min(values), max(values)
        # The next of 1, 2 and 5 times a power of ten makes about as many ticks as wanted.
        rough = max((high - low) / _TICKS, abs(high) * 1e-9, 1e-12)
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(s * power for s in (1.0, 2.0, 5.0, 10.0) if s * power >= rough * 0.999)
        first = math.floor(low / step + 1e-9) * step
        return first, max(math.ceil(high / step - 1e-9) * step, first + step), step


def in_terminal(chart: Chart, width: int = 80, height: int = 20) -> str:
    """The chart as plain text: no colours, no control characters but line ends.

    Args:
        chart: what to draw.
        width: of the whole, in columns; at least 32.
        height: of the whole, in lines, a legend of several curves apart; at least 9.
    """
    bottom, top, step = chart.axis("y")
    heights = _ticks(bottom, top, step)
    margin = max(len(text) for _, text in heights) + 2
    columns, rows = max(width, 32) - margin, max(height, 9) - 4
    told = {rows - 1 - _dot(at, bottom, top, 4 * rows) // 4: text for at, text in heights}
    body = [
        f"{told.get(row, ''):>{margin - 2}} {'┤' if row in told else '│'}{line}"
        for row, line in enumerate(_curves(chart, columns, rows))
    ]
    labels = f"{' ' * margin}across: {_line(chart.x_label)}; up: {_line(chart.y_label)}"
    signs = zip(chart.curves, _signs(chart), strict=True)
    legend = [f"{' ' * margin}{sign or '⠤'} {_line(curve.name)}" for curve, sign in signs]
    foot = [*_foot(chart, columns, margin), labels, *(legend if legend[1:] else [])]
    return "\n".join(line.rstrip() for line in [_line(chart.title), *body, *foot])


def _foot(chart: Chart, columns: int, margin: int) -> tuple[str, str]:
    """The axis across, and the numbers under it as far as they don't touch."""
    left, right, step = chart.axis("x")
    marks, names = ["─"] * columns, [" "] * (columns + margin)
    for at, text in _ticks(left, right, step):
        column = _dot(at, left, right, 2 * columns) // 2
        marks[column] = "┬"
        start = min(max(0, margin + column - len(text) // 2), len(names) - len(text))
        if not "".join(names[max(0, start - 1) : start + len(text) + 1]).strip():
            names[start : start + len(text)] = text
    return f"{' ' * (margin - 1)}└{''.join(marks)}", "".join(names)


def _curves(chart: Chart, columns: int, rows: int) -> list[str]:
    """Lines in dots of braille, two across and four up in each character; points as signs."""
    canvas = Canvas(columns, rows, 0, 0, 2 * columns, 4 * rows)
    (left, right, _), (bottom, top, _) = chart.axis("x"), chart.axis("y")
    for curve, sign in zip(chart.curves, _signs(chart), strict=True):
        across = [_dot(x, left, right, 2 * columns) for x in curve.x]
        dots = list(zip(across, [_dot(y, bottom, top, 4 * rows) for y in curve.y], strict=True))
        for start, end in [] if curve.points else pairwise(dots):
            canvas.line(*start, *end)
        for dot in dots if sign else ():
            canvas.point(*dot, marker=sign)
    drawn: str = canvas.plot(linesep="\n")
    return drawn.replace(_BLANK, " ").split("\n")


def _dot(value: float, low: float, high: float, dots: int) -> int:
    return round((value - low) / (high - low) * (dots - 1))


def _signs(chart: Chart) -> list[str]:
    """What marks each curve's points; the first line goes without."""
    plain = next((at for at, curve in enumerate(chart.curves) if not curve.points), -1)
    signs = cycle(_SIGNS)
    return ["" if at == plain else next(signs) for at in range(len(chart.curves))]


def _ticks(first: float, last: float, step: float) -> list[tuple[float, str]]:
    """Where the ticks are, and what they say, with the decimals that two neighbours need."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    places = [first + at * step for at in range(round((last - first) / step) + 1)]
    return [(at, f"{round(at, decimals) + 0.0:,.{decimals}f}") for at in places]


def _line(text: str) -> str:
    return "".join(c for c in re.sub(r"\s+", " ", text) if c.isprintable())


def as_svg(chart: Chart) -> str:
    """The chart as an SVG element to stand in a page: same chart, same bytes.

    It holds no style: a page's content security policy need not allow any. Text stays text, and
    what isn't a curve takes the page's own colour.

    Raises:
        MissingExtraError: matplotlib isn't installed.
    """
    try:
        from matplotlib import style  # noqa: PLC0415 -- slow to import, and of an extra
    except ImportError as error:
        raise MissingExtraError("drawing a chart", "report") from error
    with style.context(["default", _RC]):
        drawn = _drawn(chart)
    root = ET.fromstring(drawn)  # noqa: S314 -- of matplotlib's making
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in {f"{_SVG}metadata", f"{_SVG}style"}:
                parent.remove(child)
    for element in root.iter():
        _unstyle(element)
    root.attrib = {
        "xmlns": _SVG[1:-1],
        "viewBox": root.attrib["viewBox"],
        "role": "img",
        "aria-label": _line(chart.title),
        "stroke-linejoin": "round",
    }
    return ET.tostring(root, encoding="unicode")


def _drawn(chart: Chart) -> str:
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawing = Figure(figsize=(7.2, 4.0), layout="constrained")
    axes = drawing.add_subplot()
    for at, curve in enumerate(chart.curves):
        (line,) = axes.plot(curve.x, curve.y, label=_line(curve.name))
        line.set_color(_COLOURS[at % len(_COLOURS)])
        if curve.points:
            line.set(linestyle="none", marker="o", markersize=4)
    for name in ("x", "y"):
        first, last, _ = chart.axis(name)
        axes.set(**{f"{name}lim": (first, last)})
    axes.set(title=_line(chart.title), xlabel=_line(chart.x_label), ylabel=_line(chart.y_label))
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    if len(chart.curves) > 1:
        axes.legend(frameon=False)
    out = io.StringIO()
    with warnings.catch_warnings():
        # Letters that matplotlib's own font lacks: the reader's draws them.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _unstyle(element: ET.Element) -> None:
    """Presentation attributes in place of a style; the page's own colour in place of ink."""
    element.tag = element.tag.removeprefix(_SVG)
    for part in element.attrib.pop("style", "").split(";"):
        name, colon, value = part.partition(":")
        if colon:
            element.set(name.strip(), value.strip())
    if "font-family" in element.attrib:
        element.set("font-family", "system-ui, sans-serif")
    if _LINK in element.attrib:
        element.set("href", element.attrib.pop(_LINK))
    if element.tag == "g":  # charts of one page must not share ids; those of shapes are hashes
        element.attrib.pop("id", None)
    for name, value in element.attrib.items():
        if value == _INK:
            element.set(name, "currentColor")
