"""The shares of the classes as circles with their total, and a list of count and share that stands beside them."""

from functools import lru_cache
from typing import Any

import altair as alt
import pandas as pd

from monitor_core.app.frame.figure import CLASS, Figure
from monitor_core.app.frame.marks import DATA, Spec, class_colour, compiled, count_tooltip
from monitor_core.app.frame.palette import GREY, Classes, coloured
from monitor_core.app.performance.charts import DIFFERENCE
from monitor_core.app.performance.view import View
from monitor_core.reports import comparison, training
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import OTHERS
from monitor_core.reports.training import TrainingMix

CIRCLES = "Thick circle: the period; thin circle: the comparison."


def donut(view: View) -> Figure:
    """Draw the share of each true class; with a comparison, as two circles."""
    return _donut_of(view, "Share", "Share of reviewed samples by true class")


def training_donut(view: View, mix: TrainingMix) -> Figure:
    """Draw the classes of the training set."""
    table = _placed(training.classes_of(mix, "training"))
    return Figure("Training set", "Training set by class", _of_mix(view, mix), {"table": table}, f"From {mix.source}")


def production_donut(view: View, mix: TrainingMix) -> Figure:
    """Draw the classes of the reviewed samples, in the order of the training set."""
    title, alt = "Production, reviewed", "Reviewed samples by class"
    if view.other is not None and view.now.counts.validated:
        names = training.classes_of(mix, "training")["name"]
        return _donut_of(view, title, alt, {name: i for i, name in enumerate(names) if name != OTHERS})
    table = _placed(training.classes_of(mix, "production"))
    return Figure(title, alt, _of_mix(view, mix), {"table": table}, view.about)


def slices(figure: Figure) -> list[tuple[str, str, int, float]]:
    """Return colour, name, count and share of each slice, for a list beside the pie."""
    scale = figure.spec["usermeta"]["classes"]
    rows = zip(figure.table["name"], figure.table["count"], figure.table["share"], strict=True)
    return [(scale.get(name, GREY), name, int(count), float(share)) for name, count, share in rows]


def _donut_of(view: View, title: str, alt: str, order: dict[str, int] | None = None) -> Figure:
    if view.other is None:
        table = _placed(reports.class_samples(view.now))
        spec = _donut(view.colours(set(table["name"])), False)
        return Figure(title, alt, spec, {"table": table}, view.about, opens=CLASS)
    table = comparison.with_texts(comparison.compared_class_samples(view.now, view.other))
    table = _placed(table if order is None else table.sort_values("name", key=lambda names: names.map(order)))
    spec = _donut(view.colours(set(table["name"])), True)
    return Figure(title, view.described(f"{alt} as two circles"), spec, {"table": table}, view.about, [CIRCLES])


def _of_mix(view: View, mix: TrainingMix) -> Spec:
    """Return the template with the colours of both pie_charts, so that a class has the same one in each."""
    classes = coloured(view.settings, mix.table["label"].tolist(), training.names_in_pies(mix))
    return _donut(classes, False)


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """Return the slices with their place around the circle."""
    return table.assign(place=range(len(table)))


@lru_cache(maxsize=64)
def _donut(classes: Classes, compared: bool) -> Spec:
    """Table: name, count, share, place; if compared other_count, other_share, difference_text, verdict."""
    tooltip: list[Any] = ["name:N", count_tooltip("count", "samples"), alt.Tooltip("share:Q", format=".1%")]
    if compared:
        tooltip += [alt.Tooltip("other_share:Q", title="compared with", format=".1%"), *DIFFERENCE]
    both = alt.Chart(DATA).encode(order=alt.Order("place:Q"), tooltip=tooltip)
    circle = both.mark_arc(innerRadius=64, outerRadius=105).encode(
        class_colour(classes), theta=alt.Theta("count:Q", stack=True)
    )
    total = (
        alt.Chart(DATA)
        .transform_aggregate(total="sum(count)")
        .mark_text(fontSize=20, fontWeight=600, fill="currentColor")
        .encode(text=alt.Text("total:Q", format=","))
    )
    layers = [circle, total]
    if not compared:
        return _named(compiled(*layers, height=250), classes)
    other = both.mark_arc(innerRadius=46, outerRadius=58, opacity=0.75).encode(
        class_colour(classes), theta=alt.Theta("other_count:Q", stack=True)
    )
    return _named(compiled(alt.layer(*layers), other, height=250, independent=["theta"]), classes)


def _named(spec: Spec, classes: Classes) -> Spec:
    """Return the template with the colours by name, for the list beside it."""
    return {**spec, "usermeta": {**spec["usermeta"], "classes": dict(classes)}}
