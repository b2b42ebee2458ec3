"""Found passages beside planted ones: plagdet.

The measure is Potthast et al.'s (COLING 2010), as PAN used it in 2014: a detection *finds* a case
if they overlap in both documents. Of a detection, precision is the share of its characters (of both
documents together) that belong to cases that it finds; of a case, recall is the share of its
characters that belong to detections that find it. Plagdet is F1 of the means of the two, divided by
log2(1 + granularity), where granularity is the mean number of detections of a case that is found.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.documents import F64, I64
from pipeline.evaluate.bootstrap import ratio, with_intervals
from pipeline.evaluate.figures import Figure, harmonic

_SECTION = "passages"
SPAN = ("this_start", "this_end", "source_start", "source_end")


@dataclass(frozen=True)
class Overlaps:
    """What cases and detections have in common.

    Attributes:
        precision: [detections] share of each that stands in cases that it finds.
        recall: [cases] share of each that stands in detections that find it.
        finds: [cases] detections of each.
        of_detections: [detections] number of the pair of documents of each.
        of_cases: [cases] the same of cases.
    """

    precision: F64
    recall: F64
    finds: I64
    of_detections: I64
    of_cases: I64

    @property
    def granularity(self) -> float:
        """Mean number of detections of a case that is found; 1 if none is."""
        found = self.finds[self.finds > 0]
        return float(found.mean()) if len(found) else 1.0

    @property
    def plagdet(self) -> float | None:
        """None if there is neither a case nor a detection."""
        if not len(self.precision) and not len(self.recall):
            return None
        shares = (float(it.mean()) if len(it) else 0.0 for it in (self.precision, self.recall))
        return (harmonic(*shares) or 0.0) / math.log2(1 + self.granularity)


def detections(passages: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """suspicious_id, source_id and `SPAN` of the passages of some pairs.

    Args:
        passages: rows of the table.
        pairs: suspicious_id, source_id.
    """
    sided = pairs.select(
        "suspicious_id",
        "source_id",
        a_id=pl.min_horizontal("suspicious_id", "source_id"),
        b_id=pl.max_horizontal("suspicious_id", "source_id"),
    ).join(passages, on=["a_id", "b_id"], maintain_order="left_right")
    first = pl.col("suspicious_id") < pl.col("source_id")
    edges = {
        f"{name}_{edge}": pl.when(first).then(f"{mine}_{edge}").otherwise(f"{other}_{edge}")
        for name, mine, other in (("this", "a", "b"), ("source", "b", "a"))
        for edge in ("start", "end")
    }
    return sided.select("suspicious_id", "source_id", **edges)


def spans_of(cases: pl.DataFrame) -> pl.DataFrame:
    """suspicious_id, source_id and `SPAN` of cases, with their obfuscation."""
    edges = {
        f"{side}_{edge}": pl.col(f"{side}_offset") + more
        for side in ("this", "source")
        for edge, more in (("start", pl.lit(0)), ("end", pl.col(f"{side}_length")))
    }
    return cases.select("suspicious_id", "source_id", "obfuscation", **edges)


def overlaps(cases: pl.DataFrame, found: pl.DataFrame) -> Overlaps:
    """Cases and detections of the same pairs of documents, compared.

    Args:
        cases: suspicious_id, source_id, `SPAN`.
        found: the same columns.
    """
    own = cases.select("suspicious_id", "source_id", *SPAN).with_row_index("case")
    told = found.select("suspicious_id", "source_id", *SPAN).with_row_index("found")
    met = own.join(told, on=["suspicious_id", "source_id"], suffix="_found")
    shared = {}
    for side in ("this", "source"):
        shared[f"{side}_start"] = pl.max_horizontal(f"{side}_start", f"{side}_start_found")
        shared[f"{side}_end"] = pl.min_horizontal(f"{side}_end", f"{side}_end_found")
    met = met.select("case", "found", **shared).filter(
        pl.col("this_end") > pl.col("this_start"), pl.col("source_end") > pl.col("source_start")
    )
    places = {name: met[name].to_numpy().astype(np.int64) for name in ("case", "found")}
    return Overlaps(
        _covered(met, places["found"], found),
        _covered(met, places["case"], cases),
        np.bincount(places["case"], minlength=len(cases)).astype(np.int64),
        *_numbered(found, cases),
    )


def _numbered(*frames: pl.DataFrame) -> list[I64]:
    """[n] of each frame the number of each row's pair of documents, which all frames share."""
    ends = pl.concat(frame.select("suspicious_id", "source_id") for frame in frames)
    number = ends.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy().astype(np.int64)
    return np.split(number, np.cumsum([len(frame) for frame in frames])[:-1])


