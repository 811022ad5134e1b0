"""The stored counts of each local day, renewed when its documents change.

A day has the documents that were reviewed on it (basis "validated") or predicted on it ("predicted"). It is always
counted whole and replaced, never added to, so that counting it twice, late or after a crash gives the same result. Each
run determines which days may have changed since they were counted:

- The days of the documents that the logger logs, whatever their dates: it notes them before it marks the documents.
- The days with documents whose own dates are later than the last check: new predictions, reviews, corrections. A
  document that had been logged before its review date was reviewed before, on an unknown day: every day from its
  prediction to its new review is counted again.
- The newest days whose number of documents differs from that of the last run: this finds predictions with ids of their
  own that arrive late. If a review day has more reviews, also the days on which these were predicted: this finds
  reviews that another program enters with old dates and marks as logged. After an import of very many documents, which
  are not read one by one, every day is compared.
- The days that are not stored yet, were stored under other settings, or lack their audit: it is counted once they are
  over, and again when a plan is made for them.
- The days not counted for MONITOR_HISTORY_CHECK: only this finds a class that was corrected without a new date, a
  deleted document, and an old prediction that is inserted late.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np

from monitor_core.contract.bases import BASES, Basis, BasisDay
from monitor_core.contract.calendar import CLOCK_TOLERANCE, FIRST_DAY, LONGEST_MONTH, ONE_DAY, Period, local_day
from monitor_core.contract.errors import DatabaseUnavailable
from monitor_core.contract.selection import Selection
from monitor_core.mongo.delivery.leases import Leases
from monitor_core.mongo.history.changes import changed_since, day_of_id, days_of, traces
from monitor_core.mongo.history.days import DayToStore, Score
from monitor_core.mongo.history.numbers import CLOCKS, differing, numbers, predicted_days, traces_of_all
from monitor_core.mongo.history.recent import NUMBER, is_flooded, recent_changes
from monitor_core.mongo.reviewing.tallies import unaudited, with_audit
from monitor_core.mongo.state import Look
from monitor_core.mongo.store import Store
from monitor_core.scores import intervals
from monitor_core.scores.counts import DayCounts, RecentChange, confusion_of
from monitor_core.scores.delays import delay_quantile
from monitor_core.scores.metrics import METRICS

TEXTS_PAUSE = timedelta(hours=1)  # counting the texts that are no dates costs reading all dates that are texts
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBERED_DAYS, WEEK = 35, 7  # days whose numbers of documents are compared in each run; counted together
NUMBERS_SECONDS = 1.0  # of a run, for each basis
STRETCH_SECONDS = 1.0  # long enough to be worth the round trip, short enough for a logger that is asked to stop
QUANTILES = {"median": 0.5, "p90": 0.9}


@dataclass(frozen=True)
class Refreshed:
    """The numbers of days that one refresh of the history counted, changed and left."""

    counted: int = 0
    changed: int = 0  # of the counted days
    left: int = 0  # for the next refresh


def always() -> bool:
    """Return True: the work may continue until it is complete."""
    return True


# ---- which days may have changed


def note_changes(store: Store, now: datetime | None = None) -> None:
    """Note the days of documents dated after the last check; from time to time, count unusable dates.

    `now`: when the run began, if called in a run.
    """
    now = now or store.now()
    zone, last = store.settings.zone, store.state.last_look() or Look(EPOCH)
    since = min(last.seen_at or now, now)  # before the first check there is no stored day that could be out of date
    # In this order: what changes in between is noted now, and found to differ at the next check.
    flooded = is_flooded(store.live, since, now)
    seen = traces(recent_changes(store.live, now, now, inserted=not flooded), zone)
    lately = recent_changes(store.live, since, now, inserted=not flooded)
    changed = changed_since(last.traces, lately, zone)
    today = local_day(now, zone)
    counted = _numbers(store, today, every_day=flooded)
    others = differing(last.numbers, counted, only_known=not flooded)
    reviewed = _days_with_more_reviews(last.numbers, counted, lately)
    # A later day is not stored, so it will be counted when it comes.
    due = changed.keys() | others.keys() | _predicted_days(store, reviewed)
    store.changes.note({(basis, day) for basis, day in due if day <= today}, _moved(lately, zone))
    texts = None
    if last.texts_at is None or not timedelta(0) <= now - last.texts_at <= TEXTS_PAUSE:
        texts = {basis: store.live.undated_texts(basis) for basis in BASES}
    store.state.save_look(now, _made_for(store), seen, counted, texts)


def _moved(lately: list[RecentChange], zone: ZoneInfo) -> Counter[BasisDay]:
    """Count, for each review day that corrections may have left, the reviews that were entered again."""
    moved: Counter[BasisDay] = Counter()
    for change in lately:
        for day in set(days_of(change, zone)) if change.again and change.later else ():
            moved[day] += change.evidence[NUMBER] if day[0] == "validated" else 0
    return moved


def _numbers(store: Store, today: date, every_day: bool) -> dict[str, int]:
    """Count the documents of the newest days by an index, a week at a time within a time limit; or of every day."""
    counted: dict[str, int] = {}
    for basis, span in _spans(store, today).items():
        began, first = time.monotonic(), max(span.first, today - timedelta(days=NUMBERED_DAYS))
        for piece in reversed(list(Period(span.first if every_day else first, today).pieces(WEEK))):
            if not every_day and time.monotonic() - began > NUMBERS_SECONDS:
                break
            counted |= numbers(store.live, basis, piece)
    return counted


def _days_with_more_reviews(then: dict[str, int], now: dict[str, int], lately: list[RecentChange]) -> list[date]:
    """Return the review days to which more reviews have come than those that are known by their dates or ids.

    The newest first. Of the others it is known which predictions were reviewed. A day without a number had no review.
    """
    by_their_dates = sum(change.evidence[NUMBER] for change in lately if change.later and change.validated)
    days = set[date]()
    for name in now if then else ():
        basis, day = day_of_id(name.removesuffix(CLOCKS))
        enough = 0 if name.endswith(CLOCKS) else by_their_dates
        if basis == "validated" and now[name] - then.get(name, 0) > enough:
            days.add(day)
    return sorted(days, reverse=True)


def _predicted_days(store: Store, reviewed_on: list[date]) -> set[BasisDay]:
    """Return the prediction days of what was reviewed on these days, as far as the run has time."""
    began, days = time.monotonic(), set[BasisDay]()
    for day in reviewed_on:
        if time.monotonic() - began > NUMBERS_SECONDS:
            break
        days |= predicted_days(store.live, day)
    return days


def _to_count(store: Store, now: datetime) -> list[BasisDay]:
    """Return the days to count: changed and missing days first, each group from the newest."""
    today = local_day(now, store.settings.zone)
    changed = set(store.changes.noted())
    missing = {(basis, day) for basis, span in _spans(store, today).items() for day in span.days}
    missing -= store.history.stored()
    missing |= store.history.outdated() | unaudited(store, today)
    first = sorted(
        ((basis, day) for basis, day in changed | missing if day <= today),  # a future day is counted when it comes
        key=lambda basis_day: (basis_day[1], basis_day[0]),
        reverse=True,
    )
    unseen = store.history.checked_outside(now - store.settings.history_check, now + CLOCK_TOLERANCE)
    return list(dict.fromkeys([*first, *unseen]))


def _to_help_with(store: Store, now: datetime) -> list[BasisDay]:
    """Return older days to count, the oldest first, as the share of a standby logger.

    The newest months are left to the active logger, whose rules wait for them; so is everything if its settings differ,
    because each logger would undo the other's work.
    """
    last = store.state.last_look()
    if last is None or last.made_for != _made_for(store):
        return []
    newest = local_day(now, store.settings.zone) - timedelta(days=2 * LONGEST_MONTH)
    return [(basis, day) for basis, day in reversed(_to_count(store, now)) if day < newest]


def _made_for(store: Store) -> str:
    return f"{store.history.made_from}/{store.settings.history_days}/{store.settings.history_check}"


def _spans(store: Store, today: date) -> dict[Basis, Period]:
    """Return the days that should be stored, by basis."""
    oldest = _oldest(store, today) or FIRST_DAY
    return {
        basis: Period(min(max(store.predictions.first_day(basis) or today, oldest), today), today) for basis in BASES
    }


def retention(store: Store, today: date) -> Period:
    """Return the days that the history keeps: others are deleted at the next refresh."""
    return Period(_oldest(store, today) or FIRST_DAY, today)


def _oldest(store: Store, today: date) -> date | None:
    """Return the first day that is kept; None without a limit."""
    days = store.settings.history_days
    return max(today - timedelta(days=days - 1), FIRST_DAY) if days else None


# ---- counting


def refresh(
    store: Store,
    goes_on: Callable[[], bool] = always,
    progress: Callable[[int, int], None] = lambda counted, left: None,
    helping: bool = False,
    now: datetime | None = None,
) -> Refreshed:
    """Count the days that may have changed, and replace those that did.

    Several loggers share the work by months, each with a lease; counting a day twice would only waste time.
    `helping`: begin with the oldest days. `progress` is called with the numbers of days counted and left. `now`: when
    the run began, if called in a run.
    """
    now, leases, owner = now or store.now(), Leases(store), uuid4().hex
    _forget(store, now)
    to_count = dict.fromkeys(_to_help_with(store, now) if helping else _to_count(store, now))
    done, size, months = Refreshed(left=len(to_count)), 1, set[str]()
    try:
        while to_count and goes_on():
            month = _month(next(iter(to_count)))
            if not leases.take(month, owner):
                to_count = {day: None for day in to_count if _month(day) != month}
                done = replace(done, left=len(to_count))
                continue
            months.add(month)
            basis, period = _take_stretch(to_count, size)
            if store.history.are_checked_since(now, basis, period):  # by a logger that helped meanwhile
                done = replace(done, left=len(to_count))
                continue
            began = time.monotonic()
            changed = _count_again(store, basis, period)
            size = next_size(size, len(period), time.monotonic() - began)
            done = Refreshed(done.counted + len(period), done.changed + changed, len(to_count))
            progress(done.counted, done.left)
    finally:
        if months:
            with suppress(DatabaseUnavailable):  # then they run out
                leases.release(owner, *months)
    return done


def next_size(size: int, days: int, seconds: float) -> int:
    """Return how many days to count together next, given the last number and duration; at most twice as many."""
    return max(1, min(LONGEST_MONTH, 2 * size, int(days * STRETCH_SECONDS / max(seconds, 1e-3))))


def _month(day: BasisDay) -> str:
    """Return the name of the lease for a day's month."""
    return f"history/{day[0]}/{day[1]:%Y-%m}"


