"""Who is who: outlets and agencies under one name each, whatever a dump or a text calls them.

A name is looked up by its `key`: case, white space and a leading "The" make no difference. What
neither the registry nor the dump knows stays as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from pipeline.config import Outlets
from pipeline.errors import ConfigError

_DOMAIN = re.compile(r"(?:https?://)?(?:www\.)?((?:[\w-]{1,63}\.){1,8}[a-z]{2,24})(?:[/:?#].*)?")
# Words that an agency's name ends in; the second set ends people's names too ("Joy Press").
_SURE = (
    "news agency", "press agency", "news service", "news services", "press service", "newswire",
    "newswires", "wire service", "press association", "press international", "nachrichtenagentur",
    "presse-agentur", "presseagentur", "pressedienst", "presse agentur",
)  # fmt: skip
_LIKELY = (
    "press",
    "presse",
    "agency",
    "agence",
    "agentur",
    "agencia",
    "agência",
    "agenzia",
    "wire",
)
_LEADING = ("agence ", "agencia ", "agência ", "agenzia ", "agentur ")
_OUTLET_WORDS = {
    "advertiser", "advocate", "agency", "argus", "banner", "beacon", "bee", "blog",
    "broadcasting", "bulletin", "business", "chronicle", "citizen", "courier", "daily",
    "democrat", "digest", "dispatch", "echo", "enterprise", "examiner", "express",
    "gazette", "globe", "guardian", "herald", "independent", "inquirer", "insider",
    "journal", "leader", "ledger", "magazine", "mail", "media", "mercury", "mirror",
    "monitor", "morning", "network", "news", "newspaper", "observer", "online", "post",
    "press", "radio", "record", "register", "report", "reporter", "republic", "review",
    "sentinel", "spectator", "standard", "star", "statesman", "sun", "telegram",
    "telegraph", "television", "times", "today", "tribune", "tv", "union", "voice", "watch",
    "weekly", "wire", "world",
}  # fmt: skip
_STAFF = re.compile(
    r"(?:['’]s?)?\s+(?:(?:news |wire )?"
    r"(?:staff|services?|reports?|wires?|reporters?|writers?)\b\s?){1,3}$",
    re.IGNORECASE,
)
_SMALL = frozenset({"of", "the", "and", "for", "de", "la", "del", "des", "du", "da", "di"})


def key(name: str) -> str:
    """What two spellings of one name have in common."""
    folded = " ".join(name.split()).casefold()
    return folded.removeprefix("the ") or folded


def registry(outlets: Outlets) -> dict[str, str]:
    """Every spelling's key → the canonical name.

    Raises:
        ConfigError: two names claim one spelling.
    """
    names: dict[str, str] = {}
    for agency in outlets.agencies:
        _claim(names, agency.name, (*agency.spellings, *agency.short, *agency.domains))
    for name, spellings in outlets.aliases.items():
        _claim(names, name, spellings)
    return names


def _claim(names: dict[str, str], name: str, spellings: Iterable[str]) -> None:
    for spelling in (name, *spellings):
        owner = names.setdefault(key(spelling), name)
        if owner != name:
            raise ConfigError(f"outlets: '{spelling}' is claimed by both '{owner}' and '{name}'")


def canonical(name: str, names: dict[str, str]) -> str:
    """The registry's name for a spelling, domain or address; else the name itself, trimmed."""
    trimmed = " ".join(name.split())
    known = names.get(key(trimmed))
    if known is None and (domain := _DOMAIN.fullmatch(trimmed.lower()[:300])):
        labels = domain[1].split(".")
        parents = (".".join(labels[i:]) for i in range(len(labels) - 1))
        known = next((names[p] for p in parents if p in names), None)
    return known or trimmed


class Names(NamedTuple):
    """Whom a line can credit: key of a spelling → canonical name; and which names are agencies."""

    known: Mapping[str, str]
    agencies: frozenset[str]

    def find(self, words: str) -> str | None:
        """The canonical name of a spelling, a staff ("AP Staff") or a possessive set aside."""
        whole, bare = _keys(words)
        return self.known.get(whole) or self.known.get(bare)

    def agency(self, words: str) -> str | None:
        """The same for agencies only."""
        found = self.find(words)
        return found if found in self.agencies else None


