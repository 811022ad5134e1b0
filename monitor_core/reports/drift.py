"""The report of the page Drift: each rule's verdicts, the distributions behind them, and the time to detect a fall."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.alerting.facts import Facts
from monitor_core.alerting.references import NO_ALERTS, AlertDays, alerted_days
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, local_day
from monitor_core.contract.documents import CONFIDENCE_BINS, TOGETHER
from monitor_core.drift.distances import effect_sizes, shares
from monitor_core.drift.forecast import VOLUME_DAYS, days_to_prove, days_to_prove_by_class
from monitor_core.drift.newcomers import NEW_DAYS, NewClass, new_classes, new_targets
from monitor_core.drift.reference import WEEK, Counts, Reference, counted_days, reference_days
from monitor_core.drift.rules import RULES, DriftRule
from monitor_core.drift.sentences import new_class
from monitor_core.drift.series import Reviews
from monitor_core.drift.series import reviews as reviews_of
from monitor_core.drift.verdicts import DriftTest
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.annotations import MODEL_CHANGES, Annotations
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports.reviewers.budget import ACCURACY, DROPS, Budget, forecast_reference, review_budget
from monitor_core.scores.daily import DailyTable, daily_table
from monitor_core.scores.shares import Floats, ratio
from monitor_core.settings.settings import Settings

WINDOWS = ("reference", "last 7 days")
CLASS_DROP = 30  # percentage points of the recall of a class
MOST_NAMED = 5  # classes in a sentence
MOST_COMPARED = 15  # classes of a chart
BINS_DRAWN = 20  # of the confidence
RANGE = (1e-3, 1e3)  # of the multiple, as it is drawn: beyond, a chart of it shows nothing else
TOO_SMALL = "significant but small"
AT_MOST = "highest possible recall"  # where samples were rejected without a true class


@dataclass(frozen=True)
class NamedNewClass:
    """A new class on a day, by review date, with its number and its name."""

    label: int
    name: str
    figures: NewClass

    @property
    def sentence(self) -> str:
        return new_class(self.figures, self.name)

    def as_json(self) -> dict[str, Any]:
        """Return the class as the command `report` prints it."""
        of = self.figures
        return {
            "class": self.label,
            "name": self.name,
            "since": of.since.isoformat(),
            "through": of.last.isoformat(),
            "samples": of.samples,
            "recognised": of.recognised,
            "recall": of.recognised / of.samples,
            "recall_interval": [of.low, of.high],
            "judged_from": of.judged_from.isoformat(),
        }


@dataclass(frozen=True)
class RuleReport:
    """The verdict of one rule on the last day, and on the days before."""

    rule: DriftRule
    test: DriftTest
    sentence: str
    days: pd.DataFrame  # as `daily_verdicts` says, one row a day of the period


@dataclass(frozen=True)
class DriftReport:
    """All rules over a period; the tables compare the week up to the last day with the reference of that day."""

    day: date  # the last one judged
    reference: Period | None  # around the days of the reference; None while there are none
    rules: dict[str, RuleReport]  # by the rules' keys
    distributions: dict[str, pd.DataFrame]  # of the rules that have categories: as `_categories` or `_bins` says
    moved: pd.DataFrame  # one row a class, as `_moved` says
    sizes: pd.DataFrame  # one row a distribution: what, and the effect sizes
    days_to_prove: dict[int, int | None]  # by points that accuracy falls; None: more than a year, or learning
    class_days: dict[str, int | None]  # the same for each class alone whose recall falls by CLASS_DROP
    budget: Budget
    reviews_a_day: float  # in the last four weeks
    restarts: tuple[date, ...]  # days of the period on which the evidence started again
    new: tuple[NamedNewClass, ...] = ()


def drift_report(store: Store, period: Period, preset: str) -> DriftReport | None:
    """Return the verdicts of the period's days that are over, of today alone those of yesterday.

    None if the history has no such day.
    """
    yesterday = local_day(store.now(), store.settings.zone) - ONE_DAY
    facts, alerts = _facts(store, min(period.last, yesterday)), Alerts(store).alert_days(r.alert.name for r in RULES)
    first = yesterday if period.first == yesterday + ONE_DAY else period.first
    if facts is None or facts.whole_through < first:
        return None
    reference, reviews, again = Reference(), reviews_of(facts.tables["validated"]), restarts(store)
    expected = forecast_reference(alerts.get(ACCURACY, NO_ALERTS), facts.whole_through)
    drawn = [rule for rule in RULES if rule.categories]
    windows = {rule.key: _windows_of(rule, facts.tables[rule.basis], reference) for rule in drawn}
    used = [
        day for day, is_used in zip(reviews.days, _used(reviews.days, reference, reviews.n), strict=True) if is_used
    ]
    return DriftReport(
        facts.whole_through,
        Period(used[0], used[-1]) if used else None,
        {
            rule.key: _rule(facts, rule, preset, first, again, alerts.get(rule.alert.name, {}).get(None, ()))
            for rule in RULES
        },
        {rule.key: _distribution(rule, windows[rule.key], facts) for rule in drawn},
        _moved(facts, windows, *_recalls(reviews, reference)),
        pd.DataFrame([{"what": rule.title, **_sizes(windows[rule.key])} for rule in drawn]),
        {drop: days_to_prove(drop, reviews, expected, preset) for drop in DROPS},
        dict(
            zip(
                facts.names("validated"),
                days_to_prove_by_class(CLASS_DROP, reviews, expected, preset),
                strict=True,
            )
        ),
        review_budget(reviews, expected, facts.names("validated"), preset),
        float(reviews.n[-VOLUME_DAYS:].mean()),
        tuple(sorted(day for day in again if day in period.days)),
        _named([(facts.tables["validated"].labels[new.index], new) for new in new_classes(reviews)], store.settings),
    )


def new_classes_until(store: Store, last: date) -> tuple[NamedNewClass, ...]:
    """Return the classes that are new on a day, by all of the history up to it; the newest first."""
    stored = store.history.by_target("validated", Period(FIRST_DAY, max(last, FIRST_DAY)))
    return _named(new_targets(stored), store.settings)


def _named(new: Sequence[tuple[int, NewClass]], settings: Settings) -> tuple[NamedNewClass, ...]:
    return tuple(NamedNewClass(label, settings.class_name(label), of) for label, of in new if label not in TOGETHER)


def new_classes_in_words(new: Sequence[NamedNewClass]) -> list[str]:
    """Say which classes are new, and that no rule compares their recall yet; an empty list if none is."""
    if not new:
        return []
    of_them = f"Its recall is compared with a reference from {wording.day(new[0].figures.judged_from)} on."
    if len(new) > 1:
        of_them = f"The recall of a new class is compared with a reference {NEW_DAYS} days after its first sample."
    return [*(each.sentence for each in new), of_them]


def _facts(store: Store, last: date) -> Facts | None:
    """Read the stored days up to `last`; None if there are none.

    All of them are needed, whatever the period: evidence accumulates, so a day's verdict depends on the days before.
    """
    stored = {basis: store.history.read(basis, Period(FIRST_DAY, last)) for basis in BASES}
    days = stored["validated"].keys() | stored["predicted"].keys()
    if not days:
        return None
    whole = Period(min(days), max(days))
    tables = {basis: daily_table(whole, days, store.settings.class_names) for basis, days in stored.items()}
    return Facts(tables, whole.last, class_names=store.settings.displayed_names)


def restarts(store: Store) -> set[date]:
    """Return the days on which evidence is reset: changes of the model, and those stored for alert rules."""
    book = Rulebook(store)
    about = {rule.name for rule in book.rules() if rule.accumulates}
    noted = {day for name, days in book.restarts().items() if name in about for day in days}
    return noted | {annotation.day for annotation in Annotations(store).read(MODEL_CHANGES)}


def _rule(
    facts: Facts,
    rule: DriftRule,
    preset: str,
    first: date,
    again: Collection[date],
    alerts: tuple[AlertDays, ...],
) -> RuleReport:
    """Judge every day; `alerts`: of the rule's own alert rule, whose days are in no reference."""
    days, accepted = facts.tables[rule.basis].days, {alert.accepted_on for alert in alerts if alert.accepted_on}
    tests: list[DriftTest] = []
    for last in sorted({*(day - ONE_DAY for day in accepted if days[0] < day <= days[-1]), days[-1]}):
        reference = replace(Reference(), alerted=alerted_days(alerts, last, WEEK))
        judged = facts.tests(rule, rule.basis, reference, preset, days[0], {*again, *accepted})
        tests += judged[len(tests) : (last - days[0]).days + 1]
    table = daily_verdicts([test for test in tests if test.day >= first])
    return RuleReport(rule, tests[-1], rule.explain(tests[-1], facts.names(rule.basis)), table)


