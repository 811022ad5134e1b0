"""A time limit for calls of foreign code."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """The call has not returned in time; it may continue and have its effect."""


_hanging: dict[str, threading.Thread] = {}  # by name: calls that were given up and have not ended


def call_within(seconds: float, name: str, call: Callable[[], T]) -> T:
    """Return or raise what the call does; raise Overdue after `seconds`.

    A hanging call cannot be ended, because Python cannot end a thread; while it hangs, no call of the same name begins.
    """
    if name in _hanging and _hanging[name].is_alive():
        raise Overdue
    results: list[T] = []
    faults: list[BaseException] = []

    def act() -> None:
        try:
            results.append(call())
        except BaseException as fault:  # noqa: BLE001 - it is raised again where it is waited for
            faults.append(fault)

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        _hanging[name] = thread
        raise Overdue
    if faults:
        raise faults[0]
    return results[0]
