"""The state of a session."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import state


def page() -> None:
    from datetime import date

    import streamlit as st

    from monitor_core.app.frame import state
    from monitor_core.contract.calendar import Period
    from monitor_core.contract.selection import Selection

    days = st.session_state.get("days", 3)
    chosen = Selection(Period(date(2026, 10, 1), date(2026, 10, days)), "predicted")
    state.select(chosen)
    state.compare_with(chosen if st.session_state.get("compared") else None)
    st.json(
        {
            "same": state.selection() == chosen,
            "compared": state.compared_with() == chosen,
            "average": state.average(),
            "granularity": state.granularity(),
            "all": state.shows_all_days(),
        }
    )


def read(**session: object) -> dict[str, object]:
    app = AppTest.from_function(page)
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    return json.loads(app.json[0].value)


def test_without_a_choice_the_settings_decide(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_AVERAGE", "weighted")
    read_now = read()
    assert read_now["same"]
    assert (read_now["average"], read_now["granularity"], read_now["compared"]) == ("weighted", None, False)
    assert not read_now["all"]


def test_a_choice_is_stronger(environment: dict[str, str]) -> None:
    chosen = {state.AVERAGE: "weighted", state.GRANULARITY: "week", state.PERIOD_NAME: "all", "compared": True}
    read_now = read(**chosen)
    assert (read_now["average"], read_now["granularity"]) == ("weighted", "week")
    assert (read_now["all"], read_now["compared"]) == (True, True)


def test_hours_are_of_few_days_only(environment: dict[str, str]) -> None:
    assert read(**{state.GRANULARITY: "hour"})["granularity"] == "hour"
    assert read(**{state.GRANULARITY: "hour", "days": 30})["granularity"] == "day"
    assert read(**{state.GRANULARITY: "automatic", "days": 30})["granularity"] is None


def test_no_two_values_share_a_key() -> None:
    keys = [value for name, value in vars(state).items() if name.isupper() and name != "ALL"]
    assert len(keys) == len(set(keys)) >= 15
