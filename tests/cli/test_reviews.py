"""The command `reviews`, run as a user runs it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import written
from monitor_core.mongo.store import Store
from monitor_core.reports import reviews
from tests.command import run, run_json
from tests.documents import FIELDS
from tests.reports.raw import JUNE, as_documents, documents, raw_rows

JUNE_DAYS = ("--period", written(JUNE))


def test_the_reviews_as_json_hold_the_reports_numbers_and_keep_to_json(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Europe/Madrid")
    store = make_store(time_zone="Europe/Madrid")
    store.collection.insert_many(documents(800, seed=5))
    for basis in ("validated", "predicted"):
        figures = run_json("reviews", *JUNE_DAYS, "--basis", basis)
        report = reviews.reviews_report(store, Selection(JUNE, basis), store.now())
        assert figures == json.loads(json.dumps(reviews.as_json(report, "Europe/Madrid"), allow_nan=False))
        days = figures["by_day"].values()
        assert sum(day["predicted"] for day in days) == figures["predicted"] > 0
        assert sum(day["reviewed"] for day in days) == figures["reviewed"]
        for groups in (figures["by_class"], figures["by_confidence"]):
            assert sum(group["predicted"] for group in groups.values()) == figures["predicted"]
        assert sum(figures["backlog"]["by_age"].values()) == figures["backlog"]["waiting"]


def test_an_empty_database_is_not_an_error(store: Store) -> None:
    for command in ("reviews", "calibration"):
        for more in (JUNE_DAYS, ()):
            figures = run_json(command, *more)
            assert figures["reviewed"] == 0
            assert run(command, *more).returncode == 0
    assert run_json("calibration", *JUNE_DAYS, "--class", "7")["class"] == 7
    ended = run("reviews", "--first", "2026-06-02", "--last", "2026-06-01")
    assert ended.returncode == 2
    assert "swap them" in ended.stderr


def test_a_configured_period_of_all_goes_back_to_the_first_prediction(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_PERIOD", "all")
    rows = as_documents(*raw_rows(3, seed=1))
    rows[0][FIELDS.predicted_at] -= timedelta(days=90)
    store.collection.insert_many(rows)
    figures = run_json("reviews")
    assert figures["period"]["first"] == "2026-03-04"
    assert figures["predicted"] == 3
    whole = Period(JUNE.first - timedelta(days=89), store.now().date())
    report = reviews.reviews_report(store, Selection(whole, "validated"), store.now())
    assert (report.predicted, report.reviewed) == (3, 3)
