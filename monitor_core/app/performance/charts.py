"""The charts over time of the five tabs: each score, with its trend.

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
    HALF_AN_HOUR,
    NOON,
    Spec,
    band_across,
    band_names,
    compiled,
    count_tooltip,
    day_bands,
    day_strips,
    number_or_nothing,
    score_points,
    share_axis,
    strips,
    vega_format,
)
from monitor_core.app.frame.palette import GREY
from monitor_core.app.performance.reference_band import REFERENCE
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.wording import SHARES, Scale, listed
from monitor_core.reports import comparison
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import WIDE
from monitor_core.scores.metrics import METRIC, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST

# What low and high are; worked out where it is drawn, because as words in each row it would be a third of the table.
ENDS = "isValid(datum.value) ? '95% interval' : isValid(datum.low) ? 'bounds' : ''"
DIFFERENCE = [
    alt.Tooltip("difference_text:N", title="difference, percentage points"),
    alt.Tooltip("verdict:N", title="verdict"),
]
WITHOUT_POINT = "A vertical line without a point is between bounds, because samples were rejected."
WITHOUT_LINE = "So is a shaded area without a line."
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


def _gaps(view: View) -> str:
    """Say what a gap is, and, where samples were rejected, what a vertical line without a point is."""
    gap = f"a gap is {view.a_unit} with fewer than {FEWEST} reviews."
    if not (view.now.rejected or (view.other and view.other.rejected)):
        return gap
    return f"{gap} {WITHOUT_POINT}{f' {WITHOUT_LINE}' if view.trend_days else ''}"


def one_score(view: View, metrics: Iterable[Metric]) -> str:
    """Say how to read charts of one of these scores each."""
    drawn = list(metrics)
    return f"{marks_in_words(view, drawn)} {points_in_words(view, drawn)}"


def marks_in_words(view: View, metrics: Iterable[Metric]) -> str:
    """Say what lines, areas and bars of the charts of these scores over time are."""
    lines = "Shaded area and vertical lines: 95% interval."
    if any(table[["trend", "trend_low"]].notna().any(axis=None) for table in view.trends.values()):
        lines = (
            f"Line: the {view.trend_days} days up to each point, with their 95% interval as the shaded area. "
            f"Points: single {view.granularity}s."
        )
    bands = [band.words for band in map(view.reference_of, metrics) if band]
    return " ".join([lines, *bands, "Grey bars: reviewed samples."])


def points_in_words(view: View, metrics: Iterable[Metric]) -> str:
    """Say what hollow points and gaps are in charts of one of these scores each."""
    words: dict[str, list[str]] = {}
    for metric in metrics:
        words.setdefault(wording.margin(WIDE, metric.scale), []).append(metric.words)
    first, *others = words
    margins = f"{first}{''.join(f' ({listed(words[other])}: {other})' for other in others)}"
    return f"A hollow point is uncertain by more than {margins}; {_gaps(view)}"


def metric(view: View, drawn: Metric) -> Figure:
    """Draw a score over time, with its interval and number of samples."""
    table, reference = _scores(view, drawn), view.reference_of(drawn)
    occurring = _occurring(table) | ({REFERENCE} if reference else set())
    return Figure(
        drawn.titled(view.average),
        view.described(f"{drawn.title} by {view.every} with its 95% interval and the number of reviewed samples"),
        _one_score(drawn.key, view.granularity, view.other is not None, view.trend_days, occurring),
        {"table": table} | (reference.tables if reference else {}),
        view.about,
        [one_score(view, [drawn]), *how_to_read(view)],
        marks_over_time(view),
        _day(view),
    )


def each_metric(view: View, further: Iterable[Metric] = ()) -> list[Figure]:
    """Draw every score of the tabs separately, precision first, in the page's established order."""
    drawn = [*sorted(ON_TABS, key=lambda each: each.key != "precision"), *further]
    (view.over_time or view.now).compute_over_time(drawn, view.average)
    return [metric(view, each) for each in drawn]


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
    name = metric.name(view.average)
    if name in view.trends:
        own = own.join(view.trends[name])
    if view.other_over_time is None:
        return own
    compared = comparison.over_time(own, _rows(view.other_over_time, metric, view.average))
    if name in view.other_trends:
        compared = compared.assign(other_trend=view.other_trends[name]["trend"].reindex(compared.index))
    return comparison.with_texts(compared, metric.scale)


