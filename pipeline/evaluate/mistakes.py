"""The worst mistakes: those of which the run was surest."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

import numpy as np
import polars as pl

from pipeline.documents import I64
from pipeline.evaluate.by_rows import NEGATIVE, POSITIVE, TruthRows
from pipeline.evaluate.expand import places
from pipeline.evaluate.run_side import RunSide
from pipeline.evaluate.truth import Truth

_MOST, _BATCH = 5_000_000, 1 << 18
_LOOKED_AT = 4096  # pairs of one group of identical articles among which an example is sought


@dataclass(frozen=True)
class Mistake:
    """Two articles about which run and truth disagree.

    Attributes:
        what: wrong link, missed pair or wrong direction.
        a_id: an article; of a direction the source, as the truth has it.
        b_id: the other one.
        truth: the truth's word.
        said: the run's.
        probability: the run's, for what it said; None where it said nothing.
    """

    what: str
    a_id: str
    b_id: str
    truth: str
    said: str
    probability: float | None


def wrong_links(
    rows: pl.DataFrame, run: RunSide, truth: Truth, told: TruthRows, count: int
) -> list[Mistake]:
    """Links between articles that share no text, the most probable first; one of each row."""
    wrong = rows.filter("linked", pl.col("negative") > 0)
    wrong = wrong.sort(["probability", "a", "b"], descending=[True, False, False]).head(count)
    found = []
    for row in wrong.iter_rows(named=True):
        a, b = _example(row["a"], row["b"], run, told)
        a_id, b_id = run.ids[a], run.ids[b]
        word = _named_word(truth, a_id, b_id)
        found.append(
            Mistake("wrong link", a_id, b_id, word, row["relation"], row["probability"])
        )  # fmt: skip
    return found


def _example(a: int, b: int, run: RunSide, told: TruthRows) -> tuple[int, int]:
    """A pair that shares no text, of those that a row stands for."""
    sides = (_kinds_of(side, run, told) for side in (a, b))
    for one, other in islice(product(*sides), _LOOKED_AT):
        if one != other and _word(told, one, other) == NEGATIVE:
            return min(one, other), max(one, other)
    return a, b


def _kinds_of(row: int, run: RunSide, told: TruthRows) -> list[int]:
    """The row, then articles identical to it: those that the truth names first."""
    if run.same_as[row] != row:
        return [row]
    same = np.flatnonzero(run.same_as == row)
    order = np.lexsort((same, told.group[same] < 0, same != row))
    return [int(it) for it in same[order][:_LOOKED_AT]]


def _word(told: TruthRows, a: int, b: int) -> int:
    own = told.word[((told.a == a) & (told.b == b)) | ((told.a == b) & (told.b == a))]
    if len(own):
        return int(own[0])
    return int(told.implied(np.array([a]), np.array([b]), np.zeros(1))[0])


def _named_word(truth: Truth, a_id: str, b_id: str) -> str:
    own = truth.listed.filter(
        pl.col("a_id") == min(a_id, b_id), pl.col("b_id") == max(a_id, b_id)
    )  # fmt: skip
    if len(own):
        word = "share a text" if own["shared"][0] else "share no text"
        return f"{word} ({own['kind'][0]})" if own["kind"][0] else word
    labels = [_label(truth, article_id) for article_id in (a_id, b_id)]
    return f"{labels[0]} / {labels[1]}"


def _label(truth: Truth, article_id: str) -> str:
    own = truth.articles.filter(article_id=article_id)
    if own.is_empty():
        return "not named"
    label = own["label"][0]
    noun = "event" if truth.kind == "events" else "story"
    return f"{noun} {label}" if label is not None else "named"


def missed_pairs(
    rows: pl.DataFrame, run: RunSide, truth: Truth, told: TruthRows, count: int
) -> list[Mistake]:
    """Pairs that share a text and aren't linked: listed ones, then those of stories, by id.

    Listed pairs that the run never looked at come first, then the least probable. Of a story's
    pairs the first are told, of at most some millions that are looked at.
    """
    positive = told.word == POSITIVE
    found = _unlinked(rows, run, truth, (told.a[positive], told.b[positive]), count)
    known = {(it.a_id, it.b_id) for it in found}
    seen = 0
    for ends in _batches(_of_stories(told)):
        if len(found) >= count or seen > _MOST:
            break
        seen += len(ends[0])
        more = _unlinked(rows, run, truth, ends, count + len(known))
        found += [it for it in more if (it.a_id, it.b_id) not in known]
    return found[:count]


def _unlinked(
    rows: pl.DataFrame, run: RunSide, truth: Truth, ends: tuple[I64, I64], count: int
) -> list[Mistake]:
    """Those of some pairs that aren't linked, the least probable first; at most so many."""
    place = places(rows, run.same_as, *ends)
    missed = np.flatnonzero(~np.append(rows["linked"].to_numpy(), values=False)[place])
    stated = np.append(rows["probability"].to_numpy(), values=-1.0)[place[missed]]
    order = missed[np.lexsort((*(side[missed] for side in ends[::-1]), stated))][:count]
    return [
        _missed(run, truth, rows, (int(ends[0][at]), int(ends[1][at])), int(place[at]))
        for at in order
    ]


def _batches(parts: Iterator[tuple[I64, I64]]) -> Iterator[tuple[I64, I64]]:
    """Parts put together: each look-up goes through all rows."""
    held: list[tuple[I64, I64]] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part[0])
        if size >= _BATCH:
            yield np.concatenate([a for a, _ in held]), np.concatenate([b for _, b in held])
            held, size = [], 0
    if held:
        yield np.concatenate([a for a, _ in held]), np.concatenate([b for _, b in held])


def _missed(
    run: RunSide, truth: Truth, rows: pl.DataFrame, pair: tuple[int, int], row: int
) -> Mistake:  # fmt: skip
    a_id, b_id = (run.ids[it] for it in pair)
    word = _named_word(truth, a_id, b_id)
    if row < 0:
        return Mistake("missed pair", a_id, b_id, word, "not in pairs", None)
    own = rows.row(row, named=True)
    return Mistake("missed pair", a_id, b_id, word, own["relation"], own["probability"])


def _of_stories(told: TruthRows) -> Iterator[tuple[I64, I64]]:
    """Positive pairs of stories, an article's at a time: a story may have very many."""
    if told.within != POSITIVE:
        return
    order = np.argsort(told.group, kind="stable")
    order = order[told.group[order] >= 0]
    starts = np.flatnonzero(np.diff(told.group[order], prepend=-1))
    other = told.word != POSITIVE
    overruled = set(zip(told.a[other].tolist(), told.b[other].tolist(), strict=True))
    for members in np.split(order, starts[1:]):
        for at, row in enumerate(members[:-1].tolist()):
            others = members[at + 1 :]
            if overruled:
                others = np.array([it for it in others if (row, it) not in overruled], np.int64)
            yield np.full(len(others), row), others


def wrong_directions(answered: pl.DataFrame, count: int) -> list[Mistake]:
    """Pairs whose direction is wrong, the surest first.

    Args:
        answered: source_id, derived_id, kind, right, sure, as `direction.on_pairs` gives them.
        count: how many, at most.
    """
    wrong = answered.filter(pl.col("right") == 0).sort(
        ["sure", "source_id", "derived_id"], descending=[True, False, False]
    )
    return [
        Mistake(
            "wrong direction", source, derived, f"{derived} from {source}",
            f"{source} from {derived}", sure,
        )
        for source, derived, sure in wrong.select("source_id", "derived_id", "sure")
        .head(count).iter_rows()
    ]  # fmt: skip
