"""The report of the page Reviews: coverage, time to review, backlog and outcomes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, start_of, stretches
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.clusters import ClustersReport, clusters_json, clusters_report
from monitor_core.reports.performance import whole_period
from monitor_core.reports.performance_json import selection_json
from monitor_core.reports.reviewers.agreement import Agreement, agreement, agreement_json
from monitor_core.reports.reviewers.confirmations import (
    GROUPS,
    Confirmations,
    confidence_groups,
    confirmations_as_json,
    read_confirmations,
)
from monitor_core.reports.score import null
from monitor_core.reports.unreviewed.accuracy import AllPredictionsReport, all_predictions_report
from monitor_core.reports.unreviewed.audited import read_audited_accuracy
from monitor_core.reports.unreviewed.backlog import Backlog, backlog
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import DayCounts
from monitor_core.scores.coverage import (
    Coverage,
    SelectionBias,
    coverage_by_class,
    coverage_by_confidence,
    predicted_labels,
    selection_bias,
)
from monitor_core.scores.delays import (
    QUANTILES,
    TimeLimits,
    hours_of_reviews,
    hours_to_review,
    limits_of_reviews,
    limits_to_review,
)
from monitor_core.scores.shares import ratio
from monitor_core.settings.settings import Settings

STATES = {False: "complete", True: "incomplete"}  # of a day


@dataclass(frozen=True)
class ReviewsReport:
    """The reviews of a selection; coverage and backlog are by prediction day, the others by the selection's basis."""

    selection: Selection
    daily: pd.DataFrame  # day, predicted, reviewed, waiting, share, state; one row a day of predictions
    by_class: pd.DataFrame  # as `_coverage_table` says, with label
    by_confidence: pd.DataFrame  # as `_coverage_table` says, with from and to
    selection_bias: SelectionBias | None  # of the reviewers, to confident predictions or others
    over_all: AllPredictionsReport  # the accuracy over all predictions, beside that of the reviewed
    incomplete: list[Period]
    # day, quantile, hours, low, high, uncertain, samples; NaN: not reached yet, or fewer than FEWEST samples
    delays: pd.DataFrame
    hours: dict[str, float | None]  # of the whole period, by quantile
    hours_limits: dict[str, TimeLimits]  # their 95% intervals
    answers: dict[str, int]  # confirmed, corrected, rejected
    confirmations: Confirmations  # outcomes by confidence, of the same reviews as the answers
    unreadable: int  # reviews of these predictions that cannot be read: neither reviewed nor waiting
    backlog: Backlog
    clusters: ClustersReport | None  # of errors, in the last days of predictions
    agreement: Agreement | None  # of second opinions given in the period; None: reviewing in the app is off

    @property
    def predicted(self) -> int:
        return int(self.daily["predicted"].sum())

    @property
    def reviewed(self) -> int:
        return int(self.daily["reviewed"].sum())

    @property
    def share(self) -> float:
        """Return the share of predictions that is reviewed; NaN without predictions."""
        return float(ratio(np.array(self.reviewed), np.array(self.predicted)))


def reviews_report(store: Store, selection: Selection, now: datetime) -> ReviewsReport:
    """Return the report; without documents, its tables are empty and its counts zero."""
    settings, period = store.settings, selection.period
    today = local_day(now, settings.zone)
    whole = whole_period(store, "predicted", today)
    span = Period(min(whole.first, period.first), max(whole.last, period.last))
    by_prediction = replace(selection, basis="predicted")
    days = store.counts.by_day(by_prediction)
    by_day = dict(zip(period.days, days, strict=True))
    for outside in stretches(day for day in span.days if day not in by_day):
        by_day |= zip(outside.days, store.counts.plain_by_day(replace(by_prediction, period=outside)), strict=True)
    by_basis = days if selection.basis == "predicted" else store.counts.by_day(selection)
    daily = daily_coverage(period, days, settings.maturing_share)
    undated = store.counts.of(replace(by_prediction, period=Period(today, today))).excluded["undated_prediction"]
    delays, hours, limits = _time_to_review(selection, by_basis, now, settings)
    return ReviewsReport(
        selection,
        daily,
        class_coverage(days, settings),
        confidence_coverage(days),
        selection_bias(days),
        all_predictions_report(by_prediction, days, read_audited_accuracy(store, by_prediction, now=now)),
        incomplete_stretches(daily),
        delays,
        hours,
        limits,
        answers(by_basis),
        read_confirmations(store, period, by_basis),
        sum(day.unreadable_review for day in days),
        backlog(by_day, period, today, undated),
        clusters_report(store, selection, days),
        agreement(store, period),
    )


