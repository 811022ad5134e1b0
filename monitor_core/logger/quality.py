"""Looks at each prediction day's documents, and keeps what is odd about them.

A page cannot read every document, and what an index does not hold (types, field names, file names) takes reading them.
So the logger looks at a day when the performance history has counted it again, and keeps what it saw: a page then reads
one small document a day, however many there are of the predictions. What leaves no trace in the history, such as a new
field in old documents, is found when the day is looked at again after RECHECK.
"""

from collections.abc import Callable
from datetime import date, timedelta

from monitor_core.contract.calendar import Period
from monitor_core.logger.history import always
from monitor_core.mongo.problems import QualityProblems
from monitor_core.mongo.quality import QualityVersion, StoredQuality
from monitor_core.mongo.store import Store

PAUSE = timedelta(minutes=15)  # looking at a day costs reading its documents, and days change all the time
RECHECK = timedelta(days=7)
Digests = dict[date | None, str]  # None instead of a day: of the documents without one


def refresh(store: Store, goes_on: Callable[[], bool] = always) -> int:
    """Look at the days that changed, the newest first; how many were looked at."""
    looked_at = 0
    digests: Digests = {None: ""}
    for day, digest in store.history.digests().items():
        digests[day] = digest
    for one in _due(store, digests):
        if not goes_on():
            break
        _look(store, one, digests[one])
        looked_at += 1
    return looked_at


def _due(store: Store, digests: Digests) -> list[date | None]:
    """The days to look at: without a version first, then changed, then long unseen; deletes those of no documents."""
    now, stored = store.now(), StoredQuality(store)
    versions = stored.versions()
    stored.delete(day for day in versions if day not in digests)
    missing, changed, unseen = [], [], []
    for day in sorted(digests, key=lambda day: day or date.max, reverse=True):
        version = versions.get(day)
        if version is None:
            missing.append(day)
        elif now - version.made_at >= PAUSE and (day is None or version.digest != digests[day]):
            changed.append(day)
        elif now - version.made_at >= RECHECK:
            unseen.append(day)
    return [*missing, *changed, *unseen]


def _look(store: Store, day: date | None, digest: str) -> None:
    made_at, oddities = store.now(), QualityProblems(store)
    quality = oddities.days(Period(day, day))[0] if day else oddities.undated()
    StoredQuality(store).store(quality, QualityVersion(digest, made_at))
