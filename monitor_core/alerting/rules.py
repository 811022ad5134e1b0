"""Alert rules: what is watched and when a rule fires, as data that an analyst can edit."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from monitor_core.alerting.measures import CHANGES, COLUMNS, LIMITS, MEASURES, Measure, Operator
from monitor_core.contract.bases import Basis
from monitor_core.contract.errors import RuleError
from monitor_core.contract.wording import listed
from monitor_core.drift import reference
from monitor_core.drift.rules import BY_KEY, RULES, DriftRule
from monitor_core.drift.verdicts import PRESETS
from monitor_core.settings.place import CLI

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OUR_OWN = ("version", "changed_at", "changed_by")  # fields that nobody else writes


Anchor = tuple[date, date | None]  # the first and the last day of an anchor; None: it is not complete yet
ANCHOR_DAYS = 90  # with documents, from the last retraining or the first document on


class Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ReferenceDays(Data):
    """The days that a rule compares with, as written in a rule; `resolved` makes a reference of them."""

    kind: Literal["trailing", "period", "since", "training", "since_retraining", "anchor"] = "trailing"
    length: int = Field(60, ge=reference.LEAST_AGE, le=730)  # days
    first: date | None = None
    last: date | None = None
    excluded: frozenset[date] = frozenset()
    weekends: bool = True

    @model_validator(mode="after")
    def _usable(self) -> "ReferenceDays":
        self.resolved(date(2026, 1, 1) if self.kind == "since_retraining" else None, reference.WEEK)
        return self

    def resolved(self, retrained: date | None, gap: int, anchor: Anchor = (date.min, None)) -> reference.Reference:
        """Return the reference; `retrained`: the day of the last retraining, for "since_retraining"."""
        if self.kind == "anchor":
            return reference.Reference("since", self.length, gap, *anchor, self.excluded, self.weekends)
        if self.kind != "since_retraining":
            kind, first = self.kind, self.first
        elif retrained is None:
            raise RuleError(
                f"No retraining has been entered: run `{CLI} annotate retraining --day …`, or give the "
                "rule another reference."
            )
        else:
            kind, first = "since", retrained
        return reference.Reference(kind, self.length, gap, first, self.last, self.excluded, self.weekends)


class Condition(Data):
    """A condition on one measure: against a threshold, against its reference, or that there is no data.

    Scores and shares are judged by their 95% interval unless `judge` is "value": "below 0.85" fires when the whole
    interval is below 0.85. Judged by the value alone, it would fire on every other day for a model at 0.85, and on days
    with few reviews for a model well above it.
    """

    metric: str
    operator: Operator
    threshold: float | None = None  # scores and shares from their lowest to 1; a change in hundredths, or in percent
    unit: Literal["points", "percent"] = "points"
    direction: Literal["any", "up", "down"] = "any"  # of a change
    average: Literal["macro", "weighted"] | None = None
    label: int | Literal["every"] | None = None  # a class: scores by class take this or an average
    column: str | None = None  # what a distance is of: the key of a drift rule that has categories
    judge: Literal["interval", "value"] = "interval"

    @property
    def measure(self) -> Measure:
        return MEASURES[self.metric]

    @property
    def drift(self) -> DriftRule | None:
        """The drift rule whose verdict or statistic is measured."""
        return self.measure.drift or (BY_KEY[self.column] if self.column else None)

    @property
    def compares(self) -> bool:
        """Return whether the condition needs a reference."""
        return self.measure.allows.always_compares or self.operator in CHANGES

    @field_validator("metric")
    @classmethod
    def _exists(cls, name: str) -> str:
        if name not in MEASURES:
            raise ValueError(f'there is no metric "{name}"; use one of {", ".join(MEASURES)}')
        return name

    @model_validator(mode="after")
    def _fits(self) -> "Condition":
        self._check_operator()
        self._check_threshold()
        of_classes = self.measure.by_class
        if of_classes != ((self.average is None) != (self.label is None)) or (self.average and self.label is not None):
            which = "either an average or a label" if of_classes else "neither an average nor a label"
            raise ValueError(f"{self.metric} takes {which}")
        if (self.measure.kind == "distance") != (self.column is not None):
            mistake = f"needs a column: {listed(COLUMNS, 'or')}" if self.column is None else "takes no column"
            raise ValueError(f"{self.metric} {mistake}")
        if self.column is not None and self.column not in COLUMNS:
            raise ValueError(f'there is no column "{self.column}"; write {listed(COLUMNS, "or")}')
        return self

    def _check_operator(self) -> None:
        operators = self.measure.allows.all_operators
        if self.operator not in operators:
            listing = listed([f'"{operator}"' for operator in operators], "or")
            raise ValueError(f'"{self.operator}" does not go with {self.metric}: its operator is {listing}')

    def _check_range(self, threshold: float) -> None:
        """Refuse a threshold outside a share's range; others are harmless, and old rules may have them."""
        measure = self.measure
        if not measure.allows.has_interval or measure.highest is None:
            return
        if not measure.lowest <= threshold <= measure.highest:
            raise ValueError(
                f"{self.metric} lies between {measure.lowest:g} and {measure.highest:g}, and so must its threshold"
            )

    def _check_threshold(self) -> None:
        measure, needs = self.measure, self.operator in (*LIMITS, "changed_by_more_than")
        if needs != (self.threshold is not None):
            raise ValueError(f'"{self.operator}" {"needs a" if needs else "takes no"} threshold')
        if self.threshold is None:
            return
        if self.operator in LIMITS:
            self._check_range(self.threshold)
            return
        if self.threshold <= 0:
            raise ValueError("the threshold of a change is above 0; `direction` says whether up or down")
        if self.unit == "points" and not measure.allows.has_interval:
            raise ValueError(f'a change of {self.metric} is in percent: set unit to "percent"')
        if self.unit == "percent" and measure.lowest < 0:
            raise ValueError(f'{self.metric} may be below 0, so a change of it is in hundredths: set unit to "points"')


