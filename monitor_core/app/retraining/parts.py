"""The elements of the page Retraining: what there is to train on, and what each new model has changed."""

import pandas as pd
import streamlit as st

from monitor_core.app.frame import clicks, session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table, whole_number
from monitor_core.app.frame.text import plain
from monitor_core.contract.segments import Where
from monitor_core.contract.selection import Selection
from monitor_core.reports.retraining import changes as model_changes
from monitor_core.reports.retraining import readiness
from monitor_core.reports.retraining.changes import MOST_CHANGES, PERIODS_EXPLAINED, ModelChange
from monitor_core.reports.retraining.readiness import SHOWN, Readiness
from monitor_core.reports.score import value_and_ends

NO_CHANGE = (
    "No deployment or retraining is annotated. Add one with *Annotations* in the sidebar: this page then compares the "
    "scores before and after it, and the rules of drift begin again."
)


def readiness_of_period() -> Readiness:
    """Return what there is to train on in the selection."""
    return _readiness(state.selection())


@session.cached(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _readiness(selection: Selection) -> Readiness:
    return readiness.read_readiness(session.store(), selection)


def show_readiness(ready: Readiness) -> None:
    """Show how many samples of each class the model has not been trained on, and where they can be seen."""
    if ready.table.empty:
        empty = session.why_no_predictions()
        st.info(empty or "No sample of a known class was reviewed in this period. Choose a longer one.")
        return
    for sentence in readiness.readiness_in_words(ready):
        st.markdown(plain(sentence))
    table = pd.DataFrame(
        {
            "Class": ready.table["name"],
            "New samples": ready.table["new"],
            "Corrections": ready.table["corrections"],
            SHOWN.title: [value_and_ends(*ends) for ends in ready.table[["value", "low", "high"]].to_numpy()],
            "In the training set": ready.table["trained"],
        }
    )
    counts = dict.fromkeys(("New samples", "Corrections", "In the training set"), whole_number)
    number_table(table, "Samples of each class that the model has not been trained on", counts)
    st.caption(
        "New samples are reviewed, of a known class, and not marked with `trained: true`. Corrections are those that "
        f"the model had wrong. {SHOWN.title} is of all reviewed samples of the period, with its 95% interval, or its "
        "bounds where samples were rejected."
    )
    clicks.samples_link("See and export the new samples", trained="no")
    if ready.corrections:
        clicks.samples_link("See and export the corrections", trained="no", outcome="wrong")


def show_changes() -> None:
    """Show the scores before and after each of the newest deployments and retrainings."""
    newest = _changes(state.selection().where)
    if not newest:
        st.info(NO_CHANGE)
        return
    for change in newest:
        st.markdown(f"**{plain(str(change.annotation))}**")
        st.markdown(plain(model_changes.model_change_in_words(change, state.average())))
        rows = pd.DataFrame(model_changes.rows(change, state.average()))
        number_table(rows, f"Scores before and after: {change.annotation}", {})
    more = f" The newest {MOST_CHANGES} are shown." if len(newest) == MOST_CHANGES else ""
    st.caption(f"{PERIODS_EXPLAINED}{more}")


@session.cached_resource(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _changes(where: Where) -> list[ModelChange]:
    return model_changes.read_model_changes(session.store(), session.today(), where)
