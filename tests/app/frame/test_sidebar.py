"""The sidebar: period, date, average and custom range; all of it in the address."""

from typing import Any

import pytest

from monitor_core.app.frame import sidebar
from monitor_core.contract.calendar import Period, preset
from monitor_core.mongo.demo import DemoDocuments
from monitor_core.mongo.history.days import DayToStore
from monitor_core.mongo.store import Store
from tests.app.performance.shown import ONE_DAY, assert_shown, figures, open_page, pick, pick_range, tiles, today
from tests.app_pages import said
from tests.documents import prediction
from tests.scores.days import of_day


@pytest.mark.parametrize("name", ["today", "7d", "90d", "all"])
def test_another_period_gives_other_figures(with_demo: Store, name: str) -> None:
    app = open_page()
    before = tiles(app)
    pick(app, "period", name)
    if name == "all":
        assert app.session_state["selection"].period.last == today()
    else:
        assert app.session_state["selection"].period == preset(name, today())
    assert tiles(app) != before
    assert_shown(app, "overview")
    assert name == "today" or tiles(app) == figures(with_demo, app)  # on a Sunday nobody has reviewed yet


def test_counting_by_prediction_day_gives_other_figures(with_demo: Store) -> None:
    app = open_page()
    before = tiles(app)
    pick(app, "basis", "prediction day")
    assert app.session_state["selection"].basis == "predicted"
    assert tiles(app) == figures(with_demo, app) != before


def test_the_average_switches_between_macro_and_weighted(with_demo: Store) -> None:
    app = pick(open_page(), "average", "weighted")
    assert tiles(app) == figures(with_demo, app, "weighted") != figures(with_demo, app, "macro")
    assert sum("Weighted" in tile.label for tile in app.metric) == 3
    assert tiles(pick(app, "average", "macro")) == figures(with_demo, app, "macro")


def test_the_average_in_force_reaches_the_other_pages(with_demo: Store) -> None:
    app = pick(open_page(), "average", "weighted").switch_page("pages/performance/metrics.py").run()
    assert sum("Weighted" in heading.value for heading in app.subheader) == 3


def test_custom_begins_with_the_range_on_the_screen(with_demo: Store) -> None:
    app = pick(open_page(), "period", "7d")
    before = app.session_state["selection"], tiles(app)
    pick(app, "period", "custom")
    assert (app.session_state["selection"], tiles(app)) == before
    assert tuple(app.date_input(key="period by days shown").value) == (before[0].period.first, before[0].period.last)


def test_a_half_picked_range_keeps_the_last_whole_one(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = pick_range(pick(open_page(), "period", "custom"), first, last)
    before = tiles(app)
    assert app.session_state["selection"].period == Period(first, last)
    assert before == figures(with_demo, app)
    pick_range(app, first + ONE_DAY)
    assert app.session_state["selection"].period == Period(first, last)
    assert tiles(app) == before
    app.switch_page("pages/performance/metrics.py").run()
    assert app.session_state["selection"].period == Period(first, last)
    assert_shown(app, "metrics")


@pytest.mark.parametrize(
    "query",
    [
        {"period": "banana"},
        {"period": "custom"},
        {"period": "custom", "range": "foo"},
        {"period": "custom", "range": ["0000-00-00", "2026-13-45"]},
        {"period": "custom", "range": ["1600-01-01", "9999-12-31"]},
        {"period": ["7d", "banana"], "basis": "<b>", "average": "none"},
        {"range": ["2026-01-01", "2026-02-03", "2026-03-04"], "cells": "🍌"},
    ],
)
def test_nonsense_in_the_address_is_no_error(with_demo: Store, query: dict[str, Any]) -> None:
    app = open_page(**query)
    assert_shown(app, "overview")
    assert tiles(app) == figures(with_demo, app)


def test_a_reversed_range_in_the_address_is_put_in_order(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = open_page(period="custom", range=[last.isoformat(), first.isoformat()])
    assert app.session_state["selection"].period == Period(first, last)
    assert_shown(app, "overview")


def test_one_date_in_the_address_is_that_day(with_demo: Store) -> None:
    """So does Streamlit write a range of one day."""
    day = today() - 40 * ONE_DAY
    app = open_page(period="custom", range=day.isoformat())
    assert app.session_state["selection"].period == Period(day, day)
    assert_shown(app, "overview")


def test_the_page_says_that_it_shows_the_demo(with_demo: Store) -> None:
    assert "demo" in said(open_page())


def test_the_demo_is_said_with_the_command_that_removes_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    DemoDocuments(store).insert([prediction(filename="1.png")])
    assert "`./deploy.sh demo --remove` removes it." in said(open_page())
    monkeypatch.setattr(sidebar.session, "models", lambda: ["default", "labels"])
    assert "`./monitor --model default demo --remove` removes it." in said(open_page())


def test_sealed_days_whose_documents_are_gone_are_said(with_demo: Store) -> None:
    day = today() - 100 * ONE_DAY
    gone = DayToStore(day, of_day(30, 0), {}, {})
    with_demo.history.store("validated", [gone], with_demo.now())
    with_demo.history.store("validated", [DayToStore(day, of_day(0, 0), {}, {})], with_demo.now())
    app = pick(open_page(), "period", "all")
    assert "is sealed: documents of it were deleted" in said(app)
    assert "is sealed" not in said(pick(app, "period", "30d"))
