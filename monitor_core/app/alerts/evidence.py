"""The evidence of an alert: the rule's values around it, the confusions of its period, and its newest wrong samples."""

from datetime import date

import streamlit as st

from monitor_core.alerting.events import evidence_link
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import Rule
from monitor_core.app.alerts import charts
from monitor_core.app.alerts.parts import now, rulebook, today
from monitor_core.app.frame import clicks, scores, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table, show_figure
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import RuleError
from monitor_core.contract.selection import Selection
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports.alerts import PastVerdicts
from monitor_core.reports.samples import newest_mistakes


def show_evidence(alert: Alert) -> None:
    """Show the rule's values around the alert, the confusions of its period, and a link to the view of its days."""
    try:
        rule = rulebook().rule(alert.rule)
    except RuleError as gone:
        st.info(plain(str(gone)))
        return
    period = alert.evaluation.period
    st.caption(f"Judged on {wording.day(alert.evaluation.day)}, by the documents of {wording.days(period)}.")
    st.link_button("Open the view of this period", "." + session.settings().view(evidence_link(rule, period)))
    verdicts = cached_verdicts(rule.model_dump_json(), *ends_of(alerts_page.around(alert, today())), alert.label)
    if rule.of_this_moment:
        st.caption("The rule judges the present moment, so there is nothing to draw for past days.")
    else:
        alt = f"{rule.title}: what the rule measured by day, around the alert"
        show_course(rule, verdicts, alt)
    if _is_about_reviews(rule):
        _show_confusions(alert, rule)
        _show_mistakes(alert, rule)


def ends_of(period: Period) -> tuple[date, date]:
    return period.first, period.last


def _is_about_reviews(rule: Rule) -> bool:
    return any(
        condition.measure.kind in ("score", "estimate")
        or (condition.measure.drift is not None and condition.measure.drift.by_class)
        for condition in rule.conditions
    )


def _show_mistakes(alert: Alert, rule: Rule) -> None:
    table = newest_mistakes(session.store(), Selection(alert.evaluation.period, rule.basis), alert.label)
    if table.empty:
        return
    st.markdown("**The newest mistakes**")
    number_table(table, "The newest samples of the period that were wrong", {"confidence": wording.percent})
    days, basis = wording.written(alert.evaluation.period), BASES[rule.basis].title
    query: dict[str, str | list[str]] = {"period": days, "basis": basis, "outcome": "wrong"}
    if alert.label is not None:
        query["target"] = session.settings().class_name(alert.label)
    clicks.samples_link("See all mistakes of these days", **query)


def _show_confusions(alert: Alert, rule: Rule) -> None:
    period = alert.evaluation.period
    table = alerts_page.confusions(scores.of_selection(Selection(period, rule.basis)), alert.label)
    st.markdown("**Confusions**")
    if table.empty:
        st.caption("No mistake among the reviewed samples of these days.")
        return
    number_table(table, "The most frequent mistakes of the period", {"share of the true class": wording.percent})


@session.cached(ttl=6 * FRESH_SECONDS, max_entries=32, show_spinner="Judging the days …")
def cached_verdicts(rule: str, first: date, last: date, label: int | None) -> PastVerdicts:
    return alerts_page.past_verdicts(session.store(), Rule.model_validate_json(rule), Period(first, last), label, now())


def show_course(rule: Rule, verdicts: PastVerdicts, alt: str) -> None:
    if not verdicts.is_drawn:
        st.info(plain(verdicts.sentence) or "There is nothing to measure on these days.")
        return
    figure = charts.rule_by_day(rule, verdicts, alt, incomplete=rule.basis == "predicted" and _is_about_reviews(rule))
    show_figure(figure)
    for sentence in figure.legend:
        st.caption(sentence)