def detection_by_class(report: DriftReport) -> str:
    """Say how long it takes to find one failing class, and which classes today's volume does not show to fail."""
    within = {name: days for name, days in report.class_days.items() if days is not None}
    new = [each.name for each in report.new]
    never = [name for name, days in report.class_days.items() if days is None and name not in new]
    if not report.class_days or report.rules["accuracy"].test.verdict == "learning":
        return ""
    failing = f"If the recall of one class alone falls by {CLASS_DROP} percentage points"
    if not within:
        return f"{failing}, it takes over a year in every class."
    soonest, latest = (choice(within, key=within.__getitem__) for choice in (min, max))
    takes = f"{wording.count(within[soonest], 'day')} in class {soonest}"
    if within[latest] > within[soonest]:
        takes = f"from {takes} to {wording.count(within[latest], 'day')} in class {latest}"
    beyond = f"; it takes over a year in {_classes(never)}" if never else ""
    without = f"; {_classes(new)} {'is' if len(new) == 1 else 'are'} new and not judged yet" if new else ""
    return f"{failing}, it takes {takes}{beyond}{without}."


def _classes(names: Sequence[str]) -> str:
    if len(names) > MOST_NAMED:
        return f"{len(names)} classes"
    return f"{'class' if len(names) == 1 else 'classes'} {wording.listed(names)}"


