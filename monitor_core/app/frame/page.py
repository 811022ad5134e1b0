"""Streamlit's shared pieces: the frame, the period picker, the cached reports, the empty states."""

import gc
import logging
import re
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import charts
from monitor_core.app.frame import downloads as ui_downloads
from monitor_core.app.frame.charts import Classes, Spec
from monitor_core.contract import bases
from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import FIRST_DAY, Period, Selection, local_day, preset
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.counts import Progress
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.segments import in_words
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Change, Performance, Score
from monitor_core.scores.confusion import NO_COUNTS
from monitor_core.scores.counts import Counts
from monitor_core.scores.metrics import METRIC
from monitor_core.settings.settings import PERIODS, Average, Settings, load

FRESH_SECONDS = 10  # a cached report may be this old
PATIENCE_SECONDS = 0.5
Tables = Mapping[str, pd.DataFrame]
NO_TABLES: Tables = {}
CUSTOM = "custom"
UNUSED = "unused place"  # of a widget that is out of sight: see ui_refresh.style
BASES: dict[str, Basis] = {one.title: key for key, one in bases.BASES.items()}
DASH = "–"
LAG = (
    "New predictions, reviews and corrections count at once. Days that nothing has touched come from the history the "
    "logger keeps: a review entered with an old date shows after its next run; a class changed without a new review "
    "date, or a deleted document, once it has counted the day again (MONITOR_HISTORY_CHECK). "
    "`python -m monitor_core report --exact` counts every document now."
)
CHANGE = (  # said once: beside each title it leaves too little room for them
    "Change in points against what is compared with, else as many days just before; noise: zero lies within "
    "the change's 95% interval."
)


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
    return Store(settings(), settings().reads)


def today() -> date:
    """The local day by the database's clock."""
    return local_day(store().now(), settings().zone)


def plain(text: str) -> str:
    r"""Text as it is: class names and file names are Markdown to Streamlit, down to images fetched from elsewhere.

    >>> print(plain("![x](http://a)"))
    \!\[x\]\(http\:\/\/a\)
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


# ---- the sidebar


def sidebar() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The selection all pages share; it stands in the address, so a link reproduces the view and a reload keeps it.

    The places below it: for what is compared, and, folded away, for what is seldom changed.
    """
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
        with st.container(key="range place" if chosen == CUSTOM else UNUSED):
            picked = _pick_range(chosen, local_day(now, settings().zone))
        told, sides = st.container(), st.container()
        options = st.expander("Counting and drawing", key="options")
    with options:
        basis = _pick_basis()
        _pick_average()
    period = _period(chosen, picked, BASES[basis], local_day(now, settings().zone))
    st.session_state["selection"] = Selection(period, BASES[basis])
    with told:
        _tell(period, basis, now)
    return sides, options


def _prefill_range() -> None:
    """A custom range begins with the one on the screen."""
    if st.session_state["period"] == CUSTOM and not st.session_state.get("range") and "selection" in st.session_state:
        shown = st.session_state["selection"].period
        st.session_state["range"] = (shown.first, shown.last)


def _pick_range(chosen: str, today: date) -> tuple[date, ...]:
    # An empty list as default: the address drops a value that equals the default.
    # Always mounted, if out of sight: the address forgets a widget that is not.
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
        on_change=_note_half_picked,
    )
    return tuple(picked) if isinstance(picked, tuple | list) else (picked,)


def _note_half_picked() -> None:
    """Somebody picked: with one day alone, half a range; an address that holds one day means that day."""
    st.session_state["half_picked"] = len(st.session_state["range"] or ()) == 1


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
    elif picked and not st.session_state.get("half_picked"):  # a link to one day holds its date once
        st.session_state["whole_range"] = Period(picked[0], picked[0])
    elif "whole_range" not in st.session_state:
        shown = st.session_state.get("selection")
        st.session_state["whole_range"] = shown.period if shown else preset("30d", today)
    return cast(Period, st.session_state["whole_range"])


def _tell(period: Period, basis: str, now: datetime) -> None:
    days = "1 day" if len(period) == 1 else f"{len(period)} days"
    st.markdown(f"**{period.first} to {period.last}**, {days}")
    offset = now.astimezone(settings().zone).strftime("UTC%z").removesuffix("00")
    st.caption(f"Counted by {basis}, from midnight to midnight in {plain(settings().time_zone)} (now {offset}).")
    newest = store().predictions.newest_review_at(now)
    if newest:
        local = newest.astimezone(settings().zone)
        st.caption(f"Newest review: {reports.age(newest, now)}, on {local:%Y-%m-%d} at {local:%H:%M}.", help=LAG)
    else:
        st.caption("No review yet.")


