"""The charts of the page Logging: the predictions logged by hour, and the profile of a day."""

from functools import lru_cache

import altair as alt
import pandas as pd

from monitor_core.app.frame import charts
from monitor_core.app.frame.figure import Figure
from monitor_core.app.frame.marks import DATA, Spec, compiled, count_tooltip, rows_height
from monitor_core.app.frame.palette import BLUE
from monitor_core.contract import wording
from monitor_core.reports.logging import LoggerReport, ProfileReport
from monitor_core.reports.performance import Performance


def logged_by_hour(report: LoggerReport) -> Figure:
    """Draw the predictions logged in each of the last hours."""
    return Figure(
        "Predictions logged by hour",
        "Predictions logged in each of the last 24 hours",
        _logged_by_hour(),
        {"table": report.by_hour},
        "The last 24 hours, all documents",
    )


def confidence(report: ProfileReport) -> Figure:
    """Draw the day's confidence, by the outcome of the review."""
    alt = "Predictions by confidence: right, wrong and not reviewed ones"
    return charts.confidence_histogram(report.confidence, alt, _about(report))


def confusion_matrix(report: ProfileReport, now: Performance) -> Figure:
    """Draw the day's confusion matrix."""
    alt = "Confusion matrix of the day: true classes as rows, predictions as columns"
    return charts.confusion_matrix(now, alt, _about(report), shares=False)


def frequent_values(report: ProfileReport, column: str, table: pd.DataFrame) -> Figure:
    """Draw the most frequent values of a column of the day's profile."""
    spec, tables = _frequent_names(len(table)), {"table": table}
    return Figure(column, f"The most frequent values of {column}", spec, tables, _about(report))


def _about(report: ProfileReport) -> str:
    return f"{wording.day(report.profile.day)} by prediction day, all documents"


# ---- their templates


@lru_cache
def _logged_by_hour() -> Spec:
    """Table: hour, predictions; one row an hour."""
    hour = alt.X("hour:T", timeUnit="yearmonthdatehours", title=None, axis=alt.Axis(format="%H:%M", labelOverlap=True))
    logged = "predictions logged"
    tooltip = [alt.Tooltip("hour:T", format="%Y-%m-%d %H:%M"), count_tooltip("predictions", logged)]
    axis = alt.Axis(tickMinStep=1, tickCount=4, format=",d")
    predictions = alt.Y("predictions:Q", title=logged, axis=axis)
    bars = alt.Chart(DATA).mark_bar(color=BLUE).encode(hour, predictions, tooltip=tooltip)
    return compiled(bars, height=180)


@lru_cache(maxsize=64)
def _frequent_names(rows: int) -> Spec:
    """Table: name, count; most first."""
    base = alt.Chart(DATA).encode(
        alt.Y(
            "name:N",
            sort=alt.SortField("count", "descending"),
            title=None,
            axis=alt.Axis(labelLimit=140, labelOverlap=False),
        ),
        alt.X("count:Q", stack=None, title="samples", axis=alt.Axis(tickMinStep=1, tickCount=5, grid=True)),
        tooltip=["name:N", count_tooltip("count", "samples")],
    )
    text = base.mark_text(align="left", dx=4, fill="currentColor").encode(text=alt.Text("count:Q", format=","))
    return compiled(base.mark_bar(color=BLUE), text, height=rows_height(rows, 28))
