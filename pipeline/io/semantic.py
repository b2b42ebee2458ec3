"""The model of `semantic`: word vectors in a folder, or under a name that the user asks for."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from pipeline.config import Semantic
from pipeline.documents import F32, I32, I64
from pipeline.errors import ConfigError, MissingExtraError
from pipeline.kernels.meaning import MOST_DIMENSIONS
from pipeline.stages.semantic import WordVectors

# Without it a mistyped folder would be taken for a name, and looked up on the network.
NAMED = "hub:"


def load_vectors(options: Semantic) -> WordVectors | None:
    """The model that the section `semantic` names; None if it is off.

    Only a name that begins with "hub:" is ever looked for beyond this machine, and only if it was
    not downloaded before.

    Raises:
        MissingExtraError: the extra `semantic` isn't installed.
        ConfigError: the folder isn't there, or holds no model that can be used.
    """
    if not options.enabled:
        return None
    kind = _model2vec()
    name = options.model.removeprefix(NAMED)
    if name == options.model and not Path(name).is_dir():
        raise ConfigError(
            f"semantic.model: no folder {name}; a model on the Hugging Face hub, which is "
            f"downloaded once, is written {NAMED}owner/name"
        )
    try:
        model = kind.from_pretrained(_place(options), max_length=None, force_download=False)
        return _vectors(model)
    except Exception as error:  # each of four libraries has errors of its own
        told = f"semantic.model: {options.model} can't be used: {_told(error)}"
        raise ConfigError(told) from error


def _place(options: Semantic) -> str:
    """What the library takes for a folder, or else for a name.

    Raises:
        ValueError: a name that is a folder here.
    """
    if not options.model.startswith(NAMED):
        return str(Path(options.model).absolute())
    name = options.model.removeprefix(NAMED)
    if Path(name).exists():
        raise ValueError(f"there is a folder {name} here; if it is meant, leave out {NAMED}")
    return name


def _model2vec() -> Any:
    try:
        from model2vec import StaticModel  # noqa: PLC0415 -- an optional extra
    except ImportError as error:
        raise MissingExtraError("semantic.enabled", "semantic") from error
    # It warns that articles aren't cut where the model's own settings would cut them.
    logging.getLogger("model2vec").setLevel(logging.CRITICAL)
    return StaticModel


def _vectors(model: Any) -> WordVectors:
    """What is needed of a loaded model.

    Raises:
        ValueError: something in it doesn't fit.
    """
    vectors = _table(model)
    if vectors.ndim != 2 or not 0 < vectors.shape[1] <= MOST_DIMENSIONS:
        raise ValueError(f"its vectors should have 1 to {MOST_DIMENSIONS:,} dimensions")
    if not np.isfinite(vectors).all():
        raise ValueError("its vectors aren't all finite")
    vocabulary = model.tokenizer.get_vocab(with_added_tokens=True)
    if not vocabulary or max(vocabulary.values()) >= len(vectors):
        raise ValueError(f"its {len(vectors):,} vectors are too few for its vocabulary")
    if model.unk_token_id is not None:
        vectors[model.unk_token_id] = 0.0
    digest = xxhash.xxh64(vectors.tobytes())
    digest.update(f"{vectors.shape} {model.tokenizer.to_str()}".encode())
    return WordVectors(vectors, partial(_pieces, model.tokenizer), digest.hexdigest())


def _pieces(tokenizer: Any, texts: list[str]) -> list[tuple[I32, I64]]:
    """Of each text the pieces' numbers, and where each has its last code point."""
    found = tokenizer.encode_batch(texts, add_special_tokens=False)
    return [
        (np.array(one.ids, np.int32), np.array(one.offsets, np.int64).reshape(-1, 2)[:, 1] - 1)
        for one in found
    ]


def _table(model: Any) -> F32:
    """[v, d] the vector of each piece as the model weighs it."""
    vectors = np.asarray(model.embedding)
    if model.token_mapping is not None:
        vectors = vectors[model.token_mapping]
    vectors = vectors.astype(np.float32)
    if model.weights is not None:
        vectors = vectors * np.asarray(model.weights, np.float32)[:, None]
    return np.array(vectors, np.float32, order="C")


def _told(error: Exception) -> str:
    """The first line of what a library says."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
