"""Credits that stand in lines of their own: datelines, bylines, copyright lines, last lines.

The forms are data; each finder takes one line and yields (name as it stands, kind, start, end). A
name that nobody knows is taken on its form alone, and says so in `Found.trust`. No pattern nests
one unbounded repeat in another, and no line is longer than the two windows it is cut from.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from pipeline.stages.outlets import Names, initials, sounds_like_agency

LISTED = 110  # code points of the longest "Person, Agency"
_DASH = r"--|[-–—―]"
_DASHES, _SPOKEN = re.compile(_DASH), re.compile(r"[\"“”?!;]")
_PARTS = re.compile(r"\s?[/,;+]\s?")
_BRACKETS = r"[(（\[](?P<name>[^()（）\[\]]{2,60})[)）\]]"
_DATELINE = re.compile(
    rf"[^\w(（\[]{{0,4}}(?P<place>[^()（）\[\]/|]{{0,60}}){_BRACKETS}\s{{0,3}}"
    rf"(?P<dash>\.?\s?(?:{_DASH})|[.:：]|$|)"
)
_SLASHES = re.compile(r"(?P<place>[^/|]{0,60})(?<![^\s.])/(?P<name>\w[^/|]{0,28}\w)/(?P<dash>\W)")
_RUSSIAN = re.compile(r"(?P<place>[^()/|.—–]{2,40}) [—–-] (?P<name>[^()/|.,]{2,30})(?P<dash>[.])")
_CHINESE = re.compile(
    r"\W{0,3}(?P<name>[^\W\d]{2,8}?社)[^。，,\s]{0,20}(?P<dash>\d日[^。，,\s]{0,6}[电電])"
)
_BY = re.compile(
    r"\W{0,3}(?:by|from|via|source|por|par|von|da|fonte|fuente|quelle|автор|источник|المصدر|来源|來源"
    r"|स्रोत)[\s:：]{1,3}(?P<rest>\S.{0,120})$",
    re.IGNORECASE,
)
SPLIT = re.compile(r"\s*(?:[,;，、/+&]|\b(?:and|as well as|und|et|y|e|и|of|for)\b)\s*")
_PICTURE = re.compile(
    r"\||\b(?:getty|photo\w*|images?|pictures?|screen\w*|illustration|video|file|pool|courtesy"
    r"|caption|foto\w*|bild\w*|фото\w*|shutterstock|alamy)\b",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"©|\([cC]\)(?=\s{0,2}(?:19|20)\d\d)|\bcopyright\b", re.IGNORECASE)
_COPYRIGHT_LEAD = re.compile(
    r"(?:[\W\d_]|(?:copyright|by|the|c|all contents?)\b){0,24}", re.IGNORECASE
)
_END = re.compile(
    rf"(?:(?:{_DASH})\s?|[(（\[])(?P<name>[^()（）\[\]—–]{{2,60}})[)）\]]?[.\s]{{0,3}}$"
)
_WITH = re.compile(
    r"(?:with|with (?:agency )?inputs? from|inputs? from|con informaci[oó]n de|avec|mit|via|con"
    r"|mit material von|com informaç[õo]es d[aeo]|source|quelle|fuente|по материалам|新闻来源)"
    r"[\s:：]{1,2}",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"(?P<name>.{2,40}?)(?:['’]s)? (?:[\w-]{1,20} ){0,3}(?:writer|reporter|correspondent"
    r"|commentator|contributor|analyst|editor|journalist|freelancer|columnist|anchor)(?:s|-at-large)?\b",
    re.IGNORECASE,
)
_SMALL = frozenset(
    {
        "a", "al", "and", "at", "bei", "da", "de", "del", "den", "der", "des", "di", "do", "du",
        "el", "en", "i", "in", "la", "las", "le", "los", "of", "on", "the", "von", "y",
    }
)  # fmt: skip


class Found(NamedTuple):
    """A credit in a line: offsets count from the line's start; trust: known, form or likely."""

    name: str
    kind: str
    start: int
    end: int
    trust: str


def dateline(line: str, names: Names) -> Iterator[Found]:
    """`PLACE (Agency) —` and its cousins with slashes, dashes or 电 at a line's start."""
    line = line[:180]
    for form in (_DATELINE, _SLASHES, _RUSSIAN, _CHINESE):
        if match := form.match(line):
            brackets = form is _DATELINE
            place = match["place"] if form is not _CHINESE else ""
            if _is_place(place, match["name"], names):
                tell = (
                    _bracketed(match, line, names)
                    if brackets
                    else _one(names.agency(match["name"]))
                )
                yield from (Found(n, "dateline", 0, match.end(), trust) for n, trust in tell)


def _one(name: str | None) -> list[tuple[str, str]]:
    return [(name, "known")] if name else []


def _is_place(place: str, name: str, names: Names) -> bool:
    words = place.split()
    small = sum(word[0].islower() and word not in _SMALL for word in words)
    spelled_out = names.find(place) is not None or initials(place) == name.upper() != ""
    dated = any(map(str.isdigit, place))
    if _SPOKEN.search(place):
        return False
    return len(words) <= 9 and small <= 2 * dated and not spelled_out and not _PICTURE.search(place)


def _bracketed(match: re.Match[str], line: str, names: Names) -> list[tuple[str, str]]:
    name, dash, place = match["name"], match["dash"], match["place"].strip()
    capitals = place[:3].isupper() and len(place) > 2
    following = line[match.end() : match.end() + 2].strip()
    agencies = [names.agency(part) for part in _PARTS.split(name)]
    if all(agencies):
        goes_on = bool(following) and not following[0].islower() and following[0].isalpha()
        good = dash.strip(" .") or (capitals or bool(place) or goes_on if following else capitals)
        return [(a, "known") for a in agencies if a] if good and (dash or goes_on) else []
    if not _DASHES.search(dash):
        return []
    if known := names.find(name):
        return [(known, "known")]
    return _unknown(name, capitals)


