"""The number of open alerts in the navigation."""

from monitor_core.app.alerts import navigation
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.store import Store
from tests.app_pages import visit


def test_what_is_open_is_counted_for_the_navigation(ringing: Store) -> None:
    assert navigation.open_count() == len(Alerts(ringing).open_alerts()) >= 2


def test_the_header_of_a_page_leads_to_what_is_open(ringing: Store) -> None:
    count = len(Alerts(ringing).open_alerts())
    link = visit("operate/drift").get("page_link")[0].proto
    assert link.label == f"{navigation.DOT} {count} open alerts"
    assert link.page == "alerts"
