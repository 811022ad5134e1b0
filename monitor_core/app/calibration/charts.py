"""Altair template of the page on calibration: as in `charts`, compiled once and fed with tables."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame.charts import DATA, GREY, METRIC_COLOURS, Spec, compiled, score_points

BLUE = METRIC_COLOURS["accuracy"]


@lru_cache
def reliability() -> Spec:
    """Table: from, to, confidence, value, low, high, samples; one row a bin."""
    ticks = alt.Axis(format="%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], grid=True)
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(DATA).encode(alt.X("confidence:Q", title="confidence (mean of the bin)", scale=scale, axis=ticks))
    share = alt.Y("value:Q", title="share right", scale=scale, axis=ticks)
    # Of the curve's own table it would be drawn once a row, and inline data give way to the table.
    diagonal = (
        alt.Chart(alt.sequence(0, 2, as_="ends"))
        .mark_line(color=GREY, strokeDash=[5, 4], aria=False)
        .encode(alt.X("ends:Q", scale=scale), alt.Y("ends:Q", scale=scale))
    )
    widths = base.mark_rule(color=BLUE, opacity=0.25, strokeWidth=6, invalid="filter").encode(
        alt.X("from:Q", scale=scale, axis=ticks), alt.X2("to:Q"), share
    )
    interval = base.mark_rule(color=BLUE, opacity=0.6, strokeWidth=1.5, invalid="filter").encode(
        alt.Y("low:Q", scale=scale), alt.Y2("high:Q")
    )
    line = base.mark_line(color=BLUE, strokeWidth=1.5, invalid="filter").encode(share)
    tooltip = [
        alt.Tooltip("from:Q", title="confidence from", format=".1%"),
        alt.Tooltip("to:Q", title="to", format=".1%"),
        alt.Tooltip("confidence:Q", title="mean", format=".1%"),
        alt.Tooltip("value:Q", title="right", format=".1%"),
        alt.Tooltip("low:Q", title="95% from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        alt.Tooltip("samples:Q"),
    ]
    points = score_points(
        base.encode(share, color=alt.value(BLUE), size=alt.value(55), tooltip=tooltip), alt.value(BLUE)
    )
    return compiled(diagonal, widths, interval, line, points, height=340)
