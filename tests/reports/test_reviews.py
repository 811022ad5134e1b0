"""The report on reviews equals a recount of the raw documents, and its statistics those of other people's code."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import reviews
from monitor_core.reports.reviewers.confirmations import WITHOUT
from monitor_core.reports.reviews import reviews_report
from monitor_core.scores.coverage import SelectionBias, selection_bias
from tests.documents import FIELDS, at, fields
from tests.reports.raw import JUNE, documents, kind_of, told
from tests.scores.days import days_of, of_day

MADRID = ZoneInfo("Europe/Madrid")


NOW = at(2026, 7, 5, 12)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid"])
@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_the_report_equals_a_recount_of_documents_of_every_form(
    make_store: Callable[..., Store], basis: Any, zone: str
) -> None:
    store = make_store(time_zone=zone, class_names={1: "one"})
    raw = documents(2500, seed=3)
    store.collection.insert_many(raw)
    report = reviews_report(store, Selection(JUNE, basis), NOW)

    rows = [row for row in (told(document, store.settings.zone) for document in raw) if row]
    mine = [row | {"kind": kind_of(row)} for row in rows]
    inside = [row for row in mine if row["predicted"] in JUNE.days and row["kind"] != "unreadable"]
    reviewed = [row for row in inside if row["kind"] != "waiting"]
    assert len(inside) > 300
    assert (report.predicted, report.reviewed) == (len(inside), len(reviewed))
    for day in JUNE.days:
        row = report.daily[report.daily["day"].dt.date == day].iloc[0]
        assert row["predicted"] == sum(one["predicted"] == day for one in inside)
        assert row["reviewed"] == sum(one["predicted"] == day for one in reviewed)
    for table, group in (
        (report.by_class, lambda row: {1: "one"}.get(row["prediction"], str(row["prediction"]))),
        (report.by_confidence, band),
    ):
        assert dict(zip(table["name"], table["predicted"], strict=True)) == Counter(map(group, inside))
        assert {n: c for n, c in zip(table["name"], table["reviewed"], strict=True) if c} == Counter(
            map(group, reviewed)
        )
    kinds = Counter(row["kind"] for row in mine if row[basis] in JUNE.days)
    assert report.answers == {kind: kinds[kind] for kind in ("confirmed", "corrected", "rejected")}
    assert report.unreadable == sum(r["kind"] == "unreadable" and r["predicted"] in JUNE.days for r in mine)

    today = local_day(NOW, store.settings.zone)
    waiting = [r for r in mine if r["kind"] == "waiting" and r["predicted"] and r["predicted"] <= today]
    assert report.backlog.waiting == len(waiting)
    assert report.backlog.waiting_in_period == len(inside) - len(reviewed)
    assert report.backlog.oldest == min(row["predicted"] for row in waiting)
    ages = Counter(age(row["predicted"], today) for row in waiting)
    assert report.backlog.table.groupby("age")["waiting"].sum().loc[lambda s: s > 0].to_dict() == ages
    undated = [r for r in raw if store.settings.notation.instant_of(r.get(FIELDS.predicted_at)) is None]
    assert report.backlog.undated == len(undated)


def band(row: dict[str, Any]) -> str:
    if row["confidence"] is None:
        return WITHOUT
    low = min(9, int(row["confidence"] * 10))
    return f"{10 * low}–{10 * low + 10}%"


def age(day: date, today: date) -> str:
    days = (today - day).days
    names = {0: "today", 1: "1 day", 6: "2–6 days", 13: "7–13 days", 29: "14–29 days", 89: "30–89 days"}
    return next(name for last, name in names.items() if days <= last)


def test_an_empty_database_is_zeros_and_not_an_error(store: Store) -> None:
    for basis in ("validated", "predicted"):
        report = reviews_report(store, Selection(JUNE, basis), NOW)
        assert (report.predicted, report.reviewed, report.backlog.waiting, report.backlog.oldest) == (0, 0, 0, None)
        assert np.isnan(report.share)
        assert report.hours == {"median": None, "90%": None}
        assert report.incomplete == []
        assert reviews.unevenness(report) == []
        assert reviews.as_json(report, "UTC")["coverage"] is None


def test_a_day_is_maturing_while_more_than_the_share_waits() -> None:
    days = [of_day(8, 2), of_day(79, 21), of_day(0, 1), of_day(0, 0), of_day(1, 9), of_day(10, 0), of_day(0, 5)]
    period = Period(date(2026, 6, 1), date(2026, 6, 7))
    daily = reviews.daily_coverage(period, days, 0.2)
    assert reviews.incomplete_stretches(daily) == [
        Period(date(2026, 6, 2), date(2026, 6, 3)),
        Period(date(2026, 6, 5), date(2026, 6, 5)),
        Period(date(2026, 6, 7), date(2026, 6, 7)),
    ]
    assert reviews.incomplete_stretches(reviews.daily_coverage(period, days, 1.0)) == []
    assert np.isnan(daily["share"][3])


def test_the_setting_decides_which_days_are_maturing(make_store: Callable[..., Store]) -> None:
    common = fields(prediction=1, predicted_at=at(2026, 6, 3))
    done = common | fields(validated=1, validated_at=at(2026, 6, 20))
    for share, expected in ((0.2, [Period(date(2026, 6, 3), date(2026, 6, 3))]), (0.3, [])):
        store = make_store(maturing_share=share)
        store.collection.delete_many({})
        store.collection.insert_many([done | {} for _ in range(3)] + [common | {}])
        for basis in ("validated", "predicted"):
            assert reviews.incomplete_days(store, Selection(JUNE, basis)) == expected


def test_a_class_that_is_left_out_is_named_with_its_points(store: Store) -> None:
    rng = np.random.default_rng(2)
    prediction = rng.integers(0, 4, 2000)
    reviewed = rng.random(2000) < np.where(prediction == 2, 0.5, 0.8)
    days = days_of(rng.integers(0, 10, 2000), prediction, np.full(2000, 0.9), reviewed)
    table = reviews.class_coverage(days, store.settings)
    two = table[table["label"] == 2].iloc[0]
    assert two["differs"]
    overall = reviewed.mean()
    assert two["points"] == pytest.approx(100 * (reviewed[prediction == 2].mean() - overall), abs=1.5)
    low, high = stats.binomtest(int(two["reviewed"]), int(two["predicted"])).proportion_ci(method="wilson")
    assert (two["low"], two["high"]) == (pytest.approx(low), pytest.approx(high))
    assert reviews._uneven(table, "predicted class").startswith(
        f"Reviewed more or less often than the other predictions of the same days, by predicted class: "
        f"2 by {abs(two['points']):.1f} percentage points less"
    )
    assert selection_bias(days) is None  # all are as sure


def test_a_prediction_dated_in_the_future_does_not_wait_yet(store: Store) -> None:
    store.collection.insert_one(fields(prediction=1, predicted_at=NOW + timedelta(days=9)))
    period = Period(JUNE.first, date(2026, 7, 31))
    report = reviews_report(store, Selection(period, "predicted"), NOW)
    assert (report.predicted, report.backlog.waiting, report.backlog.oldest) == (1, 0, None)
    assert report.hours["median"] is None


def test_a_bias_is_said_if_it_matters() -> None:
    bias = SelectionBias(-21.4, -30.0, -12.0, 0.55, 0.95)
    assert reviews.bias_sentence(bias) == (
        "The more confident the model, the less often a prediction is reviewed: the share of reviewed predictions is "
        "21.4 percentage points lower at a confidence of 95% than at 55%, on the same days."
    )
    assert reviews.bias_sentence(replace(bias, high=1.0)) == reviews.bias_sentence(None) == ""
