"""The Streamlit elements of the five tabs, and remarks on a comparison."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from monitor_core.app.frame import scores, session, state, time_charts
from monitor_core.app.frame.address import entries
from monitor_core.app.frame.figure import Figure
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import card
from monitor_core.app.frame.text import plain
from monitor_core.app.performance import charts, class_charts, matrix_charts, mix_charts
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.wording import SHARES, Scale
from monitor_core.reports import comparison, drift, training, trend
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import UNKNOWABLE
from monitor_core.reports.training import TrainingCounts, TrainingMix
from monitor_core.scores.metrics import METRICS, ON_TABS, Metric

DRAG = "Drag across the chart to choose its days as the period; the browser's Back undoes it."


def view() -> View:
    """Return the scores of the selection and of its comparison."""
    return View(scores.performance(), session.settings(), state.average(), scores.of_comparison())


def view_over_time() -> View:
    """Return the view with the scores in the chosen or an automatic granularity."""
    by_day = view()
    axis = scores.axis(by_day.now)
    by_day = replace(by_day, why=axis.why)
    if axis.granularity == "day" and by_day.other is None:
        return by_day
    own, other = (scores.by_granularity(axis.granularity, of) if of else None for of in (by_day.now, by_day.other))
    return replace(by_day, granularity=axis.granularity, over_time=own, other_over_time=other)


def with_trends(view: View, metrics: Sequence[Metric]) -> View:
    """Return the view with the trends of these metrics, where its granularity has any."""
    days = trend.trend_days(view.granularity, view.now)  # the comparison's, too: their lines are compared
    own, other = (
        scores.trends(of, view.granularity, days, view.average, metrics) if of else {} for of in (view.now, view.other)
    )
    return replace(view, trend_days=days, trends=own, other_trends=other)


def training_mix(now: Performance) -> TrainingMix:
    """Return the training set's classes beside those of production."""
    return training.training_mix(_training_counts(), now, session.settings())


# Reads the documents that the model has been trained on, or a file or folder.
@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def _training_counts() -> TrainingCounts:
    return training.training_counts(session.settings(), session.store())


# ---- what is said of a comparison


def tell_other(view: View) -> None:
    """Explain the grey marks of the comparison."""
    if view.other is None:
        return
    overlap = ""
    if comparison.share_documents(view.now.selection, view.other.selection):
        overlap = " Some predictions are in both, so the intervals are wider than necessary."
    samples = wording.count(view.other.counts.validated, "reviewed sample")
    st.info(
        f"Compared with {plain(view.other_name)}: {samples}, shown in grey, as a tick, or as a thin circle.{overlap}"
    )


def further_metric(of: Sequence[Metric] = METRICS) -> list[Metric]:
    """Let the visitor choose one of these metrics besides the four; return it in a list, or an empty list."""
    choice = {metric.title: metric for metric in of if not metric.on_tabs}
    if not choice:
        return []
    title = entries.choice_of_page(st.segmented_control, "Also show", list(choice), key=state.FURTHER_METRIC)
    return [choice[title]] if title in choice else []


def metric_in_focus() -> Metric:
    """Let the visitor choose the metric whose chart the page shows."""
    choice = {metric.title: metric for metric in METRICS}
    first = next(iter(choice))
    title = entries.choice_of_page(
        st.segmented_control, "Over time", list(choice), default=first, required=True, key=state.FOCUS
    )
    return choice[title or first]


def tell_undefined(view: View, metrics: Sequence[Metric]) -> None:
    """Explain why a metric without bounds has gaps although there are samples."""
    for metric in metrics:
        if metric.bounds is None and comparison.is_unknowable(metric, None, view.now):
            st.caption(f"{metric.title} {UNKNOWABLE}: on such a day there is a gap.")


def tell_scores(view: View, metrics: Sequence[Metric] = ON_TABS) -> None:
    """Say how much each of the scores differs."""
    if view.other:
        sentences = comparison.scores_in_words(view.now, view.other, view.average, metrics)
        st.markdown("  \n".join(map(plain, sentences)))


def tell_time(view: View, metrics: Sequence[Metric]) -> None:
    """Explain charts of these scores over time: in a line what is drawn; in an expander how, and what happened."""
    further = [charts.points_in_words(view, metrics), *charts.how_to_read(view), DRAG]
    time_charts.tell(charts.marks_in_words(view, metrics), *further)


def tell_holm(view: View, text: str = charts.HOLM) -> None:
    """Explain the marks of the comparison by class, and the correction of its differences."""
    if view.other:
        st.caption(text)


def tell_new_classes(view: View) -> None:
    """Say which classes are new on the last day of the selection; of a segment that is not known."""
    selection = view.now.selection
    sentences = () if selection.where else _new_classes(selection.period.last)
    if sentences:
        st.info(plain(" ".join(sentences)), icon=":material/fiber_new:")


# Reads all of the history, so a period that ends on the same day does not read it again.
@session.cached(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _new_classes(last: date) -> list[str]:
    return drift.new_classes_in_words(drift.new_classes_until(session.store(), last))


# ---- charts with a sentence of their own


def class_bars(view: View, title: str = "") -> Figure:
    """Show the samples by class, under this title or their own, and how much their shares differ."""
    figure = class_charts.class_bars(view)
    card(replace(figure, title=title or figure.title))
    if view.other:
        _tell_many("Share of the classes", comparison.class_shares(view.now, view.other))
    return figure


def class_scores(view: View, metric: Metric) -> None:
    """Show a score by class, and the classes where it differs."""
    figure = class_charts.class_scores(view, metric)
    card(figure)
    if view.other:
        st.markdown(plain(comparison.class_scores_in_words(view.now, view.other, metric, figure.table)))


def other_mix(view: View) -> None:
    """Show the class mix over time of the comparison, if there is one."""
    other = view.of_other()
    if other is None:
        return
    figure = mix_charts.mix_over_time(other, view.other_name)
    if other.now.counts.validated:
        card(figure)
    else:
        st.subheader(plain(figure.title))
        st.info("The comparison has no reviewed samples.")


def confusion_difference(view: View) -> None:
    """Show, below the matrix, how much its cells differ from the comparison's."""
    if view.other is None:
        return
    figure = matrix_charts.confusion_difference(view)
    card(figure)
    table = figure.table[~figure.table["empty"]]
    table = table.assign(name=table["target"] + " predicted as " + table["prediction"])
    _tell_many("Cells", table, counted=("cell", "cells"))
    st.caption(charts.CELLS)


def training_difference(view: View, mix: TrainingMix) -> None:
    """Show how much production differs from the training set, and from the comparison."""
    card(class_charts.training_difference(view, mix))
    if view.other:
        _tell_many("Share in production", comparison.class_shares(view.now, view.other))


def _tell_many(
    title: str, table: pd.DataFrame, scale: Scale = SHARES, counted: tuple[str, str] = ("class", "classes")
) -> None:
    st.markdown(plain(comparison.many_in_words(title, table, scale, counted)))
