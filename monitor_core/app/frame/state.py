"""The session state: the keys that are used by more than the widget that owns them."""

from typing import cast

import streamlit as st

from monitor_core.app.frame import session
from monitor_core.contract.periods import ALL
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import AUTOMATIC, Granularity, in_force
from monitor_core.settings.documents import Average

# Of widgets, whose values stand in the address:
PERIOD, RANGE, BASIS, AVERAGE, GRANULARITY, AGAINST = "period", "range", "basis", "average", "granularity", "against"
REFERENCE, REFRESH = "reference", "refresh"
FURTHER_METRIC, FOCUS = "metric", "focus"
EDITED_RULE, EDITED_AS, PROBLEM = "edit", "edit_as", "kind"
# Of no widget: the opened alert and sample, and the page of the gallery.
ALERT, SAMPLE, SAMPLES_PAGE = "alert", "sample", "at"
# Of what is remembered from one run to the next:
SELECTION, COMPARED_WITH = "selection", "compared_with"
PERIOD_NAME = "period name"  # in its one notation
CLICKED_MARK, CHOSEN_SAMPLES = "clicked mark", "chosen samples"
ANNOTATION_REFUSED, JUST_RUN = "annotation refused", "just run"
AWAY_SINCE = "away since"  # the database, while the page refreshes itself
VISITED_PAGES = "visited pages"
SHOWN_MODEL = "shown model"
RULE_DRAFT, ADDED_RULE = "rule draft", "added rule"


def forget_another_model_s(model: str) -> None:
    """Forget what belongs to another model's pages, such as its opened alert, its rule and its reference period.

    The model is compared with that of the last run, because Back changes it without a call of its widget.
    """
    before = st.session_state.get(SHOWN_MODEL, model)
    st.session_state[SHOWN_MODEL] = model
    if before == model:
        return
    for name in (ALERT, SAMPLE, SAMPLES_PAGE):
        st.query_params.pop(name, None)
    for key in (EDITED_RULE, RULE_DRAFT, PROBLEM, REFERENCE, AGAINST, COMPARED_WITH, CLICKED_MARK, CHOSEN_SAMPLES):
        st.session_state.pop(key, None)
        st.session_state.pop(held(key), None)


def held(key: str) -> str:
    """Return the key of the value that the session last had for a choice of this name in the address."""
    return f"{key} held"


def selection() -> Selection:
    """Return the period, basis and segments that all pages show."""
    return cast(Selection, st.session_state[SELECTION])


def select(chosen: Selection, period: str | None = None) -> None:
    """Set what all pages show; `period`: the chosen period in its one notation, unless it stays the same."""
    st.session_state[SELECTION] = chosen
    if period:
        st.session_state[PERIOD_NAME] = period


def compared_with() -> Selection | None:
    """Return the comparison; None if there is none."""
    return cast(Selection | None, st.session_state.get(COMPARED_WITH))


def compare_with(other: Selection | None) -> None:
    st.session_state[COMPARED_WITH] = other


def average() -> Average:
    return cast(Average, st.session_state.get(AVERAGE) or session.settings().average)


def granularity() -> Granularity | None:
    """Return the chosen granularity of charts over time, but hours only for few days; None: an automatic one."""
    chosen = st.session_state.get(GRANULARITY) or AUTOMATIC
    return None if chosen == AUTOMATIC else in_force(cast(Granularity, chosen), selection().period)


def period_name() -> str:
    """Return the chosen period in its one notation."""
    return str(st.session_state.get(PERIOD_NAME) or session.settings().period)


def shows_all_days() -> bool:
    """Return whether the period is the whole history."""
    return period_name() == ALL
