"""Altair templates: each is compiled once and then fed with the reports' tables.

Compiling costs 150 ms and more, and holds a process-wide lock; feeding costs 2 ms. A template names its tables
(`alt.NamedData`) and leaves the ink to the theme, so that one serves light and dark.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame import annotation_marks as charts_annotations
from monitor_core.app.frame.palette import colour_of
from monitor_core.reports.alerts import MATURING, Band
from monitor_core.reports.performance import FEWEST, OTHERS, REJECTED
from monitor_core.scores.metrics import METRIC, ON_TABS
from monitor_core.settings.settings import Settings

Spec = dict[str, Any]
Classes = tuple[tuple[str, str], ...]  # (name, colour), in the order of their numbers
DATA = alt.NamedData("table")
BANDS = alt.NamedData("bands")  # behind the lines of a chart over time: from, to, title, severity; see `bands_table`
# Okabe and Ito's colours, told apart by colour-blind eyes; the dashes are for those who see none.
METRIC_COLOURS = {metric.key: metric.colour for metric in ON_TABS}
METRIC_DASHES = {metric.key: list(metric.dash) for metric in ON_TABS}
METRIC_TITLES = {metric.key: metric.title for metric in ON_TABS}
GREY = "#818793"
OUTCOME_COLOURS = {"right": "#0072b2", "wrong": "#d55e00", "not reviewed": GREY}
SEVERITY_COLOURS = {"warning": "#e69f00", "critical": "#d55e00", MATURING: GREY}
NOON = 12 * 60 * 60 * 1000  # milliseconds
GAPS: Any = "break-paths-filter-domains"  # a day without a value interrupts the line, and is not drawn as zero
SHARE = alt.Axis(format="%", tickCount=5, grid=True)
DAY = alt.X("day:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True, labelAngle=0, tickCount=6))
NOTHING_TO_DRAW = "Nothing to draw: not enough data in this selection."  # where no row has a value
UNCERTAIN = "datum.high - datum.low > 0.2"


def compiled(*layers: Any, height: int, independent: Sequence[str] = ()) -> Spec:
    """The template of a chart, or of one with layers, whose scales of these channels are each layer's own.

    Altair copies all layers of a chart at each `+` and at each change of it; said in one call, they take a third of
    the time.
    """
    chart = layers[0].properties(height=height) if len(layers) == 1 else alt.layer(*layers, height=height)
    if independent and len(layers) > 1:
        chart.resolve = alt.Resolve(scale=dict.fromkeys(independent, "independent"))
    spec: Spec = chart.to_dict()
    spec.pop("$schema", None)
    # The theme's job but for its grey, which has too little contrast for small text.
    ink = {"labelColor": "currentColor", "titleColor": "currentColor"}
    spec["config"] = {"axis": ink, "legend": ink}
    spec["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # a canvas knows no current colour
    return spec


def has_values(spec: Spec, table: pd.DataFrame) -> bool:
    """Whether any row of the template's table has a number that is drawn."""
    drawn = [name for name in _drawn(spec) if name in table]
    return not table.empty and (not drawn or any(table[name].notna().any() for name in drawn))


def _drawn(spec: Spec) -> Iterator[str]:
    """The columns that give its marks their places and sizes."""
    for name, channel in spec.get("encoding", {}).items():
        if name in ("x", "y", "theta", "color") and channel.get("type") == "quantitative" and "field" in channel:
            yield channel["field"]
    for layer in spec.get("layer", []):
        yield from _drawn(layer)


def rows_height(rows: int, step: int = 24) -> int:
    """Pixels of a chart with one row a class, its axis included; `alt.Step` cannot be fitted to the page's width."""
    return step * max(rows, 1) + 60


def share_axis(name: str) -> alt.Y:
    return alt.Y(f"{name}:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=SHARE)


def _score_tooltip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("day:T", title="day", format="%Y-%m-%d"),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("reviewed:Q", title="samples"),
    ]


def sample_bars() -> Any:
    """Daily samples along the bottom quarter: the scale is four times as high as the tallest bar needs."""
    most = "max(1, data('table')[0] ? data('table')[0].most : 1)"
    top = alt.Scale(domainMin=0, domainMax=alt.ExprRef(f"4 * {most}"))
    axis = alt.Axis(orient="right", grid=False, values=alt.ExprRef(f"[0, {most}]"), title="samples", format="d")
    return (
        alt.Chart(DATA)
        .mark_bar(color=GREY, opacity=0.35)
        .encode(
            DAY,
            alt.Y("reviewed:Q", title="samples", scale=top, axis=axis),
            tooltip=[alt.Tooltip("day:T", format="%Y-%m-%d"), alt.Tooltip("reviewed:Q", title="samples")],
        )
    )


