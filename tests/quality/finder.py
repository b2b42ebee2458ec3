"""How much of what is retold finder 3 finds, in a haystack, and what that takes.

`python -m tests.quality.finder EVAL` reads EVAL/background and the labelled sets beside it, dates
hidden, and prints a table for document-frequency caps of 10 to 1,000. A pair counts as found if it
is a candidate, or within one group of near copies. Stories are cut in halves by a hash: the finder
was tuned on the first; `--half second` shows the other.
"""

import argparse
import hashlib
import tempfile
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from pipeline import load_config, read_articles
from pipeline.config import Config
from pipeline.documents import I64, Documents
from pipeline.engines.local import in_order
from pipeline.io.judgements import NO_JUDGEMENTS, rows_of
from pipeline.kernels.components import components
from pipeline.stages.boilerplate import mask_boilerplate
from pipeline.stages.candidates import find_candidates
from pipeline.stages.exact import identical_groups, publication_order
from pipeline.stages.idf import stem_weights
from pipeline.stages.language import detect_language
from pipeline.stages.normalise import documents_of
from pipeline.stages.overlap import feature_sets_of, overlap
from pipeline.stages.retellings import find_retellings
from pipeline.stages.shares import wilson
from pipeline.stages.signatures import choose_layout, sketches_of
from pipeline.stages.spread import Spread
from pipeline.stages.stems import Stems, stems_of
from pipeline.stages.verify import verify

SETS = ("background", "events", "rewrites", "chains", "answers", "versions")
CAPS = (10, 30, 100, 300, 1000)
FUNNEL = 2.0  # pairs per article that are kept by their overlap
_COPIES = 300
# An invented agency story, and how another newsroom tells it.
_STORY = (
    "BRACKWATER (Meridian Wire) - The ferry Halcyon ran aground in thick fog off Brackwater early "
    "on Monday with {} people on board, the Pennick harbour office said.\n\nNobody was badly hurt. "
    "Captain Odell Marsh told investigators that the Sallow Point light had been out since "
    "Saturday, and that his radar showed the sandbank too late. Trawlers from Pennick took the "
    "passengers ashore before dawn.\n\nThe Halcyon's owner, Corrigan Lines, suspended its night "
    "crossings until the light is repaired. The harbour office said that a fuse had failed and "
    "that no spare was in store."
)
_RETOLD = (
    "Night crossings are off at Corrigan Lines after one of its boats, the Halcyon, grounded near "
    "Brackwater on Monday morning. Fishermen from Pennick came out in their trawlers to bring "
    "everyone on the ferry to shore while it was still dark; there were no serious injuries."
    "\n\nThe beacon at Sallow Point hadn't been working since the weekend because of a blown fuse "
    "for which the harbour office had no replacement. In the fog, said Odell Marsh, the ship's "
    "captain, his radar picked up the bank when it was already too late."
)


@dataclass(frozen=True)
class Haystack:
    """Articles, read and grouped.

    Attributes:
        ids: [n] of the articles.
        documents, stems: of them.
        group: [n] row that stands for each article's near copies.
        others: pairs that the other finders give.
    """

    ids: list[str]
    documents: Documents
    stems: Stems
    group: I64
    others: I64


def haystack(folder: Path, config: Config, spread: Spread) -> Haystack:
    """All sets, and the planted story, in one dump without dates."""
    frames = [pl.read_parquet(folder / name / "articles.parquet") for name in SETS]
    planted = [(f"planted-{i:03}", f"Outlet {i}", _STORY.format(i + 30)) for i in range(_COPIES)]
    planted.append(("planted-retold", "Gull Post", _RETOLD))
    whole = pl.concat(
        [
            *(frame.select("article_id", "source", "text") for frame in frames),
            pl.DataFrame(planted, ["article_id", "source", "text"], orient="row"),
        ]
    )
    with tempfile.TemporaryDirectory() as kept:
        whole.write_parquet(Path(kept) / "articles.parquet")
        articles = read_articles([Path(kept) / "articles.parquet"], config.read).stored
    n = len(articles)
    documents = documents_of(articles.text)
    languages = detect_language(articles, config.normalise, spread=spread)
    masked = mask_boilerplate(documents, articles, config.boilerplate, spread)
    documents = replace(documents, flags=masked.flags)
    started = time.perf_counter()
    stems = stems_of(documents, articles.text, languages, spread=spread)
    print(f"{n:,} articles; stems: {time.perf_counter() - started:.1f} s with compilation")
    group = identical_groups(documents.text_hash)
    rows = np.flatnonzero(group == np.arange(n))
    sketches = sketches_of(documents, config)
    layout = choose_layout(sketches.signatures, rows, config.near)
    ids = articles.article_id.series(range(n))
    judged = rows_of(NO_JUDGEMENTS, ids)
    found = find_candidates(documents, sketches, rows, layout, judged, config, spread)
    age = publication_order(articles.published_at)
    pairs = verify(found, group, age, judged, documents, config, spread).pairs
    near = pairs.filter((pl.col("jaccard") >= config.relate.near_copy) | pl.col("identical"))
    _, first, at = np.unique(
        components(n, near["a"].to_numpy(), near["b"].to_numpy()),
        return_index=True,
        return_inverse=True,
    )
    return Haystack(ids.to_list(), documents, stems, first[at], (found.a << 32) | found.b)


