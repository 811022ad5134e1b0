"""The trend of a score against scikit-learn on the raw rows, and against the report of the same days."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports import trend as trends
from monitor_core.reports.granularity import Granularity
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.metrics import METRIC, METRICS
from tests.documents import fields

PERIOD = Period(date(2026, 3, 2), date(2026, 4, 5))
SELECTION = Selection(PERIOD, "validated")


@pytest.fixture
def rows(store: Store) -> list[tuple[date, int, int]]:
    """Day, target and prediction of samples from before the period on; few on Sundays, none on some days."""
    rng, made = np.random.default_rng(7), []
    for day in trends.with_days_before(SELECTION, 28).period.days:
        for _ in range(0 if day.day % 9 == 0 else 1 if day.weekday() == 6 else int(rng.integers(3, 20))):
            target = int(rng.integers(0, 3))
            made.append((day, target, target if rng.random() < 0.8 else int(rng.integers(0, 3))))
    store.collection.insert_many(
        [
            fields(
                prediction=prediction,
                validated=target,
                validated_at=datetime(day.year, day.month, day.day, 9, tzinfo=UTC),
            )
            for day, target, prediction in made
        ]
    )
    return made


@pytest.mark.parametrize("days", [7, 28])
def test_each_value_is_scikit_learn_s_on_the_rows_of_its_days(
    store: Store, rows: list[tuple[date, int, int]], days: int
) -> None:
    counts = store.counts.of(trends.with_days_before(SELECTION, days)).confusion
    by_name = trends.trends_of(counts, PERIOD.days, days, [METRIC["accuracy"], METRIC["f1"]], "macro")
    of = {key: by_name[METRIC[key].name("macro")] for key in ("accuracy", "f1")}
    for place, day in enumerate(PERIOD.days):
        mine = [row for row in rows if day - timedelta(days=days) < row[0] <= day]
        targets, predictions = [row[1] for row in mine], [row[2] for row in mine]
        assert of["accuracy"]["trend_samples"][place] == len(mine)
        assert of["accuracy"]["trend"][place] == pytest.approx(accuracy_score(targets, predictions))
        assert of["f1"]["trend"][place] == pytest.approx(f1_score(targets, predictions, average="macro"))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.key)
def test_each_interval_is_that_of_the_report_of_its_days(
    store: Store, rows: list[tuple[date, int, int]], metric: object
) -> None:
    of = METRIC[metric.key]  # type: ignore[attr-defined]
    counts = store.counts.of(trends.with_days_before(SELECTION, 7)).confusion
    table = trends.trends_of(counts, PERIOD.days, 7, [of], "weighted")[of.name("weighted")]
    for place in (0, 11, len(PERIOD) - 1):
        last = PERIOD.days[place]
        week = Period(last - timedelta(days=6), last)
        score = reports.read_performance(store, replace(SELECTION, period=week)).scores[of.name("weighted")]
        row = table.iloc[place]
        assert [row["trend"], row["trend_low"], row["trend_high"], row["trend_samples"]] == pytest.approx(
            [score.value, score.low, score.high, score.samples], nan_ok=True
        )


def test_what_begins_before_the_counts_or_has_few_samples_has_no_trend(store: Store, rows: object) -> None:
    counts = store.counts.of(SELECTION).confusion
    (table,) = trends.trends_of(counts, PERIOD.days, 7, [METRIC["accuracy"]], "macro").values()
    assert table["trend"].isna().tolist() == [True] * 6 + [False] * (len(PERIOD) - 6)
    store.collection.delete_many({})
    few = fields(prediction=1, validated=1, validated_at=datetime(2026, 3, 20, tzinfo=UTC))
    store.collection.insert_many([dict(few) for _ in range(4)])
    counts = store.counts.of(SELECTION, exact=True).confusion
    (table,) = trends.trends_of(counts, PERIOD.days, 7, [METRIC["accuracy"]], "macro").values()
    assert table["trend"].isna().all()
    assert table["trend_samples"].max() == 4


@pytest.mark.parametrize(
    ("by", "days", "daily", "expected"),
    [
        *[("hour", 3, 99, 0), ("month", 900, 99, 0), ("week", 83, 99, 0), ("week", 84, 99, 28)],
        *[("day", 30, 8, 7), ("day", 30, 7, 28), ("day", 4, 20, 7), ("day", 84, 99, 28)],
    ],
)
def test_the_granularity_the_length_and_the_samples_decide_its_days(
    store: Store, by: Granularity, days: int, daily: int, expected: int
) -> None:
    period = Period(PERIOD.first, PERIOD.first + timedelta(days=days - 1))
    now = reports.read_performance(store, replace(SELECTION, period=period))
    counted = ConfusionCounts.of(period.days, np.array([[day, 1, 1, daily] for day in range(days)]))
    assert trends.trend_days(by, replace(now, counts=replace(now.counts, confusion=counted))) == expected


def test_no_day_lies_before_the_first_that_counts() -> None:
    early = replace(SELECTION, period=Period(FIRST_DAY + timedelta(days=3), FIRST_DAY + timedelta(days=9)))
    assert trends.with_days_before(early, 28).period.first == FIRST_DAY
    assert trends.with_days_before(SELECTION, 7).period.first == date(2026, 2, 24)
