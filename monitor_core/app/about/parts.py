"""The Streamlit elements of the page About."""

import platform
from collections.abc import Iterable
from importlib import metadata

import pandas as pd
import streamlit as st

from monitor_core.app.frame import session
from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.connection import place
from monitor_core.settings.place import CLI
from monitor_core.settings.version import version

OF_PEOPLE = ("login_editors", "login_viewers")  # whose addresses not every visitor has to see
HIDDEN = "(hidden)"
DOCUMENTS = {
    "docs/README.md": "the table of contents of the documentation",
    "docs/troubleshooting.md": "symptoms, their causes, and what helps",
    "docs/configuration.md": "every setting",
    "CHANGELOG.md": "what has changed",
    "LICENSE": "the Apache License 2.0",
}
PAGES = {"operate/logger.py": "Logging", "investigate/data_quality.py": "Data quality", "operate/alerts.py": "Alerts"}


def versions() -> None:
    """Say which versions run, and where the predictions are."""
    settings = session.settings()
    st.markdown(
        f"**Prediction monitor {plain(version())}**, with Python {plain(platform.python_version())} and Streamlit "
        f"{plain(metadata.version('streamlit'))}. {_server()}"
    )
    place_of_predictions = f"{settings.database}.{settings.collection} at {place(settings)}"
    st.caption(f"The predictions are in {plain(place_of_predictions)}.")


def _server() -> str:
    """Return the version of the database, or why it does not say it; this page stands without it."""
    try:
        return f"The database is MongoDB {plain(session.store_of(session.model()).server())}."
    except MonitorError as wrong:
        return plain(str(wrong))


def wants_checks() -> bool:
    """Ask whether the checks are to be made, which also call the destinations."""
    st.caption(
        f"The checks of the database, the documents, the destinations and the logger, as `{CLI} doctor` makes them."
    )
    return st.button("Check now", key="check now")


def findings(checks: Iterable[tuple[bool, str]]) -> None:
    """Show what the checks say: what needs attention, each by itself, and then what is in order."""
    every = list(checks)
    for in_order, sentence in every:
        if not in_order:
            st.warning(plain(sentence), icon=":material/priority_high:")
    fine = "\n".join(f"- {plain(sentence)}" for in_order, sentence in every if in_order)
    st.success(f"In order:\n{fine}", icon=":material/check:")


def settings(rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Show the settings: name, variable, value in words, and origin; those that somebody has set come first."""
    listed = [
        {"Setting": variable, "Value": HIDDEN if name in OF_PEOPLE and origin != "default" else value, "From": origin}
        for name, variable, value, origin in rows
    ]
    listed.sort(key=lambda row: row["From"] == "default")
    table = pd.DataFrame(listed)
    st.dataframe(table, hide_index=True, width="stretch", alt="The settings in force, and where each comes from")
    st.caption("Secrets are hidden. docs/configuration.md explains each setting.")


def ask_for_restart() -> None:
    """Say that the settings have changed, which the app does not follow while it runs."""
    st.warning(
        f"The settings have changed since the app started: check them with `{CLI} settings`, then restart the app, "
        "which uses those above until then.",
        icon=":material/restart_alt:",
    )


def links() -> None:
    """Show links to the pages about the state of the installation, and name the documents."""
    with st.container(horizontal=True):
        for file, title in PAGES.items():
            st.page_link(f"pages/{file}", label=title, query_params=session.model_in_address())
    lines = [f"- `{name}`: {content}" for name, content in DOCUMENTS.items()]
    st.markdown("In the folder of the project:\n\n" + "\n".join(lines))
