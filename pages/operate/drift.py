"""Drift: whether the model or its input has changed. Each rule's verdict, and what it rests on."""

import streamlit as st

from monitor_core.app.alerts import parts as alerts
from monitor_core.app.drift import charts, parts
from monitor_core.app.frame import cards, time_charts
from monitor_core.app.frame.show import card

st.header("Drift")
preset = parts.pick_preset()
found = parts.drift_report(preset)
parts.drift_opening(found)
parts.verdicts(found)

st.subheader("Evidence day by day")
for place, report in zip(cards.cards(len(found.rules)), found.rules.values(), strict=True):
    with place:
        card(charts.evidence(report, alerts.rules_on(report.rule)))
st.caption(charts.EVIDENCE)
time_charts.tell(by_prediction_date=False)

st.subheader("The last 7 days against the reference")
parts.tell_reference(found)
parts.distributions(found)

st.subheader("Classes that changed most")
parts.moved_table(found)
st.subheader("Distances between the distributions")
parts.sizes_table(found)
st.subheader("Time to detect a fall in accuracy")
parts.proof_tiles(found)
