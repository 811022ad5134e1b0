"""Streamlit's pieces of the page on alerts, and the alerts on every chart over time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from monitor_core.alerting.events import EventKind, link
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import Rule, as_json, rule_from
from monitor_core.app.drift import charts as charts_drift
from monitor_core.app.frame import login as ui_login
from monitor_core.app.frame import page as ui
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.frame.page import FRESH_SECONDS, plain
from monitor_core.app.samples import parts as ui_samples
from monitor_core.contract.calendar import Period, Selection, local_day, start_of
from monitor_core.contract.errors import MonitorError, RuleError
from monitor_core.mongo.alerts import PAGE, Alerts, Filter
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports.alerts import ANY, STATES, Course
from monitor_core.reports.samples import newest_mistakes

LONGEST_TEXT = 2000
NEW_RULE = "a new rule"
HIDDEN = {"version", "changed_at", "changed_by"}  # of a rule: nobody types them
EXAMPLE = {
    "name": "recall-of-every-class",
    "title": "A class is hardly recognised",
    "severity": "warning",
    "conditions": [{"metric": "recall", "operator": "below", "threshold": 0.7, "label": "every"}],
    "window_days": 14,
    "min_samples": 20,
}
DOT = ":red[●]"
MOST_TOLD = 5  # alerts in a caption
TELLS_MISTAKES = ("accuracy", "prediction", "target")  # drift of which the confusions explain
ANSWERS = ("Acknowledge", "Snooze", "Note", "False alarm")
SEVERITIES = {"critical": ":material/error:", "warning": ":material/warning:"}


def alerts() -> Alerts:
    return Alerts(ui.store())


def rulebook() -> Rulebook:
    return Rulebook(ui.store())


def tell_undelivered() -> None:
    """Notifications that have not arrived, by position and kind of the target."""
    found = Notifications(ui.store()).undelivered(now())
    if found:
        count = "1 notification has" if len(found) == 1 else f"{len(found)} notifications have"
        why = f"{plain(found[0].target)}: {plain(found[0].error or 'not tried yet')}"
        st.warning(f"{count} not arrived; the newest, to {why}. `python -m monitor_core notify list` tells more.")


def now() -> datetime:
    return ui.store().now()


def today() -> date:
    return local_day(now(), ui.settings().zone)


# ---- on every page


def counted(name: str) -> str:
    """What the navigation calls the page, or the menu that it is in: with a dot and how many alerts are open."""
    count = open_count() if ui_login.is_inside() else 0
    return f"{name} {DOT} {count}" if count else name


def without_colour(page_title: str) -> str:
    """As the browser's tab can show it."""
    return page_title.replace(DOT, "●")


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def open_count() -> int:
    """Alerts that somebody should look at; zero if the database does not answer, which the page itself says."""
    try:
        return sum(alerts().open_count().values())
    except MonitorError:
        return 0


def rules_on(column: str) -> list[str]:
    """The rules that ask for drift of accuracy, prediction, target or confidence, by name."""
    return [rule.name for rule in rulebook().rules() if any(one.what.column == column for one in rule.conditions)]


# ---- the feed


def pick_alerts() -> Filter:
    left, middle, right = st.columns(3)
    names = [ANY, *(rule.name for rule in rulebook().rules())]
    state = left.segmented_control("Show", STATES, default="open", required=True, key="state", bind="query-params")
    severity = middle.segmented_control(
        "Severity", [ANY, *SEVERITIES], default=ANY, required=True, key="severity", bind="query-params"
    )
    rule = right.selectbox("Rule", names, key="rule", bind="query-params")
    return alerts_page.wanted(str(state), str(severity), str(rule))


