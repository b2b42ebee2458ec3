"""Reasons that no threshold shows: an editor's word, twins, masks, caps, languages."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipeline.explain.compare import Comparison
from pipeline.explain.model import Article, Finder, Note, Passage
from pipeline.explain.run_files import RunFiles
from pipeline.explain.verdict import unit_of
from pipeline.kernels.components import components


@dataclass(frozen=True)
class Case:
    """What the notes are drawn from.

    Attributes:
        relation: the pair's in `pairs`; null if it isn't there.
        standing: the relation in `pairs` of the articles that stand for the two.
        masked, bare: the comparison with boilerplate masked, and as if nothing were.
        hidden: passages that only `bare` has.
    """

    a: Article
    b: Article
    relation: str | None
    standing: str | None
    masked: Comparison
    bare: Comparison
    hidden: tuple[Passage, ...]
    finders: tuple[Finder, ...]

    @property
    def linked(self) -> bool:
        """Any relation but `related`."""
        return self.standing not in (None, "related")


def notes(case: Case, files: RunFiles) -> tuple[Note, ...]:
    """All that applies, the most decisive first."""
    found = [
        *_judgement(case, files), *_twins(case), *_languages(case), *_masks(case),
        *_furniture(case),
    ]  # fmt: skip
    if case.relation is None and not any(note.code == "twin" for note in found):
        found += _caps(case, files)
    if case.relation == "partial":
        found.append(Note("partial", "A partial link names a source; it joins no stories."))
    if not case.linked and not found and case.masked.row["relation"] == "related":
        found.append(Note("wording", _WORDING))
    return tuple(found)


_WORDING = (
    "Links rest on shared wording. A retelling in other words looks like this too, and so do two "
    "independent reports of one event."
)


def _judgement(case: Case, files: RunFiles) -> Iterator[Note]:
    verdict = files.judged(case.a.article_id, case.b.article_id)
    if verdict is not None:
        yes = "An editor said yes: the pair is linked, whatever the texts say."
        no = "An editor said no: the pair is never linked, whatever the texts say."
        yield Note("judgement", yes if verdict else no)


def _twins(case: Case) -> Iterator[Note]:
    """Pairs are made between representatives, and of each with its own twins."""
    ids = [x.same_text_as or x.article_id for x in (case.a, case.b)]
    state = f"in pairs as {case.standing}" if case.standing else "not in pairs either"
    twins = [x for x in (case.a, case.b) if x.same_text_as]
    if case.relation is not None or not twins:
        return
    told = " and ".join(f"{x.article_id} is word for word {x.same_text_as}" for x in twins)
    if ids[0] == ids[1]:
        look = f"{ids[0]} {case.a.article_id}, and {ids[0]} {case.b.article_id}"
        yield Note("twin", f"{told}; the pairs to look at are {look}.")
    else:
        yield Note("twin", f"{told}; the pair to look at is {ids[0]} {ids[1]}, {state}.")


def _languages(case: Case) -> Iterator[Note]:
    a, b = case.a.language, case.b.language
    if a and b and a != b:
        yield Note(
            "languages", f"One is in '{a}', the other in '{b}'; across languages nothing is found."
        )


def _masks(case: Case) -> Iterator[Note]:
    bare, masked = case.bare.row, case.masked.row
    hidden = bare["verbatim"] + bare["quoted"] - masked["verbatim"] - masked["quoted"]
    if not case.hidden and hidden <= 0:
        return
    yield Note(
        "boilerplate",
        f"Masked boilerplate hides {hidden} {unit_of(case.a, case.b)} that both have. "
        f"Unmasked, their Jaccard would be {bare['jaccard']:.2f} (now {masked['jaccard']:.2f}) "
        f"and the relation {bare['relation']} (now {masked['relation']}).",
    )


def _furniture(case: Case) -> Iterator[Note]:
    row = case.masked.row
    if row["relation"] == "related" and row["prose"] < row["verbatim"]:
        unit = unit_of(case.a, case.b)
        yield Note(
            "furniture",
            f"Of {row['verbatim']} {unit} outside quotations {row['prose']} count: the rest stands "
            "at the same end of two pages of one outlet, or inside sentences, as links do.",
        )


def _caps(case: Case, files: RunFiles) -> Iterator[Note]:
    proposed = [finder.name for finder in case.finders if finder.proposes]
    if _thinned(case, files):
        yield Note(
            "thinned",
            "Both stand in one large group of near copies, in which an article is paired only with "
            "the group's representative and its nearest (verify.pairs_per_group).",
        )
    elif "bands" in proposed and files.caps.get("articles_in_crowded_buckets"):
        yield Note(
            "crowded",
            "Bands agree, but buckets of more than near.bucket_cap articles gave only some of "
            "their pairs; this one may be among those left out.",
        )
    elif proposed == ["fingerprints"] and files.caps.get("fingerprints_over_cap"):
        yield Note(
            "common",
            "Enough fingerprints are shared, but some may stand in too many articles to count "
            "(excerpts.max_articles).",
        )
    elif not proposed and case.masked.row["relation"] != "related":
        yield Note(
            "missed",
            "Neither finder proposed the pair; had it been compared, it would be "
            f"{case.masked.row['relation']}.",
        )


def _thinned(case: Case, files: RunFiles) -> bool:
    """Are both in one near-copy group that is larger than `pairs_per_group`?"""
    if not files.caps.get("near_copy_group_pairs"):
        return False
    config = files.config
    near = files.table(
        "pairs", pl.col("relation") != "identical", pl.col("jaccard") >= config.relate.near_copy
    )
    ids = pl.concat([near["a_id"], near["b_id"]]).unique().sort()
    if case.a.article_id not in ids or case.b.article_id not in ids:
        return False
    a, b = (ids.search_sorted(near[side]).cast(pl.Int64).to_numpy() for side in ("a_id", "b_id"))
    group = components(len(ids), a, b)
    ours, theirs = (group[ids.search_sorted(x.article_id)] for x in (case.a, case.b))
    return bool(ours == theirs and (group == ours).sum() > config.verify.pairs_per_group)
