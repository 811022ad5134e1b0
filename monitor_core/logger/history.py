"""The performance history: what each local day's documents are, counted and made to follow them.

A day stands for the documents that were reviewed on it (basis "validated") or predicted on it ("predicted"). It is
always counted whole and replaced, never added to, so counting it twice, late or after a crash comes to the same. What
is asked each time is which days may have changed since they were counted:

- Those of the documents that the logger takes: it notes their days before it marks them, whatever their dates say.
- Those with documents whose own dates are later than the last look: new predictions, reviews, corrections. A document
  that had been logged before it was reviewed was reviewed before, on a day that nobody knows: every day from its
  prediction to its new review is counted again.
- Those that are not stored yet, or were under other settings.
- Those not counted for MONITOR_HISTORY_CHECK: only this finds what left no trace, a class corrected without a new
  date, a deleted document, an old prediction brought in late.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import numpy as np

from monitor_core.contract.bases import BASES, Basis, BasisDay
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.contract.selection import Selection
from monitor_core.mongo.history.changes import Look, changed_since, traces
from monitor_core.mongo.history.days import DayToStore, Score
from monitor_core.mongo.leases import Leases
from monitor_core.mongo.store import Store
from monitor_core.scores import intervals
from monitor_core.scores.counts import DayCounts, confusion_of
from monitor_core.scores.delays import delay_quantile
from monitor_core.scores.metrics import METRICS

TEXTS_PAUSE = timedelta(hours=1)  # finding the dates that are no dates costs reading all that are texts
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST_MONTH = 31
COUNT_SECONDS = 1.0  # a count of so long is worth its round trip, and lets a logger that is told to stop go soon
QUANTILES = {"median": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Refreshed:
    """What one refresh of the history came to."""

    counted: int = 0  # days
    changed: int = 0  # of these
    left: int = 0  # days that wait for the next refresh


def always() -> bool:
    """Let a piece of work go on until all of it is done."""
    return True


# ---- what may have changed


def look(store: Store) -> None:
    """Note the days of documents whose dates are later than the last look; from time to time, count bad texts."""
    now, zone, last = store.now(), store.settings.zone, store.changes.last_look() or Look(EPOCH)
    since = last.seen_at or now  # before the first look there is no stored day that could be out of date
    # In this order: what changes in between is noted now, and seen to differ at the next look.
    seen = traces(store.live.recent_changes(now, now), zone)
    store.changes.note(changed_since(last.traces, store.live.recent_changes(since, now), zone))
    texts = None
    if last.texts_at is None or now - last.texts_at > TEXTS_PAUSE:
        texts = {basis: store.live.undated_texts(basis) for basis in BASES}
    store.changes.save_look(now, _made_for(store), seen, texts)


def _to_count(store: Store, now: datetime) -> list[BasisDay]:
    """The days to count, the changed and the missing ones first, the newest first among them."""
    today = local_day(now, store.settings.zone)
    changed = set(store.changes.noted())
    missing = {(basis, day) for basis, span in _spans(store, today).items() for day in span.days}
    missing -= store.history.stored()
    first = sorted(
        (one for one in changed | missing if one[1] <= today),  # a day to come is counted when it has come
        key=lambda one: (one[1], one[0]),
        reverse=True,
    )
    return list(dict.fromkeys([*first, *store.history.checked_before(now - store.settings.history_check)]))


def _to_help_with(store: Store, now: datetime) -> list[BasisDay]:
    """The old ones of the days to count, the oldest first; of what another logger does, nothing else can be shared.

    The newest months are that logger's alone: its rules wait for them. So is everything if its settings differ, or
    each would undo what the other does.
    """
    last = store.changes.last_look()
    if last is None or last.made_for != _made_for(store):
        return []
    newest = local_day(now, store.settings.zone) - timedelta(days=2 * LONGEST_MONTH)
    return [one for one in reversed(_to_count(store, now)) if one[1] < newest]


def _made_for(store: Store) -> str:
    return f"{store.history.made_from}/{store.settings.history_days}/{store.settings.history_check}"


def _spans(store: Store, today: date) -> dict[Basis, Period]:
    """The days that ought to be stored."""
    oldest = _oldest(store, today) or FIRST_DAY
    return {
        basis: Period(min(max(store.predictions.first_day(basis) or today, oldest), today), today) for basis in BASES
    }


def _oldest(store: Store, today: date) -> date | None:
    """The first day of the retention; None without one."""
    days = store.settings.history_days
    return max(today - timedelta(days=days - 1), FIRST_DAY) if days else None


# ---- counting


def refresh(
    store: Store,
    goes_on: Callable[[], bool] = always,
    progress: Callable[[int, int], None] = lambda counted, left: None,
    helping: bool = False,
) -> Refreshed:
    """Count what may have changed, and replace what has.

    Several loggers share the months: what another has the lease of is left to it. It only spares them the same work;
    counted twice, a day comes to the same. `helping`: of a long history, from its other end. `progress` is told how
    many days were counted, and how many are left.
    """
    now, leases, owner = store.now(), Leases(store), uuid4().hex
    _forget(store, now)
    to_count = dict.fromkeys(_to_help_with(store, now) if helping else _to_count(store, now))
    done, size, months = Refreshed(left=len(to_count)), 1, set[str]()
    try:
        while to_count and goes_on():
            month = _month(next(iter(to_count)))
            if not leases.take(month, owner):
                to_count = {one: None for one in to_count if _month(one) != month}
                done = replace(done, left=len(to_count))
                continue
            months.add(month)
            basis, period = _take_stretch(to_count, size)
            if store.history.are_checked_since(now, basis, period):  # by a logger that helped meanwhile
                done = replace(done, left=len(to_count))
                continue
            began = time.monotonic()
            changed = _count_again(store, basis, period)
            took = max(time.monotonic() - began, 1e-3)
            size = max(1, min(LONGEST_MONTH, 2 * size, int(len(period) * COUNT_SECONDS / took)))
            done = Refreshed(done.counted + len(period), done.changed + changed, len(to_count))
            progress(done.counted, done.left)
    finally:
        if months:
            with suppress(DatabaseUnavailable):  # then they run out
                leases.release(owner, *months)
    return done


def _month(day: BasisDay) -> str:
    """The lease of a month's days."""
    return f"history/{day[0]}/{day[1]:%Y-%m}"


