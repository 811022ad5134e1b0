"""The accuracy over all predictions, against the truth of drawn predictions and the formula of one stratification."""

import numpy as np
import pytest

from benchmarks import unreviewed
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from monitor_core.scores.raking import accuracy_over_all
from monitor_core.scores.shares import wilson

RUNS = 60


def day_of(rows: list[tuple[int, int, int, int]]) -> DayCounts:
    """Return a day's counts; rows: prediction, result, bin, documents."""
    table, none = np.array(rows, np.int64).reshape(-1, 4), np.zeros((0, 3), np.int64)
    return DayCounts(int(table[:, 3].sum()), 0, 0, 0, 0, none, table, none[:, :2])


def test_where_all_are_reviewed_it_is_their_accuracy() -> None:
    estimate = accuracy_over_all([day_of([(1, 1, 150, 90), (1, 0, 150, 10)])])
    assert (estimate.refused, estimate.predictions, estimate.samples) == ("", 100, 100)
    assert estimate.value == pytest.approx(0.9)
    assert estimate.low <= 0.9 <= estimate.high


def test_with_one_margin_it_is_the_stratified_estimate() -> None:
    sizes, reviewed, right = np.array([1000, 4000]), np.array([200, 100]), np.array([120, 95])
    rows = []
    for at, (predictions, n, hits) in enumerate(zip(sizes, reviewed, right, strict=True)):
        place = (60, 180)[at]
        rows += [(1, 1, place, hits), (1, 0, place, n - hits), (1, NOT_REVIEWED, place, predictions - n)]
    estimate = accuracy_over_all([day_of(rows)])
    share = right / reviewed
    assert estimate.value == pytest.approx((sizes * share).sum() / sizes.sum())

    def interval(spread: float) -> list[float]:
        size = estimate.value * (1 - estimate.value) / spread
        ends: list[float] = wilson(np.array(estimate.value * size), np.array(size)).tolist()
        return ends

    stratified = ((sizes / sizes.sum()) ** 2 * (1 - reviewed / sizes) * share * (1 - share) / reviewed).sum()
    of_all = right.sum() / reviewed.sum()  # with a single class, and in a single week: not stratified at all
    plain = (1 - reviewed.sum() / sizes.sum()) * of_all * (1 - of_all) / reviewed.sum()
    (low, high), (lowest, highest) = interval(stratified), interval(max(plain, stratified))
    assert lowest - 0.002 <= estimate.low <= low
    assert high <= estimate.high <= highest + 0.002


@pytest.mark.parametrize("choice", [*unreviewed.CHOICES])
@pytest.mark.parametrize("kind", unreviewed.KINDS)
def test_it_covers_the_accuracy_of_all_whoever_chooses(choice: str, kind: str) -> None:
    each = list(unreviewed.runs(4000, kind, choice, RUNS, seed=1))
    assert not any(estimate.refused for estimate, _, _ in each)
    covered = np.mean([estimate.low <= truth <= estimate.high for estimate, truth, _ in each])
    assert covered >= 0.93 - 3 * np.sqrt(0.05 * 0.95 / RUNS)
    off = np.mean([estimate.value - truth for estimate, truth, _ in each])
    assert abs(off) < 0.012


@pytest.mark.parametrize("kind", ["sharp", "weak"])
def test_without_reviews_of_confident_predictions_it_is_refused(kind: str) -> None:
    for estimate, _, _ in unreviewed.runs(4000, kind, "lowest first", 10, seed=2):
        assert estimate.refused == "predictions of some confidence are hardly ever reviewed"
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all()


def test_few_reviews_and_missing_confidences_are_refused() -> None:
    few = [(1, 1, 150, 30), (1, NOT_REVIEWED, 150, 1000)]
    assert accuracy_over_all([day_of(few)]).refused == "too few predictions are reviewed"
    assert accuracy_over_all([day_of([])]).refused == "too few predictions are reviewed"
    missing = [(1, 1, NO_CONFIDENCE, 100), (1, NOT_REVIEWED, NO_CONFIDENCE, 400), (1, 1, CONFIDENCE_BINS - 1, 100)]
    assert "no confidence" in accuracy_over_all([day_of(missing)]).refused


@pytest.mark.parametrize("weeks", [1, 2])
def test_where_only_a_class_that_is_always_reviewed_was_reviewed_for_weeks_it_is_refused(weeks: int) -> None:
    always, none = [(2, 2, 150, 9), (2, 0, 150, 1)], [(1, NOT_REVIEWED, 150, 90)]
    some = [(1, 1, 150, 16), (1, 0, 150, 2), (1, NOT_REVIEWED, 150, 72)]
    days = [day_of([*always, *(none if day < 7 * weeks else some)]) for day in range(28)]
    assert "like none of the reviewed ones" in accuracy_over_all(days).refused


def test_a_class_that_nobody_reviews_is_refused_or_stood_for_by_others() -> None:
    rare = [(1, 1, 150, 500), (1, 0, 150, 50), (1, NOT_REVIEWED, 150, 4000), (2, NOT_REVIEWED, 150, 100)]
    assert accuracy_over_all([day_of(rare)]).value == pytest.approx(500 / 550)
    common = [*rare[:3], (2, NOT_REVIEWED, 150, 1000)]
    assert "some class" in accuracy_over_all([day_of(common)]).refused
