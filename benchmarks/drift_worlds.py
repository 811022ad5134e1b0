"""Simulated predictions, one by one, of models and review habits that differ: the input of benchmarks.drift_situations.

A prediction has a difficulty, from which both its chance of being right and its confidence follow, so that what is
reviewed decides what is seen. Days wander: independently, autoregressively or with heavy tails. Nothing here is shared
with the generator of benchmarks.drift_rates, on which the rules' first margins were chosen.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.drift.series import BINS, DailyCounts, Reviews, ReviewSelection

Array = NDArray[Any]
FIRST = date(2025, 1, 6)  # a Monday
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)


@dataclass(frozen=True)
class World:
    """A model, its images and its days; sd are of logits or logs."""

    name: str
    classes: int = 7
    accuracy: float = 0.90
    steep: float = 0.5  # shares of the classes fall as (1 + i) ** -steep
    spread: float = 0.3  # sd of the recalls
    wander: float = 0.15  # sd of accuracy from day to day
    recall_wander: float = 0.0
    mix_wander: float = 0.10
    confidence_wander: float = 0.10
    lag: float = 0.0  # correlation of successive days
    tails: float = 0.0  # degrees of freedom of Student's t of the days; 0: normal
    weekend: float = 0.4  # volume
    weekend_mix: float = 0.0
    burst: float = 0.0  # volumes are negative binomial of size 1 / burst; 0: Poisson
    difficulty: float = 1.5  # sd
    sharpness: float = 1.5  # of the confidence: above 1 it is over-confident
    confidence_noise: float = 0.3


WORLDS = (
    World("7 classes"),
    World("12, days alike", 12, 0.85, 0.8, recall_wander=0.1, lag=0.6, burst=0.1),
    World("3, heavy tails", 3, 0.95, 0.3, tails=3, weekend=0),
    World("100, bursts", 100, 0.80, 1.0, 0.6, wander=0.1, mix_wander=0.15, burst=0.2),
    World(
        "5, tails and lag",
        classes=5,
        accuracy=0.92,
        steep=0.7,
        spread=0.5,
        wander=0.2,
        recall_wander=0.1,
        mix_wander=0.13,
        confidence_wander=0.13,
        lag=0.3,
        tails=6,
        weekend=0.15,
        weekend_mix=0.2,
        burst=0.15,
        difficulty=1.1,
        sharpness=0.8,
        confidence_noise=0.5,
    ),
)
FEW_AND_MANY = (
    World("2 classes", 2, 0.93, 0.3),
    World("200 classes", 200, 0.85, 0.8, 0.5, wander=0.1, mix_wander=0.15, burst=0.1),
)


@dataclass(frozen=True)
class Predictions:
    """One entry a prediction."""

    days: int
    classes: int
    day: Array
    target: Array
    predicted: Array
    logit: Array  # of the confidence
    reviewed_on: Array  # day; -1: not reviewed

    @cached_property
    def bin(self) -> Array:
        bins = (special.expit(self.logit) * CONFIDENCE_BINS).astype(np.int64)
        return np.asarray(np.clip(bins, 0, CONFIDENCE_BINS - 1))

    def series(self) -> dict[str, Reviews | DailyCounts]:
        """Return what each drift rule tests, by its key."""
        reviews = self._reviews(self.reviewed_on)
        on_their_day = np.array_equal(self.reviewed_on, self.day)
        by_prediction = reviews if on_their_day else self._reviews(np.where(self.reviewed_on >= 0, self.day, -1))
        with_selection = replace(reviews, selection=self._selection(), by_prediction=by_prediction)
        return {
            "accuracy": with_selection,
            "rise": with_selection,
            "prediction": DailyCounts(self.dates, _table(self.day, self.predicted, self.days, self.classes)),
            "target": DailyCounts(self.dates, reviews.support),
            "confidence": DailyCounts(self.dates, _table(self.day, self.bin, self.days, CONFIDENCE_BINS)),
        }

    @property
    def dates(self) -> tuple[date, ...]:
        return tuple(FIRST + timedelta(day) for day in range(self.days))

    def _reviews(self, on: Array) -> Reviews:
        there, wrong = on >= 0, (on >= 0) & (self.target != self.predicted)
        support, misses = (_table(on[of], self.target[of], self.days, self.classes) for of in (there, wrong))
        return Reviews(self.dates, support.sum(axis=1), misses.sum(axis=1), support, misses)

    def _selection(self) -> ReviewSelection:
        there = self.reviewed_on >= 0
        wrong = (self.target != self.predicted)[there]
        key = ((self.reviewed_on[there] * self.classes + self.target[there]) * 2 + wrong) * BINS + self.bin[there]
        cells, count = _counted(key, self.days * self.classes * 2 * BINS)
        place, of = np.divmod(cells, BINS)
        group, is_wrong = np.divmod(place, 2)
        samples = np.column_stack([*np.divmod(group, self.classes), is_wrong, of, count]).astype(float)
        return ReviewSelection(_table(self.day, self.bin, self.days, BINS), samples)


def _counted(key: Array, keys: int) -> tuple[Array, Array]:
    """Return the keys that occur and how often; not sorted where there are many samples of few keys."""
    if len(key) < keys // 20:
        return np.unique(key, return_counts=True)
    count = np.bincount(key, minlength=keys)
    cells = np.flatnonzero(count)
    return cells, count[cells]


def _table(day: Array, column: Array, days: int, width: int) -> Array:
    return np.bincount(day * width + column, minlength=days * width).reshape(days, width)


def simulate(
    rng: np.random.Generator, world: World, volume: int, days: int, change: str = "", at: int = 0, scene: int = 1
) -> Predictions:
    """Draw all predictions of the days, reviewed on their day; `change` happens on day `at`; `scene` images each."""
    shares, intercepts, damping = _model(world)
    n, mix = _volumes(rng, world, volume / scene, days), _mixes(rng, world, shares, days)
    later = np.arange(days) >= at if change else np.zeros(days, bool)
    if change == "mix":
        moved = np.zeros(world.classes)
        moved[0], moved[max(world.classes // 2, 1)] = -0.12, 0.12
        mix = np.clip(mix + later[:, None] * moved, 0.002, None)
        mix /= mix.sum(axis=1, keepdims=True)
    target = np.repeat(np.tile(np.arange(world.classes), days), rng.multinomial(n, mix).ravel())
    day = np.repeat(np.arange(days), n)
    accuracy = _series(rng, world, (days,), world.wander) / damping
    recalls = _series(rng, world, (days, world.classes), world.recall_wander) / damping
    logit = intercepts[target] + accuracy[day] + recalls[day, target]
    logit += world.difficulty * rng.normal(size=len(day)) - 1.5 * (change == "blur") * later[day]
    right = (rng.random(len(day)) < special.expit(logit)) & ~_spoilt(rng, world, change, later, day, target)
    confidence = world.sharpness * logit + world.confidence_noise * rng.normal(size=len(day))
    confidence += _series(rng, world, (days,), world.confidence_wander)[day]
    confidence += (float(change.removeprefix("over ")) if change.startswith("over ") else 0) * later[day]
    other = (target + rng.integers(1, world.classes, len(day))) % world.classes
    day, target, confidence, predicted = (
        np.repeat(v, scene) for v in (day, target, confidence, np.where(right, target, other))
    )
    if scene > 1:  # images of a scene are not quite the same
        confidence = confidence + 0.2 * rng.normal(size=len(day))
    return Predictions(days, world.classes, day, target, predicted, confidence, day.copy())


def _spoilt(rng: np.random.Generator, world: World, change: str, later: Array, day: Array, target: Array) -> Array:
    """Return which right predictions go wrong by the change, without any sign in their confidence."""
    points = np.zeros(len(day))
    if change.startswith("-"):
        points = float(change[1:]) * later[day]
    if change == "slide":
        points = 10 * np.minimum(np.cumsum(later) / 30, 1)[day]
    if change.startswith("class "):
        points = float(change.removeprefix("class ")) * later[day] * (target == failing(world))
    return np.asarray(rng.random(len(day)) < points / 100 / world.accuracy)


def failing(world: World) -> int:
    """Return the class that fails: its share is about two thirds of the mean."""
    return int(np.argmin(np.abs(_model(world)[0] - 0.65 / world.classes)))


@cache
def _model(world: World) -> tuple[Array, Array, float]:
    """Return the classes' shares, the intercepts of their logits, and how much difficulty dampens their shifts."""
    shares = (1.0 + np.arange(world.classes)) ** -world.steep
    shares /= shares.sum()
    recall = special.logit(world.accuracy) + world.spread * np.sort(np.random.default_rng(9).normal(size=world.classes))
    for _ in range(30):
        recall += special.logit(world.accuracy) - special.logit(shares @ special.expit(recall))
    intercepts = recall.copy()
    for _ in range(60):
        chance = special.expit(intercepts[:, None] + world.difficulty * NODES)
        intercepts += recall - special.logit(chance @ WEIGHTS / WEIGHTS.sum())
    slope = (chance * (1 - chance)) @ WEIGHTS / WEIGHTS.sum()
    return shares, intercepts, float(shares @ (slope / (special.expit(recall) * special.expit(-recall))))


