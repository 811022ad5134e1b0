"""The chart of the class mix over time."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import CLASS, DAY, Figure
from monitor_core.app.frame.marks import (
    DATA,
    NOON,
    SHARE,
    Spec,
    annotation_rules,
    class_colour,
    compiled,
    count_tooltip,
    day_bands,
)
from monitor_core.app.frame.palette import Classes
from monitor_core.app.performance.charts import marks_over_time, time_axis
from monitor_core.app.performance.view import View
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import Granularity
from monitor_core.scores.shares import FEWEST

MIX = "Class mix over time"
FEW_IN_MIX = f"A {{}} with fewer than {FEWEST} samples has no bar."


def mix_over_time(view: View, name: str = "") -> Figure:
    """Draw the share of each true class over time; `name` distinguishes the chart of the comparison."""
    classes = view.colours(set(reports.class_samples(view.now)["name"]))
    by_day = view.granularity == "day"
    alt = f"Share of each true class in the reviewed samples of {view.an_every}"
    return Figure(
        f"{MIX}, {name}" if name else MIX,
        f"Share of each true class by {view.every}, {name}" if name else alt,
        _mix(classes, view.granularity),
        {"table": reports.class_mix(view.now) if by_day else _stacked(view, classes)},
        view.about,
        [FEW_IN_MIX.format(view.granularity)],
        marks=marks_over_time(view),
        opens={**DAY, **CLASS} if by_day and not name else {},
    )


def _stacked(view: View, classes: Classes) -> pd.DataFrame:
    """Return the mix with both ends of each bar: horizontally of its hour, week or month, vertically as stacked."""
    grouped = view.over_time or view.now
    table = reports.class_mix(grouped).merge(_ends(grouped.points, view.granularity == "hour"), on="day")
    table["order"] = table["name"].map({name: i for i, (name, _) in enumerate(classes)})
    table = table.sort_values(["day", "order"], ignore_index=True).drop(columns="order")
    table["above"] = table.groupby("day")["share"].cumsum()
    table["below"] = table["above"] - table["share"]
    return table


def _ends(table: pd.DataFrame, hourly: bool) -> pd.DataFrame:
    begins = table["day"] if hourly else table["first"]
    ends = begins + timedelta(hours=1) if hourly else table["last"] + timedelta(days=1)
    named = table[["day", "label", "first", "last"]].assign(begins=begins, ends=ends)
    return named.drop_duplicates("day")  # where an hour comes twice its two halves stand at one place


@lru_cache(maxsize=64)
def _mix(classes: Classes, granularity: Granularity) -> Spec:
    """Table: day, name, count, share; one row a day and class. Days without reviews stay empty. Shaded days.

    For hours, weeks and months also: begins, ends, label, below, above.
    """
    colour = class_colour(classes, listed=True)
    when = alt.Tooltip("day:T", format="%Y-%m-%d") if granularity == "day" else alt.Tooltip("label:N", title="time")
    tooltip: list[Any] = [when, "name:N", count_tooltip("count", "samples"), alt.Tooltip("share:Q", format=".1%")]
    base = alt.Chart(DATA).encode(colour, tooltip=tooltip)
    whole = alt.Scale(domain=[0, 1])
    if granularity == "day":
        axis = alt.Axis(format="%Y-%m-%d", labelOverlap=True)
        bars = base.mark_bar().encode(
            alt.X("day:T", timeUnit="yearmonthdate", title=None, axis=axis),
            alt.Y("share:Q", title=None, stack="zero", axis=SHARE, scale=whole),
        )
        return compiled(*day_bands(0, annotated=False), bars, *annotation_rules(NOON, above=True), height=320)
    bars = base.mark_bar(stroke="white", strokeWidth=0.5).encode(
        time_axis("begins", granularity),
        alt.X2("ends:T"),
        alt.Y("below:Q", title=None, axis=SHARE, scale=whole),  # Vega-Lite stacks no bars that have two ends across
        alt.Y2("above:Q"),
    )
    # The bands before the bars, which leave no gap between them.
    return compiled(bars, *day_bands(-NOON if granularity == "hour" else 0), height=320)
