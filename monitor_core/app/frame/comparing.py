"""The sidebar's choice of segments and comparison."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import session, state
from monitor_core.app.frame.address import entries, uses
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.segments import Where
from monitor_core.contract.selection import Selection
from monitor_core.reports import comparison as compare
from monitor_core.reports.granularity import LONGEST_BY_HOUR

NOTHING, PREVIOUS, REFERENCE_PERIOD, ANOTHER = "nothing", "previous period", "reference period", "another "
CHOICES_SECONDS = 60


def choose_comparison(place: DeltaGenerator, used: AbstractSet[str]) -> None:
    """Show the choices of segments and a comparison in the sidebar, if the page uses them; the address holds them."""
    with place:
        chosen = replace(state.selection(), where=_pick_where(uses.SEGMENTS in used))
        state.select(chosen)
        is_compared = uses.COMPARISON in used
        place_of_other = st.container() if is_compared else st.container(key=f"{entries.UNUSED} comparison")
        with place_of_other:
            state.compare_with(_pick_other(chosen, is_compared))
        if uses.GRANULARITY in used:
            _tell_hours(chosen.period)


def _pick_where(is_used: bool) -> Where:
    names = session.settings().segments
    picked = [(name, _pick_value(name, name.capitalize(), f"where_{name}", "all", is_used)) for name in names]
    where = tuple((name, value) for name, value in picked if value)
    if where and is_used:
        st.caption("Data quality, drift, alerts and logging are about all documents, whatever segment is chosen.")
    return where


def _pick_value(name: str, label: str, key: str, placeholder: str, is_used: bool = True) -> str | None:
    """Return the chosen value of a segment; values can also be typed, and very many are not listed."""
    choices = _choices(name)
    value = entries.choice(
        st.selectbox,
        label,
        choices or [],
        index=None,
        placeholder=placeholder if choices else f"{placeholder}; type a value",
        accept_new_options=True,
        key=key,
        is_used=is_used,
    )
    return str(value) if value is not None else None


@session.cached(ttl=CHOICES_SECONDS, show_spinner=False)
def _choices(name: str) -> list[str] | None:
    return session.store().live.segment_choices(name)


def _tell_hours(period: Period) -> None:
    if st.session_state[state.GRANULARITY] == "hour" and len(period) > LONGEST_BY_HOUR:
        st.caption(f"Hours are shown for at most {LONGEST_BY_HOUR} days; this period is drawn by day.")


def _pick_other(chosen: Selection, is_used: bool) -> Selection | None:
    another = [ANOTHER + name for name in session.settings().segments]
    options = [NOTHING, PREVIOUS, REFERENCE_PERIOD, *another]
    help_text = "Adds a comparison to every chart of the pages Overview to Training data."
    picked = entries.choice(st.selectbox, "Compare with", options, key=state.AGAINST, is_used=is_used, help=help_text)
    try:
        against = _against(str(picked), chosen, is_used)
        other = compare.comparison_of(chosen, against, session.settings()) if against else None
    except MonitorError as wrong:
        st.caption(plain(str(wrong)))
        return None
    if against == "previous":
        st.caption(compare.alignment_in_words(chosen.period))
    return other


def _against(picked: str, chosen: Selection, is_used: bool) -> str | None:
    """Return the comparison in the command line's notation; None if there is none."""
    if picked == PREVIOUS:
        if state.shows_all_days():
            st.caption("All days are shown, so there is no previous period.")
            return None
        return "previous"
    if picked == REFERENCE_PERIOD:
        return _reference(is_used)
    if picked.startswith(ANOTHER):
        name = picked.removeprefix(ANOTHER)
        value = _pick_value(name, f"The other {name}", f"other_{name}", "choose", is_used)
        if value is not None and value == dict(chosen.where).get(name):
            st.caption("The comparison is the selection itself; choose another value.")
            return None
        return f"{name}={value}" if value else None
    return None


def _reference(is_used: bool) -> str | None:
    picked = entries.choice(
        st.date_input,
        "Reference from – to",
        value=[],
        min_value=FIRST_DAY,
        max_value=max(session.today(), FIRST_DAY),
        format="YYYY-MM-DD",
        key=state.REFERENCE,
        is_used=is_used,
    )
    days = tuple(picked) if isinstance(picked, tuple | list) else (picked,)
    if not days:
        st.caption("Choose the days of the reference period.")
        return None
    return f"{min(days)}..{max(days)}"
