"""Moments: a question asked twice within one moment is answered once, so that the figures of a page are consistent."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Answer = TypeVar("Answer")
_answers: ContextVar[dict[Hashable, Any] | None] = ContextVar("answers", default=None)  # of the moment; None: in none


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all that is asked within the block be of one moment.

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
    """Return the answer that this moment has for the question, or ask; outside of any moment, always ask."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if question not in answers:
        answers[question] = ask()
    answer: Answer = answers[question]
    return answer
