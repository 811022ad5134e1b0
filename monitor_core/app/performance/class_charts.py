"""The charts by class of the five tabs: samples, scores, the confusion matrix, and the training set.

Each figure is declared once; a comparison adds a tick, a thin circle or a difference.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame import charts
from monitor_core.app.frame.figure import CELL, CLASS, Figure
from monitor_core.app.frame.marks import (
    DATA,
    SIGNED,
    Spec,
    class_colour,
    compiled,
    count_tooltip,
    rows_height,
    vega_format,
)
from monitor_core.app.frame.palette import Classes, coloured
from monitor_core.app.performance.charts import CELLS, DIFFERENCE, HOLM, TRAINING_HOLM, TRAINING_LINE, ends_tooltip
from monitor_core.app.performance.view import View
from monitor_core.contract.wording import SHARES, Scale, listed
from monitor_core.reports import cells, comparison, training
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import OTHERS
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.metrics import Metric

FOR_NUMBERS = 0.25  # of the longest bar
ROOM = 1.18  # of an axis of shares, whose end is 1: for the number of samples on the right
FADED = "datum.verdict == 'significant'"
CIRCLES = "Thick circle: the period; thin circle: the comparison."


# ---- samples


def donut(view: View) -> Figure:
    """Draw the share of each true class; with a comparison, as two circles."""
    return _donut_of(view, "Share", "Share of reviewed samples by true class")


def _donut_of(view: View, title: str, alt: str) -> Figure:
    if view.other is None:
        table = reports.class_samples(view.now)
        spec = _donut(view.colours(set(table["name"])), False)
        return Figure(title, alt, spec, {"table": table}, view.about, opens=CLASS)
    table = comparison.with_texts(comparison.compared_class_samples(view.now, view.other))
    spec = _donut(view.colours(set(table["name"])), True)
    return Figure(title, view.described(f"{alt} as two circles"), spec, {"table": table}, view.about, [CIRCLES])


def class_bars(view: View) -> Figure:
    """Draw the samples of each true class; with a comparison their shares, because the totals differ."""
    if view.other is None:
        table = reports.class_samples(view.now)
        spec = _counts(view.colours(set(table["name"])))
        alt = "Reviewed samples by true class, most first"
        return Figure("Number", alt, spec, {"table": table}, view.about, opens=CLASS)
    table = comparison.with_texts(comparison.class_shares(view.now, view.other))
    return Figure(
        "Share, compared",
        view.described("Share of the reviewed samples by true class"),
        _values(view.colours(set(table["name"])), True),
        {"table": table.assign(most=_width(table))},
        view.about,
        [HOLM],
    )


def _width(table: pd.DataFrame) -> float:
    """Return the length of the axis of shares: the longest bar, and space for the number behind it."""
    longest = table[["high", "other_value"]].max().max()
    return float(longest) * (1 + FOR_NUMBERS) if longest > 0 else 1.0


# ---- scores


def class_scores(view: View, metric: Metric) -> Figure:
    """Draw each class's score with its interval."""
    table = _scores(view, metric)
    listed = set(table["name"]) if view.other else set(reports.listed_classes(view.now))
    return Figure(
        metric.title,
        view.described(f"{metric.title} by class with its 95% interval and the samples it rests on"),
        _values(view.colours(listed), view.other is not None, metric.lowest, metric.scale),
        {"table": table},
        view.about,
        [HOLM if view.other else samples_of([metric])],
    )


def samples_of(metrics: Sequence[Metric]) -> str:
    """Say what the sample numbers beside the bars of these metrics count."""
    words: dict[str, list[str]] = {}
    for metric in metrics:
        words.setdefault(metric.samples, []).append(metric.words)
    counted = [f"{samples} ({listed(of)})" if len(words) > 1 else samples for samples, of in words.items()]
    return f"Line: 95% interval; without a bar: bounds. Grey number: {', '.join(counted)}."


