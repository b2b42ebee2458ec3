"""Texts made for training: cut to their first words, or with a passage of a third text planted.

Two newsrooms' short reports of one event share as large a part of their words as a retelling does,
and two articles that carry one statement, list or blurb share a block that proves nothing else.
"""

import hashlib
import re

import polars as pl

CUTS = (100, 200, 350)  # words
_PLANTED = (30, 60, 100, 150)
_FAR_DAYS = 60
_FAR_PAIRS = 600


def _number(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:6])


def made_texts(
    texts: pl.DataFrame, labels: pl.DataFrame, dated: dict[str, tuple[str, object]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Texts cut short and with planted passages; and the pairs of the latter."""
    text = dict(zip(texts["article_id"], texts["text"], strict=True))
    background = texts.filter(pl.col("set") == "background")["text"].to_list()
    rows, pairs = [], []
    for name in ("events", "rewrites", "versions"):
        for article in texts.filter(pl.col("set") == name)["article_id"]:
            for words in CUTS:
                text[f"{article}-{words}"] = _cut(text[article], words)
                rows.append(f"{article}-{words}")
    base = [
        (a + cut, b + cut, story)
        for a, b, story in labels.filter(kind="event").select("a_id", "b_id", "story").iter_rows()
        for cut in ("", "-200", "-350")
    ]
    for a, b, story in base + _far(dated):
        most = int(0.4 * min(len(text[a].split()), len(text[b].split())))
        if most < 25:
            continue
        key = f"{a}+{b}"
        passage = _passage(background, key, most)
        names = [f"{one}~{_number(key, one):x}" for one in (a, b)]
        for one, name in zip((a, b), names, strict=True):
            text[name] = _plant(text[one], passage, _number(key, name))
            rows.append(name)
        pairs.append((*names, "planted", "events", story, 0))
    made = pl.DataFrame(
        {"article_id": rows, "source": [None] * len(rows), "text": [text[name] for name in rows],
         "set": ["made"] * len(rows)}, schema=texts.schema,
    )  # fmt: skip
    return made, pl.DataFrame(pairs, schema=labels.schema, orient="row")


def _far(dated: dict[str, tuple[str, object]]) -> list[tuple[str, str, str]]:
    """Pairs of articles of two outlets that have nothing to do with each other."""
    known = sorted(name for name, (_, day) in dated.items() if day)
    found = []
    for at in range(4 * _FAR_PAIRS):
        a, b = (known[_number(at, side) % len(known)] for side in "ab")
        (one, day), (other, later) = dated[a], dated[b]
        if one != other and abs((day - later).days) > _FAR_DAYS and len(found) < _FAR_PAIRS:
            found.append((a, b, min(a, b)))
    return found


def _cut(text: str, words: int) -> str:
    match = re.match(rf"(?:\s*\S+){{1,{words}}}", text)
    return match[0] if match else text


def _sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def _passage(background: list[str], key: str, most: int) -> str:
    sentences = _sentences(background[_number(key, "text") % len(background)])
    first = _number(key, "first") % max(1, len(sentences))
    words = " ".join(sentences[first:] + sentences[:first]).split()
    return " ".join(words[: min(most, _PLANTED[_number(key, "size") % len(_PLANTED)])])


def _plant(text: str, passage: str, number: int) -> str:
    sentences = _sentences(text)
    at = number % (len(sentences) + 1)
    return "\n\n".join([" ".join(sentences[:at]), passage, " ".join(sentences[at:])])
