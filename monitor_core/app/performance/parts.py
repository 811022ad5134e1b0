"""Streamlit's pieces of the five tabs: their charts, and what is said of two sides."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from monitor_core.app.frame import charts, clicks, figure, scores, session, state
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.frame.charts import Classes
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.app.performance import charts as charts_compare
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports import comparison as compare
from monitor_core.reports import granularity
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import LONGEST_BY_HOUR, Granularity
from monitor_core.reports.performance import Performance, TrainingMix
from monitor_core.scores.metrics import METRIC, ON_TABS

FOR_NUMBERS = 0.25  # of the longest bar
EVERY = {"hour": "hour", "day": "day", "week": "ISO week", "month": "month"}


def tell_other() -> None:
    """Which side is the grey one, and what to make of it."""
    other = scores.other_side()
    if not other:
        return
    here = state.selection()
    overlap = ""
    if compare.share_documents(here, other.selection):
        overlap = " Some documents are on both sides, so the intervals are wider than they need be."
    st.info(
        f"Compared with {plain(compare.side_name(other.selection, here))}: {other.counts.validated:,} reviewed "
        f"samples, drawn in grey, as a tick or as the thin ring.{overlap}"
    )


def tell_scores(now: Performance) -> None:
    """The four scores' differences in words."""
    other = scores.other_side()
    if other:
        changes = reports.changes(now, other, state.average())
        told = [compare.in_words(_title(metric), change) for metric, change in changes.items()]
        st.markdown("  \n".join(map(plain, told)))


def _title(metric: str) -> str:
    return METRIC[metric].titled(state.average())


def _tell_many(title: str, table: pd.DataFrame) -> None:
    st.markdown(plain(compare.many_in_words(title, table)))


def tell_holm() -> None:
    if scores.other_side():
        st.caption(
            "Line: this side's 95% interval; tick: the other side; number: points of difference, faded within noise. "
            "Classes are looked at together (Holm's correction), so that chance alone calls any "
            "of them different in at most 5 of 100 looks; the intervals are each one's own 95%."
        )


# ---- over time


def tell_time() -> None:
    """How to read what is cut off, and a difference of one point."""
    if state.granularity() in ("week", "month"):
        st.caption(
            "A point stands in the middle of its days; a hollow one is uncertain, or its days are not all there."
        )
    if scores.other_side():
        st.caption("Grey: the other side from its first day on. A point's difference is judged by itself.")


# Hours may change where days do not; few entries, for a year of 1000 classes is 30 MB.
@st.cache_resource(ttl=FRESH_SECONDS, max_entries=8, show_spinner=False)
def _by(kind: Granularity, chosen: Selection, digest: bytes, today: date, _now: Performance) -> Performance:
    return granularity.by(kind, _now, session.store(), today)


def over_time(now: Performance) -> Performance:
    """The same scores by the hour, day, week or month that is chosen; hours are counted when a day's count changes."""
    shown, period = state.granularity(), now.selection.period
    if shown == "hour" and len(period) > LONGEST_BY_HOUR:
        shortened = Period(period.first, period.days[LONGEST_BY_HOUR - 1])
        now = scores.performance_of(replace(now.selection, period=shortened))
    return _by(shown, now.selection, now.counts.digest, session.today(), now)


def _course(now: Performance, metric: str) -> pd.DataFrame:
    """One metric over time, with the other side's beside it if there is one."""
    own = _metric_table(over_time(now), metric)
    other = scores.other_side()
    if other is None:
        return own
    return compare.with_texts(compare.over_time(own, _metric_table(over_time(other), metric)))


def _metric_table(side: Performance, metric: str) -> pd.DataFrame:
    named = side.daily[["label", "first", "last", "whole"]]
    return charts.metric_table(side.daily, metric, state.average()).join(named)


def _opens() -> Mapping[str, str] | None:
    """What a click on a point asks the page on samples for: its day, if it is of one."""
    return clicks.DAY if state.granularity() in ("day", "hour") else None


def is_plain() -> bool:
    """By day and alone: the charts are those without a comparison."""
    return state.granularity() == "day" and scores.other_side() is None


