"""The chart of the values that a rule measured, by day."""

from functools import lru_cache

import altair as alt

from monitor_core.alerting.measures import Measure
from monitor_core.alerting.rules import Rule
from monitor_core.app.frame.figure import Figure, OverTime
from monitor_core.app.frame.marks import DATA, DAY, GAPS, Spec, compiled, day_bands
from monitor_core.app.frame.palette import GREY
from monitor_core.contract import wording
from monitor_core.reports.alerts import PastVerdicts
from monitor_core.reports.granularity import span

EFFECT = (
    "{} in percentage points, and the smallest one that counts. The rule fires only if it is also significant: see "
    "Drift."
)
EVIDENCE = (
    "The evidence that accuracy has fallen, and the evidence from which the rule fires, if the fall is also large "
    "enough. Evidence adds up from day to day; the sentence of each day has its accuracy."
)
STATUSES = {"ok": (GREY, "circle"), "no data": (GREY, "square"), "firing": ("#d55e00", "triangle-up")}


def rule_by_day(rule: Rule, measured: PastVerdicts, alt: str, incomplete: bool) -> Figure:
    """Draw the values that the rule measured, by day, and the rule's own alerts."""
    period, measure = span(measured.table), rule.conditions[0].measure
    return Figure(
        rule.title,
        alt,
        _rule_course(
            measure.allows.has_interval, measured.has_threshold, bool(measure.drift and measure.drift.accumulates)
        ),
        {"table": measured.table},
        f"{wording.days(period)}, all documents",
        _legend(measure),
        OverTime(period, [rule.name], incomplete),
    )


def _legend(measure: Measure) -> list[str]:
    """Say what decides, where it is not the measure itself."""
    if measure.kind != "drift" or measure.drift is None:
        return []
    return [EVIDENCE if measure.drift.accumulates else EFFECT.format(f"The {measure.drift.effect}")]


@lru_cache
def _rule_course(shares: bool, with_threshold: bool, accumulates: bool = False) -> Spec:
    """Table: day, name, value, low, high, threshold, status, sentence, samples; one row a day, class. Shaded days."""
    axis = alt.Axis(format="%" if shares else "~s", tickCount=5, grid=True)
    scale = alt.Scale(type="symlog", nice=True) if accumulates else alt.Scale(zero=False, nice=True)

    def height(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=None, scale=scale, axis=axis)

    colours, shapes = zip(*STATUSES.values(), strict=True)
    legend = alt.Legend(orient="top")
    base = alt.Chart(DATA).encode(DAY, detail="name:N")
    interval = base.mark_rule(color=GREY, opacity=0.45, invalid="filter").encode(height("low"), alt.Y2("high:Q"))
    line = base.mark_line(color=GREY, strokeWidth=1.5, invalid=GAPS).encode(height("value"))
    points = base.mark_point(filled=True, size=55, invalid="filter").encode(
        height("value"),
        opacity=alt.condition("datum.status == 'no data'", alt.value(0.3), alt.value(1)),
        color=alt.Color("status:N", title=None, scale=alt.Scale(domain=list(STATUSES), range=colours), legend=legend),
        shape=alt.Shape("status:N", title=None, scale=alt.Scale(domain=list(STATUSES), range=shapes), legend=legend),
        tooltip=[
            alt.Tooltip("day:T", format="%Y-%m-%d"),
            alt.Tooltip("name:N", title="class"),
            "status:N",
            alt.Tooltip("value:Q", format=".1%" if shares else ",.3~r"),
            "samples:Q",
            "sentence:N",
        ],
    )
    layers = [interval, line, points]
    if with_threshold:
        rule = alt.Chart(DATA).mark_line(stroke="currentColor", strokeDash=[5, 4], strokeWidth=1, invalid=GAPS)
        layers.insert(0, rule.encode(DAY, height("threshold")))
    return compiled(*day_bands(), *layers, height=240)
