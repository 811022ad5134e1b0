"""The commands on reviews and calibration, run as a user runs them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.contract.wording import written
from monitor_core.mongo.store import Store
from monitor_core.reports import calibration, reviews
from tests.command import run
from tests.reports.test_calibration import as_documents, raw_rows
from tests.reports.test_reviews import JUNE, documents

SPAN = ("--period", written(JUNE))


def told(*arguments: str) -> Any:
    ended = run(*arguments, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_the_reviews_as_json_hold_the_reports_numbers_and_keep_to_json(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Europe/Madrid")
    store = make_store(time_zone="Europe/Madrid")
    store.collection.insert_many(documents(800, seed=5))
    for basis in ("validated", "predicted"):
        found = told("reviews", *SPAN, "--basis", basis)
        report = reviews.reviews_report(store, Selection(JUNE, basis), store.now())
        assert found == json.loads(json.dumps(reviews.as_json(report, "Europe/Madrid"), allow_nan=False))
        days = found["by_day"].values()
        assert sum(day["predicted"] for day in days) == found["predicted"] > 0
        assert sum(day["reviewed"] for day in days) == found["reviewed"]
        for groups in (found["by_class"], found["by_confidence"]):
            assert sum(one["predicted"] for one in groups.values()) == found["predicted"]
        assert sum(found["backlog"]["by_age"].values()) == found["backlog"]["waiting"]


def test_calibration_as_json_holds_the_reports_numbers_of_a_class_and_of_other_bins(store: Store) -> None:
    for label in (1, 2):
        store.collection.insert_many(as_documents(*raw_rows(150, seed=label), output_prediction=label))
    for more, label, bins in (
        ((), None, "equal width"),
        (("--class", "2"), 2, "equal width"),
        (("--class", "2", "--bins", "count"), 2, "equal count"),
    ):
        found = told("calibration", *SPAN, *more)
        report = calibration.calibration_report(store, Selection(JUNE, "validated"), label, bins)
        assert found == json.loads(json.dumps(calibration.as_json(report, "UTC"), allow_nan=False))
        assert found["samples"] == (300 if label is None else 150)
        assert sum(row["samples"] for row in found["curve"]) == found["samples"]
    ended = run("calibration", *SPAN)
    assert ended.returncode == 0
    assert "A perfectly calibrated model would show" in ended.stdout


def test_an_empty_database_is_told_and_not_an_error(store: Store) -> None:
    for command in ("reviews", "calibration"):
        for more in (SPAN, ()):
            found = told(command, *more)
            assert found["reviewed"] == 0
            assert run(command, *more).returncode == 0
    assert told("calibration", *SPAN, "--class", "7")["class"] == 7
    ended = run("reviews", "--first", "2026-06-02", "--last", "2026-06-01")
    assert ended.returncode == 2
    assert "swap them" in ended.stderr


def test_a_configured_period_of_all_goes_back_to_the_first_prediction(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_PERIOD", "all")
    rows = as_documents(*raw_rows(3, seed=1))
    rows[0]["timestamp"] -= timedelta(days=90)
    store.collection.insert_many(rows)
    found = told("reviews")
    assert found["period"]["first"] == "2026-03-04"
    assert found["predicted"] == 3
    whole = Period(JUNE.first - timedelta(days=89), store.now().date())
    report = reviews.reviews_report(store, Selection(whole, "validated"), store.now())
    assert (report.predicted, report.reviewed) == (3, 3)
