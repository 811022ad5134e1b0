"""The chart of the page Data quality."""

from functools import lru_cache

import altair as alt

from monitor_core.app.frame.figure import Figure, OverTime
from monitor_core.app.frame.marks import DATA, DAY, SHARE, Spec, compiled, day_bands
from monitor_core.app.frame.palette import BLUE
from monitor_core.contract import wording
from monitor_core.reports.granularity import span
from monitor_core.reports.quality import Finding


def documents_with_problem(finding: Finding, incomplete: bool) -> Figure:
    """Draw the share of each prediction day's documents that have this quality problem."""
    period = span(finding.daily)
    return Figure(
        finding.problem.title,
        f"{finding.problem.title}: share of each prediction day's documents",
        _documents_with_problem(),
        {"table": finding.daily},
        f"{wording.days(period)}, by prediction day, all documents",
        marks=OverTime(period, incomplete=incomplete),
    )


@lru_cache
def _documents_with_problem() -> Spec:
    """Table: day, documents, of, share; one row a day. Shaded days."""
    tooltip = [
        alt.Tooltip("day:T", format="%Y-%m-%d"),
        alt.Tooltip("documents:Q", format=","),
        alt.Tooltip("of:Q", title="of", format=","),
        alt.Tooltip("share:Q", format=".2%"),
    ]
    share = alt.Y("share:Q", title=None, scale=alt.Scale(domainMin=0), axis=SHARE)
    bars = alt.Chart(DATA).mark_bar(color=BLUE, opacity=0.85).encode(DAY, share, tooltip=tooltip)
    return compiled(*day_bands(), bars, height=220)
