"""The examples in docstrings run."""

import doctest
import importlib
import pkgutil

import pytest

import pipeline.kernels
import pipeline.stages

MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (pipeline.stages, pipeline.kernels)
    for module in pkgutil.iter_modules(package.__path__)
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(bool(test.examples) for test in found) >= 7
