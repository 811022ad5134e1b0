"""The sidebar: period, date basis, average, and granularity."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import session, state
from monitor_core.app.frame.address import entries, uses
from monitor_core.app.frame.address.period import name_of_period, pick_period
from monitor_core.app.frame.text import plain
from monitor_core.contract import bases, wording
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.periods import ALL, period_on
from monitor_core.contract.selection import Selection
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import AUTOMATIC, GRANULARITIES
from monitor_core.reports.sealed import sealed_days
from monitor_core.settings.place import CLI, DEMO

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
        with st.sidebar:
            entries.choice(st.selectbox, "Model", names, key=session.MODEL)
    state.forget_another_model_s(session.model())


def choose_selection(used: AbstractSet[str]) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Show the choices of the selection that the page uses; the web address holds all of them, for every page.

    Return the containers below them: for the comparison and, in an expander, for what is seldom changed.
    """
    now = session.now()
    today = local_day(now, session.settings().zone)
    with st.sidebar:
        name = name_of_period(today)
        place, summary, comparison = st.container(), st.container(), st.container()
        is_seldom = used & {uses.BASIS, uses.AVERAGE, uses.GRANULARITY}
        options = st.expander("Dates, averages and charts", key="options") if is_seldom else st.container()
    with options:
        basis = _pick_basis(uses.BASIS in used)
        _pick_average(uses.AVERAGE in used)
        _pick_granularity(uses.GRANULARITY in used)
    period = _days_of(name, BASES[basis], today)
    state.select(Selection(period, BASES[basis]), name)
    if uses.PERIOD in used:
        with place:
            pick_period(name, period, today)
        with summary:
            _tell(period, basis if uses.BASIS in used else None, now)
    return comparison, options


def _pick_basis(is_used: bool) -> str:
    default = {basis: name for name, basis in BASES.items()}[session.settings().basis]
    chosen = entries.choice(
        st.segmented_control,
        "Date of a sample",
        list(BASES),
        default=default,
        required=True,
        key=state.BASIS,
        is_used=is_used,
        help="Review day: the day on which a person reviewed it. Prediction day: the day of the model's answer.",
    )
    return str(chosen or default)


def _pick_average(is_used: bool) -> None:
    entries.choice(
        st.segmented_control,
        "Average over the classes",
        ["macro", "weighted"],
        default=session.settings().average,
        required=True,
        key=state.AVERAGE,
        is_used=is_used,
        help="Macro: every class counts the same. Weighted: a class counts by its reviewed samples.",
    )


def _pick_granularity(is_used: bool) -> None:
    entries.choice(
        st.segmented_control,
        "Charts over time by",
        [AUTOMATIC, *GRANULARITIES],
        default=AUTOMATIC,
        required=True,
        key=state.GRANULARITY,
        is_used=is_used,
        help="Automatic: by the length of the period and its number of samples. Applies to the scores and the class "
        "mix, and to predictions and reviews over time, which on Reviews go by the length of the period alone.",
    )


def _days_of(name: str, basis: Basis, today: date) -> Period:
    return reports.whole_period(session.store(), basis, today) if name == ALL else period_on(name, today)


def _tell(period: Period, basis: str | None, now: datetime) -> None:
    """Say which days the page shows; `basis`: by which date, if the page leaves the choice."""
    st.markdown(f"**{wording.days(period)}**, {wording.count(len(period), 'day')}")
    zone = plain(session.settings().time_zone)
    offset = now.astimezone(session.settings().zone).strftime("UTC%z").removesuffix("00")
    counted = f"Counted by {basis}, from" if basis else "From"
    st.caption(f"{counted} midnight to midnight in {zone} (now {offset}).")
    if basis and (preserved := session.store().history.preserved(BASES[basis], period)):
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
