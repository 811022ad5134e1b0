"""The page on alerts over a real MongoDB, through Streamlit's own AppTest."""

import json
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.alerts import navigation
from monitor_core.app.alerts.rules import NEW_RULE
from monitor_core.contract.calendar import Period
from monitor_core.drift.rules import RULES
from monitor_core.logger import tick as jobs
from monitor_core.logger.judging import Judge
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import drift as drift_page
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.app_pages import said, visit
from tests.pages.drifting import accuracy_alert, day_of, today, well, write

EVIL = "![x](http://example.invalid/a.png)"


BELOW = [{"metric": "accuracy", "operator": "below", "threshold": 0.9}]


@pytest.fixture
def ringing(store: Store) -> Store:
    """A model whose class 0 fails since six days, judged by the default rules."""
    write(store, *well(6), *(day_of(n, 21, 7, confidence=0.4) for n in range(5, -1, -1)))
    Judge(store).evaluate_all(store.now())
    return store


def open_page(**query: Any) -> AppTest:
    app = visit("operate/alerts", **query)
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert [found.value for found in app.exception] == []
    assert [found.value for found in app.header] == ["Alerts"]
    return app


def alts(app: AppTest) -> list[str]:
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]


def look_at(store: Store) -> AppTest:
    return open_page(alert=accuracy_alert(store).id)


def press(app: AppTest, label: str, by: str = "Ada", text: str = "") -> AppTest:
    app.text_input(key="who").set_value(by)
    app.text_area[0].set_value(text)
    (button,) = (found for found in app.button if found.label == label)
    return checked(button.click().run())


def test_before_the_first_run_there_is_nothing(store: Store) -> None:
    app = open_page()
    assert "Nothing is open" in said(app)
    (rules,) = (frame.value for frame in app.dataframe)
    assert set(rules["says"]) == {"not judged yet"}
    assert "accuracy-falling" in set(rules["rule"])


def test_the_open_alerts_stand_with_their_sentences_and_figures(ringing: Store) -> None:
    app = open_page()
    alerts = Alerts(ringing).open_alerts()
    assert {"accuracy-falling", "confidence-moved"} <= {alert.rule for alert in alerts}
    for alert in alerts:
        assert alert.title in said(app)
        assert alert.evaluation.sentence in said(app)
    assert "(minimum " in said(app)
    assert f"since {today(ringing)}" in said(app)


def test_the_filters_are_in_the_address(ringing: Store) -> None:
    assert "Confidence has moved" not in said(open_page(severity="critical"))
    assert "Accuracy is falling" not in said(open_page(rule="confidence-moved"))
    assert "No such alert" in said(open_page(state="resolved"))
    assert "Accuracy is falling" in said(open_page(state="banana", severity="<b>"))


def test_what_is_open_is_counted_for_the_navigation(ringing: Store) -> None:
    assert navigation.open_count() == len(Alerts(ringing).open_alerts()) >= 2


def test_an_alert_opens_its_evidence(ringing: Store) -> None:
    app = look_at(ringing)
    (alt,) = alts(app)
    assert "Accuracy is falling" in alt
    assert f"Alerts: Accuracy is falling, critical, {today(ringing)}" in alt
    assert "Confidence" not in alt
    mistakes = app.dataframe[0].value
    assert mistakes.iloc[0][["true class", "prediction"]].tolist() == ["0", "1"]
    (link,) = app.get("link_button")
    assert link.proto.url.startswith("./drift?period=custom&range=")


@pytest.mark.parametrize("answer", ["Acknowledge", "False alarm", "Note", "Snooze"])
def test_an_answer_is_kept_with_its_name(ringing: Store, answer: str) -> None:
    app = press(look_at(ringing), answer, by="Ada *L*", text=f"seen, {EVIL}")
    alert = accuracy_alert(ringing)
    marks = [mark for mark in (alert.acknowledged, alert.false_alarm, *alert.notes) if mark]
    assert {mark.by for mark in marks} == {"Ada *L*"}
    assert f"seen, {EVIL}" in {mark.text for mark in marks}
    assert (alert.acknowledged is not None) == (answer == "Acknowledge")
    assert (alert.false_alarm is not None) == (answer == "False alarm")
    if answer == "Snooze":
        assert alert.snoozed_until
        assert timedelta() < alert.snoozed_until - ringing.now() <= timedelta(1)
        assert "snoozed until" in said(app)
    assert f"Ada *L*: seen, {EVIL}" in said(app)
    assert not any(EVIL in found.value for found in [*app.markdown, *app.caption])
    assert app.text_area[0].value == ""


def test_an_answer_without_a_name_is_refused(ringing: Store) -> None:
    app = press(look_at(ringing), "Acknowledge", by=" ")
    assert "Say who you are" in said(app)
    assert accuracy_alert(ringing).acknowledged is None


def test_an_empty_note_is_refused(ringing: Store) -> None:
    assert "A note has a text" in said(press(look_at(ringing), "Note"))
    assert accuracy_alert(ringing).notes == ()


