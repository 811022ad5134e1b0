"""Streamlit's shared pieces: the frame, the period picker, the cached reports, the empty states."""

import gc
import logging
import re
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core import charts, logger_page, reports
from monitor_core.charts import Classes, Spec
from monitor_core.colours import colour_of
from monitor_core.counting import Counts
from monitor_core.errors import MonitorError
from monitor_core.history import History
from monitor_core.logger_page import LoggerReport, ProfileReport
from monitor_core.period import FIRST_DAY, Period, Selection, local_day, preset
from monitor_core.reports import Change, Performance, Score
from monitor_core.settings import PERIODS, Average, Basis, Settings, load
from monitor_core.store import Store, TickResult

FRESH_SECONDS = 10  # a cached report may be this old
CUSTOM = "custom"
BASES: dict[str, Basis] = {"review day": "validated", "prediction day": "predicted"}
DASH = "–"


# ---- the frame


def in_session() -> bool:
    """Whether a visitor's session runs the entry point; the server also imports it once, at its start."""
    return st.runtime.exists()


def get_ready() -> None:
    """At the server's start: a bad setting stops it with its sentence, and the first visitor finds all imported."""
    try:
        Store(load().settings)
    except MonitorError as wrong:
        sys.exit(str(wrong))
    charts.daily_metrics()
    # Streamlit collects garbage after each run of the script, while all other sessions wait: 120 ms to look through
    # what was imported above, none of which ever is garbage.
    gc.collect()
    gc.freeze()


def expect_no_session() -> None:
    """Streamlit warns of each call outside a session; at the server's start there is none, on purpose."""
    logger = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    logger.disabled = not in_session()


@contextmanager
def explained() -> Iterator[None]:
    """The one place that shows a MonitorError: a sentence with the remedy instead of a traceback."""
    try:
        yield
    except MonitorError as wrong:
        st.error(plain(str(wrong)))


@st.cache_resource
def settings() -> Settings:
    return load().settings


@st.cache_resource
def store() -> Store:
    return Store(settings())


