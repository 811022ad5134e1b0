"""The five tabs, as their tests visit them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.contract.calendar import local_day
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.score import Score
from monitor_core.settings.settings import Settings
from tests.app_pages import visit
from tests.documents import fields

TITLES = {
    "overview": "Overview",
    "metrics": "Metrics",
    "samples_by_class": "Samples by class",
    "metrics_by_class": "Metrics by class",
    "training_data": "Training data",
}


CHARTS = {"overview": 4, "metrics": 4, "samples_by_class": 3, "metrics_by_class": 4, "training_data": 3}


ONE_DAY = timedelta(days=1)


every_page = pytest.mark.parametrize("page", TITLES)


def open_page(page: str = "overview", **query: Any) -> AppTest:
    return visit(f"performance/{page}", **query)


def today() -> date:
    return local_day(datetime.now(UTC), Settings().zone)


def noon(days_ago: int) -> datetime:
    return datetime.combine(today() - days_ago * ONE_DAY, datetime.min.time(), UTC) + timedelta(hours=12)


def reviewed(target: Any, prediction: Any, days_ago: int, **more: Any) -> dict[str, Any]:
    at = noon(days_ago)
    dates = fields(predicted_at=at - timedelta(hours=2), validated_at=at)
    return dates | fields(prediction=prediction, validated=target, confidence=0.9, trained=True) | fields(**more)


def assert_shown(app: AppTest, page: str) -> None:
    """The page is there, and nothing on it is an error."""
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.error] == []
    assert [element.value for element in app.header] == [TITLES[page]]


def tiles(app: AppTest) -> list[str]:
    return [tile.value for tile in app.metric]


def figures(store: Store, app: AppTest, average: str = "macro") -> list[str]:
    """What the tiles have to show, by the report itself."""
    report = reports.read_performance(store, app.session_state["selection"])
    return [f"{report.counts.validated:,}", *map(_on_tile, report.headline(average).values())]


def _on_tile(score: Score) -> str:
    if score.has_bounds:
        return score.bounds_in_words()
    return f"{score.value:.1%}" if score.is_shown else "–"


def pick(app: AppTest, key: str, value: str) -> AppTest:
    return app.segmented_control(key=f"{key} shown").set_value(value).run()


def pick_range(app: AppTest, *days: date) -> AppTest:
    return app.date_input(key="period by days shown").set_value(days).run()
