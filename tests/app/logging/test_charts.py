"""The charts of the page Logging."""

from datetime import date

import pandas as pd
import pytest

from monitor_core.app.logging import charts
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.history.profiles import StoredProfile
from monitor_core.mongo.store import Store
from monitor_core.reports.logging import ProfileReport, logger_report
from monitor_core.reports.performance import read_performance
from tests.app.drawn import colours, column_of, encodings, lacking
from tests.documents import FIELDS, at

ABOUT = "3 Oct 2026 by prediction day, all documents"


@pytest.fixture
def profile() -> ProfileReport:
    confidence = pd.DataFrame({"from": [0.9, 0.9], "to": [0.95, 0.95], "outcome": ["right", "wrong"], "count": [8, 2]})
    stored = StoredProfile(date(2026, 10, 3), at(2026, 10, 4), 10, {}, True)
    return ProfileReport(stored, pd.DataFrame(), {}, confidence)


def test_each_of_the_last_hours_has_its_bar(store: Store) -> None:
    figure = charts.logged_by_hour(logger_report(store))
    assert len(figure.table) == 24
    assert (column_of(figure.spec, "bar", "x"), column_of(figure.spec, "bar", "y")) == ("hour", "predictions")
    assert lacking(figure) == set()
    assert figure.about == "The last 24 hours, all documents"


def test_the_confidence_of_a_day_has_those_that_are_not_reviewed_too(profile: ProfileReport) -> None:
    figure = charts.confidence(profile)
    assert set(colours(figure.spec)) == {"right", "wrong", "not reviewed"}
    assert figure.table["count"].tolist() == [8, 2]
    assert lacking(figure) == set()
    assert figure.about == ABOUT


def test_the_matrix_of_a_day_shows_counts(profile: ProfileReport, filled: Store) -> None:
    day = Period(date(2026, 10, 3), date(2026, 10, 3))
    figure = charts.confusion_matrix(profile, read_performance(filled, Selection(day, "predicted")))
    cells = {(row["target"], row["prediction"]): row["count"] for row in figure.table.to_dict("records")}
    assert (cells["0", "0"], cells["0", "1"], cells["1", "0"], cells["1", "1"]) == (6, 1, 1, 1)
    assert column_of(figure.spec, "rect", "color") == "count"
    assert (figure.about, figure.opens) == (ABOUT, {})


def test_the_most_frequent_values_stand_in_their_order(profile: ProfileReport) -> None:
    table = pd.DataFrame({"name": ["2", "1"], "count": [9, 4]})
    figure = charts.frequent_values(profile, FIELDS.prediction, table)
    assert (figure.title, figure.described) == (FIELDS.prediction, f"The most frequent values of {FIELDS.prediction}")
    sort = next(
        encoding["sort"] for mark, channel, encoding in encodings(figure.spec) if (mark, channel) == ("bar", "y")
    )
    assert (sort["field"], sort["order"]) == ("count", "descending")
    assert lacking(figure) == set()
    more = charts.frequent_values(profile, FIELDS.prediction, pd.concat([table] * 10))
    assert more.spec["height"] > figure.spec["height"]