def _scores(view: View, metric: Metric) -> pd.DataFrame:
    if view.other is None:
        return reports.class_scores(view.now, metric)
    table = comparison.with_texts(comparison.compared_class_scores(view.now, view.other), metric.scale)
    listed = {*reports.listed_classes(view.now), *(set(view.other.names.values()) - set(view.now.names.values()))}
    table = table[(table["metric"] == metric.key) & table["name"].isin(listed)].head(reports.MOST_LISTED)
    return table.assign(most=1 + FOR_NUMBERS)


def confusion_matrix(view: View, shares: bool) -> Figure:
    """Draw the selection's confusion matrix, in counts or in shares of the true class."""
    alt = "Confusion matrix: true classes as rows, predictions as columns"
    return charts.confusion_matrix(view.now, alt, view.about, shares, opens=CELL)


def confusion_difference(view: View) -> Figure:
    """Draw the difference of each cell's share of its true class from the comparison's, in percentage points."""
    assert view.other is not None  # noqa: S101 - there is nothing to show without one
    table = comparison.with_texts(cells.confusion_shares(view.now, view.other))
    return Figure(
        "Difference of the shares",
        view.described("Confusion matrix: difference of the shares of the true class in percentage points"),
        _matrix_difference(tuple(reports.listed_classes(view.now))),
        {"table": table},
        view.about,
        [CELLS],
    )


# ---- the training set


def training_donut(view: View, mix: TrainingMix) -> Figure:
    """Draw the classes of the training set."""
    spec, table = _donut(_classes(view, mix), False), training.classes_of(mix, "training")
    return Figure("Training set", "Training set by class", spec, {"table": table}, f"From {mix.source}")


def production_donut(view: View, mix: TrainingMix) -> Figure:
    """Draw the classes of the reviewed samples."""
    title, alt = "Production, reviewed", "Reviewed samples by class"
    if view.other is not None and view.now.counts.validated:
        return _donut_of(view, title, alt)
    spec, table = _donut(_classes(view, mix), False), training.classes_of(mix, "production")
    return Figure(title, alt, spec, {"table": table}, view.about)


def training_difference(view: View, mix: TrainingMix) -> Figure:
    """Draw the difference of each class's share in production from the training set, in percentage points."""
    alt = "Percentage points by which a class's share in production exceeds its share in the training set"
    table = comparison.compared_training_mix(mix, view.now, view.other) if view.other else mix.table
    # Vega complains of marks none of which has a place.
    compared = view.other is not None and table[["difference", "other_difference"]].notna().any().all()
    return Figure(
        "Difference",
        view.described(alt) if compared else alt,
        _differences(_classes(view, mix), bool(compared)),
        {"table": table if compared else mix.table},
        view.about,
        [TRAINING_HOLM if compared else TRAINING_LINE],
    )


def _classes(view: View, mix: TrainingMix) -> Classes:
    return coloured(view.settings, mix.table["label"].tolist(), {*mix.table["name"], OTHERS})


# ---- their templates


@lru_cache(maxsize=64)
def _donut(classes: Classes, compared: bool) -> Spec:
    """Table: name, count, share; most first; if compared other_count, other_share, difference_text, verdict."""
    tooltip: list[Any] = ["name:N", count_tooltip("count", "samples"), alt.Tooltip("share:Q", format=".1%")]
    if compared:
        tooltip += [alt.Tooltip("other_share:Q", title="compared with", format=".1%"), *DIFFERENCE]
    both = alt.Chart(DATA).encode(order=alt.Order("count:Q", sort="descending"), tooltip=tooltip)
    base = both.encode(theta=alt.Theta("count:Q", stack=True))
    circle = base.mark_arc(innerRadius=64 if compared else 60, outerRadius=105).encode(class_colour(classes))
    label = (
        base.transform_filter("datum.share >= 0.04")
        .mark_text(radius=122, fontSize=12, limit=140, fill="currentColor")
        .encode(text="name:N", detail="name:N")
    )
    if not compared:
        return compiled(circle, label, height=290)
    other = both.mark_arc(innerRadius=46, outerRadius=58, opacity=0.75).encode(
        class_colour(classes), theta=alt.Theta("other_count:Q", stack=True)
    )
    return compiled(alt.layer(circle, label), other, height=290, independent=["theta"])