def test_a_resolved_alert_is_shown_by_its_link_and_not_in_the_feed(ringing: Store) -> None:
    alert = accuracy_alert(ringing)
    Rulebook(ringing).enable(alert.rule, False, "Ada", ringing.now())
    Judge(ringing).evaluate_all(ringing.now())
    assert alert.title not in said(open_page(severity="critical"))
    app = open_page(alert=alert.id)
    assert "critical, resolved" in said(app)
    assert "The rule was disabled or removed" in said(app)
    assert "There is no alert" in said(open_page(alert="none/2026-01-01"))


def test_after_a_false_alarm_the_drift_page_starts_again_too(ringing: Store) -> None:
    def evidence() -> float:
        found = drift_page.drift_report(ringing, Period(today(ringing), today(ringing)), "balanced")
        assert found
        return found.rules["accuracy"].test.statistic

    before = evidence()
    press(look_at(ringing), "False alarm")
    assert evidence() < before / 2
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert f"started again on {today(ringing)}" in said(app.switch_page("pages/operate/drift.py").run())


def test_the_drift_page_says_what_the_rules_say(ringing: Store) -> None:
    found = drift_page.drift_report(ringing, Period(today(ringing), today(ringing)), "balanced")
    assert found
    says = {one.rule.name: one.evaluations[0] for one in Rulebook(ringing).latest()}
    for rule in RULES:
        test, evaluation = found.rules[rule.key].test, says[rule.alert.name]
        assert (test.verdict == "drifted") == evaluation.fires
        assert test.effect == pytest.approx(evaluation.value)


def test_the_other_pages_charts_carry_the_bands(ringing: Store) -> None:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    by_day = next(chart.proto for chart in app.get("vega_lite_chart") if "by day" in chart.proto.alt)
    assert "Accuracy is falling, critical" in by_day.alt
    assert "Confidence has moved, warning" in by_day.alt
    assert {dataset.name for dataset in by_day.datasets} == {"table", "bands", "annotations"}
    assert "Shaded, alerts: " in said(app)


def type_rule(app: AppTest, text: str) -> AppTest:
    (area,) = (found for found in app.text_area if found.label == "The rule, as JSON")
    return checked(area.set_value(text).run())


def save(app: AppTest, by: str = "Ada") -> AppTest:
    app.text_input(key="who saves").set_value(by)
    (button,) = (found for found in app.button if found.label == "Save the rule")
    return checked(button.click().run())


def can_be_saved(app: AppTest) -> bool:
    return any(button.label == "Save the rule" for button in app.button)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{", "This is no JSON"),
        ("[]", "A rule is a JSON object"),
        ('{"name": "x", "title": "x", "conditions": []}', "The rule cannot be used: conditions"),
        (json.dumps({"name": "x", "title": "x", "conditions": [{"metric": EVIL, "operator": "above"}]}), EVIL),
    ],
)
def test_a_rule_that_cannot_be_used_is_explained_and_not_saved(ringing: Store, typed: str, sentence: str) -> None:
    app = type_rule(open_page(edit="accuracy-falling"), typed)
    assert sentence in said(app)
    assert len(app.error) == 1
    assert not can_be_saved(app)
    assert EVIL not in app.error[0].value


def test_a_new_rule_shows_when_it_would_have_fired_before_it_is_saved(ringing: Store) -> None:
    typed = json.dumps({"name": "too-low", "title": "Too low", "conditions": BELOW, "window_days": 1})
    app = type_rule(open_page(edit=NEW_RULE), typed)
    assert "Would have fired on 6 of 30 days" in said(app)
    assert "Too low: what the rule would have measured" in alts(app)[0]
    assert "too-low" not in [rule.name for rule in Rulebook(ringing).rules()]
    save(app)
    found = Rulebook(ringing).rule("too-low")
    assert (found.changed_by, found.version) == ("Ada", 1)


def test_an_edited_rule_is_the_next_version(ringing: Store) -> None:
    app = open_page(edit="confidence-moved")
    area = next(found for found in app.text_area if found.label == "The rule, as JSON")
    app = type_rule(app, json.dumps(json.loads(area.value) | {"enabled": False}))
    assert "Say who you are" in said(save(app, by=""))
    assert Rulebook(ringing).rule("confidence-moved").version == 1
    app = save(app)
    found = Rulebook(ringing).rule("confidence-moved")
    assert (found.version, found.enabled, found.changed_by) == (2, False, "Ada")
    rules = next(frame.value for frame in app.dataframe if "asks" in frame.value)
    assert rules.set_index("rule").loc["confidence-moved", "state"] == "disabled"
    assert "2: changed by Ada" in said(app).replace("*", "")


def test_a_rule_about_this_moment_has_no_past(ringing: Store) -> None:
    app = open_page(edit="logger-lags")
    assert "cannot be judged on past days" in said(app)
    assert can_be_saved(app)


def test_a_notification_that_has_not_arrived_is_said_without_its_address(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", "json://user:hunter2@127.0.0.1:9/hook")
    monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
    told = Store(load().settings)
    told.collection.insert_one(
        {
            "output_prediction": 1,
            "output_validated": 1,
            "timestamp": told.now() - timedelta(days=9),
            "timestamp_validated": told.now() - timedelta(days=9),
        }
    )
    jobs.tick(told)
    warnings = "\n".join(found.value for found in open_page().warning)
    assert "1 notification has not arrived" in warnings
    assert "hunter2" not in warnings
