"""The filters of the page Samples, which stand in the web address."""

from datetime import date
from typing import Any, cast

import streamlit as st

from monitor_core.app.frame import errors, scores, session, state
from monitor_core.app.frame.address import entries
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.contract import wording
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.documents import CONFIDENCE_BINS, PLAIN, TOGETHER
from monitor_core.contract.selection import (
    NOT_REVIEWED,
    ORDERS,
    OUTCOMES,
    REJECTED,
    Outcome,
    Sample,
    SampleFilter,
    Selection,
    Target,
)
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.samples import Search

ANY = "any"
LONGEST_PART = 200  # characters of a file name
WHOLE = (0.0, 1.0)
TARGETS, PREDICTIONS, OUTCOME, DAY = "target", "prediction", "outcome", "day"  # keys of the widgets, in the address
CONFIDENCE, ORDER, FILE, TAGS, TRAINED = "confidence", "order", "file", "tag", "trained"
OF_NEXT_RUN = "filters of the next run"
IS_TRAINED = {"yes": True, "no": False}
EMPTY: dict[str, Any] = {OUTCOME: ANY, DAY: None, CONFIDENCE: WHOLE, FILE: "", TAGS: [], TRAINED: ANY}


def pick_samples() -> Search:
    """Show the filters and return the search; the web address holds them, so that clicks and links set them too."""
    _follow()
    names = _class_names()
    with st.grid(3, min_column_width=190):
        targets = entries.choice_of_page(
            st.multiselect,
            "Target (true class)",
            [*names, REJECTED, NOT_REVIEWED],
            key=TARGETS,
            placeholder=ANY,
        )
        predictions = entries.choice_of_page(st.multiselect, "Prediction", [*names], key=PREDICTIONS, placeholder=ANY)
        outcome = _pick_outcome()
        day = _pick_day()
        confidence = _pick_confidence()
        order = entries.choice_of_page(st.selectbox, "Order", list(ORDERS), key=ORDER)
        file = _pick_file()
        tags = _pick_tags()
        trained = _pick_trained()
    chosen = SampleFilter(
        tuple(_target(names, text) for text in targets),
        tuple(names[text] for text in predictions),
        outcome,
        _bins(confidence),
        file,
        tags,
        trained,
    )
    return Search(session.store(), _selection(day), chosen, str(order))


def _class_names() -> dict[str, int]:
    """Return the labels by class name: named classes, occurring ones, and those given by number in the address."""
    labels = {*session.settings().class_names, *scores.performance().names} - set(TOGETHER)
    for field in (TARGETS, PREDICTIONS):
        for text in st.session_state.get(field) or st.query_params.get_all(field):
            label = PLAIN.class_of(text)
            labels |= set() if label is None else {label}
    return {session.settings().class_name(label): label for label in sorted(labels)}


def _target(names: dict[str, int], text: str) -> Target:
    return cast(Target, text) if text in (REJECTED, NOT_REVIEWED) else names[text]


def _pick_outcome() -> Outcome | None:
    outcome = entries.choice_of_page(
        st.selectbox,
        "Outcome",
        [ANY, *OUTCOMES],
        key=OUTCOME,
        help="Wrong: the target is another class, or the prediction was rejected.",
    )
    return None if outcome == ANY else cast(Outcome, outcome)


def _pick_day() -> date | None:
    day: date | None = entries.choice_of_page(
        st.date_input,
        "Day",
        value=None,
        min_value=FIRST_DAY,
        max_value=max(session.today(), FIRST_DAY),
        format="YYYY-MM-DD",
        key=DAY,
    )
    return day


def _pick_confidence() -> tuple[float, float]:
    edges: tuple[float, float] = entries.choice_of_page(
        st.slider,
        "Confidence",
        *WHOLE,
        WHOLE,
        step=1 / CONFIDENCE_BINS,
        format="percent",
        key=CONFIDENCE,
        help="The lowest and the highest confidence. The full range includes predictions without a confidence.",
    )
    return edges


def _pick_file() -> str:
    text = entries.choice_of_page(
        st.text_input,
        "File name contains",
        key=FILE,
        max_chars=LONGEST_PART,
        placeholder=ANY,
        help="Upper and lower case are the same.",
    )
    return (text or "").strip()


def _pick_tags() -> tuple[str, ...]:
    """Return the chosen tags; where no sample has a tag there is nothing to choose."""
    chosen = st.session_state.get(TAGS) or st.query_params.get_all(TAGS)
    tags = sorted({*tags_in_use(), *chosen})
    if not tags:
        return ()
    return tuple(
        entries.choice_of_page(
            st.multiselect, "Tags", tags, key=TAGS, placeholder=ANY, help="Samples with one of these tags."
        )
    )


def _pick_trained() -> bool | None:
    """Return whether the samples shall be marked as trained; where none is there is nothing to choose."""
    if not _some_are_trained() and not st.query_params.get(TRAINED):
        return None
    text = entries.choice_of_page(
        st.selectbox,
        "In the training set",
        [ANY, *IS_TRAINED],
        key=TRAINED,
        help="Whether the model has been trained on the sample since: `trained` is true.",
    )
    return IS_TRAINED.get(str(text))


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def _some_are_trained() -> bool:
    return session.store().training.has_some()


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def tags_in_use() -> list[str]:
    return Tags(session.store()).in_use()


def _bins(confidence: tuple[float, float]) -> tuple[int, int] | None:
    low, high = (round(edge * CONFIDENCE_BINS) for edge in confidence)
    if (low, high) == (0, CONFIDENCE_BINS):
        return None
    return (low, high) if low < high else (min(low, CONFIDENCE_BINS - 1), min(low, CONFIDENCE_BINS - 1) + 1)


def _selection(day: date | None) -> Selection:
    chosen = state.selection()
    if day is None:
        return chosen
    if not chosen.period.first <= day <= chosen.period.last:
        st.info(
            f"{wording.day(day)} lies outside of the period, {wording.days(chosen.period)}. Choose a longer period, or "
            "no day."
        )
        errors.end_page()
    return Selection(Period(day, day), chosen.basis, chosen.where)


def set_alike(sample: Sample) -> None:
    """Set the filters to samples of the same target (or outcome without one) and prediction, from the next run on.

    The page is opened as by a click on a chart, which is one step for the browser's Back.
    """
    name = session.settings().class_name
    target = sample.outcome if sample.target is None else name(sample.target)
    address = {TARGETS: target, PREDICTIONS: name(sample.prediction)}
    st.session_state[state.CLICKED_MARK] = address
    st.session_state[OF_NEXT_RUN] = EMPTY | {filter_name: [value] for filter_name, value in address.items()}


def _follow() -> None:
    """Give the filters the values of the address: a page that is opened from itself keeps those of before."""
    entries.write(**st.session_state.pop(OF_NEXT_RUN, {}))
