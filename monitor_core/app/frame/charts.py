"""The charts that several pages show: the confusion matrix, the histogram of confidence, and traffic."""

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import Figure, Opens
from monitor_core.app.frame.marks import (
    DATA,
    Spec,
    both_ends,
    compiled,
    count_tooltip,
    number_or_nothing,
    rows_height,
    strips,
)
from monitor_core.app.frame.palette import BLUE, GREY
from monitor_core.reports import performance as reports
from monitor_core.reports.classes.confused import BLOCK, is_block, matrix_classes, matrix_places
from monitor_core.reports.performance import REJECTED, Performance
from monitor_core.reports.traffic import Kind

OUTCOME_COLOURS = {"right": "#0072b2", "wrong": "#d55e00", "not reviewed": GREY}
ONLY_A_BLOCK = (
    f"Of {{:,}} classes, the {BLOCK} that are confused most with one another; a share is of all samples of its class."
)


# ---- the confusion matrix


def confusion_matrix(now: Performance, alt: str, about: str, shares: bool, opens: Opens | None = None) -> Figure:
    """Draw the confusion matrix, in counts or in shares of the true class."""
    return Figure(
        "Confusion matrix",
        alt,
        _matrix(tuple(matrix_classes(now)), shares),
        {"table": reports.confusion_table(now, matrix_places(now))},
        about,
        matrix_legend(now),
        opens=opens or {},
    )


def matrix_legend(now: Performance) -> list[str]:
    """Say which classes the matrix has, if it does not have all."""
    return [ONLY_A_BLOCK.format(len(now.by_class))] if is_block(now) else []


@lru_cache(maxsize=64)
def _matrix(names: tuple[str, ...], shares: bool) -> Spec:
    """Table: target, prediction, count, share; one row a cell. The cells have numbers."""
    share = alt.Tooltip("share:Q", title="share of the true class", format=".1%")
    base = cells(names).encode(tooltip=["target:N", "prediction:N", count_tooltip("count"), share])
    shade = "share:Q" if shares else "count:Q"
    squares = base.mark_rect(cornerRadius=2).encode(
        alt.Color(shade, scale=alt.Scale(scheme="blues", domainMin=0), legend=None),
        opacity=alt.condition("datum.count > 0", alt.value(1), alt.value(0.12)),
    )
    dark = "datum.share > 0.5" if shares else "datum.count > 0.5 * datum.most"
    text = base.transform_filter("datum.count > 0").mark_text(fontSize=12)
    numbers = text.encode(
        alt.Text(shade, format=".0%") if shares else alt.Text(shade, format=","),
        fill=alt.condition(dark, alt.value("#ffffff"), alt.value("#1f2430")),
    )
    return compiled_matrix(names, squares, numbers)


def cells(names: tuple[str, ...]) -> Any:
    """Return a chart with a cell for each target and prediction."""
    axis = alt.Axis(
        labelFlush=False,
        labelOverlap=False,
        labelExpr=both_ends(14),
        labelLimit=140,
        grid=False,
        domain=False,
        ticks=False,
    )
    across = axis.copy()
    short = max(map(len, names), default=0) <= 3
    across.labelAngle = 0 if short else -45
    return alt.Chart(DATA).encode(
        alt.X("prediction:N", sort=list(names), title="prediction", axis=across),
        alt.Y("target:N", sort=[*names, REJECTED], title="target (true class)", axis=axis),
    )


def compiled_matrix(names: tuple[str, ...], squares: Any, numbers: Any) -> Spec:
    """Return the template of a matrix with numbers in its cells."""
    return compiled(squares, numbers, height=rows_height(len(names) + 1, 30), independent=["color"])


# ---- the histogram of the confidence


def confidence_histogram(
    table: pd.DataFrame, alt: str, about: str, outcomes: tuple[str, ...] = tuple(OUTCOME_COLOURS)
) -> Figure:
    """Draw how often each confidence occurs, by the outcome of the review."""
    return Figure("Confidence", alt, _histogram(outcomes), {"table": table}, about)


@lru_cache
def _histogram(outcomes: tuple[str, ...]) -> Spec:
    """Table: from, to, outcome (right | wrong | not reviewed), count; one row a bin and outcome."""
    colours = alt.Scale(domain=list(outcomes), range=[OUTCOME_COLOURS[outcome] for outcome in outcomes])
    counted = "predictions" if "not reviewed" in outcomes else "samples"
    tooltip = [
        alt.Tooltip("from:Q", format=".0%"),
        alt.Tooltip("to:Q", format=".0%"),
        alt.Tooltip("outcome:N"),
        count_tooltip("count", counted),
    ]
    chart = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.X(
                "from:Q", bin="binned", title="confidence", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
            ),
            alt.X2("to:Q"),
            alt.Y("count:Q", title=counted, stack="zero", axis=alt.Axis(tickMinStep=1, tickCount=5)),
            alt.Color("outcome:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
            tooltip=tooltip,
        )
    )
    return compiled(chart, height=260)


# ---- traffic


def traffic_bars(table: pd.DataFrame, kind: Kind, by: str, about: str) -> Figure:
    """Draw the number of predictions or reviews in each hour, day, week or month."""
    alt = f"Number of {kind} by {by}, of {int(table['count'].sum()):,}"
    return Figure(kind.capitalize(), alt, _bars_over_time(kind), {"table": table}, about)


@lru_cache
def _bars_over_time(kind: str) -> Spec:
    """Table: start, end, label, count; one row an hour, day, week or month."""
    bars = (
        alt.Chart(DATA)
        .mark_rect(color=BLUE, opacity=0.85)  # a bar with two ends across would be a stroke at its number
        .encode(
            alt.X("start:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True, tickCount=4)),
            alt.X2("end:T"),
            alt.Y("count:Q", title=kind, axis=alt.Axis(tickMinStep=1, tickCount=4, grid=True)),
            alt.Y2(datum=0),
            tooltip=[alt.Tooltip("label:N", title="when"), count_tooltip("count", kind)],
        )
    )
    lines = {kind: number_or_nothing("count", ",")}
    return compiled(bars, *strips("datum.label", lines, "toDate(datum.start)", "toDate(datum.end)"), height=180)
