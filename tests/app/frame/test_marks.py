"""What stands behind charts over time."""

from datetime import date

from pandas import Timestamp

from monitor_core.app.frame import marks
from monitor_core.reports.alerts import ShadedDays


def test_a_band_is_as_much_of_an_alert_as_the_chart_has_room_for() -> None:
    alerts = [
        ShadedDays(date(2026, 10, 1), date(2026, 10, 3), "before and in it", "warning", "a"),
        ShadedDays(date(2026, 10, 4), date(2026, 10, 30), "in it and after", "critical", "a"),
        ShadedDays(date(2026, 9, 1), date(2026, 10, 1), "before", "warning", "a"),
        ShadedDays(date(2026, 10, 6), date(2026, 10, 6), "after", "warning", "a"),
    ]
    table = marks.bands_table(alerts, date(2026, 10, 2), date(2026, 10, 5))
    assert table.values.tolist()[1:] == [
        [Timestamp(2026, 10, 2), Timestamp(2026, 10, 4), "before and in it", "warning"],
        [Timestamp(2026, 10, 4), Timestamp(2026, 10, 6), "in it and after", "critical"],
    ]
    assert (table["from"] == table["to"]).tolist() == [True, False, False]
