"""Parts of Altair templates: axes, points and intervals, and the marks behind charts over time.

A template is compiled once, which takes 150 ms or more and holds a process-wide lock; inserting tables takes 2 ms. A
template names its tables (`alt.NamedData`) and leaves colours of text and lines to the theme, light or dark.
"""

from collections.abc import Iterable, Mapping, Sequence
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
SIGNED = alt.Axis(format="+.1f", tickCount=7, labelExpr="datum.value ? datum.label : '0'")  # zero has no sign
SHARE = alt.Axis(format="%", tickCount=5, grid=True)
DAY = alt.X("day:T", title=None, axis=alt.Axis(format="%Y-%m-%d", labelOverlap=True, labelAngle=0, tickCount=6))
WIDE_LETTERS = "\u2e80"  # this letter and those after it, such as Chinese ones
PHONE_LETTERS = 44  # in a line of a chart on a phone
MOST_COLUMNS = 6  # of single letters: each takes 44 pixels, and a chart on a small phone has 290
UNCERTAIN = "!isValid(datum.low) || datum.high - datum.low > 0.2 || datum.whole === false"


STRIPS = "strips"  # the view that takes the pointer and clicks
UNDER = "under_the_pointer"  # the selection of a strip
POINTED = {
    "name": UNDER,
    "select": {"type": "point", "fields": ["strip_begins"], "on": "pointerover", "clear": "pointerout"},
}


def compiled(*layers: Any, height: int, independent: Sequence[str] = ()) -> Spec:
    """Return the template of a chart, or of a layered one in which the scales of these channels are independent.

    Altair copies all layers of a chart at each `+` and each change; a single call takes a third of the time.
    """
    chart = layers[0].properties(height=height) if len(layers) == 1 else alt.layer(*layers, height=height)
    if independent and len(layers) > 1:
        chart.resolve = alt.Resolve(scale=dict.fromkeys(independent, "independent"))
    spec: Spec = {name: part for name, part in chart.to_dict().items() if not name.startswith("$")}
    for view in spec.get("layer", []):
        if view.get("name") == STRIPS:  # Altair would lift it to the top, where Vega-Lite loses what clicks add
            view["params"] = [POINTED]
    # The theme's job but for its grey, which has too little contrast for small text.
    ink = {"labelColor": "currentColor", "titleColor": "currentColor"}
    spec["config"] = {"axis": ink, "legend": ink}
    spec["usermeta"] = {"embedOptions": {"renderer": "svg"}}  # a canvas knows no current colour
    return spec


def rows_height(rows: int, step: int = 24) -> int:
    """Return the height in pixels of a chart with one row a class; `alt.Step` cannot be fitted to the page's width."""
    return step * max(rows, 1) + 60


def sized(spec: Spec, rows: int) -> Spec:
    """Return the template of a chart with one row a class for this many rows."""
    return {**spec, "height": rows_height(rows)}


def both_ends(letters: int) -> str:
    """Return Vega's expression for a label that shows both ends of a name with more letters; its tooltip shows all."""
    last = letters // 2 - 1
    first = letters - last - 1
    shortened = f"slice(datum.label, 0, {first}) + '…' + slice(datum.label, -{last})"
    return f"length(datum.label) > {letters} ? {shortened} : datum.label"


def names_beside(letters: int = 18, column: str = "name") -> alt.Y:
    """Return the axis of the classes, one row each, in the order of the table."""
    return alt.Y(f"{column}:N", sort=None, title=None, axis=alt.Axis(labelExpr=both_ends(letters), labelLimit=200))


def text_behind(base: Any) -> Any:
    """Write the column `text` on the right of the plot, which leaves as much room as the longest text needs."""
    return base.mark_text(align="left", dx=6, fontSize=11, fill="currentColor").encode(
        x=alt.value("width"), text="text:N"
    )


def share_axis(name: str, lowest: float = 0.0, scale: Scale = SHARES) -> alt.Y:
    """Return the axis of a score, from its lowest value to 1."""
    axis = alt.Axis(format="%" if scale == SHARES else ".2~f", tickCount=5, grid=True)
    return alt.Y(f"{name}:Q", title=None, scale=alt.Scale(domain=[lowest, 1]), axis=axis)


def vega_format(scale: Scale) -> str:
    """Return Vega's number format of the scale."""
    return f".{scale.digits}%" if scale == SHARES else f".{scale.digits}f"


def count_tooltip(column: str, title: str | None = None) -> alt.Tooltip:
    """Return the tooltip of a number of samples or documents, written as in the texts of the pages."""
    return alt.Tooltip(f"{column}:Q", title=title or alt.Undefined, format=",")


