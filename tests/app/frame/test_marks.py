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
    assert table[["from", "to", "title", "severity"]].to_numpy().tolist()[1:] == [
        [Timestamp(2026, 10, 2), Timestamp(2026, 10, 4), "before and in it", "warning"],
        [Timestamp(2026, 10, 4), Timestamp(2026, 10, 6), "in it and after", "critical"],
    ]
    assert (table["from"] == table["to"]).tolist() == [True, False, False]


def test_each_band_is_named_above_the_plot_and_no_two_names_overlap() -> None:
    first, last = date(2026, 10, 1), date(2026, 10, 30)
    alerts = [
        ShadedDays(date(2026, 10, 2), date(2026, 10, 5), "Accuracy is falling", "critical", "a"),
        ShadedDays(date(2026, 10, 3), last, "Confidence has moved", "warning", "b"),
        ShadedDays(date(2026, 10, 28), last, "Accuracy is lower", "warning", "c"),
    ]
    table = marks.bands_table(alerts, first, last)
    assert table["name"].tolist() == ["", *(alert.title for alert in alerts)]
    assert table["align"].tolist()[1:] == ["left", "left", "right"]
    assert table["row"].tolist() == [0, 0, 1, 0]  # the last has room beside the first
    assert table["at"].iloc[3] == Timestamp(2026, 10, 31)
    many = marks.bands_table([alerts[0]] * 6, first, last)
    assert many["row"].tolist() == [0, 0, 1, 2, 3, 0, 0]
    assert many["name"].tolist()[5:] == ["", ""]  # no room: tooltips and captions name them