def _series(rng: np.random.Generator, world: World, shape: tuple[int, ...], deviation: float) -> Array:
    if not deviation:
        return np.zeros(shape)
    scale = np.sqrt(world.tails / (world.tails - 2)) if world.tails else 1.0
    steps = rng.standard_t(world.tails, shape) / scale if world.tails else rng.normal(size=shape)
    for day in range(1, shape[0]):
        steps[day] = world.lag * steps[day - 1] + np.sqrt(1 - world.lag**2) * steps[day]
    return deviation * steps


def _volumes(rng: np.random.Generator, world: World, volume: float, days: int) -> Array:
    mean = volume * np.where(np.arange(days) % 7 >= 5, world.weekend, (7 - 2 * world.weekend) / 5)
    return rng.poisson(mean * (rng.gamma(1 / world.burst, world.burst, days) if world.burst else 1))


def _mixes(rng: np.random.Generator, world: World, shares: Array, days: int) -> Array:
    weekend = (np.arange(days) % 7 >= 5)[:, None] * world.weekend_mix * np.linspace(-1, 1, world.classes)
    logs = np.log(shares) + _series(rng, world, (days, world.classes), world.mix_wander) + weekend
    return np.asarray(np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True))


# ---- what is reviewed, when, and how


def in_batches(rng: np.random.Generator, all_: Predictions, every: int) -> Predictions:
    """Review everything on each `every`-th day."""
    offset = int(rng.integers(every))
    on = ((all_.day - offset) // every + 1) * every + offset - 1
    return replace(all_, reviewed_on=np.where(on < all_.days, on, -1))


def from_a_queue(rng: np.random.Generator, all_: Predictions, by: str) -> Predictions:
    """Sort the predictions of each week by predicted class or confidence, and review them over the next week."""
    week = all_.day // 7
    order = np.lexsort((all_.logit if by == "confidence" else all_.predicted + 0.5 * rng.random(len(week)), week))
    n = np.bincount(week)
    place = np.empty(len(week), int)
    place[order] = np.arange(len(week)) - (np.cumsum(n) - n)[week[order]]
    on = (week + 1) * 7 + place * 7 // n[week]
    return replace(all_, reviewed_on=np.where(on < all_.days, on, -1))


def a_third(rng: np.random.Generator, all_: Predictions, preference: float, since: int) -> Predictions:
    """Review three of ten predictions of each day; from `since` on those of low confidence by `preference`."""
    score = preference * all_.logit / all_.logit.std() * (all_.day >= since) + np.log(
        rng.exponential(size=len(all_.day))
    )
    order = np.lexsort((score, all_.day))
    n = np.bincount(all_.day, minlength=all_.days)
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order)) - (np.cumsum(n) - n)[all_.day[order]]
    return replace(all_, reviewed_on=np.where(place < np.rint(0.3 * n[all_.day]), all_.day, -1))