def plain(text: str) -> str:
    r"""Text as it is: class names and file names are Markdown to Streamlit, down to images fetched from elsewhere.

    >>> print(plain("![x](http://a)"))
    \!\[x\]\(http\:\/\/a\)
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


# ---- the sidebar


def sidebar() -> None:
    """The selection all pages share; it stands in the address, so a link reproduces the view and a reload keeps it."""
    now = datetime.now(UTC)
    with st.sidebar:
        chosen = st.segmented_control(
            "Period",
            [*PERIODS, CUSTOM],
            default=settings().period,
            required=True,
            key="period",
            bind="query-params",
            on_change=_prefill_range,
        )
        picked = _pick_range(chosen, local_day(now, settings().zone))
        basis = BASES[_pick_basis()]
        _pick_average()
        period = _period(chosen, picked, basis, local_day(now, settings().zone))
        st.session_state["selection"] = Selection(period, basis)
        _tell(period, now)


def _prefill_range() -> None:
    """A custom range begins with the one on the screen."""
    if st.session_state["period"] == CUSTOM and not st.session_state.get("range") and "selection" in st.session_state:
        shown = st.session_state["selection"].period
        st.session_state["range"] = (shown.first, shown.last)


def _pick_range(chosen: str, today: date) -> tuple[date, ...]:
    # An empty list as default: the address drops a value that equals the default.
    # Always mounted: the address forgets a widget that is not.
    picked = st.date_input(
        "From – to",
        value=[],
        min_value=FIRST_DAY,
        max_value=max(today, FIRST_DAY),
        format="YYYY-MM-DD",
        key="range",
        bind="query-params",
        required=chosen == CUSTOM,
        disabled=chosen != CUSTOM,
    )
    return tuple(picked) if isinstance(picked, tuple | list) else (picked,)


def _pick_basis() -> str:
    names = {basis: name for name, basis in BASES.items()}
    return st.segmented_control(
        "Count a sample by its",
        list(BASES),
        default=names[settings().basis],
        required=True,
        key="basis",
        bind="query-params",
        help="Review day: when a person gave the true class. Prediction day: when the model answered.",
    )


def _pick_average() -> None:
    st.segmented_control(
        "Average over the classes",
        ["macro", "weighted"],
        default=settings().average,
        required=True,
        key="average",
        bind="query-params",
        help="Macro: every class counts the same. Weighted: a class counts by its reviewed samples.",
    )


def _period(chosen: str, picked: tuple[date, ...], basis: Basis, today: date) -> Period:
    """The chosen period; while a range is half picked, the last whole one."""
    if chosen == "all":
        return reports.whole_period(store(), basis, today)
    if chosen != CUSTOM:
        return preset(chosen, today)
    if len(picked) == 2:
        st.session_state["whole_range"] = Period(min(picked), max(picked))
    elif "whole_range" not in st.session_state:
        # Nobody is half-way through picking: a link to one day holds its date once.
        shown = st.session_state.get("selection")
        one = Period(picked[0], picked[0]) if picked else None
        st.session_state["whole_range"] = one or (shown.period if shown else preset("30d", today))
    return cast(Period, st.session_state["whole_range"])


def _tell(period: Period, now: datetime) -> None:
    days = "1 day" if len(period) == 1 else f"{len(period)} days"
    st.markdown(f"**{period.first} to {period.last}**, {days}")
    offset = now.astimezone(settings().zone).strftime("UTC%z").removesuffix("00")
    st.caption(f"Days begin at midnight in {plain(settings().time_zone)} (now {offset}).")
    newest = store().newest_review_at(now)
    if newest:
        local = newest.astimezone(settings().zone)
        st.caption(f"Newest review: {reports.age(newest, now)}, on {local:%Y-%m-%d} at {local:%H:%M}.")
    else:
        st.caption("No review yet.")


def demo_notice() -> None:
    """On the page, not in the sidebar: a phone folds that away."""
    if store().has_demo():
        st.warning("This is demo data: scikit-learn's digits. `./deploy.sh demo --remove` removes it.")


# ---- reports


def selection() -> Selection:
    return cast(Selection, st.session_state["selection"])


def average() -> Average:
    return cast(Average, st.session_state.get("average") or settings().average)


def performance() -> Performance:
    """The scores of the selection."""
    return performance_of(selection())


def before() -> Performance | None:
    """The scores of as many days just before; a whole history has none before it."""
    earlier = selection().period.previous()
    if st.session_state.get("period") == "all" or earlier.first < FIRST_DAY:
        return None
    return performance_of(replace(selection(), period=earlier))


def performance_of(chosen: Selection) -> Performance:
    """The scores of a selection: counted anew each time, and derived once for as long as the counts are the same."""
    counts = store().counts(chosen)
    return _derived(chosen, counts.digest, counts)


@st.cache_resource(max_entries=64, show_spinner=False)
def _derived(chosen: Selection, digest: bytes, _counts: Counts) -> Performance:
    return reports.performance_of(_counts, chosen, settings())


def training_mix(now: Performance) -> reports.TrainingMix:
    return reports.training_mix(store(), now)


def classes(now: Performance, shown: Collection[str]) -> Classes:
    """Name and colour of the shown classes, in the order of their numbers; the same colour on every page."""
    return _coloured(list(now.names), set(shown))


def mix_classes(mix: reports.TrainingMix) -> Classes:
    return _coloured(mix.table["label"].tolist(), {*mix.table["name"], reports.OTHERS})


def _coloured(labels: list[int], shown: set[str]) -> Classes:
    named = [(settings().class_name(label), colour_of(label, settings().class_colours)) for label in labels]
    others = ((reports.OTHERS, charts.GREY),) if reports.OTHERS in shown else ()
    return (*(one for one in named if one[0] in shown), *others)


def tell_listed(now: Performance) -> None:
    if len(now.names) > reports.MOST_LISTED:
        st.info(f"Of {len(now.names):,} classes the {reports.MOST_LISTED} with the most mistakes are listed.")


# ---- what a page is made of


def opening(title: str, now: Performance) -> None:
    """Title, what is counted, and what is odd about it; without reviewed samples the page ends here, saying why."""
    st.header(title)
    counts = now.counts
    if not counts.validated:
        st.info(_why_empty(now))
        _tell_set_aside(now)
        st.stop()
    st.caption(f"{counts.validated:,} reviewed samples from {_named_period(now.selection.period)}.")
    _tell_remarks(now)


def _named_period(period: Period) -> str:
    return f"{period.first} to {period.last}"


def _why_empty(now: Performance) -> str:
    if store().is_empty():
        return (
            "The database is empty: no prediction has arrived yet. Samples appear here once the model writes them "
            "and people review them."
        )
    waiting = f" {now.counts.not_reviewed:,} predictions of it wait for a review." if now.counts.not_reviewed else ""
    return f"No reviewed samples from {_named_period(now.selection.period)}.{waiting} Choose a longer period."


def _tell_remarks(now: Performance) -> None:
    """What an analyst has to know of the samples before reading a number."""
    if len(now.names) == 1:
        name = plain(next(iter(now.names.values())))
        st.info(f"Only one class occurs in this period: {name}. Scores that compare classes say little.")
    if (now.daily["reviewed"] > 0).sum() == 1:
        day = now.daily.loc[now.daily["reviewed"] > 0, "day"].iloc[0]
        st.info(f"All samples are of one day, {day:%Y-%m-%d}: charts over time show a single point.")
    if now.rejected:
        count = f"{now.rejected} samples were" if now.rejected > 1 else "1 sample was"
        st.caption(
            f"{count} rejected without a true class: wrong for accuracy and precision, in no class's recall, so recall "
            "and F1 are upper bounds."
        )
    _tell_set_aside(now)


def _tell_set_aside(now: Performance) -> None:
    texts = {
        "unreadable_prediction": "without a readable prediction",
        "unreadable_review": "with an unreadable review",
        "undated_review": "reviewed without a usable date (in the whole collection)",
        "undated_prediction": "predicted without a usable date (in the whole collection)",
    }
    told = [f"{now.counts.excluded[reason]:,} {text}" for reason, text in texts.items() if now.counts.excluded[reason]]
    if told:
        st.warning("Set aside, in no number here: " + "; ".join(told) + ". `python -m monitor_core doctor` tells more.")
    odd = {"bad_confidence": "with a confidence outside 0 to 1", "unknown_class": "of classes without a name"}
    told = [f"{now.counts.noticed[reason]:,} {text}" for reason, text in odd.items() if now.counts.noticed[reason]]
    if told:
        st.caption("Counted, but odd: " + "; ".join(told) + ".")


def training_opening(title: str, now: Performance, mix: reports.TrainingMix) -> None:
    """As `opening`, for the page that has two sides: production may be empty, the training set may not."""
    st.header(title)
    if not now.counts.validated:
        st.info(_why_empty(now))
    _tell_remarks(now)
    if not mix.training_total:
        st.info(
            "No training set is known. Mark documents with `trained: true`, or set MONITOR_TRAINING_COUNTS, "
            "MONITOR_TRAINING_MANIFEST or MONITOR_TRAINING_FOLDER."
        )
        st.stop()
    st.caption(
        f"{mix.training_total:,} images in the training set, from {plain(mix.source)}; {mix.production_total:,} "
        f"reviewed samples of a known class from {_named_period(now.selection.period)}."
    )


def headline(now: Performance) -> None:
    """The tiles: samples, and the four scores with interval and change."""
    earlier = before()
    against = reports.changes(now, earlier, average()) if earlier else {}
    tiles = st.columns(5)
    with tiles[0].container(border=True, height="stretch"):
        more = f"{now.counts.validated - earlier.counts.validated:+,}" if earlier else None
        st.metric("Reviewed samples", f"{now.counts.validated:,}", more, delta_color="off", delta_description="samples")
        st.caption(f"{now.rejected:,} rejected" if now.rejected else "none rejected")
    for tile, (name, score) in zip(tiles[1:], now.headline(average()).items(), strict=True):
        with tile.container(border=True, height="stretch"):
            _score_tile(_score_title(name), score, against.get(name))


def _score_title(name: str) -> str:
    return charts.METRIC_TITLES[name] + ("" if name == "accuracy" else f", {average()}")


def _score_tile(title: str, score: Score, change: Change | None) -> None:
    if not score.shown:
        st.metric(title, DASH)
        st.caption(f"{score.samples} samples: too few for a score" if score.samples < reports.FEWEST else "undefined")
        return
    noise = bool(change and change.within_noise)
    st.metric(
        title,
        f"{score.value:.1%}",
        f"{100 * change.difference:+.1f}" if change else None,
        delta_color="off" if noise else "normal",
        delta_description="points, noise" if noise else "points",
        help="Change in points against as many days just before; noise: the 95% interval of the change holds zero.",
    )
    half = f"±{50 * (score.high - score.low):.0f} points, uncertain: " if score.uncertain else "95%: "
    st.caption(f"{half}{100 * score.low:.1f} to {score.high:.1%}")


def cards(count: int) -> list[DeltaGenerator]:
    """Places side by side: three in a row where there are three, else two."""
    across = 3 if count == 3 else 2
    rows = [st.columns(across) for _ in range(-(-count // across))]
    return [place.container(border=True, height="stretch") for row in rows for place in row][:count]


def chart(spec: Spec, table: pd.DataFrame, alt: str, bands: pd.DataFrame | None = None) -> None:
    """A template fed with its table, and with its bands if it has some; `alt` is what a screen reader says."""
    datasets = {"table": table} if bands is None else {"table": table, "bands": bands}
    st.vega_lite_chart(spec={**spec, "datasets": datasets}, alt=alt, width="stretch")


# ---- logging


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def logger_report() -> LoggerReport:
    return logger_page.logger_report(store())


def pick_profile_day(days: list[date]) -> date | None:
    """A day that has a profile, the newest at first; None if none has one, and the page then says so."""
    if not days:
        st.info("No day has a profile yet: the logger makes them from reviewed samples.")
        return None
    texts = [day.isoformat() for day in days]
    return date.fromisoformat(st.selectbox("Day of the predictions", texts, key="profile", bind="query-params"))


def profile_report(day: date) -> ProfileReport | None:
    return logger_page.profile_report(store(), day)


def profile_opening(shown: ProfileReport) -> None:
    kept = shown.profile
    made = kept.made_at.astimezone(settings().zone)
    st.caption(
        f"{kept.rows:,} reviewed samples that were predicted on {kept.day}, profiled by whylogs on {made:%Y-%m-%d} at "
        f"{made:%H:%M}." + ("" if kept.current else " Reviews have changed since; it is made again within the hour.")
    )


def download_profile(day: date) -> None:
    name = f"profile-{day.isoformat()}.bin"
    history = History(store())
    st.download_button("Download the whylogs file", lambda: history.profile_data(day), name, on_click="ignore")


def logger_tiles(found: LoggerReport) -> None:
    """What waits, what was logged, how the history stands."""
    now = datetime.now(UTC)
    tiles = st.columns(4)
    with tiles[0].container(border=True, height="stretch"):
        st.metric("Waiting to be logged", f"{found.waiting.rows:,}")
        oldest = found.waiting.oldest_review_at
        st.caption(f"the oldest reviewed {reports.age(oldest, now)}" if oldest else "nothing waits")
    with tiles[1].container(border=True, height="stretch"):
        st.metric("Logged in 24 hours", f"{found.logged_in_a_day:,}")
        last = found.last
        st.caption(f"last run {reports.age(last.finished_at, now)}" if last else "the logger has not run")
    with tiles[2].container(border=True, height="stretch"):
        st.metric("Batches under way", f"{sum(n for state, n in found.batches.items() if state != 'done'):,}")
        st.caption(", ".join(f"{count:,} {state}" for state, count in found.batches.items() if count) or "none yet")
    with tiles[3].container(border=True, height="stretch"):
        st.metric("Days in the history", f"{found.history.days:,}", help="Over both bases: review and prediction day.")
        checked = found.history.oldest_check_at
        due = f"{found.history.due:,} changed since; " if found.history.due else ""
        st.caption(due + (f"each counted again since {reports.age(checked, now)}" if checked else "none kept yet"))


def logger_state() -> None:
    """How the worker's last run ended, and what waits for it."""
    found = reports.logging(store())
    if found.last is None:
        st.info(f"The logger has not run on this database; {found.waiting.rows:,} reviewed samples wait for it.")
        return
    now = datetime.now(UTC)
    waiting = "nothing waits"
    if found.waiting.rows:
        oldest = found.waiting.oldest_review_at
        since = f", the oldest reviewed {reports.age(oldest, now)}" if oldest else ""
        waiting = f"{found.waiting.rows:,} reviewed samples wait{since}"
    told = f"Last run {reports.age(found.last.finished_at, now)}: {_tick_in_words(found.last)}; {waiting}."
    for batch in found.last.uncertain:
        st.error(
            f"Nobody can tell whether batch {batch} arrived: "
            f"`python -m monitor_core logging resolve {batch} --resend` or `--accept`."
        )
    if found.last.error:
        st.error(told)
    elif found.last.is_overdue(now):
        st.warning(f"The logger seems to have stopped. {told}")
    else:
        st.success(told)


def _tick_in_words(last: TickResult) -> str:
    aside = sum(last.set_aside.values())
    words = f"{last.logged:,} logged to {' and '.join(last.destinations)}"
    words += f", {aside:,} set aside as unreadable or undated" if aside else ""
    return f"failed: {plain(last.error)} ({words} before)" if last.error else words
