"""The view that the tests of charts over time draw."""

from datetime import date

import pytest

from monitor_core.app.performance.view import View
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance

DAYS = Period(date(2026, 10, 1), date(2026, 10, 3))


@pytest.fixture
def by_prediction(filled: Store) -> View:
    """Three days, of which the one in the middle has no sample."""
    return View(read_performance(filled, Selection(DAYS, "predicted")), filled.settings, "macro")
