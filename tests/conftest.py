"""Builders for tests: invented prose, articles, documents, dumps."""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np
import polars as pl
from hypothesis import HealthCheck, settings

from pipeline.config import load_config
from pipeline.documents import Documents
from pipeline.io.judgements import NO_JUDGEMENTS
from pipeline.io.read import COUNTS, Dump
from pipeline.io.rows import NO_WORDS
from pipeline.kernels.tokens import MASKED_FLAG
from pipeline.run import Result, run
from pipeline.stages.articles import articles_of
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
    """A dump that holds these articles; those whose texts have no token are among its rejects."""
    full = pl.Series(np.diff(documents_of(frame["text"]).offsets) > 0)
    rejects = frame.filter(~full).select(
        input=pl.lit("made"),
        locator=pl.format("article_id {}", "article_id"),
        reason=pl.lit(NO_WORDS),
    )
    counts = dict.fromkeys(COUNTS, 0)
    return Dump(articles_of(frame.filter(full)), REJECTS.check(rejects), (), (), counts, ())


def documents(texts: Iterable[str], masked: Sequence[Sequence[int]] = ()) -> Documents:
    """Documents of texts; masked[i] lists the tokens of text i to mask."""
    made = documents_of(pl.Series(list(texts), dtype=pl.String()))
    flags = made.flags.copy()
    for row, places in enumerate(masked):
        flags[made.offsets[row] + np.array(places, np.int64)] |= MASKED_FLAG
    return replace(made, flags=flags)


def bare_documents(sets: Sequence[Collection[int]]) -> Documents:
    """Documents with these tokens, which stand nowhere."""
    tokens = np.array([token for one in sets for token in one], np.uint64)
    return replace(
        documents([]),
        offsets=np.cumsum([0, *map(len, sets)]).astype(np.int64),
        tokens=tokens,
        flags=np.zeros(len(tokens), np.uint8),
        text_hash=np.arange(len(sets), dtype=np.uint64),
    )


def ran(
    *rows: dict[str, object],
    sets: Iterable[str] = (),
    judgements: Sequence[tuple[str, str, bool]] = (),
) -> Result:
    """A run on these articles with the shipped registry of agencies."""
    told = pl.DataFrame(list(judgements), schema=NO_JUDGEMENTS.schema, orient="row")
    return run(dump(articles(*rows)), load_config(sets=["run.threads=1", *sets]), told)


def corpus() -> list[dict[str, object]]:
    """Forty invented articles: copies, excerpts, credits, footers, other scripts, no dates."""
    rows: list[dict[str, object]] = []

    def add(source: str | None, day: int, hour: int, text: str, **more: object) -> None:
        moment = f"2025-03-{day:02} {hour:02}:00"
        row = {
            "article_id": f"x{len(rows):02}", "source": source, "published_at": moment,
            "title": " ".join(words(("title", len(rows)), 4)), "text": text,
            "url": f"https://{(source or 'none').split()[0].lower()}.example/{len(rows)}",
        }  # fmt: skip
        rows.append(row | more)

    footer = "\n\nRead more of our harbour news every Friday morning in print and online."
    for story in range(4):
        body = sentences(("story", story), 16)
        add("Harbor Ledger", story + 1, 6, " ".join(body) + footer)
        add("Northern Beacon", story + 1, 9, f"{' '.join(body[:13])}\n\n— Harbor Ledger")
        add("Evening Post", story + 1, 12, " ".join(sentences(("lead", story), 2) + body[2:]))
        add("Coast & Capital", story + 2, 8, " ".join(body[4:9] + sentences(("own", story), 12)))
    wire = " ".join(sentences("wire", 14))
    for number, outlet in enumerate(("Northern Beacon", "Evening Post", "Coast & Capital")):
        add(outlet, 9, 6 + number, f"LORVIK (AP) — {wire}")
    for number in range(4):
        add(f"Copy {number}", 10, 7 + number, " ".join(sentences("twin", 10)))
    for number in range(6):
        add("Harbor Ledger", 11 + number, 7, prose(("alone", number)) + footer)
    kana = "".join(chr(0x4E00 + ord(letter) % 97 * 7) for letter in prose("kana", 6))
    add("Asahi Minato", 12, 7, kana)
    add("Asahi Minato", 12, 9, kana[:300], published_precision="minute")
    roundup = [sentences(("story", story), 16)[:5] for story in range(4)]
    add("Evening Post", 20, 6, " ".join(chain.from_iterable(roundup)))
    undated = {"published_at": None, "published_precision": "unknown"}
    for outlet in (None, "Evening Post"):
        add(outlet, 1, 1, " ".join(sentences("undated", 10)), **undated)
    add("Coast & Capital", 21, 6, '"We go," she said. Short.')
    add("Coast & Capital", 21, 7, prose("link") + f" See {rows[0]['url']} for more.")
    add(
        "Northern Beacon", 22, 6, prose("day"), published_precision="day", published_at="2025-03-22"
    )
    add("Northern Beacon", 22, 6, " … ")
    return rows
