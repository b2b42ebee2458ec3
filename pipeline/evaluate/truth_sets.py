"""Tables of truth → a `Truth` each; what a kind of table means stands in `evaluate.truth`."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from pipeline.errors import InputError
from pipeline.evaluate.truth import CASES, DECISIONS, Truth
from pipeline.evaluate.truth_rows import (
    fail,
    grouped,
    named,
    one_label,
    one_way,
    pairs_of,
    ungrouped,
)
from pipeline.io.columns import short
from pipeline.io.truth_tables import TruthTable, truth_tables
from pipeline.kernels.components import components
from pipeline.tables import DECISIONS as DECIDED

_SPARED = 0.1  # Jaccard from which reports of one event share an agency's text
_POSITIVE, _NEGATIVE = ("cut", "light", "heavy"), ("non", "other")
_VERDICTS = {"yes": True, "no": False}


def read_truth(
    paths: Iterable[Path], needs: Sequence[str] = (), *, open_: bool = False
) -> list[Truth]:
    """The truth sets of some files and folders, in their order.

    Args:
        paths: CSV and Parquet files, or folders of these; several kinds of table in one folder
            that don't belong together make a set each.
        needs: of tables of decisions, read only rows with one of these in `needs`, or with none.
        open_: links to articles that the truth doesn't name aren't judged.

    Raises:
        InputError: a file is missing, broken, of no known kind, contradicts itself, or is given
            twice.
    """
    paths = list(paths)
    _once(paths)
    sets = [made for path in paths for made in _sets(path, truth_tables(path), needs, open_)]
    if needs and not any(made.kind == "decisions" for made in sets):
        raise InputError("--needs: no table of truth has the columns decision and needs")
    return sets


def _once(paths: list[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        first = seen.setdefault(path.resolve(), path)
        if first is not path:
            also = "" if str(first) == str(path) else f", also as {first}"
            raise InputError(f"truth {path}: is given twice{also}; what it says would count twice")


def _sets(
    path: Path, tables: list[TruthTable], needs: Sequence[str], open_: bool
) -> list[Truth]:  # fmt: skip
    outside = None if open_ else False
    makers: dict[str, tuple[tuple[str, ...], Callable[[str, pl.DataFrame], Truth]]] = {
        "decisions": (("decisions",), lambda name, it: _decisions(name, it, needs, outside)),
        "stories": (("stories", "derivations"), lambda name, it: _stories(name, it, outside)),
        "events": (("events",), _events),
        "labels": (("labels",), _labels),
        "pairs": (("pairs", "cases"), _pairs),
        "judgements": (("judgements",), _judgements),
    }
    found = []
    for kind, (parts, make) in makers.items():
        rows = [_told(table) for table in tables if table.kind in parts]
        if rows:
            found.append((kind, make, pl.concat(rows, how="diagonal")))
    name = path.name if path.is_dir() else path.stem
    return [make(name if len(found) == 1 else f"{name}, {kind}", it) for kind, make, it in found]


def _told(table: TruthTable) -> pl.DataFrame:
    return table.rows.with_columns(file=pl.lit(str(table.path)), table=pl.lit(table.kind))


def _stories(name: str, rows: pl.DataFrame, outside: bool | None) -> Truth:
    stories = rows.filter(table="stories")
    links = rows.filter(table="derivations")
    if stories.is_empty():
        return _derivations(name, links, outside)
    mentioned = named(stories, "article_id")
    if len(links):
        links = links.with_columns(kind=pl.coalesce("kind", "hops"))
        mentioned = pl.concat([mentioned, named(links, "source_id", "derived_id")])
        mentioned = mentioned.unique("article_id", keep="first", maintain_order=True)
    articles = grouped(mentioned, one_label(stories, "article_id", "story"))
    if links.is_empty():
        return Truth(name, "stories", articles, within=True, outside=outside)
    story = dict(articles.select("article_id", "group").iter_rows())
    ends = [links[side].replace_strict(story, return_dtype=pl.Int64())
            for side in ("source_id", "derived_id")]  # fmt: skip
    links = links.with_columns(shared=(ends[0] == ends[1]).fill_null(value=True))
    listed = pairs_of(links, "source_id", "derived_id", pl.col("shared"), pl.col("kind"))
    directed = one_way(links.filter("shared"))
    return Truth(name, "stories", articles, listed, directed, within=True, outside=outside)


def _derivations(name: str, rows: pl.DataFrame, outside: bool | None) -> Truth:
    rows = rows.with_columns(kind=pl.coalesce("kind", "hops"))
    always = pl.lit(value=True)
    listed = pairs_of(rows, "source_id", "derived_id", always, pl.col("kind"))
    directed = one_way(rows)
    mentioned = named(rows, "source_id", "derived_id")
    number = dict(zip(mentioned["article_id"], range(len(mentioned)), strict=True))
    a, b = (listed[side].replace_strict(number, return_dtype=pl.Int64()).to_numpy()
            for side in ("a_id", "b_id"))  # fmt: skip
    groups = components(len(mentioned), a.astype(np.int64), b.astype(np.int64))
    nothing = pl.lit(None, pl.String()).alias("label")
    articles = mentioned.select(
        "article_id", pl.Series("group", groups, pl.Int64()), nothing, "file", "row"
    )
    return Truth(name, "derivations", articles, listed, directed, outside=outside)


def _events(name: str, rows: pl.DataFrame) -> Truth:
    labels = one_label(rows, "article_id", "event_id")
    articles = grouped(named(rows, "article_id"), labels)
    return Truth(name, "events", articles, within=False, spared_from=_SPARED)


def _worded(rows: pl.DataFrame, column: str, words: dict[str, bool]) -> pl.DataFrame:
    """Rows with `shared`, by what a column says; another word is an error."""
    told = pl.col(column).str.strip_chars().str.to_lowercase()
    shared = told.replace_strict(words, default=None, return_dtype=pl.Boolean())
    found = rows.with_columns(shared=shared, kind=told)
    unclear = found.filter(pl.col("shared").is_null())
    if len(unclear):
        row = unclear.row(0, named=True)
        raise fail(row, f"{column} '{short(row[column])}' is none of {', '.join(words)}")
    return found


def _labels(name: str, rows: pl.DataFrame) -> Truth:
    words = dict.fromkeys(_POSITIVE, True) | dict.fromkeys(_NEGATIVE, False)
    found = _worded(rows, "category", words)
    listed = pairs_of(found, "source_id", "derived_id", pl.col("shared"), pl.col("kind"))
    articles = ungrouped(named(rows, "source_id", "derived_id"))
    return Truth(name, "labels", articles, listed, one_way(found.filter("shared")))


def _judgements(name: str, rows: pl.DataFrame) -> Truth:
    found = _worded(rows, "verdict", _VERDICTS)
    listed = pairs_of(found, "a_id", "b_id", pl.col("shared"), pl.lit(None, pl.String()))
    return Truth(name, "judgements", ungrouped(named(rows, "a_id", "b_id")), listed)


def _pairs(name: str, rows: pl.DataFrame) -> Truth:
    cases = rows.filter(table="cases")
    if cases.is_empty():
        cases = rows.clear().with_columns(
            pl.lit(None, CASES[column]).alias(column) for column in CASES if column not in rows
        )
    own = cases.group_by("suspicious_id", "source_id").agg(kind=pl.col("obfuscation").min())
    told = rows.join(own.with_columns(shared=True), on=["suspicious_id", "source_id"], how="left",
                     maintain_order="left")  # fmt: skip
    listed = pairs_of(
        told, "suspicious_id", "source_id", pl.col("shared").fill_null(value=False), pl.col("kind")
    )
    articles = ungrouped(named(rows, "suspicious_id", "source_id"))
    return Truth(name, "pairs", articles, listed, cases=cases.select(CASES.names()))


def _decisions(
    name: str, rows: pl.DataFrame, needs: Sequence[str], outside: bool | None
) -> Truth:  # fmt: skip
    _known_words(rows, needs)
    kept = pl.col("needs").is_null() | pl.col("needs").is_in(list(needs)) | (not needs)
    rows = rows.with_columns(kept=kept)
    labels = one_label(rows, "derived_id", "story").with_columns(
        pl.coalesce("label", pl.format("alone: {}", "article_id"))
    )
    judged = rows.filter("kept")
    labels = labels.join(judged, left_on="article_id", right_on="derived_id", how="semi")
    mentioned = named(rows, "derived_id", "source_id")
    links = rows.filter(pl.col("source_id").is_not_null())
    yes = pl.when("kept").then(pl.lit(value=True))
    listed = pairs_of(links, "source_id", "derived_id", yes, pl.col("needs"))
    links = links.filter("kept").with_columns(kind="needs")
    return Truth(
        name, "decisions", grouped(mentioned, labels), listed, one_way(links),
        decisions=judged.select(DECISIONS.names()), within=True, outside=outside,
    )  # fmt: skip


def _known_words(rows: pl.DataFrame, needs: Sequence[str]) -> None:
    wrong = rows.filter(pl.col("decision").is_not_null(), ~pl.col("decision").is_in(list(DECIDED)))
    if len(wrong):
        row = wrong.row(0, named=True)
        raise fail(row, f"decision '{short(row['decision'])}' is none of {', '.join(DECIDED)}")
    there = set(rows["needs"].drop_nulls())
    for word in needs:
        if word not in there:
            has = ", ".join(map(short, sorted(there)[:40])) or "none"
            raise InputError(f"--needs {word}: no row needs it; the rows name {has}")
