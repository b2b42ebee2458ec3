"""Invented articles with known copies: they warm the kernels up, and show what a pair costs."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from pipeline.config import Read
from pipeline.io.read import Dump, read_articles
from pipeline.io.work import Work

COPIES = 4
_WORDS, _LENGTH, _PARAGRAPH = 4000, 240, 60
_OUTLETS = 20
_COLUMNS = ("id", "source", "published_at", "title", "text")
_SYLLABLES = ("ba", "cor", "den", "fil", "gra", "hol", "jun", "kel", "lor", "mis", "nat", "pel")


def invented(stories: int, work: Work) -> Dump:
    """Stories of `COPIES` articles each, every copy with some words of its own; read from a file.

    Args:
        stories: how many.
        work: where the articles are kept.
    """
    generator = np.random.Generator(np.random.PCG64(stories))
    words = np.array(
        ["".join(generator.choice(_SYLLABLES, 3)) + str(at % 7) for at in range(_WORDS)]
    )
    rows = []
    for story in range(stories):
        text = generator.integers(0, _WORDS, _LENGTH)
        for copy in range(COPIES):
            own = np.where(generator.random(_LENGTH) < 0.004 * copy, (text + 1) % _WORDS, text)
            rows.append(_article(story, copy, words[own]))
    path = work.folder / "invented.jsonl"
    pl.DataFrame(rows, orient="row", schema=list(_COLUMNS)).write_ndjson(path)
    return read_articles([path], Read(), work)


def _article(story: int, copy: int, words: np.ndarray) -> tuple[str, ...]:
    paragraphs = [
        f"{' '.join(words[at : at + _PARAGRAPH]).capitalize()}."
        for at in range(0, _LENGTH, _PARAGRAPH)
    ]
    outlet = f"Invented Paper {(story + copy) % _OUTLETS}"
    return (
        f"{story}-{copy}",
        outlet,
        (datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=story + copy)).isoformat(),
        " ".join(words[:6]),
        "\n".join([*paragraphs, f"{outlet}, all the news of the day in one place, every day."]),
    )
