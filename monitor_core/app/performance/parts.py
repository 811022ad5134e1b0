"""Streamlit's pieces for segments, the granularity of time, and a second side beside every chart."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import charts
from monitor_core.app.frame import page as ui
from monitor_core.app.frame import time_charts as ui_time
from monitor_core.app.frame.charts import Classes
from monitor_core.app.frame.page import FRESH_SECONDS, plain
from monitor_core.app.performance import charts as charts_compare
from monitor_core.app.samples import parts as ui_samples
from monitor_core.contract.calendar import FIRST_DAY, Period, Selection
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.segments import Where
from monitor_core.reports import comparison as compare
from monitor_core.reports import granularity
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import GRANULARITIES, LONGEST_BY_HOUR, Granularity
from monitor_core.reports.performance import Performance, TrainingMix
from monitor_core.scores.metrics import METRIC, ON_TABS

NOTHING, PREVIOUS, REFERENCE, ANOTHER = "nothing", "previous period", "reference period", "another "
CHOICES_SECONDS = 60
FOR_NUMBERS = 0.25  # of the longest bar
EVERY = {"hour": "hour", "day": "day", "week": "ISO week", "month": "month"}


# ---- the sidebar


def sidebar(sides: DeltaGenerator, options: DeltaGenerator) -> None:
    """Segments and the other side, and the granularity, in their places; all of it stands in the address."""
    with sides:
        chosen = replace(ui.selection(), where=_pick_where())
        st.session_state["selection"] = chosen
        st.session_state["compared_with"] = _pick_other(chosen)
    with options:
        _pick_granularity()
    with sides:  # in sight while the choice is folded away
        _tell_hours(chosen.period)


def _pick_where() -> Where:
    picked = [(name, _pick_value(name, name.capitalize(), f"where_{name}", "all")) for name in ui.settings().segments]
    where = tuple((name, value) for name, value in picked if value)
    if where:
        st.caption("Data quality, drift, alerts and logging are about all documents, whatever segment is chosen.")
    return where


def _pick_value(name: str, label: str, key: str, placeholder: str) -> str | None:
    """One of the segment's values, or one that is typed: of very many none is offered."""
    choices = _choices(name)
    return st.selectbox(
        label,
        choices or [],
        index=None,
        placeholder=placeholder if choices else f"{placeholder}; type a value",
        accept_new_options=True,
        key=key,
        bind="query-params",
    )


@st.cache_data(ttl=CHOICES_SECONDS, show_spinner=False)
def _choices(name: str) -> list[str] | None:
    return ui.store().live.segment_choices(name)


def _pick_granularity() -> None:
    st.segmented_control(
        "Charts over time by",
        GRANULARITIES,
        default="day",
        required=True,
        key="granularity",
        bind="query-params",
        help="Of the pages Overview to Training data; the others are by day.",
    )


def _tell_hours(period: Period) -> None:
    if st.session_state["granularity"] == "hour" and len(period) > LONGEST_BY_HOUR:
        st.caption(f"Hours are shown of at most {LONGEST_BY_HOUR} days; this period is drawn by day.")


def _pick_other(chosen: Selection) -> Selection | None:
    another = [ANOTHER + name for name in ui.settings().segments]
    options = [NOTHING, PREVIOUS, REFERENCE, *another]
    told = "Puts a second side beside every chart of the pages Overview to Training data."
    picked = st.selectbox("Compare with", options, key="against", bind="query-params", help=told)
    try:
        against = _against(picked, chosen)
        return compare.other_side(chosen, against, ui.settings()) if against else None
    except MonitorError as wrong:
        st.caption(plain(str(wrong)))
        return None


def _against(picked: str, chosen: Selection) -> str | None:
    """As the command line has it; None while there is nothing to compare with."""
    if picked == PREVIOUS:
        if st.session_state.get("period") == "all":
            st.caption("All days are shown: none lie before them.")
            return None
        return "previous"
    if picked == REFERENCE:
        return _reference()
    if picked.startswith(ANOTHER):
        name = picked.removeprefix(ANOTHER)
        value = _pick_value(name, f"The other {name}", f"other_{name}", "choose")
        if value is not None and value == dict(chosen.where).get(name):
            st.caption("Both sides are the same; choose another value.")
            return None
        return f"{name}={value}" if value else None
    return None


def _reference() -> str | None:
    picked = st.date_input(
        "Reference from – to",
        value=[],
        min_value=FIRST_DAY,
        max_value=max(ui.today(), FIRST_DAY),
        format="YYYY-MM-DD",
        key="reference",
        bind="query-params",
    )
    days = tuple(picked) if isinstance(picked, tuple | list) else (picked,)
    if not days:
        st.caption("Choose the days of the reference period.")
        return None
    return f"{min(days)}..{max(days)}"


# ---- the two sides


def other_side() -> Performance | None:
    """The scores of what is compared with."""
    chosen = st.session_state.get("compared_with")
    return ui.performance_of(chosen) if chosen else None


