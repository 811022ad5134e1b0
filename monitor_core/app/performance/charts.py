"""Altair templates with another side in grey, and for hours, weeks and months; without these, `charts` draws."""

from functools import lru_cache
from typing import Any

import altair as alt

from monitor_core.app.frame.charts import (
    DATA,
    GAPS,
    GREY,
    METRIC_COLOURS,
    METRIC_DASHES,
    METRIC_TITLES,
    NOON,
    SHARE,
    Classes,
    Spec,
    class_colour,
    compiled,
    day_bands,
    rows_height,
    sample_bars,
    share_axis,
)
from monitor_core.reports.performance import REJECTED

HOLLOW = "datum.high - datum.low > 0.2 || !datum.whole"
FADED = "datum.verdict == 'beyond noise'"
DIFFERENCE = [
    alt.Tooltip("difference_text:N", title="difference, points"),
    alt.Tooltip("verdict:N", title="which is"),
]


def _time(hourly: bool) -> alt.X:
    form = "%Y-%m-%d %H:%M" if hourly else "%Y-%m-%d"
    return alt.X("day:T", title=None, axis=alt.Axis(format=form, labelOverlap=True, labelAngle=0, tickCount=6))


def _tooltip(compared: bool) -> list[alt.Tooltip]:
    own = [
        alt.Tooltip("label:N", title="time"),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("reviewed:Q", title="samples"),
    ]
    other = [
        alt.Tooltip("other_label:N", title="compared with"),
        alt.Tooltip("other_value:Q", title="its value", format=".1%"),
        alt.Tooltip("other_reviewed:Q", title="its samples"),
        *DIFFERENCE,
    ]
    return own + other if compared else own


def _points(base: Any) -> tuple[Any, Any]:
    """Layers: hollow where the score is uncertain, or the week or month is cut off."""
    full = base.mark_point(size=28, filled=True, invalid="filter")
    hollow = base.mark_point(size=28, invalid="filter")
    return (
        full.encode(opacity=alt.condition(HOLLOW, alt.value(0), alt.value(1))),
        hollow.encode(opacity=alt.condition(HOLLOW, alt.value(1), alt.value(0))),
    )


@lru_cache
def daily_metrics(hourly: bool, compared: bool) -> Spec:
    """Table: day, label, whole, metric (title), value, line, low, high, reviewed, most, and if compared other_line,
    other_label, other_value, other_reviewed, difference_text, verdict. With bands."""
    titles, legend = list(METRIC_TITLES.values()), alt.Legend(orient="top", symbolType="stroke", symbolSize=300)
    colours = alt.Scale(domain=titles, range=list(METRIC_COLOURS.values()))
    dashes = alt.StrokeDash(
        "metric:N", title=None, scale=alt.Scale(domain=titles, range=list(METRIC_DASHES.values())), legend=legend
    )
    base = alt.Chart(DATA).encode(_time(hourly), share_axis("value"))
    coloured = base.encode(alt.Color("metric:N", title=None, scale=colours, legend=legend))
    lines = coloured.mark_line(invalid=GAPS, strokeWidth=2).encode(share_axis("line"), dashes)
    points = _points(coloured.encode(tooltip=[alt.Tooltip("metric:N"), *_tooltip(compared)]))
    bars = sample_bars().encode(_time(hourly)).transform_filter(alt.datum.metric == "Accuracy")
    scores = [lines, *points]
    if compared:
        other = base.mark_line(invalid=GAPS, strokeWidth=1.5, color=GREY, opacity=0.8)
        scores.insert(0, other.encode(share_axis("other_line"), dashes))
    return compiled(*day_bands(), bars, alt.layer(*scores), height=340, independent=["y", "fill"])


