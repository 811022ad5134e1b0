"""The backlog: all of it, by age, in the period and outside."""

from dataclasses import replace
from datetime import date

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.reviews import reviews_report
from monitor_core.reports.unreviewed.backlog import IN_PERIOD, age_name, backlog
from tests.documents import at, fields
from tests.reports.raw import JUNE
from tests.scores.days import of_day

NOW = at(2026, 7, 5, 12)


def test_without_predictions_nothing_waits() -> None:
    nothing = backlog({}, JUNE, JUNE.last, 3)
    assert (nothing.waiting, nothing.waiting_in_period, nothing.oldest, nothing.undated) == (0, 0, None, 3)


def test_the_ages_part_the_days() -> None:
    waiting = backlog({day: of_day(1, 2) for day in JUNE.days}, JUNE, JUNE.last, 0)
    by_age = waiting.table.groupby("age", sort=False)["waiting"].sum()
    assert by_age.to_dict() == {
        "today": 2, "1 day": 2, "2–6 days": 10, "7–13 days": 14, "14–29 days": 32, "30–89 days": 0,
        "90–364 days": 0, age_name(365, None): 0,
    }  # fmt: skip


def test_the_period_all_of_the_backlog_and_the_place_of_each(store: Store) -> None:
    common = fields(prediction=1)
    store.collection.insert_many(
        [
            common | fields(predicted_at=at(2026, 6, 3)),
            common | fields(predicted_at=at(2025, 1, 1)),
            common | fields(predicted_at=NOW),
        ]
    )
    report = reviews_report(store, Selection(JUNE, "validated"), NOW).backlog
    assert (report.waiting, report.waiting_in_period, report.oldest) == (3, 1, date(2025, 1, 1))
    waiting = report.table[report.table["waiting"] > 0]
    assert sorted(zip(waiting["age"], waiting["place"] == IN_PERIOD, strict=True)) == [
        ("30–89 days", True),
        ("365 days and more", False),
        ("today", False),
    ]
    whole = replace(Selection(JUNE, "predicted"), period=Period(date(2025, 1, 1), date(2026, 7, 5)))
    assert reviews_report(store, whole, NOW).backlog.waiting_in_period == 3
