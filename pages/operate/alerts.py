"""What rang, what is still open, what somebody said of it, and the rules behind it."""

import streamlit as st

from monitor_core.app.alerts import parts as ui_alerts

st.header("Alerts")
ui_alerts.tell_undelivered()
shown = ui_alerts.alerts_feed(ui_alerts.pick_alerts())
chosen = ui_alerts.pick_alert(shown)
for alert in shown:
    with ui_alerts.card(alert):
        if alert == chosen:
            left, right = st.columns(2)
            with left.container(border=True, height="stretch"):
                st.markdown("**What happened**")
                ui_alerts.show_events(alert)
            with right.container(border=True, height="stretch"):
                st.markdown("**Your answer**")
                ui_alerts.answer(alert)
            st.markdown("**Evidence**")
            ui_alerts.show_evidence(alert)

st.subheader("Rules")
ui_alerts.show_rules()
edited = ui_alerts.pick_rule()
rule = ui_alerts.typed_rule(edited) if edited else None
if rule is not None:
    ui_alerts.try_rule(rule)
    ui_alerts.save_rule(rule)
