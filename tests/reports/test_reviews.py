"""The report on reviews equals a recount of the raw documents, and its statistics those of other people's code."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy import stats

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports import reviews
from monitor_core.reports.reviews import FEWEST, IN_PERIOD, WITHOUT, hours_to_review, reviews_report
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, RIGHT, DayCounts
from tests.documents import at
from tests.reports.raw import JUNE, documents, kind_of, told

MADRID = ZoneInfo("Europe/Madrid")


NOW = at(2026, 7, 5, 12)


BUCKET = 2 ** (1 / contract.DELAY_BUCKETS_A_DOUBLING)  # a time is known within this factor


NOTHING = np.zeros((0, 2), np.int64)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Madrid"])
@pytest.mark.parametrize("basis", ["validated", "predicted"])
def test_the_report_equals_a_recount_of_documents_of_every_form(
    make_store: Callable[..., Store], basis: Any, zone: str
) -> None:
    store = make_store(time_zone=zone, class_names={1: "one"})
    raw = documents(2500, seed=3)
    store.collection.insert_many(raw)
    found = reviews_report(store, Selection(JUNE, basis), NOW)

    rows = [row for row in (told(document, store.settings.zone) for document in raw) if row]
    mine = [row | {"kind": kind_of(row)} for row in rows]
    inside = [row for row in mine if row["predicted"] in JUNE.days and row["kind"] != "unreadable"]
    reviewed = [row for row in inside if row["kind"] != "waiting"]
    assert len(inside) > 300
    assert (found.predicted, found.reviewed) == (len(inside), len(reviewed))
    for day in JUNE.days:
        row = found.daily[found.daily["day"].dt.date == day].iloc[0]
        assert row["predicted"] == sum(one["predicted"] == day for one in inside)
        assert row["reviewed"] == sum(one["predicted"] == day for one in reviewed)
    for table, group in (
        (found.by_class, lambda row: {1: "one"}.get(row["prediction"], str(row["prediction"]))),
        (found.by_band, band),
    ):
        assert dict(zip(table["name"], table["predicted"], strict=True)) == Counter(map(group, inside))
        assert {n: c for n, c in zip(table["name"], table["reviewed"], strict=True) if c} == Counter(
            map(group, reviewed)
        )
    kinds = Counter(row["kind"] for row in mine if row[basis] in JUNE.days)
    assert found.answers == {kind: kinds[kind] for kind in ("confirmed", "corrected", "rejected")}
    assert found.unreadable == sum(r["kind"] == "unreadable" and r["predicted"] in JUNE.days for r in mine)

    today = local_day(NOW, store.settings.zone)
    waiting = [r for r in mine if r["kind"] == "waiting" and r["predicted"] and r["predicted"] <= today]
    assert found.backlog.waiting == len(waiting)
    assert found.backlog.waiting_in_period == len(inside) - len(reviewed)
    assert found.backlog.oldest == min(row["predicted"] for row in waiting)
    ages = Counter(age(row["predicted"], today) for row in waiting)
    assert found.backlog.table.groupby("age")["waiting"].sum().loc[lambda s: s > 0].to_dict() == ages
    undated = [r for r in raw if contract.instant_of(r.get("timestamp"), store.settings.zone) is None]
    assert found.backlog.undated == len(undated)


def band(row: dict[str, Any]) -> str:
    if row["confidence"] is None:
        return WITHOUT
    low = min(9, int(row["confidence"] * 10))
    return f"{10 * low}–{10 * low + 10}%"


def age(day: date, today: date) -> str:
    days = (today - day).days
    names = {0: "today", 1: "1 day", 6: "2–6 days", 13: "7–13 days", 29: "14–29 days", 89: "30–89 days"}
    return next(name for last, name in names.items() if days <= last)


def test_an_empty_database_is_zeros_and_not_an_error(store: Store) -> None:
    for basis in ("validated", "predicted"):
        found = reviews_report(store, Selection(JUNE, basis), NOW)
        assert (found.predicted, found.reviewed, found.backlog.waiting, found.backlog.oldest) == (0, 0, 0, None)
        assert np.isnan(found.share)
        assert found.hours == {"median": None, "90%": None}
        assert found.maturing == []
        assert reviews.unevenness(found) == []
        assert reviews.as_json(found, "UTC")["coverage"] is None


def of_day(reviewed: int, waiting: int, delays: Any = NOTHING) -> DayCounts:
    cells = np.array([[1, 1, reviewed]], np.int64)
    outcomes = ((RIGHT, reviewed), (NOT_REVIEWED, waiting))
    confidence = np.array([[1, outcome, NO_CONFIDENCE, count] for outcome, count in outcomes], np.int64)
    return DayCounts(reviewed + waiting, waiting, 0, 0, 0, cells, confidence, np.array(delays, np.int64).reshape(-1, 2))


def test_a_day_is_maturing_while_more_than_the_share_waits() -> None:
    days = [of_day(8, 2), of_day(79, 21), of_day(0, 1), of_day(0, 0), of_day(1, 9), of_day(10, 0), of_day(0, 5)]
    period = Period(date(2026, 6, 1), date(2026, 6, 7))
    daily = reviews.daily_coverage(period, days, 0.2)
    assert reviews.maturing_periods(daily) == [
        Period(date(2026, 6, 2), date(2026, 6, 3)),
        Period(date(2026, 6, 5), date(2026, 6, 5)),
        Period(date(2026, 6, 7), date(2026, 6, 7)),
    ]
    assert reviews.maturing_periods(reviews.daily_coverage(period, days, 1.0)) == []
    assert np.isnan(daily["share"][3])


def test_the_setting_decides_which_days_are_maturing(make_store: Callable[..., Store]) -> None:
    common = {"output_prediction": 1, "timestamp": at(2026, 6, 3)}
    done = common | {"output_validated": 1, "timestamp_validated": at(2026, 6, 20)}
    for share, expected in ((0.2, [Period(date(2026, 6, 3), date(2026, 6, 3))]), (0.3, [])):
        store = make_store(maturing_share=share)
        store.collection.delete_many({})
        store.collection.insert_many([done | {} for _ in range(3)] + [common | {}])
        for basis in ("validated", "predicted"):
            assert reviews.maturing(store, Selection(JUNE, basis)) == expected


def bucketed(minutes: Any) -> list[tuple[int, int]]:
    return sorted(Counter(contract.delay_bucket(m) for m in minutes).items())


def test_the_time_to_review_equals_scipys_kaplan_meier_within_a_bucket() -> None:
    rng = np.random.default_rng(4)
    for wanted in (0.5, 0.9):
        name = {0.5: "median", 0.9: "90%"}[wanted]
        days, ages, events, censored = [], [], [], []
        for days_old in range(25):
            age = days_old * 1440.0 + 300
            delay = rng.lognormal(np.log(2000), 1.2, 60)
            seen = delay < age
            days.append(of_day(int(seen.sum()), int((~seen).sum()), bucketed(delay[seen])))
            ages.append(age)
            events += delay[seen].tolist()
            censored += [age] * int((~seen).sum())
        curve = stats.ecdf(stats.CensoredData(uncensored=events, right=censored)).cdf
        expected = curve.quantiles[np.searchsorted(curve.probabilities, wanted)] / 60
        found = hours_to_review(days, ages)[name]
        assert found is not None
        assert 1 / BUCKET < found / expected < BUCKET
        true = stats.lognorm(1.2, scale=2000).ppf(wanted) / 60
        assert 0.85 < found / true < 1.15
        naive = np.quantile(events, wanted) / 60
        assert naive < 0.9 * true  # what the reviewed ones alone would say


def test_a_young_day_does_not_look_quick() -> None:
    """Half of the predictions take less than 1,000 minutes; the day is 400 minutes old at its end."""
    rng = np.random.default_rng(5)
    delay = rng.lognormal(np.log(1000), 1, 4000)
    age = rng.uniform(400, 1840, 4000)  # each prediction's own, by its hour of the day
    seen = delay < age
    day = of_day(int(seen.sum()), int((~seen).sum()), bucketed(delay[seen]))
    assert np.median(delay[seen]) < 600
    assert hours_to_review([day], [400])["median"] is None
    later = of_day(int((delay < 9000).sum()), int((delay >= 9000).sum()), bucketed(delay[delay < 9000]))
    median = hours_to_review([later], [9000])["median"]
    assert median is not None
    assert median == pytest.approx(1000 / 60, rel=0.1)


def test_a_day_that_is_not_over_tells_no_time_and_few_rows_tell_none() -> None:
    day = of_day(6, 0, [(40, 6)])
    assert hours_to_review([day], [-100])["median"] is None
    assert hours_to_review([day], [10_000])["median"] == pytest.approx(2 ** (40.5 / 8) / 60, rel=0.05)
    assert hours_to_review([of_day(FEWEST - 1, 0, [(40, FEWEST - 1)])], [10_000])["median"] is None
    assert hours_to_review([], []) == {"median": None, "90%": None}
    assert hours_to_review([of_day(9, 0, [(-1, 9)])], [10_000]) == {"median": 0.0, "90%": 0.0}


def test_what_came_later_than_the_youngest_can_be_followed_counts_as_waiting_then() -> None:
    """Of a hundred, sixty took longer than the youngest is old: that they are seen is the luck of the early ones."""
    day = of_day(100, 0, [(20, 40), (90, 60)])
    assert hours_to_review([day], [100])["median"] is None
    assert hours_to_review([day], [10_000])["median"] == pytest.approx(2 ** (90 / 8) / 60, rel=0.1)


def test_predictions_that_are_never_reviewed_make_the_quantile_unreached() -> None:
    day = of_day(60, 40, [(60, 60)])
    found = hours_to_review([day], [1e6])
    assert found["median"] is not None
    assert found["90%"] is None


def days_of(day: Any, prediction: Any, confidence: Any, reviewed: Any) -> list[DayCounts]:
    bins = np.minimum(199, (np.asarray(confidence) * 200).astype(int))
    columns = (day, prediction, np.where(reviewed, RIGHT, NOT_REVIEWED), bins, np.ones(len(bins), int))
    return parted(np.stack([np.asarray(column) for column in columns], axis=1))


def parted(rows: Any) -> list[DayCounts]:
    """Rows of day's index, prediction, outcome, bin and documents, by the day."""
    empty = of_day(0, 0)
    return [replace(empty, confidence=rows[rows[:, 0] == day, 1:]) for day in range(rows[:, 0].max() + 1)]


