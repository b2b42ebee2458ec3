"""A naive Bayes language detector: py3langid's model, its automaton walked by compiled code.

It answers what `LanguageIdentifier.classify` answers with its languages restricted.
"""

from collections.abc import Sequence
from copy import copy
from functools import cache
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np

from pipeline.documents import F32, I32, U32
from pipeline.kernels.visits import likeliest
from pipeline.stages.spread import ends


class Detector(NamedTuple):
    """A model for some languages.

    Attributes:
        moves, rows, outputs: the automaton, as `likeliest` takes it.
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

    def classify(self, texts: Sequence[str]) -> list[str]:
        """The likeliest language of each text."""
        plain = [normalize("NFC", text.lower() if text.isupper() else text) for text in texts]
        encoded = [text.encode("utf8", errors="surrogatepass") for text in plain]
        bounds = ends(np.array([len(text) for text in encoded], np.int64))
        data = np.frombuffer(bytearray().join(encoded), np.uint8)
        automaton = (self.moves, self.rows, self.outputs)
        found = likeliest(data, bounds, *automaton, self.weights, self.priors)
        return [self.languages[place] for place in found]


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
