"""Choices that the web address holds, each change of which is an entry of the browser's history: Back undoes it.

If somebody changes a widget that is bound to the address, Streamlit replaces the entry, and Back leaves the app. What
the server sets is a new entry. Each choice is therefore two widgets: the bound one is out of sight and takes its value
from the address, when a link or Back sets it; the visible one sets the bound one.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from monitor_core.app.frame import state

PAGE, OF_PAGE = "page of the last run", "choices of the page"
UNUSED = "unused place"  # of a widget that is out of sight: see refresh.style
# One container for the bound widgets of a run, for each costs the browser a millisecond; None: before a run begins.
_out_of_sight: ContextVar[DeltaGenerator | None] = ContextVar("out of sight", default=None)


def write(**values: object) -> None:
    """Change choices of the view, by their names in the address; for callbacks, such as that of a drag in a chart."""
    for name, value in values.items():
        st.session_state[name] = value
        st.session_state[state.held(name)] = value


def bound(widget: Callable[..., Any], *arguments: Any, key: str, **options: Any) -> Any:
    """Return the value of a widget of this kind that is bound to the address, and out of sight.

    The address forgets a widget that is not there. A browser that has not got the last value yet sends the one before;
    it counts only where the address has changed otherwise.
    """
    own = state.held(key)
    if own in st.session_state and not _is_of_the_address(key) and st.session_state.get(key) != st.session_state[own]:
        st.session_state[key] = st.session_state[own]
    with _out_of_sight.get() or st.container(key=f"{UNUSED} {key}"):
        value = widget(*arguments, key=key, bind="query-params", **options)
    st.session_state[own] = value
    return value


def _is_of_the_address(key: str) -> bool:
    """Return whether the address is new to the session: by Back or Forward, or by a link to another page."""
    context, before = get_script_run_ctx(), f"{key} page"
    page = context.page_script_hash if context else ""
    is_another = st.session_state.get(before, page) != page
    st.session_state[before] = page
    return bool(context and context.is_history_navigation) or (is_another and key in st.query_params)


def choice(
    widget: Callable[..., Any],
    *arguments: Any,
    key: str,
    is_used: bool = True,
    **options: Any,
) -> Any:
    """Show a widget of this kind with these arguments, if the page uses it, and return its value."""
    value = bound(widget, *arguments, key=key, **options)
    if is_used:
        visible(widget, *arguments, key=key, now=value, changed=partial(_changed, key), **options)
    return value


def choice_of_page(widget: Callable[..., Any], *arguments: Any, key: str, **options: Any) -> Any:
    """Show a choice that the page alone uses, and return its value; whoever leaves the page leaves the choice."""
    st.session_state.setdefault(OF_PAGE, set()).add(key)
    return choice(widget, *arguments, key=key, **options)


def begin(page: str) -> None:
    """Begin a run of the page: a choice of the page that was left would otherwise outdo the address of a link."""
    _out_of_sight.set(st.container(key=UNUSED))
    if st.session_state.get(PAGE, page) != page:
        for key in st.session_state.pop(OF_PAGE, set()):
            st.session_state.pop(state.held(key), None)
            if key not in st.query_params:
                st.session_state.pop(key, None)
    st.session_state[PAGE] = page


def visible(
    widget: Callable[..., Any], *arguments: Any, key: str, now: object, changed: Callable[[], None], **options: Any
) -> None:
    """Show a widget with this value, which it takes again only when the value has changed elsewhere."""
    own, source = visible_key(key), f"{key} before"
    if own not in st.session_state or st.session_state.get(source) != now:
        st.session_state[own] = now
    st.session_state[source] = now
    widget(*arguments, key=own, on_change=changed, **options)


def visible_key(key: str) -> str:
    """Return the key of the visible widget of a choice."""
    return f"{key} shown"


def _changed(key: str) -> None:
    write(**{key: st.session_state[visible_key(key)]})