def simulated(seed: int, leaning: float = 0.0, rows: int = 1500) -> tuple[Any, ...]:
    """Confidence falls from day to day, and young days are reviewed less: neither is the reviewers' choice."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 30, rows)
    confidence = np.clip(rng.beta(6, 2, rows) - 0.008 * day, 0, 1)
    chance = np.clip(0.95 - 0.025 * day + leaning * (confidence - 0.7), 0, 1)
    return day, rng.integers(0, 6, rows), confidence, rng.random(rows) < chance


def test_the_lean_is_the_slope_of_a_regression_with_a_level_for_each_day() -> None:
    day, prediction, confidence, reviewed = simulated(1, leaning=-0.4)
    found = reviews.lean(days_of(day, prediction, confidence, reviewed))
    assert found
    middle = (np.minimum(199, (confidence * 200).astype(int)) + 0.5) / 200
    levels = (day[:, None] == np.arange(30)).astype(float)
    slope = np.linalg.lstsq(np.column_stack([middle, levels]), reviewed.astype(float), rcond=None)[0][0]
    assert found.points == pytest.approx(100 * slope * (found.sure - found.unsure), abs=1e-9)
    assert found.unsure == pytest.approx(np.quantile(middle, 0.1), abs=0.006)
    assert found.sure == pytest.approx(np.quantile(middle, 0.9), abs=0.006)
    assert found.matters
    assert found.sentence().startswith("The surer the model, the less often a prediction is reviewed: about")


def test_blind_reviewers_are_called_blind_though_young_days_are_unsure_and_unreviewed() -> None:
    outside = flagged = 0
    for seed in range(200):
        days = days_of(*simulated(seed))
        found = reviews.lean(days)
        assert found
        outside += not found.low <= 0 <= found.high
        flagged += bool(reviews.by_band(days)["differs"].any())
    assert outside <= 20  # of 200, where 10 are expected
    assert flagged <= 20
    pooled = stats.pointbiserialr(*(simulated(0, rows=20_000)[i] for i in (3, 2)))
    assert pooled.pvalue < 1e-6  # without a level for each day they would look as if they chose


def test_a_class_that_is_left_out_is_named_with_its_points(store: Store) -> None:
    rng = np.random.default_rng(2)
    prediction = rng.integers(0, 4, 2000)
    reviewed = rng.random(2000) < np.where(prediction == 2, 0.5, 0.8)
    days = days_of(rng.integers(0, 10, 2000), prediction, np.full(2000, 0.9), reviewed)
    table = reviews.by_class(days, store.settings)
    two = table[table["label"] == 2].iloc[0]
    assert two["differs"]
    overall = reviewed.mean()
    assert two["points"] == pytest.approx(100 * (reviewed[prediction == 2].mean() - overall), abs=1.5)
    low, high = stats.binomtest(int(two["reviewed"]), int(two["predicted"])).proportion_ci(method="wilson")
    assert (two["low"], two["high"]) == (pytest.approx(low), pytest.approx(high))
    assert reviews._uneven(table, "predicted class").startswith(
        f"Reviewed more or less often than the other predictions of the same days, by predicted class: "
        f"2 by {abs(two['points']):.0f} points less"
    )
    assert reviews.lean(days) is None  # all are as sure


def test_the_chance_of_a_group_is_that_of_drawing_without_return(store: Store) -> None:
    """Two strata by scipy's hypergeometric moments."""
    tables = [(30, 12, 20), (50, 10, 35)]  # a day's predictions, those of class 0, and the reviewed
    mean = sum(stats.hypergeom(n, k, r).mean() for n, k, r in tables)
    deviation = sum(stats.hypergeom(n, k, r).var() for n, k, r in tables) ** 0.5
    for away, differs in ((2.0, False), (2.6, True)):
        done = round(mean + away * deviation)
        rows = []
        for day, (n, k, r) in enumerate(tables):
            of_zero = done - 8 if day == 0 else 8
            for label, total, reviewed in ((0, k, of_zero), (1, n - k, r - of_zero)):
                rows += [[day, label, RIGHT, 0, reviewed], [day, label, NOT_REVIEWED, 0, total - reviewed]]
        table = reviews.by_class(parted(np.array(rows, np.int64)), store.settings)
        assert table["points"][0] == pytest.approx(100 * (done - mean) / 22)
        beyond = abs(done - mean) > stats.norm.ppf(1 - 0.05 / 4) * deviation
        assert bool(table["differs"][0]) == beyond == differs


