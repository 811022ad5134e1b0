"""Predictions and reviews by hour, day, week and month, against the raw documents."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import GRANULARITIES
from monitor_core.reports.traffic import traffic_over_time
from tests.documents import FIELDS, prediction

PERIOD = Period(date(2026, 10, 20), date(2026, 11, 2))  # with the end of summer time
SELECTION = Selection(PERIOD, "validated")
TODAY = date(2026, 11, 3)
FORMS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    store, rng = make_store(time_zone="Europe/Madrid"), np.random.default_rng(1)
    start, end = PERIOD.bounds(store.settings.zone)
    instants = [start + (end - start) * share for share in rng.random(500).tolist()]
    waits = [timedelta(hours=float(hours)) for hours in rng.exponential(20, 500)]
    reviews = [None if n % 4 == 0 else wait for n, wait in enumerate(waits)]
    store.collection.insert_many(
        [
            prediction(instant, target=None if wait is None else 1 if n % 7 else "what", reviewed=wait)
            for n, (instant, wait) in enumerate(zip(instants, reviews, strict=True))
        ]
    )
    return store


def expected(store: Store, field: str, by: str) -> dict[str, int]:
    local = (
        value.astimezone(store.settings.zone)
        for document in store.collection.find({field: {"$ne": None}})
        if isinstance(value := document[field], datetime)
    )
    return dict(Counter(f"{at:{FORMS[by]}}" for at in local if PERIOD.first <= at.date() <= PERIOD.last))


@pytest.mark.parametrize("by", GRANULARITIES)
@pytest.mark.parametrize("stored", [False, True])
def test_every_document_is_in_its_hour_day_week_and_month(store: Store, by: Any, stored: bool) -> None:
    if stored:
        history.refresh(store)
        history.note_changes(store)
    for kind, field in (("predictions", FIELDS.predicted_at), ("reviews", FIELDS.validated_at)):
        table = traffic_over_time(store, SELECTION, kind, by, TODAY)  # type: ignore[arg-type]
        counted = table.groupby("label")["count"].sum()
        assert counted[counted > 0].to_dict() == expected(store, field, by)
        assert len(table) == {"hour": 14 * 24 + 1, "day": 14, "week": 3, "month": 2}[by]
        assert table["start"].iloc[0].date() == PERIOD.first


def test_a_longer_period_has_the_hours_of_its_first_days(store: Store) -> None:
    longer = Selection(Period(PERIOD.first, PERIOD.first + timedelta(40)), "validated")
    table = traffic_over_time(store, longer, "predictions", "hour", TODAY)
    assert table["start"].max().date() == PERIOD.last
