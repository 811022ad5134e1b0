"""The feed of alerts, a single alert, and its answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import streamlit as st

from monitor_core.alerting.events import EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.app.alerts import verdict
from monitor_core.app.alerts.navigation import open_count
from monitor_core.app.frame import errors, login, session, state, time_charts
from monitor_core.app.frame.address import entries
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.calendar import local_day, start_of
from monitor_core.contract.errors import MonitorError
from monitor_core.drift.rules import DriftRule
from monitor_core.mongo.alerts import PAGE, Alerts, Filter
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports.alerts import ANY, STATES
from monitor_core.settings.place import CLI

LONGEST_TEXT = 2000
NEW_NORMAL = "This is the new normal"
ANSWERS = ("Acknowledge", "Snooze", "Note", "False alarm", NEW_NORMAL)
NORMAL_HELP = (
    "The alert is closed, and the rule's reference begins again with the day on which it opened. Without this answer, "
    "the days of the alert are in no reference, and the rule fires as long as the change lasts."
)
SEVERITIES = {"critical": ":material/error:", "warning": ":material/warning:"}


def alerts() -> Alerts:
    return Alerts(session.store())


def rulebook() -> Rulebook:
    return Rulebook(session.store())


def tell_undelivered() -> None:
    """Show the notifications that have not arrived, by position and kind of the target."""
    undelivered = Notifications(session.store()).undelivered(now())
    if undelivered:
        have = "has" if len(undelivered) == 1 else "have"
        count = wording.count(len(undelivered), "notification")
        why = f"{plain(undelivered[0].target)}: {plain(undelivered[0].error or 'not tried yet')}"
        st.warning(f"{count} {have} not been delivered. The newest, to {why}. `{CLI} notify list` lists them.")


def tell_not_judged() -> None:
    """Say that the rules are not judged: the list of alerts may then be incomplete."""
    late = session.timeliness()
    if late.is_late:
        st.warning(late.sentence(session.settings().zone), icon=":material/warning:")


def now() -> datetime:
    return session.now()


def today() -> date:
    return local_day(now(), session.settings().zone)


def rules_on(drift: DriftRule) -> list[str]:
    """Return the names of the alert rules that use this drift rule."""
    asks = {rule.name: [condition.measure.drift for condition in rule.conditions] for rule in rulebook().rules()}
    return [name for name, drift_rules in asks.items() if drift in drift_rules]


def pick_alerts() -> Filter:
    names = [ANY, *(rule.name for rule in rulebook().rules())]
    severities, needed = [ANY, *SEVERITIES], {"required": True, "default": ANY}
    with st.container(horizontal=True):
        state = entries.choice_of_page(
            st.segmented_control, "Show", STATES, key="state", **needed | {"default": "open"}
        )
        severity = entries.choice_of_page(st.segmented_control, "Severity", severities, key="severity", **needed)
        rule = entries.choice_of_page(st.selectbox, "Rule", names, key="rule", width=260)
    return alerts_page.feed_filter(str(state or "open"), str(severity or ANY), str(rule or ANY))


def alerts_feed(chosen: Filter) -> list[Alert]:
    """Return a page of the chosen alerts; if there are none, say so on the page."""
    page_of_alerts, count = alerts().page(chosen)
    if count > PAGE:
        place = st.pagination(-(-count // PAGE), key="feed", bind="query-params")
        page_of_alerts, _ = alerts().page(chosen, place - 1)
    if not count and chosen == Filter(open=True):
        if session.timeliness().is_late:
            st.info("No alert is listed as open. The rules are not being judged, so this list may be incomplete.")
        else:
            st.success("No alert is open.", icon=":material/check_circle:")
    elif not count:
        st.info("No alert matches the filters.")
    return page_of_alerts


def opened_alert(listed: list[Alert]) -> Alert | None:
    """Return the alert that is named in the web address; it is listed first if the filters do not list it."""
    alert_id = st.query_params.get(state.ALERT)
    if alert_id and alert_id not in {alert.id for alert in listed}:
        with errors.explained():
            listed.insert(0, alerts().alert(alert_id))
    return next((alert for alert in listed if alert.id == alert_id), None)


@contextmanager
def card(alert: Alert, is_open: bool) -> Iterator[None]:
    """Yield a card that describes an alert and opens it, for further content."""
    with st.container(border=True):
        row = st.container(horizontal=True, vertical_alignment="center")
        left = row.container(width="stretch")
        left.markdown(f"{SEVERITIES.get(alert.severity, '')} **{_named(alert)}**")
        left.markdown(plain(alert.evaluation.sentence))
        left.caption(_stands(alert))
        row.button(
            "Close" if is_open else "Details",
            key=f"open {alert.id}",
            on_click=_open,
            args=(None if is_open else alert.id,),
        )
        yield


def _open(alert_id: str | None) -> None:
    """Name the alert in the web address, which makes an entry in the browser's history; None: name none."""
    if alert_id is None:
        st.query_params.pop(state.ALERT, None)
    else:
        st.query_params[state.ALERT] = alert_id


