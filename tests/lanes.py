"""What the fast lane leaves out: tests that start processes or need a MongoDB, and most drawn examples."""

import os
import types
from collections.abc import Iterator
from typing import Any

import pytest

QUICK = ("tests/mongo/test_contract.py", "tests/pages/test_pages.py", "tests/reports/")
STARTERS = ("subprocess", "multiprocessing", "pty", "tests.receivers")  # what they receive is sent by a process


def examples(most: int) -> int:
    """Return how many examples a property is tried on: in the fast lane a quarter, and 5 at least."""
    return max(5, most // 4) if os.environ.get("TEST_LANE") == "fast" else most


def needs_a_database(item: pytest.Item) -> bool:
    """Whether the test needs a MongoDB and is not one of the quick ones, which try contract, reports and pages.

    Those that need one are a third of what starts no process itself, and take seven times as long as the rest.
    """
    return "mongodb_uri" in getattr(item, "fixturenames", ()) and not item.nodeid.startswith(QUICK)


def starts_processes(item: pytest.Item) -> bool:
    """Whether the test, a fixture of it or a helper of ours that one of them uses starts a process.

    They are found by following their code. What the product itself starts, such as the tests' mongod, does not count.
    """
    fixtures = getattr(item, "_fixtureinfo", None)
    definitions = [one for same in fixtures.name2fixturedefs.values() for one in same] if fixtures else []
    starts = [getattr(item, "function", None), *(one.func for one in definitions)]
    return any(_leads_to_a_starter(start, set()) for start in starts)


def _leads_to_a_starter(start: Any, seen: set[int]) -> bool:
    for function in _functions(start):
        if id(function) in seen:
            continue
        seen.add(id(function))
        names = set(_names(function.__code__))
        for value in _used(function, names):
            if _home(value).startswith(STARTERS):
                return True
            if _is_ours(value) and _leads_to_a_starter(value, seen):
                return True
    return False


def _functions(value: Any) -> list[types.FunctionType]:
    """Return the functions that are run by it: itself, or the methods of a class."""
    value = getattr(value, "__wrapped__", value)
    members = vars(value).values() if isinstance(value, type) else [value]
    plain = (one.fget if isinstance(one, property) else getattr(one, "__func__", one) for one in members)
    return [one for one in plain if isinstance(one, types.FunctionType)]


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


def _used(function: types.FunctionType, names: set[str]) -> Iterator[Any]:
    """Yield what the names mean; of a module of helpers, what is taken from it."""
    for name in names & function.__globals__.keys():
        value = function.__globals__[name]
        yield value
        if isinstance(value, types.ModuleType) and value.__name__.startswith("tests."):
            yield from (getattr(value, inner) for inner in names if hasattr(value, inner))


def _is_ours(value: Any) -> bool:
    return _home(value).startswith("tests.")


def _home(value: Any) -> str:
    """Return the module that it is, or comes from, or whose kind it is of, such as a context of multiprocessing."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    return str(getattr(value, "__module__", None) or type(value).__module__)
