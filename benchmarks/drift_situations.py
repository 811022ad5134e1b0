"""Drift rules where teams really work: `python -m benchmarks.drift_situations`; writes its part of DRIFT.md.

Reviews in batches, from sorted queues, of chosen predictions, of near-duplicates, or that only confirm, in the worlds
of benchmarks.drift_worlds. Each run is quiet until the day of a change: the days before it count false alarms, those
after it the delay. The peers' habits judge the accuracy of the same runs.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks import drift_unseen, traffic_rates
from benchmarks import drift_worlds as worlds
from benchmarks.drift_unseen import UNSEEN, Plant
from benchmarks.drift_worlds import Array, Predictions, World, simulate
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY, RULES
from monitor_core.drift.series import Reviews

DAYS, CHANGE, SETTLED = 215, 150, 81  # days of a run, that of the change, and the first that is counted
LATE, GONE = 260, 200  # days of a run in which confirmations end, and when
MARKS = ("<!-- situations -->", "<!-- end of situations -->")
Habit = Callable[[np.random.Generator, Predictions], Predictions]


@dataclass(frozen=True)
class Situation:
    """A habit of review with a change, and what is to be reached; None: no goal."""

    name: str
    volume: int  # predictions a day
    change: str
    days: float | None  # median delay
    false: float | None  # false days per 100
    habit: Habit | None = None
    rules: tuple[str, ...] = ("accuracy",)
    scene: int = 1
    quiet_from: int = SETTLED


def turning(preference: float) -> Habit:
    return partial(worlds.a_third, preference=preference, since=100)


ALL = tuple(rule.key for rule in RULES)
VOLUMES = (5, 20, 50, 200, 1000, 5000)
SITUATIONS = (
    *(Situation(f"all rules, {n} a day, −10 points", n, "-10", None, 1, rules=ALL) for n in VOLUMES),
    Situation("one class −50 points, 20 a day", 20, "class 50", 20, None),
    Situation("one class −30 points, 20 a day", 20, "class 30", 20, None),
    Situation("over-confidence by 1.2 logits, 20 a day", 20, "over 1.2", 4, None, rules=("confidence",)),
    *(
        Situation(f"batches each {n} days, 50 a day, −10", 50, "-10", 25 if n == 14 else 10, 0.5,
                  partial(worlds.in_batches, every=n), quiet_from=100)
        for n in (5, 7, 14)
    ),
    *(
        Situation(f"queue by {by}, 50 a day, {change}", 50, change, days, 0.5, partial(worlds.from_a_queue, by=by),
                  quiet_from=100)
        for by in ("class", "confidence") for change, days in (("-10", 20), ("class 50", 25))
    ),
    Situation("a third is reviewed, 170 a day, −10", 170, "-10", None, None, turning(0)),
    Situation("the same, turned to low confidence (1), −10", 170, "-10", None, 1, turning(1)),
    Situation("the same, turned strongly (2), −10", 170, "-10", None, 1, turning(2)),
    Situation("only confident reviewed, 100 a day, blur", 100, "blur", 20, None, worlds.only_confident),
    Situation("half is confirmed, 50 a day", 50, "", 15, None,
              partial(worlds.half_confirmed, come=CHANGE, gone=DAYS), ("rise",)),
    *(Situation(f"scenes of 10, {n} a day, −20", n, "-20", None, 1.5, scene=10) for n in (50, 200)),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """False days per 100 quiet ones with their standard error, and delays; infinite where it never fired."""

    false: float
    error: float
    delays: Array

    def cell(self, situation: Situation) -> str:
        """Return the figures, in bold where they miss a goal by more than two standard errors."""
        texts = [f"{self.false:.2f} ± {self.error:.2f}"]
        if situation.false is not None and self.false - 2 * self.error > situation.false:
            texts[0] = f"**{texts[0]}**"
        median, latest = np.median(self.delays), np.quantile(self.delays, 0.9, method="higher")
        delay = f"{_days(median)} ({_days(latest)})"
        late = situation.days is not None and (median > situation.days or latest > 2 * situation.days)
        return f"{texts[0]}; {f'**{delay}**' if late else delay}"


def _days(days: float) -> str:
    return f"{days:g}" if np.isfinite(days) else "never"


def drawn(situation: Situation, world: World | Plant, run: int) -> Predictions:
    """Draw a run, which is determined by its arguments."""
    rng = np.random.default_rng([run, situation.volume, seed_of(situation.name + world.name)])
    late = LATE if situation.rules == ("rise",) else DAYS
    arguments = situation.volume, late, situation.change, CHANGE, situation.scene
    if isinstance(world, Plant):
        predictions = drift_unseen.simulate(rng, world, *arguments)
    else:
        predictions = simulate(rng, world, *arguments)
    return situation.habit(rng, predictions) if situation.habit else predictions


def seed_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")


def fired(situation: Situation, predictions: Predictions) -> Array:
    """Return on which days one of the rules fires."""
    series = predictions.series()
    if situation.scene > 1 and isinstance(series["accuracy"], Reviews):
        series["accuracy"] = worlds.by_scene(predictions, series["accuracy"], situation.scene)
    tests = [BY_KEY[key].detector(series[key], Reference(), "balanced") for key in situation.rules]
    return np.asarray(np.any([[test.verdict == "drifted" for test in of_rule] for of_rule in tests], axis=0))


def measure(
    situation: Situation, world: World | Plant, runs: int, judge: Callable[[Situation, Predictions], Array]
) -> Measured:
    """Run a situation so often."""
    quiet, delays = [], []
    for run in range(runs):
        alarms = judge(situation, drawn(situation, world, run))
        quiet.append(100 * alarms[situation.quiet_from : CHANGE].mean())
        after = np.flatnonzero(alarms[CHANGE:])
        delays.append(after[0] + 1 if len(after) else np.inf)
    return Measured(float(np.mean(quiet)), float(np.std(quiet) / np.sqrt(runs)), np.array(delays, float))


def peer(name: str) -> Callable[[Situation, Predictions], Array]:
    """Return a peer's habit, on the daily accuracy of the samples: against the first 60 days, or the last seven."""

    def judge(situation: Situation, predictions: Predictions) -> Array:
        reviews = predictions.series()["accuracy"]
        n, x = np.asarray(reviews.n, float), np.asarray(reviews.errors, float)  # type: ignore[union-attr]
        with np.errstate(invalid="ignore", divide="ignore"):
            share, first = 1 - x / n, 1 - x[:60].sum() / n[:60].sum()
            if name == "mean ± 3 std":
                return np.asarray(np.abs(share - np.nanmean(share[:60])) > 3 * np.nanstd(share[:60]))
            if name == "p < .05":
                error = np.sqrt(first * (1 - first) * (1 / n + 1 / n[:60].sum()))
                return np.asarray(np.abs(share - first) > 1.96 * error)
            running = np.concatenate([np.zeros((8, 2)), np.cumsum(np.column_stack([x, n]), axis=0)])
            errors, rows = (running[7:-1] - running[:-8]).T
            return np.asarray(np.abs(share / (1 - errors / rows) - 1) > 0.1)

    return judge


