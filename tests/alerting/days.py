"""Days of hand-made counts, rules on them, and what a rule says of one day: no database."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import numpy as np

from monitor_core.alerting.evaluation import Evaluation, evaluate
from monitor_core.alerting.facts import Facts
from monitor_core.alerting.rules import Rule, rule_from
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import confidence_bin
from monitor_core.scores.confusion import REJECTED
from monitor_core.scores.counts import NOT_REVIEWED, DayCounts
from monitor_core.scores.daily import daily_table
from tests.documents import at

FIRST = date(2026, 6, 1)
NOW = at(2026, 10, 31, 12)
Row = tuple[int | None, int]  # target (None: rejected), prediction


def counts(rows: Iterable[Row] = (), waiting: Iterable[int] = (), confidence: float = 0.9, **more: Any) -> DayCounts:
    """A day of reviewed rows, and of predictions that nobody reviewed."""
    rows, waiting = list(rows), list(waiting)
    cells: dict[tuple[int, int], int] = {}
    confident: dict[tuple[int, int, int], int] = {}
    for target, prediction in rows:
        key = (REJECTED if target is None else target, prediction)
        cells[key] = cells.get(key, 0) + 1
    results = [(p, REJECTED if t is None else t) for t, p in rows] + [(p, NOT_REVIEWED) for p in waiting]
    for prediction, result in results:
        bin_key = (prediction, result, confidence_bin(confidence))
        confident[bin_key] = confident.get(bin_key, 0) + 1

    def as_table(found: dict[Any, int], width: int) -> Any:
        return np.array(sorted((*key, n) for key, n in found.items()), np.int64).reshape(-1, width)

    fields = {"unreadable_prediction": 0, "unreadable_review": 0, "bad_confidence": 0, "delays": []} | more
    odd = fields["unreadable_prediction"] + fields["unreadable_review"]
    delays = np.array(sorted(fields.pop("delays")), np.int64).reshape(-1, 2)
    return DayCounts(
        len(rows) + len(waiting) + odd, len(waiting), cells=as_table(cells, 3), confidence=as_table(confident, 4),
        delays=delays, **fields,
    )  # fmt: skip


def facts(days: dict[int, DayCounts], length: int, **more: Any) -> Facts:
    """Of so many days from FIRST, the last of them over; both bases alike."""
    period = Period(FIRST, FIRST + timedelta(length - 1))
    one = daily_table(period, {FIRST + timedelta(n): day for n, day in days.items()})
    fields = {"whole_through": period.last, "first_day": {"validated": FIRST, "predicted": FIRST}} | more
    return Facts({"validated": one, "predicted": one}, **fields)


def a_rule(*conditions: dict[str, Any], **more: Any) -> Rule:
    return rule_from({"name": "mine", "title": "Mine", "conditions": conditions, "min_samples": 1} | more)


def said(rule: Rule, found: Facts, day: int, **more: Any) -> Evaluation:
    (one,) = evaluate(rule, found, FIRST + timedelta(day), **more)
    return one


def accuracy(right: int, wrong: int) -> DayCounts:
    return counts([(1, 1)] * right + [(2, 1)] * wrong)
