"""Altair templates of the page on data quality; see `charts`."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame.charts import DATA, DAY, METRIC_COLOURS, SHARE, Spec, compiled, day_bands


@lru_cache
def odd_documents() -> Spec:
    """Table: day, documents, of, share; one row a day. With bands."""
    tooltip = [
        alt.Tooltip("day:T", format="%Y-%m-%d"),
        alt.Tooltip("documents:Q", format=","),
        alt.Tooltip("of:Q", title="of", format=","),
        alt.Tooltip("share:Q", format=".2%"),
    ]
    share = alt.Y("share:Q", title=None, scale=alt.Scale(domainMin=0), axis=SHARE)
    bars = alt.Chart(DATA).mark_bar(color=METRIC_COLOURS["accuracy"], opacity=0.85).encode(DAY, share, tooltip=tooltip)
    return compiled(*day_bands(), bars, height=220)