def _unknown(name: str, capitals: bool) -> list[tuple[str, str]]:
    name = " ".join(name.split())
    if sounds_like_agency(name) and _titled(name):
        return [(name, "form")]
    acronym = 2 <= len(name) <= 6 and name.isalpha() and name.isascii() and name.isupper()
    if acronym:
        return [(name, "acronym" if capitals else "likely")]
    return [(name, "form")] if capitals and " " in name and _titled(name) else []


def _titled(name: str) -> bool:
    words = name.split()
    return len(words) <= 5 and all(
        w in _SMALL or (w[0].isupper() and w.replace("-", "").replace(".", "").isalpha())
        for w in words
    )


def author(words: str, names: Names) -> tuple[str, str] | None:
    """(name, trust) of an outlet or agency in one part of an author field."""
    words = re.sub(
        r"^\s*(?:By|Special To)\s|\sIn\s.*$", "", words[:200], flags=re.IGNORECASE
    ).strip()
    whole = words.upper() if words.islower() else words
    if name := names.find(whole) or employer(words, names.find) or _last_words(words, names):
        return name, "known"
    return (words, _trust(words)) if sounds_like_agency(words) and _titled(words) else None


def employer(words: str, find: Callable[[str], str | None]) -> str | None:
    """Whose writer, editor, … somebody is."""
    role = _ROLES.match(words)
    return find(role["name"]) if role else None


def edge(line: str, names: Names, *, at_edge: bool) -> Iterator[Found]:
    """Bylines; in the first and last lines also "Person, Agency" and bare names."""
    stripped = line.strip()
    if len(line) > 160 or "|" in line or stripped.endswith(":"):
        return
    if found := list(_edge(stripped, names, at_edge=at_edge)):
        start = line.index(stripped)
        if not _PICTURE.search(line):
            yield from (f._replace(start=start, end=start + len(stripped)) for f in found)


def _edge(line: str, names: Names, *, at_edge: bool) -> Iterator[Found]:
    if "/" in line:
        return
    if by := _BY.match(line):
        yield from _persons(SPLIT.split(by["rest"]), names, byline=True)
    elif at_edge and line[0] not in "•·*▪►>":
        bare = line.strip(" -–—―()[]（）_©.~")
        if found := names.agency(bare) or (names.find(bare) if line[0] in "-–—©" else None):
            yield Found(found, "bare_line", 0, 0, "known")
        elif sounds_like_agency(bare) and _titled(bare):
            yield Found(bare, "bare_line", 0, 0, _trust(bare))
        elif "," in line and len(line) <= LISTED:
            yield from _persons(SPLIT.split(line), names, byline=False)


def _trust(name: str) -> str:
    return "form" if sounds_like_agency(name, sure=True) else "likely"


def _persons(parts: list[str], names: Names, *, byline: bool) -> Iterator[Found]:
    people = 0
    for part in filter(None, parts):
        found = names.find(part) if byline or people else None
        if not found and part[0].islower():
            return
        if not found and byline:
            found = _last_words(part, names)
            people += found is not None
        kind = "person_agency" if people else "by_agency"
        if found:
            yield Found(found, kind, 0, 0, "known")
        elif sounds_like_agency(part) and _titled(part) and (byline or people):
            yield Found(" ".join(part.split()), kind, 0, 0, _trust(part))
        elif not (_titled(part) and 2 <= len(part.split()) <= 4) and not byline:
            return
        people += 1


def _last_words(part: str, names: Names) -> str | None:
    words = part.split()
    tails = (" ".join(words[-n:]) for n in (3, 2, 1) if len(words) >= n + 2)
    return next((found for tail in tails if (found := names.agency(tail))), None)


def copyright_line(line: str, names: Names) -> Iterator[Found]:
    """`© 2024 Agency`, unless it's a picture's."""
    for match in _COPYRIGHT.finditer(line):
        rest = line[match.end() : match.end() + 110]
        lead = _COPYRIGHT_LEAD.match(rest)
        skipped = lead.end() if lead else 0
        before = line[max(0, match.start() - 14) : match.start()]
        about = before + " " + rest[: skipped + 40].split(". ")[0]
        if not _PICTURE.search(about) and (holder := _holder(rest[skipped:], names)):
            name, length, trust = holder
            yield Found(name, "copyright", match.start(), match.end() + skipped + length, trust)


def _holder(words: str, names: Names) -> tuple[str, int, str] | None:
    """The longest known name that the words begin with: name, code points, trust."""
    ends = [match.end() for match in re.finditer(r"\S+", words)][:6]
    for end in reversed(ends):
        if found := names.find(words[:end]):
            return found, end, "known"
    name = re.split(r"[.,;|/]", words)[0].rstrip()
    form = sounds_like_agency(name) and _titled(name)
    return (" ".join(name.split()), len(name), _trust(name)) if form else None


def last_words(line: str, names: Names) -> Iterator[Found]:
    """An agency in brackets or after a dash at the very end of a text."""
    offset = max(0, len(line) - 90)
    if match := _END.search(line[offset:]):
        name = _WITH.sub("", match["name"], count=1)
        agencies = [names.agency(re.sub(r"\s+inputs?$", "", part)) for part in SPLIT.split(name)]
        if all(agencies) and not _PICTURE.search(match["name"]):
            start, end = offset + match.start(), offset + match.end()
            yield from (Found(a, "bare_line", start, end, "known") for a in agencies if a)
