"""The accuracy over all predictions, reviewed or not, and the scores by class.

They are shown only where reviews depend on confidence or class, or there is an audit: else the scores of the reviewed
ones stand for all.
"""

import streamlit as st

from monitor_core.app.frame import session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import card, number_table, whole_number
from monitor_core.app.frame.text import plain
from monitor_core.app.performance.over_all_charts import over_all_by_time
from monitor_core.app.performance.view import View
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.unreviewed.accuracy import (
    AllPredictionsReport,
    read_accuracy_over_all,
    read_shown_over_all,
)
from monitor_core.reports.unreviewed.classes import (
    OVER_ALL_BY_CLASS,
    ClassOverAll,
    has_estimates,
    over_all_table,
    read_classes_over_all,
    reasons_in_words,
)
from monitor_core.reports.unreviewed.compared import over_all_change_in_words
from monitor_core.reports.unreviewed.over_time import OverAllByTime, read_over_all_by


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def shown_over_all(selection: Selection) -> AllPredictionsReport | None:
    """Return the accuracy over all predictions of the selection; None where that of the reviewed ones says it."""
    return read_shown_over_all(session.store(), selection)


def tell_over_all(selection: Selection) -> None:
    """Say the accuracy over all predictions, where that of the reviewed ones does not stand for it; else nothing."""
    if report := shown_over_all(selection):
        (st.warning if report.is_chosen else st.info)(plain(report.sentence), icon=":material/balance:")


def over_all_card(view: View) -> None:
    """Show the accuracy over all predictions over time, where it is news."""
    selection = view.now.selection
    report = shown_over_all(selection)
    if report is None:
        return
    over_time = _over_time(selection, view.granularity)
    compared = _change(selection, view.other.selection) if view.other else ""
    figure = over_all_by_time(selection, over_time)
    card(figure)
    st.markdown(plain(report.sentence))
    for how_to_read in figure.legend:
        st.caption(plain(how_to_read))
    if compared:
        st.markdown(plain(compared))


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _change(selection: Selection, other: Selection) -> str:
    return over_all_change_in_words(*(read_accuracy_over_all(session.store(), each) for each in (selection, other)))


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _over_time(selection: Selection, granularity: Granularity) -> OverAllByTime:
    return read_over_all_by(session.store(), selection, granularity, session.today())


def classes_over_all_table(view: View) -> None:
    """Show precision, recall and F1 of each class over all predictions, where they are news."""
    if not shown_over_all(view.now.selection):
        return
    classes = _classes(view.now.selection)
    st.subheader("Over all predictions, by class")
    if has_estimates(classes):
        alt = "Precision, recall and F1 of each class over all predictions"
        number_table(over_all_table(classes), alt, dict.fromkeys(("Predictions", "Reviewed"), whole_number))
        st.caption(plain(OVER_ALL_BY_CLASS))
    for reason in reasons_in_words(classes):
        st.caption(plain(reason))


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _classes(selection: Selection) -> list[ClassOverAll]:
    return read_classes_over_all(session.store(), selection)
