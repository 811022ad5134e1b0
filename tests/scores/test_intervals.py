"""Intervals that hold what they promise."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from sklearn.metrics import f1_score

from monitor_core.scores import intervals
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import OVERALL, DayCounts, counts_of_days
from monitor_core.scores.design import DayGroups, share_interval
from monitor_core.scores.metrics import METRIC, METRICS
from monitor_core.scores.shares import wilson
from tests.confusions import Rows, a_model, counts_of


@pytest.mark.parametrize("rows", [20, 50, 200])
def test_f1_intervals_of_a_class_cover_the_truth(rows: int) -> None:
    rng = np.random.default_rng(1)
    truth = f1_score(*zip(*a_model(rng, 400_000, 0.9, 3), strict=True), average=None)[0]
    counted = [
        intervals.class_intervals(METRIC["f1"], counts_of(a_model(rng, rows, 0.9, 3))).bounds[0, 0] for _ in range(400)
    ]
    covered = np.mean([low <= truth <= high for low, high in counted])
    assert 0.9 <= covered <= 1


POPULATIONS = ("alike", "falling", "uneven")  # how many samples the classes have
KINDS = [metric.name(average) for metric in METRICS for average in metric.averages]


def shares(classes: int, population: str) -> np.ndarray:
    """Return the shares of targets x predictions of a model that is right in 60 to 97 of 100, by class."""
    frequent = {"alike": np.ones(classes), "falling": 1 / np.arange(1, classes + 1)}
    frequent["uneven"] = np.exp(-3 * np.arange(classes) / classes)
    target = frequent[population] / frequent[population].sum()
    recall = np.linspace(0.97, 0.6, classes) if population == "uneven" else np.full(classes, 0.9)
    wrong = np.exp(-np.abs(np.subtract.outer(np.arange(classes), np.arange(classes))) / 2) * (1 - np.eye(classes))
    return target[:, None] * (wrong / wrong.sum(axis=1, keepdims=True) * (1 - recall)[:, None] + np.diag(recall))


def days_of(matrices: np.ndarray) -> ConfusionCounts:
    """Return one day for each matrix of counts."""
    rows = np.column_stack([*np.nonzero(matrices), matrices[matrices > 0]])
    return ConfusionCounts.of(tuple(date(2000, 1, 1) + timedelta(n) for n in range(len(matrices))), rows)


@pytest.mark.parametrize(("classes", "rows"), [(3, 60), (7, 200), (10, 500), (30, 1000), (60, 2000), (100, 5000)])
@pytest.mark.parametrize("population", POPULATIONS)
def test_intervals_cover_the_truth_wherever_there_are_any(population: str, classes: int, rows: int) -> None:
    of = shares(classes, population)
    truth = days_of(np.rint(of * 1e9).astype(np.int64)[None]).total()
    runs = 800 if classes < 60 else 300
    drawn = np.random.default_rng(classes).multinomial(rows, of.ravel(), size=runs).reshape(runs, classes, classes)
    by_score = intervals.overall_intervals(days_of(drawn), DayGroups.single(runs))
    for metric in METRICS:
        for average in metric.averages:
            low, high = by_score[metric.name(average)].bounds.T
            value, has = float(metric.overall(truth, average)), ~np.isnan(low)
            covered = ((low <= value) & (value <= high))[has]
            assert covered.size < runs / 4 or covered.mean() >= 0.91 - 2 * np.sqrt(0.09 * 0.91 / covered.size), average


@pytest.mark.parametrize(("classes", "rows"), [(30, 200), (200, 2000)])
def test_too_few_samples_a_class_leave_averages_without_an_interval(classes: int, rows: int) -> None:
    counts = counts_of(a_model(np.random.default_rng(7), rows, 0.9, classes))
    by_score = intervals.overall_intervals(counts)
    support = counts.total().support
    few = f"{(support < 10).sum()} of {len(support)} classes have fewer than 10"
    for name in ("macro_recall", "weighted_f1", "balanced_accuracy"):
        assert np.isnan(by_score[name].bounds).all()
        assert by_score[name].too_few(0) == f"too few samples a class: {few}"
    for name in ("accuracy", "matthews_correlation"):
        assert not np.isnan(by_score[name].bounds).any()
        assert not by_score[name].too_few(0)


def test_averages_have_the_width_of_their_bootstrap_where_samples_are_many() -> None:
    rows: Rows = [*a_model(np.random.default_rng(3), 3000, 0.8, 8), *[(None, 1)] * 60]
    counts = counts_of(rows)
    cells = counts.cells
    drawn = np.random.default_rng(1).multinomial(cells[:, 3].sum(), cells[:, 3] / cells[:, 3].sum(), size=1000)
    again = [replace(counts, cells=np.column_stack([cells[:, :3], draw])).total() for draw in drawn]
    for name, interval in intervals.overall_intervals(counts).items():
        average, key = name.split("_", 1) if name.startswith(("macro", "weighted")) else (None, name)
        scores = [METRIC[key].overall(total, average) for total in again]
        if not np.isnan(scores).any():
            np.testing.assert_allclose(interval.bounds[0], np.quantile(scores, [0.025, 0.975]), atol=0.004)


def test_days_that_differ_widen_averages_and_classes_as_accuracy() -> None:
    rng, of = np.random.default_rng(5), shares(7, "alike")
    days = []
    for _ in range(30):  # every tenth photograph is of another scene
        days.append(10 * rng.multinomial(20, of.ravel()).reshape(7, 7))
    counts = days_of(np.array(days))
    whole, plain = (intervals.overall_intervals(of_days) for of_days in (counts, days_of(np.sum(days, axis=0)[None])))
    for name in KINDS:
        wider = np.diff(whole[name].bounds[0]) / np.diff(plain[name].bounds[0])
        assert 2 < wider.item() < 5, name
        assert 4 < whole[name].wider.effect[0] < 25
        assert plain[name].wider.effect[0] == 1
    of_class = intervals.class_intervals(METRIC["recall"], counts)
    assert (of_class.wider.effect > 3).all()
    assert np.isclose(of_class.bounds[0, 0], share_interval(*_recall_of_days(counts, 0))).all()


def _recall_of_days(counts: ConfusionCounts, label: int) -> tuple[np.ndarray, np.ndarray]:
    daily = counts.daily()
    return daily.hits[:, label], daily.support[:, label]


@pytest.mark.parametrize("rows", [1, 5, 20])
def test_all_right_is_not_certainly_right(rows: int) -> None:
    by_score = intervals.overall_intervals(counts_of([(0, 0)] * rows))
    assert by_score["accuracy"].bounds.tolist() == wilson(np.array([rows]), np.array([rows])).tolist()
    if rows >= 10:
        np.testing.assert_allclose(by_score["macro_f1"].bounds, by_score["accuracy"].bounds)


def test_a_group_of_days_has_the_intervals_that_it_has_alone() -> None:
    rng, of = np.random.default_rng(6), shares(7, "alike")
    drawn = rng.multinomial(80, of.ravel(), size=40).reshape(40, 7, 7)
    counts, group = days_of(drawn), np.repeat([0, 1, 2], [8, 27, 5])
    together = intervals.overall_intervals(counts, DayGroups(group))
    for n in range(3):
        for name, alone in intervals.overall_intervals(days_of(drawn[group == n])).items():
            np.testing.assert_allclose(together[name].bounds[n], alone.bounds[0])


def a_day_of_scenes(rng: np.random.Generator, scenes: int, alike: float) -> DayCounts:
    """Return a day of scenes of ten samples of one class; `alike`: how many are right or wrong together."""
    target = rng.integers(0, 3, scenes)
    whole = rng.random(scenes) < alike
    wrong = np.where(whole, 10 * (rng.random(scenes) < 0.1), rng.binomial(10, 0.1, scenes))
    cells = np.array([[t, t, (10 - wrong[target == t]).sum()] for t in range(3)])
    mistaken = np.array([[t, (t + 1) % 3, wrong[target == t].sum()] for t in range(3)])
    sums = [[label, *_sums(wrong[of])] for label, of in ((OVERALL, target >= 0), *((t, target == t) for t in range(3)))]
    rows = np.concatenate([cells, mistaken])
    empty = (np.zeros((0, 4), np.int64), np.zeros((0, 2), np.int64))
    return DayCounts(10 * scenes, 0, 0, 0, 0, rows[rows[:, 2] > 0], *empty, scenes=np.array(sums, float))


def _sums(wrong: np.ndarray) -> list[float]:
    scenes = len(wrong)
    return [scenes, 10 * scenes, wrong.sum(), 100 * scenes, 10 * wrong.sum(), (wrong**2).sum(), wrong.sum() / 10]


def counts_of_scenes(rng: np.random.Generator, days: int, scenes: int, alike: float) -> ConfusionCounts:
    by_day = {date(2026, 1, 1) + timedelta(n): a_day_of_scenes(rng, scenes, alike) for n in range(days)}
    return counts_of_days(by_day, {}, {}).confusion


@pytest.mark.parametrize(("days", "scenes"), [(1, 60), (5, 30), (20, 15)])
def test_intervals_of_scenes_cover_the_truth_also_within_a_day(days: int, scenes: int) -> None:
    rng, covered, plain = np.random.default_rng(8), [], []
    for _ in range(300):
        counts = counts_of_scenes(rng, days, scenes, 0.9)
        with_scenes, without = (
            intervals.overall_intervals(of, metrics=[METRIC["accuracy"]])["accuracy"].bounds[0]
            for of in (counts, replace(counts, scenes=np.zeros((0, 9)), days=counts.days))
        )
        covered.append(with_scenes[0] <= 0.9 <= with_scenes[1])
        plain.append(without[0] <= 0.9 <= without[1])
    assert np.mean(covered) >= 0.93
    assert days > 7 or np.mean(plain) < 0.7


def test_scenes_widen_classes_and_averages_too_and_samples_that_are_alone_widen_nothing() -> None:
    counts = counts_of_scenes(np.random.default_rng(9), 3, 60, 1.0)
    without = replace(counts, scenes=np.zeros((0, 9)))
    for metric in METRICS:
        for average in metric.averages:
            wide, narrow = (
                np.diff(intervals.overall_intervals(of, metrics=[metric])[metric.name(average)].bounds[0]).item()
                for of in (counts, without)
            )
            assert 2 < wide / narrow < 4, metric.name(average)
    of_class = intervals.class_intervals(METRIC["recall"], counts)
    assert (of_class.wider.effect[0] > 5).all()
    assert intervals.class_interval(METRIC["recall"], counts, 1).bounds[0, 0].tolist() == of_class.bounds[0, 1].tolist()
    alone = np.array([[0, OVERALL, 500, 500, 50, 500, 50, 50, 50.0]])
    single = replace(without, scenes=alone)
    assert intervals.overall_intervals(single)["accuracy"].bounds.tolist() == (
        intervals.overall_intervals(without)["accuracy"].bounds.tolist()
    )


def test_of_few_scenes_each_counts_as_one_sample_at_most() -> None:
    counts = counts_of_scenes(np.random.default_rng(10), 1, 4, 0.0)
    low, high = intervals.overall_intervals(counts)["accuracy"].bounds[0]
    right = counts.total().hits.sum() / 10
    assert [low, high] == pytest.approx(wilson(right, np.array(4.0)).tolist(), abs=0.15)
    assert high - low > 0.4
