"""The view without its frame; what a person sees of it, a test in the browser says."""

import pytest

from monitor_core.contract import wording
from monitor_core.contract.calendar import preset
from monitor_core.mongo.store import Store
from tests.app.performance.shown import today
from tests.app_pages import said, visit


@pytest.mark.parametrize(("page", "by"), [("performance/metrics", " by review day"), ("operate/drift", "")])
def test_a_kiosk_says_its_days_and_the_time(with_demo: Store, page: str, by: str) -> None:
    line = f"{wording.days(preset('7d', today()))}{by}. As of "
    assert line in said(visit(page, kiosk="", period="7d"))
    assert "As of" not in said(visit(page, period="7d"))


def test_a_page_without_a_period_says_none(with_demo: Store) -> None:
    assert "As of" not in said(visit("operate/about", kiosk=""))
