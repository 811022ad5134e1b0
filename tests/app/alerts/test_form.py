"""The form of a rule on the page Alerts."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.alerting.rules import rule_from
from monitor_core.app.alerts.rules import NEW_RULE
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from tests.app.alerts.shown import checked, open_page
from tests.app_pages import alts, said

MUTE = [{"weekdays": ["sat", "sun"], "first_hour": 0, "last_hour": 23}]
RULE: dict[str, Any] = {
    "name": "blue",
    "title": "Blue is low",
    "conditions": [
        {"metric": "recall", "operator": "below", "threshold": 0.123456789, "label": 2, "judge": "value"},
        {"metric": "accuracy", "operator": "changed_by_more_than", "threshold": 5, "direction": "down"},
    ],
    "join": "any",
    "basis": "predicted",
    "readiness_days": 3,
    "mute": MUTE,
    "reference": {"kind": "period", "first": "2026-01-01", "last": "2026-02-01", "excluded": ["2026-01-06"]},
    "notify": ["gone"],
}


def field(app: AppTest, kind: str, label: str, number: int = 0) -> Any:
    return [widget for widget in getattr(app, kind) if widget.label == label][number]


def choose(app: AppTest, kind: str, label: str, value: Any, number: int = 0) -> AppTest:
    return checked(field(app, kind, label, number).set_value(value).run())


def save(app: AppTest) -> AppTest:
    app.text_input(key="who saves").set_value("Ada")
    return checked(field(app, "button", "Save the rule").click().run())


def can_be_saved(app: AppTest) -> bool:
    return any(button.label == "Save the rule" for button in app.button)


def stored(store: Store, name: str) -> dict[str, Any]:
    return Rulebook(store).rule(name).model_dump(mode="json", exclude={"version", "changed_at", "changed_by"})


def test_a_rule_is_made_with_the_form_and_tried_before_it_is_saved(ringing: Store) -> None:
    app = open_page(edit=NEW_RULE)
    app = choose(app, "text_input", "Title", "Accuracy is too low")
    app = choose(app, "selectbox", "Metric", "accuracy")
    app = choose(app, "selectbox", "Condition", "below")
    assert "Enter a number." in said(app)
    assert not can_be_saved(app)
    app = choose(app, "number_input", "Threshold (%)", 90.0)
    app = choose(app, "number_input", "Window (days)", 1)
    assert "would have fired on 6 of 30 days" in said(app)
    assert "Accuracy is too low: what the rule would have measured" in alts(app)[0]
    app = save(app)
    assert field(app, "selectbox", "Change a rule").value == "accuracy-is-too-low"
    assert field(app, "number_input", "Threshold (%)").value == 90.0
    rule = Rulebook(ringing).rule("accuracy-is-too-low")
    (condition,) = rule.conditions
    assert (condition.metric, condition.operator, condition.threshold) == ("accuracy", "below", 0.9)
    assert (rule.window_days, rule.changed_by, rule.version) == (1, "Ada", 1)


@pytest.mark.parametrize(
    ("kind", "label", "value", "sentence"),
    [
        ("text_input", "Title", " ", "Enter a title"),
        ("text_input", "Name", "Not A Name", "Use up to 60 lower-case letters"),
        ("text_input", "Name", "accuracy-falling", "There is a rule with this name already"),
        ("number_input", "Threshold (%)", 170.0, "Recall lies between 0.0% and 100.0%."),
        ("selectbox", "Metric", "predictions", "The number of predictions goes by prediction day"),
    ],
)
def test_a_mistake_is_a_sentence_beside_its_field_and_nothing_can_be_saved(
    ringing: Store, kind: str, label: str, value: Any, sentence: str
) -> None:
    app = choose(open_page(edit=NEW_RULE), kind, label, value)
    assert f":red[{sentence}" in said(app).replace("\\", "")
    assert not can_be_saved(app)
    assert not app.error


def test_saving_a_form_changes_what_was_changed_and_drops_nothing(ringing: Store) -> None:
    """The rule has fields that only JSON can write, and a share that no percent can."""
    Rulebook(ringing).add(rule_from(RULE), "Ada", ringing.now())
    before = stored(ringing, "blue")
    app = open_page(edit="blue")
    words = said(app)
    assert "Not in the form, and kept as it is" in words
    assert "It does not notify on sat and sun from 00:00 to 00:00." in words
    assert "its dates, 1 Jan 2026 to 1 Feb 2026 and 1 excluded day" in words
    assert "Recall is judged by its value, not by its interval." in words
    app = choose(app, "text_input", "Title", "Blue is very low")
    save(app)
    assert stored(ringing, "blue") == before | {"title": "Blue is very low"}


def test_form_and_json_go_on_from_each_other(ringing: Store) -> None:
    app = choose(open_page(edit=NEW_RULE), "text_input", "Title", "From the form")
    (way,) = (control for control in app.button_group if control.label == "Edit as")
    app = checked(way.set_value("JSON").run())
    area = next(area for area in app.text_area if area.label == "The rule, as JSON")
    assert '"title": "From the form"' in area.value
    app = checked(area.set_value(area.value.replace("From the form", "From JSON")).run())
    (way,) = (control for control in app.button_group if control.label == "Edit as")
    app = checked(way.set_value("form").run())
    assert field(app, "text_input", "Title").value == "From JSON"


def test_conditions_are_added_and_removed(ringing: Store) -> None:
    app = open_page(edit="data-quality")
    assert len([box for box in app.selectbox if box.label == "Metric"]) == 3
    app = checked(field(app, "button", "Remove the last condition").click().run())
    assert len([box for box in app.selectbox if box.label == "Metric"]) == 2
    app = checked(field(app, "button", "Add a condition").click().run())
    app = choose(app, "selectbox", "Metric", "backlog", 2)
    app = choose(app, "selectbox", "Condition", "above", 2)
    app = choose(app, "number_input", "Threshold", 500.0)
    save(app)
    conditions = Rulebook(ringing).rule("data-quality").conditions
    assert [(condition.metric, condition.threshold) for condition in conditions] == [
        ("unreadable_predictions", 0.01),
        ("unreadable_reviews", 0.01),
        ("backlog", 500),
    ]


def test_a_rule_chooses_among_targets_with_names(ringing: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "MONITOR_NOTIFY=team=slack" in said(open_page(edit="logger-lags")).replace("\\", "")
    monkeypatch.setenv("MONITOR_NOTIFY", "team=json://user:hunter2@127.0.0.1:9/hook json://127.0.0.1:9/other")
    st.cache_resource.clear()
    app = open_page(edit="logger-lags")
    assert field(app, "multiselect", "Who is notified").options == ["team"]
    save(choose(app, "multiselect", "Who is notified", ["team"]))
    assert Rulebook(ringing).rule("logger-lags").notify == ("team",)
    assert "hunter2" not in said(app)