def _rows(scores: Performance, metric: Metric, average: str) -> pd.DataFrame:
    """Return day, reviewed, value, low, high, most, and the labels of the granularity.

    Of a day with few samples there is only their number: one sample's 0% is no crash.
    """
    points, name = scores.points, metric.name(average)
    reviewed, of_metric = points["reviewed"], scores.over_time_of(metric, average)
    value, low, high = (of_metric[f"{name}{end}"].where(reviewed >= FEWEST) for end in ("", "_low", "_high"))
    columns = {"day": points["day"], "reviewed": reviewed, "value": value, "low": low, "high": high}
    table = pd.DataFrame(columns | {"most": reviewed.max()})
    named = [column for column in ("label", "first", "last", "whole") if column in points]
    return table.join(points[named]) if named else table


# ---- their templates


def compile_first() -> None:
    """Compile the template that the first visitor needs first."""
    _one_score("accuracy", "day", False, 7, frozenset({"value", "interval", "trend"}))


def _occurring(table: pd.DataFrame) -> frozenset[str]:
    """Return which of value, interval, bounds and trend any row has: of no rows Vega finds no extent, and warns."""
    has_value, has_ends = table["value"].notna(), table["low"].notna()
    occurs = {"value": has_value, "interval": has_ends, "bounds": has_ends & ~has_value}
    for name in ("trend", "trend_low", "other_trend"):
        occurs |= {name: table[name].notna()} if name in table else {}
    return frozenset(name for name, rows in occurs.items() if rows.any())


@lru_cache(maxsize=256)
def _one_score(key: str, granularity: Granularity, compared: bool, trend_days: int, occurring: frozenset[str]) -> Spec:
    """Table: as `_scores`; one row for each day, or unit of the granularity. Shaded days."""
    drawn = METRIC[key]
    base = alt.Chart(DATA).encode(time_axis("day", granularity))
    has_trend = not occurring.isdisjoint({"trend", "trend_low"})  # of bounds there is no line
    behind = _trend(base, drawn, occurring) if has_trend else _through_points(base, drawn, occurring)
    tooltip = _tooltip(granularity, compared, drawn.scale)
    points = base.transform_calculate(ends=ENDS).encode(_height(drawn, "value"), tooltip=tooltip)
    points = points.encode(color=alt.value(drawn.colour))
    faint = 0.45 if has_trend else 1
    layers = [
        *behind,
        *[score_points(points, alt.value(drawn.colour), _size(granularity), faint)] * ("value" in occurring),
    ]
    if "bounds" in occurring:
        without = base.transform_filter("!isValid(datum.value)").transform_calculate(ends=ENDS)
        of_bounds = without.mark_rule(color=drawn.colour, strokeWidth=3, opacity=0.6 * faint, invalid="filter")
        layers.append(of_bounds.encode(_height(drawn, "low"), alt.Y2("high:Q"), tooltip=tooltip))
    if REFERENCE in occurring:
        layers.insert(0, band_across(REFERENCE, _height(drawn, "low")))
    if compared:
        other = "other_trend" if "other_trend" in occurring else "other_value"
        grey = base.mark_line(color=GREY, strokeWidth=2, invalid=GAPS)
        layers.insert(0, grey.encode(_height(drawn, other)))
    in_front = _strips(granularity, _tooltip_lines(drawn, compared, trend_days))
    return compiled(
        *day_bands(),
        band_names(),
        _sample_bars(granularity),
        alt.layer(*layers),
        *in_front,
        height=260,
        independent=["y"],
    )


