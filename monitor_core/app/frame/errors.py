"""Display of errors, and of parts of the web address that a page could not use."""

import logging
import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NoReturn
from uuid import uuid4

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from monitor_core.app.frame import state
from monitor_core.app.frame.address.names import misspelt_in_words
from monitor_core.app.frame.text import plain
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import listed

LONGEST_PART, MOST_LISTED = 60, 5


class PageEnds(Exception):
    """The page is complete without its remaining parts."""


def end_page() -> NoReturn:
    """End the page here; unlike Streamlit's own stop, this allows remarks about the address to follow."""
    raise PageEnds


@contextmanager
def explained() -> Iterator[None]:
    """Show a sentence instead of a traceback: a MonitorError's own with the remedy, for others one with a reference.

    The server's log has the traceback under the reference. Streamlit's own signals that end or repeat a run are not
    derived from `Exception`.
    """
    try:
        yield
    except PageEnds:
        pass
    except MonitorError as wrong:
        st.error(plain(str(wrong)))
    except Exception:
        reference = uuid4().hex[:8]
        logging.getLogger(__name__).exception("error %s on a page", reference)
        st.error(f"This page could not be shown. The server's log says why, under the reference {reference}.")


# ---- what of the address could not be used


@contextmanager
def checked_address(page: str, names: Collection[str]) -> Iterator[None]:
    """Say above the page which parts of the address its widgets did not accept, and which have none of these names.

    Streamlit drops both silently.
    Only a page's first run in a session is checked: later the widgets have values that a person chose.
    """
    visited: set[str] = st.session_state.setdefault(state.VISITED_PAGES, set())
    given = {} if page in visited else {name: st.query_params.get_all(name) for name in st.query_params}
    place = st.empty()
    try:
        yield
    finally:
        unusable = [part for name, values in given.items() if _is_bound(name) for part in _unused(name, values)]
        misspelt = misspelt_in_words((name for name in given if not _is_bound(name)), names)
        if unusable or misspelt:
            place.warning(" ".join(filter(None, [_sentence(unusable) if unusable else "", plain(misspelt)])))
        visited.add(page)


def _sentence(parts: list[str]) -> str:
    quoted = [f'"{plain(_short(part))}"' for part in parts[:MOST_LISTED]]
    quoted += [f"{len(parts) - MOST_LISTED} more"] if len(parts) > MOST_LISTED else []
    return f"This page cannot use part of its address: {listed(quoted)}. It shows its own choice instead."


def _short(part: str) -> str:
    return part if len(part) <= LONGEST_PART else f"{part[:LONGEST_PART]}…"


def _unused(name: str, values: list[str]) -> list[str]:
    taken = {_comparable(text) for text in _texts(st.session_state.get(name))}
    return [f"{name}={value}" for value in values if _comparable(value) not in taken]


def _texts(value: Any) -> list[str]:
    """Return a widget's value as it is written in the address."""
    if value is None:
        return []
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return [value.isoformat() if isinstance(value, date) else str(value)]


def _comparable(text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return text if math.isnan(number) else number  # "nan" may be part of a name, and equals nothing as a number


def _is_bound(name: str) -> bool:
    context = get_script_run_ctx()
    if context is None:
        return False
    with context.session_state.query_params() as held:
        return held.get_binding_for_param(name) is not None
