"""The page on alerts over a real MongoDB, through Streamlit's own AppTest."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.alerts import navigation
from monitor_core.app.frame import session
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.drift.rules import RULES
from monitor_core.logger import tick as jobs
from monitor_core.logger.judging import Judge
from monitor_core.mongo.alerts import Alerts, Filter
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import drift as drift_page
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load
from tests.app.alerts.shown import checked, look_at, open_page
from tests.app.drifting import accuracy_alert, today
from tests.app_pages import said
from tests.documents import fields

EVIL = "![x](http://example.invalid/a.png)"


def in_the_navigation() -> str:
    """Return what a session's navigation calls the page."""

    def script() -> None:
        import streamlit as st

        from monitor_core.app.alerts import navigation

        st.text(navigation.counted("Alerts"))

    return str(AppTest.from_function(script).run().text[0].value)


def press(app: AppTest, label: str, by: str = "Ada", text: str = "") -> AppTest:
    app.text_input(key="who").set_value(by)
    app.text_area[0].set_value(text)
    (button,) = (found for found in app.button if found.label == label)
    return checked(button.click().run())


def test_before_the_first_run_there_is_nothing(store: Store) -> None:
    app = open_page()
    assert "never been judged" in said(app)
    (rules,) = (frame.value for frame in app.dataframe)
    assert set(rules["status"]) == {"not judged yet"}
    assert "accuracy-falling" in set(rules["rule"])


def test_the_open_alerts_stand_with_their_sentences(ringing: Store) -> None:
    app = open_page()
    alerts = Alerts(ringing).open_alerts()
    assert {"accuracy-falling", "confidence-moved"} <= {alert.rule for alert in alerts}
    for alert in alerts:
        assert alert.title in said(app)
        assert alert.evaluation.sentence in said(app)
    assert f"since {wording.day(today(ringing))}" in said(app)


def test_the_filters_are_in_the_address(ringing: Store) -> None:
    assert "Confidence has moved" not in said(open_page(severity="critical"))
    assert "Accuracy is falling" not in said(open_page(rule="confidence-moved"))
    assert "No alert matches the filters" in said(open_page(state="resolved"))
    assert "Accuracy is falling" in said(open_page(state="banana", severity="<b>"))


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
    assert "Enter your name" in said(app)
    assert accuracy_alert(ringing).acknowledged is None


def test_the_new_normal_closes_the_alert_and_is_among_what_happened(ringing: Store) -> None:
    alert = accuracy_alert(ringing)
    press(look_at(ringing), "This is the new normal")
    assert alert.id not in {one.id for one in Alerts(ringing).open_alerts()}
    shown = said(open_page(alert=alert.id))
    assert "Accepted as the new normal" in shown
    assert "called this the new normal" in shown


def test_an_empty_note_is_refused(ringing: Store) -> None:
    assert "A note needs a text" in said(press(look_at(ringing), "Note"))
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


def opener(app: AppTest, alert_id: str) -> Any:
    return app.button(key=f"open {alert_id}")


def test_each_alert_opens_by_its_own_button_and_its_address_names_it(ringing: Store) -> None:
    first, second = [alert.id for alert in Alerts(ringing).page(Filter(open=True))[0]][:2]
    app = open_page()
    assert not [box for box in app.selectbox if box.label == "Alert"]
    assert "Your answer" not in said(app)
    app = checked(opener(app, first).click().run())
    assert app.query_params["alert"] == first
    assert (opener(app, first).label, opener(app, second).label) == ("Close", "Details")
    assert said(app).count("Your answer") == 1
    app = checked(opener(app, second).click().run())
    assert app.query_params["alert"] == second
    assert (opener(app, first).label, opener(app, second).label) == ("Details", "Close")
    app = checked(opener(app, second).click().run())
    assert "alert" not in app.query_params
    assert "Your answer" not in said(app)


def test_after_a_false_alarm_the_drift_page_starts_again_too(ringing: Store) -> None:
    press(look_at(ringing), "False alarm")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    assert f"started again on {wording.day(today(ringing))}" in said(app.switch_page("pages/operate/drift.py").run())


def test_the_drift_page_says_what_the_rules_say(ringing: Store) -> None:
    found = drift_page.drift_report(ringing, Period(today(ringing), today(ringing)), "balanced")
    assert found
    says = {one.rule.name: one.evaluations[0] for one in Rulebook(ringing).latest()}
    for rule in RULES:
        test, evaluation = found.rules[rule.key].test, says[rule.alert.name]
        assert (test.verdict == "drifted") == evaluation.fires
        assert test.effect == pytest.approx(evaluation.value)


def test_a_notification_that_has_not_arrived_is_said_without_its_address(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", "json://user:hunter2@127.0.0.1:9/hook")
    monkeypatch.setenv("MONITOR_NOTIFY_ALLOW_PRIVATE", "true")
    told = Store(load().settings)
    told.collection.insert_one(
        fields(
            prediction=1,
            validated=1,
            predicted_at=told.now() - timedelta(days=9),
            validated_at=told.now() - timedelta(days=9),
        )
    )
    jobs.tick(told)
    warnings = "\n".join(found.value for found in open_page().warning)
    assert "1 notification has not been delivered" in warnings
    assert "hunter2" not in warnings


def test_nothing_is_open_is_only_said_when_the_rules_are_judged(store: Store) -> None:
    app = open_page()
    assert "No alert is open" not in said(app)
    assert "The rules have never been judged" in said(app)
    assert in_the_navigation() == "Alerts :orange[●] never judged"

    for name in [rule.name for rule in Rulebook(store).rules()]:
        Rulebook(store).seed(store.now())
        Rulebook(store).note_judged(name, today(store), [], store.now() - timedelta(days=3))
    session.timeliness.clear()
    app = open_page()
    assert "No alert is open" not in said(app)
    assert "have not been judged since" in said(app)
    assert in_the_navigation() == "Alerts :orange[●] not judged"
    assert navigation.without_colour("Alerts :orange[●] not judged") == "Alerts ● not judged"

    for name in [rule.name for rule in Rulebook(store).rules()]:
        Rulebook(store).note_judged(name, today(store), [], store.now())
    session.timeliness.clear()
    app = open_page()
    assert "No alert is open" in said(app)
    assert in_the_navigation() == "Alerts"
