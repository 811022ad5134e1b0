"""The button that saves the view as one HTML file."""

from streamlit.testing.v1 import AppTest

from monitor_core.mongo.store import Store


def page() -> None:
    from datetime import date

    from monitor_core.app.frame import state
    from monitor_core.app.performance import report_button
    from monitor_core.contract.calendar import Period
    from monitor_core.contract.selection import Selection

    state.select(Selection(Period(date(2026, 10, 1), date(2026, 10, 3)), "predicted"))
    report_button.button()


def test_the_file_is_named_by_its_days_and_made_only_when_it_is_asked_for(store: Store) -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    (button,) = app.sidebar.get("download_button")
    assert button.label == "Report (HTML)"
    assert button.proto.deferred_file_id
    assert not button.proto.url
