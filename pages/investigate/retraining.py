"""Retraining: what there is to train on, and what each new model has changed."""

import streamlit as st

from monitor_core.app.retraining import parts

st.header("Retraining")
parts.show_readiness(parts.readiness_of_period())
st.subheader("What each new model has changed")
parts.show_changes()
