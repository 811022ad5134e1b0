"""Which documents do not keep to the contract, since when, and what it does to the numbers."""

import streamlit as st

from monitor_core.app.frame import time_charts
from monitor_core.app.quality import parts

st.header("Data quality")
found = parts.quality_report()
parts.opening(found)
parts.totals(found)
parts.findings_table(found)

one = parts.pick_finding(found)
if one:
    with st.container(border=True):
        st.subheader(one.problem.title)
        parts.finding(one)
    time_charts.tell()

st.subheader("Fields that appeared or vanished")
parts.field_changes(found)
with st.expander("All fields"):
    parts.fields_table(found)
