"""Which documents do not keep to the contract, since when, and what it does to the numbers."""

import streamlit as st

from monitor_core.app.frame import time_charts
from monitor_core.app.quality import parts as ui_quality

st.header("Data quality")
found = ui_quality.quality_report()
ui_quality.opening(found)
ui_quality.totals(found)
ui_quality.findings_table(found)

one = ui_quality.pick_finding(found)
if one:
    with st.container(border=True):
        st.subheader(one.problem.title)
        ui_quality.finding(one)
    time_charts.tell()

st.subheader("Fields that appeared or vanished")
ui_quality.field_changes(found)
with st.expander("All fields"):
    ui_quality.fields_table(found)
