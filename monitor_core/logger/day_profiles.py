"""The stored profile of each prediction day, computed whenever its reviews change."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice

from monitor_core.contract.calendar import start_of
from monitor_core.logger import profiles
from monitor_core.logger.history import always
from monitor_core.mongo.history.profiles import ProfileToStore, ProfileVersion
from monitor_core.mongo.store import Store

PAUSE = timedelta(hours=1)  # making a day's profile costs reading its documents
ROWS_AT_ONCE = 20_000  # that are held while a profile is made


def refresh_profiles(
    store: Store, goes_on: Callable[[], bool] = always, pause: timedelta = PAUSE, now: datetime | None = None
) -> int:
    """Compute the profile of each day whose reviews changed, the newest day first; return how many were computed.

    A day whose profile is younger than `pause` is postponed. Profiles that were made without whylogs are made again as
    soon as it can be imported. `now`: when the run began, if called in a run.
    """
    made = 0
    for day, digest in _due(store, pause, now or store.now()):
        if not goes_on():
            break
        _make(store, day, digest)
        made += 1
    return made


def _due(store: Store, pause: timedelta, now: datetime) -> list[tuple[date, str]]:
    """Return the days whose profiles are due, with digests; delete the profiles of days without reviews."""
    digests, versions = store.profiles.digests(), store.profiles.versions()
    store.profiles.delete(day for day in versions if day not in digests)
    preserved = {lossy.day for lossy in store.history.preserved("predicted")}  # their documents are gone
    without_whylogs = any(version.is_json for version in versions.values()) and profiles.why_no_whylogs() is not None
    due = [
        (day, digest)
        for day, digest in digests.items()
        if day not in preserved
        and (
            day not in versions
            or (versions[day].is_json and not without_whylogs)
            or (versions[day].digest != digest and not timedelta(0) <= now - versions[day].made_at < pause)
        )
    ]
    return sorted(due, reverse=True)


def _make(store: Store, day: date, digest: str) -> None:
    made_at, settings = store.now(), store.settings
    midnight = start_of(day, settings.zone)
    builder = profiles.profile_builder(midnight, settings.fields, settings.class_name, f"history-{day.isoformat()}")
    rows = store.predictions.reviewed_rows(day)
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        builder.add(piece)
    data = builder.finish()
    made = ProfileToStore(builder.rows, data, profiles.summary(data))
    store.profiles.store(day, made, ProfileVersion(digest, made_at))
