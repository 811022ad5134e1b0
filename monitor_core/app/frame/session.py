"""The objects behind a session: settings, store, and local day."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import streamlit as st

from monitor_core.alerting.timeliness import Timeliness
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import local_day
from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, MonitorError
from monitor_core.mongo.moments import one_moment
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store, open_store
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load

FRESH_SECONDS = 10  # a cached report may be this old
ANSWER_SECONDS = 4.0  # that the database may take to answer at all
SLOW_SECONDS = 1.0  # for an answer to the shortest question: the network is slow
PAGE_SECONDS = 5.0  # for all questions of a page on a slow network: with the above it ends within ten
LONGEST_SECONDS = 600.0  # ... on any other


def in_session() -> bool:
    """Return whether a visitor's session runs the entry point; the server also imports it once at its start."""
    return st.runtime.exists()


@st.cache_resource
def settings() -> Settings:
    return load().settings


@st.cache_resource
def store() -> Store:
    return open_store(settings(), settings().reads)


@contextmanager
def in_time() -> Iterator[None]:
    """Let the page end in time: it reports a database that does not answer, or only slowly, instead of waiting.

    Queries that are slow although the database is near are not affected, such as counts of very many documents.
    """
    took = _round_trip()
    if isinstance(took, MonitorError):
        raise took
    is_slow = took > SLOW_SECONDS
    began = time.monotonic()
    try:
        with store().within(PAGE_SECONDS if is_slow else LONGEST_SECONDS), one_moment():
            yield
    except DatabaseUnavailable:
        if is_slow and time.monotonic() - began > PAGE_SECONDS / 2:
            raise DatabaseUnavailable(
                f"The database answers too slowly for this page: a question took {took:.1f} s to be answered. Check "
                "the network between the app and the database, then load the page again."
            ) from None
        raise


@st.cache_data(ttl=2, show_spinner=False)
def _round_trip() -> float | MonitorError:
    """Return the seconds that the database takes to answer; if it does not, the error."""
    try:
        return store().round_trip(ANSWER_SECONDS)
    except MonitorError as wrong:
        return wrong


def is_database_there() -> bool:
    """Return whether the database answers, even if with an error."""
    took = _round_trip()
    return isinstance(took, DatabaseRefused) or not isinstance(took, MonitorError)


def is_database_quick() -> bool:
    """Return whether the database is fast enough for optional parts of a page."""
    took = _round_trip()
    return not isinstance(took, MonitorError) and took <= SLOW_SECONDS


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def timeliness() -> Timeliness:
    """Return whether the alert rules are judged in time."""
    return Rulebook(store()).timeliness(store().now())


def why_no_predictions() -> str | None:
    """Return why the collection has no predictions, as page text; None if it has some."""
    empty = store().predictions.why_empty()
    return f"No prediction has arrived yet. {plain(empty)}" if empty else None


def today() -> date:
    """Return the local day by the database's clock."""
    return local_day(store().now(), settings().zone)
