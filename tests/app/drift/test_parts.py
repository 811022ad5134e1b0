"""The page on drift over a real MongoDB, through Streamlit's own AppTest."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.text import JOINER
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.rules import RULES
from monitor_core.drift.verdicts import PRESETS
from monitor_core.logger import history
from monitor_core.mongo.store import Store
from monitor_core.reports import drift as drift_page
from tests.app.drifting import day_of, today, well, with_a_new_class, write
from tests.app_pages import alts, said, visit
from tests.documents import fields

EVIL = "![x](http://example.invalid/a.png)"
REVIEWED = [rule for rule in RULES if rule.basis == "validated"]


def open_page(**query: Any) -> AppTest:
    app = visit("operate/drift", **query)
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.header] == ["Drift"]
    return app


def test_an_empty_database_is_said(store: Store) -> None:
    app = open_page()
    assert "does not exist" in said(app)
    assert alts(app) == []


def test_a_history_that_nobody_counts_is_said_with_the_remedy(store: Store) -> None:
    store.collection.insert_many(day_of(1, 4, 0))
    app = open_page()
    assert "python logger_worker.py" in said(app)
    assert alts(app) == []


def test_few_days_are_learned_from_and_judged_by_no_rule(store: Store) -> None:
    write(store, *well(1, first=9))
    app = open_page()
    assert len([box for box in app.info if "**Learning.**" in box.value]) == len(RULES)
    assert [tile.value for tile in app.metric] == ["learning"] * len(drift_page.DROPS)
    assert len(app.success) == len(app.error) == 0
    assert not [alt for alt in alts(app) if "by day" in alt]  # of nothing but undefined days Vega would complain
    assert said(app).count("Nothing to draw") >= len(RULES)


def test_a_model_that_is_well_is_stable(store: Store) -> None:
    write(store, *well(0))
    app = open_page()
    assert len([box for box in app.success if "**Stable.**" in box.value]) == len(RULES)
    assert len(app.error) == 0
    assert [tile.value.split()[1] for tile in app.metric] == ["days"] * len(drift_page.DROPS)
    fewer = [int(tile.value.split()[0]) for tile in app.metric]
    assert fewer == sorted(fewer, reverse=True)


def test_a_failing_class_is_named_and_its_confidence_seen(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", f'{{"0": "{EVIL}", "1": "blue"}}')
    write(make_store(), *well(6), *(day_of(n, 21, 7, confidence=0.4) for n in range(5, -1, -1)))
    app = open_page()
    drifted = "\n".join(box.value for box in app.error)
    assert "Recall of" in drifted or "Accuracy is falling" in drifted
    assert "Confidence has moved" in drifted
    assert EVIL not in drifted
    assert EVIL in drifted.replace("\\", "").replace(JOINER, "")
    assert app.dataframe[0].value.iloc[0]["class"] == EVIL
    assert app.dataframe[0].value.iloc[0]["recall, percentage points"] < -30


def test_predictions_that_nobody_reviews_leave_the_reviewed_rules_learning(store: Store) -> None:
    unreviewed = fields(validated=None, validated_at=None)
    write(store, *([document | unreviewed for document in day] for day in well(0)))
    app = open_page()
    assert len([box for box in app.info if "**Learning.**" in box.value]) == len(REVIEWED)
    assert len([box for box in app.success if "**Stable.**" in box.value]) == len(RULES) - len(REVIEWED)


def test_every_chart_has_rows_its_bands_and_a_description(store: Store) -> None:
    write(store, *well(0))
    app = open_page()
    assert len(alts(app)) == len(set(alts(app))) == len(RULES) + len([rule for rule in RULES if rule.categories])
    for chart in app.get("vega_lite_chart"):
        datasets = {dataset.name: dataset.data.data for dataset in chart.proto.datasets}
        assert datasets["table"]
        assert ("bands" in datasets) == ("by day" in chart.proto.alt)


def test_the_sensitivity_is_in_the_address_and_changes_what_rings(store: Store) -> None:
    write(store, *well(0))
    last = Period(today(store) - timedelta(29), today(store))
    for preset, days in PRESETS.items():
        report = drift_page.drift_report(store, last, preset)
        assert report
        assert report.rules["accuracy"].test.threshold == days
    assert "fires at 100" in said(open_page(preset="sensitive"))
    assert "fires at 200" in said(open_page(preset="banana"))


def test_the_verdict_of_a_day_is_the_same_in_every_period(store: Store) -> None:
    write(store, *well(6), *(day_of(n, 21, 7) for n in range(5, -1, -1)))
    courses = []
    for days in (7, 90):
        report = drift_page.drift_report(store, Period(today(store) - timedelta(days - 1), today(store)), "balanced")
        assert report
        courses.append(report.rules["accuracy"].days.tail(6).reset_index(drop=True))
    assert courses[0].equals(courses[1])
    assert set(courses[0]["verdict"]) == {"stable", "drifted"}


def test_a_verdict_of_old_is_none_of_today(store: Store) -> None:
    write(store, *well(0))
    day = store.history.days.find_one(sort=[("day", -1)])
    assert day is not None
    store.history.days.delete_many({"day": {"$gte": (today(store) - timedelta(days=4)).isoformat()}})
    app = open_page()
    assert "**Stable" not in said(app)
    assert f"Not judged since {wording.day(today(store) - timedelta(days=5))}" in said(app)


def test_a_verdict_of_a_logger_that_stopped_is_none_of_now(store: Store) -> None:
    write(store, *well(0))
    history.note_changes(store, store.now())
    assert "**Stable" in said(open_page())
    history.note_changes(store, store.now() - timedelta(days=1))
    app = open_page()
    assert "**Stable" not in said(app)
    assert f"Not judged since {wording.day(today(store) - timedelta(days=1))}" in said(app)


def test_a_new_class_is_said_with_what_was_recognised_of_it(store: Store) -> None:
    with_a_new_class(store)
    app = open_page(preset="balanced")
    since, last = today(store) - timedelta(days=9), today(store) - timedelta(days=1)
    recognised = "9 recognised (recall 8.3%, 95% interval "
    new = f"Class 7 is new since {wording.day(since)}: 108 samples"
    assert f"{new} {wording.during(Period(since, last))}, {recognised}" in said(app)
    assert f"from {wording.day(since + timedelta(days=67))} on." in said(app)
    assert "class 7 is new and not judged yet" in said(app)
    assert "Class 1 is new" not in said(app)
    metrics = visit("performance/metrics_by_class")
    assert f"{new} {wording.during(Period(since, today(store)))}, {recognised}" in said(metrics)