def table(of_worlds: tuple[World | Plant, ...], runs: int) -> str:
    """Return the table of all situations."""
    lines = [
        f"| situation | goal | {' | '.join(world.name for world in of_worlds)} |",
        "|---" * (2 + len(of_worlds)) + "|",
    ]
    for situation in SITUATIONS:
        goal = ", ".join(
            [*([f"false ≤ {situation.false:g}"] if situation.false is not None else []),
             *([f"{situation.days:g} days"] if situation.days is not None else [])]
        )  # fmt: skip
        cells = [measure(situation, world, runs, fired).cell(situation) for world in of_worlds]
        lines.append(f"| {situation.name} | {goal} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def peers(runs: int) -> str:
    """Return the table of the peers, in the first world."""
    names = ("mean ± 3 std", "p < .05", "10 % against seven days")
    lines = [f"| situation | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
    for situation in SITUATIONS:
        cells = [
            measure(situation, worlds.WORLDS[0], runs, peer(name)).cell(situation).replace("**", "") for name in names
        ]
        lines.append(f"| {situation.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


INTRODUCTION = """## Where teams really work

Written by `python -m benchmarks.drift_situations --runs {runs}`: {runs} runs a cell, of the generator of
`benchmarks/drift_worlds.py`, and of `benchmarks/drift_unseen.py` for the unseen one. A cell has the alarm days per 100
quiet days, ± one standard error, and the median days from the change to an alarm, in brackets the 90 % quantile. Bold:
a goal is missed, false days by more than two standard errors, a delay by the median or, at the quantile, by more than
twice. "Never": not within 65 days, after which a moving reference begins to take the change for normal."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("DRIFT.md"))
    asked, started = parser.parse_args(), perf_counter()
    parts = [
        MARKS[0],
        INTRODUCTION.format(runs=asked.runs),
        table(worlds.WORLDS, asked.runs),
        "The same in a world that had not been run before the parameters of the rules were frozen, run once:",
        table((UNSEEN,), asked.runs),
        "The habits of peers, on the daily accuracy of the same runs in the first world (re-implemented):",
        peers(asked.runs),
        "The number of predictions is unusual; nine in ten vanish (`benchmarks/traffic_rates.py`, 200 runs a cell):",
        traffic_rates.table(200),
        MARKS[1],
    ]
    text = asked.out.read_text("utf-8") if asked.out.exists() else ""
    before, _, after = text.partition(MARKS[0])
    asked.out.write_text(
        before.rstrip() + "\n\n" + "\n\n".join(parts) + after.partition(MARKS[1])[2].rstrip() + "\n", "utf-8"
    )
    print(f"{perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