@lru_cache(maxsize=64)
def _counts(classes: Classes) -> Spec:
    """Table: name, count, share; most first."""
    base = alt.Chart(DATA).encode(
        alt.Y("name:N", sort=alt.SortField("count", "descending"), title=None, axis=alt.Axis(labelLimit=140)),
        # stack=None: of stacked bars in layers Vega-Lite forgets the order
        alt.X("count:Q", stack=None, title="reviewed samples", axis=alt.Axis(tickMinStep=1, tickCount=6, grid=True)),
        tooltip=["name:N", count_tooltip("count", "samples"), alt.Tooltip("share:Q", format=".1%")],
    )
    text = base.mark_text(align="left", dx=4, fill="currentColor").encode(text=alt.Text("count:Q", format=","))
    return compiled(base.mark_bar().encode(class_colour(classes)), text, height=rows_height(len(classes)))


@lru_cache(maxsize=64)
def _values(classes: Classes, compared: bool, lowest: float = 0.0, written_as: Scale = SHARES) -> Spec:
    """Table: name, value, low, high, samples; one row a class.

    If compared, also other_value, other_samples, difference_text, change, verdict, most (of the axis): a tick is the
    comparison's value, and a class within noise is faded.
    """
    scale, axis = _axis_of_shares(compared, lowest, written_as)
    y = alt.Y("name:N", sort=[name for name, _ in classes], title=None, axis=alt.Axis(labelLimit=110))
    base = alt.Chart(DATA).encode(y, tooltip=_values_tooltip(compared, vega_format(written_as)))
    # Of bounds alone a pale bar ends at the lowest one.
    bars = base.transform_calculate(bar="isValid(datum.value) ? datum.value : datum.low").mark_bar(invalid="filter")
    opaque = alt.condition(FADED if compared else "isValid(datum.value)", alt.value(0.88), alt.value(0.4))
    bars = bars.encode(alt.X("bar:Q", scale=scale, axis=axis, title=None), class_colour(classes), opacity=opaque)
    interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5, invalid="filter").encode(
        alt.X("low:Q", scale=scale, title=None), alt.X2("high:Q")
    )
    further = _other_values(base, scale) if compared else _supports(base, scale)
    return compiled(bars, interval, *further, height=rows_height(len(classes)))


def _axis_of_shares(compared: bool, lowest: float, written_as: Scale) -> tuple[alt.Scale, alt.Axis]:
    form = "%" if written_as == SHARES else ".2~f"
    if not compared:
        values = [lowest + (1 - lowest) * quarter / 4 for quarter in range(5)]
        return alt.Scale(domain=[lowest, ROOM]), alt.Axis(format=form, values=values, grid=True)
    # Not from the data: of a selection without a single value Vega could find no extent, and warns.
    longest = alt.ExprRef("data('table')[0] ? data('table')[0].most : 1")
    label = "datum.value > 1.001 ? '' : datum.label"
    axis = alt.Axis(format=form, tickCount=5, grid=True, labelExpr=label)
    return alt.Scale(domain=[lowest, longest], nice=False), axis


def _values_tooltip(compared: bool, form: str) -> list[alt.Tooltip]:
    own = [
        alt.Tooltip("name:N"),
        alt.Tooltip("value:Q", format=form),
        *ends_tooltip(form),
        count_tooltip("samples"),
    ]
    other = [
        alt.Tooltip("other_value:Q", title="compared with", format=form),
        count_tooltip("other_samples", "samples of the comparison"),
        *DIFFERENCE,
    ]
    return own + other if compared else own


def _supports(base: Any, scale: alt.Scale) -> list[Any]:
    """Draw a dash for undefined values, and the numbers of samples on the right."""
    undefined = base.transform_filter("!isValid(datum.low)").mark_text(text="–", align="left", fill="currentColor")
    support = base.mark_text(align="right", fill="currentColor", fillOpacity=0.8, fontSize=11).encode(
        x=alt.datum(ROOM, scale=scale), text=alt.Text("samples:Q", format=",")
    )
    return [undefined.encode(x=alt.datum(0)), support]