def daily_verdicts(tests: Sequence[DriftTest]) -> pd.DataFrame:
    """Return one row for each day: day, multiple, verdict, evidence, p_value, effect, floor, state.

    `state` is the verdict or TOO_SMALL. `multiple` is the evidence divided by its threshold, or the threshold divided
    by the p-value; NaN while the rule learns or has not enough data.
    """
    table = pd.DataFrame(
        {
            "day": pd.to_datetime([test.day for test in tests]),
            "multiple": [_multiple(test) for test in tests],
            "verdict": [test.verdict for test in tests],
            "evidence": [test.statistic if test.p_value is None else np.nan for test in tests],
            "p_value": [np.nan if test.p_value is None else test.p_value for test in tests],
            "effect": [np.nan if test.effect is None else test.effect for test in tests],
            "floor": [test.floor for test in tests],
        }
    )
    small = (table["multiple"] >= 1) & (table["verdict"] == "stable")
    return table.assign(state=table["verdict"].where(~small, TOO_SMALL), multiple=table["multiple"].clip(*RANGE))


def _multiple(test: DriftTest) -> float:
    if test.verdict not in ("stable", "drifted"):
        return float("nan")
    if test.p_value is None:
        return test.statistic / test.threshold
    return test.threshold / max(test.p_value, 1e-300)


# ---- the last week against the reference


def _used(days: tuple[date, ...], reference: Reference, rows: Counts) -> np.ndarray:
    """Return which days are in the reference of the last day, given the rows of each day, shape (days,)."""
    return reference_days(days, reference, days[-1], (rows > 0) & counted_days(days, reference))


