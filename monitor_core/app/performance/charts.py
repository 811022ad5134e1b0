"""The charts over time of the five tabs: each score, and all scores.

Each figure is declared once; its template has the comparison and the granularity as parameters.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import DAY, Figure, Opens, OverTime
from monitor_core.app.frame.marks import (
    DATA,
    GAPS,
    Spec,
    compiled,
    count_tooltip,
    day_bands,
    score_points,
    share_axis,
    vega_format,
)
from monitor_core.app.frame.palette import GREY
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.wording import SHARES, Scale, listed
from monitor_core.reports import comparison
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import WIDE
from monitor_core.scores.metrics import METRIC, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST

TITLES, COLOURS = [metric.title for metric in ON_TABS], [metric.colour for metric in ON_TABS]
DASHES = [list(metric.dash) for metric in ON_TABS]
# What low and high are; worked out where it is drawn, because as words in each row it would be a third of the table.
ENDS = "isValid(datum.value) ? '95% interval' : isValid(datum.low) ? 'bounds' : ''"
DIFFERENCE = [
    alt.Tooltip("difference_text:N", title="difference, percentage points"),
    alt.Tooltip("verdict:N", title="verdict"),
]
WITHOUT_POINT = "A vertical line without a point is between bounds, because samples were rejected."
CUT_OFF = "A point stands in the middle of its days; a hollow point is uncertain, or some of its days are missing."
DAYS_DIFFER = "From seven days with samples on, an interval is wider if the days differ more than chance."
OTHER_LINE = "Grey: the comparison from its first day on. Each point's difference is judged by itself."
TOGETHER = (
    "Classes are judged together (Holm's correction): chance alone calls any of them different in at most 5 of 100 "
    "comparisons."
)
HOLM = (
    "Line: the period's 95% interval; tick: the comparison; number: the difference in percentage points, faded within "
    f"noise. {TOGETHER} Each interval is a 95% interval by itself."
)
TRAINING_HOLM = f"Bar: the period; tick: the comparison. A bar is faded if the two are within noise. {TOGETHER}"
TRAINING_LINE = "Line: 95% interval of the difference, as if the training set were a sample as well."
CELLS = (
    "Difference in percentage points of the true class's samples. Blue: more often than in the comparison; orange: "
    "less often."
)


# ---- the figures


def all_scores(view: View) -> str:
    """Say how to read the chart of all scores."""
    return f"A hollow point is uncertain by more than {wording.margin(WIDE)}; {_gaps(view)}"


def _gaps(view: View) -> str:
    """Say what a gap is, and, where samples were rejected, what a vertical line without a point is."""
    gap = f"a gap is {view.a_unit} with fewer than {FEWEST} reviews."
    return f"{gap} {WITHOUT_POINT}" if view.now.rejected or (view.other and view.other.rejected) else gap


def one_score(view: View, metrics: Iterable[Metric]) -> str:
    """Say how to read charts of one of these scores each."""
    words: dict[str, list[str]] = {}
    for metric in metrics:
        words.setdefault(wording.margin(WIDE, metric.scale), []).append(metric.words)
    first, *others = words
    margins = f"{first}{''.join(f' ({listed(words[other])}: {other})' for other in others)}"
    return (
        f"Shaded area and vertical lines: 95% interval. A hollow point is uncertain by more than {margins}. "
        f"Grey bars: reviewed samples; {_gaps(view)}"
    )


def metric(view: View, drawn: Metric) -> Figure:
    """Draw a score over time, with its interval and number of samples."""
    table = _scores(view, drawn)
    return Figure(
        drawn.titled(view.average),
        view.described(f"{drawn.title} by {view.every} with its 95% interval and the number of reviewed samples"),
        _one_score(drawn.key, view.granularity, view.other is not None, _occurring(table)),
        {"table": table},
        view.about,
        [one_score(view, [drawn]), *how_to_read(view)],
        marks_over_time(view),
        _day(view),
    )


def each_metric(view: View, further: Iterable[Metric] = ()) -> list[Figure]:
    """Draw every score of the tabs separately, precision first, in the page's established order."""
    return [metric(view, each) for each in (*sorted(ON_TABS, key=lambda each: each.key != "precision"), *further)]