def only_confident(rng: np.random.Generator, all_: Predictions) -> Predictions:
    """Review eight of ten predictions above what is the median confidence at first, and three of a hundred others."""
    above = all_.logit >= np.quantile(all_.logit[all_.day < 60], 0.5)
    return replace(all_, reviewed_on=np.where(rng.random(len(above)) < np.where(above, 0.8, 0.03), all_.day, -1))


def half_confirmed(rng: np.random.Generator, all_: Predictions, come: int, gone: int) -> Predictions:
    """Let half of the reviews between two days confirm the prediction whatever it is."""
    stamped = (rng.random(len(all_.day)) < 0.5) & (all_.day >= come) & (all_.day < gone)
    return replace(all_, target=np.where(stamped, all_.predicted, all_.target))


def by_scene(all_: Predictions, reviews: Reviews, scene: int) -> Reviews:
    """Return the reviews with their scenes, which follow one another and are of one target."""
    first = slice(None, None, scene)
    wrong = (all_.target != all_.predicted).reshape(-1, scene).mean(axis=1)
    day, target, shape = all_.day[first], all_.target[first], (all_.days, all_.classes)
    scenes, errors = (
        np.bincount(day * shape[1] + target, weights, shape[0] * shape[1]).reshape(shape)
        for weights in (np.ones(len(day)), wrong)
    )
    of_groups = [np.column_stack([v.sum(axis=1), v]) for v in (scenes, errors)]
    return replace(reviews, scenes=of_groups[0], scene_errors=of_groups[1])