def _take_stretch(to_count: dict[BasisDay, None], size: int) -> tuple[Basis, Period]:
    """Take the first day and its neighbours of the same month out of what is to be counted."""
    basis, day = next(iter(to_count))
    month = _month((basis, day))
    del to_count[basis, day]
    first = last = day
    while (last - first).days + 1 < size and (one := (basis, first - ONE_DAY)) in to_count and _month(one) == month:
        first -= ONE_DAY
        del to_count[one]
    while (last - first).days + 1 < size and (one := (basis, last + ONE_DAY)) in to_count and _month(one) == month:
        last += ONE_DAY
        del to_count[one]
    return basis, Period(first, last)


def _count_again(store: Store, basis: Basis, period: Period) -> int:
    """Count the period's days and replace the stored ones that differ; how many did."""
    noted = store.changes.noted(basis, period)
    counted_at = store.now()
    counts = store.live.days(Selection(period, basis))
    days = [_to_store(day, of_day) for day, of_day in zip(period.days, counts, strict=True)]
    changed = store.history.store(basis, days, counted_at)
    store.changes.settle(noted)
    return changed


def _to_store(day: date, counts: DayCounts) -> DayToStore:
    hours = {name: delay_quantile(counts.delays, share) for name, share in QUANTILES.items()}
    return DayToStore(day, counts, _scores(day, counts), hours)


def _scores(day: date, counts: DayCounts) -> dict[str, Score]:
    """Each score of the day as [value, low, high], its 95 % interval; null where undefined."""
    confusion = confusion_of((day,), [counts])
    total = confusion.total()
    of = intervals.overall_intervals(confusion.matrix_cells(), len(confusion.labels))
    scores = {
        metric.name(average): [metric.overall(total, average), *of[metric.name(average)]]
        for metric in METRICS
        for average in metric.averages
    }
    return {name: [None if np.isnan(x) else float(x) for x in score] for name, score in scores.items()}


# ---- forgetting


def _forget(store: Store, now: datetime) -> None:
    """Delete what lies before the retention."""
    if oldest := _oldest(store, local_day(now, store.settings.zone)):
        for basis in BASES:
            store.history.forget_before(basis, oldest)
        store.profiles.forget_before(oldest)


def invalidate(store: Store) -> None:
    """Let every day be counted anew, and every profile made anew."""
    store.profiles.invalidate()
    store.history.invalidate()