def metrics(view: View) -> Figure:
    """Draw the four scores over time, with the samples below them."""
    names = listed(metric.words for metric in ON_TABS)
    table = pd.concat([_scores(view, metric) for metric in ON_TABS], ignore_index=True)
    return Figure(
        f"{view.granularity.capitalize()} by {view.granularity}",
        view.described(
            f"{names[0].upper()}{names[1:]} by {view.every}, with the number of reviewed samples under them"
        ),
        _all_scores(view.granularity, view.other is not None, _occurring(table)),
        {"table": table.assign(metric=[metric.title for metric in ON_TABS for _ in range(len(table) // len(ON_TABS))])},
        view.about,
        [all_scores(view), *how_to_read(view)],
        marks_over_time(view),
        _day(view),
    )


def how_to_read(view: View) -> list[str]:
    """Explain the granularity, incomplete weeks and months, and the grey line."""
    cut_off = [CUT_OFF, DAYS_DIFFER] if view.granularity in ("week", "month") else []
    return [*([view.why] if view.why else []), *cut_off, *([OTHER_LINE] if view.other else [])]


def marks_over_time(view: View) -> OverTime:
    """Return what is drawn behind a chart over time, and how wide its units are."""
    selection, hourly = view.now.selection, view.granularity == "hour"
    return OverTime(selection.period, incomplete=selection.basis == "predicted", hourly=hourly)


def _day(view: View) -> Opens:
    """Return what a click on a point opens: its day, if the point is a day."""
    return DAY if view.granularity in ("day", "hour") else {}


# ---- their tables


def _scores(view: View, metric: Metric) -> pd.DataFrame:
    """Return a score over time, with the comparison's if there is one."""
    own = _rows(view.over_time or view.now, metric, view.average)
    if view.other_over_time is None:
        return own
    compared = comparison.over_time(own, _rows(view.other_over_time, metric, view.average))
    return comparison.with_texts(compared, metric.scale)


def _rows(scores: Performance, metric: Metric, average: str) -> pd.DataFrame:
    """Return day, reviewed, value, low, high, most, and the labels of the granularity.

    Of a day with few samples there is only their number: one sample's 0% is no crash.
    """
    name, reviewed = metric.name(average), scores.daily["reviewed"]
    value, low, high = (scores.daily[f"{name}{end}"].where(reviewed >= FEWEST) for end in ("", "_low", "_high"))
    columns = {"day": scores.daily["day"], "reviewed": reviewed, "value": value, "low": low, "high": high}
    table = pd.DataFrame(columns | {"most": reviewed.max()})
    named = [column for column in ("label", "first", "last", "whole") if column in scores.daily]
    return table.join(scores.daily[named]) if named else table


# ---- their templates


def compile_first() -> None:
    """Compile the template that the first visitor needs first."""
    _all_scores("day", False, frozenset({"value", "interval"}))


def _occurring(table: pd.DataFrame) -> frozenset[str]:
    """Return which of value, interval and bounds any row has: of no rows Vega finds no extent, and warns."""
    has_value, has_ends = table["value"].notna(), table["low"].notna()
    occurs = {"value": has_value, "interval": has_ends, "bounds": has_ends & ~has_value}
    return frozenset(name for name, rows in occurs.items() if rows.any())


@lru_cache
def _one_score(key: str, granularity: Granularity, compared: bool, occurring: frozenset[str]) -> Spec:
    """Table: as `_scores`; one row for each day, or unit of the granularity. Shaded days."""
    drawn = METRIC[key]
    colour = drawn.colour
    base = alt.Chart(DATA).encode(time_axis("day", granularity))

    def axis(name: str) -> alt.Y:
        return share_axis(name, drawn.lowest, drawn.scale)

    area = base.mark_area(color=colour, opacity=0.2, invalid=GAPS).encode(axis("low"), alt.Y2("high:Q"))
    interval = base.mark_rule(color=colour, opacity=0.35, invalid="filter", aria=False).encode(
        alt.Y("low:Q"), alt.Y2("high:Q")
    )
    line = base.mark_line(color=colour, strokeWidth=2, invalid=GAPS).encode(axis("value"))
    tooltip = _tooltip(granularity, compared, drawn.scale)
    points = base.transform_calculate(ends=ENDS).encode(axis("value"), color=alt.value(colour), tooltip=tooltip)
    of_points = score_points(points, alt.value(colour), _size(granularity))
    layers = [area, *[interval] * ("interval" in occurring), line, *[of_points] * ("value" in occurring)]
    if "bounds" in occurring:
        without = base.transform_filter("!isValid(datum.value)").transform_calculate(ends=ENDS)
        of_bounds = without.mark_rule(color=colour, strokeWidth=3, opacity=0.6, invalid="filter")
        layers.append(of_bounds.encode(axis("low"), alt.Y2("high:Q"), tooltip=tooltip))
    if compared:
        layers.insert(0, base.mark_line(color=GREY, strokeWidth=2, invalid=GAPS).encode(axis("other_value")))
    scores = alt.layer(*layers)
    return compiled(*day_bands(), _sample_bars(granularity), scores, height=260, independent=["y"])


@lru_cache
def _all_scores(granularity: Granularity, compared: bool, occurring: frozenset[str]) -> Spec:
    """Table: as `_scores`, and metric (title); one row a day and metric. Shaded days."""
    # Small enough for the space beside the sidebar, where a drawing does not grow with a second row.
    legend = alt.Legend(orient="top", symbolType="stroke", symbolSize=160, columnPadding=6, labelOffset=3)
    colours = alt.Scale(domain=TITLES, range=COLOURS)
    dashes = alt.StrokeDash("metric:N", title=None, scale=alt.Scale(domain=TITLES, range=DASHES), legend=legend)
    time = alt.Chart(DATA).encode(time_axis("day", granularity))
    base = time.encode(alt.Color("metric:N", title=None, scale=colours, legend=legend))
    lines = base.mark_line(invalid=GAPS, strokeWidth=2).encode(share_axis("value"), dashes)
    points = base.transform_calculate(ends=ENDS)
    scores = points.encode(share_axis("value"), tooltip=[alt.Tooltip("metric:N"), *_tooltip(granularity, compared)])
    stroke = alt.Stroke("metric:N", title=None, scale=colours, legend=legend)
    layers = [lines, *[score_points(scores, stroke, _size(granularity))] * ("value" in occurring)]
    if "bounds" in occurring:
        bounds = base.transform_filter("!isValid(datum.value)").mark_rule(strokeWidth=2, invalid="filter", aria=False)
        layers.append(bounds.encode(share_axis("low"), alt.Y2("high:Q")))
    if compared:
        other = time.mark_line(invalid=GAPS, strokeWidth=1.5, color=GREY, opacity=0.8)
        layers.insert(0, other.encode(share_axis("other_value"), dashes))
    bars = _sample_bars(granularity).transform_filter(alt.datum.metric == TITLES[0])
    return compiled(*day_bands(), bars, alt.layer(*layers), height=340, independent=["y"])


def time_axis(column: str, granularity: Granularity) -> alt.X:
    """Return the encoding of a column of dates along the chart."""
    form = "%Y-%m-%d %H:%M" if granularity == "hour" else "%Y-%m-%d"
    axis = alt.Axis(format=form, labelOverlap=True, labelAngle=0, tickCount=6)
    return alt.X(f"{column}:T", title=None, axis=axis)


def _size(granularity: Granularity) -> int:
    """Return the size of a point: hours and weeks are fewer, many of them without a line."""
    return 18 if granularity == "day" else 28


def _tooltip(granularity: Granularity, compared: bool, scale: Scale = SHARES) -> list[alt.Tooltip]:
    form = vega_format(scale)
    day = alt.Tooltip("day:T", title="day", format="%Y-%m-%d")
    own = [
        day if granularity == "day" else alt.Tooltip("label:N", title="time"),
        alt.Tooltip("value:Q", format=form),
        *ends_tooltip(form),
        count_tooltip("reviewed", "samples"),
    ]
    other = [
        alt.Tooltip("other_label:N", title="compared with"),
        alt.Tooltip("other_value:Q", title="value of the comparison", format=form),
        count_tooltip("other_reviewed", "samples of the comparison"),
        *DIFFERENCE,
    ]
    return own + other if compared else own


def ends_tooltip(form: str) -> tuple[alt.Tooltip, ...]:
    """Return the tooltip of low and high, and whether they are an interval or bounds."""
    low, high = alt.Tooltip("low:Q", title="from", format=form), alt.Tooltip("high:Q", title="to", format=form)
    return alt.Tooltip("ends:N", title="range"), low, high


def _sample_bars(granularity: Granularity) -> Any:
    """Draw the samples along the bottom quarter: the scale is four times as high as the tallest bar."""
    most = "max(1, data('table')[0] ? data('table')[0].most : 1)"
    top = alt.Scale(domainMin=0, domainMax=alt.ExprRef(f"4 * {most}"))
    axis = alt.Axis(orient="right", grid=False, values=alt.ExprRef(f"[0, {most}]"), title="samples", format=",d")
    return (
        alt.Chart(DATA)
        .mark_bar(color=GREY, opacity=0.35)
        .encode(
            time_axis("day", granularity),
            alt.Y("reviewed:Q", title="samples", scale=top, axis=axis),
            tooltip=[alt.Tooltip("day:T", format="%Y-%m-%d"), count_tooltip("reviewed", "samples")],
        )
    )
