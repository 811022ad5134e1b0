"""A clock that stands still for the product and for its database, in a process of its own.

`python -m tests.golden.clock 2025-11-13T15:20:00+00:00 logger_worker.py …` runs a program by it.
"""

import importlib
import os
import pkgutil
import runpy
import sys
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database

ROOT = Path(__file__).parents[2]
SPEAKING = ("aggregate", "find_one_and_update", "update_many", "update_one")  # what may say $$NOW
Real = datetime


class _Class(type):
    """A real datetime is an instance of it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Real)


class Fixed(datetime, metaclass=_Class):
    """The class `datetime` as the product's modules see it; its instances are real ones."""

    instant: datetime

    def __new__(cls, *parts: Any, **named: Any) -> Any:
        return Real(*parts, **named)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return cls.instant.astimezone(tz)


def fix(instant: datetime) -> None:
    """Let it be this instant from now on."""
    first = not hasattr(Fixed, "instant")
    Fixed.instant = instant
    if first:
        _fix_the_database()
        _fix_the_product()


def _fix_the_product() -> None:
    """In every module of the product, wherever it lies and whatever it is called.

    The scheduler lives by the real clock, or it would make up for every run since the fixed one.
    """
    package = importlib.import_module("monitor_core")
    for found in pkgutil.walk_packages(package.__path__, "monitor_core."):
        if not found.name.endswith("__main__"):
            module = importlib.import_module(found.name)
            if getattr(module, "datetime", None) is Real and not hasattr(module, "BlockingScheduler"):
                module.datetime = Fixed  # type: ignore[attr-defined]


def _fix_the_database() -> None:
    """`$$NOW` in what is sent, and `localTime` in what is answered."""

    def dated(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: dated(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [dated(inner) for inner in value]
        return Fixed.instant if isinstance(value, str) and value == "$$NOW" else value

    def speaking(name: str) -> Any:
        real = getattr(Collection, name)
        return lambda self, *parts, **named: real(self, *map(dated, parts), **dated(named))

    for name in SPEAKING:
        setattr(Collection, name, speaking(name))
    command = Database.command

    def answered(self: Any, *parts: Any, **named: Any) -> Any:
        answer = command(self, *parts, **named)
        return answer | {"localTime": Fixed.instant} if "localTime" in answer else answer

    Database.command = answered  # type: ignore[method-assign]


def program(name: str, *arguments: str) -> None:
    """Run a module, or a script of the product, as `python` would."""
    sys.argv = [name, *arguments]
    if name.endswith(".py"):
        runpy.run_path(str(ROOT / name), run_name="__main__")
    else:
        runpy.run_module(name, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    fix(datetime.fromisoformat(sys.argv[1]))
    program(*sys.argv[2:])
