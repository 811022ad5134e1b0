"""Is the model, or what it sees, another than it used to be? Each rule's verdict, and what it rests on."""

import streamlit as st

from monitor_core.app.alerts import parts as ui_alerts
from monitor_core.app.drift import charts as charts_drift
from monitor_core.app.drift import parts as ui_drift
from monitor_core.app.frame import cards
from monitor_core.app.frame import time_charts as ui_time

st.header("Drift")
preset = ui_drift.pick_preset()
found = ui_drift.drift_report(preset)
ui_drift.drift_opening(found)
ui_drift.verdicts(found)

st.subheader("How sure, day by day")
for place, report in zip(cards.cards(len(found.rules)), found.rules.values(), strict=True):
    with place:
        st.subheader(report.rule.title)
        ui_time.chart(
            charts_drift.drift_course(),
            report.days,
            alt=f"{report.rule.title}: proof of a drift by day, rings at 1",
            rules=ui_alerts.rules_on(report.rule),
            matures=False,  # what it shows by prediction day asks for no review
        )
st.caption(
    "How many times what the rule asks for: evidence of accuracy, p-values of the others. A triangle is a day that "
    "drifted; a diamond is sure, but its effect too small to matter; a gap is a day of learning or too little data."
)
ui_time.tell(matures=False)

st.subheader("The last 7 days against the reference")
ui_drift.tell_reference(found)
ui_drift.distributions(found)

st.subheader("Which classes moved most")
ui_drift.moved_table(found)
st.subheader("How far apart")
ui_drift.sizes_table(found)
st.subheader("What today's volume can prove")
ui_drift.proof_tiles(found)
