"""The stored days that are known to be current, so that they need not be counted again.

A day is trusted if there is no sign that one of its documents has changed: no note by the logger, no document with
dates or an id later than the logger's last check for changes, none added or removed among those of the minutes before
it (slow clocks write old dates), and a count not older than TRUSTED x MONITOR_HISTORY_CHECK. A day that has changed is
counted, and then trusted until the signs change or the logger checks again. Changes without a sign show late: a review
entered with an old date after the logger's next run; a class corrected without a new date, or a deleted document,
within MONITOR_HISTORY_CHECK; a new text that is not a date, among the undated documents, within two hours. Without a
running logger no day stays trusted for longer, and all days are counted.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Lock

from monitor_core.contract.bases import Basis, BasisDay
from monitor_core.contract.calendar import CLOCK_TOLERANCE, Period
from monitor_core.contract.moments import asked_once
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import Document
from monitor_core.mongo.history.changes import Changes, changed_since, digest_of, id_of
from monitor_core.mongo.history.days import History
from monitor_core.mongo.history.numbers import differing, numbers
from monitor_core.mongo.history.recent import is_flooded, recent_changes
from monitor_core.mongo.history.sealing import sealed_before
from monitor_core.mongo.history.tables import as_stored, counts_of
from monitor_core.mongo.live import Live
from monitor_core.mongo.state import Look, State
from monitor_core.scores.counts import DayCounts, RecentChange

TRUSTED = 1.5  # times the check interval, within which the logger counts each day again; older counts are not used
TEXTS_KEPT = timedelta(hours=2)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST_RECOUNTED = 124  # days that changed and were counted: two months, by both bases


@dataclass(frozen=True)
class Trust:
    """The days of a period by what has to be done about them; of their tables only the cells and scenes are here."""

    stored: dict[date, DayCounts] = field(default_factory=dict)  # as the logger counted them
    recounted: dict[date, DayCounts] = field(default_factory=dict)  # changed since, and counted after their last change
    sealed: dict[date, DayCounts] = field(default_factory=dict)  # that are not current, or not known to be
    changed: dict[date, str] = field(default_factory=dict)  # changed and not counted: a digest of what says so


@dataclass(frozen=True)
class HeldDay:
    """A stored day as cached in memory."""

    counts: DayCounts  # without confidence, delays and hours, which are large; its tables as stored
    digest: str
    checked_at: datetime


class TrustedDays:
    """The history for queries: cached in memory, with changed days read again."""

    def __init__(self, history: History, state: State, changes: Changes, live: Live) -> None:
        self.settings = history.settings
        self._history = history
        self._state = state
        self._changes = changes
        self._live = live
        self._lock = Lock()
        self._held: dict[Basis, tuple[str | None, dict[date, HeldDay]]] = {}
        self._recounted: dict[BasisDay, tuple[str, DayCounts]] = {}

    def last_look(self) -> Look | None:
        """Return the logger's last check for changes."""
        return asked_once((self, "look"), self._state.last_look)

    def trust(self, selection: Selection, look: Look | None) -> Trust:
        """Return the days of the selection's period that can be trusted, and those that changed.

        The order of reads matters: a logger notes a day before it stores its check, and replaces the stored day, with a
        new version, before it deletes the note. So a change without a note is newer than `look` or in the history.
        Notes and version are read once for all periods of a page: over a slow network each read is felt.
        """
        basis, period = selection.basis, selection.period
        if selection.where or look is None or look.seen_at is None or look.version is None:
            return Trust()
        if look.seen_at > look.now + CLOCK_TOLERANCE:  # the clock was ahead: what has changed since is not known
            return Trust(sealed=self._sealed(basis, period, look))
        oldest = look.now - TRUSTED * self.settings.history_check
        noted = asked_once((self, "noted"), self._changes.noted)
        held = self._hold(basis, self._version() or look.version, oldest)
        flooded, changes = asked_once(
            (self, look.seen_at, look.now), partial(self._changes_since, look.seen_at, look.now)
        )
        hints = changed_since(look.traces, changes, self.settings.zone)
        if flooded:
            hints |= differing(look.numbers, numbers(self._live, basis, period), only_known=False)
        trust = Trust(sealed=self._sealed(basis, period, look))
        for day in period.days:
            key = basis, day
            if day in held and held[day].counts.preserved:
                trust.stored[day] = held[day].counts
            elif key in hints or key in noted:
                why = digest_of([str(look.seen_at), noted.get(key, ""), hints.get(key, "")])
                counted_for, counts = self._recounted.get(key, ("", None))
                if counts is not None and counted_for == why and look.seen_at > oldest:
                    trust.recounted[day] = counts
                else:
                    trust.changed[day] = why
            elif day in held and oldest < held[day].checked_at <= look.now + CLOCK_TOLERANCE:
                trust.stored[day] = held[day].counts
        return trust

    def _sealed(self, basis: Basis, period: Period, look: Look) -> dict[date, DayCounts]:
        """Return the sealed days of the period as they are stored, whenever they were counted."""
        before = sealed_before(look.now, self.settings)
        if period.first >= before or look.version is None:
            return {}
        held = self._hold(basis, self._version() or look.version, EVER)
        return {day: held[day].counts for day in period.days if day < before and day in held}

    def _version(self) -> str | None:
        return asked_once((self, "version"), self._state.history_version)

    def _changes_since(self, seen_at: datetime, now: datetime) -> tuple[bool, list[RecentChange]]:
        """Return the changes since a check, and whether too many documents were inserted to be read one by one."""
        flooded = is_flooded(self._live, seen_at, now)
        return flooded, recent_changes(self._live, seen_at, now, inserted=not flooded)

    def keep(self, basis: Basis, changed: dict[date, str], counted: dict[date, DayCounts]) -> None:
        """Cache the counts of the days that had changed, up to a maximum number."""
        with self._lock:
            for day, why in changed.items():
                self._recounted.pop((basis, day), None)
                self._recounted[basis, day] = why, counted[day]
            for key in list(self._recounted)[:-MOST_RECOUNTED]:
                del self._recounted[key]

    def undated_texts(self, basis: Basis, look: Look | None) -> int | None:
        """Return the number that the logger counted in the last two hours; None if it did not."""
        if look is None or look.texts_at is None or look.now - look.texts_at >= TEXTS_KEPT:
            return None
        return look.undated_texts[basis]

    def whole(self, basis: Basis, days: list[date]) -> dict[date, DayCounts]:
        """Return these days with all their tables, as far as they are stored."""
        if not days:
            return {}
        stored = self._history.documents({"_id": {"$in": [id_of((basis, day)) for day in days]}})
        return {date.fromisoformat(document["day"]): counts_of(document) for document in stored}

    def _hold(self, basis: Basis, version: str, oldest: datetime) -> dict[date, HeldDay]:
        """Return all stored days, from the cache unless the version differs or a check is overdue."""
        with self._lock:
            held_version, held = self._held.get(basis, (None, {}))
            if version != held_version or any(day.checked_at <= oldest for day in held.values()):
                held = self._read_again(basis, held)
                self._held[basis] = (version, held)
            return held

    def _read_again(self, basis: Basis, held: dict[date, HeldDay]) -> dict[date, HeldDay]:
        only_heads = {"_id": 0, "day": 1, "digest": 1, "checked_at": 1}
        heads = {
            date.fromisoformat(document["day"]): document
            for document in self._history.documents({"basis": basis}, only_heads)
        }
        same = {day for day, document in heads.items() if day in held and held[day].digest == document["digest"]}
        now_held = {day: HeldDay(held[day].counts, heads[day]["digest"], heads[day]["checked_at"]) for day in same}
        new: Document = {"basis": basis, "_id": {"$in": [id_of((basis, day)) for day in heads if day not in same]}}
        for document in self._history.documents(new, {"confidence": 0, "delays": 0, "hours": 0}):
            counts = counts_of(document, as_stored)
            now_held[date.fromisoformat(document["day"])] = HeldDay(counts, document["digest"], document["checked_at"])
        return now_held
