"""What the five tabs say of two selections, and of a metric that has gaps."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from monitor_core.scores.metrics import METRICS
from tests.app_pages import said
from tests.documents import at, fields

TITLES = [metric.title for metric in METRICS if not metric.on_tabs]


def page(compared: bool, granularity: str) -> None:
    from datetime import date

    import streamlit as st

    from monitor_core.app.frame import state
    from monitor_core.app.performance import parts
    from monitor_core.contract.calendar import Period
    from monitor_core.contract.selection import Selection
    from monitor_core.scores.metrics import METRICS

    st.session_state[state.GRANULARITY] = granularity
    state.select(Selection(Period(date(2026, 10, 2), date(2026, 10, 3)), "predicted"))
    earlier = Selection(Period(date(2026, 10, 1), date(2026, 10, 2)), "predicted")
    state.compare_with(earlier if compared else None)
    view = parts.view_over_time()
    parts.tell_other(view)
    parts.tell_scores(view)
    parts.tell_time(view, METRICS)
    parts.tell_holm(view)
    parts.tell_undefined(view, METRICS)
    parts.other_mix(view)
    chosen = parts.further_metric()
    st.write(f"chosen: {[metric.title for metric in chosen]}")
    trends = parts.with_trends(view, [parts.metric_in_focus()])
    st.write(f"in focus: {list(trends.trends)}, over {trends.trend_days} days, {list(trends.other_trends)}")


def show(compared: bool = False, granularity: str = "day", **query: Any) -> AppTest:
    app = AppTest.from_function(page, args=(compared, granularity))
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_alone_nothing_is_said_of_another(filled: Store) -> None:
    app = show()
    assert "chosen: []" in said(app)
    assert not app.get("vega_lite_chart")


def test_a_comparison_is_named_with_its_samples_and_in_words(filled: Store) -> None:
    app = show(compared=True)
    assert "9 reviewed samples, shown in grey" in said(app)
    assert "Some predictions are in both" in said(app)  # the days overlap
    assert "Accuracy" in said(app)
    assert len(app.get("vega_lite_chart")) == 1  # its mix of classes


def test_what_is_cut_off_is_said_of_weeks(filled: Store) -> None:
    assert "some of its days are missing" in said(show(granularity="week"))
    assert "some of its days are missing" not in said(show())


def test_a_comparison_without_samples_is_said(filled: Store) -> None:
    filled.collection.delete_many(fields(predicted_at={"$lt": at(2026, 10, 3)}))
    assert "The comparison has no reviewed samples." in said(show(compared=True))


def test_a_rejected_review_leaves_gaps_that_are_explained(filled: Store) -> None:
    filled.collection.update_one(fields(predicted_at=at(2026, 10, 3)), {"$set": fields(validated=False)})
    assert "on such a day there is a gap" in said(show())


@pytest.mark.parametrize("title", [TITLES[0], "", "banana"])
def test_a_further_metric_of_the_address_is_chosen_if_there_is_one(filled: Store, title: str) -> None:
    assert f"chosen: {[title] if title in TITLES else []}" in said(show(metric=title))


def test_the_metric_in_focus_has_its_trend_and_is_part_of_the_address(filled: Store) -> None:
    assert "in focus: ['accuracy'], over 28 days, []" in said(show())
    assert "in focus: ['macro_f1'], over 28 days, ['macro_f1']" in said(show(compared=True, focus="F1"))
    assert "in focus: [], over 0 days, []" in said(show(granularity="hour"))
    assert "in focus: ['accuracy']" in said(show(focus="banana"))


def test_an_automatic_granularity_says_why_and_a_chosen_one_does_not(filled: Store) -> None:
    assert "Charts over time are by hour, automatically, for a period of 2 days." in said(show(granularity="automatic"))
    assert "automatically" not in said(show(granularity="day"))
