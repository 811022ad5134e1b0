"""Every percentage in a sentence of a drift rule is that of the report for the days, class and basis that it names."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
import pytest

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.selection import Selection
from monitor_core.drift.reference import Reference, reference_days
from monitor_core.drift.rules import RULES, DriftRule
from monitor_core.drift.verdicts import DriftTest
from monitor_core.reports.comparison import class_shares
from monitor_core.reports.performance import Performance, performance_of
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NOT_REVIEWED, RIGHT, WRONG, DayCounts, counts_of_days
from monitor_core.scores.daily import daily_table
from monitor_core.settings.settings import Settings
from tests.drift.simulated import days_of

DAYS, CHANGE = 110, 80
NAMES = ["0", "1", "2", "3", "4", "5"]
# What happens on the last days: mix, miss rates, confidence's a and b, and the share rejected of the wrong ones.
QUIET = (np.array([0.3, 0.25, 0.2, 0.15, 0.07, 0.03]), np.full(6, 0.1), (9.0, 2.0), 0.0)
CHANGES = {
    "nothing": QUIET,
    "all classes fail": (QUIET[0], np.full(6, 0.35), (9.0, 2.0), 0.0),
    "one class fails": (QUIET[0], np.array([0.1, 0.1, 0.7, 0.1, 0.1, 0.1]), (9.0, 2.0), 0.0),
    "a rare class fails": (QUIET[0], np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.9]), (9.0, 2.0), 0.0),
    "a rare class fails, some rejected": (QUIET[0], np.array([0.1, 0.1, 0.1, 0.1, 0.1, 0.9]), (9.0, 2.0), 0.2),
    "yes or no": (QUIET[0], np.full(6, 0.35), (9.0, 2.0), 1.0),
    "another mix": (np.roll(QUIET[0], 1), np.full(6, 0.1), (9.0, 2.0), 0.0),
    "a mix that is spread": (np.full(6, 1 / 6), np.full(6, 0.1), (9.0, 2.0), 0.0),
    "unsure": (QUIET[0], np.full(6, 0.1), (4.0, 2.0), 0.0),
    "another shape": (QUIET[0], np.full(6, 0.1), (3.0, 0.66), 0.0),
}


def simulated_days(change: str, seed: int, rows: int) -> list[DayCounts]:
    rng = np.random.default_rng(seed)
    return [
        _day(rng, rng.poisson(rows * (0.4 if day % 7 >= 5 else 1)), *(CHANGES[change] if day >= CHANGE else QUIET))
        for day in range(DAYS)
    ]


def _day(
    rng: np.random.Generator, rows: int, mix: np.ndarray, miss: np.ndarray, beta: tuple[float, float], rejected: float
) -> DayCounts:
    target = rng.choice(6, rows, p=mix)
    wrong = rng.random(rows) < miss[target]
    prediction = np.where(wrong, (target + rng.integers(1, 6, rows)) % 6, target)
    bins = np.minimum((rng.beta(*beta, rows) * CONFIDENCE_BINS).astype(int), CONFIDENCE_BINS - 1)
    is_reviewed = rng.random(rows) < 0.8
    outcome = np.where(is_reviewed, np.where(wrong, WRONG, RIGHT), NOT_REVIEWED)
    reviewed_as = np.where(wrong & (rng.random(rows) < rejected), REJECTED, target)
    cells = _counted(np.stack([reviewed_as, prediction], axis=1)[is_reviewed])
    confidence = _counted(np.stack([prediction, outcome, bins], axis=1))
    waiting = int((~is_reviewed).sum())
    return DayCounts(rows, waiting, 0, 0, 0, cells, confidence, np.zeros((0, 2), np.int64))


def _counted(rows: np.ndarray) -> np.ndarray:
    values, count = np.unique(rows, axis=0, return_counts=True)
    return np.column_stack([values, count]).astype(np.int64)


def report_of(days: dict[date, DayCounts]) -> Performance:
    period = Period(min(days), max(days))
    counts = counts_of_days(days, {}, {})
    return performance_of(counts, Selection(period, "validated"), Settings(_env_file=None))


def figures_of(rule: DriftRule, test: DriftTest, days: dict[date, DayCounts]) -> Iterator[str]:
    """Yield the share that the report of these days has of what the test is about, and the interval and count."""
    report = report_of(days)
    if rule.key == "rise" or (rule.key == "accuracy" and test.falls is None):
        score = report.scores["accuracy"]
        yield from (f"{score.value:.1%}", wording.interval(score.low, score.high), f"{score.samples:,} sample")
    elif rule.key == "accuracy":
        row = report.by_class[report.by_class["label"] == test.falls].iloc[0]
        yield f"{row['support'] and report.confusion.total().hits[test.falls] / row['support']:.1%}"
        yield f"{row['support']:,} sample"
    elif rule.key == "target":
        support = report.by_class.set_index("label")["support"]
        yield f"{support.get(test.moved, 0) / support.sum():.1%}"
        yield f"{support.sum():,} sample"
        shares = class_shares(report, report).set_index("label")
        if test.moved in shares.index:
            yield wording.interval(shares.loc[test.moved, "low"], shares.loc[test.moved, "high"])
    else:
        rows = np.concatenate([day.confidence for day in days.values()])
        total = rows[:, 3].sum()
        of_class, below = rows[:, 0] == test.moved, rows[:, 2] < CONFIDENCE_BINS * (test.below or 0)
        if rule.key == "prediction" or test.below:
            yield f"{rows[of_class if rule.key == 'prediction' else below, 3].sum() / total:.1%}"
        else:
            yield f"{((2 * rows[:, 2] + 1) * rows[:, 3]).sum() / (2 * CONFIDENCE_BINS * total):.1%}"
        yield f"{total:,} prediction"


@cache
def judged(rule: DriftRule, change: str, rows: int) -> tuple[dict[date, DayCounts], list[DriftTest]]:
    dates = days_of(DAYS)
    days = dict(zip(dates, simulated_days(change, rows, rows), strict=True))
    table = daily_table(Period(dates[0], dates[-1]), days)
    return days, rule.judge(table, Reference(), "balanced")


@pytest.mark.parametrize("rows", [12, 60, 400])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.key)
def test_each_percentage_is_that_of_the_report(rule: DriftRule, change: str, rows: int) -> None:
    days, tests = judged(rule, change, rows)
    for test in [*tests[30:CHANGE:11], *tests[CHANGE::3]]:
        sentence = rule.explain(test, NAMES)
        shares = re.findall(r"(?<!below )\b(\d+\.\d%)", sentence)
        if test.verdict in ("learning", "not enough data") or not shares:
            assert not shares
            continue
        window = Period(test.since, test.day)
        assert re.findall(r"(?:on|from) \d+ \w{3}.*? \d{4}", sentence) == [wording.during(window)]
        used = reference_days(tuple(days), Reference(), test.day)
        of_reference = {day: counts for (day, counts), is_used in zip(days.items(), used, strict=True) if is_used}
        now, *more = figures_of(rule, test, {day: days[day] for day in window.days})
        before = next(figures_of(rule, test, of_reference))
        assert shares == [now, before], sentence
        for figure in more:
            assert figure in sentence


@pytest.mark.parametrize("change", CHANGES)
def test_a_stable_verdict_on_accuracy_is_about_all_classes(change: str) -> None:
    (rule, *_) = RULES
    for test in judged(rule, change, 12)[1]:
        assert test.verdict == "drifted" or (test.falls, test.moved) == (None, None)


def test_the_classes_that_are_named_are_those_that_changed() -> None:
    accuracy, prediction = (next(rule for rule in RULES if rule.key == key) for key in ("accuracy", "prediction"))
    for change, expected in (("one class fails", 2), ("a rare class fails", 5)):
        named = [test.moved for test in judged(accuracy, change, 400)[1] if test.verdict == "drifted"]
        assert named
        assert np.mean([label == expected for label in named]) > 0.9
    spread = [test.moved for test in judged(accuracy, "all classes fail", 400)[1] if test.verdict == "drifted"]
    assert np.mean([label is None for label in spread]) > 0.8
    assert {test.moved for test in judged(prediction, "another mix", 400)[1] if test.verdict == "drifted"} - {None}
