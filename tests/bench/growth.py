"""How time grows with size: the slope on log–log paper, and that paper as SVG."""

import math
from html import escape

Points = dict[str, list[tuple[int, float]]]  # name → (articles, CPU seconds)
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT, _BOTTOM = 720, 440, 70, 30, 170, 60
_COLOURS = ("#1b6ca8", "#b5452c", "#4a8f3c", "#8a5aa8", "#a8801b", "#4a4a4a")


def slope(points: list[tuple[int, float]]) -> float | None:
    """Least-squares slope of log seconds over log articles; None for fewer than two sizes."""
    if len({size for size, _ in points}) < 2:
        return None
    x = [math.log(size) for size, _ in points]
    y = [math.log(seconds) for _, seconds in points]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle_x) ** 2 for a in x)


class _Paper:
    """Where a point stands on the page."""

    def __init__(self, points: Points) -> None:
        sizes = [size for line in points.values() for size, _ in line]
        times = [time for line in points.values() for _, time in line]
        self.x = math.floor(math.log10(min(sizes))), math.ceil(math.log10(max(sizes) * 1.01))
        self.y = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times) * 1.01))

    def at(self, size: float, seconds: float) -> tuple[float, float]:
        across = (math.log10(size) - self.x[0]) / (self.x[1] - self.x[0])
        up = (math.log10(seconds) - self.y[0]) / (self.y[1] - self.y[0])
        return (
            round(_LEFT + across * (_WIDTH - _LEFT - _RIGHT), 1),
            round(_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM), 1),
        )


def plot(points: Points) -> str:
    """Seconds over articles, one line per name, as an SVG file's text."""
    points = {name: sorted(line) for name, line in points.items() if line}
    if not points:
        return _page([])
    paper = _Paper(points)
    parts = [*_grid(paper)]
    for number, (name, line) in enumerate(points.items()):
        parts += _line(name, [paper.at(*point) for point in line], number)
    return _page(parts)


def _page(parts: list[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
    )
    back = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    return "\n".join([head, back, *parts, "</svg>"]) + "\n"


def _grid(paper: _Paper) -> list[str]:
    """A line and a label at each power of ten, and what the axes mean."""
    parts = []
    for power in range(paper.x[0], paper.x[1] + 1):
        (x, low), (_, high) = (paper.at(10**power, 10.0**end) for end in paper.y)
        parts.append(f'<path d="M{x} {low}V{high}" stroke="#ddd"/>')
        parts.append(_text(x, low + 18, f"{10**power:,}", "middle"))
    for power in range(paper.y[0], paper.y[1] + 1):
        (left, y), (right, _) = (paper.at(10.0**end, 10.0**power) for end in paper.x)
        parts.append(f'<path d="M{left} {y}H{right}" stroke="#ddd"/>')
        parts.append(_text(left - 6, y + 4, f"{10.0**power:g} s", "end"))
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(_text(middle, _HEIGHT - 16, "articles (up: CPU seconds)", "middle"))
    return parts


def _line(name: str, places: list[tuple[float, float]], number: int) -> list[str]:
    colour = _COLOURS[number % len(_COLOURS)]
    path = "L".join(f"{x} {y}" for x, y in places)
    dots = [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in places]
    at = _TOP + 14 + 20 * number
    key = f'<rect x="{_WIDTH - _RIGHT + 16}" y="{at - 9}" width="12" height="9" fill="{colour}"/>'
    label = _text(_WIDTH - _RIGHT + 34, at, name, "start")
    return [
        f'<path d="M{path}" stroke="{colour}" fill="none" stroke-width="2"/>',
        *dots,
        key,
        label,
    ]


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