def alerts_feed(wanted: Filter) -> list[Alert]:
    """A page of those that are wanted; without any the page says so."""
    shown, count = alerts().page(wanted)
    if count > PAGE:
        place = st.pagination(-(-count // PAGE), key="feed", bind="query-params")
        shown, _ = alerts().page(wanted, place - 1)
    if not count and wanted == Filter(open=True):
        st.success("Nothing is open.", icon=":material/check_circle:")
    elif not count:
        st.info("No such alert.")
    return shown


def pick_alert(shown: list[Alert]) -> Alert | None:
    """The one that is open on the page; it stands in the address, and is shown whatever else is asked for."""
    asked = st.session_state.get("alert") or st.query_params.get("alert")
    if asked and asked not in {alert.id for alert in shown}:
        with ui.explained():
            shown.insert(0, alerts().alert(asked))
    by_id = {alert.id: alert for alert in shown}
    chosen = st.selectbox(
        "Alert", list(by_id), index=None, placeholder="none is opened", key="alert", bind="query-params"
    )
    return by_id.get(chosen or "")


@contextmanager
def card(alert: Alert) -> Iterator[None]:
    """What an alert says, and room for more of it."""
    with st.container(border=True):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown(f"{SEVERITIES.get(alert.severity, '')} **{_named(alert)}**")
        left.markdown(plain(alert.evaluation.sentence))
        left.caption(_stands(alert))
        is_chosen = st.session_state.get("alert") == alert.id
        right.button(
            "Close" if is_chosen else "Details",
            key=f"open {alert.id}",
            on_click=_choose,
            args=(None if is_chosen else alert.id,),
            width="stretch",
        )
        yield


def _choose(alert_id: str | None) -> None:
    st.session_state["alert"] = alert_id


def _named(alert: Alert) -> str:
    return plain(alerts_page.named(ui.store(), alert))


def _stands(alert: Alert) -> str:
    """State, since when, figures and what was answered, in a line."""
    told = [f"{alert.severity}, {alert.state}", f"since {alert.opened_on}"]
    if alert.closed_at:
        told.append(f"closed {alert.closed_at.astimezone(ui.settings().zone):%Y-%m-%d %H:%M}")
    told += [plain(text) for text in (alerts_page.figures(alert.evaluation),) if text]
    told += [EventKind.FOUND_LATE.words.lower()] if alert.found_late else []
    told += [f"acknowledged by {plain(alert.acknowledged.by)}"] if alert.acknowledged else []
    told += [f"called a false alarm by {plain(alert.false_alarm.by)}"] if alert.false_alarm else []
    if alert.snoozed_until and alert.snoozed_until > now():
        told.append(f"snoozed until {alert.snoozed_until.astimezone(ui.settings().zone):%Y-%m-%d %H:%M}")
    return " · ".join(told)


# ---- one alert


def show_events(alert: Alert) -> None:
    """Each change of state, and each answer."""
    rows: list[tuple[datetime, str, str]] = [
        (event.at, event.kind.words, event.sentence) for event in alerts().events(alert.id)
    ]
    answers = {"Acknowledged": alert.acknowledged, "False alarm": alert.false_alarm}
    rows += [(mark.at, what, f"{mark.by}: {mark.text}") for what, mark in answers.items() if mark]
    rows += [(mark.at, "Note", f"{mark.by}: {mark.text}") for mark in alert.notes]
    for at, what, text in sorted(rows):
        st.markdown(f"**{what}**, {at.astimezone(ui.settings().zone):%Y-%m-%d %H:%M}")
        st.caption(plain(text))


def answer(alert: Alert) -> None:
    """Acknowledge, snooze, note, or call it a false alarm; each with a name."""
    if not ui_login.may_edit():
        ui_login.tell_viewer()
        return
    with st.form("answer", border=False):
        by = ui_login.pick_name("who")
        # Another key after each answer: the next one begins with no text.
        key = f"text {alert.id} {len(alert.notes)} {alert.acknowledged} {alert.false_alarm}"
        text = st.text_area("Why, or what you found", height=80, max_chars=LONGEST_TEXT, key=key)
        tomorrow = today() + timedelta(1)
        until = st.date_input("Snooze until", tomorrow, min_value=tomorrow, format="YYYY-MM-DD")
        places = st.columns(2) * 2
        pressed = {
            what: place.form_submit_button(what, width="stretch") for place, what in zip(places, ANSWERS, strict=True)
        }
    chosen = next((what for what, down in pressed.items() if down), None)
    if chosen is None:
        return
    try:
        _answer(alert, chosen, by, text, start_of(until, ui.settings().zone))
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return
    _forget_reports()
    st.rerun()


def _answer(alert: Alert, chosen: str, by: str, text: str, until: datetime) -> None:
    by, text, at = _checked_name(by), text.strip(), now()
    match chosen:
        case "Acknowledge":
            alerts().acknowledge(alert.id, by, at, text)
        case "False alarm":
            alerts().false_alarm(alert.id, by, at, text)
        case "Snooze":
            alerts().snooze(alert.id, until, by, at)
        case _ if not text:
            raise MonitorError("A note has a text: write one.")
    if text and chosen in ("Snooze", "Note"):
        alerts().note(alert.id, text, by, at)


def _checked_name(by: str) -> str:
    if not by.strip():
        raise MonitorError("Say who you are: the name is kept with what you do.")
    return by.strip()


def _forget_reports() -> None:
    open_count.clear()
    ui_time.alert_bands.clear()


def show_evidence(alert: Alert) -> None:
    """The rule's course around the alert, the confusions of its period, and the way to the view of that period."""
    try:
        rule = rulebook().rule(alert.rule)
    except RuleError as gone:
        st.info(plain(str(gone)))
        return
    period = alert.evaluation.period
    st.caption(f"Judged on {alert.evaluation.day}, from the documents of {period.first} to {period.last}.")
    st.link_button("Open the view of this period", "." + link(rule, period))
    found = _course(rule.model_dump_json(), *_days(alerts_page.around(alert, today())), alert.label)
    if rule.of_this_moment:
        st.caption("It is about the moment it is looked at: of days that are over there is nothing to draw.")
    else:
        alt = f"{rule.title}: what the rule measured by day, around the alert"
        _show_course(rule, found, alt)
    if _is_about_reviews(rule):
        _show_confusions(alert, rule)
        _show_mistakes(alert, rule)


def _days(period: Period) -> tuple[date, date]:
    return period.first, period.last


def _is_about_reviews(rule: Rule) -> bool:
    return any(
        condition.what.kind == "score" or condition.what.column in ("accuracy", "target", "prediction")
        for condition in rule.conditions
    )


def _show_mistakes(alert: Alert, rule: Rule) -> None:
    table = newest_mistakes(ui.store(), Selection(alert.evaluation.period, rule.basis), alert.label)
    if table.empty:
        return
    st.markdown("**The newest mistakes**")
    shares = {"confidence": st.column_config.NumberColumn(format="percent")}
    alt = "The newest samples of the period that were wrong"
    st.dataframe(table, hide_index=True, width="stretch", column_config=shares, placeholder=ui.DASH, alt=alt)
    days = [str(day) for day in _days(alert.evaluation.period)]
    basis = next(name for name, value in ui.BASES.items() if value == rule.basis)
    asked: dict[str, str | list[str]] = {"period": "custom", "range": days, "basis": basis, "outcome": "wrong"}
    if alert.label is not None:
        asked["target"] = ui.settings().class_name(alert.label)
    ui_samples.link("See all mistakes of these days", **asked)


def _show_confusions(alert: Alert, rule: Rule) -> None:
    period = alert.evaluation.period
    table = alerts_page.confusions(ui.performance_of(Selection(period, rule.basis)), alert.label)
    st.markdown("**What was taken for what**")
    if table.empty:
        st.caption("No mistake among the reviewed samples of these days.")
        return
    shares = {"share of the true class": st.column_config.NumberColumn(format="percent")}
    st.dataframe(
        table, hide_index=True, width="stretch", column_config=shares, alt="The most frequent mistakes of the period"
    )


# ---- rules


@st.cache_data(ttl=6 * FRESH_SECONDS, max_entries=32, show_spinner="Judging the days …")
def _course(rule: str, first: date, last: date, label: int | None) -> Course:
    return alerts_page.course(ui.store(), Rule.model_validate_json(rule), Period(first, last), label, now())


def _show_course(rule: Rule, found: Course, alt: str) -> None:
    if not found.is_drawn:
        st.info(plain(found.sentence) or "There is nothing to measure on these days.")
        return
    shares = rule.conditions[0].what.has_interval
    matures = rule.basis == "predicted" and _is_about_reviews(rule)
    ui_time.chart(charts_drift.rule_course(shares, found.has_threshold), found.table, alt, [rule.name], matures)
    if rule.conditions[0].what.kind == "drift":
        st.caption("The effect in points, and from how many it matters. It rings only if it is sure too: see Drift.")


def show_rules() -> None:
    zone = ui.settings().zone
    latest = {one.rule.name: one for one in rulebook().latest()}
    rows = []
    for rule in rulebook().rules():
        says = [one.status for one in latest[rule.name].evaluations] if rule.name in latest else []
        rows.append(
            {
                "rule": rule.name,
                "title": rule.title,
                "severity": rule.severity,
                "state": "enabled" if rule.enabled else "disabled",
                "says": "firing" if "firing" in says else says[0] if says else "not judged yet",
                "asks": alerts_page.in_words(rule),
                "version": rule.version,
                "changed by": rule.changed_by,
                "changed": f"{rule.changed_at.astimezone(zone):%Y-%m-%d %H:%M}" if rule.changed_at else "",
            }
        )
    if not rows:
        st.info("There are no rules: add one.")
        return
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", alt="The rules, and what each said last")


def pick_rule() -> str | None:
    names = [rule.name for rule in rulebook().rules()]
    return st.selectbox(
        "Change a rule",
        [*names, NEW_RULE],
        index=None,
        placeholder="choose a rule, or a new one",
        key="edit",
        bind="query-params",
    )


def typed_rule(name: str) -> Rule | None:
    """The rule as it is typed; None while it cannot be used, and the page then says why."""
    rule = None if name == NEW_RULE else rulebook().rule(name)
    shown = EXAMPLE if rule is None else rule.model_dump(mode="json", exclude_none=True, exclude=HIDDEN)
    typed = st.text_area(
        "The rule, as JSON",
        json.dumps(shown, indent=2, ensure_ascii=False),
        height=340,
        key=f"json {name} {rule.version if rule else 0}",
        help="docs/alerts.md lists the fields. Before you save it, you see below when it would have rung.",
    )
    if rule is not None:
        _show_versions(name)
    try:
        return _typed_rule(typed)
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return None


def _typed_rule(typed: str) -> Rule:
    try:
        data = json.loads(typed)
    except ValueError as wrong:
        raise RuleError(f"This is no JSON: {wrong}. Correct it.") from None
    if not isinstance(data, dict):
        raise RuleError("A rule is a JSON object: { … }.")
    return rule_from(data)


def _show_versions(name: str) -> None:
    with st.expander("Versions"):
        for version in rulebook().versions(name):
            rule = version.rule
            at = f", {rule.changed_at.astimezone(ui.settings().zone):%Y-%m-%d %H:%M}" if rule.changed_at else ""
            st.markdown(f"**{rule.version}**: {version.what} by {plain(rule.changed_by)}{at}")


def try_rule(rule: Rule) -> None:
    """On which days of the selection it would have rung, by what is known today."""
    if rule.of_this_moment:
        st.info("This rule is about the moment it is looked at: days that are over cannot be judged.")
        return
    period = ui.selection().period
    found = _course(rule.model_dump_json(), *_days(period), None)
    days = found.table["day"].nunique()
    if found.rings:
        listed = ", ".join(str(day) for day in found.rings[:10]) + (" …" if len(found.rings) > 10 else "")
        st.warning(f"Would have rung on {len(found.rings)} of {days} days: {listed}.", icon=":material/notifications:")
    else:
        st.success(f"Would not have rung on any of {days} days.", icon=":material/notifications_off:")
    _show_course(rule, found, f"{rule.title}: what the rule would have said by day, and where it rings")


def save_rule(rule: Rule) -> None:
    if not ui_login.may_edit():
        ui_login.tell_viewer()
        return
    with st.form("save", border=False):
        by = ui_login.pick_name("who saves")
        saved = st.form_submit_button("Save the rule")
    if not saved:
        return
    try:
        _save(rule, by)
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return
    st.rerun()


def _save(rule: Rule, by: str) -> None:
    by, book, chosen = _checked_name(by), rulebook(), st.session_state["edit"]
    if chosen == NEW_RULE:
        book.add(rule, by, now())
    else:
        changes = {name: value for name, value in as_json(rule).items() if name not in HIDDEN}
        book.edit(chosen, changes, by, now())
