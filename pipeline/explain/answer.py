"""One run and two ids in, an explanation out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.explain.compare import Comparison, compare
from pipeline.explain.differences import differing_parts
from pipeline.explain.model import (
    Article,
    Credit,
    Derivation,
    Explanation,
    Passage,
    Scores,
    Signal,
    Story,
)
from pipeline.explain.notes import Case, notes
from pipeline.explain.reasons import finders, thresholds
from pipeline.explain.run_files import RunFiles
from pipeline.explain.verdict import lineage, links_between, unit_of, verdict
from pipeline.stages.direction import ONE_WAY, SYMMETRIC


def explain(out: Path, a_id: str, b_id: str) -> Explanation:
    """Why a run linked two articles, or why not.

    Args:
        out: the run's folder.
        a_id: an article.
        b_id: another one; the explanation is told in this order.

    Raises:
        InputError: one id twice, or an id that isn't in the run.
        OutputError: the folder isn't a run's, or the texts weren't kept and the inputs changed.
    """
    files = RunFiles(out)
    rows = files.two_articles(a_id, b_id)
    a, b = (_article(files, rows.row(by_predicate=pl.col("article_id") == x, named=True))
            for x in (a_id, b_id))  # fmt: skip
    masked, bare = _compared(files, rows)
    stored, standing = files.pair("pairs", a_id, b_id), _standing(files, a, b)
    row = masked.row | (stored.row(0, named=True) if len(stored) else {})
    passages = files.pair("passages", a_id, b_id) if len(stored) else masked.passages
    shown = _passages(passages, a, b)
    case = Case(
        a, b, row["relation"] if len(stored) else None, standing, masked, bare,
        _hidden(_passages(bare.passages, a, b), shown),
        finders(masked, row["found_by"], files.layout, files.config),
    )  # fmt: skip
    scores = _scores(row, swapped=a_id > b_id)
    lines = [lineage(x, lambda it: _derivations(files, it)) for x in (a_id, b_id)]
    return Explanation(
        a=a,
        b=b,
        verdict=verdict(
            a, b, scores, (lines[0], lines[1]), linked=case.linked, masked=bool(case.hidden)
        ),
        unit=unit_of(a, b),
        in_pairs=len(stored) > 0,
        linked=case.linked,
        found_by=tuple(row["found_by"]),
        scores=scores,
        # What speaks for a direction takes for granted that a text is shared.
        evidence=tuple(
            _signal(item, row)
            for item in row["evidence"]
            if case.linked or item["signal"] not in (*ONE_WAY, *SYMMETRIC)
        ),
        derivations=tuple(links_between(a, b)),
        passages=shown,
        hidden=case.hidden,
        thresholds=thresholds(row, files.config, unit_of(a, b)),
        finders=case.finders,
        notes=notes(case, files),
    )


def _standing(files: RunFiles, a: Article, b: Article) -> str | None:
    """The pair's relation in `pairs`, or that of the articles that stand for the two."""
    own = files.pair("pairs", a.article_id, b.article_id)
    if len(own):
        return str(own["relation"][0])
    first, second = (x.same_text_as or x.article_id for x in (a, b))
    if first == second:
        return "identical"
    theirs = files.pair("pairs", first, second)
    return str(theirs["relation"][0]) if len(theirs) else None


def _compared(files: RunFiles, rows: pl.DataFrame) -> tuple[Comparison, Comparison]:
    """The two with boilerplate masked, and as if nothing were."""
    own = pl.col("article_id").is_in(rows["article_id"].to_list())
    state = {name: files.table(f"state/{name}", own) for name in ("masks", "credits", "links")}
    masked = compare(rows, state, files.config)
    if state["masks"].is_empty():
        return masked, masked
    return masked, compare(rows, state | {"masks": state["masks"].clear()}, files.config)


def _article(files: RunFiles, row: dict[str, Any]) -> Article:
    article_id = row["article_id"]
    own = pl.col("article_id") == article_id
    named = files.table("state/credits", own).select("name", "kind", "detail").unique()
    same = files.representative(row["text_hash"])
    fields = ("article_id", "source", "published_at", "published_precision", "title", "author",
              "url", "language", "tokens", "text")  # fmt: skip
    return Article(
        **{name: row[name] for name in fields},
        credits=tuple(Credit(**credit) for credit in named.sort(pl.all()).iter_rows(named=True)),
        story=_story(files, row["cluster_id"]),
        decisions=_derivations(files, article_id),
        same_text_as=same if same != article_id else None,
    )


def _story(files: RunFiles, cluster_id: str | None) -> Story | None:
    if cluster_id is None:
        return None
    rows = files.table("clusters", pl.col("cluster_id") == cluster_id)
    return Story(**rows.select("cluster_id", "title", "articles", "sources").row(0, named=True))


def _derivations(files: RunFiles, article_id: str) -> tuple[Derivation, ...]:
    rows = files.table("derivations", pl.col("derived_id") == article_id).sort("rank")
    return tuple(Derivation(**row) for row in rows.drop("evidence").iter_rows(named=True))


def _scores(row: dict[str, Any], *, swapped: bool) -> Scores:
    turned = {
        "p_a_from_b": "p_b_from_a", "p_b_from_a": "p_a_from_b",
        "containment_a": "containment_b", "containment_b": "containment_a",
    }  # fmt: skip
    names = Scores.__dataclass_fields__
    return Scores(**{name: row[turned.get(name, name) if swapped else name] for name in names})


def _signal(item: dict[str, Any], row: dict[str, Any]) -> Signal:
    """What an item of evidence speaks for; log-odds are turned so that they speak for it."""
    name, odds = item["signal"], item["log_odds"]
    if odds == 0:
        speaks_for = "–"
    elif name in ONE_WAY:
        late, early = (row["a_id"], row["b_id"]) if odds >= 0 else (row["b_id"], row["a_id"])
        speaks_for = f"{late} from {early}"
    elif name in SYMMETRIC:
        speaks_for = "no third text" if odds < 0 else "both from a third text"
    else:
        speaks_for = "a shared text" if odds >= 0 else "separate texts"
    return Signal(name, item["detail"], abs(odds), speaks_for)


def _passages(rows: pl.DataFrame, a: Article, b: Article) -> tuple[Passage, ...]:
    """Rows of `passages`, in the first article's order."""
    if a.article_id > b.article_id:
        rows = rows.rename(
            {f"{x}_{edge}": f"{y}_{edge}" for x, y in ("ab", "ba") for edge in ("start", "end")}
        ).sort("a_start")
    found = []
    for row in rows.iter_rows(named=True):
        places = {name: row[name] for name in ("a_start", "a_end", "b_start", "b_end")}
        a_parts, b_parts, tokens = differing_parts(
            a.text[row["a_start"] : row["a_end"]], b.text[row["b_start"] : row["b_end"]]
        )
        found.append(
            Passage(
                row["kind"], row["similarity"], tokens, **places, a_parts=a_parts, b_parts=b_parts
            )
        )
    return tuple(found)


def _hidden(bare: tuple[Passage, ...], shown: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Passages of the unmasked texts that overlap none of the masked ones."""
    return tuple(
        replace(passage, kind="boilerplate")
        for passage in bare
        if not any(x.a_start < passage.a_end and passage.a_start < x.a_end for x in shown)
    )
