"""Pairs of documents in, sentences that say the same out."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.documents import F64, I32, I64, Documents
from pipeline.kernels.sentence_links import sentence_links
from pipeline.stages.retold import shares_of
from pipeline.stages.spread import Spread, joined, ranges
from pipeline.stages.stems import Stems

_BLOCK = 1024  # pairs per call
_SENTENCE = 4  # tokens of the shortest
LEAST = 0.35  # similarity from which, in a trial, every link was right


@dataclass(frozen=True)
class Linked:
    """Sentence links of pairs.

    Attributes:
        links: pair (its place), a_first, a_last, b_first, b_last (tokens of `Documents`),
            similarity; in A's order.
        cut: what caps left out, by name.
    """

    links: pl.DataFrame
    cut: dict[str, int]


def link_sentences(
    a: I64,
    b: I64,
    documents: Documents,
    stems: Stems,
    idf: I32,
    least: float = LEAST,
    spread: Spread = map,
) -> Linked:
    """Link each sentence to the one of the other document that says most of the same.

    Two sentences are linked where either is the other's best, so that two sentences retold as one
    both have their link; which document is called a doesn't matter.

    Args:
        a, b: [m] rows of the pairs.
        documents: of all articles; a sentence ends at a masked token.
        stems: of the documents.
        idf: [s] of each stem, by `stem_weights`.
        least: similarity of a link.
        spread: runs blocks of pairs.

    Example:
        >>> from pipeline.stages.idf import stem_weights
        >>> from pipeline.stages.language import Languages
        >>> from pipeline.stages.normalise import documents_of
        >>> from pipeline.stages.stems import stems_of
        >>> from pipeline.stages.strings import strings_of
        >>> one = "Snow fell all night. Harbour pilots refused to land at Lorvik."
        >>> two = "At Lorvik the harbour pilots refuse landings. Talks go on in the capital."
        >>> texts = strings_of(pl.Series([one, two]))
        >>> documents = documents_of(texts)
        >>> stems = stems_of(documents, texts, Languages(np.zeros(2, np.int16), ("en",)))
        >>> idf = stem_weights(stems, documents, np.arange(2))
        >>> found = link_sentences(np.array([0]), np.array([1]), documents, stems, idf)
        >>> found.links.select("a_first", "a_last", "b_first", "b_last").rows()
        [(4, 11, 11, 18)]
    """
    share = shares_of(idf)
    offsets = documents.offsets

    def work(block: range) -> tuple[I64, I64, F64, int]:
        part = slice(block.start, block.stop)
        return sentence_links(
            stems.ids, documents.flags, offsets, share, a[part], b[part], _SENTENCE, least
        )

    parts = list(spread(work, ranges(len(a), _BLOCK)))
    pair = np.repeat(np.arange(len(a)), joined((counts for counts, *_ in parts), np.int64))
    rows = np.concatenate([np.empty((0, 4), np.int64), *(part[1] for part in parts)])
    rows[:, :2] += offsets[a[pair], None]
    rows[:, 2:] += offsets[b[pair], None]
    names = ("a_first", "a_last", "b_first", "b_last")
    return Linked(
        pl.DataFrame(
            {"pair": pair}
            | {name: rows[:, at] for at, name in enumerate(names)}
            | {"similarity": joined((part[2] for part in parts), np.float64)}
        ),
        {"sentence_stems": sum(part[3] for part in parts)},
    )