def _take_stretch(to_count: dict[BasisDay, None], size: int) -> tuple[Basis, Period]:
    """Remove the first day and its neighbours in the same month from the days to count, and return them."""
    basis, day = next(iter(to_count))
    month = _month((basis, day))
    del to_count[basis, day]
    first = last = day
    while (last - first).days + 1 < size and (next_ := (basis, first - ONE_DAY)) in to_count and _month(next_) == month:
        first -= ONE_DAY
        del to_count[next_]
    while (last - first).days + 1 < size and (next_ := (basis, last + ONE_DAY)) in to_count and _month(next_) == month:
        last += ONE_DAY
        del to_count[next_]
    return basis, Period(first, last)


def _count_again(store: Store, basis: Basis, period: Period) -> int:
    """Count the period's days and replace the stored ones that differ; return how many were replaced."""
    noted, moved = store.changes.noted(basis, period), store.changes.moved(basis, period)
    counted_at = store.now()
    counts = store.live.days(Selection(period, basis))
    counts = with_audit(store, period, counts) if basis == "predicted" else counts
    every = traces_of_all(store.live, basis, period) if store.superseded.is_on and basis == "predicted" else {}
    days = [_to_store(day, of_day, every.get(day, "")) for day, of_day in zip(period.days, counts, strict=True)]
    changed = store.history.store(basis, days, counted_at, moved)
    store.changes.settle(noted)
    return changed