@lru_cache(maxsize=1 << 14)
def _keys(words: str) -> tuple[str, str]:
    """Under which keys to look words up, the second without a staff; empty for mere words."""
    trimmed = words.strip(" \t\r.,:;*\"'’“”«»").removesuffix("'s").removesuffix("’s")
    # "the time" and "the week" are no outlets, "dpa" and "sda" are agencies.
    bare = trimmed.removeprefix("the ")
    if bare.islower() and bare.isascii() and len(bare) != 3:
        return "", ""
    return key(trimmed), key(_STAFF.sub("", trimmed))


def canonical_names(names: Iterable[str], outlets: Outlets) -> list[str | None]:
    """Each outlet's canonical name, None for a blank one.

    Raises:
        ConfigError: two names of the registry claim one spelling.

    Example:
        >>> from pipeline.config import Outlets
        >>> outlets = Outlets(aliases={"CNN": ("CNN (Web News)", "cnn.com")})
        >>> canonical_names(["CNN  (web news)", "edition.cnn.com", " Quay Post "], outlets)
        ['CNN', 'CNN', 'Quay Post']
    """
    known = registry(outlets)
    return [canonical(name, known) or None for name in names]


def groups_of(outlets: Outlets) -> dict[str, str]:
    """Outlet → owner's group, for the outlets that have one.

    Raises:
        ConfigError: an outlet stands in two groups.
    """
    names = registry(outlets)
    groups: dict[str, str] = {}
    for group, members in outlets.groups.items():
        for member in members:
            name = canonical(member, names)
            if groups.setdefault(name, group) != group:
                raise ConfigError(
                    f"outlets: '{name}' is in the groups '{groups[name]}' and '{group}'"
                )
    return groups


def same_group(outlets: Outlets) -> Callable[[str | None, str | None], bool]:
    """A test whether two canonical outlets are one, or belong to one owner; null is nobody's."""
    groups = groups_of(outlets)

    def same(a: str | None, b: str | None) -> bool:
        if a is None or b is None:
            return False
        return a == b or (a in groups and groups[a] == groups.get(b))

    return same


def licensed(outlets: Outlets) -> frozenset[tuple[str, str]]:
    """Pairs (outlet, agency whose texts it may print), by canonical names."""
    names = registry(outlets)
    return frozenset(
        (canonical(outlet, names), canonical(agency, names))
        for outlet, agencies in outlets.licences.items()
        for agency in agencies
    )


def sounds_like_agency(name: str, *, sure: bool = False) -> bool:
    """Is a name of several words an agency's by its form?

    Args:
        name: a name that no registry knows.
        sure: only forms that no person's name has.
    """
    folded = key(name)
    if " " not in folded:
        return False
    return folded.endswith(_SURE) or (
        not sure and (folded.rsplit(" ", 1)[1] in _LIKELY or folded.startswith(_LEADING))
    )


def may_be_person(name: str) -> bool:
    """Could a dump's source be a columnist's name ("Jane Doe")? Then it's no credit by itself."""
    words = name.split()
    if not 2 <= len(words) <= 4 or words[0] == "The":
        return False
    return not any(
        word.casefold() in _OUTLET_WORDS
        or (word.isupper() and word.isalpha())
        or not word[0].isupper()
        for word in words
    )


def initials(name: str) -> str:
    """First letters of a name's words, small ones left out: "Northgate News Agency" → "NNA"."""
    words = [w for w in re.split(r"[\s-]+", name) if w and w.casefold() not in _SMALL]
    return "".join(w[0] for w in words).upper() if len(words) > 1 else ""


def expand_acronyms(acronyms: Iterable[str], names: Iterable[str]) -> dict[str, str]:
    """Acronym → the one name that it abbreviates; names of agency form win over others.

    Acronyms that fit no name, or several equally well, are left out.
    """
    fitting: dict[str, set[str]] = {}
    for name in names:
        fitting.setdefault(initials(name), set()).add(name)
    expanded = {}
    for acronym in set(acronyms):
        fits = fitting.get(acronym.replace(".", "").upper(), set())
        best = {name for name in fits if sounds_like_agency(name)} or fits
        if len(best) == 1:
            expanded[acronym] = next(iter(best))
    return expanded
