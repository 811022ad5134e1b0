"""The Streamlit elements of the page Models."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pandas as pd
import streamlit as st

from monitor_core.app.frame import session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo.store import Store
from monitor_core.reports.score import value_and_ends
from monitor_core.reports.state.models import ACCURACY, ModelState, model_state

ROWS = 25  # of one page
PERIOD = "30d"
AT_ONCE = 4  # models whose state is read at the same time


def chosen_models() -> list[str]:
    """Return the models to list: of very many, one page of those whose name contains the searched text."""
    names = session.models()
    if len(names) <= ROWS:
        return names
    text = st.text_input("Search", key="model search", placeholder="part of a name").strip().lower()
    names = [name for name in names if text in name]
    pages = max(1, -(-len(names) // ROWS))
    page = 1
    if pages > 1:
        page = int(st.number_input(f"Page of {pages}", 1, pages, key="models page"))
    st.caption(f"{wording.count(len(names), 'model')}.")
    return names[(page - 1) * ROWS : page * ROWS]


@st.cache_data(ttl=FRESH_SECONDS, show_spinner=False)
def states_of(models: tuple[str, ...]) -> list[ModelState]:
    """Return the states of models, in their order; they are read side by side, as each waits for the database."""
    stores = [_opened(model) for model in models]
    contexts = [copy_context() for _ in models]  # with the limits of time; each can be entered by one thread only
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda context, store: context.run(_state_of, store), contexts, stores))


def _opened(model: str) -> Store | ModelState:
    try:
        return session.store_of(model)
    except MonitorError as wrong:  # its state cannot be opened; the others' can
        return ModelState(model, trouble=str(wrong))


def _state_of(opened: Store | ModelState) -> ModelState:
    return model_state(opened, PERIOD) if isinstance(opened, Store) else opened


def table(models: list[str]) -> None:
    """Show a row for each model, whose name links to its pages."""
    states = states_of(tuple(models))
    st.dataframe(
        pd.DataFrame([_row(state) for state in states], columns=list(_COLUMNS)),
        column_config=_COLUMNS,
        hide_index=True,
        width="stretch",
        row_height=40,
    )
    for state in states:
        if sentence := state.trouble or state.not_judged:
            st.warning(f"{state.model}: {plain(sentence)}")


_COLUMNS = {
    "model": st.column_config.LinkColumn("Model", display_text=r"model=(.+)$", pinned=True),
    "alerts": st.column_config.TextColumn("Open alerts"),
    "accuracy": st.column_config.TextColumn("Accuracy", help="With its 95% interval."),
    "by_day": st.column_config.LineChartColumn("By day", y_min=0, y_max=1),
    "reviewed": st.column_config.NumberColumn("Reviewed", format="localized"),
    "newest": st.column_config.TextColumn("Newest review"),
}


def _row(state: ModelState) -> dict[str, object]:
    newest = wording.ago(state.newest_review_at, state.read_at) if state.newest_review_at and state.read_at else "none"
    return {
        "model": f"./?model={state.model}",
        "alerts": "not known" if state.trouble or state.not_judged else _alerts(state),
        "accuracy": "–" if state.trouble else _accuracy(state),
        "by_day": list(state.by_day),
        "reviewed": None if state.trouble else state.reviewed,
        "newest": "–" if state.trouble else newest,
    }


def _alerts(state: ModelState) -> str:
    of_each = [
        wording.count(number, "warning" if severity == "warning" else f"{severity} alert")
        for severity, number in reversed(state.alerts.items())
        if number
    ]
    return ", ".join(of_each) or "none"


def _accuracy(state: ModelState) -> str:
    score = state.accuracy
    if score is None or not score.is_shown:
        return "too few reviews"
    return value_and_ends(score.value, score.low, score.high, ACCURACY.scale)
