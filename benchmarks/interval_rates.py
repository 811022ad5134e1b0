"""Coverage and width of the intervals: `python -m benchmarks.interval_rates` writes benchmarks/INTERVALS.md.

Two adjacent periods of 30 days of an unchanged model are simulated. "wandering": the accuracy of days varies by .15 of
its logit, by r from the day before; "scenes": ten samples are right or wrong together in half of the cases.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.design import DayGroups, share_interval
from monitor_core.scores.differences import difference_interval
from monitor_core.scores.intervals import overall_intervals
from monitor_core.scores.metrics import CLASS_METRICS
from monitor_core.scores.shares import Z, wilson

RUNS, DAYS, ACCURACY = 3000, 30, 0.9
VOLUMES = (50, 200, 1000, 5000)
CLASSES, SAMPLES = (7, 10, 20, 50, 100, 200), (50, 100, 200, 500, 1000, 2000, 5000)
Array = Any
OUTPUT = Path(__file__).parent / "INTERVALS.md"


def days(rng: np.random.Generator, volume: int, sd: float, serial: float, scene: int) -> tuple[Array, Array]:
    """Return right samples and samples of two periods, shape (days, runs); weekends have 40% of the volume."""
    shape = (2 * DAYS, RUNS)
    shocks = rng.normal(size=shape)
    for day in range(1, len(shocks)):
        shocks[day] = serial * shocks[day - 1] + np.sqrt(1 - serial**2) * shocks[day]
    right = 1 / (1 + np.exp(-np.log(ACCURACY / (1 - ACCURACY)) - sd * shocks))
    average = volume * np.where(np.arange(2 * DAYS) % 7 < 5, 1.0, 0.4)[:, None]
    scenes = rng.poisson(average / scene, shape)
    if scene == 1:
        return rng.binomial(scenes, right), scenes
    total = np.zeros(shape, np.int64)
    for n in range(scenes.max()):
        total += np.where(n < scenes, rng.binomial(scene, rng.beta(right, 1 - right)), 0)
    return total, scene * scenes


def _of_all_days(right: Array, samples: Array) -> Array:
    """Return the interval as of independent samples."""
    return wilson(right.sum(axis=0), samples.sum(axis=0))


def row_of_days(name: str, right: Array, samples: Array, truth: float) -> str:
    first, second = slice(0, DAYS), slice(DAYS, 2 * DAYS)
    cells = [name]
    values = [right[of].sum(axis=0) / samples[of].sum(axis=0) for of in (first, second)]
    ideal = 2 * Z * np.sqrt(np.mean([value.var() for value in values]))
    for interval in (_of_all_days, share_interval):
        bounds = [interval(right[of], samples[of]).T for of in (first, second)]
        covered = np.mean((bounds[0][0] <= truth) & (truth <= bounds[0][1]))
        low, high = difference_interval(values[1], bounds[1], values[0], bounds[0])
        width = np.median(bounds[0][1] - bounds[0][0]) / ideal
        cells += [_percent(covered), f"{width:.2f}", _percent(np.mean((low > 0) | (high < 0)))]
    return f"| {' | '.join(cells)} |"


def _percent(share: float, runs: int = RUNS) -> str:
    return f"{100 * share:.1f} ± {100 * np.sqrt(share * (1 - share) / runs):.1f}"


def table_of_days(rng: np.random.Generator) -> list[str]:
    kinds = [("independent", 0.0, 0.0, 1), *((f"wandering, r = {r}", 0.15, r, 1) for r in (0.0, 0.3, 0.5))]
    rows = []
    for name, sd, serial, scene in [*kinds, ("scenes of ten", 0.15, 0.0, 10)]:
        truth = float(np.mean(1 / (1 + np.exp(-np.log(9) - sd * rng.normal(size=1_000_000)))))
        for volume in VOLUMES[: 3 if scene > 1 else 4]:
            rows.append(row_of_days(f"{name}, {volume:,} a day", *days(rng, volume, sd, serial, scene), truth))
    return rows


def population(classes: int, kind: str) -> Array:
    """Return the shares of targets x predictions of a model that is right in 90%; "falling": as 1, 1/2, 1/3 …"""
    frequent = 1 / np.arange(1, classes + 1) if kind == "falling" else np.ones(classes)
    target = frequent / frequent.sum()
    wrong = (1 - np.eye(classes)) / (classes - 1)
    return target[:, None] * ((1 - ACCURACY) * wrong + ACCURACY * np.eye(classes))


def counts(matrices: Array) -> ConfusionCounts:
    rows = np.column_stack([*np.nonzero(matrices), matrices[matrices > 0]])
    return ConfusionCounts.of(tuple(date(2000, 1, 1) + timedelta(n) for n in range(len(matrices))), rows)


def lowest_coverage(rng: np.random.Generator, classes: int, samples: int, kind: str) -> str:
    """Return the lowest coverage of the six averages, and in how many of 100 cases there is an interval."""
    shares, runs = population(classes, kind), 600 if classes <= 50 else 200
    truth = counts(np.rint(shares * 1e9).astype(np.int64)[None]).total()
    drawn = counts(rng.multinomial(samples, shares.ravel(), size=runs).reshape(runs, classes, classes))
    of = overall_intervals(drawn, DayGroups.single(runs), CLASS_METRICS)
    covered, shown = [], []
    for metric in CLASS_METRICS:
        for average in metric.averages:
            low, high = of[metric.name(average)].bounds.T
            value, has = float(metric.overall(truth, average)), ~np.isnan(low)
            shown.append(has.mean())
            covered += [((low <= value) & (value <= high))[has].mean()] if has.sum() > runs / 5 else []
    return f"{100 * min(covered):.0f} ({100 * max(shown):.0f})" if covered else "–"


def table_of_averages(rng: np.random.Generator, kind: str) -> list[str]:
    rows = []
    for classes in CLASSES:
        cells = [lowest_coverage(rng, classes, samples, kind) for samples in SAMPLES]
        rows.append(f"| {classes} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    """Simulate, and write the tables."""
    rng = np.random.default_rng(2026)
    titles = ("", "plain: covers, %", "width", "differs, %", "with days: covers, %", "width", "differs, %")
    head = f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"
    sizes = f"| classes | {' | '.join(f'{n:,}' for n in SAMPLES)} |\n|{'---|' * (len(SAMPLES) + 1)}"
    text = [
        "# Intervals\n\nWritten by `python -m benchmarks.interval_rates`.\n\n## Accuracy over 30 days\n",
        "Width: as a multiple of that of an interval that is given the variance of days. Differs: two adjacent",
        "periods of an unchanged model differ significantly. With one Monte-Carlo standard error.\n",
        head,
        *table_of_days(rng),
    ]
    for kind in ("alike", "falling"):
        text += [
            f"\n## Averages over classes, frequencies {kind}\n",
            "Lowest coverage in % of the macro and weighted averages by number of samples, and in how many of 100",
            "cases there is an interval; –: in fewer than 20.\n",
            sizes,
            *table_of_averages(rng, kind),
        ]
    OUTPUT.write_text("\n".join(text) + "\n", "utf-8")


if __name__ == "__main__":
    main()
