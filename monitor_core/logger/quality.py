"""Checks of each prediction day's documents for quality problems, and storage of the results.

Types, field names and file names are in no index, so a check has to read every document, which a page cannot. So the
logger checks a day whenever it has been counted again, and stores the result; a page then reads one small document for
each day, however many predictions there are. Changes that the history does not detect, such as a new field in old
documents, are found when the day is checked again after RECHECK.
"""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

from monitor_core.contract.calendar import ONE_DAY, Period, local_day, stretches
from monitor_core.logger.history import always, next_size
from monitor_core.mongo.quality.problems import QualityProblems
from monitor_core.mongo.quality.repeats import RepeatedFiles
from monitor_core.mongo.quality.seen import SeenFiles, days_before
from monitor_core.mongo.quality.stored import QualityVersion, StoredQuality
from monitor_core.mongo.store import Store

PAUSE = timedelta(minutes=15)  # checking a day costs reading its documents, and days change all the time
RECHECK = timedelta(days=7)
FILES_OF = 10  # days whose file names are read at a time
Digests = dict[date | None, str]  # None: the documents without a day


def refresh_quality(store: Store, goes_on: Callable[[], bool] = always, now: datetime | None = None) -> int:
    """Check the days that changed, the newest first; return how many were checked.

    `now`: when the run began, if called in a run.
    """
    checked, size = 0, 1
    digests: Digests = {None: ""}
    digests.update(store.history.digests().items())
    SeenFiles(store).delete_others(day for day in digests if day)
    if store.superseded.begin(store.changes.note):
        StoredQuality(store).delete_all()
    due = dict.fromkeys(_due(store, digests, now or store.now()))
    while due and goes_on():
        days = _take_stretch(due, size)
        began = time.monotonic()
        checked += _check(store, days, digests, goes_on)
        size = next_size(size, len(days), time.monotonic() - began)
    return checked


def _due(store: Store, digests: Digests, now: datetime) -> list[date | None]:
    """Return the days to check: new ones, changed ones, then those checked longest ago; delete empty days."""
    stored = StoredQuality(store)
    versions = stored.versions()
    stored.delete(day for day in versions if day not in digests)
    missing, changed, outdated = [], [], []
    for day in sorted(digests, key=lambda day: day or date.max, reverse=True):
        version = versions.get(day)
        if version is None:
            missing.append(day)
            continue
        age = now - version.made_at  # below zero: it was made by a clock that was ahead
        if not timedelta(0) <= age < PAUSE and (day is None or version.digest != digests[day]):
            changed.append(day)
        elif not timedelta(0) <= age < RECHECK:
            outdated.append(day)
    return [*missing, *changed, *outdated]


def _take_stretch(due: dict[date | None, None], size: int) -> list[date | None]:
    """Remove the first due day and up to `size` of its predecessors, and return them."""
    day = next(iter(due))
    days = [day]
    while day and len(days) < size and (day := day - ONE_DAY) in due:
        days.append(day)
    for of_stretch in days:
        del due[of_stretch]
    return days


def _check(store: Store, days: list[date | None], digests: Digests, goes_on: Callable[[], bool]) -> int:
    """Check consecutive days, the last one first, or the documents without a day; return how many were checked.

    Check none if there is no time to store the files that the days are compared with, as a checked day waits a week.
    """
    made_at, problems = store.now(), QualityProblems(store)
    last, first = days[0], days[-1]
    if first and last:
        period = Period(first, last)
        if not _keep_files_before(problems, period, digests, goes_on):
            return 0
        files = problems.files(period)
        if store.superseded.is_on:
            # Before the digests are kept: a run that dies in between finds what is gone once more.
            RepeatedFiles(store).judge(period, files, local_day(made_at, store.settings.zone))
        problems.seen.keep(files)
        quality = problems.days(period, files=files)
    else:
        quality = [problems.undated()]
    StoredQuality(store).store(quality, {day: QualityVersion(digests[day], made_at) for day in days})
    return len(days)


def _keep_files_before(
    problems: QualityProblems, period: Period, digests: Digests, goes_on: Callable[[], bool]
) -> bool:
    """Store the files of the days that the period is compared with; return whether there was time for all of them."""
    before = [day for day in days_before(period.days) - set(period.days) if day in digests]
    for stretch in stretches(problems.seen.missing(before)):
        for piece in stretch.pieces(FILES_OF):
            if not goes_on():
                return False
            problems.seen.keep(problems.files(piece))
    return True
