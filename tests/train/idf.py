"""In how many English articles each stem stands: the table that `pipeline.stages.idf` ships.

`python -m tests.train.idf ARTICLES…` writes pipeline/data/english_stems.txt: counts only, of stems
that stand in 20 articles at least.
"""

import argparse
from pathlib import Path

import numpy as np

from pipeline import load_config, read_articles
from pipeline.stages.exact import identical_groups
from pipeline.stages.idf import TABLE
from pipeline.stages.language import detect_language
from pipeline.stages.normalise import documents_of
from pipeline.stages.spread import ranges
from pipeline.stages.stems import group_counts, hashes_of, plain, snowball, stems_of

_LEAST, _MOST = 20, 30_000
_BATCH = 500


def counted(inputs: list[str]) -> tuple[int, list[tuple[str, int]]]:
    """Articles, identical ones once, and the most frequent stems with their counts."""
    config = load_config()
    articles = read_articles(inputs, config.read).stored
    documents = documents_of(articles.text)
    stems = stems_of(documents, articles.text, detect_language(articles, config.normalise))
    group = identical_groups(documents.text_hash)
    counts = group_counts(stems, documents, group)
    words: set[str] = set()
    for rows in ranges(len(articles), _BATCH):
        part, texts = documents.part(rows), articles.text.series(rows).to_list()
        for text, first, last in zip(texts, part.offsets, part.offsets[1:], strict=False):
            spans = zip(part.starts[first:last], part.ends[first:last], strict=True)
            words |= {text[start:end] for start, end in spans}
    names = sorted({*snowball("en", [plain(word) for word in words])} - {""})
    hashes = hashes_of(names)
    at = np.minimum(np.searchsorted(stems.hashes, hashes), len(stems.hashes) - 1)
    found = np.where(stems.hashes[at] == hashes, counts[at], 0)
    ranked = sorted(zip(names, found.tolist(), strict=True), key=lambda row: (-row[1], row[0]))
    return len(np.unique(group)), [row for row in ranked[:_MOST] if row[1] >= _LEAST]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", nargs="+")
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    articles, rows = counted(options.articles)
    lines = [f"{articles}", *(f"{name} {count}" for name, count in rows)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf8")
    print(f"{len(rows):,} stems of {articles:,} articles in {options.out}")


if __name__ == "__main__":
    main()