def incomplete_days(store: Store, selection: Selection) -> list[Period]:
    """Return the prediction days whose scores may still change, because too few of their predictions are reviewed."""
    days = store.counts.plain_by_day(replace(selection, basis="predicted"))
    return incomplete_stretches(daily_coverage(selection.period, days, store.settings.maturing_share))


# ---- coverage


def daily_coverage(period: Period, days: Sequence[DayCounts], maturing_share: float) -> pd.DataFrame:
    """Return one row for each day: day, predicted, reviewed, waiting, share (NaN without predictions), state.

    Only readable predictions count: predicted = reviewed + waiting. All of a day's predictions are counted, so the
    share has no interval.
    """
    reviewed = np.array([day.reviewed for day in days], np.int64)
    waiting = np.array([day.not_reviewed for day in days], np.int64)
    is_incomplete = np.nan_to_num(ratio(waiting, reviewed + waiting)) > maturing_share
    return pd.DataFrame(
        {
            "day": pd.to_datetime(list(period.days)),
            "predicted": reviewed + waiting,
            "reviewed": reviewed,
            "waiting": waiting,
            "share": ratio(reviewed, reviewed + waiting),
            "state": [STATES[bool(state)] for state in is_incomplete],
        }
    )


def incomplete_stretches(daily: pd.DataFrame) -> list[Period]:
    """Return the incomplete days as periods of consecutive days."""
    return stretches(daily.loc[daily["state"] == STATES[True], "day"].dt.date)


def class_coverage(days: Sequence[DayCounts], settings: Settings) -> pd.DataFrame:
    """Return the coverage of each predicted class."""
    labels = predicted_labels(days)
    names = [settings.class_name(label) for label in labels.tolist()]
    return _coverage_table(coverage_by_class(days, labels), names).assign(label=labels)


def confidence_coverage(days: Sequence[DayCounts]) -> pd.DataFrame:
    """Return the coverage in ten bins of confidence and without a confidence; only groups with predictions."""
    names, lows, highs = map(list, zip(*confidence_groups(), strict=True))
    table = _coverage_table(coverage_by_confidence(days, GROUPS), names).assign(**{"from": lows, "to": highs})
    return table[table["predicted"] > 0].reset_index(drop=True)


def _coverage_table(coverage: Coverage, names: list[str]) -> pd.DataFrame:
    """Return one row for each group: name, predicted, reviewed, value (share reviewed), low, high, points, differs."""
    return pd.DataFrame(
        {
            "name": names,
            "predicted": coverage.predicted,
            "reviewed": coverage.reviewed,
            "value": coverage.share,
            "low": coverage.interval[:, 0],
            "high": coverage.interval[:, 1],
            "points": coverage.points,
            "differs": coverage.differs,
        }
    )


def bias_sentence(bias: SelectionBias | None) -> str:
    """Say how reviews depend on confidence; empty if the dependence is negligible."""
    if bias is None or not bias.matters:
        return ""
    word = "more" if bias.points > 0 else "less"
    differs = (
        f"the share of reviewed predictions is {wording.points(bias.points / 100)} "
        f"{'higher' if bias.points > 0 else 'lower'} at a confidence of {bias.high_confidence:.0%} than at "
        f"{bias.low_confidence:.0%}"
    )
    return f"The more confident the model, the {word} often a prediction is reviewed: {differs}, on the same days."


def unevenness(report: ReviewsReport) -> list[str]:
    """Return sentences on how the reviewed predictions differ from all predictions."""
    bias = bias_sentence(report.selection_bias)
    of_confidence = "" if bias else _uneven(report.by_confidence, "confidence")
    return [sentence for sentence in (bias, of_confidence, _uneven(report.by_class, "predicted class")) if sentence]


def _uneven(table: pd.DataFrame, of: str) -> str:
    """Return a sentence on the groups reviewed more or less than others of the same days; empty if there are none."""
    uneven = table[table["differs"]].sort_values("points", key=abs, ascending=False, kind="stable")
    if uneven.empty:
        return ""
    groups = [
        f"{row['name']} by {wording.points(row['points'] / 100)} {'more' if row['points'] > 0 else 'less'}"
        for row in uneven.head(4).to_dict("records")
    ]
    more = ", …" if len(uneven) > 4 else ""
    return (
        f"Reviewed more or less often than the other predictions of the same days, by {of}: {', '.join(groups)}{more}."
    )


# ---- time to review


