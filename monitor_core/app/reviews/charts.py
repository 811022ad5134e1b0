"""The charts of the page Reviews: coverage by day and group, time to review, and backlog."""

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import DAY as OPENS_DAY
from monitor_core.app.frame.figure import Figure, OverTime, about
from monitor_core.app.frame.marks import (
    DATA,
    DAY,
    GAPS,
    SHARE,
    Spec,
    compiled,
    count_tooltip,
    day_bands,
    day_strips,
    number_or_nothing,
    rows_height,
)
from monitor_core.app.frame.palette import BLUE, GREY
from monitor_core.reports.granularity import span
from monitor_core.reports.reviews import STATES, ReviewsReport
from monitor_core.reports.unreviewed.backlog import IN_PERIOD, OUTSIDE, Backlog
from monitor_core.scores.delays import QUANTILES

PLACE_COLOURS = {IN_PERIOD: BLUE, OUTSIDE: GREY}
STATE_COLOURS = {STATES[False]: BLUE, STATES[True]: "#e69f00"}
QUANTILE_STYLES = {"median": (BLUE, [1, 0], "circle"), "90%": ("#d55e00", [6, 3], "triangle-up")}
COVERAGE = (
    "All predictions of the period are counted. Line: 95% interval of the share of such predictions that are reviewed. "
    "Grey number: predictions."
)
# Steps of about two, so that one of them lies in any range that the data may have.
HOURS = [
    1 / 60,
    1 / 30,
    1 / 12,
    1 / 6,
    1 / 4,
    1 / 2,
    1,
    2,
    4,
    8,
    12,
    24,
    48,
    96,
    168,
    336,
    672,
    1344,
    2688,
    8760,
    17520,
]
DURATION = (
    "datum.value < 0.99 ? format(datum.value * 60, '.0f') + ' min' : datum.value < 24 ? format(datum.value, '.0f') + "
    "' h' : format(datum.value / 24, '.0f') + (datum.value < 48 ? ' day' : ' days')"
)


# ---- the figures


def coverage_by_day(report: ReviewsReport, least: float) -> Figure:
    """Draw the share of each prediction day that is reviewed, with a line at the share that completes a day."""
    return Figure(
        "Reviewed, by prediction day",
        "Share of each day's predictions that are reviewed",
        _coverage_by_day(least),
        {"table": report.daily},
        about(report.selection),
        [f"Dashed line: {least:.0%}, below which a day is incomplete."],
        OverTime(span(report.daily), incomplete=True, barred=True),
        OPENS_DAY if report.selection.basis == "predicted" else {},  # a click keeps the selection's basis
    )


def time_to_review(report: ReviewsReport) -> Figure:
    """Draw the hours within which 50% and 90% are reviewed."""
    return Figure(
        "Time to review",
        "Hours within which half and 90% are reviewed, by day",
        _hours_by_day(),
        {"table": report.delays},
        about(report.selection),
        marks=OverTime(span(report.delays), incomplete=report.selection.basis == "predicted"),
        opens=OPENS_DAY,
    )


def coverage_by_group(report: ReviewsReport, table: pd.DataFrame, by: str) -> Figure:
    """Draw the share of each group that is reviewed."""
    return Figure(
        f"By {by}",
        f"Share of the predictions that are reviewed, by {by}, with its 95% interval",
        _coverage_by_group(tuple(table["name"])),
        {"table": table},
        about(report.selection),
        [COVERAGE],
    )


def backlog(waits: Backlog, period: str) -> Figure:
    """Draw the predictions waiting for review, by age."""
    return Figure(
        "Waiting for review",
        "Predictions waiting for review by their age in days",
        _backlog(tuple(waits.table["age"].drop_duplicates())),
        {"table": waits.table},
        period,
    )


# ---- their templates


@lru_cache
def _coverage_by_day(least: float) -> Spec:
    """Table: day, predicted, reviewed, waiting, share, state; one row a day. Shaded days, and a line at `least`."""
    colours = alt.Scale(domain=list(STATE_COLOURS), range=list(STATE_COLOURS.values()))
    share = alt.Y("share:Q", title=None, axis=SHARE, scale=alt.Scale(domain=[0, 1]))
    bars = (
        alt.Chart(DATA)
        .mark_bar(invalid="filter")
        .encode(
            alt.X("day:T", timeUnit="yearmonthdate", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True)),
            share,
            alt.Color("state:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
            tooltip=[
                alt.Tooltip("day:T", title="prediction day", format="%Y-%m-%d"),
                alt.Tooltip("share:Q", title="reviewed", format=".1%"),
                count_tooltip("reviewed", "reviewed samples"),
                count_tooltip("predicted", "of"),
                alt.Tooltip("state:N"),
            ],
        )
    )
    line = alt.Chart(DATA).mark_rule(stroke="currentColor", strokeDash=[5, 4], aria=False).encode(y=alt.datum(least))
    lines = {
        "reviewed": number_or_nothing("share", ".1%"),
        "samples": "format(datum.reviewed, ',') + ' of ' + format(datum.predicted, ',')",
        "state": "isValid(datum.share) ? datum.state : ''",
    }
    return compiled(*day_bands(0), bars, line, *day_strips(lines, barred=True), height=240)