def kind() -> Granularity:
    wanted = cast(Granularity, st.session_state.get("granularity") or "day")
    return granularity.in_force(wanted, ui.selection().period)


def tell_other() -> None:
    """Which side is the grey one, and what to make of it."""
    other = other_side()
    if not other:
        return
    here = ui.selection()
    overlap = ""
    if compare.share_documents(here, other.selection):
        overlap = " Some documents are on both sides, so the intervals are wider than they need be."
    st.info(
        f"Compared with {plain(compare.side_name(other.selection, here))}: {other.counts.validated:,} reviewed "
        f"samples, drawn in grey, as a tick or as the thin ring.{overlap}"
    )


def tell_scores(now: Performance) -> None:
    """The four scores' differences in words."""
    other = other_side()
    if other:
        changes = reports.changes(now, other, ui.average())
        told = [compare.in_words(_title(metric), change) for metric, change in changes.items()]
        st.markdown("  \n".join(map(plain, told)))


def _title(metric: str) -> str:
    return METRIC[metric].titled(ui.average())


def _tell_many(title: str, table: pd.DataFrame) -> None:
    st.markdown(plain(compare.many_in_words(title, table)))


def tell_holm() -> None:
    if other_side():
        st.caption(
            "Line: this side's 95% interval; tick: the other side; number: points of difference, faded within noise. "
            "Classes are looked at together (Holm's correction), so that chance alone calls any "
            "of them different in at most 5 of 100 looks; the intervals are each one's own 95%."
        )


# ---- over time


def tell_time() -> None:
    """How to read what is cut off, and a difference of one point."""
    if kind() in ("week", "month"):
        st.caption(
            "A point stands in the middle of its days; a hollow one is uncertain, or its days are not all there."
        )
    if other_side():
        st.caption("Grey: the other side from its first day on. A point's difference is judged by itself.")


# Hours may change where days do not; few entries, for a year of 1000 classes is 30 MB.
@st.cache_resource(ttl=FRESH_SECONDS, max_entries=8, show_spinner=False)
def _by(kind: Granularity, chosen: Selection, digest: bytes, today: date, _now: Performance) -> Performance:
    return granularity.by(kind, _now, ui.store(), today)


def over_time(now: Performance) -> Performance:
    """The same scores by the hour, day, week or month that is chosen; hours are counted when a day's count changes."""
    shown, period = kind(), now.selection.period
    if shown == "hour" and len(period) > LONGEST_BY_HOUR:
        shortened = Period(period.first, period.days[LONGEST_BY_HOUR - 1])
        now = ui.performance_of(replace(now.selection, period=shortened))
    return _by(shown, now.selection, now.counts.digest, ui.today(), now)


def _course(now: Performance, metric: str) -> pd.DataFrame:
    """One metric over time, with the other side's beside it if there is one."""
    own = _metric_table(over_time(now), metric)
    other = other_side()
    if other is None:
        return own
    return compare.with_texts(compare.over_time(own, _metric_table(over_time(other), metric)))


def _metric_table(side: Performance, metric: str) -> pd.DataFrame:
    named = side.daily[["label", "first", "last", "whole"]]
    return charts.metric_table(side.daily, metric, ui.average()).join(named)


def _opens() -> Mapping[str, str] | None:
    """What a click on a point asks the page on samples for: its day, if it is of one."""
    return ui_samples.DAY if kind() in ("day", "hour") else None


def is_plain() -> bool:
    """By day and alone: the charts are those without a comparison."""
    return kind() == "day" and other_side() is None


def _ending() -> str:
    other = other_side()
    return f", compared with {compare.side_name(other.selection, ui.selection())}" if other else ""


def metric_chart(now: Performance, metric: str) -> None:
    alt = f"{charts.METRIC_TITLES[metric]} by {EVERY[kind()]} with its 95% interval and the number of reviewed samples"
    if is_plain():
        table = charts.metric_table(now.daily, metric, ui.average())
        ui_time.chart(charts.metric_over_time(metric), table, alt, opens=ui_samples.DAY)
        return
    spec = charts_compare.metric_over_time(metric, kind() == "hour", other_side() is not None)
    ui_time.chart(spec, _course(now, metric), alt + _ending(), opens=_opens())


def metrics_chart(now: Performance) -> None:
    alt = f"Accuracy, precision, recall and F1 by {EVERY[kind()]}, with the number of reviewed samples under them"
    if is_plain():
        table = charts.metrics_table(now.daily, ui.average())
        ui_time.chart(charts.daily_metrics(), table, alt, opens=ui_samples.DAY)
        return
    tables = [_course(now, one.key).assign(metric=one.title) for one in ON_TABS]
    spec = charts_compare.daily_metrics(kind() == "hour", other_side() is not None)
    ui_time.chart(spec, pd.concat(tables, ignore_index=True), alt + _ending(), opens=_opens())


def mix_chart(now: Performance) -> None:
    """The class mix over time, and below it that of the other side."""
    other = other_side()
    _mix_chart(now, f"Share of each true class in the reviewed samples of a {EVERY[kind()]}")
    if other:
        name = compare.side_name(other.selection, ui.selection())
        st.subheader(plain(name))
        if other.counts.validated:
            _mix_chart(other, f"Share of each true class by {EVERY[kind()]}, {name}")
        else:
            st.info("No reviewed samples on this side.")


