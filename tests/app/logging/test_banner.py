"""The line on every page while the logger does not work, through Streamlit's own AppTest."""

from datetime import timedelta

import pytest

from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from tests.app_pages import OVERVIEW, said, visit

PAGES = [OVERVIEW, "operate/alerts", "investigate/reviews"]


@pytest.mark.parametrize("page", PAGES)
def test_a_logger_that_stopped_is_said_on_every_page(store: Store, page: str) -> None:
    store.state.save_tick(TickResult(store.now() - timedelta(days=2), 0))
    assert "No run of the logger has ended since" in said(visit(page))


@pytest.mark.parametrize("page", PAGES)
def test_runs_that_fail_are_said_on_every_page_from_the_third_on(store: Store, page: str) -> None:
    for _ in range(3):
        store.state.save_tick(TickResult(store.now(), 0, {}, "WhyLabs at example.org did not answer."))
    text = said(visit(page))
    assert "All runs of the logger have failed since" in text
    assert "WhyLabs at example.org did not answer." in text


def test_a_logger_that_works_or_never_ran_is_not_said(store: Store) -> None:
    assert "runs of the logger have" not in said(visit())
    for error in ("It failed.", "It failed.", None):
        store.state.save_tick(TickResult(store.now(), 0, {}, error))
    last = store.state.last_tick()
    assert last is not None
    assert (last.failed_runs, last.failing_since) == (0, None)
    assert "of the logger ha" not in said(visit())
