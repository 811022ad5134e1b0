"""THE list of drift rules: each entry says what a rule counts, how it tests, how it is worded, and its default alert.

All code that uses drift rules iterates over RULES: the conditions of alert rules and their defaults, the pages
Drift and Alerts, the command line, docs/alerts.md. A new rule is one entry here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from monitor_core.contract.bases import Basis
from monitor_core.drift import sentences, series
from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.distributions import confidence_moved, mix_moved
from monitor_core.drift.partial_day import completed_day
from monitor_core.drift.reference import Counts, Reference
from monitor_core.drift.risen import accuracy_risen
from monitor_core.drift.verdicts import DriftTest, with_days_left_out
from monitor_core.scores.daily import DailyTable


@dataclass(frozen=True, slots=True)
class DefaultAlert:
    """The default alert rule for a drift rule."""

    name: str
    title: str
    severity: Literal["warning", "critical"] = "warning"


@dataclass(frozen=True, slots=True)
class DriftRule:
    """A drift rule: what is tested, how, its wording, and the alert rule that comes with it."""

    key: str  # as in the metric accuracy_drift of an alert rule, and as the column of a distance
    title: str  # of its tile and chart
    noun: str  # in a sentence: "the predicted classes"
    statistic: str  # what its statistic measures
    effect: str  # what the percentage points of its effect are
    basis: Basis  # of the days that are judged
    series: Callable[..., Any]  # of the table by `basis`, and of that by prediction date where it knows the selection
    detector: Callable[..., list[DriftTest]]  # of the series, a reference and a preset
    sentence: sentences.Sentence
    alert: DefaultAlert
    # What the series counts by: classes, bins of confidence from 0 to 1, or categories of these names; None: it counts
    # errors, of which there is no distribution to draw or to measure a distance of.
    categories: Literal["classes", "bins"] | tuple[str, ...] | None = None
    heading: str = ""  # of its shares in the table of classes, where it counts by class
    accumulates: bool = False  # evidence adds up from day to day, until it starts again
    knows_training: bool = False  # the training set's class counts may be its reference
    missing_are_right: bool = True  # what speaks against a change on a day that is not over: reviews that are right
    knows_selection: bool = False  # it takes into account which predictions are reviewed

    def __reduce__(self) -> tuple[Callable[[str], "DriftRule"], tuple[str]]:
        """Pickle by the key, because Streamlit caches reports that refer to rules, and functions may be lambdas."""
        return rule_of, (self.key,)

    @property
    def metric(self) -> str:
        """The name of the rule's metric in alert rules."""
        return f"{self.key}_drift"

    @property
    def finds_falls(self) -> bool:
        """Return whether it fires if the model becomes worse."""
        return self.accumulates and self.missing_are_right

    @property
    def by_class(self) -> bool:
        """Return whether the rule is about classes, so that a confusion matrix can explain it."""
        return self.categories in (None, "classes")

    @property
    def counted(self) -> str:
        return "sample" if self.basis == "validated" else "prediction"

    @property
    def dated_by(self) -> str:
        return "review date" if self.basis == "validated" else "prediction date"

    def judge(
        self,
        table: DailyTable,
        reference: Reference,
        preset: str,
        restarts: Collection[date] = (),
        training: Counts | None = None,
        predicted: DailyTable | None = None,
        completed: bool = False,
    ) -> list[DriftTest]:
        """Judge every day of the table.

        `restarts` is for accumulating rules, `training` for rules that support it, and `predicted`, the table by
        prediction date, for those that know the selection. `completed`: as if the reviews that the last day still lacks
        were in and spoke against the change; for accumulating rules.
        """
        special: dict[str, Any] = {}
        if self.accumulates:
            special["restarts"] = restarts
        if self.knows_training:
            special["training"] = training
        counts = self.series(table, predicted) if self.knows_selection else self.series(table)
        judged = completed_day(counts, reference, self.missing_are_right) if completed else counts
        return with_days_left_out(self.detector(judged, reference, preset, **special), reference)

    def names(self, classes: Sequence[str]) -> Sequence[str]:
        """Return the display names of the rule's categories."""
        return self.categories if isinstance(self.categories, tuple) else classes

    def explain(self, test: DriftTest, classes: Sequence[str]) -> str:
        """Explain a test in a sentence; `classes` are display names by index."""
        says = {"learning": sentences.learning, "not enough data": sentences.not_enough_data}
        return says.get(test.verdict, self.sentence)(test, self.names(classes), self.counted)


RULES = (
    DriftRule(
        key="accuracy",
        title="Accuracy",
        noun="accuracy",
        statistic="the evidence of a fall in accuracy",
        effect="the fall",
        basis="validated",
        series=series.reviews,
        detector=accuracy_falling,
        sentence=sentences.accuracy,
        alert=DefaultAlert("accuracy-falling", "Accuracy is falling", "critical"),
        accumulates=True,
        knows_selection=True,
    ),
    DriftRule(
        key="rise",
        title="Rise of accuracy",
        noun="a rise of accuracy",
        statistic="the evidence of a rise in accuracy",
        effect="the rise",
        basis="validated",
        series=series.reviews,
        detector=accuracy_risen,
        sentence=sentences.risen,
        alert=DefaultAlert("accuracy-risen", "Accuracy has risen without a deployment"),
        accumulates=True,
        missing_are_right=False,
        knows_selection=True,
    ),
    DriftRule(
        key="prediction",
        title="Predicted classes",
        noun="the predicted classes",
        statistic="chi-square of the predicted classes",
        effect="total variation",
        basis="predicted",
        series=series.predicted_classes,
        detector=mix_moved,
        sentence=sentences.mix("predicted classes"),
        alert=DefaultAlert("predicted-mix-moved", "The mix of predicted classes has moved"),
        categories="classes",
        heading="predicted",
        knows_training=True,
    ),
    DriftRule(
        key="target",
        title="Reviewed classes",
        noun="the reviewed classes",
        statistic="chi-square of the reviewed classes",
        effect="total variation",
        basis="validated",
        series=series.reviewed_classes,
        detector=mix_moved,
        sentence=sentences.mix("reviewed classes"),
        alert=DefaultAlert("reviewed-mix-moved", "The mix of reviewed classes has moved"),
        categories="classes",
        heading="reviewed",
        knows_training=True,
    ),
    DriftRule(
        key="confidence",
        title="Confidence",
        noun="confidence",
        statistic="the Kolmogorov-Smirnov distance of confidence",
        effect="Kolmogorov-Smirnov distance",
        basis="predicted",
        series=series.confidences,
        detector=confidence_moved,
        sentence=sentences.confidence,
        alert=DefaultAlert("confidence-moved", "Confidence has moved"),
        categories="bins",
    ),
)
BY_KEY = {rule.key: rule for rule in RULES}


def rule_of(key: str) -> DriftRule:
    return BY_KEY[key]
