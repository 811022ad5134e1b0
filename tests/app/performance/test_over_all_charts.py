"""The chart of the accuracy over all predictions."""

from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks.unreviewed import CHOICES, DAYS, days_of, draw
from monitor_core.app.performance.over_all_charts import over_all_by_time
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.reports.granularity import Granularity
from monitor_core.reports.unreviewed.over_time import over_all_by
from monitor_core.scores.raking import ASSUMPTION
from tests.app.drawn import lacking


@pytest.mark.parametrize("granularity", ["day", "week", "month"])
def test_the_chart_draws_what_the_table_has_and_names_its_assumption(granularity: Granularity) -> None:
    random = np.random.default_rng(1)
    drawn = draw(3000, "sharp", random)
    counts = days_of(drawn, CHOICES["prefers unsure"](drawn, random))
    period = Period(date(2026, 9, 1), date(2026, 9, DAYS))
    counted = {period.first + timedelta(at): of for at, of in enumerate(counts)}
    figure = over_all_by_time(Selection(period, "predicted"), over_all_by(period, counted, granularity, period.last))
    assert lacking(figure) == set()
    assert figure.has_values
    assert ASSUMPTION in figure.legend[0]
