"""Version of the monitor, the doctor's checks, the settings in force, and where to read more."""

import streamlit as st

from monitor_core.app.about import parts
from monitor_core.app.frame import login, session
from monitor_core.cli.doctor.checks import checks
from monitor_core.cli.doctor.in_force import in_force

st.header("About")
parts.versions()

st.subheader("Checks")
if parts.wants_checks():
    parts.findings(checks(session.settings(), with_neighbours=login.may_edit()))

st.subheader("Settings in force")
parts.settings((each.name, each.variable, each.value, each.origin) for each in in_force(session.loaded_at_start()))
if session.is_restart_due():
    parts.ask_for_restart()

st.subheader("More")
parts.links()