def band_across(table: str, low: alt.Y) -> Any:
    """Draw a quiet band over the whole width, from `low` to the column `high` of the only row of the table."""
    band = alt.Chart(alt.NamedData(table)).mark_rect(color=GREY, opacity=0.25, aria=False)
    return band.encode(low, alt.Y2("high:Q"))


def score_points(base: Any, stroke: Any, size: int = 18, opacity: float = 1) -> Any:
    """Draw a full point, or a hollow one if the score is uncertain or its week or month is incomplete.

    There is one mark for each row, because browsers draw each mark. Its inside has the colour of the base; the channel
    `fill` is used by the shaded days, whose scale all layers share.
    """
    return base.mark_point(size=size, filled=True, opacity=opacity, strokeWidth=1.2, invalid="filter").encode(
        stroke=stroke, fillOpacity=alt.condition(UNCERTAIN, alt.value(0), alt.value(1))
    )


def class_colour(classes: Classes, listed: bool = False) -> alt.Color:
    """Return the colours of the classes; `listed`: in a legend above the chart."""
    legend = _legend([name for name, _ in classes]) if listed else None
    names, colours = [name for name, _ in classes], [colour for _, colour in classes]
    return alt.Color("name:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=legend)


def _legend(names: Sequence[str]) -> alt.Legend:
    """Return a legend of as many columns as a phone has room for; some letters are twice as wide as others."""
    widest = max((sum(1 + (letter >= WIDE_LETTERS) for letter in name[:14]) for name in names), default=0)
    columns = max(1, min(MOST_COLUMNS, PHONE_LETTERS // (widest + 4)))
    return alt.Legend(orient="top", columns=columns, labelExpr=both_ends(14))


# ---- in front of charts over time

NAMES = "names"  # the view with the names of shaded days
NUMBER_OR_NOTHING = "isValid({0}) ? {1} : ''"
HAPPENED = {"alert": "datum.alert", "annotation": "datum.annotation", "incomplete": "datum.incomplete"}
HALF_AN_HOUR = NOON // 24


def strips(
    heading: str, lines: Mapping[str, str], begins: str, ends: str, of: alt.Chart | None = None
) -> tuple[Any, Any]:
    """Return layers with invisible strips over the whole height, one for each row, and a line across the pointed one.

    They show these lines wherever the pointer is. `heading`, the lines' values and both ends are expressions of Vega. A
    line without a value is left out, rather than shown as "null". `of`: the chart whose rows have strips.
    """
    parts = [f"({value}) ? {{'{title}': {value}}} : {{}}" for title, value in {**lines, **HAPPENED}.items()]
    tooltip = alt.ExprRef(f"merge({{'title': {heading}}}, {', '.join(parts)})")
    base = (of or alt.Chart(DATA)).transform_calculate(strip_begins=begins, strip_ends=ends)
    middle = alt.ExprRef("scale('x', (datum.strip_begins + datum.strip_ends) / 2)")
    line = (  # placed by values: a field would widen the axis, and no row is drawn until the pointer is there
        base.transform_filter({"param": UNDER, "empty": False})
        .mark_rule(stroke="currentColor", opacity=0.5, aria=False)
        .encode(x=alt.value(middle), y=alt.value(0), y2=alt.value("height"))
    )
    rectangles = (
        base.mark_rect(fill="currentColor", fillOpacity=0, aria=False, tooltip=tooltip)
        .encode(alt.X("strip_begins:T", title=None), alt.X2("strip_ends:T"))
        .properties(name=STRIPS)
    )
    return line, rectangles


def day_strips(lines: Mapping[str, str], barred: bool = False, of: alt.Chart | None = None) -> tuple[Any, Any]:
    """Return strips of days, whose points are at their midnights; `barred`: whose bars begin there."""
    day = "toDate(datum.day)"
    begins, ends = (day, f"{day} + {2 * NOON}") if barred else (f"{day} - {NOON}", f"{day} + {NOON}")
    return strips(f"timeFormat({day}, '%Y-%m-%d')", lines, begins, ends, of)


def number_or_nothing(column: str, form: str) -> str:
    """Return the expression of a number in this format; an empty text if there is none."""
    return NUMBER_OR_NOTHING.format(f"datum.{column}", f"format(datum.{column}, '{form}')")


# ---- behind and on charts over time

BANDS = alt.NamedData("bands")  # behind the lines of a chart over time: from, to, title, severity; see `bands_table`
ANNOTATIONS = alt.NamedData("annotations")  # of a chart over time: day, kind, text, by
HIDDEN = "datum.kind === ''"
NAME_ROWS, NAME_HEIGHT = 4, 13  # of names above a plot; pixels
LETTER_PIXELS = 6  # at most
LETTER_WIDTH = 1 / 55  # of a plot's width, on a phone or in a card
SEVERITY_COLOURS = {"warning": "#e69f00", "critical": "#d55e00", INCOMPLETE: GREY}


def day_bands(shift: int = -NOON, annotated: bool = True) -> tuple[Any, ...]:
    """Return layers that shade the days of alerts and the incomplete days over the whole height.

    A day's point is at its midnight, where its bar begins. The annotations are included unless the chart puts them on
    its bars.
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


def band_names(shift: int = -NOON) -> Any:
    """Return a layer that names the shaded days above the plot, in as many rows as they need.

    A name for which the plot is too narrow is left out: the tooltip and the text below the chart have it. Not for
    charts with a legend above the plot, which the names would overlap.
    """
    at = f"toDate(datum.at) + {shift}"
    room = f"datum.align === 'left' ? width - scale('x', {at}) : scale('x', {at})"
    return (
        alt.Chart(BANDS, name=NAMES)
        .transform_calculate(named_at=at)
        .mark_text(
            fill="currentColor",
            fontSize=11,
            aria=False,
            baseline="bottom",
            align=alt.ExprRef("datum.align"),
            dy=alt.ExprRef(f"-3 - {NAME_HEIGHT} * datum.row"),
            limit=alt.ExprRef(room),
            text=alt.ExprRef(f"length(datum.name) * {LETTER_PIXELS} > ({room}) ? '' : datum.name"),
        )
        .encode(alt.X("named_at:T", title=None), y=alt.value(0))
    )


def bands_table(alerts: Iterable[ShadedDays], first: date, last: date) -> pd.DataFrame:
    """Return the part of the shaded days that lies between the days, and where each is named.

    The first row is a band without width, because Vega cannot determine the extent of an empty table.
    """
    noon = datetime.combine(first, time(12))
    rows: list[tuple[datetime, datetime, str, str]] = [(noon, noon, "", "warning")]
    for alert in alerts:
        if alert.first <= last and alert.last >= first:
            begins, ends = max(alert.first, first), min(alert.last, last) + timedelta(days=1)
            midnights = datetime.combine(begins, time()), datetime.combine(ends, time())
            rows.append((*midnights, alert.title, alert.severity))
    columns = {"from": "datetime64[ms]", "to": "datetime64[ms]", "title": "object", "severity": "object"}
    places = _names_of([(row[0], row[1], row[2]) for row in rows], first, last)
    placed = {"name": "object", "row": "int64", "align": "object", "at": "datetime64[ms]"}
    return table_of([(*row, *place) for row, place in zip(rows, places, strict=True)], columns | placed)


def _names_of(
    bands: Sequence[tuple[datetime, datetime, str]], first: date, last: date
) -> list[tuple[str, int, str, datetime]]:
    """Return name, row, alignment and instant of each band's name, so that no two overlap; no name if there is no room.

    A name begins where its band begins, or ends where it ends if that leaves more room.
    """
    days = (last - first).days + 1
    begun, letter = datetime.combine(first, time()), timedelta(days=days) * LETTER_WIDTH
    rows: list[list[tuple[datetime, datetime]]] = [[] for _ in range(NAME_ROWS)]
    names = []
    for begins, ends, title in bands:
        left = begins - begun < timedelta(days=days) * 0.55
        width = letter * (len(title) + 2)
        span = (begins, begins + width) if left else (ends - width, ends)
        row = next((n for n, taken in enumerate(rows) if all(span[1] <= a or span[0] >= b for a, b in taken)), None)
        if row is not None and title:
            rows[row].append(span)
        names.append(
            (title if row is not None else "", row or 0, "left" if left else "right", begins if left else ends)
        )
    return names


def annotation_rules(shift: int = 0, above: bool = False) -> tuple[Any, Any]:
    """Return layers with a dashed rule for each annotated day, and its kind.

    A day's point is at its midnight, and its bar `shift` milliseconds from it. The kind is written along the rule from
    the top, or above a chart that is full of colour. The text is in the tooltip and in the chart's `alt`.
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
    """Return the annotations between the days; the first row is invisible, as Vega cannot handle an empty table."""
    rows: list[tuple[datetime, str, str, str]] = [(datetime.combine(first, time()), "", "", "")]
    for annotation in annotations:
        if first <= annotation.day <= last:
            rows.append((datetime.combine(annotation.day, time()), annotation.kind, annotation.text, annotation.by))
    return table_of(rows, {"day": "datetime64[ms]", "kind": "object", "text": "object", "by": "object"})


def table_of(rows: list[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    """Return a table with these columns and types; building it by columns takes a sixth of the time."""
    named = zip(columns.items(), zip(*rows, strict=True), strict=True)
    return pd.DataFrame({name: np.array(values, kind) for (name, kind), values in named})
