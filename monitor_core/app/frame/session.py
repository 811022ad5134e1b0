"""The basis of a session: the settings, the store, and the local day."""

from datetime import date

import streamlit as st

from monitor_core.contract.calendar import local_day
from monitor_core.mongo.state import open_store
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load

FRESH_SECONDS = 10  # a cached report may be this old


def in_session() -> bool:
    """Return whether a visitor's session runs the entry point; the server also imports it once, at its start."""
    return st.runtime.exists()


@st.cache_resource
def settings() -> Settings:
    return load().settings


@st.cache_resource
def store() -> Store:
    return open_store(settings(), settings().reads)


def today() -> date:
    """Return the local day by the database's clock."""
    return local_day(store().now(), settings().zone)
