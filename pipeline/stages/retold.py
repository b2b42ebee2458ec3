"""Pairs of documents in, the passages that one retells of the other out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.documents import F64, I32, I64, Documents, Flags
from pipeline.kernels.characters import characters
from pipeline.kernels.choice import choose_boxes, quoted_counts
from pipeline.kernels.edges import edge_classes
from pipeline.kernels.retold import retold_boxes
from pipeline.models.passages import PassageModel, passage_model
from pipeline.stages.idf import UNIT
from pipeline.stages.spread import Spread, laid_out, ranges
from pipeline.stages.stems import Stems
from pipeline.stages.strings import Strings

_BLOCK = 1024  # pairs per call
# Tokens of a text, more or less: turns the share of articles that hold a stem into a share of text.
_TEXT = 500
_VERBATIM = 0.8  # a passage with this share of its tokens in runs of four and more is verbatim
_QUOTATION = 0.5  # one with more than this share of its tokens quoted is a quotation
_A, _B = slice(0, 2), slice(2, 4)


@dataclass(frozen=True)
class Rules:
    """Which boxes are passages.

    Attributes:
        verbatim, rewritten: least tokens of the shorter side.
        sure_verbatim, sure, sure_summary: probabilities that must be exceeded, by passages of
            either kind and by a summary of a whole text.
        ratio: a text is tried as a summary where it is at most so many times as long.
    """

    verbatim: int
    rewritten: int
    sure_verbatim: float
    sure: float
    sure_summary: float
    ratio: float


# The verifier learned from planted passages of fifty words and more; a dozen words in a row need
# no verifier. Summaries are few where it learned, so it doubts them.
NEWS = Rules(12, 25, 0.0, 0.8, 0.8, 0.3)
GIVEN = Rules(1, 1, 0.5, 0.5, 0.3, np.inf)


@dataclass(frozen=True)
class Retold:
    """Passages of pairs.

    Attributes:
        passages: pair (its place), a_first, a_last, b_first, b_last (tokens of `Documents`),
            kind (verbatim, rewritten or quotation), similarity (share of what a side's content
            stems tell that the other side has; mean of both), probability (that the passage is
            reused), quoted (tokens, of the side with more); in A's order.
        cut: what caps left out, by name.
    """

    passages: pl.DataFrame
    cut: dict[str, int]


_SCHEMA = pl.Schema(
    {
        "pair": pl.Int64(), "a_first": pl.Int64(), "a_last": pl.Int64(), "b_first": pl.Int64(),
        "b_last": pl.Int64(), "kind": pl.String(), "similarity": pl.Float64(),
        "probability": pl.Float64(), "quoted": pl.Int64(),
    }
)  # fmt: skip


def shares_of(idf: I32) -> F64:
    """[s] share of all text that each stem makes up, by its idf as `stem_weights` gives it.

    As if each text had `_TEXT` tokens and stems fell independently: −ln(1 − df/N)/`_TEXT`.
    """
    share: F64 = -np.log1p(-np.minimum(np.exp(-idf / UNIT), 0.999)) / _TEXT
    return share


def retold(
    a: I64,
    b: I64,
    documents: Documents,
    texts: Strings,
    stems: Stems,
    idf: I32,
    rules: Rules = NEWS,
    model: PassageModel | None = None,
    spread: Spread = map,
) -> Retold:
    """Find the passages that two documents share, word for word or not.

    The result doesn't depend on which document of a pair is called a.

    Args:
        a, b: [m] rows of the pairs.
        documents: of all articles; no passage crosses a masked token.
        texts: what they were made of.
        stems: of the documents.
        idf: [s] of each stem, by `stem_weights`.
        rules: which boxes are passages.
        model: trained tables; as shipped if None.
        spread: runs blocks of pairs.

    Example:
        >>> from pipeline.stages.idf import stem_weights
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> told = "harbour pilots refuse night landings until the broken beacon at Lorvik is lit"
        >>> texts = strings_of(pl.Series([f"Strike. {told.capitalize()}. Talks go on.", told]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(2, np.int16), ("en",)))
        >>> idf = stem_weights(stems, documents, np.arange(2))
        >>> found = retold(np.array([0]), np.array([1]), documents, texts, stems, idf)
        >>> found.passages.select("a_first", "a_last", "b_first", "b_last", "kind").rows()
        [(1, 14, 17, 30, 'verbatim')]
    """
    model = model or passage_model()
    share = shares_of(idf)

    def work(block: range) -> tuple[pl.DataFrame, I64]:
        part = slice(block.start, block.stop)
        rows, lost = _block(a[part], b[part], documents, texts, stems, share, rules, model)
        return rows.with_columns(pl.col("pair") + block.start), lost

    parts = list(spread(work, ranges(len(a), _BLOCK)))
    lost = np.sum([np.zeros(2, np.int64), *(cut for _, cut in parts)], axis=0)
    return Retold(
        pl.concat([_SCHEMA.to_frame(), *(rows for rows, _ in parts)]),
        {"passage_matches": int(lost[0]), "passage_seeds": int(lost[1])},
    )


def _block(
    a: I64,
    b: I64,
    documents: Documents,
    texts: Strings,
    stems: Stems,
    share: F64,
    rules: Rules,
    model: PassageModel,
) -> tuple[pl.DataFrame, I64]:
    same = documents.text_hash[a] == documents.text_hash[b]
    pairs = np.flatnonzero(~same)
    sizes, hashes = np.diff(documents.offsets), documents.text_hash
    # The method isn't symmetric: the shorter text always takes the same part.
    x, y = a[pairs], b[pairs]
    turned = (sizes[x] > sizes[y]) | ((sizes[x] == sizes[y]) & (hashes[x] > hashes[y]))
    short, long = np.where(turned, y, x), np.where(turned, x, y)
    counts, table, measured, alike, lost = _boxes(
        short, long, documents, texts, stems, share, rules, model
    )
    sure = np.where(
        table[:, 5] > 0, model.summary.probabilities(measured), model.box.probabilities(measured)
    )
    kept = _kept(counts, table, sure, alike, rules)
    at = np.repeat(np.arange(len(pairs)), counts)[kept]
    places = table[kept, :4]
    places[:, _A] += documents.offsets[short[at], None]
    places[:, _B] += documents.offsets[long[at], None]
    places = np.where(turned[at, None], places[:, [2, 3, 0, 1]], places)
    found = _frame(pairs[at], places, alike[kept], sure[kept], documents)
    whole = _identical(np.flatnonzero(same), a, b, documents, stems, rules)
    return pl.concat([found, whole]).sort("pair", "a_first", "b_first", "a_last", "b_last"), lost


def _boxes(
    short: I64,
    long: I64,
    documents: Documents,
    texts: Strings,
    stems: Stems,
    share: F64,
    rules: Rules,
    model: PassageModel,
) -> tuple[I64, I64, F64, F64, I64]:
    rows = np.unique(np.concatenate([short, long]))
    data, text_bounds, _ = texts.packed(rows)
    bounds, edges = edge_classes(
        data, text_bounds, characters().kinds, rows,
        documents.offsets, documents.gaps, documents.widths, documents.wide,
    )  # fmt: skip
    return retold_boxes(
        stems.ids, documents.offsets, share, bounds, edges, short, long,
        np.searchsorted(rows, short), np.searchsorted(rows, long),
        model.tokens, model.starts, model.stops, rules.ratio,
    )  # fmt: skip


def _kept(counts: I64, table: I64, sure: F64, alike: F64, rules: Rules) -> Flags:
    summary, verbatim = table[:, 5] > 0, alike[:, 1] >= _VERBATIM
    least = np.where(verbatim, rules.verbatim, rules.rewritten)
    shorter = np.minimum(table[:, 1] - table[:, 0], table[:, 3] - table[:, 2])
    above = np.where(verbatim, rules.sure_verbatim, rules.sure)
    above = np.where(summary, rules.sure_summary, above)
    accepted = (shorter >= least) & (sure > above)
    return choose_boxes(counts, table[:, :4], table[:, 5], sure, accepted)


def _frame(pair: I64, places: I64, alike: F64, sure: F64, documents: Documents) -> pl.DataFrame:
    quoted = [
        quoted_counts(documents.flags, places[:, side], places[:, side + 1]) for side in (0, 2)
    ]
    inside = np.maximum(
        quoted[0] / (places[:, 1] - places[:, 0]), quoted[1] / (places[:, 3] - places[:, 2])
    )
    plain = np.where(alike[:, 1] >= _VERBATIM, "verbatim", "rewritten")
    columns = (
        pair, *places.T, pl.Series(np.where(inside > _QUOTATION, "quotation", plain)),
        alike[:, 0], sure, np.maximum(*quoted),
    )  # fmt: skip
    return pl.DataFrame(dict(zip(_SCHEMA, columns, strict=True)), schema=_SCHEMA)


def _identical(
    pairs: I64, a: I64, b: I64, documents: Documents, stems: Stems, rules: Rules
) -> pl.DataFrame:
    """All that isn't masked in either of two identical texts: nothing needs to be sought."""
    offsets = documents.offsets
    bounds, tokens_a = laid_out(offsets[a[pairs]], offsets[a[pairs] + 1])
    tokens_b = laid_out(offsets[b[pairs]], offsets[b[pairs] + 1])[1]
    open_ = (stems.ids[tokens_a] >= 0) & (stems.ids[tokens_b] >= 0)
    begins, stops = open_.copy(), open_.copy()
    begins[1:] &= ~open_[:-1]
    stops[:-1] &= ~open_[1:]
    inner = bounds[1:-1][(bounds[1:-1] > 0) & (bounds[1:-1] < len(open_))]
    begins[inner], stops[inner - 1] = open_[inner], open_[inner - 1]
    first, last = np.flatnonzero(begins), np.flatnonzero(stops)
    at = np.searchsorted(bounds, first, side="right") - 1
    long = last + 1 - first >= np.minimum(rules.verbatim, np.diff(bounds)[at])
    first, last, at = first[long], last[long], at[long]
    places = np.stack(
        [tokens_a[first], tokens_a[last] + 1, tokens_b[first], tokens_b[last] + 1], axis=1
    )
    ones = np.ones((len(at), 2))
    return _frame(pairs[at], places, ones, ones[:, 0], documents)