def day_bands(shift: int = -NOON, annotated: bool = True) -> tuple[Any, ...]:
    """Layers: the days of alerts, and those still maturing, over the whole height.

    A day's point stands at its midnight, its bar begins there. With them stand the annotations, unless the chart puts
    these on its bars.
    """
    colours = alt.Scale(domain=list(SEVERITY_COLOURS), range=list(SEVERITY_COLOURS.values()))
    bands = (
        alt.Chart(BANDS)
        .transform_calculate(begins=f"toDate(datum.from) + {shift}", ends=f"toDate(datum.to) + {shift}")
        .mark_rect(aria=False)
        .encode(
            alt.X("begins:T", title=None),
            alt.X2("ends:T"),
            fill=alt.Fill("severity:N", scale=colours, legend=None),
            opacity=alt.condition(alt.datum.severity == MATURING, alt.value(0.22), alt.value(0.1)),
            tooltip=[alt.Tooltip("title:N", title="shaded"), "severity:N"],
        )
    )
    return (bands, *charts_annotations.rules()) if annotated else (bands,)


def bands_table(alerts: Iterable[Band], first: date, last: date) -> pd.DataFrame:
    """As much of them as lies between the days.

    The first row is a band of no width: of a table without rows Vega could not tell an extent.
    """
    noon = datetime.combine(first, time(12))
    rows: list[tuple[datetime, datetime, str, str]] = [(noon, noon, "", "warning")]
    for one in alerts:
        if one.first <= last and one.last >= first:
            begins, ends = max(one.first, first), min(one.last, last) + timedelta(days=1)
            midnights = datetime.combine(begins, time()), datetime.combine(ends, time())
            rows.append((*midnights, one.title, one.severity))
    return charts_annotations.table_of(
        rows, {"from": "datetime64[ms]", "to": "datetime64[ms]", "title": "object", "severity": "object"}
    )


@lru_cache
def daily_metrics() -> Spec:
    """Table: day, metric (title), value, line, low, high, reviewed, most; one row a day and metric. With bands."""
    titles, legend = list(METRIC_TITLES.values()), alt.Legend(orient="top", symbolType="stroke", symbolSize=300)
    colours = alt.Scale(domain=titles, range=list(METRIC_COLOURS.values()))
    dashes = alt.Scale(domain=titles, range=list(METRIC_DASHES.values()))
    colour = alt.Color("metric:N", title=None, scale=colours, legend=legend)
    base = alt.Chart(DATA).encode(DAY, colour)
    lines = base.mark_line(invalid=GAPS, strokeWidth=2).encode(
        share_axis("line"),
        alt.StrokeDash("metric:N", title=None, scale=dashes, legend=legend),
    )
    shown = base.encode(share_axis("value"), tooltip=[alt.Tooltip("metric:N"), *_score_tooltip()])
    points = score_points(shown, alt.Stroke("metric:N", title=None, scale=colours, legend=legend))
    bars = sample_bars().transform_filter(alt.datum.metric == "Accuracy")
    return compiled(*day_bands(), bars, alt.layer(lines, points), height=340, independent=["y"])


def score_points(base: Any, stroke: Any) -> Any:
    """A full point, or a hollow one where the score is uncertain: one mark a row, for a browser draws each of them.

    Its inside has the colour of the base; the channel `fill` is the bands', whose scale all layers share.
    """
    return base.mark_point(size=18, filled=True, opacity=1, strokeWidth=1.2, invalid="filter").encode(
        stroke=stroke, fillOpacity=alt.condition(UNCERTAIN, alt.value(0), alt.value(1))
    )


@lru_cache
def metric_over_time(metric: str) -> Spec:
    """Table: day, value, line, low, high, reviewed, most; one row a day. With bands."""
    colour = METRIC_COLOURS[metric]
    base = alt.Chart(DATA).encode(DAY)
    share = share_axis("value")
    band = base.mark_area(color=colour, opacity=0.2, invalid=GAPS).encode(share_axis("low"), alt.Y2("high:Q"))
    whisker = base.mark_rule(color=colour, opacity=0.35, invalid="filter", aria=False).encode(
        alt.Y("low:Q"), alt.Y2("high:Q")
    )
    line = base.mark_line(color=colour, strokeWidth=2, invalid=GAPS).encode(share_axis("line"))
    shown = base.encode(share, color=alt.value(colour), tooltip=_score_tooltip())
    points = score_points(shown, alt.value(colour))
    scores = alt.layer(band, whisker, line, points)
    return compiled(*day_bands(), sample_bars(), scores, height=260, independent=["y"])


