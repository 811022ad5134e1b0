"""A third generator, which was written and run once after all parameters of the rules had been frozen.

A shop that grows, whose promotions move the mix for a day and whose mix wanders back and forth over weeks. The model is
a softmax over noisy scores: its class is the highest, and its confidence follows from all of them. Days differ in
brightness, which makes the scores of all images less distinct.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from benchmarks.drift_worlds import Array, Predictions


@dataclass(frozen=True)
class Shop:
    """The volume, the mix and the model; shares from 0 to 1 unless said."""

    name: str = "6, unseen 2"
    classes: int = 6
    growth: float = 0.3  # of the volume over 200 days
    weekdays: tuple[float, ...] = (1.3, 1.1, 1.0, 1.0, 1.1, 0.9, 0.6)
    burst: float = 0.05  # variance of the volume beyond Poisson's, relative to the square of its mean
    holidays: float = 0.015  # of the days, with a tenth of the volume
    promotions: float = 0.04  # of the days
    promoted: float = 1.35  # times the share of the class
    wander: float = 0.08  # sd of the logarithms of the shares
    memory: float = 0.95  # of the wandering, from day to day
    distinct: float = 3.0  # score of the right class beyond the others, in sd of the noise
    brightness: float = 0.06  # sd of its logarithm from day to day
    alike: tuple[float, ...] = (0.4, 0.0, 0.0, 0.9, 0.0, 0.2)  # score of the next class in images of each class
    mistakes: float = 0.01  # of the reviews


def simulate(
    rng: np.random.Generator, shop: Shop, volume: int, days: int, change: str = "", at: int = 0, scene: int = 1
) -> Predictions:
    """Draw all predictions of the days, reviewed on their day; arguments as of `drift_worlds.simulate`."""
    day, mix = _days(rng, shop, volume / scene, days), _mixes(rng, shop, days)
    later = (day >= at) & bool(change)
    target = (rng.random(len(day))[:, None] > np.cumsum(mix, axis=1)[day, :-1]).sum(axis=1)
    scores = _scores(rng, shop, target, day, days, np.where(later & (change == "blur"), 0.6, 1.0))
    predicted = scores.argmax(axis=1)
    highest = np.sort(scores, axis=1)
    confidence = special.logit(np.clip(special.softmax(1.6 * highest, axis=1)[:, -1], 0.02, 0.9995))
    confidence += (float(change.removeprefix("over ")) if change.startswith("over ") else 0) * later
    accuracy = float((predicted == target)[~later].mean())
    spoilt = rng.random(len(day)) < _spoilt(shop, change, target) / accuracy * later
    predicted = np.where(spoilt & (predicted == target), (target + 1) % shop.classes, predicted)
    mistaken = rng.random(len(day)) < shop.mistakes
    reviewed = np.where(mistaken, rng.integers(0, shop.classes, len(day)), target)
    day, reviewed, predicted, confidence = (np.repeat(v, scene) for v in (day, reviewed, predicted, confidence))
    return Predictions(days, shop.classes, day, reviewed, predicted, confidence, day.copy())


def _days(rng: np.random.Generator, shop: Shop, volume: float, days: int) -> Array:
    at = np.arange(days)
    mean = volume * np.array(shop.weekdays)[at % 7] * (1 + shop.growth * (at / 200 - 0.5))
    mean *= np.where(rng.random(days) < shop.holidays, 0.1, 1.0) * rng.gamma(1 / shop.burst, shop.burst, days)
    return np.repeat(at, rng.poisson(mean))


def _mixes(rng: np.random.Generator, shop: Shop, days: int) -> Array:
    logs, now = np.empty((days, shop.classes)), rng.normal(size=shop.classes)
    for day in range(days):
        now = shop.memory * now + np.sqrt(1 - shop.memory**2) * rng.normal(size=shop.classes)
        logs[day] = np.log(1 / (2 + np.arange(shop.classes))) + shop.wander * now
    promoted = rng.integers(0, shop.classes, days)[:, None] == np.arange(shop.classes)
    logs += np.log(shop.promoted) * (promoted & (rng.random(days) < shop.promotions)[:, None])
    return np.asarray(special.softmax(logs, axis=1))


def _scores(rng: np.random.Generator, shop: Shop, target: Array, day: Array, days: int, clear: Array) -> Array:
    brightness = np.exp(shop.brightness * rng.normal(size=days))[day] * clear
    scores = rng.normal(size=(len(day), shop.classes))
    rows = np.arange(len(day))
    scores[rows, target] += shop.distinct * brightness
    scores[rows, (target + 1) % shop.classes] += np.array(shop.alike)[target]
    return scores


def _spoilt(shop: Shop, change: str, target: Array) -> Array:
    """Return by how much accuracy falls by the change, by prediction."""
    if change.startswith("-"):
        return np.full(len(target), float(change[1:]) / 100)
    if change.startswith("class "):
        return np.asarray((target == shop.classes // 2) * float(change.removeprefix("class ")) / 100)
    return np.zeros(len(target))


UNSEEN_2 = Shop()
