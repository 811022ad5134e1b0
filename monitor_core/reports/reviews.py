"""What the page on reviews shows: how far they have come, how long they take, what waits, and what they said."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of, stretches
from monitor_core.contract.documents import CONFIDENCE_BINS, DELAY_BUCKETS_A_DOUBLING, delay_bucket
from monitor_core.contract.selection import Selection
from monitor_core.drift.reference import TINY
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import FEWEST, null, selection_json, whole_period
from monitor_core.scores.confusion import REJECTED, Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts, delay_quantile
from monitor_core.scores.shares import Floats, Z, ratio, wilson
from monitor_core.settings.settings import Settings

QUANTILES = {"median": 0.5, "90%": 0.9}  # of the time to review
BANDS = 10  # of the confidence
WITHOUT = "no confidence"
AGES = (0, 1, 2, 7, 14, 30, 90, 365)  # days since the prediction, from which an age of the backlog begins
IN_PERIOD, OUTSIDE = "predicted in the period", "predicted before or after it"
MATTERS = 5.0  # points by which a reviewed share has to differ from that of the same days
ERROR = 0.05  # of the statement that some share differs, over all that are compared
# A confidence is known by its bin, a two-hundredth wide: no mean of them is off by more than a quarter of a point.
MIDDLES = (np.arange(CONFIDENCE_BINS) + 0.5) / CONFIDENCE_BINS
STATES = {False: "finished", True: "still maturing"}  # of a day


@dataclass(frozen=True)
class Backlog:
    """The predictions that nobody has reviewed, of all days up to today."""

    table: pd.DataFrame  # age, place (in the period or outside), from, waiting; one row each
    oldest: date | None
    undated: int  # predictions without a usable date, reviewed or not: of no age

    @property
    def waiting(self) -> int:
        return int(self.table["waiting"].sum())

    @property
    def waiting_in_period(self) -> int:
        return int(self.table.loc[self.table["place"] == IN_PERIOD, "waiting"].sum())


@dataclass(frozen=True)
class Lean:
    """How much more often, in points, sure predictions are reviewed than unsure ones of the same days; 95 %."""

    points: float
    low: float
    high: float
    unsure: float  # the confidences that are compared: a tenth of the predictions is below, and a tenth
    sure: float  # above

    @property
    def matters(self) -> bool:
        return abs(self.points) >= MATTERS and not self.low <= 0 <= self.high

    def sentence(self) -> str:
        """Empty if it does not matter."""
        word = "more" if self.points > 0 else "less"
        about = (
            f"about {abs(self.points):.0f} points {word} at a confidence of {self.sure:.0%} than at {self.unsure:.0%}"
        )
        told = f"The surer the model, the {word} often a prediction is reviewed: {about}, on the same days."
        return told if self.matters else ""


@dataclass(frozen=True)
class ReviewsReport:
    """The reviews of a selection; coverage and backlog are by prediction day, the rest by the selection's basis."""

    selection: Selection
    daily: pd.DataFrame  # day, predicted, reviewed, waiting, share, state; one row a day of predictions
    by_class: pd.DataFrame  # as `coverage_by` says, with label
    by_band: pd.DataFrame  # as `coverage_by` says, with from and to
    lean: Lean | None  # of the reviewers, to sure or unsure predictions
    maturing: list[Period]
    delays: pd.DataFrame  # day, quantile, hours, samples; NaN: not reached yet, or fewer than FEWEST samples
    hours: dict[str, float | None]  # of the whole period, by quantile
    answers: dict[str, int]  # confirmed, corrected, rejected
    unreadable: int  # reviews of these predictions that cannot be read: neither reviewed nor waiting
    backlog: Backlog

    @property
    def predicted(self) -> int:
        return int(self.daily["predicted"].sum())

    @property
    def reviewed(self) -> int:
        return int(self.daily["reviewed"].sum())

    @property
    def share(self) -> float:
        """NaN without predictions."""
        return float(ratio(np.array(self.reviewed), np.array(self.predicted)))


