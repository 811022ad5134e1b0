"""How often the number of predictions is called unusual for nothing, and how soon when nine in ten vanish.

The rule judges whole days, from the counts alone. Volumes differ by weekday and from day to day; in one world they grow
slowly, in another a holiday is nearly empty now and then.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from monitor_core.drift.traffic import HISTORY, is_unusual, last_traffic

Array = Any
DAYS, CHANGE = 180, 150
VOLUMES = (20, 200, 5000)


def independent(rng: np.random.Generator, mean: Array) -> Array:
    return rng.poisson(mean)


def bursts(rng: np.random.Generator, mean: Array) -> Array:
    return rng.poisson(mean * rng.gamma(5, 1 / 5, len(mean)))


def growing_and_alike(rng: np.random.Generator, mean: Array) -> Array:
    logs = rng.normal(0, 0.2, len(mean))
    for day in range(1, len(logs)):
        logs[day] = 0.6 * logs[day - 1] + 0.8 * logs[day]
    return rng.poisson(mean * np.exp(logs + np.arange(len(mean)) * np.log(1.5) / 180))


def with_holidays(rng: np.random.Generator, mean: Array) -> Array:
    return rng.poisson(mean * rng.gamma(20, 1 / 20, len(mean)) * np.where(rng.random(len(mean)) < 0.02, 0.05, 1))


WORLDS: dict[str, Callable[[np.random.Generator, Array], Array]] = {
    "independent days": independent,
    "bursts": bursts,
    "growing, days alike": growing_and_alike,
    "holidays": with_holidays,
}


def unusual_days(counts: Array) -> Array:
    days = range(HISTORY, len(counts))
    return np.array([bool(is_unusual(last_traffic(counts[day + 1 - HISTORY : day + 1]))) for day in days])


def cell(world: Callable[[np.random.Generator, Array], Array], volume: int, runs: int) -> str:
    """Return the unusual days per 100 quiet ones, and the median delay, in brackets the 90% quantile."""
    quiet, delays = [], []
    weekday = np.where(np.arange(DAYS) % 7 >= 5, 0.4, 1.24)
    for run in range(runs):
        rng = np.random.default_rng([run, volume])
        counts = world(rng, volume * weekday)
        counts[CHANGE:] = rng.binomial(counts[CHANGE:], 0.1)
        unusual = unusual_days(counts)
        quiet.append(100 * unusual[: CHANGE - HISTORY].mean())
        after = np.flatnonzero(unusual[CHANGE - HISTORY :])
        delays.append(after[0] + 1 if len(after) else np.inf)
    median, latest = np.median(delays), np.quantile(delays, 0.9, method="higher")
    return f"{np.mean(quiet):.2f} ± {np.std(quiet) / np.sqrt(runs):.2f}; {median:g} ({latest:g})"


def table(runs: int) -> str:
    """Return the table of all worlds."""
    lines = [f"| predictions a day | {' | '.join(f'{n:,}' for n in VOLUMES)} |", "|---" * (1 + len(VOLUMES)) + "|"]
    for name, world in WORLDS.items():
        lines.append(f"| {name} | {' | '.join(cell(world, volume, runs) for volume in VOLUMES)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(200))
