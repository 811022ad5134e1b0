"""The button that saves the view as one HTML file."""

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.performance.html_report import html_report
from monitor_core.reports import performance as reports


def button() -> None:
    """Show the button in the sidebar; the file is created when it is requested."""
    chosen, average, against = state.selection(), state.average(), state.compared_with()
    by = state.granularity()

    def make() -> str:
        other = reports.read_performance(session.store(), against) if against else None
        return html_report(session.store(), reports.read_performance(session.store(), chosen), average, other, by)

    name = f"performance-{chosen.period.first}-to-{chosen.period.last}.html"
    st.sidebar.download_button(
        "Report (HTML)",
        make,
        name,
        "text/html",
        key="html report",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
        help="One file with the numbers, the charts of the five tabs and their data; opens without a network.",
    )
