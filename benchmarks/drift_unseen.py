"""Another generator, which was run once, after all parameters of the rules had been frozen.

Three cameras with mixes and accuracies of their own share the volume anew every day, the mix follows the seasons,
weekends have more predictions than other days, and reviewers make mistakes: they choose a wrong class, or confirm a
wrong prediction. The chance of being right is a beta variable, from which confidence is computed.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from benchmarks.drift_worlds import Array, Predictions


@dataclass(frozen=True)
class Plant:
    """Cameras and reviewers; shares from 0 to 1 unless said."""

    name: str = "9, unseen"
    classes: int = 9
    cameras: tuple[float, ...] = (0.5, 0.3, 0.2)  # of the predictions
    accuracy: tuple[float, ...] = (0.93, 0.89, 0.86)
    concentration: float = 80.0  # of the cameras' shares of a day
    wander: float = 0.3  # logits that the accuracy of a camera's day is off at most
    season: float = 0.35  # amplitude of the logarithms of the classes' shares, over a year
    weekend: float = 1.7  # volume
    certainty: float = 7.0  # of the beta variable
    wrong_class: float = 0.01  # of the reviews
    overlooked: float = 0.08  # of the wrong predictions


def simulate(
    rng: np.random.Generator, plant: Plant, volume: int, days: int, change: str = "", at: int = 0, scene: int = 1
) -> Predictions:
    """Draw all predictions of the days, reviewed on their day; arguments as of `drift_worlds.simulate`."""
    per_day = np.where(np.arange(days) % 7 >= 5, plant.weekend, (7 - 2 * plant.weekend) / 5) * volume / scene
    day = np.repeat(np.arange(days), rng.poisson(per_day))
    later = (day >= at) & bool(change)
    of_cameras = rng.dirichlet(plant.concentration * np.array(plant.cameras), days)
    camera = (rng.random(len(day))[:, None] > np.cumsum(of_cameras, axis=1)[day, :-1]).sum(axis=1)
    target = _targets(rng, plant, day, camera, days)
    off = rng.uniform(-plant.wander, plant.wander, (days, len(plant.cameras)))[day, camera]
    mean = special.expit(special.logit(np.array(plant.accuracy))[camera] + off - 1.2 * (change == "blur") * later)
    chance = rng.beta(plant.certainty * mean, plant.certainty * (1 - mean))
    right = (rng.random(len(day)) < chance) & (rng.random(len(day)) >= _spoilt(plant, change, target) * later)
    confidence = special.logit(np.clip(chance + rng.normal(0, 0.04, len(day)), 0.02, 0.995)) * 1.3
    confidence += (float(change.removeprefix("over ")) if change.startswith("over ") else 0) * later
    predicted = np.where(right, target, (target + rng.integers(1, plant.classes, len(day))) % plant.classes)
    day, target, predicted, confidence = (np.repeat(v, scene) for v in (day, target, predicted, confidence))
    return Predictions(days, plant.classes, day, _judged(rng, plant, target, predicted), predicted, confidence, day)


def _targets(rng: np.random.Generator, plant: Plant, day: Array, camera: Array, days: int) -> Array:
    fixed = np.random.default_rng(4)
    typical = np.log(fixed.dirichlet(np.full(plant.classes, 4.0), len(plant.cameras)))
    phase = 2 * np.pi * (np.arange(days)[:, None] / 365 + fixed.random(plant.classes))
    mix = special.softmax(typical + plant.season * np.sin(phase)[:, None], axis=2)
    return np.asarray((rng.random(len(day))[:, None] > np.cumsum(mix, axis=2)[day, camera, :-1]).sum(axis=1))


def _spoilt(plant: Plant, change: str, target: Array) -> Array:
    """Return the share of the right predictions that go wrong by the change, by prediction."""
    accuracy = float(np.dot(plant.cameras, plant.accuracy))
    if change.startswith("-"):
        return np.full(len(target), float(change[1:]) / 100 / accuracy)
    if change.startswith("class "):
        return np.asarray((target == plant.classes // 2) * float(change.removeprefix("class ")) / 100 / accuracy)
    return np.zeros(len(target))


def _judged(rng: np.random.Generator, plant: Plant, target: Array, predicted: Array) -> Array:
    """Return the classes that reviewers choose."""
    overlooked = (target != predicted) & (rng.random(len(target)) < plant.overlooked)
    mistaken = rng.random(len(target)) < plant.wrong_class
    other = (target + rng.integers(1, plant.classes, len(target))) % plant.classes
    return np.asarray(np.where(overlooked, predicted, np.where(mistaken, other, target)))


UNSEEN = Plant()
