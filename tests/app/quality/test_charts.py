"""The chart of the page Data quality."""

from datetime import date

import pandas as pd
import pytest

from monitor_core.app.quality import charts
from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import PROBLEMS
from monitor_core.reports.quality import Finding
from tests.app.drawn import column_of, lacking

DAYS = pd.to_datetime([date(2026, 10, 1), date(2026, 10, 4)])
DAILY = pd.DataFrame({"day": DAYS, "documents": [1, 3], "of": [10, 10], "share": [0.1, 0.3]})
NAME = "bad_confidence"


@pytest.mark.parametrize("incomplete", [False, True])
def test_the_share_of_each_day_s_documents_is_drawn(incomplete: bool) -> None:
    figure = charts.documents_with_problem(Finding(NAME, PROBLEMS[NAME], 4, 0.2, False, False, [], DAILY), incomplete)
    assert figure.title == PROBLEMS[NAME].title
    assert figure.described == f"{PROBLEMS[NAME].title}: share of each prediction day's documents"
    assert figure.about == "1 Oct to 4 Oct 2026, by prediction day, all documents"
    assert (column_of(figure.spec, "bar", "x"), column_of(figure.spec, "bar", "y")) == ("day", "share")
    assert lacking(figure) == set()
    assert figure.has_values
    assert figure.marks
    assert figure.marks.period == Period(date(2026, 10, 1), date(2026, 10, 4))
    assert figure.marks.incomplete is incomplete