def _height(drawn: Metric, name: str) -> alt.Y:
    return share_axis(name, drawn.lowest, drawn.scale)


def _through_points(base: Any, drawn: Metric, occurring: frozenset[str]) -> list[Any]:
    """Draw a line through the points, and their intervals."""
    area = base.mark_area(color=drawn.colour, opacity=0.2, invalid=GAPS)
    interval = base.mark_rule(color=drawn.colour, opacity=0.35, invalid="filter", aria=False)
    line = base.mark_line(color=drawn.colour, strokeWidth=2, invalid=GAPS).encode(_height(drawn, "value"))
    ends = interval.encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    return [area.encode(_height(drawn, "low"), alt.Y2("high:Q")), *[ends] * ("interval" in occurring), line]


def _trend(base: Any, drawn: Metric, occurring: frozenset[str]) -> list[Any]:
    """Draw the trend with its interval, behind the points."""
    area = base.mark_area(color=drawn.colour, opacity=0.22, invalid=GAPS, aria=False)
    line = base.mark_line(color=drawn.colour, strokeWidth=2.5, invalid=GAPS, aria=False)
    of_area = area.encode(_height(drawn, "trend_low"), alt.Y2("trend_high:Q"))
    of_line = line.encode(_height(drawn, "trend"))
    return [*[of_area] * ("trend_low" in occurring), *[of_line] * ("trend" in occurring)]


def _strips(granularity: Granularity, lines: dict[str, str]) -> tuple[Any, Any]:
    """Draw the strips of the hours, days, weeks or months."""
    if granularity == "day":
        return day_strips(lines)
    if granularity == "hour":
        hour = "toDate(datum.day)"
        return strips("datum.label", lines, f"{hour} - {HALF_AN_HOUR}", f"{hour} + {HALF_AN_HOUR}")
    return strips("datum.label", lines, f"toDate(datum.first) - {NOON}", f"toDate(datum.last) + {NOON}")


def _tooltip_lines(drawn: Metric, compared: bool, trend_days: int) -> dict[str, str]:
    """Return the lines of a tooltip: titles and expressions, which are empty where there is no value."""
    form = vega_format(drawn.scale)

    def ends(prefix: str = "") -> str:
        numbers = (
            f"format({drawn.scale.factor} * datum.{prefix}{end}, '.{drawn.scale.digits}f')" for end in ("low", "high")
        )
        return " + '–' + ".join(numbers)

    lines = {
        drawn.title: number_or_nothing("value", form),
        "95% interval": f"isValid(datum.value) && isValid(datum.low) ? {ends()} : ''",
        "between bounds": f"!isValid(datum.value) && isValid(datum.low) ? {ends()} : ''",
        "reviewed samples": f"format(datum.reviewed, ',') + (datum.reviewed < {FEWEST} ? ', too few for a score' : '')",
        "days missing": "datum.whole === false ? 'not all days are in the period, and over' : ''",
    }
    if trend_days:
        interval = f"(isValid(datum.trend_low) ? ' (' + {ends('trend_')} + ')' : '')"
        samples = "', ' + format(datum.trend_samples, ',') + ' samples'"
        trend = f"isValid(datum.trend) ? format(datum.trend, '{form}') + {interval} + {samples} : ''"
        lines[f"{trend_days} days up to it"] = trend
    if compared:
        lines |= {
            "compared with": "isValid(datum.other_label) ? datum.other_label : ''",
            "its value": number_or_nothing("other_value", form),
            "its samples": "isValid(datum.other_label) ? format(datum.other_reviewed, ',') : ''",
            "difference": "isValid(datum.difference_text) ? datum.difference_text : ''",
            "verdict": "isValid(datum.verdict) ? datum.verdict : ''",
        }
    return lines


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
