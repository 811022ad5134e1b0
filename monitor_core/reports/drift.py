"""What the page on drift shows: each rule's verdict and course, what moved, and what could be proved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from monitor_core.alerting.facts import Facts, table
from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, Period
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.drift.detectors import VOLUME_DAYS, DriftTest, Reviews, days_to_prove
from monitor_core.drift.distances import effect_sizes, shares
from monitor_core.drift.reference import WEEK, Counts, Reference, counted_days, reference_days
from monitor_core.mongo.annotations import Annotations
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import MOST_SHOWN
from monitor_core.scores.shares import Floats, ratio

TITLES = {  # of the rules, by what they look at
    "accuracy": "Accuracy",
    "prediction": "Predicted classes",
    "target": "Reviewed classes",
    "confidence": "Confidence",
}
BASIS_OF: dict[str, Basis] = {
    "accuracy": "validated",
    "prediction": "predicted",
    "target": "validated",
    "confidence": "predicted",
}
SIDES = ("reference", "last 7 days")
DROPS = (2, 5, 10)  # points of accuracy
BINS_DRAWN = 20  # of the confidence
RANGE = (1e-3, 1e3)  # of what is drawn of the proof: beyond, a chart of it shows nothing else
TOO_SMALL = "sure but small"


@dataclass(frozen=True)
class RuleReport:
    """What one rule says of the last day, and how it came to it."""

    test: DriftTest
    sentence: str
    course: pd.DataFrame  # as `course` says, one row a day of the period


@dataclass(frozen=True)
class DriftReport:
    """Every rule over a period; the tables compare the week up to the last day with the reference of that day."""

    day: date  # the last one judged
    reference: Period | None  # around the days of the reference; None while there are none
    rules: dict[str, RuleReport]
    classes: dict[str, pd.DataFrame]  # prediction, target -> name, side, count, share; as many as can be drawn
    confidence: pd.DataFrame  # from, to, side, count, share
    moved: pd.DataFrame  # one row a class, as `_moved` says
    sizes: pd.DataFrame  # one row each of predicted and reviewed classes and confidence: what, and the effect sizes
    days_to_prove: dict[int, int | None]  # by points that accuracy falls; None: more than a year, or learning
    reviews_a_day: float  # in the last four weeks
    restarts: tuple[date, ...]  # days of the period on which the evidence of accuracy started again


def drift_report(store: Store, period: Period, preset: str) -> DriftReport | None:
    """None if the history has no day of the period."""
    facts = _facts(store, period.last)
    if facts is None or facts.whole_through < period.first:
        return None
    reference, reviews, anew = Reference(), facts.tables["validated"].reviews(), restarts(store)
    rules = {column: _rule(facts, column, reference, preset, period.first, anew) for column in TITLES}
    daily = {column: facts.tables[BASIS_OF[column]].daily(column) for column in ("prediction", "target", "confidence")}
    sides = {column: _sides(counts.days, counts.counts, reference) for column, counts in daily.items()}
    used = [day for day, one in zip(reviews.days, _used(reviews.days, reference), strict=True) if one]
    names = {column: facts.names(BASIS_OF[column]) for column in ("prediction", "target")}
    return DriftReport(
        facts.whole_through,
        Period(used[0], used[-1]) if used else None,
        rules,
        {column: _classes(sides[column], names[column]) for column in names},
        _confidence(sides["confidence"]),
        _moved(sides, _recalls(reviews, reference), names),
        pd.DataFrame([{"what": TITLES[column], **_sizes(counts)} for column, counts in sides.items()]),
        {drop: days_to_prove(drop, reviews, reference, preset) for drop in DROPS},
        float(reviews.n[-VOLUME_DAYS:].mean()),
        tuple(sorted(day for day in anew if day in period.days)),
    )


def _facts(store: Store, last: date) -> Facts | None:
    """From the first day that is kept to the last one up to `last`; None without any.

    All of them, whatever the period: evidence adds up from day to day, so a day's verdict depends on those before.
    """
    found = {basis: store.history.read(basis, Period(FIRST_DAY, last)) for basis in BASES}
    kept = found["validated"].keys() | found["predicted"].keys()
    if not kept:
        return None
    whole = Period(min(kept), max(kept))
    return Facts(
        {basis: table(whole, days) for basis, days in found.items()},
        whole.last,
        class_names=store.settings.class_names,
    )


def restarts(store: Store) -> set[date]:
    """On which the evidence of accuracy starts again: retrainings, and what its rules were told."""
    book = Rulebook(store)
    about = {rule.name for rule in book.rules() if any(one.what.column == "accuracy" for one in rule.conditions)}
    told = {day for name, days in book.restarts().items() if name in about for day in days}
    return told | {one.day for one in Annotations(store).read(["retraining"])}


def _rule(
    facts: Facts, column: str, reference: Reference, preset: str, first: date, anew: Collection[date]
) -> RuleReport:
    basis = BASIS_OF[column]
    begins = facts.tables[basis].days[0]
    tests = facts.tests(column, basis, reference, preset, begins, anew if column == "accuracy" else ())
    shown = course([test for test in tests if test.day >= first])
    return RuleReport(tests[-1], tests[-1].sentence(facts.names(basis)), shown)


def course(tests: Sequence[DriftTest]) -> pd.DataFrame:
    """One row a day: day, proof, verdict, evidence, p_value, effect, floor, and state: the verdict, or TOO_SMALL.

    `proof` is how many times what the rule asks for: evidence by its threshold, or the threshold by the p-value. NaN
    while the rule learns or has not enough data.
    """
    table = pd.DataFrame(
        {
            "day": pd.to_datetime([test.day for test in tests]),
            "proof": [_proof(test) for test in tests],
            "verdict": [test.verdict for test in tests],
            "evidence": [test.statistic if test.p_value is None else np.nan for test in tests],
            "p_value": [np.nan if test.p_value is None else test.p_value for test in tests],
            "effect": [np.nan if test.effect is None else test.effect for test in tests],
            "floor": [test.floor for test in tests],
        }
    )
    small = (table["proof"] >= 1) & (table["verdict"] == "stable")
    return table.assign(state=table["verdict"].where(~small, TOO_SMALL), proof=table["proof"].clip(*RANGE))


def _proof(test: DriftTest) -> float:
    if test.verdict not in ("stable", "drifted"):
        return float("nan")
    if test.p_value is None:
        return test.statistic / test.threshold
    return test.threshold / max(test.p_value, 1e-300)


# ---- the last week against the reference


def _used(days: tuple[date, ...], reference: Reference) -> np.ndarray:
    return reference_days(days, reference, days[-1])


def _sides(days: tuple[date, ...], counts: Counts, reference: Reference) -> Counts:
    """Shape (2, ...): summed over the reference, and over the last week."""
    week = np.array([day > days[-1] - timedelta(WEEK) for day in days]) & counted_days(days, reference)
    return np.stack([counts[_used(days, reference)].sum(axis=0), counts[week].sum(axis=0)])


def _recalls(reviews: Reviews, reference: Reference) -> Floats:
    """Shape (2, labels); NaN without rows."""
    support = _sides(reviews.days, reviews.support, reference)
    return ratio(support - _sides(reviews.days, reviews.misses, reference), support)


def _classes(sides: Counts, names: Sequence[str]) -> pd.DataFrame:
    """Of very many classes those that moved most, in the order of their numbers."""
    of_sides = np.nan_to_num(shares(sides))
    most = np.sort(np.argsort(-np.abs(of_sides[1] - of_sides[0]), kind="stable")[:MOST_SHOWN])
    tables = [
        pd.DataFrame(
            {"name": [names[i] for i in most], "side": side, "count": sides[at][most], "share": of_sides[at][most]}
        )
        for at, side in enumerate(SIDES)
    ]
    return pd.concat(tables, ignore_index=True)


def _confidence(sides: Counts) -> pd.DataFrame:
    wide = sides.reshape(2, BINS_DRAWN, CONFIDENCE_BINS // BINS_DRAWN).sum(axis=2)
    of_sides, edges = np.nan_to_num(shares(wide)), np.arange(BINS_DRAWN) / BINS_DRAWN
    tables = [
        pd.DataFrame(
            {"from": edges, "to": edges + 1 / BINS_DRAWN, "side": side, "count": wide[at], "share": of_sides[at]}
        )
        for at, side in enumerate(SIDES)
    ]
    return pd.concat(tables, ignore_index=True)


def _moved(sides: dict[str, Counts], recalls: Floats, names: dict[str, list[str]]) -> pd.DataFrame:
    """One row a class, what moved most first: class; predicted, reviewed and recall in points; each before and now."""
    values = {
        "predicted": (names["prediction"], shares(sides["prediction"])),
        "reviewed": (names["target"], shares(sides["target"])),
        "recall": (names["target"], recalls),
    }
    points: dict[str, pd.Series] = {}
    parts: dict[str, pd.Series] = {}
    for what, (classes, (before, now)) in values.items():
        points[what] = pd.Series(100 * (now - before), classes)
        parts |= {f"{what} before": pd.Series(before, classes), f"{what} now": pd.Series(now, classes)}
    found = pd.DataFrame(points | parts)
    most = found[list(points)].abs().max(axis=1).fillna(0).sort_values(ascending=False, kind="stable")
    return found.loc[most.index].rename_axis("class").reset_index()


def _sizes(sides: Counts) -> dict[str, float]:
    return {name: float(size) for name, size in effect_sizes(sides[0], sides[1]).items()}
