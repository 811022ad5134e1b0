"""Errors of near-duplicates come in clusters; independent ones, on days that differ, do not."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from monitor_core.scores.clustering import error_clusters
from monitor_core.scores.confusion import ConfusionCounts

BEGIN, DAYS, HOURS = datetime(2026, 10, 1, tzinfo=UTC), 14, 12


def hours_of(rng: np.random.Generator, a_day: int, scene: int) -> ConfusionCounts:
    """Return days whose accuracy wanders around 90%, in scenes of so many samples that are right or wrong together."""
    accuracy = 1 / (1 + np.exp(-2.2 - 0.15 * rng.normal(size=(DAYS, 1))))
    busy = rng.dirichlet(np.full(HOURS, 3), DAYS)
    scenes = rng.poisson(a_day / scene * busy)
    right = scene * rng.binomial(scenes, np.broadcast_to(accuracy, scenes.shape))
    return _hourly(right, scene * scenes)


def _hourly(right: np.ndarray, samples: np.ndarray) -> ConfusionCounts:
    days, hours = right.shape
    names = tuple(BEGIN + timedelta(days=n // hours, hours=n % hours) for n in range(days * hours))
    at = np.arange(len(names))
    zeros = np.zeros_like(at)
    rows = [[at, zeros, zeros, right.ravel()], [at, zeros + 1, zeros, (samples - right).ravel()]]
    cells = np.concatenate([np.column_stack(columns) for columns in rows])
    return ConfusionCounts.of(names, cells[cells[:, 3] > 0])


@pytest.mark.parametrize(
    ("a_day", "scene", "least", "most"), [(50, 1, 0, 2), (500, 1, 0, 2), (50, 10, 98, 100), (200, 5, 98, 100)]
)
def test_clusters_are_seen_where_samples_come_in_scenes_and_only_there(
    a_day: int, scene: int, least: int, most: int
) -> None:
    rng = np.random.default_rng(scene)
    clusters = [error_clusters(hours_of(rng, a_day, scene)) for _ in range(100)]
    assert least <= sum(each is not None and each.matters for each in clusters) <= most
    factor = np.mean([each.factor for each in clusters if each])
    assert 0.9 * scene < factor < 1.5 * scene


def test_the_factor_is_the_variance_within_days() -> None:
    right, samples = np.array([[9, 5], [10, 7]]), np.array([[10, 10], [10, 10]])
    clusters = error_clusters(_hourly(right, samples))
    assert clusters is not None
    # Day 1: 6 errors of 20, 2 fewer and more than 3; day 2: 3 of 20, 1.5 fewer and more.
    squares = 2 * 2**2 / 0.5 + 2 * 1.5**2 / 0.5
    expected = (0.3 * 0.7 + 0.15 * 0.85) * 20 / 19 * 20
    assert clusters.factor == pytest.approx(squares / expected)
    assert (clusters.samples, clusters.errors) == (40, 9)


def test_one_hour_a_day_or_no_errors_say_nothing() -> None:
    assert error_clusters(_hourly(np.array([[9, 0]]), np.array([[10, 0]]))) is None
    assert error_clusters(_hourly(np.array([[5, 9]]), np.array([[5, 9]]))) is None
    assert error_clusters(ConfusionCounts((), (), np.zeros((0, 4), np.int64))) is None
