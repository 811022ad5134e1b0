"""Windows: query conditions by which an index finds the documents dated within an interval."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from bson import Timestamp

from monitor_core.contract.calendar import END_DAY, FIRST_DAY, ONE_DAY, start_of
from monitor_core.contract.documents import Notation
from monitor_core.mongo.connection import Document

A_CHANGE = timedelta(hours=3)  # of a zone's clock is shorter

AFTER_BLANKS = (("\t", "!"), ("\u00a0", "\u00a1"))  # of texts that begin with a blank: of all dates, for they are rare


@dataclass(frozen=True)
class Window:
    """The dates of one form within an interval."""

    bounds: Document  # on the field
    is_exact: bool = True  # else some within a day are found as well
    is_instant: bool = False  # the raw value is the instant
    is_text: bool = True  # where it is not exact


class Windows:
    """The windows of dates in a notation."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.first, self.end = (start_of(day, notation.zone) for day in (FIRST_DAY, END_DAY))

    def of(self, start: datetime, end: datetime) -> list[Window]:
        """Return the windows of dates of every form from start to end."""
        return [*self.exact(start, end), *self.near(start, end)]

    def exact(self, start: datetime, end: datetime) -> list[Window]:
        """Return the windows of the forms that sort by instant."""
        start, end, offset = max(start, self.first), min(end, self.end), self.notation.stored_times
        seconds = [edge.timestamp() for edge in (start, end)]
        windows = [Window(_bounds(*(Timestamp(min(max(0, _up(edge)), 2**32 - 1), 0) for edge in seconds)))]
        if offset != "local":
            windows.insert(0, Window(_bounds(start + offset, end + offset), is_instant=not offset))
        if self.notation.date_numbers:
            a_second = 1 if self.notation.date_numbers == "seconds" else 1000
            windows.append(Window(_bounds(*(edge * a_second for edge in seconds))))
        return windows

    def near(self, start: datetime, end: datetime) -> list[Window]:
        """Return the windows of the forms that sort by written local time, which is within a day of the instant."""
        first, last = (start - ONE_DAY).date(), (end + 2 * ONE_DAY).date()
        days = [(first.isoformat(), last.isoformat()), (f"{first:%Y%m%d}", f"{last:%Y%m%d}")]
        texts: list[tuple[str, str]] = []
        for edges in (*days, *self._numbers(start, end), *AFTER_BLANKS):
            texts += _outside(edges, texts)  # a document is found by one window
        windows = [Window(_bounds(*edges), is_exact=False) for edges in texts]
        if self.notation.stored_times == "local":
            clocks = self._wall_clock(start, -A_CHANGE), self._wall_clock(end, A_CHANGE)
            windows.append(Window(_bounds(*clocks), is_exact=False, is_text=False))
        return windows

    def _numbers(self, start: datetime, end: datetime) -> Iterator[tuple[str, str]]:
        """Yield what bounds the numbers as text, if these are dates: one pair for each number of digits."""
        if self.notation.date_numbers:
            a_second = 1 if self.notation.date_numbers == "seconds" else 1000
            low, high = (int(edge.timestamp() * a_second) for edge in (max(start, self.first), min(end, self.end)))
            for digits in range(len(str(low)), len(str(high)) + 1):
                yield str(max(low, 10 ** (digits - 1))), str(min(high, 10**digits - 1)) + ":"

    def _wall_clock(self, instant: datetime, margin: timedelta) -> datetime:
        """Return the local time as if it were UTC, with a margin for a change of the clock except at midnight."""
        local = instant.astimezone(self.notation.zone)
        midnight = datetime(local.year, local.month, local.day, tzinfo=UTC)
        is_midnight = instant == start_of(local.date(), self.notation.zone)
        return midnight if is_midnight else local.replace(tzinfo=UTC) + margin

    def beside(self, at: str, texts: bool) -> Document:
        """Return the condition of index entries outside the usable dates; `texts`: including texts.

        It skips the often many unreviewed documents. A single `$not` around several bounds could not use an index.
        """
        below: list[Document] = [{at: {"$not": {"$gte": bounds["$gte"]}}} for bounds in self.usable]
        below += [] if texts else [{at: {"$not": {"$gte": ""}}}]
        return {"$or": [{"$and": below}, *({at: {"$gte": bounds["$lt"]}} for bounds in self.usable)]}

    @cached_property
    def usable(self) -> list[Document]:
        """Return the bounds of the usable dates of every form but text."""
        edges = [window.bounds for window in self.exact(self.first, self.end)]
        if self.notation.stored_times == "local":
            edges.append(_bounds(*(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (FIRST_DAY, END_DAY))))
        return edges


def _bounds(start: Any, end: Any) -> Document:
    return {"$gte": start, "$lt": end}


def _outside(edges: tuple[str, str], others: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what is left of a stretch of texts without the others.

    >>> _outside(("a", "z"), [("c", "d"), ("x", "zz")])
    [('a', 'c'), ('d', 'x')]
    """
    pieces = [edges]
    for first, last in others:
        cut = [piece for low, high in pieces for piece in ((low, min(high, first)), (max(low, last), high))]
        pieces = [(low, high) for low, high in cut if low < high]
    return pieces


def _up(seconds: float) -> int:
    """Round up to the next whole second, the precision of a Timestamp."""
    return -int(-seconds // 1)
