"""Moments: a question asked twice within one moment is answered once, so that the figures of a page are consistent."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)  # of the moment; None: in none


@contextmanager
def one_moment() -> Iterator[None]:
    """Make all questions within the block share their answers.

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
    """Return this moment's answer to the question, or call `ask`; outside of a moment, always call `ask`."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
