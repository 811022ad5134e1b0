"""The period: offered, by name, typed, as days, or from the address."""

from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.contract.calendar import Period, preset
from monitor_core.mongo.store import Store
from tests.app.performance.shown import ONE_DAY, figures, open_page, pick, pick_range, tiles, today
from tests.app_pages import said

NAME, DAYS = "period by name shown", "period by days shown"


def period_of(app: AppTest) -> Period:
    assert not app.exception
    return app.session_state["selection"].period


def in_address(app: AppTest) -> dict[str, Any]:
    return {name: app.query_params[name] for name in ("period", "range") if name in app.query_params}


@pytest.mark.parametrize("name", ["yesterday", "this-month", "last-quarter"])
def test_a_name_is_the_period_and_stands_in_the_address(with_demo: Store, name: str) -> None:
    """That one may type it too, a test in the browser says: AppTest cannot type."""
    app = pick(open_page(), "period", "custom").selectbox(key=NAME).set_value(name).run()
    assert period_of(app) == preset(name, today())
    assert in_address(app) == {"period": name}
    assert app.selectbox(key=NAME).value == name
    assert tuple(app.date_input(key=DAYS).value) == (period_of(app).first, period_of(app).last)
    assert app.segmented_control(key="period shown").value == "custom"


def test_days_that_are_picked_stand_in_the_address(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = pick_range(pick(open_page(), "period", "custom"), first, last)
    assert in_address(app) == {"period": f"{first}..{last}"}
    assert tiles(app) == figures(with_demo, app)
    pick(app, "period", "7d")
    assert (period_of(app), in_address(app)) == (preset("7d", today()), {"period": "7d"})


@pytest.mark.parametrize("text", ["2026-01-05..2026-01-31", "2026-01-05:2026-01-31"])
def test_the_notation_of_the_command_line_is_read_in_the_address(with_demo: Store, text: str) -> None:
    app = open_page(period=text)
    assert period_of(app) == Period(date(2026, 1, 5), date(2026, 1, 31))
    assert "cannot use" not in said(app)


def test_an_old_address_is_left_by_the_next_choice(with_demo: Store) -> None:
    first, last = today() - 40 * ONE_DAY, today() - 20 * ONE_DAY
    app = open_page(period="custom", range=[str(first), str(last)])
    assert period_of(app) == Period(first, last)
    pick_range(app, first, last - ONE_DAY)
    assert period_of(app) == Period(first, last - ONE_DAY)
    assert in_address(app) == {"period": f"{first}..{last - ONE_DAY}"}


def test_days_to_come_are_no_error(with_demo: Store) -> None:
    first, last = today() - ONE_DAY, today() + 400 * ONE_DAY
    assert period_of(open_page(period=f"{first}..{last}")) == Period(first, last)