def _covered(met: pl.DataFrame, owner: I64, owners: pl.DataFrame) -> F64:
    """[n] the share of each owner's characters that the overlaps cover."""
    covered, whole = np.zeros(len(owners), np.int64), np.zeros(len(owners), np.int64)
    for side in ("this", "source"):
        start, end = (met[f"{side}_{edge}"].to_numpy() for edge in ("start", "end"))
        covered += union_lengths(owner, start, end, len(owners))
        whole += (owners[f"{side}_end"] - owners[f"{side}_start"]).to_numpy()
    return covered / np.maximum(whole, 1)


def union_lengths(owner: I64, start: I64, end: I64, owners: int) -> I64:
    """[owners] places covered by each one's intervals, those covered twice counted once.

    Args:
        owner: [n] whose interval it is.
        start: [n] first place.
        end: [n] one past the last place.
        owners: how many owners there are.
    """
    order = np.lexsort((start, owner))
    owner, start, end = owner[order], start[order], end[order]
    # Owners are laid end to end, so that one running maximum tells how far each has come.
    wide = int(end.max(initial=0)) + 1
    reach = np.maximum.accumulate(end + owner * wide) - owner * wide
    before = np.zeros(len(owner), np.int64)
    same = owner[1:] == owner[:-1]
    before[1:][same] = reach[:-1][same]
    fresh = np.maximum(0, end - np.maximum(start, before))
    return np.bincount(owner, fresh, owners).astype(np.int64)


def passage_figures(
    cases: pl.DataFrame, found: pl.DataFrame, listed: pl.DataFrame
) -> list[Figure]:  # fmt: skip
    """Plagdet and what it is made of, overall and per obfuscation.

    Args:
        cases: of the truth.
        found: as `detections` gives them, of all listed pairs.
        listed: suspicious_id, source_id and the obfuscation of the pair's cases; null: none.
    """
    spans = spans_of(cases)
    figures = _told(overlaps(spans, found), "")
    kinds = listed["obfuscation"].drop_nulls().unique().sort()
    for kind in kinds if len(kinds) > 1 else ():
        pairs = listed.filter(obfuscation=kind)
        own = found.join(pairs, on=["suspicious_id", "source_id"], how="semi")
        figures += _told(overlaps(spans.filter(obfuscation=kind), own), f"kind {kind}")
    return figures


def _told(it: Overlaps, part: str) -> list[Figure]:
    detections, cases, found = len(it.precision), len(it.recall), int((it.finds > 0).sum())
    exact = float(it.precision.mean()) if detections else None
    full = float(it.recall.mean()) if cases else None
    figures = [
        Figure(_SECTION, "plagdet", it.plagdet, hits=found, of=cases, part=part),
        Figure(_SECTION, "precision", exact, of=detections, part=part),
        Figure(_SECTION, "recall", full, of=cases, part=part),
        Figure(_SECTION, "granularity", it.granularity, of=found, part=part),
    ]
    owner = np.concatenate([it.of_detections, it.of_cases])
    return with_intervals(
        figures, owner,
        lambda weight: _resampled(it, weight[:detections], weight[detections:]),
        no_shares=("granularity",),
    )  # fmt: skip


def _resampled(it: Overlaps, detections: F64, cases: F64) -> tuple[float, float, float, float]:
    """Plagdet, precision, recall and granularity, where each one counts with a weight."""
    exact = ratio(float(detections @ it.precision), float(detections.sum()))
    full = ratio(float(cases @ it.recall), float(cases.sum()))
    found = float(cases[it.finds > 0].sum())
    granularity = float(cases @ it.finds) / found if found else 1.0
    score = harmonic(*(0.0 if math.isnan(share) else share for share in (exact, full))) or 0.0
    return score / math.log2(1 + granularity), exact, full, granularity
