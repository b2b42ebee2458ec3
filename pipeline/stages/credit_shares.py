"""Credits for a share in a report: team lines, "contributed to this report", "material from"."""

import re
from collections.abc import Callable, Iterator

from pipeline.stages.credit_lines import SPLIT, Found, employer
from pipeline.stages.outlets import Names

_TEAM = re.compile(
    r"\((?:additional |further )?reporting (?:and writing )?by (?P<team>[^()]{3,400})\)?",
    re.IGNORECASE,
)
_SHARES = re.compile(
    r"\bcontributing: (?P<staff>.{2,300})|\b(?:reporting (?:by|from)|click for more from"
    r"|(?:material|files|information|inputs?|reports) from"
    r"|\bthis (?:story|article|report) was (?:reported|written|provided) by)"
    r" (?P<rest>[^.;()]{2,90}?)(?=[.;()]|\s(?:was|were|is|are)\b|$)",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(
    r" (?:also |has |have )?contribut(?:ed|ing) (?:(?:to )?th(?:is|e) |report)"
)
_SENTENCE = re.compile(r"[.;()]\s|[•⦁]|[\"”’](?=[A-Z])|(?<=[a-z])\.(?=[A-Z])")


def reporting(line: str, names: Names, mentions: Callable[[str], bool]) -> Iterator[Found]:
    """Reuters' bracketed team line, "reporting by Agency", "Agency contributed to this"."""
    for match in _TEAM.finditer(line):
        reuters = names.agency("Reuters")
        team = match["team"].casefold()
        own_form = "editing by" in team or "writing by" in team or "; " in team
        if reuters and (own_form or mentions("Reuters")):
            yield Found(reuters, "reporting_by", match.start(), match.end(), "known")
    spans = [(m["staff"] or m["rest"], m.start(), m.end()) for m in _SHARES.finditer(line)]
    for match in _CONTRIBUTED.finditer(line):
        start = max(0, match.start() - 160)
        sentence = _SENTENCE.split(line[start : match.start()])[-1]
        spans.append((sentence, match.start() - len(sentence), match.end()))
    for words, start, end in spans:
        parts = SPLIT.split(words)
        found = (names.agency(part) or employer(part, names.agency) for part in parts)
        yield from (Found(name, "reporting_by", start, end, "known") for name in found if name)
