"""The rules: the status of each, and an editor that tries a changed one before it is saved."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from monitor_core.alerting.forms import only_in_json
from monitor_core.alerting.routing import recipients_in_words, routing_problems
from monitor_core.alerting.rules import Rule, as_json, rule_from
from monitor_core.app.alerts.evidence import cached_verdicts, ends_of, show_course
from monitor_core.app.alerts.form import RuleForm
from monitor_core.app.alerts.parts import checked_name, now, rulebook
from monitor_core.app.frame import login, session, state
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError, RuleError
from monitor_core.reports import alerts as alerts_page
from monitor_core.settings.targets import targets

NEW_RULE = "a new rule"
WAYS = ("form", "JSON")  # to edit a rule
HIDDEN = {"version", "changed_at", "changed_by"}  # of a rule: nobody types them
EXAMPLE: dict[str, Any] = {
    "name": "a-class-is-hardly-recognised",
    "title": "A class is hardly recognised",
    "severity": "warning",
    "conditions": [{"metric": "recall", "operator": "below", "threshold": 0.7, "label": "every"}],
    "window_days": 14,
    "min_samples": 20,
}


def show_rules() -> None:
    zone, class_name = session.settings().zone, session.settings().class_name
    notified = targets(session.settings())
    latest = {evaluation.rule.name: evaluation for evaluation in rulebook().latest()}
    rows: list[dict[str, str | int]] = []
    for rule in rulebook().rules():
        statuses = [evaluation.status for evaluation in latest[rule.name].evaluations] if rule.name in latest else []
        rows.append(
            {
                "rule": rule.name,
                "title": rule.title,
                "severity": rule.severity,
                "state": _state(rule.enabled),
                "status": "firing" if "firing" in statuses else statuses[0] if statuses else "not judged yet",
                "condition": alerts_page.rule_in_words(rule, class_name),
                **({"notifies": recipients_in_words(rule, notified)} if notified else {}),
                "version": rule.version,
                "changed by": rule.changed_by,
                "changed": f"{rule.changed_at.astimezone(zone):%Y-%m-%d %H:%M}" if rule.changed_at else "",
            }
        )
    for sentence in routing_problems(rulebook().rules(), notified):
        st.warning(plain(sentence), icon=":material/warning:")
    for entry in rulebook().unusable():
        st.warning(plain(entry.reason), icon=":material/warning:")
        state_of_entry = {"state": _state(entry.enabled), "status": "cannot be used"}
        rows.append({"rule": entry.name, **state_of_entry, "version": entry.stored["version"]})
    if not rows:
        st.info("There are no rules: add one.")
        return
    alt = "The rules, with the status and the condition of each"
    st.dataframe(pd.DataFrame(rows).fillna(""), hide_index=True, width="stretch", alt=alt)
    through = [e.day for entry in latest.values() if entry.rule.compares for e in entry.evaluations]
    if through:
        st.caption(
            f"Rules that compare with a reference are judged through {wording.day(max(through))}; today is judged when "
            "it is over, or as soon as no review that is still to come could undo a fall of accuracy. The other rules "
            "are judged with every run of the logger."
        )


def _state(is_enabled: bool) -> str:
    return "enabled" if is_enabled else "disabled"


def pick_rule() -> str | None:
    names = [rule.name for rule in rulebook().rules()]
    if added := st.session_state.pop(state.ADDED_RULE, None):
        st.session_state[state.EDITED_RULE] = added
    return st.selectbox(
        "Change a rule",
        [*names, NEW_RULE],
        index=None,
        placeholder="choose a rule, or a new one",
        key=state.EDITED_RULE,
        bind="query-params",
    )


@dataclass
class Draft:
    """A rule while it is edited, by the form or as JSON: each goes on from what was last entered in the other."""

    of: str  # rule and version
    start: dict[str, Any]  # what the widgets begin with
    entered: dict[str, Any]
    times: int = 0  # that the widgets began, which their keys contain

    def begin_again(self) -> None:
        """Let the widgets begin with what was entered last."""
        self.start, self.times = self.entered, self.times + 1

    @property
    def key(self) -> str:
        return f"rule {self.of} {self.times}"


def edited_rule(name: str) -> Rule | None:
    """Show the editor; return the rule as it is entered, or None while it has mistakes, which the editor explains."""
    rule = None if name == NEW_RULE else rulebook().rule(name)
    draft = _draft(name, rule)
    way = st.segmented_control(
        "Edit as",
        WAYS,
        default=WAYS[0],
        required=True,
        key=state.EDITED_AS,
        bind="query-params",
        on_change=draft.begin_again,
    )
    with st.container(border=True):
        entered = _typed(draft) if way == "JSON" else _filled(draft, rule)
    if rule is not None:
        _show_versions(name)
    return entered


def _draft(name: str, rule: Rule | None) -> Draft:
    """Return the draft of this rule and version, which is in the session until another one is edited."""
    of = f"{session.model()} {name} {rule.version if rule else 0}"
    draft: Draft | None = st.session_state.get(state.RULE_DRAFT)
    if draft is None or draft.of != of:
        data = EXAMPLE if rule is None else _data_of(rule)
        draft = st.session_state[state.RULE_DRAFT] = Draft(of, data, data)
    return draft


def _data_of(rule: Rule) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_none=True, exclude=HIDDEN)


def _filled(draft: Draft, rule: Rule | None) -> Rule | None:
    """Show the form, and in words what it does not show."""
    names = [stored.name for stored in rulebook().rules()]
    draft.entered, is_complete = RuleForm(draft.start, draft.key, rule is None).filled(names)
    if not is_complete:
        return None
    try:
        entered = rule_from(draft.entered)
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return None
    if further := only_in_json(entered):
        st.caption(plain(f"Not in the form, and kept as it is; JSON can change it: {' '.join(further)}"))
    return entered


def _typed(draft: Draft) -> Rule | None:
    """Show the rule as JSON."""
    typed = st.text_area(
        "The rule, as JSON",
        json.dumps(draft.start, indent=2, ensure_ascii=False),
        height=340,
        key=f"{draft.key} json",
        help="docs/alerts.md lists the fields. The form goes on from the last text that can be used.",
    )
    try:
        rule = _typed_rule(typed)
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
        return None
    draft.entered = _data_of(rule)
    return rule


def _typed_rule(typed: str) -> Rule:
    try:
        data = json.loads(typed)
    except ValueError as wrong:
        raise RuleError(f"This is not JSON: {wrong}. Correct it.") from None
    if not isinstance(data, dict):
        raise RuleError("A rule is a JSON object: { … }.")
    return rule_from(data)


def _show_versions(name: str) -> None:
    with st.expander("Versions"):
        for version in rulebook().versions(name):
            rule, changed_at = version.stored, version.changed_at
            at = f" on {wording.instant(changed_at, session.settings().zone)}" if changed_at else ""
            st.markdown(f"**{rule['version']}**: {version.change} by {plain(rule.get('changed_by', ''))}{at}")


def try_rule(rule: Rule) -> None:
    """Show on which days of the selection the rule would have fired, by today's data."""
    if rule.of_this_moment:
        st.info("This rule is about the present moment: it cannot be judged on past days.")
        return
    period = state.selection().period
    verdicts = cached_verdicts(rule.model_dump_json(), *ends_of(period), None)
    days = verdicts.table["day"].nunique()
    if verdicts.fired_on:
        listed = ", ".join(map(wording.day, verdicts.fired_on[:10])) + (" …" if len(verdicts.fired_on) > 10 else "")
        of = f"{len(verdicts.fired_on)} of {wording.count(days, 'day')}"
        st.warning(f"The rule would have fired on {of}: {listed}.", icon=":material/notifications:")
    else:
        never = f"The rule would not have fired on any of {wording.count(days, 'day')}."
        st.success(never, icon=":material/notifications_off:")
    alt = f"{rule.title}: what the rule would have measured by day, and the days on which it fires"
    show_course(rule, verdicts, alt)


def save_rule(rule: Rule) -> None:
    if not login.may_edit():
        login.tell_viewer()
        return
    with st.form("save", border=False):
        by = login.pick_name("who saves")
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
    by, book, chosen = checked_name(by), rulebook(), st.session_state[state.EDITED_RULE]
    if chosen == NEW_RULE:
        st.session_state[state.ADDED_RULE] = book.add(rule, by, now()).name
    else:
        changes = {name: value for name, value in as_json(rule).items() if name not in HIDDEN}
        book.edit(chosen, changes, by, now())