def truth(folder: Path, half: int) -> dict[str, list[tuple[str, str]]]:
    """Labelled pairs of one half of the stories."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in ("rewrites", "chains", "versions"):
        stories = pl.read_parquet(folder / name / "stories.parquet")
        story = dict(stories.select("article_id", "story").iter_rows())
        for row in pl.read_parquet(folder / name / "derivations.parquet").iter_rows(named=True):
            digest = hashlib.sha256(story[row["source_id"]].encode()).digest()
            if digest[-1] % 2 == half:
                kind = row["kind"].removeprefix("chatgpt-") if name == "rewrites" else name
                found.setdefault(kind, []).append((row["source_id"], row["derived_id"]))
    return found | {"planted": [("planted-000", "planted-retold")]}


def shares(hay: Haystack, pairs: I64, wanted: dict[str, list[tuple[str, str]]]) -> list[str]:
    """For each kind the share found, with a 95 % interval (Wilson), and the count."""
    row = {article: at for at, article in enumerate(hay.ids)}
    told = []
    for kind, known in wanted.items():
        a, b = (hay.group[[row[pair[side]] for pair in known]] for side in (0, 1))
        hits = (a == b) | np.isin((np.minimum(a, b) << 32) | np.maximum(a, b), pairs)
        found = wilson(float(hits.mean()), len(hits))
        within = f"[{found.low:.3f}-{found.high:.3f}]"
        told.append(f"{kind} {found.share:.4f} {within} ({len(hits)})")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("eval", type=Path)
    parser.add_argument("--half", choices=("first", "second"), default="first")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--similarity", type=float)
    asked = parser.parse_args()
    config, spread = load_config(), partial(in_order, threads=asked.threads)
    options = config.retellings
    if asked.similarity:
        options = options.model_copy(update={"similarity": asked.similarity})
    hay = haystack(asked.eval, config, spread)
    wanted = truth(asked.eval, ["first", "second"].index(asked.half))
    for cap in CAPS:
        chosen = options.model_copy(update={"max_articles": cap})
        started = time.perf_counter()
        pairs, _ = find_retellings(hay.documents, hay.stems, hay.group, chosen, None, spread)
        taken = time.perf_counter() - started
        both = np.union1d(pairs, hay.others)
        print(f"\ncap {cap}: {len(pairs) / len(hay.ids):.2f} pairs per article, {taken:.1f} s")
        print("  finder 3:   ", "; ".join(shares(hay, pairs, wanted)))
        print("  all finders:", "; ".join(shares(hay, both, wanted)))
        if cap == config.retellings.max_articles:
            _funnel(hay, pairs, wanted, spread)


def _funnel(
    hay: Haystack, pairs: I64, wanted: dict[str, list[tuple[str, str]]], spread: Spread
) -> None:
    a, b = pairs >> 32, pairs & 0xFFFFFFFF
    weights = stem_weights(hay.stems, hay.documents, hay.group, spread)
    sets = feature_sets_of(hay.documents, hay.stems, np.union1d(a, b))
    overlap(sets, weights, a[:1], b[:1])
    started = time.process_time()
    score = overlap(sets, weights, a, b).containment()
    speed = len(a) / (time.process_time() - started)
    least = np.sort(score)[::-1][: int(FUNNEL * len(hay.ids))][-1]
    print(f"  overlap: {speed:,.0f} pairs/s; {FUNNEL:.0f} per article have {least:.3f} or more")
    print("  of those:   ", "; ".join(shares(hay, pairs[score >= least], wanted)))


if __name__ == "__main__":
    main()
