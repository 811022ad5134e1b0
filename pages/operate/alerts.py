"""Alerts: what fired, what is still open, how people responded, and the rules."""

import streamlit as st

from monitor_core.app.alerts import evidence, parts, rules

st.header("Alerts")
parts.tell_not_judged()
parts.tell_undelivered()
alerts = parts.alerts_feed(parts.pick_alerts())
opened = parts.opened_alert(alerts)
for alert in alerts:
    with parts.card(alert, alert == opened):
        if alert == opened:
            left, right = st.columns(2)
            with left.container(border=True, height="stretch"):
                st.markdown("**What happened**")
                parts.show_events(alert)
            with right.container(border=True, height="stretch"):
                st.markdown("**Your answer**")
                parts.answer(alert)
            st.markdown("**Evidence**")
            evidence.show_evidence(alert)
            parts.show_link(alert)

st.subheader("Rules")
rules.show_rules()
edited = rules.pick_rule()
rule = rules.edited_rule(edited) if edited else None
if rule is not None:
    rules.try_rule(rule)
    rules.save_rule(rule)
