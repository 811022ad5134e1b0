"""The charts of the page Calibration: the reliability curve, and the histogram of confidence."""

from dataclasses import replace
from functools import lru_cache

import altair as alt

from monitor_core.app.frame import charts
from monitor_core.app.frame.figure import BIN, Figure, about
from monitor_core.app.frame.marks import DATA, Spec, compiled, count_tooltip, score_points
from monitor_core.app.frame.palette import BLUE, GREY
from monitor_core.reports.calibration import OUTCOMES, CalibrationReport

CURVE = (
    "On the dashed line confidence equals accuracy; below it the model is overconfident. Vertical line: 95% interval; "
    "horizontal line: the bin. A hollow point is uncertain by more than ±10 percentage points; a bin of fewer than 5 "
    "samples has no point. A confidence is known to within a quarter of a percentage point."
)


def reliability(report: CalibrationReport, class_name: str | None) -> Figure:
    """Draw accuracy by confidence, optionally for one predicted class."""
    return Figure(
        "Reliability",
        "Share of right predictions by confidence, with its 95% interval; on the diagonal the model is calibrated",
        _reliability(),
        {"table": report.curve},
        _about(report, class_name),
        [CURVE],
        opens=BIN,
        also=_also(class_name),
    )


def confidence_histogram(report: CalibrationReport, class_name: str | None) -> Figure:
    """Draw how often the predictions of each confidence are right and wrong."""
    alt = "Reviewed samples by confidence, right and wrong ones"
    figure = charts.confidence_histogram(report.histogram, alt, _about(report, class_name), tuple(OUTCOMES))
    opens = {**BIN, "outcome": "outcome"}
    return replace(figure, title="Histogram of confidence", opens=opens, also=_also(class_name))


def _about(report: CalibrationReport, class_name: str | None) -> str:
    return about(report.selection) + (f", predicted as {class_name}" if class_name else "")


def _also(class_name: str | None) -> dict[str, str]:
    return {"prediction": class_name} if class_name else {}


@lru_cache
def _reliability() -> Spec:
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
        alt.Tooltip("low:Q", title="95% interval from", format=".1%"),
        alt.Tooltip("high:Q", title="to", format=".1%"),
        count_tooltip("samples"),
    ]
    points = score_points(
        base.encode(share, color=alt.value(BLUE), size=alt.value(55), tooltip=tooltip), alt.value(BLUE)
    )
    return compiled(diagonal, widths, interval, line, points, height=340)
