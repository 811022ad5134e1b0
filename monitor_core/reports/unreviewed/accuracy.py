"""The accuracy over all predictions, reviewed or not, beside that of the reviewed ones alone."""

from dataclasses import dataclass, replace
from typing import Any

from monitor_core.contract import segments, wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import overall_scores
from monitor_core.reports.score import Score, null
from monitor_core.reports.unreviewed.audited import AuditedAccuracy, audited_in_words, read_audited_accuracy
from monitor_core.scores.audit import ASSUMES_AUDIT
from monitor_core.scores.counts import DayCounts, confusion_of
from monitor_core.scores.coverage import (
    LEAST_DIFFERENCE,
    coverage_by_class,
    coverage_by_confidence,
    predicted_labels,
    selection_bias,
)
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.raking import ASSUMPTION, RANGES, Estimate, accuracy_over_all


@dataclass(frozen=True)
class AllPredictionsReport:
    """The accuracy over all predictions of some days, and over the reviewed ones among them."""

    selection: Selection  # of the predictions
    estimate: Estimate
    of_reviewed: Score  # the accuracy, as on the five tabs by prediction day
    is_chosen: bool  # reviews depend on confidence or predicted class: the reviewed ones do not stand for all
    audited: Period | None = None  # days that the estimate is about, where it is that of the audit alone
    no_audit: str = ""  # why it is not, though there is an audit; a clause

    @property
    def is_shown(self) -> bool:
        """Return whether the accuracy of the reviewed ones does not say it, or not as surely as the audit."""
        return self.is_chosen or self.audited is not None

    @property
    def assumption(self) -> str:
        return ASSUMES_AUDIT if self.audited else ASSUMPTION

    @property
    def sentence(self) -> str:
        """Say both accuracies with the assumption, or why that over all predictions cannot be estimated."""
        e = self.estimate
        made = f"{wording.during(self.audited or self.selection.period)}{_only(self.selection)}"
        of = f"{wording.count(e.predictions, 'prediction')} {made}"
        alone = wording.estimate(self.of_reviewed.value, self.of_reviewed.low, self.of_reviewed.high)
        if self.audited:
            reviewed = f"over all {self.of_reviewed.samples:,} reviewed {wording.during(self.selection.period)}"
            return f"{audited_in_words(of, e)}; {reviewed} it is {alone}."
        reviewed = f"over the {e.samples:,} reviewed of them alone it is {alone}"
        audit = f" The audit does not say it, because {self.no_audit}." if self.no_audit else ""
        if e.refused:
            return f"The accuracy over all {of} cannot be estimated, because {e.refused}; {reviewed}.{audit}"
        value = wording.estimate(e.value, e.low, e.high)
        return f"The accuracy over all {of} is estimated at {value}, {ASSUMPTION}; {reviewed}.{audit}"


def read_accuracy_over_all(store: Store, selection: Selection, exact: bool = False) -> AllPredictionsReport:
    """Return the accuracy over all predictions that were made in the selection's period, in its segments.

    `exact`: count all documents now.
    """
    selection = replace(selection, basis="predicted")
    audited = read_audited_accuracy(store, selection, exact)
    return all_predictions_report(selection, store.counts.by_day(selection, exact), audited)


def read_shown_over_all(store: Store, selection: Selection) -> AllPredictionsReport | None:
    """Return the report where pages show it, else None: what they do not show is not estimated either."""
    selection = replace(selection, basis="predicted")
    audited, days = read_audited_accuracy(store, selection), store.counts.by_day(selection)
    is_chosen = _is_chosen(days)
    if audited is None and not is_chosen:
        return None
    report = _report(selection, days, audited, is_chosen)
    return report if report.is_shown else None


def _only(selection: Selection) -> str:
    return f" (only {segments.in_words(selection.where)})" if selection.where else ""


def all_predictions_report(
    selection: Selection, days: list[DayCounts], audited: AuditedAccuracy | None = None
) -> AllPredictionsReport:
    """Return the report, given each prediction day's counts and the accuracy from the audit, if there is any.

    Where there is an audit of all these days, its predictions alone are the estimate: to mix them with what people
    choose to review would make it worse.
    """
    return _report(selection, days, audited, _is_chosen(days))


def _report(
    selection: Selection, days: list[DayCounts], audited: AuditedAccuracy | None, is_chosen: bool
) -> AllPredictionsReport:
    accuracy = METRIC["accuracy"]
    of_reviewed = overall_scores(confusion_of(tuple(selection.period.days), days), [accuracy])[accuracy.key]
    if audited is None:
        return AllPredictionsReport(selection, accuracy_over_all(days), of_reviewed, is_chosen)
    made = [day for day, counts in zip(selection.period.days, days, strict=True) if counts.documents]
    if why_not := audited.why_not(min(made, default=selection.period.first)):
        return AllPredictionsReport(selection, accuracy_over_all(days), of_reviewed, is_chosen, no_audit=why_not)
    return AllPredictionsReport(selection, audited.estimate, of_reviewed, is_chosen, audited.days)


def _is_chosen(days: list[DayCounts]) -> bool:
    bias = selection_bias(days)
    if bias is not None and bias.matters:
        return True
    labels = predicted_labels(days)
    if not len(labels):
        return False
    of = (coverage_by_class(days, labels), coverage_by_confidence(days, RANGES))
    return any(bool((each.differs & (abs(each.points) >= LEAST_DIFFERENCE)).any()) for each in of)


def as_json(report: AllPredictionsReport) -> dict[str, Any]:
    """Return the report as documented; the accuracy is null where it cannot be estimated."""
    e, of = report.estimate, report.of_reviewed
    return {
        "accuracy": null(e.value),
        "accuracy_interval": [null(e.low), null(e.high)],
        "predictions": e.predictions,
        "samples": e.samples,
        "accuracy_of_samples": null(of.value),
        "accuracy_of_samples_interval": [null(of.low), null(of.high)],
        "samples_are_chosen": report.is_chosen,
        **({"no_estimate": e.refused} if e.refused else {"assumption": report.assumption}),
        **({"audit_days": [day.isoformat() for day in (days.first, days.last)]} if (days := report.audited) else {}),
        **({"no_audit_estimate": report.no_audit} if report.no_audit else {}),
    }
