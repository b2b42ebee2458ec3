"""Slow, obvious twins of the kernels, in plain Python."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import NamedTuple

import xxhash

_UNSPACED = re.compile(
    r"(VERTICAL )?(CJK|HIRAGANA|KATAKANA|HENTAIGANA|IDEOGRAPHIC (?!TALLY)|HANGZHOU"
    r"|THAI|LAO|KHMER|MYANMAR)"
)


class Token(NamedTuple):
    """A token's normalised text, its place in the original, and what it is made of."""

    text: str
    start: int
    end: int
    number: bool
    unspaced: bool

    @property
    def hash(self) -> int:
        return xxhash.xxh64_intdigest(self.text.encode())


def normalised(character: str) -> str:
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())


def kind(character: str) -> str:
    """separator, ignored, dropped, mark, word or unspaced, of a normalised character."""
    category = unicodedata.category(character)
    drawn = 0xFE00 <= ord(character) < 0xFE10 or 0xE0000 <= ord(character) < 0xE1000
    if category == "Cf" or drawn:
        return "ignored"
    if category[0] == "M":
        return "dropped" if 200 <= unicodedata.combining(character) <= 240 else "mark"
    if category[0] not in "LN":
        return "separator"
    return "unspaced" if _UNSPACED.match(unicodedata.name(character, "")) else "word"


def tokenise(text: str) -> list[Token]:
    """Runs of letters, marks and numbers; in unspaced scripts one character with its marks."""
    tokens: list[Token] = []
    opened: Token | None = None
    for place, character in enumerate(text):
        for part in normalised(character):
            what = kind(part)
            if what == "ignored":
                continue
            if what == "dropped":
                opened = opened and opened._replace(end=place + 1)
                continue
            ends = what in ("separator", "unspaced") or (
                what == "word" and opened is not None and opened.unspaced
            )
            if ends and opened is not None:
                tokens.append(opened)
                opened = None
            if what == "separator":
                continue
            if opened is None:
                opened = Token("", place, place, number=False, unspaced=what == "unspaced")
            number = opened.number or unicodedata.category(part)[0] == "N"
            opened = opened._replace(text=opened.text + part, end=place + 1, number=number)
    return [*tokens, opened] if opened else tokens


def wordless(text: str) -> bool:
    """No letter, mark or number that starts or belongs to a token."""
    return not tokenise(text)


def bounds(sizes: Iterable[int]) -> tuple[list[int], bool]:
    """Where strings of these sizes begin and end, and whether any is missing, of size −1."""
    sizes = list(sizes)
    found = [sum(max(size, 0) for size in sizes[:at]) for at in range(len(sizes) + 1)]
    return found, -1 in sizes


def taken(strings: Sequence[str | None], places: Iterable[int]) -> tuple[bytes, list[int]]:
    """UTF-8 of the strings at these places, end to end, and where each begins and the last ends."""
    parts = [(strings[place] or "").encode() for place in places]
    bounds = [0]
    for part in parts:
        bounds.append(bounds[-1] + len(part))
    return b"".join(parts), bounds


class Flags(NamedTuple):
    """What stands before a token, and does it make it quoted, a sentence's or a line's first?"""

    quoted: bool
    sentence: bool
    line: bool


def flags(text: str) -> list[Flags]:
    """Flags of each token of `tokenise`, by the characters between (not those within one, as ½)."""
    found = []
    quoted = low = ended = reset = False
    sentence, breaks, behind = True, 2, 0
    for token in tokenise(text):
        for character in "".join(map(normalised, text[behind : token.start])):
            if kind(character) != "separator":
                continue
            if character in "\n\u2029":
                breaks, reset, sentence = breaks + 1, False, sentence or ended
            elif character <= " ":
                sentence = sentence or ended
            elif character in ".!?":
                ended = True
            elif character in "。।؟":
                sentence = True
            elif character in '"“”„«»「」『』':
                if breaks and not reset:
                    quoted, reset = False, True
                closes = character in "”»」』" or (character == '"' and quoted)
                quoted = not (closes or (character == "“" and quoted and low))
                low = character == "„"
            elif character not in ")'’":
                ended = False
        paragraph = breaks > 1 or (breaks and unicodedata.category(text[token.start]) != "Ll")
        quoted = quoted and (reset or not paragraph)
        found.append(Flags(quoted, sentence or bool(paragraph), breaks > 0))
        ended = sentence = reset = False
        breaks, behind = 0, token.end
    return found


def windows(
    tokens: Sequence[int],
    unspaced: Sequence[bool],
    masked: Sequence[bool],
    size: int,
    size_unspaced: int,
) -> list[int]:
    """Hashes of all windows without masked tokens."""
    found = []
    for at in range(len(tokens)):
        window = range(at, at + (size_unspaced if unspaced[at] else size))
        if window.stop <= len(tokens) and not any(masked[i] for i in window):
            found.append(hash_of([tokens[i] for i in window]))
    return found


def shingles(
    tokens: Sequence[int],
    unspaced: Sequence[bool],
    masked: Sequence[bool],
    size: int,
    size_unspaced: int,
) -> set[int]:
    """Hashes of all windows without masked tokens; else of all unmasked tokens together."""
    rest = [token for token, hidden in zip(tokens, masked, strict=True) if not hidden]
    found = set(windows(tokens, unspaced, masked, size, size_unspaced))
    return found or ({hash_of(rest)} if rest else set())


def hash_of(values: Iterable[int]) -> int:
    """XXH64 of 64-bit numbers, little-endian."""
    return xxhash.xxh64_intdigest(b"".join(value.to_bytes(8, "little") for value in values))


