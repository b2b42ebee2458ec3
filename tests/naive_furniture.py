"""Slow, obvious twins of the kernels that tell an article from the page around it."""

from collections.abc import Sequence
from itertools import pairwise

ITEMS, ITEM, LINE, SHORT, TITLE, SHARE = 3, 150, 6, 40, 3, 5
EDGE, EDGE_SHARE = 150, 4


def asides(lines: Sequence[Sequence[str]]) -> list[bool]:
    """Which words of the lines are a gallery's, or a caption's or title's said twice."""
    words = [word for line in lines for word in line]
    starts = [sum(map(len, lines[:at])) for at in range(len(lines) + 1)]
    aside = [False] * len(words)
    for low, high in galleries(words, starts):
        aside[low:high] = [True] * (high - low)
    for at, line in enumerate(lines):
        twice = at > 0 and len(line) >= LINE and list(lines[at - 1]) == list(line)
        if twice or (len(line) <= SHORT and title_twice(line)):
            low = starts[at - 1] if twice else starts[at]
            aside[low : starts[at + 1]] = [True] * (starts[at + 1] - low)
    return aside


def galleries(words: list[str], starts: list[int]) -> list[tuple[int, int]]:
    """First word and last + 1 of each."""
    chains: list[list[tuple[int, int, tuple[str, ...], int, int]]] = []
    for counter in counters(words):
        at, last, label, number, total = counter
        chain = chains[-1] if chains else []
        if chain:
            _, end, same, before, whole = chain[-1]
            near = before < whole and at + 1 - end <= ITEM
            if near and label == same and number == before + 1:
                chain.append(counter)
                continue
            if near and len(chain) > 1:
                continue
        if 1 <= number < total:
            chains.append([counter])
    found = []
    for chain in chains:
        if len(chain) >= ITEMS:
            first, last = chain[0][0], chain[-1][1]
            pairs = pairwise(chain)
            reach = max(b[0] + 1 - a[1] for a, b in pairs)
            line = max(start for start in starts if start <= first)
            end = min((start for start in starts if start >= last), default=len(words))
            found.append((max(line, first - ITEM), min(end, last + reach)))
    return found


def counters(words: list[str]) -> list[tuple[int, int, tuple[str, ...], int, int]]:
    """ "Photo 2 of 9": its first word, last + 1, the words that stay, and the two numbers."""
    found = []
    for at in range(len(words) - 2):
        before, number, after = words[at : at + 3]
        if before.isdigit() or not number.isdigit():
            continue
        if after.isdigit():
            found.append((at, at + 3, (before, after), int(number), int(after)))
        elif at + 3 < len(words) and words[at + 3].isdigit():
            total = words[at + 3]
            found.append((at, at + 4, (before, after, total), int(number), int(total)))
    return found


def title_twice(line: Sequence[str]) -> bool:
    """Does a run of three words or more, a fifth of the line, stand in it twice?"""
    words = list(line)
    for size in range(TITLE, len(words) // 2 + 1):
        for i in range(len(words) - 2 * size + 1):
            for j in range(i + size, len(words) - size + 1):
                if words[i : i + size] == words[j : j + size] and SHARE * size >= len(words):
                    return True
    return False


Passage = tuple[int, int, int, int, int, int]


def prose(a: Sequence[str], b: Sequence[str], passages: Sequence[Passage]) -> int:
    """Tokens of passages that can be prose.

    An article is one letter per token: "s" where a sentence starts, "m" if masked, else ".".
    """
    kept = []
    for passage in passages:
        a_first, a_last, b_first, b_last, equal, quoted = passage
        sides = ((a, a_first, a_last), (b, b_first, b_last))
        head = all(short(text, text[:last]) for text, _, last in sides)
        tail = all(short(text, text[first:]) for text, first, _ in sides)
        if not head and not tail and equal > quoted:
            kept.append(passage)
    total = sum(equal - quoted for *_, equal, quoted in kept)
    usual = max(text.count("s") / max(1, len(text)) for text in map("".join, (a, b)))
    bounded = any(
        all(opens(text, place) for text, place in zip((a, b), places, strict=True))
        for a_first, a_last, b_first, b_last, *_ in kept
        for places in ((a_first, b_first), (a_last, b_last))
    )
    return total if bounded or usual * total < 1 else 0


def opens(text: Sequence[str], place: int) -> bool:
    """Does a sentence start here, or has the text ended?"""
    return place == len(text) or text[place] == "s"


def short(text: Sequence[str], part: Sequence[str]) -> bool:
    """Is the part short enough to be what stands beside an article?"""
    return sum(letter != "m" for letter in part) <= min(EDGE, len(text) // EDGE_SHARE)
