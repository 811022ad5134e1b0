"""Check each prediction day's documents for quality problems, and store what was found.

A page cannot read every document, and what an index does not hold (types, field names, file names) takes reading them.
So the logger checks a day when the performance history has counted it again, and stores the result: a page then reads
one small document a day, however many predictions there are. A change that the history does not see, such as a new
field in old documents, is noticed when the day is checked again after RECHECK.
"""

from collections.abc import Callable
from datetime import date, timedelta

from monitor_core.contract.calendar import Period
from monitor_core.logger.history import always
from monitor_core.mongo.problems import QualityProblems
from monitor_core.mongo.quality import QualityVersion, StoredQuality
from monitor_core.mongo.store import Store

PAUSE = timedelta(minutes=15)  # checking a day costs reading its documents, and days change all the time
RECHECK = timedelta(days=7)
Digests = dict[date | None, str]  # None: the documents without a day


def refresh_quality(store: Store, goes_on: Callable[[], bool] = always) -> int:
    """Check the days that changed, the newest first; return how many were checked."""
    checked = 0
    digests: Digests = {None: ""}
    digests.update(store.history.digests().items())
    for day in _due(store, digests):
        if not goes_on():
            break
        _check(store, day, digests[day])
        checked += 1
    return checked


def _due(store: Store, digests: Digests) -> list[date | None]:
    """Return the days to check: new ones, then changed ones, then those not checked for long; delete empty days."""
    now, stored = store.now(), StoredQuality(store)
    versions = stored.versions()
    stored.delete(day for day in versions if day not in digests)
    missing, changed, outdated = [], [], []
    for day in sorted(digests, key=lambda day: day or date.max, reverse=True):
        version = versions.get(day)
        if version is None:
            missing.append(day)
        elif now - version.made_at >= PAUSE and (day is None or version.digest != digests[day]):
            changed.append(day)
        elif now - version.made_at >= RECHECK:
            outdated.append(day)
    return [*missing, *changed, *outdated]


def _check(store: Store, day: date | None, digest: str) -> None:
    made_at, problems = store.now(), QualityProblems(store)
    quality = problems.days(Period(day, day))[0] if day else problems.undated()
    StoredQuality(store).store(quality, QualityVersion(digest, made_at))
