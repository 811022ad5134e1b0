"""The report on data quality: what the worker keeps, what is looked at now, and what is said of the rest."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor_core.cli.main import app
from monitor_core.contract.calendar import Period
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from monitor_core.reports import quality
from monitor_core.reports.quality import quality_report
from tests.conftest import plans
from tests.reports.odd import EXPECTED, PERIOD, TODAY, good, look, noon, odd_documents, write


def report(store: Store, most: int | None = quality.LIVE_MOST) -> quality.QualityReport:
    return quality_report(store, PERIOD, datetime.now(UTC), most)


def counts(found: quality.QualityReport) -> dict[str, int]:
    return {one.name: one.documents for one in found.findings}


@pytest.mark.parametrize("worker", [True, False])
def test_the_report_is_the_same_with_a_worker_and_without(store: Store, worker: bool) -> None:
    write(store, odd_documents())
    if worker:
        look(store)
    result = report(store)
    assert counts(result) == EXPECTED
    assert (result.documents, result.used, result.not_reviewed, result.undated) == (14, 11, 1, 2)
    assert result.documents == result.used + result.not_reviewed + sum(result.set_aside.values())
    assert result.documents + result.undated + 1 == store.collection.count_documents({})  # and one that is to come
    assert result.live == (0 if worker else 14)
    assert (result.unchecked, result.unchecked_bounded) == (0, False)
    (confidence,) = (one for one in result.findings if one.name == "bad_confidence")
    assert [example.value for example in confidence.examples] == ["90"]
    days = confidence.daily[confidence.daily["documents"] > 0]
    assert [(row.day.date(), row.documents, row.of) for row in days.itertuples()] == [(noon(4).date(), 1, 2)]


def test_the_gravest_stand_first(store: Store) -> None:
    write(store, odd_documents())
    effects = [one.problem.effect for one in report(store).findings]
    assert effects == sorted(effects, key=["set aside", "counted", "ignored", "note"].index)


def test_a_percentage_is_a_confidence_where_the_setting_says_so(make_store: Callable[..., Store]) -> None:
    store = make_store(confidence_scale="percent")
    write(store, [good(3, confidence=86), good(3, confidence=95), good(4, confidence=130)])
    (finding,) = report(store).findings
    assert (finding.name, finding.documents) == ("bad_confidence", 1)
    assert finding.problem.title == "Confidence outside 0 to 100"
    assert finding.problem.remedy.startswith("Write a number from 0 to 100;")
    assert [example.value for example in finding.examples] == ["130"]


def test_without_a_worker_the_newest_are_looked_at_and_the_rest_is_said(store: Store) -> None:
    write(store, [good(n) for n in range(1, 11) for _ in range(10)] + [good(9, prediction="cat")])
    result = report(store, most=35)
    assert (result.documents, result.live, result.unchecked) == (35, 35, 66)
    assert counts(result) == {}
    whole = report(store, most=None)
    assert (whole.documents, whole.unchecked) == (101, 0)
    assert counts(whole) == {"unreadable_prediction": 1}


def test_the_count_of_what_was_not_looked_at_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "UNCHECKED_MOST", 20)
    write(store, [good(n) for n in range(1, 11) for _ in range(10)])
    result = report(store, most=30)
    assert (result.documents, result.unchecked, result.unchecked_bounded) == (30, 20, True)


def test_days_without_a_record_are_looked_at_beside_those_with_one(store: Store) -> None:
    write(store, [good(n) for n in range(2, 6)])
    look(store)
    store.database["monitor_quality"].delete_one({"_id": noon(3).date().isoformat()})
    write(store, [good(1, prediction="cat")])
    store.database["monitor_quality"].delete_one({"_id": noon(1).date().isoformat()})
    result = report(store)
    assert (result.documents, result.live) == (5, 2)
    assert counts(result) == {"unreadable_prediction": 1}


# ---- fields


def fields_on(days: range, n: int = 30, reviewed: bool = True, **more: Any) -> list[dict[str, Any]]:
    return [good(day, **({} if reviewed else {"validated": None}), **more) for day in days for _ in range(n)]


def changes(store: Store) -> list[tuple[str, str, int, str]]:
    return [(one.name, one.kind, (TODAY - one.day).days, one.among) for one in report(store).changes]


def test_a_field_that_appears_and_one_that_vanishes_are_told_once(store: Store) -> None:
    write(store, fields_on(range(8, 18), camera=1) + fields_on(range(1, 8), lens=1))
    assert changes(store) == [("lens", "appeared", 7, "reviewed"), ("camera", "vanished", 7, "reviewed")]


def test_what_the_reviewer_adds_does_not_vanish_where_few_are_reviewed(store: Store) -> None:
    for day in range(1, 15):
        reviewed = 60 if day > 4 else 10 * day
        write(store, fields_on(range(day, day + 1), reviewed, reviewer="Ada", logged=True))
        write(store, [*fields_on(range(day, day + 1), 61 - reviewed, reviewed=False)])
    assert changes(store) == []


def test_chance_and_few_documents_are_no_change(store: Store) -> None:
    write(store, [good(day, **({"flash": 1} if n % 3 == day % 2 else {})) for day in range(1, 15) for n in range(30)])
    write(store, fields_on(range(15, 16), 5, rare=1))
    assert changes(store) == []


def test_random_keys_hide_no_real_change(store: Store) -> None:
    write(
        store,
        [
            good(day, **{f"key {day} {n}": 1}, **({"lens": 1} if day < 4 else {}))
            for day in range(1, 9)
            for n in range(250)
        ],
    )
    result = report(store, most=None)
    assert result.fields_cut
    assert [(one.name, one.kind, one.day) for one in result.changes] == [("lens", "appeared", noon(3).date())]


# ---- asked


def test_a_view_of_kept_days_reads_no_document(store: Store) -> None:
    store.indexes.create()
    write(store, odd_documents())
    look(store)
    kept = Period(noon(9).date(), noon(1).date())
    asked = plans(store, lambda watched: quality_report(watched, kept, datetime.now(UTC)))
    assert len(asked) == 2  # the dates to come, of predictions and reviews
    assert all("IXSCAN" in plan and "COLLSCAN" not in plan for plan in asked)


def test_which_days_are_due_is_answered_from_an_index(store: Store) -> None:
    store.history.create_indexes()
    write(store, odd_documents())
    history.refresh(store)
    query = {"basis": "predicted", "made_from": "x"}
    plan = str(
        store.history.days.find(query, {"_id": 0, "day": 1, "digest": 1}).explain()["queryPlanner"]["winningPlan"]
    )
    assert "PROJECTION_COVERED" in plan
    assert "FETCH" not in plan


# ---- the command line


def test_an_empty_collection_has_no_problem(store: Store) -> None:
    told = CliRunner().invoke(app, ["quality", "--whole"])
    assert told.exit_code == 0
    assert "keep to the contract" not in told.output
    assert report(store).documents == 0