def _other_values(base: Any, scale: alt.Scale) -> list[Any]:
    """Draw a tick for the comparison, and the difference on the right."""
    tick = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_value:Q", scale=scale, title=None)
    )
    difference = base.mark_text(align="right", fontSize=11, fill="currentColor").encode(
        alt.X("most:Q", scale=scale, title=None),
        text="change:N",
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.7)),
    )
    return [tick, difference]


@lru_cache(maxsize=64)
def _matrix_difference(names: tuple[str, ...]) -> Spec:
    """Table: target, prediction, count, other_count, value, other_value, difference (share), difference_text, verdict.

    Blue: more often than in the comparison, orange: less often; faded within noise.
    """
    base = charts.cells(names).encode(
        tooltip=[
            "target:N",
            "prediction:N",
            count_tooltip("count"),
            alt.Tooltip("value:Q", title="share of the true class", format=".1%"),
            count_tooltip("other_count", "compared with"),
            alt.Tooltip("other_value:Q", title="share of the comparison", format=".1%"),
            *DIFFERENCE,
        ],
    )
    colours = alt.Scale(domain=[-0.3, 0, 0.3], range=["#d55e00", "#d9dce1", "#0072b2"], clamp=True, interpolate="rgb")
    cells = base.mark_rect(cornerRadius=2, invalid="filter").encode(
        alt.Color("difference:Q", scale=colours, legend=None),
        opacity=alt.condition(FADED, alt.value(1), alt.value(0.3)),
    )
    strong = f"{FADED} && abs(datum.difference) > 0.15"
    numbers = (
        base.transform_filter("isValid(datum.difference)")
        .mark_text(fontSize=12, fill="currentColor")
        .encode(
            text="change:N",
            opacity=alt.condition(FADED, alt.value(1), alt.value(0.75)),
            fill=alt.condition(strong, alt.value("#ffffff"), alt.value("currentColor")),
        )
    )
    return charts.compiled_matrix(names, cells, numbers)


@lru_cache(maxsize=64)
def _differences(classes: Classes, compared: bool) -> Spec:
    """Table: name, difference, low, high (points from training), training_share, production_share; one row a class.

    If compared also other_difference, other_share, difference_text, verdict; a tick is the comparison's.
    """
    title = "percentage points more in production than in training"
    tooltip: list[Any] = [
        "name:N",
        alt.Tooltip("difference:Q", title="difference, percentage points", format="+.1f"),
        alt.Tooltip("low:Q", title="95% interval from", format="+.1f"),
        alt.Tooltip("high:Q", title="to", format="+.1f"),
        alt.Tooltip("training_share:Q", title="training", format=".1%"),
        alt.Tooltip("production_share:Q", title="production", format=".1%"),
    ]
    if compared:
        tooltip += [alt.Tooltip("other_share:Q", title="compared with", format=".1%"), *DIFFERENCE]
    y = alt.Y("name:N", sort=[name for name, _ in classes], title=None, axis=alt.Axis(labelLimit=140))
    base = alt.Chart(DATA).encode(y, tooltip=tooltip)
    x = alt.X("difference:Q", title=title, axis=SIGNED)
    bars = base.mark_bar(invalid="filter").encode(x, class_colour(classes))
    if not compared:
        interval = base.mark_rule(stroke="currentColor", strokeWidth=1.5).encode(alt.X("low:Q"), alt.X2("high:Q"))
        return compiled(bars, interval, height=rows_height(len(classes)))
    bars = bars.encode(opacity=alt.condition(FADED, alt.value(0.9), alt.value(0.45)))
    other = base.mark_tick(color="currentColor", thickness=3, size=18, invalid="filter").encode(
        alt.X("other_difference:Q", title=title)
    )
    return compiled(bars, other, height=rows_height(len(classes)))
