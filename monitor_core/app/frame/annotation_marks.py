"""Annotations on charts over time: a labelled rule at the day."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from monitor_core.mongo.annotations import Annotation

ANNOTATIONS = alt.NamedData("annotations")  # of a chart over time: day, kind, text, by
HIDDEN = "datum.kind === ''"


def rules(shift: int = 0, above: bool = False) -> tuple[Any, Any]:
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
    """Those between the days; the first row is one that is not seen: without rows Vega could not tell an extent."""
    rows: list[tuple[datetime, str, str, str]] = [(datetime.combine(first, time()), "", "", "")]
    for one in annotations:
        if first <= one.day <= last:
            rows.append((datetime.combine(one.day, time()), one.kind, one.text, one.by))
    return table_of(rows, {"day": "datetime64[ms]", "kind": "object", "text": "object", "by": "object"})


def table_of(rows: list[tuple[Any, ...]], columns: dict[str, str]) -> pd.DataFrame:
    """At least one row; the columns are of these types. By columns it takes a sixth of the time that rows do."""
    named = zip(columns.items(), zip(*rows, strict=True), strict=True)
    return pd.DataFrame({name: np.array(values, kind) for (name, kind), values in named})
