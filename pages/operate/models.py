"""Models: the state of each, with links to its pages."""

import streamlit as st

from monitor_core.app.models import parts

st.header("Models")
st.caption("The last 30 days, by review date. Click a model's name to open its pages.")
parts.table(parts.chosen_models())
