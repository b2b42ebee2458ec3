"""Which article derives from which: near-duplicate and provenance detection for news.

>>> from pipeline import load_config, read_articles, run
>>> config = load_config("default")
>>> result = run(read_articles(["sample_corpus/articles"], config.read), config)
>>> result.clusters.height > 0
True
"""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from pipeline.version import __version__

if TYPE_CHECKING:
    from pipeline.config import Config, load_config
    from pipeline.io.read import Dump, read_articles
    from pipeline.result import Result
    from pipeline.run import run

__all__ = ["Config", "Dump", "Result", "__version__", "load_config", "read_articles", "run"]

_HOMES = {
    "Config": "pipeline.config",
    "load_config": "pipeline.config",
    "Dump": "pipeline.io.read",
    "read_articles": "pipeline.io.read",
    "Result": "pipeline.result",
    "run": "pipeline.run",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that `stemma --help` needn't wait for all of it."""
    if name not in _HOMES:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `pipeline.run` the function: importing a submodule would put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _HOMES and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