@lru_cache
def metric_over_time(metric: str, hourly: bool, compared: bool) -> Spec:
    """Table: as `daily_metrics`, of one metric. With bands."""
    colour = METRIC_COLOURS[metric]
    base = alt.Chart(DATA).encode(_time(hourly))
    band = base.mark_area(color=colour, opacity=0.2, invalid=GAPS).encode(share_axis("low"), alt.Y2("high:Q"))
    whisker = base.mark_rule(color=colour, opacity=0.35, invalid="filter").encode(alt.Y("low:Q"), alt.Y2("high:Q"))
    line = base.mark_line(color=colour, strokeWidth=2, invalid=GAPS).encode(share_axis("line"))
    points = _points(base.encode(share_axis("value"), color=alt.value(colour), tooltip=_tooltip(compared)))
    scores = [band, whisker, line, *points]
    if compared:
        scores.insert(0, base.mark_line(color=GREY, strokeWidth=2, invalid=GAPS).encode(share_axis("other_line")))
    bars = sample_bars().encode(_time(hourly))
    return compiled(*day_bands(), bars, alt.layer(*scores), height=260, independent=["y"])


@lru_cache(maxsize=64)
def class_mix(classes: Classes, hourly: bool) -> Spec:
    """Table: begins, ends, label, name, count, share, below, above; one row an hour, week or month and class. With
    bands."""
    form = "%Y-%m-%d %H:%M" if hourly else "%Y-%m-%d"
    chart = (
        alt.Chart(DATA)
        .mark_bar(stroke="white", strokeWidth=0.5)
        .encode(
            alt.X("begins:T", title=None, axis=alt.Axis(format=form, labelOverlap=True, labelAngle=0, tickCount=6)),
            alt.X2("ends:T"),
            # Vega-Lite stacks no bars that have two ends across.
            alt.Y("below:Q", title=None, axis=SHARE, scale=alt.Scale(domain=[0, 1])),
            alt.Y2("above:Q"),
            class_colour(classes, alt.Legend(orient="top", columns=8, labelLimit=90, symbolLimit=40)),
            tooltip=[
                alt.Tooltip("label:N", title="time"),
                "name:N",
                alt.Tooltip("count:Q", title="samples"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    # The bands before the bars, which leave no gap between them.
    return compiled(chart, *day_bands(-NOON if hourly else 0), height=320)


@lru_cache(maxsize=64)
def class_values(classes: Classes) -> Spec:
    """Table: name, value, low, high, samples, other_value, other_samples, difference_text, change, verdict, most
    (of the axis); one row a class. A tick is the other side's value; a class within noise is faded.
    """
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("samples:Q"),
        alt.Tooltip("other_value:Q", title="compared with", format=".1%"),
        alt.Tooltip("other_samples:Q", title="its samples"),
        *DIFFERENCE,
    ]
    # Not from the data: of a side without a single value Vega could not tell an extent, and warns.
    scale = alt.Scale(domain=[0, alt.ExprRef("data('table')[0] ? data('table')[0].most : 1")], nice=False)
    axis = alt.Axis(format="%", tickCount=5, grid=True, labelExpr="datum.value > 1.001 ? '' : datum.label")
    y = alt.Y("name:N", sort=[name for name, _ in classes], title=None, axis=alt.Axis(labelLimit=110))
    base = alt.Chart(DATA).encode(y, tooltip=tooltip)
    bars = base.mark_bar(invalid="filter").encode(
        alt.X("value:Q", scale=scale, axis=axis, title=None),
        class_colour(classes),
        opacity=alt.condition(FADED, alt.value(0.9), alt.value(0.45)),
    )
    interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5, invalid="filter").encode(
        alt.X("low:Q", scale=scale, title=None), alt.X2("high:Q")
    )
    other = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_value:Q", scale=scale, title=None)
    )
    difference = base.mark_text(align="right", fontSize=11, fill="currentColor").encode(
        alt.X("most:Q", scale=scale, title=None),
        text="change:N",
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.7)),
    )
    return compiled(bars, interval, other, difference, height=rows_height(len(classes)))


