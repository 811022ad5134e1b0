"""The charts of the page Drift: the evidence by day, and the last week compared with the reference."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

import altair as alt

from monitor_core.app.frame.figure import Figure, OverTime
from monitor_core.app.frame.marks import (
    DATA,
    DAY,
    GAPS,
    NUMBER_OR_NOTHING,
    Spec,
    compiled,
    count_tooltip,
    day_bands,
    day_strips,
    number_or_nothing,
    rows_height,
)
from monitor_core.app.frame.palette import BLUE, GREY
from monitor_core.contract import wording
from monitor_core.reports.drift import WINDOWS, DriftReport, RuleReport
from monitor_core.reports.granularity import span

WINDOW_COLOURS = (GREY, BLUE)  # reference, now
STATES = {  # of a day of a drift rule: colour, shape
    "stable": (GREY, "circle"),
    "significant but small": ("#e69f00", "diamond"),
    "drifted": ("#d55e00", "triangle-up"),
}


EVIDENCE = (
    "The evidence of each day as a multiple of what the rule needs to fire: evidence of accuracy, p-values of the "
    "others. A triangle is a day with drift; a diamond is significant, but its effect is small; a gap is a day of "
    "learning or with too little data."
)


def evidence(report: RuleReport, alert_rules: Collection[str]) -> Figure:
    """Draw the evidence of a rule by day, and the alerts of these rules."""
    table = report.days
    return Figure(
        report.rule.title,
        f"{report.rule.title}: evidence of drift by day; the rule fires at 1",
        _drift_course(),
        {"table": table},
        f"{wording.days(span(table))}, all documents",
        [EVIDENCE],
        OverTime(span(table), alert_rules),  # by prediction day, reviews are not needed
    )


def distribution(report: DriftReport, key: str) -> Figure:
    """Draw a rule's categories in the reference and in the last week."""
    rule, table = report.rules[key].rule, report.distributions[key]
    alt = f"{rule.title}: shares of the {rule.counted}s in the reference and in the last 7 days"
    if rule.categories == "bins":
        return Figure(rule.title, alt, _compared_confidence(WINDOWS), {"table": table}, _about(report))
    names = tuple(table["name"].unique())
    return Figure(rule.title, alt, _compared_classes(names, WINDOWS), {"table": table}, _about(report))


def _about(report: DriftReport) -> str:
    reference = f"Reference {wording.days(report.reference)}; " if report.reference else ""
    return f"{reference}the 7 days up to {wording.day(report.day)}; all documents"


# ---- their templates


@lru_cache
def _drift_course() -> Spec:
    """Table: day, multiple, state, verdict, evidence, p_value, effect, floor; one row a day. Shaded days."""
    ticks = [0.001, 1, 1000]
    label = "datum.value == 1 ? 'fires' : datum.value > 1 ? '× 1000' : '÷ 1000'"
    axis = alt.Axis(values=ticks, labelExpr=label, labelOverlap=False, grid=False)
    scale = alt.Scale(type="log", domain=[ticks[0], ticks[-1]], clamp=True)
    multiple = alt.Y("multiple:Q", title=None, scale=scale, axis=axis)
    colours, shapes = zip(*STATES.values(), strict=True)
    legend = alt.Legend(orient="top", columns=2)
    base = alt.Chart(DATA).encode(DAY, multiple)
    line = base.mark_line(color=GREY, strokeWidth=1.5, invalid=GAPS)
    points = base.mark_point(filled=True, size=55, opacity=1, invalid="filter").encode(
        color=alt.Color("state:N", title=None, scale=alt.Scale(domain=list(STATES), range=colours), legend=legend),
        shape=alt.Shape("state:N", title=None, scale=alt.Scale(domain=list(STATES), range=shapes), legend=legend),
        tooltip=[
            alt.Tooltip("day:T", format="%Y-%m-%d"),
            alt.Tooltip("verdict:N"),
            alt.Tooltip("evidence:Q", format=",.1f"),
            alt.Tooltip("p_value:Q", title="p-value", format=".2~g"),
            alt.Tooltip("effect:Q", title="effect, percentage points", format=".1f"),
            alt.Tooltip("floor:Q", title="minimum effect", format=".0f"),
        ],
    )
    threshold = (
        alt.Chart(DATA)
        .mark_rule(stroke="currentColor", strokeDash=[5, 4], aria=False)
        .encode(y=alt.datum(1, scale=scale))
    )
    lines = {
        "verdict": "datum.verdict",
        "evidence": number_or_nothing("evidence", ",.1f"),
        "p-value": number_or_nothing("p_value", ".2~g"),
        "effect": _points("effect", ".1f"),
        "minimum effect": _points("floor", ".0f"),
    }
    return compiled(*day_bands(), threshold, line, points, *day_strips(lines), height=220)


def _points(column: str, form: str) -> str:
    return NUMBER_OR_NOTHING.format(f"datum.{column}", f"format(datum.{column}, '{form}') + ' percentage points'")


def _window_colours(windows: tuple[str, str]) -> alt.Scale:
    return alt.Scale(domain=list(windows), range=list(WINDOW_COLOURS))


def _share_tooltip(*first: Any) -> list[Any]:
    share, count = alt.Tooltip("share:Q", format=".1%"), count_tooltip("count", "documents")
    return [*first, alt.Tooltip("window:N", title="in"), share, count]


@lru_cache(maxsize=64)
def _compared_classes(names: tuple[str, ...], windows: tuple[str, str]) -> Spec:
    """Table: name, window, count, share; one row a class and window."""
    chart = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.Y("name:N", sort=list(names), title=None, axis=alt.Axis(labelLimit=110)),
            alt.X("share:Q", title=None, axis=alt.Axis(format="%", tickCount=4, grid=True)),
            alt.YOffset("window:N", sort=list(windows)),
            alt.Color("window:N", title=None, scale=_window_colours(windows), legend=alt.Legend(orient="top")),
            tooltip=_share_tooltip("name:N"),
        )
    )
    return compiled(chart, height=rows_height(len(names), 28))


@lru_cache(maxsize=64)
def _compared_confidence(windows: tuple[str, str]) -> Spec:
    """Table: from, to, window, count, share; one row a bin and window."""
    base = alt.Chart(DATA).encode(
        alt.X("from:Q", bin="binned", title=None, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
        alt.X2("to:Q"),
        alt.Y("share:Q", stack=None, title=None, axis=alt.Axis(format="%", tickCount=4)),
        tooltip=_share_tooltip(alt.Tooltip("from:Q", format=".0%"), alt.Tooltip("to:Q", format=".0%")),
    )
    colour = alt.Color("window:N", title=None, scale=_window_colours(windows), legend=alt.Legend(orient="top"))
    before = base.transform_filter(alt.datum.window == windows[0]).mark_bar(opacity=0.55).encode(colour)
    now = base.transform_filter(alt.datum.window == windows[1]).mark_bar(filled=False, strokeWidth=2).encode(colour)
    return compiled(before, now, height=340)