def _mix_chart(side: Performance, alt: str) -> None:
    classes, period = ui.classes(side, reports.class_samples(side)["name"]), side.selection.period
    if kind() == "day":
        opens = ui_samples.DAY | ui_samples.CLASS if side.selection == ui.selection() else None
        ui_time.chart(charts.class_mix(classes), reports.class_mix(side), alt, opens=opens, period=period)
        return
    hourly, grouped = kind() == "hour", over_time(side)
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
    return ui.classes(replace(now, names=dict(sorted((now.names | other.names).items()))), set(shown))


def bars_title() -> str:
    """Of `class_bars` beside the donut."""
    return "Share, compared" if other_side() else "Number"


def class_bars(now: Performance) -> None:
    """Samples by class; beside another side, the shares, for the sides differ in size."""
    other = other_side()
    if other is None:
        samples = reports.class_samples(now)
        spec = charts.class_bars(ui.classes(now, samples["name"]))
        alt = "Reviewed samples by true class, most first"
        ui_samples.chart(spec, samples, alt, opens=ui_samples.CLASS)
        return
    table = compare.with_texts(compare.class_shares(now, other))
    spec = charts_compare.class_values(_classes(now, other, table["name"]))
    ui.chart(spec, table.assign(most=_width(table)), alt=f"Share of the reviewed samples by true class{_ending()}")
    _tell_many("Share of the classes", table)


def _width(table: pd.DataFrame) -> float:
    """Of the axis of shares: as long as the longest bar needs, and the room for the number behind it."""
    longest = table[["high", "other_value"]].max().max()
    return float(longest) * (1 + FOR_NUMBERS) if longest > 0 else 1.0


def donut(now: Performance) -> None:
    other, alt = other_side(), "Share of reviewed samples by true class"
    samples = reports.class_samples(now)
    if other is None:
        ui_samples.chart(charts.donut(ui.classes(now, samples["name"])), samples, alt, opens=ui_samples.CLASS)
        return
    _compared_donut(now, other, alt)


def _compared_donut(now: Performance, other: Performance, alt: str) -> None:
    table = compare.with_texts(compare.class_samples(now, other))
    ui.chart(charts_compare.donut(_classes(now, other, table["name"])), table, alt=f"{alt} as rings{_ending()}")


def class_scores(now: Performance, metric: str) -> None:
    other = other_side()
    alt = f"{charts.METRIC_TITLES[metric]} by class with its 95% interval and the samples it rests on"
    if other is None:
        scores = reports.class_scores(now)
        spec = charts.class_scores(ui.classes(now, reports.listed(now)))
        ui.chart(spec, scores[scores["metric"] == metric], alt=alt)
        return
    table = compare.with_texts(compare.class_scores(now, other))
    listed = {*reports.listed(now), *(set(other.names.values()) - set(now.names.values()))}
    table = table[(table["metric"] == metric) & table["name"].isin(listed)].head(reports.MOST_LISTED)
    spec = charts_compare.class_values(_classes(now, other, table["name"]))
    ui.chart(spec, table.assign(most=1 + FOR_NUMBERS), alt=alt + _ending())
    _tell_many(charts.METRIC_TITLES[metric], table)


def confusion(now: Performance) -> None:
    """Under the matrix, by how many points each cell's share of its true class differs."""
    other = other_side()
    if other is None:
        return
    st.subheader("Difference of the shares")
    table = compare.with_texts(compare.confusion_shares(now, other))
    spec = charts_compare.confusion_difference(tuple(reports.listed(now)))
    ui.chart(spec, table, alt=f"Confusion matrix: difference of the shares of the true class in points{_ending()}")
    named = table[~table["empty"]].assign(name="true " + table["target"] + " as " + table["prediction"])
    _tell_many("Cells", named)
    st.caption("Points of the true class's rows. Blue: more often than on the other side; orange: less often.")


def production_donut(now: Performance, mix: TrainingMix) -> None:
    other, alt = other_side(), "Reviewed samples by class"
    if other is None or not now.counts.validated:
        ui.chart(charts.donut(ui.mix_classes(mix)), reports.mix_side(mix, "production"), alt=alt)
        return
    _compared_donut(now, other, alt)


def training_difference(now: Performance, mix: TrainingMix) -> None:
    other = other_side()
    alt = "Points by which a class's share in production exceeds its share in the training set"
    table = mix.table if other is None else compare.training_mix(mix, now, other)
    if other is not None and table[["difference", "other_difference"]].notna().any().all():
        ui.chart(charts_compare.difference_bars(ui.mix_classes(mix)), table, alt=alt + _ending())
    else:  # Vega complains of marks none of which has a place
        ui.chart(charts.difference_bars(ui.mix_classes(mix)), mix.table, alt=alt)
    if other is not None:
        _tell_many("Share in production", compare.class_shares(now, other))