def _every() -> str:
    return EVERY[state.granularity()]


def _ending() -> str:
    other = scores.other_side()
    return f", compared with {compare.side_name(other.selection, state.selection())}" if other else ""


def metric_chart(now: Performance, metric: str) -> None:
    alt = f"{charts.METRIC_TITLES[metric]} by {_every()} with its 95% interval and the number of reviewed samples"
    if is_plain():
        table = charts.metric_table(now.daily, metric, state.average())
        ui_time.chart(charts.metric_over_time(metric), table, alt, opens=clicks.DAY)
        return
    spec = charts_compare.metric_over_time(metric, state.granularity() == "hour", scores.other_side() is not None)
    ui_time.chart(spec, _course(now, metric), alt + _ending(), opens=_opens())


def metrics_chart(now: Performance) -> None:
    alt = f"Accuracy, precision, recall and F1 by {_every()}, with the number of reviewed samples under them"
    if is_plain():
        table = charts.metrics_table(now.daily, state.average())
        ui_time.chart(charts.daily_metrics(), table, alt, opens=clicks.DAY)
        return
    tables = [_course(now, one.key).assign(metric=one.title) for one in ON_TABS]
    spec = charts_compare.daily_metrics(state.granularity() == "hour", scores.other_side() is not None)
    ui_time.chart(spec, pd.concat(tables, ignore_index=True), alt + _ending(), opens=_opens())


def mix_chart(now: Performance) -> None:
    """The class mix over time, and below it that of the other side."""
    other = scores.other_side()
    _mix_chart(now, f"Share of each true class in the reviewed samples of a {_every()}")
    if other:
        name = compare.side_name(other.selection, state.selection())
        st.subheader(plain(name))
        if other.counts.validated:
            _mix_chart(other, f"Share of each true class by {_every()}, {name}")
        else:
            st.info("No reviewed samples on this side.")


def _mix_chart(side: Performance, alt: str) -> None:
    classes, period = class_colours(side, reports.class_samples(side)["name"]), side.selection.period
    if state.granularity() == "day":
        opens = clicks.DAY | clicks.CLASS if side.selection == state.selection() else None
        ui_time.chart(charts.class_mix(classes), reports.class_mix(side), alt, opens=opens, period=period)
        return
    hourly, grouped = state.granularity() == "hour", over_time(side)
    table = reports.class_mix(grouped).merge(_ends(grouped.daily, hourly), on="day")
    table["order"] = table["name"].map({name: i for i, (name, _) in enumerate(classes)})
    table = table.sort_values(["day", "order"], ignore_index=True).drop(columns="order")
    table["above"] = table.groupby("day")["share"].cumsum()
    table["below"] = table["above"] - table["share"]
    ui_time.chart(charts_compare.class_mix(classes, hourly), table, alt, period=period)


def _ends(table: pd.DataFrame, hourly: bool) -> pd.DataFrame:
    begins = table["day"] if hourly else table["first"]
    ends = begins + timedelta(hours=1) if hourly else table["last"] + timedelta(days=1)
    found = table[["day", "label", "first", "last"]].assign(begins=begins, ends=ends)
    return found.drop_duplicates("day")  # where an hour comes twice its two halves stand at one place


# ---- by class


def _classes(now: Performance, other: Performance, shown: pd.Series) -> Classes:
    return class_colours(replace(now, names=dict(sorted((now.names | other.names).items()))), set(shown))


def bars_title() -> str:
    """Of `class_bars` beside the donut."""
    return "Share, compared" if scores.other_side() else "Number"


def class_bars(now: Performance) -> None:
    """Samples by class; beside another side, the shares, for the sides differ in size."""
    other = scores.other_side()
    if other is None:
        samples = reports.class_samples(now)
        spec = charts.class_bars(class_colours(now, samples["name"]))
        alt = "Reviewed samples by true class, most first"
        clicks.chart(spec, samples, alt, opens=clicks.CLASS)
        return
    table = compare.with_texts(compare.class_shares(now, other))
    spec = charts_compare.class_values(_classes(now, other, table["name"]))
    figure.chart(spec, table.assign(most=_width(table)), alt=f"Share of the reviewed samples by true class{_ending()}")
    _tell_many("Share of the classes", table)