def _time_to_review(
    selection: Selection, days: Sequence[DayCounts], now: datetime, settings: Settings
) -> tuple[pd.DataFrame, dict[str, float | None], dict[str, TimeLimits]]:
    """Return the hours to review by day and for the period, with the period's 95% intervals.

    They are those of the reviews by review day, or of all predictions by prediction day.
    """
    period = selection.period
    if selection.basis == "validated":
        daily = [(hours_of_reviews([day]), limits_of_reviews([day])) for day in days]
        whole, limits = hours_of_reviews(days), limits_of_reviews(days)
    else:
        ages = [(now - start_of(day + ONE_DAY, settings.zone)) / timedelta(minutes=1) for day in period.days]
        daily = [
            (hours_to_review([day], [age]), limits_to_review([day], [age])) for day, age in zip(days, ages, strict=True)
        ]
        whole, limits = hours_to_review(days, ages), limits_to_review(days, ages)
    rows = [
        (day, name, hours[name], of[name].low, of[name].high, of[name].uncertain(hours[name]), samples)
        for day, samples, (hours, of) in zip(period.days, (_samples([d], selection) for d in days), daily, strict=True)
        for name in QUANTILES
    ]
    table = pd.DataFrame(rows, columns=["day", "quantile", "hours", "low", "high", "uncertain", "samples"])
    table = table.astype({"day": "datetime64[us]", "hours": float, "low": float, "high": float})
    return table, whole, limits


def _samples(days: Sequence[DayCounts], selection: Selection) -> int:
    """Return the number of samples that the time to review is estimated from."""
    waiting = sum(day.not_reviewed for day in days) if selection.basis == "predicted" else 0
    return int(sum(day.delays[:, 1].sum() for day in days)) + waiting


def limits_in_words(report: ReviewsReport, quantile: str) -> str:
    """Return the interval of a time to review, and whether it is uncertain; empty if the time is not reached yet."""
    limits, hours = report.hours_limits[quantile], report.hours[quantile]
    if hours is None:
        return ""
    low, high = wording.hours(limits.low), wording.hours(limits.high)
    words = f"95% interval from {low}" if limits.high is None else f"95% interval {low} to {high}"
    return f"{words}, uncertain" if limits.uncertain(hours) else words


# ---- answers


def answers(days: Iterable[DayCounts]) -> dict[str, int]:
    """Return the number of reviews by outcome: confirmed, corrected, rejected."""
    cells = np.concatenate([np.zeros((0, 3), np.int64), *(day.cells for day in days)])
    target, prediction, count = cells.T
    confirmed, rejected = target == prediction, target == REJECTED
    kinds = {"confirmed": confirmed, "corrected": ~confirmed & ~rejected, "rejected": rejected}
    return {kind: int(count[of_kind].sum()) for kind, of_kind in kinds.items()}


# ---- as JSON


def as_json(report: ReviewsReport, time_zone: str) -> dict[str, Any]:
    """Return the report as documented in docs/command-line.md; undefined values are null."""
    waits = report.backlog
    return {
        "period": selection_json(report.selection, time_zone),
        "predicted": report.predicted,
        "reviewed": report.reviewed,
        "coverage": null(report.share),
        "unreadable_review": report.unreadable,
        "answers": report.answers,
        "hours_to_review": report.hours,
        "hours_to_review_interval": {name: [of.low, of.high] for name, of in report.hours_limits.items()},
        "maturing": [[days.first.isoformat(), days.last.isoformat()] for days in report.incomplete],
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
        "confirmations": confirmations_as_json(report.confirmations),
        **({"agreement": agreement_json(report.agreement)} if report.agreement else {}),
        "error_clusters": clusters_json(report.clusters),
        "lean": _bias_json(report.selection_bias),
        "by_class": {str(row["label"]): _group_json(row) for row in report.by_class.to_dict("records")},
        "by_confidence": {row["name"]: _group_json(row) for row in report.by_confidence.to_dict("records")},
        "backlog": {
            "waiting": waits.waiting,
            "in_period": waits.waiting_in_period,
            "oldest": waits.oldest.isoformat() if waits.oldest else None,
            "undated_prediction": waits.undated,
            "by_age": waits.table.groupby("age", sort=False)["waiting"].sum().to_dict(),
        },
    }


def _bias_json(bias: SelectionBias | None) -> dict[str, float] | None:
    if bias is None:
        return None
    confidences = {"unsure": bias.low_confidence, "sure": bias.high_confidence}
    return {"points": bias.points, "low": bias.low, "high": bias.high, **confidences}


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
