"""Hours, weeks and months: the database's counts against plain Python on the raw documents."""

import statistics
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period, starts_of_hours
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import granularity
from monitor_core.reports import performance as reports
from monitor_core.reports.granularity import Bucket, buckets
from monitor_core.reports.performance import Performance
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import Counts
from monitor_core.settings.settings import Settings
from tests.conftest import plans
from tests.documents import FIELDS, at, fields
from tests.lanes import examples

CHANGES = {
    "Europe/Madrid": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Kathmandu": (date(2026, 3, 29),),  # at +05:45, always
}
LATER = date(2027, 1, 1)
search = settings(
    max_examples=examples(40),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def local_hour(instant: datetime, zone: ZoneInfo) -> tuple[str, Any]:
    """The oracle: what the clock on the wall says, and by which offset."""
    wall = instant.astimezone(zone)
    return wall.strftime("%Y-%m-%d %H"), wall.utcoffset()


@given(st.data())
@search
def test_the_hours_are_those_on_the_wall_also_when_the_clock_changes(
    make_store: Callable[..., Store], data: Any
) -> None:
    name = data.draw(st.sampled_from(sorted(CHANGES)))
    zone, change = ZoneInfo(name), data.draw(st.sampled_from(CHANGES[name]))
    basis = data.draw(st.sampled_from(["validated", "predicted"]))
    field = FIELDS.validated_at if basis == "validated" else FIELDS.predicted_at
    noon = datetime(change.year, change.month, change.day, 12, tzinfo=zone).astimezone(UTC)
    store = make_store(time_zone=name, segments={"camera": "camera"})
    store.collection.delete_many({})
    expected: Counter[Any] = Counter()
    period = Period(change - timedelta(days=1), change + timedelta(days=1))
    for minutes in data.draw(st.lists(st.integers(-60 * 40, 60 * 40), max_size=40)):
        instant = noon + timedelta(minutes=minutes)
        kind = data.draw(st.sampled_from(["date", "utc", "offset", "naive"]))
        written: Any = instant
        if kind == "utc":
            written = instant.isoformat().replace("+00:00", "Z")
        if kind == "offset":
            written = instant.astimezone(zone).isoformat()
        if kind == "naive":
            local = instant.astimezone(zone).replace(tzinfo=None, fold=0)  # a text does not tell which of two it means
            written, instant = local.isoformat(), local.replace(tzinfo=zone).astimezone(UTC)
        camera, target = data.draw(st.sampled_from(["left", "right"])), data.draw(st.integers(0, 2))
        one = fields(prediction=1, validated=target, camera=camera)
        store.collection.insert_one(one | {FIELDS.predicted_at: at(2026, 6, 1), field: written})
        if camera == "left" and period.first <= instant.astimezone(zone).date() <= period.last:
            expected[(*local_hour(instant, zone), target)] += 1

    selection = Selection(period, basis, (("camera", "left"),))
    by_hour = store.counts.by_hour(selection)

    begun = starts_of_hours(period, zone)
    assert list(by_hour.days) == [hour.astimezone(zone).replace(tzinfo=None) for hour in begun]
    counted: Counter[Any] = Counter()
    for hour, target, _, count in by_hour.cells.tolist():
        counted[(*local_hour(begun[hour], zone), by_hour.labels[target])] += count
    assert counted == expected


@pytest.mark.parametrize(("day", "count"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 7, 1), 24)])
def test_a_day_has_the_hours_it_has(day: tuple[int, int, int], count: int) -> None:
    one = date(*day)
    begun = starts_of_hours(Period(one, one), ZoneInfo("Europe/Madrid"))
    assert len(begun) == len(set(begun)) == count


@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_hours_are_counted_through_the_index(make_store: Callable[..., Store], basis: Any) -> None:
    store = make_store(time_zone="Europe/Madrid")
    made = fields(prediction=1, validated=1, predicted_at=at(2026, 10, 25))
    store.collection.insert_many([made | fields(validated_at=at(2026, 10, 25, n % 24)) for n in range(100)])
    store.indexes.create()
    selection = Selection(Period(date(2026, 10, 20), date(2026, 10, 26)), basis)
    plan, *_ = plans(store, lambda watched: list(watched.live.hour_groups(selection)))
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan


@given(st.data())
@search
def test_weeks_and_months_equal_scikit_learn_on_the_raw_rows(make_store: Callable[..., Store], data: Any) -> None:
    store = make_store()
    store.collection.delete_many({})
    first = data.draw(st.dates(date(2025, 12, 20), date(2026, 1, 20)))
    period = Period(first, first + timedelta(days=data.draw(st.integers(0, 70))))
    rows = []
    for _ in range(data.draw(st.integers(0, 40))):
        day = period.first + timedelta(days=data.draw(st.integers(-3, len(period) + 3)))
        target, prediction = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
        rows.append((day, target, prediction))
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        store.collection.insert_one(fields(prediction=prediction, validated=target, validated_at=moment))
    rows = [row for row in rows if period.first <= row[0] <= period.last]
    now = reports.read_performance(store, Selection(period, "validated"))
    for kind in ("week", "month"):
        table = granularity.by(kind, now, store, LATER).daily
        assert table["reviewed"].sum() == len(rows)
        for found in table.to_dict("records"):
            mine = [row for row in rows if label_of(row[0], kind) == found["label"]]
            assert found["reviewed"] == len(mine)
            if mine:
                targets, predictions = [row[1] for row in mine], [row[2] for row in mine]
                assert found["accuracy"] == pytest.approx(accuracy_score(targets, predictions))
                labels = sorted({*targets, *predictions})
                macro = precision_recall_fscore_support(
                    targets, predictions, labels=labels, average="macro", zero_division=float("nan")
                )
                ours = [found[f"macro_{metric}"] for metric in ("precision", "recall", "f1")]
                assert ours == pytest.approx(list(macro[:3]), nan_ok=True)