def coloured(settings: Settings, labels: Iterable[int], shown: Collection[str]) -> Classes:
    """The shown ones of these classes, in their order, and "other classes" if they are shown."""
    named = [(settings.class_name(label), colour_of(label, settings.class_colours)) for label in labels]
    others = ((OTHERS, GREY),) if OTHERS in shown else ()
    return (*(one for one in named if one[0] in shown), *others)


def class_colour(classes: Classes, legend: Any = None) -> alt.Color:
    names, colours = [name for name, _ in classes], [colour for _, colour in classes]
    return alt.Color("name:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend)


@lru_cache(maxsize=64)
def donut(classes: Classes) -> Spec:
    """Table: name, count, share; most first."""
    base = alt.Chart(DATA).encode(
        theta=alt.Theta("count:Q", stack=True),
        order=alt.Order("count:Q", sort="descending"),
        tooltip=["name:N", alt.Tooltip("count:Q", title="samples"), alt.Tooltip("share:Q", format=".1%")],
    )
    ring = base.mark_arc(innerRadius=60, outerRadius=105).encode(class_colour(classes))
    label = (
        base.transform_filter("datum.share >= 0.04")
        .mark_text(radius=122, fontSize=12, fill="currentColor")
        .encode(text="name:N", detail="name:N")
    )
    return compiled(ring, label, height=290)


@lru_cache(maxsize=64)
def class_bars(classes: Classes) -> Spec:
    """Table: name, count, share; most first."""
    base = alt.Chart(DATA).encode(
        alt.Y("name:N", sort=alt.SortField("count", "descending"), title=None, axis=alt.Axis(labelLimit=140)),
        # stack=None: of stacked bars in layers Vega-Lite forgets the order
        alt.X("count:Q", stack=None, title="reviewed samples", axis=alt.Axis(tickMinStep=1, tickCount=6, grid=True)),
        tooltip=["name:N", alt.Tooltip("count:Q", title="samples"), alt.Tooltip("share:Q", format=".1%")],
    )
    text = base.mark_text(align="left", dx=4, fill="currentColor").encode(text="count:Q")
    return compiled(base.mark_bar().encode(class_colour(classes)), text, height=rows_height(len(classes)))


@lru_cache(maxsize=64)
def class_mix(classes: Classes) -> Spec:
    """Table: day, name, count, share; one row a day and class. Days without reviews stay empty. With bands."""
    chart = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.X("day:T", timeUnit="yearmonthdate", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True)),
            alt.Y("share:Q", title=None, stack="zero", axis=SHARE, scale=alt.Scale(domain=[0, 1])),
            class_colour(classes, alt.Legend(orient="top", columns=8, labelLimit=90, symbolLimit=40)),
            tooltip=[
                alt.Tooltip("day:T", format="%Y-%m-%d"),
                "name:N",
                alt.Tooltip("count:Q", title="samples"),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )
    return compiled(*day_bands(0, annotated=False), chart, *charts_annotations.rules(NOON, above=True), height=320)


@lru_cache(maxsize=64)
def class_scores(classes: Classes) -> Spec:
    """Table: name, value, low, high, samples; one row a class."""
    order = [name for name, _ in classes]
    tooltip = [
        alt.Tooltip("name:N"),
        alt.Tooltip("value:Q", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("samples:Q"),
    ]
    scale = alt.Scale(domain=[0, 1.18])  # room for the number of samples on the right
    axis = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], grid=True)
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=110))
    base = alt.Chart(DATA).encode(y, tooltip=tooltip)
    bars = base.mark_bar(invalid="filter", opacity=0.85).encode(
        alt.X("value:Q", scale=scale, axis=axis, title=None), class_colour(classes)
    )
    interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5, invalid="filter").encode(
        alt.X("low:Q", scale=scale, title=None), alt.X2("high:Q")
    )
    undefined = base.transform_filter("!isValid(datum.value)").mark_text(text="–", align="left", fill="currentColor")
    support = base.mark_text(align="right", fill="currentColor", fillOpacity=0.8, fontSize=11).encode(
        x=alt.datum(1.18, scale=scale), text="samples:Q"
    )
    return compiled(bars, interval, undefined.encode(x=alt.datum(0)), support, height=rows_height(len(classes)))