def band_pairs(signatures: Sequence[Sequence[int]], bands: int, rows: int) -> set[tuple[int, int]]:
    """Pairs that agree on all rows of some band."""
    pairs = set()
    for band in range(bands):
        buckets = defaultdict(list)
        for i, signature in enumerate(signatures):
            buckets[tuple(signature[band * rows : (band + 1) * rows])].append(i)
        for members in buckets.values():
            pairs.update(combinations(members, 2))
    return pairs


def crowded_rows(keys: Sequence[tuple[int, int]], cap: int) -> set[int]:
    """Rows in buckets of more than `cap`; keys are (bucket, row)."""
    sizes = Counter(bucket for bucket, _ in keys)
    return {row for bucket, row in keys if sizes[bucket] > cap}


def equal_slots(x: Sequence[int], y: Sequence[int]) -> int:
    """Places in which two signatures agree."""
    return sum(map(int.__eq__, x, y))


def rare_groups(
    prints: Sequence[set[int]], wanted: Sequence[bool], most: int
) -> tuple[list[tuple[int, ...]], int]:
    """The documents of each fingerprint of 2 to `most` of them, and how many stand in more."""
    holders = defaultdict(list)
    for row, values in enumerate(prints):
        for value in values if wanted[row] else ():
            holders[value].append(row)
    rare = [tuple(rows) for rows in holders.values() if 2 <= len(rows) <= most]
    return rare, sum(len(rows) > most for rows in holders.values())


def needed_fingerprints(shingles_of_shorter: int, sample: int) -> int:
    """The most, of 1, 2 and 3, that half of the shingles falls short of in under 1 % of samples."""
    half, kept = -(-shingles_of_shorter // 2), 1 / sample
    for needed in (3, 2):
        missed = sum(
            comb(half, k) * kept**k * (1 - kept) ** (half - k) for k in range(min(needed, half + 1))
        )
        if missed < 0.01:
            return needed
    return 1


def fingerprint_pairs(sets: Sequence[set[int]], sample: int, cap: int) -> set[tuple[int, int]]:
    """Pairs that share enough sampled shingles which stand in at most `cap` documents."""
    holders = defaultdict(list)
    needed = []
    for i, values in enumerate(sets):
        prints = [value for value in values if (value >> 40) % sample == 0]
        for value in prints:
            holders[value].append(i)
        needed.append(min(needed_fingerprints(len(values), sample), max(1, len(prints) // 2)))
    shared: Counter[tuple[int, int]] = Counter()
    for rows in holders.values():
        if len(rows) <= cap:
            shared.update(combinations(rows, 2))
    return {(a, b) for (a, b), count in shared.items() if count >= min(needed[a], needed[b])}


def count_distinct(
    holders: Iterable[Sequence[int]],
    rests: Sequence[set[int]],
    witness: Sequence[bool],
    shared: float,
    enough: int,
) -> list[int]:
    """Of each unit's holders: how many share little with every one counted before."""
    counts = []
    for members in holders:
        counted: list[int] = []
        for member in members:
            alike = any(
                len(rests[member] & rests[other])
                > shared * max(1, min(len(rests[member]), len(rests[other])))
                for other in counted
            )
            if witness[member] and not alike and len(counted) < enough:
                counted.append(member)
        counts.append(len(counted))
    return counts


class Joined(NamedTuple):
    """Each link's group, named by its smallest link, and each document's group or −1."""

    links: list[int]
    home: dict[int, int]


def join_links(links: Sequence[Mapping[int, set[int]]], sizes: Mapping[int, int]) -> Joined:
    """Link number → {document: the tokens it covers there}."""
    name = list(range(len(links)))
    for document in sizes:
        meeting = [i for i, link in enumerate(links) if document in link]
        for i, j in combinations(meeting, 2):
            x, y = links[i][document], links[j][document]
            if 2 * len(x & y) >= min(len(x), len(y)):
                old, new = max(name[i], name[j]), min(name[i], name[j])
                name = [new if group == old else group for group in name]
    home = {}
    for document, size in sizes.items():
        covered: dict[int, set[int]] = defaultdict(set)
        for i, link in enumerate(links):
            covered[name[i]] |= link.get(document, set())
        best = max(covered, key=lambda group: (len(covered[group]), -group), default=-1)
        enough = best >= 0 and covered[best] and 2 * len(covered[best]) >= size
        home[document] = best if enough else -1
    return Joined(name, home)


def longest_common_runs(
    x: Sequence[int], y: Sequence[int], least: int
) -> set[tuple[int, int, int]]:
    """All maximal equal runs of at least so many tokens: start in x, start in y, length."""
    runs = set()
    for i in range(len(x)):
        for j in range(len(y)):
            if i and j and x[i - 1] == y[j - 1]:
                continue
            length = 0
            while i + length < len(x) and j + length < len(y) and x[i + length] == y[j + length]:
                length += 1
            if length >= least:
                runs.add((i, j, length))
    return runs


def choose_sources(
    sources: Sequence[tuple[Sequence[tuple[int, int]], bool]], least: int
) -> list[int]:
    """Rank of each source of one taker, the one that adds most first; 0 where it isn't chosen."""
    places = [{place for span in spans for place in range(*span)} for spans, _ in sources]
    covered = set().union(*(own for own, (_, main) in zip(places, sources, strict=True) if main))
    ranks = [0] * len(sources)
    for rank in range(1, len(sources) + 1):
        gains = [len(own - covered) for own in places]
        best = gains.index(max(gains))
        if gains[best] < least:
            break
        ranks[best] = rank
        covered |= places[best]
    return ranks