def reviews_report(store: Store, selection: Selection, now: datetime) -> ReviewsReport:
    """Nothing of it is an error: without documents, tables without rows and zeros."""
    settings, period = store.settings, selection.period
    today = local_day(now, settings.zone)
    whole = whole_period(store, "predicted", today)
    span = Period(min(whole.first, period.first), max(whole.last, period.last))
    by_prediction = replace(selection, basis="predicted")
    days = store.counts.by_day(by_prediction)
    kept = dict(zip(period.days, days, strict=True))
    for outside in stretches(day for day in span.days if day not in kept):
        kept |= zip(outside.days, store.counts.plain_by_day(replace(by_prediction, period=outside)), strict=True)
    by_basis = days if selection.basis == "predicted" else store.counts.by_day(selection)
    daily = daily_coverage(period, days, settings.maturing_share)
    undated = store.counts.of(replace(by_prediction, period=Period(today, today))).excluded["undated_prediction"]
    delays, hours = _time_to_review(selection, by_basis, now, settings)
    return ReviewsReport(
        selection,
        daily,
        by_class(days, settings),
        by_band(days),
        lean(days),
        maturing_periods(daily),
        delays,
        hours,
        answers(by_basis),
        sum(day.unreadable_review for day in days),
        backlog(kept, period, today, undated),
    )


def maturing(store: Store, selection: Selection) -> list[Period]:
    """The prediction days of the selection whose numbers will change: too few of their predictions are reviewed."""
    days = store.counts.plain_by_day(replace(selection, basis="predicted"))
    return maturing_periods(daily_coverage(selection.period, days, store.settings.maturing_share))


# ---- coverage


def daily_coverage(period: Period, days: Sequence[DayCounts], maturing_share: float) -> pd.DataFrame:
    """One row a day: day, predicted, reviewed, waiting, share reviewed (NaN without predictions), state.

    What can be read: predicted = reviewed + waiting. All of a day's predictions are counted, so its share has no
    interval.
    """
    reviewed = np.array([day.reviewed for day in days], np.int64)
    waiting = np.array([day.not_reviewed for day in days], np.int64)
    is_maturing = np.nan_to_num(ratio(waiting, reviewed + waiting)) > maturing_share
    return pd.DataFrame(
        {
            "day": pd.to_datetime(list(period.days)),
            "predicted": reviewed + waiting,
            "reviewed": reviewed,
            "waiting": waiting,
            "share": ratio(reviewed, reviewed + waiting),
            "state": [STATES[bool(one)] for one in is_maturing],
        }
    )


def maturing_periods(daily: pd.DataFrame) -> list[Period]:
    """The days that are still maturing, those that follow each other together."""
    found: list[Period] = []
    for day in daily.loc[daily["state"] == STATES[True], "day"].dt.date:
        if found and found[-1].last + ONE_DAY == day:
            found[-1] = Period(found[-1].first, day)
        else:
            found.append(Period(day, day))
    return found


def by_class(days: Sequence[DayCounts], settings: Settings) -> pd.DataFrame:
    """Coverage by predicted class: the true one is not known before the review."""
    labels = labels_of(days)
    names = [settings.class_name(label) for label in labels.tolist()]
    strata = _strata(days, len(labels), lambda table: np.searchsorted(labels, table[:, 0]))
    return coverage_by(strata, names).assign(label=labels)


def labels_of(days: Iterable[DayCounts]) -> Ints:
    """The predicted classes, ascending."""
    return np.unique(np.concatenate([np.zeros(0, np.int64), *(np.unique(day.confidence[:, 0]) for day in days)]))


def by_band(days: Sequence[DayCounts]) -> pd.DataFrame:
    """Coverage by confidence, in ten bands and what has none; only those with predictions."""
    edges = [(at / BANDS, (at + 1) / BANDS) for at in range(BANDS)] + [(np.nan, np.nan)]
    names = [WITHOUT if np.isnan(low) else f"{100 * low:.0f}–{100 * high:.0f}%" for low, high in edges]
    table = coverage_by(_strata(days, BANDS + 1, _band), names)
    table = table.assign(**{"from": [low for low, _ in edges], "to": [high for _, high in edges]})
    return table[table["predicted"] > 0].reset_index(drop=True)


