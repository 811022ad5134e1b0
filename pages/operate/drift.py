"""Drift: whether the model or its input has changed, with the verdict and the evidence of each rule."""

import streamlit as st

from monitor_core.app.alerts import parts as alerts
from monitor_core.app.drift import charts, parts
from monitor_core.app.frame import cards, time_charts
from monitor_core.app.frame.show import card

st.header("Drift")
preset = parts.pick_preset()
report = parts.drift_report(preset)
parts.drift_opening(report)
parts.verdicts(report)
parts.tell_new_classes(report)

st.subheader("Evidence day by day")
for place, rule_report in zip(cards.cards(len(report.rules)), report.rules.values(), strict=True):
    with place:
        card(charts.evidence(rule_report, alerts.rules_on(rule_report.rule)))
time_charts.tell(charts.EVIDENCE, by_prediction_date=False)

st.subheader("The last 7 days against the reference")
parts.tell_reference(report)
parts.distributions(report)

st.subheader("Classes that changed most")
parts.moved_table(report)
st.subheader("Distances between the distributions")
parts.sizes_table(report)
st.subheader("Time to detect a fall in accuracy")
parts.time_to_detection(report)
