"""The number of open alerts in the navigation."""

from monitor_core.app.alerts import navigation
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store


def test_what_is_open_is_counted_for_the_navigation(ringing: Store) -> None:
    assert navigation.open_count() == len(Alerts(ringing).open_alerts()) >= 2
