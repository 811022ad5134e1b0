"""A limit on the time that a call of foreign code may take."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Overdue(Exception):
    """The call has not returned in time; it may go on, and have its effect."""


_hanging: dict[str, threading.Thread] = {}  # by name: calls that were given up and have not ended


def call_within(seconds: float, name: str, call: Callable[[], T]) -> T:
    """Return or raise what the call does, or raise Overdue once it has taken too long.

    Python cannot end a thread. So a call that hangs stays behind, and as long as it does, no other of its name begins.
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
