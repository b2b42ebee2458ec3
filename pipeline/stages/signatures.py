"""Documents in, MinHash signatures, their band layout and fingerprints out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from datasketch import MinHash, MinHashLSH

from pipeline.config import Config, Near
from pipeline.documents import F64, I64, U8, U32, U64, Documents
from pipeline.errors import ConfigError
from pipeline.kernels.bands import equal_slots
from pipeline.kernels.characters import characters
from pipeline.kernels.sketches import sketch
from pipeline.kernels.tokens import tokenise
from pipeline.stages.spread import Gather, Kinds, ends, in_memory, ranges
from pipeline.stages.strings import Strings, batches, strings_of

_SAMPLED_PAIRS = 200_000
# What a candidate costs (exact comparison) and what a band costs per article (key and sort), in
# microseconds; only their ratio matters.
_PAIR_COST = 2.0
_BAND_COST = 0.25


@dataclass(frozen=True)
class Layout:
    """How signatures are cut into bands, and what that catches.

    Attributes:
        bands, rows: two articles are candidates if they agree on all `rows` slots of a band.
        expected_pairs: candidates to expect, from the sampled Jaccard distribution.
    """

    bands: int
    rows: int
    expected_pairs: float

    def catches(self, jaccard: float) -> float:
        """Probability that a pair of this Jaccard becomes a candidate: 1 − (1 − s^r)^b."""
        return float(1.0 - (1.0 - jaccard**self.rows) ** self.bands)


@dataclass(frozen=True)
class Sketches:
    """What finders look at instead of n documents' shingles.

    Attributes:
        signatures: [n, permutations] element by element those of datasketch's affine32 scheme.
        shingles: [n] number of shingles, repeats counted.
        prints: sampled shingle hashes, ascending and without repeats in each document.
        owned: [n + 1] document i has prints[owned[i]:owned[i + 1]].
    """

    signatures: U32
    shingles: I64
    prints: U64
    owned: I64


def sketches_of(
    documents: Documents, config: Config, batch: int = 2000, gather: Gather = in_memory
) -> Sketches:
    """Signatures, and fingerprints if finder 2 is enabled, straight from the tokens.

    Args:
        documents: tokens, masked.
        config: sections `normalise`, `near` and `excerpts`.
        batch: documents per call of the kernel.
        gather: runs the batches.
    """
    kinds: Kinds = {
        "signatures": (np.uint32, config.near.permutations),
        "shingles": (np.int64,),
        "prints": (np.uint64,),
        "owned": (np.int64,),
    }
    sketched = _sketcher(config, config.excerpts.sample if config.excerpts.enabled else 0)

    def work(rows: range) -> tuple[np.ndarray, ...]:
        part = documents.part(rows)
        return sketched(part.tokens, part.flags, part.offsets)

    signatures, shingles, prints, owned = gather(work, ranges(len(documents), batch), kinds)
    return Sketches(signatures, shingles, prints, ends(owned))


def signatures_of(
    texts: Strings | pl.Series, config: Config, batch: int = 100, gather: Gather = in_memory
) -> U32:
    """[n, permutations] signatures of texts, for those who want nothing else; nothing is masked.

    A batch's tokens are used while they are in the cache, and forgotten.

    Example:
        >>> texts = pl.Series(["Ice closes the pass.", "Ice, closes the PASS", "Thaw"])
        >>> signatures_of(texts, Config())[:, 0].tolist()
        [87105920, 87105920, 252215087]
    """
    strings = texts if isinstance(texts, Strings) else strings_of(texts)
    tables = characters()
    sketched = _sketcher(config, 0)

    def work(rows: range) -> tuple[np.ndarray, ...]:
        data, bounds, _ = strings.packed(rows)
        counts, tokens, _, _, flags = tokenise(data, bounds, *tables)
        return sketched(tokens, flags, ends(counts))[:1]

    kinds: Kinds = {"signatures": (np.uint32, config.near.permutations)}
    return gather(work, batches(strings, batch), kinds)[0]


def _sketcher(config: Config, sample: int) -> Callable[[U64, U8, I64], tuple[np.ndarray, ...]]:
    """`sketch` of tokens, flags and offsets, with this config."""
    near, normalise = config.near, config.normalise
    multipliers, addends = MinHash(
        num_perm=near.permutations, seed=near.seed, scheme="affine32"
    ).permutations

    def sketched(tokens: U64, flags: U8, offsets: I64) -> tuple[np.ndarray, ...]:
        sizes = (normalise.shingle, normalise.shingle_unspaced)
        found: tuple[np.ndarray, ...] = sketch(
            tokens, flags, offsets, *sizes, multipliers, addends, sample
        )
        return found

    return sketched


def choose_layout(signatures: U32, rows: I64, options: Near, articles: int | None = None) -> Layout:
    """The cheapest layout that catches `target_recall` of the pairs at `threshold`.

    For each number of rows the fewest bands that reach the target are taken; the cost of a layout
    is that of its bands plus that of the candidates it would bring, by the Jaccard distribution
    of a fixed sample of pairs.

    Args:
        signatures: of all documents.
        rows: those that take part.
        options: the section `near`.
        articles: how many the layout is for, where the rows are a sample of them.

    Raises:
        ConfigError: no layout with this many permutations reaches the target.
    """
    if options.bands:
        chosen = [(options.bands, options.rows)]
    else:
        chosen = [
            (bands, rows)
            for rows in range(1, options.permutations + 1)
            if (bands := _fewest_bands(rows, options)) * rows <= options.permutations
        ]
    if not chosen:
        raise ConfigError(
            f"near: {options.permutations} permutations can't reach target_recall "
            f"{options.target_recall} at threshold {options.threshold}; raise near.permutations "
            "or lower one of the two"
        )
    equal = _sampled_agreement(signatures, rows)
    n = len(rows) if articles is None else articles
    layouts = [
        Layout(bands, rows, n * (n - 1) / 2 * _caught(equal, signatures.shape[1], bands, rows))
        for bands, rows in chosen
    ]
    return min(
        layouts,
        key=lambda it: (it.expected_pairs * _PAIR_COST + it.bands * n * _BAND_COST, it.bands),
    )


def _fewest_bands(rows: int, options: Near) -> int:
    caught = options.threshold**rows
    if caught >= 1.0:
        return 1
    if caught < 1e-12:
        return options.permutations + 1
    return int(np.ceil(np.log(1.0 - options.target_recall) / np.log1p(-caught)))


def _sampled_agreement(signatures: U32, rows: I64) -> I64:
    """Number of equal slots in each of a fixed sample of pairs."""
    n = len(rows)
    if n < 2:
        return np.zeros(1, np.int64)
    generator = np.random.Generator(np.random.PCG64(n))
    a = generator.integers(0, n, _SAMPLED_PAIRS)
    b = (a + generator.integers(1, n, _SAMPLED_PAIRS)) % n
    return equal_slots(signatures, rows[a], rows[b])


def _caught(equal: I64, slots: int, bands: int, rows: int) -> float:
    """Mean catch probability of pairs with so many equal slots.

    Falling factorials estimate s^r without the bias that (equal ÷ slots)^r has for small s.
    """
    power: F64 = np.ones(len(equal))
    for row in range(rows):
        power = power * np.maximum(equal - row, 0) / (slots - row)
    return float(np.mean(1.0 - (1.0 - power) ** bands))


def to_datasketch(
    article_ids: list[str], signatures: U32, layout: Layout, options: Near
) -> MinHashLSH:
    """The signatures as a queryable `datasketch.MinHashLSH` with this layout."""
    index = MinHashLSH(num_perm=options.permutations, params=(layout.bands, layout.rows))
    shared = MinHash(num_perm=options.permutations, seed=options.seed, scheme="affine32")
    with index.insertion_session() as session:
        for article_id, signature in zip(article_ids, signatures, strict=True):
            session.insert(
                article_id,
                MinHash(
                    seed=options.seed,
                    hashvalues=signature,
                    permutations=shared.permutations,
                    scheme="affine32",
                ),
            )
    return index