def _band(table: Ints) -> Ints:
    bins = table[:, 2]
    return np.where(bins == NO_CONFIDENCE, BANDS, bins * BANDS // CONFIDENCE_BINS)


def _strata(
    days: Sequence[DayCounts], groups: int, group_of: Callable[[Ints], Ints]
) -> Iterator[tuple[Floats, Floats]]:
    """Each day's predictions that can be read, and those of them reviewed, by the group of a row of `confidence`."""
    for day in days:
        group, documents = group_of(day.confidence), day.confidence[:, 3]
        reviewed = np.where(day.confidence[:, 1] == NOT_REVIEWED, 0, documents)
        predicted, found = (np.bincount(group, counts, groups) for counts in (documents, reviewed))
        yield predicted.astype(np.float64), found.astype(np.float64)  # of nothing it counts in whole numbers


def coverage_by(strata: Iterable[tuple[Floats, Floats]], names: list[str]) -> pd.DataFrame:
    """One row a group: name, predicted, reviewed, value (share reviewed), low, high, points, differs.

    The share is counted; its interval (Wilson's) is for what one reads from it, how often such predictions are
    reviewed. `points`: more than if the reviewers of each day had chosen blindly. Held against the same days, since a
    group whose predictions are younger is reviewed less without anybody choosing. `differs`: by MATTERS points, and by
    more than chance: Cochran, Mantel and Haenszel's statistic with each day a stratum, Bonferroni over the groups that
    have predictions.
    """
    total, found, expected, spread = np.zeros((4, len(names)))
    for predicted, reviewed in strata:
        n, done = predicted.sum(), reviewed.sum()
        total, found = total + predicted, found + reviewed
        expected += predicted * done / max(n, 1)
        spread += predicted * (n - predicted) * done * (n - done) / max(n * n * (n - 1), 1)
    sure = np.abs(found - expected) > _beyond_chance(int((total > 0).sum())) * np.sqrt(spread)
    points, interval = 100 * ratio(found - expected, total), wilson(found, total)
    return pd.DataFrame(
        {
            "name": names,
            "predicted": total.astype(np.int64),
            "reviewed": found.astype(np.int64),
            "value": ratio(found, total),
            "low": interval[:, 0],
            "high": interval[:, 1],
            "points": points,
            "differs": sure & (np.abs(points) >= MATTERS) & (total >= FEWEST),
        }
    )


def _beyond_chance(comparisons: int) -> float:
    """Standard errors."""
    return NormalDist().inv_cdf(1 - ERROR / (2 * max(comparisons, 1)))


def unevenness(report: ReviewsReport) -> list[str]:
    """What makes the reviewed predictions others than all predictions, a sentence each."""
    leaning = report.lean.sentence() if report.lean else ""
    bands = "" if leaning else _uneven(report.by_band, "confidence")
    return [told for told in (leaning, bands, _uneven(report.by_class, "predicted class")) if told]


def _uneven(table: pd.DataFrame, of: str) -> str:
    """Which groups are reviewed more or less than the others of their days, in a sentence; empty if none is."""
    found = table[table["differs"]].sort_values("points", key=abs, ascending=False, kind="stable")
    if found.empty:
        return ""
    told = [
        f"{row['name']} by {abs(row['points']):.0f} points {'more' if row['points'] > 0 else 'less'}"
        for row in found.head(4).to_dict("records")
    ]
    more = ", …" if len(found) > 4 else ""
    return f"Reviewed more or less often than the other predictions of the same days, by {of}: {', '.join(told)}{more}."


def _bin(table: Ints) -> Ints:
    return np.where(table[:, 2] == NO_CONFIDENCE, CONFIDENCE_BINS, table[:, 2])


def lean(days: Sequence[DayCounts]) -> Lean | None:
    """None where it cannot be told: nothing, or everything, is reviewed, or all are as sure.

    Mantel's test for a trend (1963) with each day a stratum, as the slope of the line within the days. It sees what no
    band alone can prove.
    """
    of_bins = [
        np.zeros((0, 2, CONFIDENCE_BINS + 1)),
        *(np.stack(day)[None] for day in _strata(days, CONFIDENCE_BINS + 1, _bin)),
    ]
    predicted, reviewed = np.concatenate(of_bins)[:, :, :CONFIDENCE_BINS].transpose(1, 0, 2)
    n, done, sums = predicted.sum(axis=1), reviewed.sum(axis=1), predicted @ MIDDLES
    within = predicted @ MIDDLES**2 - np.nan_to_num(ratio(sums**2, n))
    spread = float((within * np.nan_to_num(ratio(done * (n - done), n * (n - 1)))).sum())
    if n.sum() < FEWEST or spread < TINY:
        return None
    slope = float((reviewed @ MIDDLES - np.nan_to_num(ratio(sums * done, n))).sum() / within.sum())
    tenths = np.searchsorted(np.cumsum(predicted.sum(axis=0)), np.array([0.1, 0.9]) * n.sum())
    unsure, sure = MIDDLES[tenths].tolist()
    points, half = 100 * (sure - unsure) * np.array([slope, Z * np.sqrt(spread) / within.sum()])
    return Lean(float(points), float(points - half), float(points + half), unsure, sure)


# ---- time to review


def _time_to_review(
    selection: Selection, days: Sequence[DayCounts], now: datetime, settings: Settings
) -> tuple[pd.DataFrame, dict[str, float | None]]:
    """By day and of the period. By review day, of the reviews that were made; by prediction day, of all predictions."""
    period = selection.period
    if selection.basis == "validated":
        daily = [_of_reviews([day]) for day in days]
        whole = _of_reviews(days)
    else:
        ages = [(now - start_of(day + ONE_DAY, settings.zone)) / timedelta(minutes=1) for day in period.days]
        daily = [hours_to_review([day], [age]) for day, age in zip(days, ages, strict=True)]
        whole = hours_to_review(days, ages)
    rows = [
        (day, name, np.nan if hours[name] is None else hours[name], _samples([counts], selection))
        for day, counts, hours in zip(period.days, days, daily, strict=True)
        for name in QUANTILES
    ]
    table = pd.DataFrame(rows, columns=["day", "quantile", "hours", "samples"])
    return table.astype({"day": "datetime64[us]", "hours": float}), whole


def _samples(days: Sequence[DayCounts], selection: Selection) -> int:
    """Rows that the time to review rests on."""
    waiting = sum(day.not_reviewed for day in days) if selection.basis == "predicted" else 0
    return int(sum(day.delays[:, 1].sum() for day in days)) + waiting


def _of_reviews(days: Sequence[DayCounts]) -> dict[str, float | None]:
    """How old the predictions were that were reviewed; None with fewer than FEWEST."""
    delays = np.concatenate([np.zeros((0, 2), np.int64), *(day.delays for day in days)])
    buckets, at = np.unique(delays[:, 0], return_inverse=True)
    together = np.stack([buckets, np.bincount(at, delays[:, 1], len(buckets)).astype(np.int64)], axis=1)
    enough = delays[:, 1].sum() >= FEWEST
    return {name: delay_quantile(together, share) if enough else None for name, share in QUANTILES.items()}


def hours_to_review(days: Sequence[DayCounts], ages: Sequence[float]) -> dict[str, float | None]:
    """Hours within which these shares of all predictions are reviewed; None: not yet, or fewer than FEWEST.

    Kaplan & Meier (1958) on the buckets: what waits counts as long as it has waited. A day's predictions are followed
    for as many minutes as its youngest one is old (`ages`; negative while the day lasts): what was seen later is seen
    of some of them only. A median of the reviewed ones alone would make the last days look quick.
    """
    longest = max((int(day.delays[:, 0].max(initial=0)) for day in days), default=0)
    longest = max(longest, delay_bucket(max([0.0, *ages])))
    events, leaving = np.zeros(longest + 2), np.zeros(longest + 2)  # by bucket + 1: -1 is the first
    for day, age in zip(days, ages, strict=True):
        bucket, count = day.delays.T
        last = delay_bucket(age) if age > 0 else -1
        seen = bucket < last
        np.add.at(events, bucket[seen] + 1, count[seen])
        leaving[last + 1] += count[~seen].sum() + day.not_reviewed
    rows = events.sum() + leaving.sum()
    at_risk = rows - (np.cumsum(events) - events) - np.cumsum(leaving)
    reviewed = np.asarray(1 - np.cumprod(1 - np.nan_to_num(ratio(events, at_risk))), np.float64)
    return {name: _reached(reviewed, share) if rows >= FEWEST else None for name, share in QUANTILES.items()}


def _reached(reviewed: Floats, share: float) -> float | None:
    """Hours at which the share is reached, within a bucket in proportion."""
    at = int(np.searchsorted(reviewed, share - 1e-9))
    if at == len(reviewed):
        return None
    if at == 0:
        return 0.0  # reviewed before it was predicted: a clock is wrong, or the dates were swapped
    within = (share - reviewed[at - 1]) / (reviewed[at] - reviewed[at - 1])
    return float(2 ** ((at - 1 + within) / DELAY_BUCKETS_A_DOUBLING) - 1) / 60


# ---- answers and backlog


def answers(days: Iterable[DayCounts]) -> dict[str, int]:
    """The reviews by what they said of the prediction."""
    cells = np.concatenate([np.zeros((0, 3), np.int64), *(day.cells for day in days)])
    target, prediction, count = cells.T
    confirmed, rejected = target == prediction, target == REJECTED
    kinds = {"confirmed": confirmed, "corrected": ~confirmed & ~rejected, "rejected": rejected}
    return {kind: int(count[of_kind].sum()) for kind, of_kind in kinds.items()}


def backlog(days: dict[date, DayCounts], period: Period, today: date, undated: int) -> Backlog:
    waiting = {day: counts.not_reviewed for day, counts in days.items() if counts.not_reviewed and day <= today}
    inside = {day: period.first <= day <= period.last for day in waiting}
    rows = [
        (name, place, begins, sum(count for day, count in waiting.items() if inside[day] is within and day in of_age))
        for name, begins, of_age in _ages(waiting, today)
        for place, within in ((IN_PERIOD, True), (OUTSIDE, False))
    ]
    table = pd.DataFrame(rows, columns=["age", "place", "from", "waiting"])
    return Backlog(table, min(waiting, default=None), undated)


def _ages(waiting: Iterable[date], today: date) -> list[tuple[str, int, set[date]]]:
    """Name, first number of days, and the days that are as old."""
    ages = {day: (today - day).days for day in waiting}
    return [
        (
            age_name(begins, ends),
            begins,
            {day for day, age in ages.items() if begins <= age and (age < (ends or age + 1))},
        )
        for begins, ends in pairwise([*AGES, None])
        if begins is not None
    ]


def age_name(begins: int, ends: int | None) -> str:
    """Of an age in days, from and to (excluded).

    >>> age_name(0, 1), age_name(1, 2), age_name(2, 7), age_name(365, None)
    ('today', '1 day', '2–6 days', '365 days and more')
    """
    if begins == 0:
        return "today"
    if ends is None:
        return f"{begins} days and more"
    return "1 day" if ends == begins + 1 else f"{begins}–{ends - 1} days"


# ---- as JSON


def as_json(report: ReviewsReport, time_zone: str) -> dict[str, Any]:
    """As the README documents it: undefined is null."""
    waits = report.backlog
    return {
        "period": selection_json(report.selection, time_zone),
        "predicted": report.predicted,
        "reviewed": report.reviewed,
        "coverage": null(report.share),
        "unreadable_review": report.unreadable,
        "answers": report.answers,
        "hours_to_review": report.hours,
        "maturing": [[one.first.isoformat(), one.last.isoformat()] for one in report.maturing],
        "by_day": {
            row["day"].date().isoformat(): {
                "predicted": row["predicted"],
                "reviewed": row["reviewed"],
                "maturing": row["state"] == STATES[True],
            }
            for row in report.daily[report.daily["predicted"] > 0].to_dict("records")
        },
        "hours_by_day": {
            f"{day:%Y-%m-%d}": {row["quantile"]: null(row["hours"]) for row in of_day.to_dict("records")}
            for day, of_day in report.delays[report.delays["samples"] > 0].groupby("day")
        },
        "lean": dict(vars(report.lean)) if report.lean else None,
        "by_class": {str(row["label"]): _group_json(row) for row in report.by_class.to_dict("records")},
        "by_confidence": {row["name"]: _group_json(row) for row in report.by_band.to_dict("records")},
        "backlog": {
            "waiting": waits.waiting,
            "in_period": waits.waiting_in_period,
            "oldest": waits.oldest.isoformat() if waits.oldest else None,
            "undated_prediction": waits.undated,
            "by_age": waits.table.groupby("age", sort=False)["waiting"].sum().to_dict(),
        },
    }


def _group_json(row: dict[Any, Any]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "predicted": row["predicted"],
        "reviewed": row["reviewed"],
        "coverage": null(row["value"]),
        "interval": [null(row["low"]), null(row["high"])],
        "points": null(row["points"]),
        "differs": row["differs"],
    }
