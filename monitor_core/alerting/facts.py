"""Facts: the data that rules are judged by, such as the stored days as arrays."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from monitor_core.alerting.rules import ANCHOR_DAYS, Anchor
from monitor_core.contract.bases import Basis
from monitor_core.contract.classes import class_text
from monitor_core.contract.documents import OTHER
from monitor_core.contract.errors import MonitorError
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import DriftRule
from monitor_core.drift.verdicts import DriftTest
from monitor_core.scores.confusion import Ints
from monitor_core.scores.daily import DailyTable


def last_before(days: Collection[date], limit: date) -> date | None:
    """Return the latest of the days up to and including the limit; None if there is none."""
    return max((day for day in days if day <= limit), default=None)


@dataclass(frozen=True)
class Facts:
    """The data that rules are judged by: stored days, training set, and current state."""

    tables: dict[Basis, DailyTable]
    whole_through: date  # the last day that is over
    first_day: dict[Basis, date | None] = field(default_factory=dict)  # with a document; None: there is none
    class_names: Mapping[int, str] = field(default_factory=dict)
    training: Callable[[], dict[int, int]] = dict  # class -> images; may raise a MonitorError
    retrainings: tuple[date, ...] = ()
    model_changes: tuple[date, ...] = ()  # retrainings and deployments
    worker_lag_seconds: float | None = None  # now, as are the next two
    undated: dict[Basis, int] = field(default_factory=dict)  # documents without a usable date
    days_to_review: int | None = None  # after which the audit of a day is complete; None: there is no audit
    missing: dict[Basis, int] = field(default_factory=dict)  # days that the history ought to have but has not
    _tests: dict[Any, list[DriftTest]] = field(default_factory=dict)  # computed once for all rules

    def name(self, label: int) -> str:
        return class_text(label, self.class_names)

    def names(self, basis: Basis) -> list[str]:
        return [self.name(label) for label in self.tables[basis].labels]

    def begins(self, of_bases: Collection[Basis]) -> date | None:
        """Return the first day with a document by any of these bases; None if there is none."""
        return min((day for basis in of_bases if (day := self.first_day.get(basis))), default=None)

    def anchor(self, basis: Basis, begin: date | None) -> Anchor:
        """Return the ends of the first 90 days with documents from `begin` on, or from the first document."""
        table = self.tables[basis]
        first = max(begin or self.first_day.get(basis) or date.min, table.days[0])
        filled = np.flatnonzero(table.numbers["documents"][(first - table.days[0]).days :])
        complete = len(filled) >= ANCHOR_DAYS
        return first, first + timedelta(int(filled[ANCHOR_DAYS - 1])) if complete else None

    def retrained_before(self, day: date) -> date | None:
        return last_before(self.retrainings, day)

    def training_of(self, basis: Basis) -> Ints:
        """Return the training set's counts in the order of the table's labels, without other classes.

        If the table has folded rare classes, classes that are not among its labels are counted with them.
        """
        counts = self.training()
        if not sum(counts.values()):
            raise MonitorError(
                "The training set is empty: set one of MONITOR_TRAINING_COUNTS, _MANIFEST and _FOLDER, or give the "
                "rule another reference."
            )
        labels = self.tables[basis].labels
        if OTHER in labels:
            counts = counts | {OTHER: sum(counts[label] for label in counts.keys() - set(labels))}
        return np.array([counts.get(label, 0) for label in labels], np.int64)

    def tests(
        self,
        rule: DriftRule,
        basis: Basis,
        reference: Reference,
        preset: str,
        begins: date,
        restarts: Collection[date] = (),
        completed: bool = False,
    ) -> list[DriftTest]:
        """Judge every day from `begins` by a drift rule; cached, because several rules need it.

        `completed`: as if the reviews that the last day still lacks were in, and all of them right.
        """
        key = (rule.key, basis, reference, preset, begins, frozenset(restarts), completed)
        if key not in self._tests:
            training = self.training_of(basis) if rule.knows_training and reference.kind == "training" else None
            days, predicted = self.tables[basis].since(begins), self.tables.get("predicted")
            predicted = predicted and predicted.since(begins)
            self._tests[key] = rule.judge(days, reference, preset, restarts, training, predicted, completed)
        return self._tests[key]
