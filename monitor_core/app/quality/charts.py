"""The chart of the page Data quality."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame.figure import Figure, OverTime
from monitor_core.app.frame.marks import (
    DATA,
    DAY,
    SHARE,
    Spec,
    band_names,
    compiled,
    count_tooltip,
    day_bands,
    day_strips,
    number_or_nothing,
)
from monitor_core.app.frame.palette import BLUE
from monitor_core.contract import wording
from monitor_core.reports.granularity import span
from monitor_core.reports.quality import Finding


def by_day(finding: Finding, incomplete: bool) -> Figure:
    """Draw the share of each prediction day's documents that have this problem."""
    period = span(finding.daily)
    return Figure(
        finding.problem.title,
        f"{finding.problem.title}: share of each prediction day's documents",
        _by_day(),
        {"table": finding.daily},
        f"{wording.days(period)}, by prediction day, all documents",
        marks=OverTime(period, incomplete=incomplete),
    )


@lru_cache
def _by_day() -> Spec:
    """Table: day, documents, of, share; one row a day. With bands."""
    tooltip = [
        alt.Tooltip("day:T", format="%Y-%m-%d"),
        count_tooltip("documents"),
        count_tooltip("of", "of"),
        alt.Tooltip("share:Q", format=".1%"),
    ]
    share = alt.Y("share:Q", title=None, scale=alt.Scale(domainMin=0), axis=SHARE)
    bars = alt.Chart(DATA).mark_bar(color=BLUE, opacity=0.85).encode(DAY, share, tooltip=tooltip)
    lines = {
        "documents": "format(datum.documents, ',') + ' of ' + format(datum.of, ',')",
        "share": number_or_nothing("share", ".1%"),
    }
    return compiled(*day_bands(), band_names(), bars, *day_strips(lines), height=220)