@lru_cache(maxsize=64)
def confusion_matrix(names: tuple[str, ...], shares: bool) -> Spec:
    """Table: target, prediction, count, share; one row a cell. Numbers are written in it while it is small enough."""
    axis = alt.Axis(labelFlush=False, labelOverlap=False, labelLimit=90, grid=False, domain=False, ticks=False)
    across = axis.copy()
    short = max(map(len, names), default=0) <= 3
    across.labelAngle = -90 if len(names) > 25 else 0 if short else -45
    base = alt.Chart(DATA).encode(
        alt.X("prediction:N", sort=list(names), title="prediction", axis=across),
        alt.Y("target:N", sort=[*names, REJECTED], title="target (true class)", axis=axis),
        tooltip=[
            "target:N",
            "prediction:N",
            "count:Q",
            alt.Tooltip("share:Q", title="share of the target", format=".1%"),
        ],
    )
    shade = "share:Q" if shares else "count:Q"
    cells = base.mark_rect(cornerRadius=2).encode(
        alt.Color(shade, scale=alt.Scale(scheme="blues", domainMin=0), legend=None),
        opacity=alt.condition("datum.count > 0", alt.value(1), alt.value(0.12)),
    )
    dark = "datum.share > 0.5" if shares else "datum.count > 0.5 * datum.most"
    text = base.transform_filter("datum.count > 0").mark_text(fontSize=12)
    numbers = text.encode(
        alt.Text(shade, format=".0%") if shares else alt.Text(shade),
        fill=alt.condition(dark, alt.value("#ffffff"), alt.value("#1f2430")),
    )
    layers = [cells, numbers] if len(names) <= 25 else [cells]
    return compiled(*layers, height=rows_height(len(names) + 1, 30 if len(names) <= 25 else 14), independent=["color"])


@lru_cache(maxsize=64)
def difference_bars(classes: Classes) -> Spec:
    """Table: name, difference (points), training_share, production_share; one row a class."""
    chart = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.Y("name:N", sort=[name for name, _ in classes], title=None, axis=alt.Axis(labelLimit=140)),
            alt.X(
                "difference:Q",
                title="points more in production than in training",
                axis=alt.Axis(format="+.1f", tickCount=7),
            ),
            class_colour(classes),
            tooltip=[
                "name:N",
                alt.Tooltip("difference:Q", title="points", format="+.1f"),
                alt.Tooltip("training_share:Q", title="training", format=".1%"),
                alt.Tooltip("production_share:Q", title="production", format=".1%"),
            ],
        )
    )
    return compiled(chart, height=rows_height(len(classes)))


@lru_cache
def confidence_histogram(outcomes: tuple[str, ...] = tuple(OUTCOME_COLOURS)) -> Spec:
    """Table: from, to, outcome (right | wrong | not reviewed), count; one row a bin and outcome."""
    colours = alt.Scale(domain=list(outcomes), range=[OUTCOME_COLOURS[one] for one in outcomes])
    tooltip = [
        alt.Tooltip("from:Q", format=".0%"),
        alt.Tooltip("to:Q", format=".0%"),
        alt.Tooltip("outcome:N"),
        alt.Tooltip("count:Q", title="documents"),
    ]
    chart = (
        alt.Chart(DATA)
        .mark_bar()
        .encode(
            alt.X(
                "from:Q", bin="binned", title="confidence", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")
            ),
            alt.X2("to:Q"),
            alt.Y("count:Q", title="documents", stack="zero", axis=alt.Axis(tickMinStep=1, tickCount=5)),
            alt.Color("outcome:N", title=None, scale=colours, legend=alt.Legend(orient="top")),
            tooltip=tooltip,
        )
    )
    return compiled(chart, height=260)


def metric_table(daily: pd.DataFrame, metric: str, average: str) -> pd.DataFrame:
    """The rows of one metric over time: day, reviewed, value, low, high, line, most."""
    name = METRIC[metric].name(average)
    value, reviewed = daily[name], daily["reviewed"]
    return pd.DataFrame(
        {
            "day": daily["day"],
            "reviewed": reviewed,
            "value": value,
            "low": daily[f"{name}_low"],
            "high": daily[f"{name}_high"],
            "line": value.where(reviewed >= FEWEST),  # one sample's 0 % is no crash: a point, but no line to it
            "most": reviewed.max(),
        }
    )


def metrics_table(daily: pd.DataFrame, average: str) -> pd.DataFrame:
    """The rows of all four metrics over time, with the metric's title as `metric`."""
    table = pd.concat([metric_table(daily, metric.key, average) for metric in ON_TABS], ignore_index=True)
    return table.assign(metric=[metric.title for metric in ON_TABS for _ in range(len(daily))])
