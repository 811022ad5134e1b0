"""Rates of false alarms and delays of detection of the drift rules: `python -m benchmarks.drift_rates --runs 80`.

A model of seven classes with an accuracy of 90% is simulated day by day, and judged by the monitor's rules and by those
of other tools. "ideal": every day is a random sample of the same size. "real": the volume falls to a third at weekends
with another mix, and accuracy, mix and confidence vary from day to day. Writes benchmarks/DRIFT.md.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from benchmarks.drift_situations import MARKS
from monitor_core.drift.distances import effect_sizes
from monitor_core.drift.forecast import days_to_prove
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import RULES
from monitor_core.drift.series import DailyCounts, Reviews
from monitor_core.drift.verdicts import DriftTest

Array = NDArray[Any]
VOLUMES = (20, 50, 200, 1000, 5000)
SHARES = np.array([0.26, 0.20, 0.15, 0.13, 0.11, 0.09, 0.06])
MISS = np.array([0.06, 0.08, 0.10, 0.12, 0.13, 0.14, 0.16])
MISS = MISS * 0.10 / (SHARES @ MISS)
FAILING = 5  # the class that fails: 9 % of the rows
EDGES = np.linspace(0, 1, 201)  # of the bins of confidence
FIRST = date(2025, 1, 6)  # a Monday
YOUNG, SETTLED, QUIET_DAYS = 21, 81, 180  # quiet runs: days 21-80 have a young reference, 81-180 a whole one
CHANGE, AFTER = 95, 90  # the day of the change, and how many days it is watched
WANDER = {"accuracy": 0.15, "recall": 0.10, "mix": 0.11, "weekend": 0.13, "confidence": 0.11}  # sd of logits or logs


@dataclass(frozen=True)
class Run:
    reviews: Reviews
    predicted: Array
    confidence: Array

    @property
    def series(self) -> dict[str, Reviews | DailyCounts]:
        """The simulated series, by the key of the drift rule that tests it."""
        days = self.reviews.days
        return {
            "accuracy": self.reviews,
            "prediction": DailyCounts(days, self.predicted),
            "target": DailyCounts(days, self.reviews.support),
            "confidence": DailyCounts(days, self.confidence),
        }


@dataclass(frozen=True)
class Chances:
    """The probabilities of each day."""

    mix: Array  # (days, labels)
    miss: Array  # (days, labels)
    shift: Array  # (days,) of the logit of confidence


def fall(points: float, chances: Chances, since: Array) -> Chances:
    return replace(chances, miss=np.clip(chances.miss + since[:, None] * points / 100, 0, 1))


def slide(chances: Chances, since: Array) -> Chances:
    """Let accuracy fall by 10 percentage points over 30 days."""
    return replace(chances, miss=np.clip(chances.miss + np.minimum(np.cumsum(since) / 30, 1)[:, None] / 10, 0, 1))


def one_class(chances: Chances, since: Array) -> Chances:
    """Let the recall of one class fall by 50 percentage points, and so the accuracy by 4.5."""
    miss = chances.miss + since[:, None] * np.where(np.arange(len(SHARES)) == FAILING, 0.5, 0)
    return replace(chances, miss=np.clip(miss, 0, 1))


def over_confidence(chances: Chances, since: Array) -> Chances:
    return replace(chances, shift=chances.shift + 0.8 * since)


def mix_change(chances: Chances, since: Array) -> Chances:
    """Move 12 of 100 rows from the most frequent class to another."""
    mix = chances.mix + since[:, None] * np.array([-0.12, 0, 0, 0, 0.12, 0, 0])
    return replace(chances, mix=np.clip(mix, 0.01, 1))


Change = Callable[[Chances, Array], Chances]
CHANGES: dict[str, Change] = {
    "-10 points": partial(fall, 10),
    "-5 points": partial(fall, 5),
    "slow slide": slide,
    "one class fails": one_class,
    "over-confidence": over_confidence,
    "mix change": mix_change,
    "-20 points": partial(fall, 20),  # last: a change's place is part of its seed
}


def simulate(rng: np.random.Generator, volume: int, days: int, real: bool, change: Change | None = None) -> Run:
    weekend = np.arange(days) % 7 >= 5
    logs, logits, shift, n = np.log(SHARES), special.logit(MISS), np.zeros(days), np.full(days, volume)
    mix, miss = np.tile(logs, (days, 1)), np.tile(logits, (days, 1))
    if real:
        n = rng.poisson(volume * np.where(weekend, 0.4, 1.24))
        mix += rng.normal(0, WANDER["mix"], mix.shape) + weekend[:, None] * np.linspace(-1, 1, 7) * WANDER["weekend"]
        miss += rng.normal(0, WANDER["accuracy"], (days, 1)) + rng.normal(0, WANDER["recall"], miss.shape)
        shift = rng.normal(0, WANDER["confidence"], days)
    chances = Chances(np.exp(mix) / np.exp(mix).sum(axis=1, keepdims=True), special.expit(miss), shift)
    if change:
        chances = change(chances, (np.arange(days) >= CHANGE).astype(float))
    return _draw(rng, n, chances)


def _draw(rng: np.random.Generator, n: Array, chances: Chances) -> Run:
    support = rng.multinomial(n, chances.mix / chances.mix.sum(axis=1, keepdims=True))
    misses = rng.binomial(support, chances.miss)
    elsewhere = (1 - np.eye(len(SHARES))) / (len(SHARES) - 1)
    predicted = support - misses + rng.multinomial(misses, elsewhere).sum(axis=1)
    errors = misses.sum(axis=1)
    right, wrong = (_bins(a, b, chances.shift) for a, b in ((9, 1.3), (4, 2.5)))
    confidence = rng.multinomial(n - errors, right) + rng.multinomial(errors, wrong)
    days = tuple(FIRST + timedelta(day) for day in range(len(n)))
    return Run(Reviews(days, n, errors, support, misses), predicted, confidence)


def _bins(a: float, b: float, shift: Array) -> Array:
    """Return the shares by bin of a beta distribution with shifted logits, shape (days, bins)."""
    with np.errstate(divide="ignore"):
        edges = special.expit(special.logit(EDGES) - shift[:, None])
    shares = np.diff(special.betainc(a, b, edges))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


# --- judges: a run -> alarms, shape (rules, days) -----------------------------------------------------------------

PERIOD = Reference("period", first=FIRST, last=FIRST + timedelta(59))
Judge = Callable[[Run], Array]


def judged(run: Run, reference: Reference, preset: str = "balanced") -> dict[str, list[DriftTest]]:
    """Judge by each rule whose series is simulated; accuracy comes first."""
    series = run.series
    return {rule.key: rule.detector(series[rule.key], reference, preset) for rule in RULES if rule.key in series}


def ours(reference: Reference, preset: str = "balanced") -> Judge:
    return lambda run: np.array(
        [[test.verdict == "drifted" for test in tests] for tests in judged(run, reference, preset).values()]
    )


def small_p_daily(run: Run) -> Array:
    """Apply alibi-detect's rule: each day against the first 60, p < .05, chi-square and Kolmogorov-Smirnov."""
    right = np.column_stack([run.reviews.n - run.reviews.errors, run.reviews.errors])
    ps = [_chi_square_p(table) for table in (right, run.predicted, run.reviews.support)]
    return np.array([*ps, _smirnov_p(run.confidence)]) < 0.05