class MuteTime(Data):
    """Hours in the configured zone without notifications; what still holds afterwards is notified then."""

    weekdays: tuple[Day, ...] = Field(WEEKDAYS, min_length=1)
    first_hour: int = Field(0, ge=0, le=23)
    last_hour: int = Field(23, ge=0, le=23)  # included: 22 to 5 is a night, which belongs to the day it begins on

    def holds(self, local: datetime) -> bool:
        weekday, hour = local.weekday(), local.hour
        if self.first_hour <= self.last_hour:
            return self.first_hour <= hour <= self.last_hour and WEEKDAYS[weekday] in self.weekdays
        if hour >= self.first_hour:
            return WEEKDAYS[weekday] in self.weekdays
        return hour <= self.last_hour and WEEKDAYS[weekday - 1] in self.weekdays


class Rule(Data):
    """An alert rule: conditions on the documents of a window of days."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
    title: str = Field(min_length=1, max_length=120)
    severity: Literal["warning", "critical"] = "warning"
    join: Literal["all", "any"] = "all"
    conditions: tuple[Condition, ...] = Field(min_length=1, max_length=8)
    window_days: int = Field(7, ge=1, le=366)
    min_samples: int = Field(20, ge=1)  # fewer: no data
    for_evaluations: int = Field(1, ge=1, le=30)  # days in a row before it fires
    readiness_days: int = Field(0, ge=0, le=90)  # the last prediction days, left out while they are incomplete
    basis: Basis = "validated"
    preset: Literal["quiet", "balanced", "sensitive"] = "balanced"  # of drift conditions
    reference: ReferenceDays = ReferenceDays()
    mute: tuple[MuteTime, ...] = ()
    notify: tuple[str, ...] = ()  # names of the targets that are notified; none: all
    enabled: bool = True
    version: int = Field(1, ge=1)
    changed_at: datetime | None = None
    changed_by: str = ""

    @property
    def judged_part(self) -> "Rule":
        """Return the rule with defaults in place of the fields that no verdict depends on."""
        named = {"title": self.name, "severity": "warning", "mute": (), "notify": (), "enabled": True}
        return self.model_copy(update=named | {"version": 1, "changed_at": None, "changed_by": ""})

    @property
    def of_every_class(self) -> bool:
        return any(condition.label == "every" for condition in self.conditions)

    @property
    def compares(self) -> bool:
        """Return whether the rule compares with a reference, and so judges whole days: part of a day is no sample."""
        return any(condition.compares for condition in self.conditions) and not self.of_this_moment

    @property
    def opens_early(self) -> bool:
        """Return whether a day that is not over may open an alert, if what is missing of it cannot undo the verdict."""
        drift_rules = [condition.measure.drift for condition in self.conditions if condition.compares]
        accumulates = all(drift is not None and drift.accumulates for drift in drift_rules)
        return accumulates and self.reference.kind != "anchor"  # which is for slow changes

    @property
    def accumulates(self) -> bool:
        """Return whether the rule accumulates evidence from day to day, which can be restarted."""
        return any(condition.measure.drift and condition.measure.drift.accumulates for condition in self.conditions)

    @property
    def settles_at_once(self) -> bool:
        """Return whether the rule is about the current state, not a day's counts; its alerts resolve at once."""
        return self.of_this_moment or all(condition.measure.kind == "now" for condition in self.conditions)

    @property
    def of_this_moment(self) -> bool:
        """Return whether the rule cannot be judged on past days."""
        return any(condition.measure.of_this_moment for condition in self.conditions)

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if self.readiness_days and self.basis != "predicted":
            raise ValueError('readiness_days goes with basis "predicted": by review date no day is incomplete')
        unreviewed = [condition.metric for condition in self.conditions if condition.measure.of_unreviewed]
        if unreviewed and self.basis != "predicted":
            raise ValueError(f'{unreviewed[0]} goes with basis "predicted": what is not reviewed has no review date')
        if self.reference.kind == "training":
            for condition in self.conditions:
                if condition.compares and not (condition.drift and condition.drift.knows_training):
                    raise ValueError(f"the training set's counts cannot be the reference of {condition.metric}")
        return self