def _to_store(day: date, counts: DayCounts, all_documents: str) -> DayToStore:
    hours = {name: delay_quantile(counts.delays, share) for name, share in QUANTILES.items()}
    return DayToStore(day, counts, _scores(day, counts), hours, all_documents)


def _scores(day: date, counts: DayCounts) -> dict[str, Score]:
    """Return each score of the day as [value, low, high] with its 95% interval; None if undefined."""
    confusion = confusion_of((day,), [counts])
    total = confusion.total()
    if not len(confusion.cells):  # most days of a long gap
        return {metric.name(average): [None] * 3 for metric in METRICS for average in metric.averages}
    of = intervals.overall_intervals(confusion)
    scores = {
        metric.name(average): [metric.overall(total, average), *of[metric.name(average)].bounds[0]]
        for metric in METRICS
        for average in metric.averages
    }
    return {name: [None if np.isnan(x) else float(x) for x in score] for name, score in scores.items()}


# ---- forgetting


def _forget(store: Store, now: datetime) -> None:
    """Delete the days before the retention limit, and future days, counted by a clock that was ahead."""
    today = local_day(now, store.settings.zone)
    for basis in BASES:
        store.history.forget_after(basis, today)
    if oldest := _oldest(store, today):
        for basis in BASES:
            store.history.forget_before(basis, oldest)
        store.profiles.forget_before(oldest)


def invalidate(store: Store) -> None:
    """Mark every day to be counted, and every profile to be computed, again."""
    store.profiles.invalidate()
    store.history.invalidate()
