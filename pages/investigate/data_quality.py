"""Data quality: which documents break the contract, since when, and the effect on the numbers."""

import streamlit as st

from monitor_core.app.frame import time_charts
from monitor_core.app.quality import parts

st.header("Data quality")
report = parts.quality_report()
parts.opening(report)
parts.totals(report)
parts.findings_table(report)

finding = parts.pick_finding(report)
if finding:
    with st.container(border=True):
        st.subheader(finding.problem.title)
        parts.finding(finding)
    time_charts.tell()

st.subheader("Fields that appeared or vanished")
parts.field_changes(report)
with st.expander("All fields"):
    parts.fields_table(report)