def _chi_square_p(counts: Array) -> Array:
    before, n = counts[:60].sum(axis=0), counts.sum(axis=1, keepdims=True)
    total = before + counts
    expected = total * n / np.maximum(n + before.sum(), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = (counts - expected) ** 2 * (1 / expected + 1 / (total - expected))
    return np.asarray(special.chdtrc(counts.shape[1] - 1, np.nansum(terms, axis=1)))


def _smirnov_p(counts: Array) -> Array:
    before, n = counts[:60].sum(axis=0), np.maximum(counts.sum(axis=1), 1)
    gap = np.abs(np.cumsum(counts, axis=1) / n[:, None] - np.cumsum(before) / before.sum()).max(axis=1)
    size = n * before.sum() / (n + before.sum())
    return np.asarray(np.where(counts.sum(axis=1) > 0, special.kolmogorov(np.sqrt(size) * gap), 1))


def three_deviations(run: Run) -> Array:
    """Apply NannyML's rule: a day's value beyond mean +- 3 standard deviations of the first 60 days' values."""
    n = np.maximum(run.reviews.n, 1)
    accuracy = 1 - run.reviews.errors / n
    confidence = run.confidence @ ((EDGES[1:] + EDGES[:-1]) / 2) / n
    distances = [_distance(counts) for counts in (run.predicted, run.reviews.support)]
    values = np.array([accuracy, confidence, *distances])
    centre, spread = values[:, :60].mean(axis=1, keepdims=True), values[:, :60].std(axis=1, keepdims=True)
    return np.asarray((np.abs(values - centre) > 3 * spread) & (run.reviews.n > 0))


def far_apart(run: Run) -> Array:
    """Apply Evidently's rule for a reference of over 1,000 rows: a Jensen-Shannon distance of .1 or more."""
    tenths = run.confidence.reshape(len(run.confidence), 10, -1).sum(axis=2)
    return np.array([_distance(counts) >= 0.1 for counts in (run.predicted, run.reviews.support, tenths)])


def far_from_last_week(run: Run) -> Array:
    """Apply WhyLabs' preset for drift: a Hellinger distance of .7 or more, each day against the 7 days before it."""
    columns = (run.predicted, run.reviews.support, run.confidence.reshape(len(run.confidence), 25, -1).sum(axis=2))
    return np.array([_from_last_week(counts) >= 0.7 for counts in columns])


def _from_last_week(counts: Array) -> Array:
    total = np.cumsum(counts, axis=0)
    before = np.zeros_like(total)
    before[1:] = total[:-1]
    before[8:] -= total[:-8]
    found = np.nan_to_num(effect_sizes(before, counts)["hellinger"])
    return np.asarray(np.where((before.sum(axis=1) > 0) & (counts.sum(axis=1) > 0), found, 0))


def _distance(counts: Array) -> Array:
    return np.nan_to_num(effect_sizes(counts[:60].sum(axis=0)[None], counts)["jensen_shannon"])


# --- the study -----------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=80)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("DRIFT.md"))
    asked = parser.parse_args()
    text = asked.out.read_text("utf-8") if asked.out.exists() else ""
    _, mark, situations = text.partition(MARKS[0])  # the part that benchmarks.drift_situations writes
    asked.out.write_text(f"{report(asked.runs)}\n{mark}{situations}" if mark else report(asked.runs), "utf-8")
    print(asked.out.read_text("utf-8"))


def runs_of(count: int, volume: int, real: bool, name: str | None) -> Iterator[Run]:
    """Yield simulated runs, deterministic in the arguments."""
    rng = np.random.default_rng([volume, real, 0 if name is None else 1 + list(CHANGES).index(name)])
    days = QUIET_DAYS + 1 if name is None else CHANGE + AFTER
    return (simulate(rng, volume, days, real, CHANGES[name] if name else None) for _ in range(count))


def delay(alarms: Array) -> float:
    """Return the days from the change to the first alarm; 1 is the day of the change."""
    found = np.flatnonzero(alarms[CHANGE:])
    return float(found[0] + 1) if len(found) else np.inf


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cells) + " |" for cells in ([*head], ["---"] * len(head), *rows)]
    return "\n".join(lines)


