"""Parts of Altair's templates: axes, points and intervals, and the marks behind charts over time.

A template is compiled once and then fed with tables: compiling costs 150 ms and more, and holds a process-wide lock;
feeding costs 2 ms. A template names its tables (`alt.NamedData`) and leaves the ink to the theme, so that one serves
light and dark.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from monitor_core.app.frame.palette import GREY, Classes
from monitor_core.contract.wording import SHARES, Scale
from monitor_core.mongo.annotations import Annotation
from monitor_core.reports.alerts import INCOMPLETE, ShadedDays

Spec = dict[str, Any]
DATA = alt.NamedData("table")
NOON = 12 * 60 * 60 * 1000  # milliseconds
GAPS: Any = "break-paths-filter-domains"  # a day without a value interrupts the line, and is not drawn as zero
SHARE = alt.Axis(format="%", tickCount=5, grid=True)
DAY = alt.X("day:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True, labelAngle=0, tickCount=6))
UNCERTAIN = "datum.high - datum.low > 0.2 || datum.whole === false"


def compiled(*layers: Any, height: int, independent: Sequence[str] = ()) -> Spec:
    """Return the template of a chart, or of one with layers, whose scales of these channels are each layer's own.

    Altair copies all layers of a chart at each `+` and at each change of it; said in one call, they take a third of
    the time.
    """
    chart = layers[0].properties(height=height) if len(layers) == 1 else alt.layer(*layers, height=height)
    if independent and len(layers) > 1:
        chart.resolve = alt.Resolve(scale=dict.fromkeys(independent, "independent"))
    spec: Spec = {name: part for name, part in chart.to_dict().items() if not name.startswith("$")}
    # The theme's job but for its grey, which has too little contrast for small text.
    ink = {"labelColor": "currentColor", "titleColor": "currentColor"}
    spec["config"] = {"axis": ink, "legend": ink}
    spec["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # a canvas knows no current colour
    return spec


def rows_height(rows: int, step: int = 24) -> int:
    """Pixels of a chart with one row a class, its axis included; `alt.Step` cannot be fitted to the page's width."""
    return step * max(rows, 1) + 60


def share_axis(name: str, lowest: float = 0.0, scale: Scale = SHARES) -> alt.Y:
    """Return the axis of a score from its lowest value to 1."""
    axis = alt.Axis(format="%" if scale == SHARES else ".2~f", tickCount=5, grid=True)
    return alt.Y(f"{name}:Q", title=None, scale=alt.Scale(domain=[lowest, 1]), axis=axis)


def vega_format(scale: Scale) -> str:
    """Return how Vega writes a value of the scale."""
    return f".{scale.digits}%" if scale == SHARES else f".{scale.digits}f"


def score_points(base: Any, stroke: Any, size: int = 18) -> Any:
    """Draw a full point, or a hollow one where the score is uncertain or its week or month is cut off.

    One mark a row, for a browser draws each of them. Its inside has the colour of the base; the channel `fill` is the
    bands', whose scale all layers share.
    """
    return base.mark_point(size=size, filled=True, opacity=1, strokeWidth=1.2, invalid="filter").encode(
        stroke=stroke, fillOpacity=alt.condition(UNCERTAIN, alt.value(0), alt.value(1))
    )


def class_colour(classes: Classes, legend: Any = None) -> alt.Color:
    names, colours = [name for name, _ in classes], [colour for _, colour in classes]
    return alt.Color("name:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend)


# ---- behind and on charts over time

BANDS = alt.NamedData("bands")  # behind the lines of a chart over time: from, to, title, severity; see `bands_table`
ANNOTATIONS = alt.NamedData("annotations")  # of a chart over time: day, kind, text, by
HIDDEN = "datum.kind === ''"
SEVERITY_COLOURS = {"warning": "#e69f00", "critical": "#d55e00", INCOMPLETE: GREY}


def day_bands(shift: int = -NOON, annotated: bool = True) -> tuple[Any, ...]:
    """Layers: the days of alerts, and the incomplete ones, over the whole height.

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
            opacity=alt.condition(alt.datum.severity == INCOMPLETE, alt.value(0.22), alt.value(0.1)),
            tooltip=[alt.Tooltip("title:N", title="shaded"), "severity:N"],
        )
    )
    return (bands, *annotation_rules()) if annotated else (bands,)


def bands_table(alerts: Iterable[ShadedDays], first: date, last: date) -> pd.DataFrame:
    """Return as much of the bands as lies between the days.

    The first row is a band of no width: of a table without rows Vega could not tell an extent.
    """
    noon = datetime.combine(first, time(12))
    rows: list[tuple[datetime, datetime, str, str]] = [(noon, noon, "", "warning")]
    for alert in alerts:
        if alert.first <= last and alert.last >= first:
            begins, ends = max(alert.first, first), min(alert.last, last) + timedelta(days=1)
            midnights = datetime.combine(begins, time()), datetime.combine(ends, time())
            rows.append((*midnights, alert.title, alert.severity))
    return table_of(rows, {"from": "datetime64[ms]", "to": "datetime64[ms]", "title": "object", "severity": "object"})


def annotation_rules(shift: int = 0, above: bool = False) -> tuple[Any, Any]:
    """Layers: a dashed rule and its kind at each day.

    A day's point stands at its midnight, and bars `shift` milliseconds off. The kind stands along the rule from the
    top, or above a chart that is full of colour. What was written is in the tooltip and in the chart's `alt`.
    """
    base = (
        alt.Chart(ANNOTATIONS)
        .transform_calculate(at=f"toDate(datum.day) + {shift}")
        .encode(
            alt.X("at:T", title=None),
            opacity=alt.condition(HIDDEN, alt.value(0), alt.value(1)),
            tooltip=[
                alt.Tooltip("day:T", format="%Y-%m-%d"),
                alt.Tooltip("kind:N", title="annotation"),
                "text:N",
                "by:N",
            ],
        )
    )
    rule = base.mark_rule(stroke="currentColor", strokeDash=[3, 3], strokeWidth=1.5, aria=False)
    place: Any = {"dy": -6} if above else {"angle": 270, "align": "right", "dx": -3, "dy": -6}
    label = base.mark_text(fill="currentColor", fontSize=11, aria=False, **place)
    return rule, label.encode(y=alt.value(0), text="kind:N")


def annotations_table(annotations: Iterable[Annotation], first: date, last: date) -> pd.DataFrame:
    """Return those between the days; the first row is not visible: without rows Vega could not tell an extent."""
    rows: list[tuple[datetime, str, str, str]] = [(datetime.combine(first, time()), "", "", "")]
    for annotation in annotations:
        if first <= annotation.day <= last:
            rows.append((datetime.combine(annotation.day, time()), annotation.kind, annotation.text, annotation.by))
    return table_of(rows, {"day": "datetime64[ms]", "kind": "object", "text": "object", "by": "object"})


def table_of(rows: list[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    """Return a table of these columns and types. By columns it takes a sixth of the time that rows do."""
    named = zip(columns.items(), zip(*rows, strict=True), strict=True)
    return pd.DataFrame({name: np.array(values, kind) for (name, kind), values in named})
