"""Moments: answers are reused within one moment, such as the making of a page, so that its figures are consistent."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)  # of the moment; None: in none


@contextmanager
def one_moment() -> Iterator[None]:
    """Make the block one moment, within which `asked_once` answers each question only once.

    >>> with one_moment():
    ...     [asked_once("what", asked.pop) for asked in ([1, 2], [3, 4])]
    [2, 2]
    >>> [asked_once("what", asked.pop) for asked in ([1, 2], [3, 4])]
    [2, 4]
    """
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """Return the answer that this moment already has, or ask the question; outside of any moment, always ask."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
