"""What rang, what is still open, what somebody said of it, and the rules behind it."""

import streamlit as st

from monitor_core import ui_alerts

st.header("Alerts")
wanted = ui_alerts.pick_alerts()
shown = ui_alerts.alerts_feed(wanted)
ui_alerts.show_feed(shown)

chosen = ui_alerts.pick_alert(shown)
if chosen is not None:
    ui_alerts.show_alert(chosen)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        st.subheader("What happened")
        ui_alerts.show_events(chosen)
    with right.container(border=True, height="stretch"):
        st.subheader("Your answer")
        ui_alerts.answer(chosen)
    st.subheader("Evidence")
    ui_alerts.show_evidence(chosen)

st.subheader("Rules")
ui_alerts.show_rules()
rule = ui_alerts.edit_rule()
if rule is not None:
    ui_alerts.try_rule(rule)
    ui_alerts.save_rule(rule)
