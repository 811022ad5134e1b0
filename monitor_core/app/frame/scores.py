"""The scores of the selection and of its comparison."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY
from monitor_core.contract.selection import Selection
from monitor_core.mongo.counts import Progress
from monitor_core.reports import granularity, trend
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import Axis, Granularity
from monitor_core.reports.performance import Performance
from monitor_core.scores.confusion import NO_COUNTS
from monitor_core.scores.counts import Counts
from monitor_core.scores.metrics import METRIC, Average, Metric

PATIENCE_SECONDS = 0.5


def performance() -> Performance:
    """Return the scores of the selection."""
    return of_selection(state.selection())


def of_days_before() -> Performance | None:
    """Return the scores of the previous period; None for the whole history."""
    earlier = state.selection().period.previous()
    if state.shows_all_days() or earlier.first < FIRST_DAY:
        return None
    return of_selection(replace(state.selection(), period=earlier))


def of_comparison() -> Performance | None:
    """Return the scores of the comparison; None if there is none."""
    chosen = state.compared_with()
    return of_selection(chosen) if chosen else None


def of_selection(chosen: Selection) -> Performance:
    """Return the scores of a selection: counted each time, but derived only when the counts have changed."""
    with _counting() as progress:
        counts = session.store().counts.of(chosen, progress=progress)
    return replace(_derived(chosen, counts.digest, counts), counts=counts)


@contextmanager
def _counting() -> Iterator[Progress]:
    """Show the progress of a count, once it takes noticeably long."""
    began, place = time.monotonic(), st.empty()

    def progress(done: int, of: int) -> None:
        if done < of and time.monotonic() - began > PATIENCE_SECONDS:
            place.progress(
                done / of,
                f"Counting the documents of {wording.count(of, 'day')} that the history does not have: {done:,} done",
            )

    yield progress
    place.empty()


@session.cached_resource(max_entries=256, show_spinner=False)
def _derived(chosen: Selection, digest: bytes, _counts: Counts) -> Performance:
    """Derive scores and cache them without the cells: 0.1 MB instead of 20 MB for a year of 1000 classes."""
    derived = reports.performance_of(_counts, chosen, session.settings())
    return replace(derived, counts=replace(_counts, confusion=NO_COUNTS))


# ---- over time


def axis(now: Performance) -> Axis:
    """Return the granularity of charts over time of these scores: as chosen, or an automatic one."""
    chosen = state.granularity()
    return (
        Axis(chosen) if chosen else granularity.automatic(now, lambda: by_granularity("hour", now).points["reviewed"])
    )


def by_granularity(by: Granularity, scored: Performance) -> Performance:
    """Return the scores by hour, day, week or month; hours are counted again when a day's count changes."""
    return _by(by, scored.selection, scored.counts.digest, session.today(), scored)


def trends(
    now: Performance, by: Granularity, days: int, average: Average, metrics: Iterable[Metric]
) -> dict[str, pd.DataFrame]:
    """Return the trend over so many days of each of these metrics over time, by name; none of 0 days."""
    key = (now.selection, by, days, now.counts.digest)
    return _trends(*key, session.today(), tuple(of.key for of in metrics), average) if days else {}


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _trends(
    chosen: Selection,
    by: Granularity,
    days: int,
    digest: bytes,
    today: date,
    metrics: tuple[str, ...],
    average: Average,
) -> dict[str, pd.DataFrame]:
    counts = _with_days_before(chosen, days, digest).confusion
    lasts = [point.last for point in granularity.buckets(chosen.period, by, today)]
    return trend.trends_of(counts, lasts, days, [METRIC[key] for key in metrics], average)


# Counted again only when the selection has changed; few entries, as of `_by`.
@session.cached_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _with_days_before(chosen: Selection, days: int, digest: bytes) -> Counts:
    return session.store().counts.of(trend.with_days_before(chosen, days))


# Hours may change where days do not; few entries, for a year of 1000 classes is 30 MB.
@session.cached_resource(ttl=FRESH_SECONDS, max_entries=8, show_spinner=False)
def _by(by: Granularity, chosen: Selection, digest: bytes, today: date, _scored: Performance) -> Performance:
    return granularity.by(by, _scored, session.store(), today)