def _width(table: pd.DataFrame) -> float:
    """Of the axis of shares: as long as the longest bar needs, and the room for the number behind it."""
    longest = table[["high", "other_value"]].max().max()
    return float(longest) * (1 + FOR_NUMBERS) if longest > 0 else 1.0


def donut(now: Performance) -> None:
    other, alt = scores.other_side(), "Share of reviewed samples by true class"
    samples = reports.class_samples(now)
    if other is None:
        clicks.chart(charts.donut(class_colours(now, samples["name"])), samples, alt, opens=clicks.CLASS)
        return
    _compared_donut(now, other, alt)


def _compared_donut(now: Performance, other: Performance, alt: str) -> None:
    table = compare.with_texts(compare.class_samples(now, other))
    figure.chart(charts_compare.donut(_classes(now, other, table["name"])), table, alt=f"{alt} as rings{_ending()}")


def class_scores(now: Performance, metric: str) -> None:
    other = scores.other_side()
    alt = f"{charts.METRIC_TITLES[metric]} by class with its 95% interval and the samples it rests on"
    if other is None:
        table = reports.class_scores(now)
        spec = charts.class_scores(class_colours(now, reports.listed(now)))
        figure.chart(spec, table[table["metric"] == metric], alt=alt)
        return
    table = compare.with_texts(compare.class_scores(now, other))
    listed = {*reports.listed(now), *(set(other.names.values()) - set(now.names.values()))}
    table = table[(table["metric"] == metric) & table["name"].isin(listed)].head(reports.MOST_LISTED)
    spec = charts_compare.class_values(_classes(now, other, table["name"]))
    figure.chart(spec, table.assign(most=1 + FOR_NUMBERS), alt=alt + _ending())
    _tell_many(charts.METRIC_TITLES[metric], table)


def confusion(now: Performance) -> None:
    """Under the matrix, by how many points each cell's share of its true class differs."""
    other = scores.other_side()
    if other is None:
        return
    st.subheader("Difference of the shares")
    table = compare.with_texts(compare.confusion_shares(now, other))
    spec = charts_compare.confusion_difference(tuple(reports.listed(now)))
    figure.chart(spec, table, alt=f"Confusion matrix: difference of the shares of the true class in points{_ending()}")
    named = table[~table["empty"]].assign(name="true " + table["target"] + " as " + table["prediction"])
    _tell_many("Cells", named)
    st.caption("Points of the true class's rows. Blue: more often than on the other side; orange: less often.")


def production_donut(now: Performance, mix: TrainingMix) -> None:
    other, alt = scores.other_side(), "Reviewed samples by class"
    if other is None or not now.counts.validated:
        figure.chart(charts.donut(mix_classes(mix)), reports.mix_side(mix, "production"), alt=alt)
        return
    _compared_donut(now, other, alt)


def training_difference(now: Performance, mix: TrainingMix) -> None:
    other = scores.other_side()
    alt = "Points by which a class's share in production exceeds its share in the training set"
    table = mix.table if other is None else compare.training_mix(mix, now, other)
    if other is not None and table[["difference", "other_difference"]].notna().any().all():
        figure.chart(charts_compare.difference_bars(mix_classes(mix)), table, alt=alt + _ending())
    else:  # Vega complains of marks none of which has a place
        figure.chart(charts.difference_bars(mix_classes(mix)), mix.table, alt=alt)
    if other is not None:
        _tell_many("Share in production", compare.class_shares(now, other))


def training_mix(now: Performance) -> reports.TrainingMix:
    return reports.training_mix(session.store(), now)


def class_colours(now: Performance, shown: Iterable[str]) -> Classes:
    """Name and colour of the shown classes, in the order of their numbers; the same colour on every page."""
    return _coloured(list(now.names), set(shown))


def mix_classes(mix: reports.TrainingMix) -> Classes:
    return _coloured(mix.table["label"].tolist(), {*mix.table["name"], reports.OTHERS})


def _coloured(labels: list[int], shown: set[str]) -> Classes:
    return charts.coloured(session.settings(), labels, shown)