def show_link(alert: Alert) -> None:
    """Show the address of the alert, for others; without the filters, which may not list it."""
    st.page_link(
        "pages/operate/alerts.py",
        label="Link to this alert",
        icon=":material/link:",
        query_params=session.model_in_address() | {state.ALERT: alert.id},
    )


def _named(alert: Alert) -> str:
    return plain(alerts_page.named(session.store(), alert))


def _stands(alert: Alert) -> str:
    """Return the alert's state, since when, and the answers to it, on one line."""
    texts = [f"{alert.severity}, {alert.state}", f"since {wording.day(alert.opened_on)}"]
    if alert.closed_at:
        texts.append(f"closed on {wording.instant(alert.closed_at, session.settings().zone)}")
    texts += [EventKind.FOUND_LATE.words.lower()] if alert.found_late else []
    texts += [EventKind.FOUND_AT_START.words.lower()] if alert.found_at_start else []
    texts += [f"acknowledged by {plain(alert.acknowledged.by)}"] if alert.acknowledged else []
    texts += [f"called the new normal by {plain(alert.accepted.by)}"] if alert.accepted else []
    texts += [f"called a false alarm by {plain(alert.false_alarm.by)}"] if alert.false_alarm else []
    if alert.snoozed_until and alert.snoozed_until > now():
        texts.append(f"snoozed until {wording.instant(alert.snoozed_until, session.settings().zone)}")
    return " · ".join(texts)


def show_events(alert: Alert) -> None:
    """Show each change of state, and each answer."""
    rows: list[tuple[datetime, str, str]] = [
        (event.at, event.kind.words, event.sentence) for event in alerts().events(alert.id)
    ]
    answers = {"Acknowledged": alert.acknowledged, "False alarm": alert.false_alarm}
    rows += [(mark.at, answer_kind, f"{mark.by}: {mark.text}") for answer_kind, mark in answers.items() if mark]
    rows += [(mark.at, "Note", f"{mark.by}: {mark.text}") for mark in alert.notes]
    for at, answer_kind, text in sorted(rows):
        st.markdown(f"**{plain(answer_kind)}**, {wording.instant(at, session.settings().zone)}")
        st.caption(plain(text))


def answer(alert: Alert) -> None:
    """Show the answers to an alert: acknowledge, snooze, note, false alarm, new normal; each is stored with a name."""
    if not login.may_edit():
        login.tell_viewer()
        return
    with st.form("answer", border=False):
        by = login.pick_name("who")
        # Another key after each answer: the next one begins with no text.
        key = f"text {alert.id} {len(alert.notes)} {alert.acknowledged} {alert.false_alarm}"
        text = st.text_area("Comment", height=80, max_chars=LONGEST_TEXT, key=key)
        tomorrow = today() + timedelta(1)
        until = st.date_input("Snooze until", tomorrow, min_value=tomorrow, format="YYYY-MM-DD")
        places = [*st.columns(2) * 2, st.container()]
        pressed = {
            label: place.form_submit_button(label, width="stretch", help=NORMAL_HELP if label == NEW_NORMAL else None)
            for place, label in zip(places, ANSWERS, strict=True)
        }
    chosen = next((label for label, down in pressed.items() if down), None)
    if chosen is None:
        return
    try:
        _answer(alert, chosen, by, text, start_of(until, session.settings().zone))
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return
    _forget_reports()
    st.rerun()


def _answer(alert: Alert, chosen: str, by: str, text: str, until: datetime) -> None:
    by, text, at = checked_name(by), text.strip(), now()
    match chosen:
        case "Acknowledge":
            alerts().acknowledge(alert.id, by, at, text)
        case "False alarm":
            alerts().false_alarm(alert.id, by, at, text)
        case str() if chosen == NEW_NORMAL:
            alerts().accept(alert.id, by, at, text)
        case "Snooze":
            alerts().snooze(alert.id, until, by, at)
        case _ if not text:
            raise MonitorError("A note needs a text: write a comment.")
    if text and chosen in ("Snooze", "Note"):
        alerts().note(alert.id, text, by, at)


def checked_name(by: str) -> str:
    if not by.strip():
        raise MonitorError("Enter your name: it is stored with the change.")
    return by.strip()


def _forget_reports() -> None:
    session.forget(open_count)
    session.forget(verdict.current)
    session.forget(time_charts.alert_bands)
