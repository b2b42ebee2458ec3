"""A naive Bayes language detector: py3langid's model, its automaton walked by compiled code.

It answers what `LanguageIdentifier.classify` answers with its languages restricted.
"""

import unicodedata
from copy import copy
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from pipeline.documents import F32, I32, U32
from pipeline.kernels.visits import count_visits


class Detector(NamedTuple):
    """A model for some languages.

    Attributes:
        moves, rows, outputs: the automaton, as `count_visits` takes it.
        weights: [features, languages] log probabilities.
        priors: [languages]
        languages: ISO 639-1 codes.
    """

    moves: U32
    rows: I32
    outputs: I32
    weights: F32
    priors: F32
    languages: tuple[str, ...]

    def classify(self, text: str) -> str:
        """The likeliest language."""
        plain = unicodedata.normalize("NFC", text.lower() if text.isupper() else text)
        data = np.frombuffer(plain.encode("utf8", errors="surrogatepass"), np.uint8)
        features, counts = count_visits(data, self.moves, self.rows, self.outputs)
        scores = np.log1p(counts) @ self.weights[features] + self.priors
        return self.languages[int(scores.argmax()) if len(features) else 0]


@cache
def _model() -> Any:
    from py3langid import langid  # noqa: PLC0415 -- half a second that many runs can spare

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)


@cache
def detector_of(languages: str) -> Detector:
    """A detector of the languages, codes apart by spaces."""
    model = copy(_model())
    model.set_languages(languages.split())
    return Detector(
        moves=np.frombuffer(model.tk_nextmove, np.uint32),
        rows=np.array(model.tk_row, np.int32) << 8,
        outputs=np.array(model.tk_output, np.int32),
        weights=np.ascontiguousarray(model.nb_ptc, np.float32),
        priors=np.asarray(model.nb_pc, np.float32),
        languages=tuple(model.nb_classes),
    )
