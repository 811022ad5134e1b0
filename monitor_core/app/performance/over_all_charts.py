"""The chart of the accuracy over all predictions, reviewed or not, over time."""

from functools import lru_cache
from typing import Any

import altair as alt

from monitor_core.app.frame.figure import Figure, OverTime, about
from monitor_core.app.frame.marks import (
    DATA,
    GAPS,
    NOON,
    Spec,
    band_names,
    compiled,
    day_bands,
    number_or_nothing,
    score_points,
    share_axis,
    strips,
)
from monitor_core.app.frame.palette import GREY
from monitor_core.app.performance.charts import time_axis
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.unreviewed.over_time import OverAllByTime
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.raking import ASSUMPTION

TITLE = "Accuracy over all predictions"


def over_all_by_time(selection: Selection, over_time: OverAllByTime) -> Figure:
    """Draw the accuracy over all predictions with its interval, and that of the reviewed ones alone."""
    each = f"Line: estimated from the reviewed predictions of {over_time.each}, {ASSUMPTION}."
    if over_time.is_audited:
        each += " Where the audit covers these days, it is estimated from the audit alone."
    return Figure(
        TITLE,
        f"{TITLE} by {over_time.unit} with its 95% interval, beside that of the reviewed ones alone",
        _over_all(over_time.granularity),
        {"table": over_time.table},
        about(selection),
        [
            f"{each} Shaded area: its 95% interval. Dashed grey line: over the reviewed ones alone. By prediction day.",
            *filter(None, [over_time.gaps]),
        ],
        OverTime(over_time.period),
    )


@lru_cache
def _over_all(granularity: Granularity) -> Spec:
    """Table: as `OverAllByTime`; one row for each day, week or month. Shaded days."""
    colour = METRIC["accuracy"].colour
    base = alt.Chart(DATA).encode(time_axis("day", granularity))
    area = base.mark_area(color=colour, opacity=0.22, invalid=GAPS, aria=False)
    line = base.mark_line(color=colour, strokeWidth=2.5, invalid=GAPS, aria=False)
    alone = base.mark_line(color=GREY, strokeWidth=2, strokeDash=[5, 4], invalid=GAPS, aria=False)
    points = base.encode(share_axis("value"), color=alt.value(colour))
    layers = [
        alone.encode(share_axis("of_reviewed")),
        area.encode(share_axis("low"), alt.Y2("high:Q")),
        line.encode(share_axis("value")),
        score_points(points, alt.value(colour)),
    ]
    return compiled(*day_bands(), band_names(), alt.layer(*layers), *_strips(granularity), height=260)


def _strips(granularity: Granularity) -> tuple[Any, Any]:
    ends = " + '–' + ".join(f"format(100 * datum.{end}, '.1f')" for end in ("low", "high"))
    lines = {
        "over all predictions": number_or_nothing("value", ".1%"),
        "95% interval": f"isValid(datum.low) ? {ends} : ''",
        "estimated from": "isValid(datum.value) ? (datum.audited ? 'the audit' : 'the reviewed') : ''",
        "no estimate, because": "datum.refused",
        "over the reviewed alone": number_or_nothing("of_reviewed", ".1%"),
        "reviewed samples": "format(datum.samples, ',')",
        "predictions": "format(datum.predictions, ',')",
    }
    begins, ends_at = ("day", "day") if granularity == "day" else ("first", "last")
    return strips("datum.label", lines, f"toDate(datum.{begins}) - {NOON}", f"toDate(datum.{ends_at}) + {NOON}")