@lru_cache(maxsize=64)
def donut(classes: Classes) -> Spec:
    """Table: name, count, share, other_count, other_share, difference_text, verdict; a thin ring for the other."""
    base = alt.Chart(DATA).encode(
        order=alt.Order("count:Q", sort="descending"),
        tooltip=[
            "name:N",
            alt.Tooltip("count:Q", title="samples"),
            alt.Tooltip("share:Q", format=".1%"),
            alt.Tooltip("other_share:Q", title="compared with", format=".1%"),
            *DIFFERENCE,
        ],
    )
    ring = base.mark_arc(innerRadius=64, outerRadius=105).encode(
        class_colour(classes), theta=alt.Theta("count:Q", stack=True)
    )
    other = base.mark_arc(innerRadius=46, outerRadius=58, opacity=0.75).encode(
        class_colour(classes), theta=alt.Theta("other_count:Q", stack=True)
    )
    label = (
        base.transform_filter("datum.share >= 0.04")
        .mark_text(radius=122, fontSize=12, fill="currentColor")
        .encode(text="name:N", detail="name:N", theta=alt.Theta("count:Q", stack=True))
    )
    return compiled(alt.layer(ring, label), other, height=290, independent=["theta"])


@lru_cache(maxsize=64)
def confusion_difference(names: tuple[str, ...]) -> Spec:
    """Table: target, prediction, count, other_count, value, other_value, difference (share), difference_text, verdict.

    Blue: more often than on the other side, orange: less often; faded within noise.
    """
    small = len(names) <= 25
    axis = alt.Axis(labelFlush=False, labelOverlap=False, labelLimit=90, grid=False, domain=False, ticks=False)
    across = axis.copy()
    across.labelAngle = -90 if not small else 0 if max(map(len, names), default=0) <= 3 else -45
    base = alt.Chart(DATA).encode(
        alt.X("prediction:N", sort=list(names), title="prediction", axis=across),
        alt.Y("target:N", sort=[*names, REJECTED], title="target (true class)", axis=axis),
        tooltip=[
            "target:N",
            "prediction:N",
            "count:Q",
            alt.Tooltip("value:Q", title="share of the target", format=".1%"),
            alt.Tooltip("other_count:Q", title="compared with"),
            alt.Tooltip("other_value:Q", title="its share", format=".1%"),
            *DIFFERENCE,
        ],
    )
    colours = alt.Scale(domain=[-0.3, 0, 0.3], range=["#d55e00", "#d9dce1", "#0072b2"], clamp=True, interpolate="rgb")
    cells = base.mark_rect(cornerRadius=2, invalid="filter").encode(
        alt.Color("difference:Q", scale=colours, legend=None),
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.3)),
    )
    numbers = (
        base.transform_filter("isValid(datum.difference)")
        .mark_text(fontSize=12, fill="currentColor")
        .encode(
            text="change:N",
            opacity=alt.condition(FADED, alt.value(1), alt.value(0.75)),
            fill=alt.condition(
                f"{FADED} && abs(datum.difference) > 0.15", alt.value("#ffffff"), alt.value("currentColor")
            ),
        )
    )
    layers = [cells, numbers] if small else [cells]
    return compiled(*layers, height=rows_height(len(names) + 1, 30 if small else 14), independent=["color"])


@lru_cache(maxsize=64)
def difference_bars(classes: Classes) -> Spec:
    """Table: name, difference (points from training), other_difference, training_share, production_share,
    other_share, difference_text, verdict; a tick is the other side's."""
    y = alt.Y("name:N", sort=[name for name, _ in classes], title=None, axis=alt.Axis(labelLimit=140))
    title = "points more in production than in training"
    base = alt.Chart(DATA).encode(
        y,
        tooltip=[
            "name:N",
            alt.Tooltip("difference:Q", title="points", format="+.1f"),
            alt.Tooltip("training_share:Q", title="training", format=".1%"),
            alt.Tooltip("production_share:Q", title="production", format=".1%"),
            alt.Tooltip("other_share:Q", title="compared with", format=".1%"),
            *DIFFERENCE,
        ],
    )
    bars = base.mark_bar().encode(
        alt.X("difference:Q", title=title, axis=alt.Axis(format="+.1f", tickCount=7)),
        class_colour(classes),
        opacity=alt.condition(FADED, alt.value(0.9), alt.value(0.45)),
    )
    other = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_difference:Q", title=title)
    )
    return compiled(bars, other, height=rows_height(len(classes)))