def report(runs: int) -> str:
    judges: dict[str, Judge] = {
        "ours, the last 60 days": ours(Reference()),
        "ours, a fixed period of 60 days": ours(PERIOD),
        "alibi-detect: p < .05 daily": small_p_daily,
        "NannyML: mean ± 3 std": three_deviations,
        "Evidently: JS ≥ .1": far_apart,
        "WhyLabs: Hellinger ≥ .7 to last week": far_from_last_week,
    }
    parts = [INTRODUCTION.format(runs=runs)]
    presets = {f"ours, {preset}": ours(Reference(), preset) for preset in ("quiet", "sensitive")}
    for real in (True, False):
        compared = {**judges, **presets} if real else judges
        parts.append(f"## {'Real' if real else 'Ideal'}")
        parts.append("Days with an alarm per 100 quiet days, any rule (in brackets: accuracy alone).")
        parts.append(_quiet_table(runs, real, compared))
        parts.append("Median days from a change to an alarm of any rule, the day of the change being 1.")
        parts.append(_delay_table(runs // 2, real, compared))
    parts.append("## What the right rule says (real, the last 60 days)")
    parts.append(_named_table(runs // 2))
    parts.append("## days_to_prove beside the simulation (accuracy rule, the last 60 days)")
    parts.append(_forecast_table(runs // 2))
    return "\n\n".join(parts) + "\n"


INTRODUCTION = """# How often the drift rules ring for nothing, and how soon for something

Written by `python -m benchmarks.drift_rates --runs {runs}`: {runs} quiet runs of 180 days a cell, and half as many with
a change, of a model of seven classes, right 90 % of the time, by reviews a day; see the head of that file. The peers'
habits are re-implemented there in a few lines each, from their documentation; those that ring on most quiet days are
soon with everything, and those without a figure in brackets do not look at accuracy.

Goals, at 20/50/200/1000 reviews a day: at most 1.5 alarm days per 100 quiet ones over all rules and 0.5 of accuracy;
-10 points found within 15/7/3/1 days, one failing class within 18/8/3/2, over-confidence within 4/2/1/1. A prototype of
the same rules had 1.1/1.2/1.4/0.9 alarm days, and -10 points after 12/4/2/1 days, one failing class after 15/6/2/1.

The margins of the accuracy rule were chosen on these very runs. On 120 fresh ones (real, 20/50/200/1000/5000 a day) the
last 60 days gave 0.33/0.33/0.38/0.33/0.49 alarm days of any rule, 0.13/0.04/0.06/0.12/0.17 of accuracy; the fixed
period 1.83/0.93/0.44/0.54/0.47 and 1.52/0.64/0.15/0.22/0.20 (standard errors of the first two: 0.57, 0.46): a
lucky period of few reviews stays lucky, so the last 60 days are the better reference for accuracy below 200 a day. The
fresh figures of any rule are from before confidence was looked for over 3 days, which adds about 0.1 in the tables."""


def _quiet_table(runs: int, real: bool, judges: dict[str, Judge]) -> str:
    cells: dict[str, list[str]] = {name: [] for name in judges}
    cells["ours, with a reference of 14 to 60 days"] = []
    for volume in VOLUMES:
        quiet = list(runs_of(runs, volume, real, None))
        for name, judge in judges.items():
            alarms = np.array([judge(run) for run in quiet])
            cells[name].append(_rate(alarms[..., SETTLED:], judge not in (far_apart, far_from_last_week)))
            if name == "ours, the last 60 days":
                cells["ours, with a reference of 14 to 60 days"].append(_rate(alarms[..., YOUNG:SETTLED], True))
    return table(["reviews a day", *map(str, VOLUMES)], [[name, *found] for name, found in cells.items()])


def _rate(alarms: Array, judges_accuracy: bool) -> str:
    accuracy = f" ({100 * alarms[:, 0].mean():.2f})" if judges_accuracy else ""
    return f"{100 * alarms.any(axis=1).mean():.2f}{accuracy}"


def _delay_table(runs: int, real: bool, judges: dict[str, Judge]) -> str:
    cells: dict[tuple[str, str], list[str]] = {(change, name): [] for change in CHANGES for name in judges}
    for change in CHANGES:
        for volume in VOLUMES:
            changed = list(runs_of(runs, volume, real, change))
            for name, judge in judges.items():
                cells[change, name].append(_days([delay(np.asarray(judge(run).any(axis=0))) for run in changed]))
    return table(["change", "rule", *map(str, VOLUMES)], [[*key, *found] for key, found in cells.items()])


def _days(delays: list[float]) -> str:
    middle = float(np.median(delays))
    return f"{middle:g}" if np.isfinite(middle) else f"> {AFTER}"


def _named_table(runs: int) -> str:
    rows: dict[str, list[str]] = {
        "one class fails: days to an alarm of accuracy": [],
        "one class fails: runs in which that alarm names it": [],
        "over-confidence: days to an alarm of confidence": [],
        "over-confidence: days with an alarm of accuracy, per 100": [],
        "mix change: days to an alarm of the reviewed mix": [],
        "mix change: runs in which that alarm names one of the two": [],
    }
    for volume in VOLUMES:
        failing, confident, mixed = (
            [judged(run, Reference()) for run in runs_of(runs, volume, True, change)]
            for change in ("one class fails", "over-confidence", "mix change")
        )
        quiet = [test.verdict for run in confident for test in run["accuracy"][CHANGE:]]
        found = [
            *_first_alarms([run["accuracy"][CHANGE:] for run in failing], {FAILING}),
            _first_alarms([run["confidence"][CHANGE:] for run in confident], set())[0],
            f"{100 * np.mean([verdict == 'drifted' for verdict in quiet]):.2f}",
            *_first_alarms([run["target"][CHANGE:] for run in mixed], {0, 4}),
        ]
        for row, cell in zip(rows.values(), found, strict=True):
            row.append(cell)
    return table(["reviews a day", *map(str, VOLUMES)], [[name, *found] for name, found in rows.items()])


def _first_alarms(rules: list[list[DriftTest]], expected: set[int]) -> tuple[str, str]:
    """Return the median days to the first alarm, and the share of alarms that name the expected class."""
    first = [next(((i + 1, t.moved) for i, t in enumerate(rule) if t.verdict == "drifted"), None) for rule in rules]
    named = [found[1] in expected for found in first if found]
    return _days([found[0] if found else np.inf for found in first]), f"{100 * np.mean(named):.0f} %" if named else "–"


def _forecast_table(runs: int) -> str:
    rows = []
    for real in (False, True):
        for points in (10, 5):
            told, seen = [], []
            for volume in VOLUMES:
                changed = list(runs_of(runs, volume, real, f"-{points} points"))
                told.append(_days([_forecast(points, run) for run in changed]))
                seen.append(_days([delay(np.asarray(ours(Reference())(run)[0])) for run in changed]))
            kind = f"-{points} points, {'real' if real else 'ideal'}"
            rows += [[kind, "days_to_prove", *told], [kind, "simulated", *seen]]
    return table(["change", "median days", *map(str, VOLUMES)], rows)


def _forecast(points: int, run: Run) -> float:
    seen = run.reviews
    before = Reviews(seen.days[:CHANGE], *(getattr(seen, f)[:CHANGE] for f in ("n", "errors", "support", "misses")))
    return days_to_prove(points, before, Reference()) or np.inf


if __name__ == "__main__":
    main()
