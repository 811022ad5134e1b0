"""Altair templates of the page on logging."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame.charts import DATA, METRIC_COLOURS, Spec, compiled, rows_height


@lru_cache
def rows_by_hour() -> Spec:
    """Table: hour, rows; one row an hour."""
    hour = alt.X("hour:T", timeUnit="yearmonthdatehours", title=None, axis=alt.Axis(format="%H:%M", labelOverlap=True))
    tooltip = [alt.Tooltip("hour:T", format="%Y-%m-%d %H:%M"), alt.Tooltip("rows:Q", title="documents logged")]
    axis = alt.Axis(tickMinStep=1, tickCount=4, format="d")
    rows = alt.Y("rows:Q", title="documents logged", axis=axis)
    bars = alt.Chart(DATA).mark_bar(color=METRIC_COLOURS["accuracy"]).encode(hour, rows, tooltip=tooltip)
    return compiled(bars, height=180)


@lru_cache(maxsize=64)
def frequent_names(rows: int) -> Spec:
    """Table: name, count; most first."""
    base = alt.Chart(DATA).encode(
        alt.Y(
            "name:N",
            sort=alt.SortField("count", "descending"),
            title=None,
            axis=alt.Axis(labelLimit=140, labelOverlap=False),
        ),
        alt.X("count:Q", stack=None, title="documents", axis=alt.Axis(tickMinStep=1, tickCount=5, grid=True)),
        tooltip=["name:N", alt.Tooltip("count:Q", title="documents")],
    )
    text = base.mark_text(align="left", dx=4, fill="currentColor").encode(text="count:Q")
    return compiled(base.mark_bar(color=METRIC_COLOURS["accuracy"]), text, height=rows_height(rows, 28))