@lru_cache
def _hours_by_day() -> Spec:
    """Table: day, quantile, hours, low, high, uncertain, samples; one row a day and quantile. Shaded days."""
    names = list(QUANTILES)
    colours, dashes, shapes = zip(*(QUANTILE_STYLES[name] for name in names), strict=True)
    legend = alt.Legend(orient="top", symbolType="stroke", symbolSize=300)
    axis = alt.Axis(values=HOURS, labelExpr=DURATION, labelOverlap="parity", grid=True)
    hours = alt.Y("hours:Q", title=None, scale=alt.Scale(type="log", nice=False, padding=12), axis=axis)
    colour = alt.Color("quantile:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend)
    dash = alt.StrokeDash("quantile:N", title=None, scale=alt.Scale(domain=names, range=dashes), legend=legend)
    # Not by a scale: the legend would then show the shapes, too small to tell the lines apart.
    shape = alt.condition(f"datum.quantile === '{names[0]}'", *map(alt.value, shapes))
    base = alt.Chart(DATA).encode(DAY, hours, colour)
    lines = base.mark_line(strokeWidth=2, invalid=GAPS).encode(dash)
    points = base.mark_point(size=28, filled=True, opacity=1, invalid="filter").encode(
        shape=shape,
        stroke=alt.Stroke("quantile:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend),
        fillOpacity=alt.condition("datum.uncertain", alt.value(0), alt.value(1)),
        tooltip=[
            alt.Tooltip("day:T", format="%Y-%m-%d"),
            alt.Tooltip("quantile:N"),
            alt.Tooltip("hours:Q", format=",.1f"),
            alt.Tooltip("low:Q", title="95% interval from", format=",.1f"),
            alt.Tooltip("high:Q", title="to", format=",.1f"),
            count_tooltip("samples"),
        ],
    )
    first, second = names  # in this order on each day; a strip is of the first, with the second beside it
    ends = ("hours", "low", "high")
    given: list[dict[str, Any]] = [{"op": "lead", "field": end, "as": f"second_{end}"} for end in ends]
    beside = [alt.WindowFieldDef(**of_end) for of_end in given]  # "as" is a word of Python
    one_a_day = (
        alt.Chart(DATA).transform_window(beside, groupby=["day"]).transform_filter(f"datum.quantile === '{first}'")
    )
    text = {first: _hours_in_words(""), second: _hours_in_words("second_"), "samples": "format(datum.samples, ',')"}
    in_front = day_strips(text, of=one_a_day)
    return compiled(*day_bands(), lines, points, *in_front, height=260)


def _hours_in_words(of: str) -> str:
    """Return the expression of hours with their interval, of columns that begin so; empty if there are none."""
    hours, low, high = (f"format(datum.{of}{end}, ',.1f')" for end in ("hours", "low", "high"))
    to = f"isValid(datum.{of}high) ? ' to ' + {high} : ' or more'"
    interval = f"isValid(datum.{of}low) ? ' (95% interval ' + {low} + ({to}) + ')' : ''"
    return f"isValid(datum.{of}hours) ? {hours} + ' hours' + ({interval}) : ''"


@lru_cache(maxsize=64)
def _coverage_by_group(names: tuple[str, ...]) -> Spec:
    """Table: name, value, low, high, predicted, reviewed, points; one row a class or bin of confidence."""
    scale = alt.Scale(domain=[0, 1.18])  # room for the number of predictions on the right
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True)
    base = alt.Chart(DATA).encode(
        alt.Y("name:N", sort=list(names), title=None, axis=alt.Axis(labelLimit=110, labelOverlap=False)),
        tooltip=[
            alt.Tooltip("name:N"),
            alt.Tooltip("value:Q", title="reviewed", format=".1%"),
            alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
            alt.Tooltip("high:Q", title="to", format=".1%"),
            alt.Tooltip("points:Q", title="percentage points more than others of the same days", format="+.1f"),
            count_tooltip("reviewed", "reviewed samples"),
            count_tooltip("predicted", "of"),
        ],
    )
    share = alt.X("value:Q", scale=scale, axis=axis, title=None)
    bars = base.mark_bar(color=BLUE, opacity=0.85).encode(share)
    interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5).encode(
        alt.X("low:Q", scale=scale, title=None), alt.X2("high:Q")
    )
    count = base.mark_text(align="right", fill=GREY, fontSize=11).encode(
        x=alt.datum(1.18, scale=scale), text=alt.Text("predicted:Q", format=",")
    )
    return compiled(bars, interval, count, height=rows_height(len(names)))


@lru_cache(maxsize=64)
def _backlog(ages: tuple[str, ...]) -> Spec:
    """Table: age, place, from, waiting; one row an age and place."""
    colours = alt.Scale(domain=list(PLACE_COLOURS), range=list(PLACE_COLOURS.values()))
    legend = alt.Legend(orient="top", direction="vertical", labelLimit=300)
    bars = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.Y("age:N", sort=list(ages), title=None, axis=alt.Axis(labelLimit=120, labelOverlap=False)),
            alt.X(
                "waiting:Q",
                stack="zero",
                title="predictions waiting for review",
                axis=alt.Axis(tickMinStep=1, tickCount=6, grid=True),
            ),
            alt.Color("place:N", title=None, scale=colours, legend=legend),
            tooltip=[alt.Tooltip("age:N"), alt.Tooltip("place:N", title=" "), count_tooltip("waiting")],
        )
    )
    return compiled(bars, height=rows_height(len(ages), 34))
