"""Builders for tests: invented prose, articles, documents, dumps."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl
from hypothesis import HealthCheck, settings

from pipeline.documents import Documents
from pipeline.io.read import COUNTS, Dump
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.stages.normalise import documents_of
from pipeline.tables import REJECTS, TIME

settings.register_profile(
    "stemma",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("stemma")

ARTICLE = pl.Schema(
    {
        "article_id": pl.String(), "source": pl.String(), "published_at": TIME,
        "published_precision": pl.String(), "title": pl.String(), "author": pl.String(),
        "url": pl.String(), "text": pl.String(),
    }
)  # fmt: skip
_SYLLABLES = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "l", "n", "r")]


def words(seed: object, count: int) -> list[str]:
    """Invented lower-case words; two seeds have next to no word in common."""
    chance = random.Random(f"{seed}")
    return ["".join(chance.choices(_SYLLABLES, k=4)) for _ in range(count)]


def sentences(seed: object, count: int, length: int = 12) -> list[str]:
    """Invented sentences of so many words each."""
    stream = words(seed, count * length)
    return [
        " ".join(stream[at : at + length]).capitalize() + "."
        for at in range(0, count * length, length)
    ]


def prose(seed: object, count: int = 12, length: int = 12) -> str:
    """Invented sentences as one paragraph."""
    return " ".join(sentences(seed, count, length))


def at(moment: str) -> datetime:
    """A moment in UTC: at("2025-03-04 09:15")."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def articles(*rows: dict[str, object]) -> pl.DataFrame:
    """Articles as `read_articles` gives them, sorted by id; what a row leaves out is null.

    `published_at` may be a string; it has the precision of a second unless the row says otherwise.
    """
    full = []
    for row in rows:
        moment = row.get("published_at")
        precision = row.get("published_precision", "second" if moment else "unknown")
        if isinstance(moment, str):
            moment = at(moment)
        made = {name: row.get(name) for name in ARTICLE}
        full.append(made | {"published_at": moment, "published_precision": precision})
    return pl.DataFrame(full, schema=ARTICLE, orient="row").sort("article_id")


def dump(frame: pl.DataFrame) -> Dump:
    """A dump that holds these articles."""
    return Dump(frame, REJECTS.empty(), (), (), dict.fromkeys(COUNTS, 0), ())


def documents(texts: Iterable[str], masked: Sequence[Sequence[int]] = ()) -> Documents:
    """Documents of texts; masked[i] lists the tokens of text i to mask."""
    made = documents_of(pl.Series(list(texts), dtype=pl.String()))
    flags = made.flags.copy()
    for row, places in enumerate(masked):
        flags[made.offsets[row] + np.array(places, np.int64)] |= MASKED_FLAG
    return replace(made, flags=flags)
