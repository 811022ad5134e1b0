"""The chart of the class mix, whatever one bar is of."""

from dataclasses import replace

import pytest

from monitor_core.app.performance.mix_charts import mix_over_time
from monitor_core.app.performance.view import View
from monitor_core.mongo.store import Store
from monitor_core.reports.granularity import GRANULARITIES, Granularity, by
from tests.app.drawn import colours, lacking


def test_the_mix_of_a_day_is_whole_and_opens_day_and_class(by_prediction: View) -> None:
    figure = mix_over_time(by_prediction)
    shares = figure.table.groupby("day")["share"].sum()
    assert shares.tolist() == pytest.approx([1.0] * len(shares))
    assert dict(figure.opens) == {"date": "day", "name": "target"}
    assert set(colours(figure.spec)) == {"0", "1"}
    other = mix_over_time(by_prediction, "the 30 days before")
    assert other.title == "Class mix over time, the 30 days before"
    assert (other.opens, other.alt != figure.alt) == ({}, True)


@pytest.mark.parametrize("granularity", [one for one in GRANULARITIES if one != "day"])
def test_bars_of_hours_weeks_and_months_have_all_their_columns(
    filled: Store, by_prediction: View, granularity: Granularity
) -> None:
    now = by_prediction.now
    grouped = by(granularity, now, filled, now.selection.period.last)
    figure = mix_over_time(replace(by_prediction, granularity=granularity, over_time=grouped))
    assert (lacking(figure), dict(figure.opens)) == (set(), {})