def label_of(day: date, kind: str) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}" if kind == "week" else day.isoformat()[:7]


def test_the_first_and_the_last_week_say_that_they_are_cut_off() -> None:
    parts = buckets(Period(date(2025, 12, 31), date(2026, 1, 14)), "week", LATER)
    assert parts == [
        Bucket("2026-W01", date(2025, 12, 31), date(2026, 1, 4), False),
        Bucket("2026-W02", date(2026, 1, 5), date(2026, 1, 11), True),
        Bucket("2026-W03", date(2026, 1, 12), date(2026, 1, 14), False),
    ]
    assert parts[1].middle == date(2026, 1, 8)
    (month,) = buckets(Period(date(2026, 2, 1), date(2026, 2, 28)), "month", LATER)
    assert (month.label, month.whole) == ("2026-02", True)
    (month,) = buckets(Period(date(2026, 2, 1), date(2026, 2, 28)), "month", date(2026, 2, 28))
    assert not month.whole  # the day is not over


def test_hours_are_for_a_fortnight_at_most() -> None:
    assert granularity.in_force("hour", Period(date(2026, 10, 1), date(2026, 10, 14))) == "hour"
    assert granularity.in_force("hour", Period(date(2026, 10, 1), date(2026, 10, 15))) == "day"
    assert granularity.in_force("month", Period(date(2026, 10, 1), date(2026, 10, 15))) == "month"


def performance(days: int, samples: Callable[[int], int]) -> Performance:
    """The scores of so many days, of which each has so many samples, half of them right."""
    first = date(2026, 3, 2)
    rows = [[day, 1, 1 + hit, samples(day) // 2 + (samples(day) % 2) * hit] for day in range(days) for hit in (0, 1)]
    counted = ConfusionCounts.of(tuple(first + timedelta(days=n) for n in range(days)), np.array(rows))
    counts = Counts(counted, 0, 0, {}, {}, [], b"", 2)
    return reports.performance_of(counts, Selection(Period(first, counted.days[-1]), "validated"), Settings())


def no_hours() -> Any:
    raise AssertionError("no hours are needed")


@pytest.mark.parametrize(
    ("days", "by"),
    [
        *[
            (1, "hour"),
            (2, "hour"),
            (4, "day"),
            (60, "day"),
            (61, "week"),
            (366, "week"),
            (367, "month"),
            (1096, "month"),
        ]
    ],
)
def test_with_many_samples_the_length_decides(days: int, by: str) -> None:
    axis = granularity.automatic(performance(days, lambda _: 100), no_hours)
    assert axis.granularity == by
    assert f"for a period of {wording.count(days, 'day')}." in axis.why


def test_the_hours_of_three_days_decide_whether_they_are_drawn() -> None:
    now = performance(3, lambda _: 100)
    night = np.zeros(16, np.int64)  # in which nobody reviews
    assert granularity.automatic(now, lambda: np.append(night, [20, 25])).granularity == "hour"
    axis = granularity.automatic(now, lambda: np.append(night, [19, 19]))
    assert axis.granularity == "day"
    assert "because the median hour with samples has 19, fewer than 20." in axis.why


def test_few_samples_are_drawn_more_coarsely_as_long_as_there_is_a_course_to_see() -> None:
    assert granularity.automatic(performance(20, lambda _: 3), no_hours).granularity == "day"  # two weeks are no course
    assert granularity.automatic(performance(21, lambda _: 3), no_hours).granularity == "week"
    assert granularity.automatic(performance(90, lambda _: 2), no_hours).granularity == "month"
    axis = granularity.automatic(performance(30, lambda day: 100 if day % 7 < 2 else 0), no_hours)
    assert axis.granularity == "day"  # days without samples are gaps, and no reason


@given(st.integers(1, 800), st.integers(0, 60))
@settings(max_examples=examples(60), deadline=None)
def test_an_automatic_granularity_is_the_finest_that_the_rule_allows(days: int, samples: int) -> None:
    """The oracle: the rule in a sentence each, by plain Python on the samples of each point."""
    now = performance(days, lambda _: samples)
    chosen = granularity.automatic(now, lambda: np.full(24 * days, 20)).granularity
    expected = "hour" if days <= 3 else "day" if days <= 60 else "week" if days <= 366 else "month"
    if expected == "day" and samples < 20 and days >= 21:
        expected = "week"
    days_of_weeks = Counter(label_of(day, "week") for day in now.selection.period.days).values()
    if expected == "week" and samples * statistics.median(days_of_weeks) < 20 and days >= 90:
        expected = "month"
    assert chosen == expected


def test_hours_of_a_long_period_are_those_of_its_first_fortnight(make_store: Callable[..., Store]) -> None:
    now = reports.read_performance(make_store(), Selection(Period(date(2026, 10, 1), date(2026, 10, 20)), "validated"))
    table = granularity.by("hour", now, make_store(), LATER).daily
    assert granularity.span(table) == Period(date(2026, 10, 1), date(2026, 10, 14))


def test_the_hour_that_comes_twice_is_told_apart(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="Europe/Madrid")
    for hour in (0, 1):  # 02:30 twice
        moment = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
        store.collection.insert_one(fields(prediction=1, validated=1, validated_at=moment))
    day = Period(date(2026, 10, 25), date(2026, 10, 25))
    table = granularity.by("hour", reports.read_performance(store, Selection(day, "validated")), store, LATER).daily
    assert len(table) == 25
    assert table.loc[table["reviewed"] > 0, "label"].tolist() == ["2026-10-25 02:00 +0200", "2026-10-25 02:00 +0100"]
    assert granularity.span(table) == day
