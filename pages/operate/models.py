"""Models: how each of them does, and the way to its pages."""

import streamlit as st

from monitor_core.app.models import parts

st.header("Models")
st.caption("The last 30 days, by review date; open a model by its name.")
parts.table(parts.chosen_models())
