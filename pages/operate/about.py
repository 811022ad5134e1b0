"""Version of the monitor, the doctor's checks, the settings in force, and where to read more."""

import streamlit as st

from monitor_core.app.about import parts
from monitor_core.app.frame import session
from monitor_core.cli.doctor.checks import checks
from monitor_core.cli.doctor.in_force import in_force
from monitor_core.settings.sources import load

st.header("About")
parts.versions()

st.subheader("Checks")
if parts.wants_checks():
    parts.findings(checks(session.settings()))

st.subheader("Settings in force")
parts.settings((each.name, each.variable, each.value, each.origin) for each in in_force(load(model=session.model())))

st.subheader("More")
parts.links()
