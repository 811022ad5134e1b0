"""The sidebar: period, date basis, average, and granularity."""

from datetime import date, datetime
from typing import cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import session, state
from monitor_core.app.frame.text import plain
from monitor_core.contract import bases, wording
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import FIRST_DAY, Period, local_day, preset
from monitor_core.contract.periods import UP_TO_TODAY
from monitor_core.contract.selection import Selection
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import GRANULARITIES
from monitor_core.reports.sealed import sealed_days
from monitor_core.settings.place import CLI, DEMO

CUSTOM = "custom"
UNUSED = "unused place"  # of a widget that is out of sight: see refresh.style
BASES: dict[str, Basis] = {base.title: key for key, base in bases.BASES.items()}
LAG = (
    "New predictions, reviews and corrections count at once. Unchanged days come from the history that the logger "
    "keeps: a review that is entered with an old date shows after the logger's next run; a class that is changed "
    "without a new review date, or a deleted document, after the day is counted again (MONITOR_HISTORY_CHECK). "
    f"`{CLI} report --exact` counts every document now."
)


def choose_model() -> None:
    """Choose the model that all pages show, where there are several; the address holds it."""
    if len(names := session.models()) > 1:
        st.sidebar.selectbox("Model", names, key=session.MODEL, bind="query-params", on_change=state.forget_the_model_s)


def choose_selection() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Show the choices of the selection, which all pages share; the web address holds it, so that links reproduce it.

    Return the containers below it: for the comparison and, in an expander, for what is seldom changed.
    """
    now = session.now()
    with st.sidebar:
        chosen = st.segmented_control(
            "Period",
            [*UP_TO_TODAY, CUSTOM],
            default=session.settings().period,
            required=True,
            key=state.PERIOD,
            bind="query-params",
            on_change=_prefill_range,
        ) or str(session.settings().period)  # an empty one in the address leaves none
        with st.container(key="range place" if chosen == CUSTOM else UNUSED):
            picked = _pick_range(chosen, local_day(now, session.settings().zone))
        summary, comparison = st.container(), st.container()
        options = st.expander("Dates, averages and charts", key="options")
    with options:
        basis = _pick_basis()
        _pick_average()
        _pick_granularity()
    period = _period(chosen, picked, BASES[basis], local_day(now, session.settings().zone))
    state.select(Selection(period, BASES[basis]))
    with summary:
        _tell(period, basis, now)
    return comparison, options


def _prefill_range() -> None:
    """Start a custom range with the current period."""
    if st.session_state[state.PERIOD] != CUSTOM or st.session_state.get(state.RANGE):
        return
    if state.SELECTION in st.session_state:
        period = state.selection().period
        st.session_state[state.RANGE] = (period.first, period.last)


def _pick_range(chosen: str, today: date) -> tuple[date, ...]:
    # An empty list as default: the address drops a value that equals the default.
    # Always mounted, if out of sight: the address forgets a widget that is not.
    picked = st.date_input(
        "From – to",
        value=[],
        min_value=FIRST_DAY,
        max_value=max(today, FIRST_DAY),
        format="YYYY-MM-DD",
        key=state.RANGE,
        bind="query-params",
        required=chosen == CUSTOM,
        disabled=chosen != CUSTOM,
        on_change=_note_half_picked,
    )
    return tuple(picked) if isinstance(picked, tuple | list) else (picked,)


def _note_half_picked() -> None:
    """Note a half-picked range, if a person picked a single day; a single day in a web address means that day."""
    st.session_state[state.HALF_PICKED] = len(st.session_state[state.RANGE] or ()) == 1


def _pick_basis() -> str:
    default = {basis: name for name, basis in BASES.items()}[session.settings().basis]
    chosen = st.segmented_control(
        "Date of a sample",
        list(BASES),
        default=default,
        required=True,
        key=state.BASIS,
        bind="query-params",
        help="Review day: the day on which a person reviewed it. Prediction day: the day of the model's answer.",
    )
    return chosen or default


def _pick_average() -> None:
    st.segmented_control(
        "Average over the classes",
        ["macro", "weighted"],
        default=session.settings().average,
        required=True,
        key=state.AVERAGE,
        bind="query-params",
        help="Macro: every class counts the same. Weighted: a class counts by its reviewed samples.",
    )


def _pick_granularity() -> None:
    st.segmented_control(
        "Charts over time by",
        GRANULARITIES,
        default="day",
        required=True,
        key=state.GRANULARITY,
        bind="query-params",
        help="Applies to the pages Overview to Training data; the charts of the others are by day.",
    )


def _period(chosen: str, picked: tuple[date, ...], basis: Basis, today: date) -> Period:
    """Return the chosen period; while a range is half picked, the last complete one."""
    if chosen == state.ALL:
        return reports.whole_period(session.store(), basis, today)
    if chosen != CUSTOM:
        return preset(chosen, today)
    if len(picked) == 2:
        st.session_state[state.WHOLE_RANGE] = Period(min(picked), max(picked))
    elif picked and not st.session_state.get(state.HALF_PICKED):  # a link to one day holds its date once
        st.session_state[state.WHOLE_RANGE] = Period(picked[0], picked[0])
    elif state.WHOLE_RANGE not in st.session_state:
        selection = st.session_state.get(state.SELECTION)
        st.session_state[state.WHOLE_RANGE] = selection.period if selection else preset("30d", today)
    return cast(Period, st.session_state[state.WHOLE_RANGE])


def _tell(period: Period, basis: str, now: datetime) -> None:
    st.markdown(f"**{wording.days(period)}**, {wording.count(len(period), 'day')}")
    zone = plain(session.settings().time_zone)
    offset = now.astimezone(session.settings().zone).strftime("UTC%z").removesuffix("00")
    st.caption(f"Counted by {basis}, from midnight to midnight in {zone} (now {offset}).")
    if preserved := session.store().history.preserved(BASES[basis], period):
        st.caption(sealed_days([lossy.day for lossy in preserved]))
    newest = session.store().predictions.newest_review_at(now)
    if newest:
        at = wording.instant(newest, session.settings().zone)
        st.caption(f"Newest review: {wording.ago(newest, now)}, on {at}.", help=LAG)
    else:
        st.caption("No review yet.")


def demo_notice() -> None:
    """Show the notice on the page rather than in the sidebar, which is folded away on phones."""
    if DemoDocuments(session.store()).exists():
        command = f"{CLI} --model {session.model()} demo" if len(session.models()) > 1 else DEMO
        st.warning(f"This is demo data: scikit-learn's digits. `{command} --remove` removes it.")
