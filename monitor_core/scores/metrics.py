"""THE list of metrics: all code that shows, stores or judges scores iterates over it; a new metric is one entry here.

A metric by class has a value for each class, averaged as "macro" or "weighted" by support. It depends only on the
class's own tallies, `reviewed` and `rejected`. An overall metric has one value for all classes. Values equal those of
scikit-learn for the raw rows with the labels that occur; undefined is NaN, never 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from monitor_core.contract.wording import CORRELATIONS, SHARES, Scale
from monitor_core.scores.bounds import (
    balanced_accuracy_bounds,
    f1_average_bounds,
    f1_bounds,
    precision_average_bounds,
    recall_average_bounds,
    recall_bounds,
)
from monitor_core.scores.confusion import Ints, Tallies
from monitor_core.scores.shares import Floats, ratio, wilson

Average = Literal["macro", "weighted"]
AVERAGES: tuple[Average, ...] = ("macro", "weighted")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two sums of tallies, of which the first is divided by the second; both are linear in the tallies."""

    part: Callable[[Tallies], NDArray[Any]]
    whole: Callable[[Tallies], NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric: its names, value, interval and requirements."""

    key: str  # in JSON, rules, Prometheus, tables and stored days
    words: str  # what people call it, as it stands within a sentence
    doc: str  # one sentence: tooltips and docs
    value: Callable[[Tallies], Floats]  # shape (..., labels) by class, else (...)
    by_class: bool
    rests_on: Callable[[Tallies], Ints]  # how many samples a value rests on; as `value`
    samples: str  # which these are, in words
    ratio: Ratio | None = None  # of a metric by class: what its value divides
    # What Wilson's interval is computed of, and how the metric depends on that share. Without it, an overall metric is
    # a mean (`mean_of`), or brings its derivatives.
    proportion: Ratio | None = None
    of_proportion: Callable[[Floats], Floats] = lambda share: share
    mean_of: str | None = None  # the key of a metric by class, whose macro average an overall metric is
    # Derivatives of an overall metric by each class's hits, support and predicted, (..., labels) each.
    slopes: Callable[[Tallies], tuple[Floats, Floats, Floats]] | None = None
    lowest: float = 0.0  # of its values; the highest is 1
    scale: Scale = SHARES  # how its values and differences are written
    # Whether true classes must be known, rather than right or wrong. Where they must, and samples were rejected, there
    # is no value, but at most bounds: `bounds` of shape value's + (2,), `average_bounds` of its averages.
    needs_targets: bool = False
    bounds: Callable[[Tallies], Floats] | None = None
    average_bounds: Callable[[Tallies, str], Floats] | None = None
    on_tabs: bool = False  # one of the four of tiles and charts that everybody sees
    colour: str
    dash: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.by_class and not (self.ratio and self.proportion):
            raise ValueError(f"{self.key}: a metric by class has a ratio and a proportion")
        if not (self.proportion or self.mean_of or self.slopes):
            raise ValueError(f"{self.key}: an interval needs a proportion, a mean or derivatives")

    @property
    def title(self) -> str:
        """Return the name of the metric with a capital letter, for chart titles and beginnings of sentences."""
        return self.words[0].upper() + self.words[1:]

    @property
    def averages(self) -> tuple[Average | None, ...]:
        """Return the averages of the metric over classes; a single None for an overall metric."""
        return AVERAGES if self.by_class else (None,)

    def name(self, average: str | None) -> str:
        """Return the identifier of a score in tables and stored days, such as "macro_f1" or "accuracy"."""
        return f"{average}_{self.key}" if self.by_class else self.key

    def titled(self, average: str | None) -> str:
        """Return what a score is called for people, such as "Macro F1" or "Accuracy"."""
        return f"{average.capitalize()} {self.words}" if self.by_class and average else self.title

    def of(self, tallies: Tallies) -> Floats:
        """Return the value, or one value per class; NaN if it depends on the unknown classes of rejected samples."""
        value = self.value(tallies)
        if not self.needs_targets:
            return value
        return np.where((tallies.rejected_elsewhere if self.by_class else tallies.rejected) > 0, np.nan, value)

    def interval_of(self, tallies: Tallies, divisor: float | Floats = 1.0) -> Floats:
        """Return Wilson's interval of `of`, with the same shape + (2,), for a metric with a proportion.

        `divisor`: how many samples count as one, because samples of one day have something in common.
        """
        return np.where(np.isnan(self.of(tallies))[..., None], np.nan, self.wilson_of(tallies, divisor))

    def wilson_of(self, tallies: Tallies, divisor: float | Floats = 1.0) -> Floats:
        """Return `interval_of`, also where the value depends on the unknown classes of rejected samples."""
        assert self.proportion is not None  # noqa: S101 - without one see `intervals`
        part, whole = self.proportion.part(tallies), self.proportion.whole(tallies)
        return self.of_proportion(wilson(part / divisor, whole / divisor))

    def bounds_of(self, tallies: Tallies) -> Floats:
        """Return the bounds where `of` is NaN because of rejected samples, with the same shape + (2,); else NaN."""
        value = self.of(tallies)
        if self.bounds is None or not np.any(tallies.rejected):
            return np.full((*value.shape, 2), np.nan)
        unknown = np.isnan(value) & (
            np.asarray(tallies.rejected)[..., None] > 0 if self.by_class else tallies.rejected > 0
        )
        return np.where(unknown[..., None], self.bounds(tallies), np.nan)

    def depends_on_targets(self, average: str | None) -> bool:
        """Return whether an average, or the overall metric, has no value where samples were rejected."""
        return self.needs_targets or (self.by_class and average == "weighted")  # by the number of samples of each class

    def overall(self, tallies: Tallies, average: str | None) -> Floats:
        """Return one value for all classes, shape (...): the average over them, or the overall metric.

        NaN if it depends on the unknown classes of rejected samples.
        """
        value = self.of(tallies)
        if average is None or not self.by_class:
            return value
        value = mean(self.value(tallies), tallies, average)
        return np.where(tallies.rejected > 0, np.nan, value) if self.depends_on_targets(average) else value

    def overall_bounds(self, tallies: Tallies, average: str | None) -> Floats:
        """Return the bounds where `overall` is NaN because of rejected samples, shape (..., 2); else NaN."""
        if average is None or not self.by_class:
            return self.bounds_of(tallies)
        if self.average_bounds is None or not self.depends_on_targets(average) or not np.any(tallies.rejected):
            return np.full((*np.shape(tallies.rejected), 2), np.nan)
        return np.where((tallies.rejected > 0)[..., None], self.average_bounds(tallies, average), np.nan)


def weights(scores: Floats, tallies: Tallies, average: str) -> Floats:
    """Return the weight of each class in an average: 1 or its support; 0 where the score is undefined.

    If no defined class has support, the weighted mean equals the macro one, as in scikit-learn. Folded rare classes are
    in no average.
    """
    defined = ~np.isnan(scores)
    defined[..., : tallies.others] = False
    given = defined * (tallies.support if average == "weighted" else 1)
    return np.where(given.sum(axis=-1, keepdims=True) > 0, given, defined).astype(float)


def mean(scores: Floats, tallies: Tallies, average: str) -> Floats:
    """Return the mean over the classes of the last axis, without undefined ones."""
    given = weights(scores, tallies, average)
    return ratio((np.nan_to_num(scores) * given).sum(axis=-1), given.sum(axis=-1))


def share(part: Callable[[Tallies], NDArray[Any]], whole: Callable[[Tallies], NDArray[Any]]) -> dict[str, Any]:
    """Return value, ratio and samples of a metric that is a share of its samples, as arguments of Metric."""
    both = Ratio(part, whole)
    return {
        "value": lambda tallies: ratio(part(tallies), whole(tallies)),
        "ratio": both,
        "proportion": both,
        "rests_on": whole,
    }


def hits(tallies: Tallies) -> Ints:
    return tallies.hits


def support(tallies: Tallies) -> Ints:
    return tallies.support


def predicted(tallies: Tallies) -> Ints:
    return tallies.predicted


def reviewed(tallies: Tallies) -> Ints:
    return tallies.reviewed


def all_hits(tallies: Tallies) -> Ints:
    total: Ints = tallies.hits.sum(axis=-1)
    return total


def f1(tallies: Tallies) -> Floats:
    return ratio(2 * tallies.hits, tallies.support + tallies.predicted)


def twice_hits(tallies: Tallies) -> Ints:
    return 2 * tallies.hits


def targets_and_predictions(tallies: Tallies) -> Ints:
    total: Ints = tallies.support + tallies.predicted
    return total


def targets_or_predictions(tallies: Tallies) -> Ints:
    total: Ints = tallies.support + tallies.predicted - tallies.hits
    return total


def f1_of_jaccard(share: Floats) -> Floats:
    """Return F1 = 2J / (1 + J), given the share J = TP / (TP + FP + FN).

    The coverage of Wilson's interval of J, transformed, is .92-.97, compared with .61-.96 for the bootstrap of F1.
    """
    return np.asarray(2 * share / (1 + share))


def balanced_accuracy(tallies: Tallies) -> Floats:
    """Return the mean recall of the classes that occur."""
    tallies = tallies.of_classes
    return mean(ratio(tallies.hits, tallies.support), tallies, "macro")


def matthews(tallies: Tallies) -> Floats:
    """Return R_K of Gorodkin (2004), the correlation of targets and predictions for any number of classes.

    Undefined if only one class occurs as target or as prediction, or if rare classes are folded.
    """
    right, of_targets, of_predictions = _covariances(tallies)
    value = ratio(right, np.sqrt(np.maximum(of_targets * of_predictions, 0)))
    together = (tallies.support + tallies.predicted)[..., : tallies.others].sum(axis=-1)
    return np.where(together > 0, np.nan, value)


def matthews_slopes(tallies: Tallies) -> tuple[Floats, Floats, Floats]:
    """Return the derivatives of R_K by each class's tallies, with the number of rows held fixed."""
    _, of_targets, of_predictions = (covariance[..., None] for covariance in _covariances(tallies))
    support, predicted = (np.asarray(x, float) for x in (tallies.support, tallies.predicted))
    rows, value = np.asarray(tallies.reviewed, float)[..., None], matthews(tallies)[..., None]
    scale = np.sqrt(of_targets * of_predictions)
    with np.errstate(invalid="ignore", divide="ignore"):  # where it is undefined, so are they
        by_support = value * support / of_targets - predicted / scale
        by_predicted = value * predicted / of_predictions - support / scale
        return np.broadcast_to(rows / scale, support.shape), by_support, by_predicted


def _covariances(tallies: Tallies) -> tuple[Floats, Floats, Floats]:
    """Return the covariances target–prediction, target–target and prediction–prediction, times the rows squared."""
    support, predicted, rows = (np.asarray(x, float) for x in (tallies.support, tallies.predicted, tallies.reviewed))
    both = tallies.hits.sum(axis=-1) * rows - (support * predicted).sum(axis=-1)
    return both, rows**2 - (support**2).sum(axis=-1), rows**2 - (predicted**2).sum(axis=-1)


METRICS: tuple[Metric, ...] = (  # in the order in which they are shown
    Metric(
        key="accuracy",
        words="accuracy",
        doc="Share of reviewed samples whose prediction was right; a rejected one is wrong.",
        **share(all_hits, reviewed),
        samples="reviewed samples",
        by_class=False,
        on_tabs=True,
        colour="#0072b2",
        dash=(1, 0),
    ),
    Metric(
        key="precision",
        words="precision",
        doc="Share of the predictions of a class that were right; a rejected one is wrong.",
        **share(hits, predicted),
        samples="predictions of the class",
        by_class=True,
        average_bounds=precision_average_bounds,
        on_tabs=True,
        colour="#e69f00",
        dash=(6, 3),
    ),
    Metric(
        key="recall",
        words="recall",
        doc="Share of a class's samples that were predicted as it; bounds when samples were rejected.",
        **share(hits, support),
        samples="samples of the class",
        by_class=True,
        needs_targets=True,
        bounds=recall_bounds,
        average_bounds=recall_average_bounds,
        on_tabs=True,
        colour="#009e73",
        dash=(2, 2),
    ),
    Metric(
        key="f1",
        words="F1",
        doc="Harmonic mean of precision and recall; bounds when samples were rejected.",
        value=f1,
        ratio=Ratio(twice_hits, targets_and_predictions),
        proportion=Ratio(hits, targets_or_predictions),
        of_proportion=f1_of_jaccard,
        rests_on=support,
        samples="samples of the class",
        by_class=True,
        needs_targets=True,
        bounds=f1_bounds,
        average_bounds=f1_average_bounds,
        on_tabs=True,
        colour="#cc79a7",
        dash=(8, 3, 2, 3),
    ),
    Metric(
        key="balanced_accuracy",
        words="balanced accuracy",
        doc="Mean recall of the classes, each counted alike however rare; bounds when samples were rejected.",
        value=balanced_accuracy,
        mean_of="recall",
        rests_on=reviewed,
        samples="reviewed samples",
        by_class=False,
        needs_targets=True,
        bounds=balanced_accuracy_bounds,
        colour="#56b4e9",
        dash=(12, 3),
    ),
    Metric(
        key="matthews_correlation",
        words="Matthews correlation",
        doc="Correlation of true and predicted classes: 1 is perfect, 0 is chance; unknown when samples were rejected.",
        value=matthews,
        slopes=matthews_slopes,
        rests_on=reviewed,
        samples="reviewed samples",
        by_class=False,
        lowest=-1.0,
        scale=CORRELATIONS,
        needs_targets=True,
        colour="#d55e00",
        dash=(12, 3, 2, 3),
    ),
)
METRIC: dict[str, Metric] = {metric.key: metric for metric in METRICS}
CLASS_METRICS = tuple(metric for metric in METRICS if metric.by_class)
ON_TABS = tuple(metric for metric in METRICS if metric.on_tabs)
