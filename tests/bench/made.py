"""Made articles by the thousand or the ten million, with a table of who copied whom.

`python -m tests.bench.made 200000 FILE.parquet` writes FILE.parquet and FILE.truth.parquet; a path
without that ending is a folder, and gets articles/part-*.parquet and truth.parquet. Articles are
made and written in parts, so memory doesn't grow with their number, but for the plan.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tests.bench.lexicon import Language, language
from tests.bench.plan import EXCERPT, FRESH, KINDS, Plan, planned
from tests.bench.spell import MOST_BYTES, written

WORDS, SHORT_WORDS = 550, 46
_PART, _SHORT_PART = 50_000, 250_000
_FURNITURE = 80  # most words of a promo line, a footer and a dateline


@dataclass(frozen=True)
class Corpus:
    """n made articles; the same n, seed, words and short make the same ones.

    Attributes:
        words: mean length.
        short: 46 words on average, and footers to match.
    """

    n: int
    seed: int = 1
    words: int = 0
    short: bool = False

    @cached_property
    def language(self) -> Language:
        return language(self.seed, short=self.short)

    @property
    def length(self) -> int:
        return self.words or (SHORT_WORDS if self.short else WORDS)

    @cached_property
    def plan(self) -> Plan:
        made = self.language
        return planned(self.n, self.seed, self.length, len(made.outlets), len(made.authors))

    def parts(self) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
        """Articles and truth, part by part."""
        size = _SHORT_PART if self.short else _PART
        for first in range(0, self.n, size):
            yield self._part(first, min(first + size, self.n))

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All articles and all of the truth."""
        parts = list(self.parts())
        return pl.concat([a for a, _ in parts]), pl.concat([t for _, t in parts])

    def _part(self, first: int, last: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        plan = self.plan
        rows = np.arange(first, last)
        # An excerpt adds some of its base; an edit, a word here and there.
        copies = plan.kind[rows] == EXCERPT
        longest = plan.words[plan.base[rows]] * 1.2 + np.where(copies, plan.words[rows], 0)
        out = np.empty(int((longest + _FURNITURE + 40).sum()) * 12 + (1 << 20), np.uint8)
        titles = np.empty((last - first) * 10 * MOST_BYTES, np.uint8)
        room = int(self.length * 3.6 * 2.5) + 2 * _FURNITURE + 100
        ends, title_ends, alike = written(
            first, last, plan, self.language.lexicon, room, out, titles
        )
        return self._articles(rows, _cut(out, ends), _cut(titles, title_ends)), _truth(
            plan, rows, alike
        )

    def _articles(
        self, rows: NDArray[np.int64], texts: list[str], titles: list[str]
    ) -> pl.DataFrame:
        plan, made = self.plan, self.language
        outlets, authors = pl.Series(made.outlets), pl.Series(made.authors)
        site = pl.col("source").str.to_lowercase().str.replace_all(" ", "", literal=True)
        return pl.DataFrame(
            {
                "article_id": _ids(plan.key[rows]),
                "source": outlets.gather(plan.source[rows]),
                "published_at": pl.Series(plan.published[rows] * 1_000_000).cast(
                    pl.Datetime("us", "UTC")
                ),
                "title": titles,
                "author": authors.gather(plan.author[rows]),
                "text": texts,
            }
        ).select(
            "article_id", "source", "published_at", "title", "author",
            url=pl.format(
                "https://{}.example/{}/{}",
                site, pl.col("published_at").dt.strftime("%Y/%m/%d"), "article_id",
            ),
            text="text",
        )  # fmt: skip


def _cut(data: NDArray[np.uint8], ends: NDArray[np.int64]) -> list[str]:
    whole = data[: ends[-1]].tobytes()
    starts = [0, *ends[:-1].tolist()]
    return [whole[a:b].decode() for a, b in zip(starts, ends.tolist(), strict=True)]


def _ids(keys: NDArray[np.uint64]) -> pl.Series:
    return pl.Series([f"{key:016x}" for key in keys.tolist()], dtype=pl.String())


def _truth(plan: Plan, rows: NDArray[np.int64], alike: NDArray[np.float64]) -> pl.DataFrame:
    """One row for each copy and its base, a_id < b_id."""
    copies = plan.kind[rows] != FRESH
    rows = rows[copies]
    return pl.DataFrame(
        {
            "copy": _ids(plan.key[rows]),
            "base_id": _ids(plan.key[plan.base[rows]]),
            "kind": pl.Series(KINDS).gather(plan.kind[rows]),
            "jaccard": alike[copies, 0],
            "jaccard_whole": alike[copies, 1],
            "containment": alike[copies, 2],
        }
    ).select(
        pl.min_horizontal("copy", "base_id").alias("a_id"),
        pl.max_horizontal("copy", "base_id").alias("b_id"),
        "base_id", "kind", "jaccard", "jaccard_whole", "containment",
    )  # fmt: skip


def write(corpus: Corpus, out: Path) -> tuple[Path, Path]:
    """Write a corpus; returns what to give to `stemma run`, and its truth."""
    if out.suffix == ".parquet":
        out.parent.mkdir(parents=True, exist_ok=True)
        articles, truth = corpus.frames()
        articles.write_parquet(out)
        truth.write_parquet(out.with_suffix(".truth.parquet"))
        return out, out.with_suffix(".truth.parquet")
    folder = out / "articles"
    folder.mkdir(parents=True, exist_ok=True)
    truths = []
    for number, (articles, truth) in enumerate(corpus.parts()):
        articles.write_parquet(folder / f"part-{number:05}.parquet")
        truths.append(truth)
    pl.concat(truths).write_parquet(out / "truth.parquet")
    return folder, out / "truth.parquet"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.made", description=__doc__)
    parser.add_argument("n", type=int, help="number of articles")
    parser.add_argument("out", type=Path, help="FILE.parquet, or a folder for part files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--words", type=int, default=0, help=f"mean length, {WORDS} if left out")
    parser.add_argument("--short", action="store_true", help="about 300 bytes each")
    asked = parser.parse_args()
    print(*write(Corpus(asked.n, asked.seed, asked.words, asked.short), asked.out), sep="\n")


if __name__ == "__main__":
    main()
