"""The page Alerts, as its tests visit it."""

from typing import Any

from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store
from tests.app.drifting import accuracy_alert
from tests.app_pages import visit


def open_page(**query: Any) -> AppTest:
    app = visit("operate/alerts", **query)
    return checked(app)


def checked(app: AppTest) -> AppTest:
    assert [element.value for element in app.exception] == []
    assert [element.value for element in app.header] == ["Alerts"]
    return app


def look_at(store: Store) -> AppTest:
    return open_page(alert=accuracy_alert(store).id)