def test_pairs_of_which_one_is_reviewed_each_day_are_no_proof(store: Store) -> None:
    """A hundred fair coins: sixty heads are 2.0 standard errors, and 2.2 are asked of two classes."""
    for heads, differs in ((60, False), (62, True)):
        outcomes = {True: RIGHT, False: NOT_REVIEWED}
        rows = [[day, label, outcomes[(label == 0) == (day < heads)], 0, 1] for day in range(100) for label in (0, 1)]
        table = reviews.by_class(parted(np.array(rows, np.int64)), store.settings)
        assert table["points"].tolist() == [heads - 50, 50 - heads]
        assert table["differs"].tolist() == [differs, differs]


def test_a_prediction_dated_in_the_future_does_not_wait_yet(store: Store) -> None:
    store.collection.insert_one({"output_prediction": 1, "timestamp": NOW + timedelta(days=9)})
    period = Period(JUNE.first, date(2026, 7, 31))
    found = reviews_report(store, Selection(period, "predicted"), NOW)
    assert (found.predicted, found.backlog.waiting, found.backlog.oldest) == (1, 0, None)
    assert found.hours["median"] is None


def test_the_period_all_of_the_backlog_and_the_place_of_each(store: Store) -> None:
    common = {"output_prediction": 1}
    store.collection.insert_many(
        [common | {"timestamp": at(2026, 6, 3)}, common | {"timestamp": at(2025, 1, 1)}, common | {"timestamp": NOW}]
    )
    found = reviews_report(store, Selection(JUNE, "validated"), NOW).backlog
    assert (found.waiting, found.waiting_in_period, found.oldest) == (3, 1, date(2025, 1, 1))
    waiting = found.table[found.table["waiting"] > 0]
    assert sorted(zip(waiting["age"], waiting["place"] == IN_PERIOD, strict=True)) == [
        ("30–89 days", True),
        ("365 days and more", False),
        ("today", False),
    ]
    whole = replace(Selection(JUNE, "predicted"), period=Period(date(2025, 1, 1), date(2026, 7, 5)))
    assert reviews_report(store, whole, NOW).backlog.waiting_in_period == 3
