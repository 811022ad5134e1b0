"""The scores of the selection, and of what it is compared with."""

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from monitor_core.app.frame import state
from monitor_core.mongo.store import Store
from tests.documents import FIELDS, fields


def page(first: int, last: int) -> None:
    from dataclasses import replace
    from datetime import date

    import streamlit as st

    from monitor_core.app.frame import scores, state
    from monitor_core.contract.calendar import Period
    from monitor_core.contract.selection import Selection

    chosen = Selection(Period(date(2026, 10, first), date(2026, 10, last)), "predicted")
    state.select(chosen)
    state.compare_with(replace(chosen, period=Period(date(2026, 10, 1), date(2026, 10, 1))))
    now, before, other = scores.performance(), scores.of_days_before(), scores.of_comparison()
    state.compare_with(None)
    st.json(
        {
            "now": now.counts.validated,
            "cells": int(now.counts.confusion.matrix().sum()),
            "before": before and [str(before.selection.period.first), before.counts.validated],
            "other": other and other.counts.validated,
            "nobody": scores.of_comparison() is None,
        }
    )


def read(first: int, last: int, **session: Any) -> dict[str, Any]:
    app = AppTest.from_function(page, args=(first, last))
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    assert not app.exception
    answer: dict[str, Any] = json.loads(app.json[0].value)
    return answer


def test_a_selection_has_its_scores_and_those_of_the_same_weekdays_before(filled: Store) -> None:
    assert read(2, 3) == {"now": 9, "cells": 9, "before": ["2026-09-25", 0], "other": 9, "nobody": True}
    assert read(1, 3)["before"] == ["2026-09-24", 0]


def test_before_all_days_there_is_nothing(filled: Store) -> None:
    assert read(1, 3, **{state.PERIOD_NAME: "all"})["before"] is None


def test_what_arrives_is_counted_at_once(filled: Store) -> None:
    assert read(3, 3)["now"] == 9
    document = filled.collection.find_one(fields(prediction=1), {"_id": 0}, sort=[(FIELDS.predicted_at, -1)])
    assert document
    filled.collection.insert_one(document)
    again = read(3, 3)
    assert (again["now"], again["cells"]) == (10, 10)