def demo_notice() -> None:
    """On the page, not in the sidebar: a phone folds that away."""
    if DemoDocuments(store()).exists():
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
    """The scores of what is compared with, else of as many days just before; a whole history has none before it."""
    if st.session_state.get("compared_with"):
        return performance_of(st.session_state["compared_with"])
    earlier = selection().period.previous()
    if st.session_state.get("period") == "all" or earlier.first < FIRST_DAY:
        return None
    return performance_of(replace(selection(), period=earlier))


def performance_of(chosen: Selection) -> Performance:
    """The scores of a selection: counted anew each time, and derived once for as long as the counts are the same."""
    with _counting() as progress:
        counts = store().counts.of(chosen, progress=progress)
    return replace(_derived(chosen, counts.digest, counts), counts=counts)


@contextmanager
def _counting() -> Iterator[Progress]:
    """Say how far a count has come, once it takes longer than the eye takes for at once."""
    began, place = time.monotonic(), st.empty()

    def progress(done: int, of: int) -> None:
        if done < of and time.monotonic() - began > PATIENCE_SECONDS:
            place.progress(
                done / of, f"Counting the documents of {of:,} days that the history does not have: {done:,} done"
            )

    yield progress
    place.empty()


@st.cache_resource(max_entries=256, show_spinner=False)
def _derived(chosen: Selection, digest: bytes, _counts: Counts) -> Performance:
    """Without the cells, which are 20 MB of a year of 1000 classes; so many scores are a tenth of a megabyte."""
    found = reports.performance_of(_counts, chosen, settings())
    return replace(found, counts=replace(_counts, confusion=NO_COUNTS))


def training_mix(now: Performance) -> reports.TrainingMix:
    return reports.training_mix(store(), now)


def classes(now: Performance, shown: Collection[str]) -> Classes:
    """Name and colour of the shown classes, in the order of their numbers; the same colour on every page."""
    return _coloured(list(now.names), set(shown))


def mix_classes(mix: reports.TrainingMix) -> Classes:
    return _coloured(mix.table["label"].tolist(), {*mix.table["name"], reports.OTHERS})


def _coloured(labels: list[int], shown: set[str]) -> Classes:
    return charts.coloured(settings(), labels, shown)


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
    st.caption(f"{counts.validated:,} reviewed samples from {in_short(now.selection)}.")
    _tell_remarks(now)


def in_short(chosen: Selection) -> str:
    """The days and the segment, as Markdown."""
    segment = f", {plain(in_words(chosen.where))}" if chosen.where else ""
    return f"{chosen.period.first} to {chosen.period.last}{segment}"


def _why_empty(now: Performance) -> str:
    if store().predictions.is_empty():
        return (
            "The database is empty: no prediction has arrived yet. Samples appear here once the model writes them "
            "and people review them."
        )
    waiting = f" {now.counts.not_reviewed:,} predictions of it wait for a review." if now.counts.not_reviewed else ""
    return f"No reviewed samples from {in_short(now.selection)}.{waiting} Choose a longer period."


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
        st.warning("Set aside, in no number here: " + "; ".join(told) + ". The page *Data quality* tells more.")
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
        f"reviewed samples of a known class from {in_short(now.selection)}."
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
            _score_tile(_score_title(name), score, against.get(name), CHANGE if name == "accuracy" else None)


def _score_title(name: str) -> str:
    return METRIC[name].titled(average())


def _score_tile(title: str, score: Score, change: Change | None, told: str | None) -> None:
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
        delta_description="noise" if noise else "points",
        help=told,
    )
    half = f"±{50 * (score.high - score.low):.0f} points, uncertain: " if score.uncertain else "95%: "
    st.caption(f"{half}{100 * score.low:.1f} to {score.high:.1%}")


def tiles(count: int) -> list[DeltaGenerator]:
    """Places for numbers, in one row."""
    return [place.container(border=True, height="stretch") for place in st.columns(count)]


def cards(count: int) -> list[DeltaGenerator]:
    """Places side by side: three in a row where there are three, else two."""
    across = 3 if count == 3 else 2
    rows = [st.columns(across) for _ in range(-(-count // across))]
    return [place.container(border=True, height="stretch") for row in rows for place in row][:count]


def chart(spec: Spec, table: pd.DataFrame, alt: str, more: Tables = NO_TABLES, events: Any = None) -> None:
    """A template fed with its table, and with more by name (bands, annotations); `alt` is what a screen reader says.

    `events`: Streamlit's arguments that tell of clicks. Where no row has a value, words instead of an empty frame.
    """
    if not charts.has_values(spec, table):
        st.info(charts.NOTHING_TO_DRAW)
        return
    datasets = {"table": table, **more}
    with st.container(gap=None):
        st.vega_lite_chart(spec={**spec, "datasets": datasets}, alt=alt, width="stretch", **(events or {}))
        ui_downloads.offer(spec, datasets, alt)