def rule_from(data: Mapping[str, Any]) -> Rule:
    """Parse a rule from JSON's data types; raise a RuleError that names the field and the remedy."""
    try:
        return Rule.model_validate_json(data) if isinstance(data, str | bytes) else Rule.model_validate(data)
    except ValidationError as wrong:
        raise RuleError(_sentence(wrong)) from None


def stored_rule(name: str, data: Mapping[str, Any]) -> Rule:
    """Parse a rule from the database; raise a RuleError that names the rule if this version cannot use it."""
    try:
        return Rule.model_validate(data)
    except ValidationError as wrong:
        reason = _reason(wrong).partition("; use one of ")[0]  # without the names of all metrics
        remedy = "It is not judged: disable or remove it, or go back to the version of the monitor that wrote it."
        raise RuleError(f'The rule "{name}" cannot be used: {reason}. {remedy}') from None


def _sentence(wrong: ValidationError) -> str:
    return f"The rule cannot be used: {_reason(wrong)}. Correct it; docs/alerts.md lists the fields."


def _reason(wrong: ValidationError) -> str:
    """Return the field and what is wrong with it."""
    error = wrong.errors(include_url=False)[0]
    where = ".".join(str(part) for part in error["loc"] if part != "every")
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        reason = "there is no such field"
    if error["type"] == "missing":
        reason = "it is missing"
    if error["type"] == "string_pattern_mismatch":
        reason = "use up to 60 lower-case letters, digits and dashes, such as recall-of-blue"
    reason = re.sub(r"^(Input|String|Tuple)\b", "it", reason)
    field = f"{where}: " if where else ""
    return f"{field}{reason}"


def as_json(rule: Rule) -> dict[str, Any]:
    """Return the rule as JSON data: the form of the command line, the page and the database."""
    return rule.model_dump(mode="json")


def _on_drift(rule: DriftRule) -> Rule:
    condition = Condition(metric=rule.metric, operator="drifted")
    alert = rule.alert
    return Rule(name=alert.name, title=alert.title, severity=alert.severity, basis=rule.basis, conditions=(condition,))


def _above(metric: str, threshold: float) -> Condition:
    return Condition(metric=metric, operator="above", threshold=threshold)


DEFAULTS = (
    *map(_on_drift, RULES),
    Rule(  # finds what is too slow for a reference of the last weeks, which slides along
        name="accuracy-sliding",
        title="Accuracy is lower than at the start",
        conditions=(Condition(metric="accuracy_drift", operator="drifted"),),
        preset="quiet",
        reference=ReferenceDays(kind="anchor"),
    ),
    Rule(
        name="no-predictions",
        title="No predictions are coming in",
        severity="critical",
        conditions=(_above("days_without_predictions", 1),),
        basis="predicted",
    ),
    Rule(
        name="predictions-unusual",
        title="The number of predictions is unusual",
        conditions=(Condition(metric="predictions", operator="unusual"),),
        basis="predicted",
    ),
    Rule(  # a weekend and a bank holiday pass without reviews
        name="no-reviews", title="No reviews are coming in", conditions=(_above("days_without_reviews", 3),)
    ),
    Rule(  # longer than a typical outage of a destination; a dead logger cannot notify anybody: see deploy/prometheus
        name="logger-lags", title="Reviews are waiting for the logger", conditions=(_above("worker_lag_seconds", 3600),)
    ),
    Rule(
        name="data-quality",
        title="Documents break the contract",
        join="any",
        conditions=tuple(_above(m, 0.01) for m in ("unreadable_predictions", "unreadable_reviews", "bad_confidences")),
        basis="predicted",
        min_samples=50,
    ),
)
assert PRESETS.keys() == {"quiet", "balanced", "sensitive"}  # noqa: S101 - a rule's presets are the drift tests'