def _windows_of(rule: DriftRule, table: DailyTable, reference: Reference) -> Counts:
    counts = rule.series(table)
    return _in_windows(counts.days, counts.counts, reference, counts.counts.sum(axis=1))


def _in_windows(days: tuple[date, ...], counts: Counts, reference: Reference, rows: Counts) -> Counts:
    """Return the counts summed over the reference and the last week, shape (2, ...); `rows` as in `_used`."""
    week = np.array([day > days[-1] - timedelta(WEEK) for day in days]) & counted_days(days, reference)
    return np.stack([counts[_used(days, reference, rows)].sum(axis=0), counts[week].sum(axis=0)])


def _recalls(reviews: Reviews, reference: Reference) -> tuple[Floats, str]:
    """Return the recall in both windows, shape (2, labels), and what it is; NaN without samples."""
    support = _in_windows(reviews.days, reviews.support, reference, reviews.n)
    recalls = ratio(support - _in_windows(reviews.days, reviews.misses, reference, reviews.n), support)
    has_rejected = support.sum() < _in_windows(reviews.days, reviews.n, reference, reviews.n).sum()
    return recalls, AT_MOST if has_rejected else "recall"


def _distribution(rule: DriftRule, windows: Counts, facts: Facts) -> pd.DataFrame:
    return _bins(windows) if rule.categories == "bins" else _categories(windows, rule.names(facts.names(rule.basis)))


def _categories(windows: Counts, names: Sequence[str]) -> pd.DataFrame:
    """Return name, window, count, share, in the order of the classes; of very many, those whose share changed most."""
    of_windows = np.nan_to_num(shares(windows))
    most = np.sort(np.argsort(-np.abs(of_windows[1] - of_windows[0]), kind="stable")[:MOST_COMPARED])
    tables = [
        pd.DataFrame(
            {
                "name": [names[i] for i in most],
                "window": window,
                "count": windows[at][most],
                "share": of_windows[at][most],
            }
        )
        for at, window in enumerate(WINDOWS)
    ]
    return pd.concat(tables, ignore_index=True)


def _bins(windows: Counts) -> pd.DataFrame:
    """Return one row for each bin and window: from, to, window, count, share."""
    wide = windows.reshape(2, BINS_DRAWN, CONFIDENCE_BINS // BINS_DRAWN).sum(axis=2)
    of_windows, edges = np.nan_to_num(shares(wide)), np.arange(BINS_DRAWN) / BINS_DRAWN
    tables = [
        pd.DataFrame(
            {"from": edges, "to": edges + 1 / BINS_DRAWN, "window": window, "count": wide[at], "share": of_windows[at]}
        )
        for at, window in enumerate(WINDOWS)
    ]
    return pd.concat(tables, ignore_index=True)


def _moved(facts: Facts, windows: dict[str, Counts], recalls: Floats, of_recalls: str) -> pd.DataFrame:
    """Return one row for each class, the most changed first: class; shares and recall as difference, before and now."""
    by_class = [rule for rule in RULES if rule.categories == "classes"]
    values = {rule.heading: (facts.names(rule.basis), shares(windows[rule.key])) for rule in by_class}
    values[of_recalls] = (facts.names("validated"), recalls)
    points: dict[str, pd.Series] = {}
    parts: dict[str, pd.Series] = {}
    for quantity, (classes, (before, now)) in values.items():
        points[quantity] = pd.Series(100 * (now - before), classes)
        parts |= {f"{quantity} before": pd.Series(before, classes), f"{quantity} now": pd.Series(now, classes)}
    moved = pd.DataFrame(points | parts)
    most = moved[list(points)].abs().max(axis=1).fillna(0).sort_values(ascending=False, kind="stable")
    return moved.loc[most.index].rename_axis("class").reset_index()


def _sizes(windows: Counts) -> dict[str, float]:
    return {name: float(size) for name, size in effect_sizes(windows[0], windows[1]).items()}
