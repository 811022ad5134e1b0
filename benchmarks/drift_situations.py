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

from benchmarks import drift_unseen, drift_unseen_2, traffic_rates
from benchmarks import drift_worlds as worlds
from benchmarks.drift_unseen import UNSEEN, Plant
from benchmarks.drift_unseen_2 import UNSEEN_2, Shop
from benchmarks.drift_worlds import Array, Predictions, World, simulate
from monitor_core.drift.reference import Reference
from monitor_core.drift.rules import BY_KEY, RULES
from monitor_core.drift.series import DailyCounts, Reviews

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

    @property
    def goal(self) -> str:
        false = [f"false ≤ {self.false:g}"] if self.false is not None else []
        return ", ".join([*false, *([f"{self.days:g} days"] if self.days is not None else [])])


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


def drawn(situation: Situation, world: World | Plant | Shop, run: int) -> Predictions:
    """Draw a run, which is determined by its arguments."""
    rng = np.random.default_rng([run, situation.volume, seed_of(situation.name + world.name)])
    late = LATE if situation.rules == ("rise",) else DAYS
    arguments = situation.volume, late, situation.change, CHANGE, situation.scene
    if isinstance(world, Plant):
        predictions = drift_unseen.simulate(rng, world, *arguments)
    elif isinstance(world, Shop):
        predictions = drift_unseen_2.simulate(rng, world, *arguments)
    else:
        predictions = simulate(rng, world, *arguments)
    return situation.habit(rng, predictions) if situation.habit else predictions


def seed_of(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")


def series_of(situation: Situation, predictions: Predictions) -> dict[str, Reviews | DailyCounts]:
    """Return what the rules test, by their keys."""
    series = predictions.series()
    if situation.scene > 1 and isinstance(series["accuracy"], Reviews):
        series["accuracy"] = worlds.by_scene(predictions, series["accuracy"], situation.scene)
    return series


def fired(situation: Situation, series: dict[str, Reviews | DailyCounts]) -> Array:
    """Return on which days one of the rules fires."""
    tests = [BY_KEY[key].detector(series[key], Reference(), "balanced") for key in situation.rules]
    return np.asarray(np.any([[test.verdict == "drifted" for test in of_rule] for of_rule in tests], axis=0))


@dataclass(frozen=True)
class Tally:
    """False days per 100 quiet ones and delays, of the runs so far."""

    quiet: list[float]
    delays: list[float]

    def add(self, situation: Situation, alarms: Array) -> None:
        self.quiet.append(100 * float(alarms[situation.quiet_from : CHANGE].mean()))
        after = np.flatnonzero(alarms[CHANGE:])
        self.delays.append(after[0] + 1 if len(after) else np.inf)

    @property
    def measured(self) -> Measured:
        error = np.std(self.quiet, ddof=1) / np.sqrt(len(self.quiet)) if len(self.quiet) > 1 else np.nan
        return Measured(float(np.mean(self.quiet)), float(error), np.array(self.delays, float))


def peer(name: str) -> Callable[[Reviews | DailyCounts], Array]:
    """Return a peer's habit, on the daily accuracy of the samples: against the first 60 days, or the last seven."""

    def judge(reviews: Reviews | DailyCounts) -> Array:
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


PEERS = ("mean ± 3 std", "p < .05", "10 % against seven days")


class Study:
    """The tallies of all cells, to which one run of all cells after another is added."""

    def __init__(self) -> None:
        self.runs = 0
        self.tallies: dict[tuple[str, str], Tally] = {}

    def run(self) -> None:
        """Draw and judge one run of each cell."""
        for world in (*worlds.WORLDS, *worlds.FEW_AND_MANY, UNSEEN, UNSEEN_2):
            for situation in situations_of(world):
                series = series_of(situation, drawn(situation, world, self.runs))
                self._add(world.name, situation, fired(situation, series))
                if world is worlds.WORLDS[0]:
                    for name in PEERS:
                        self._add(name, situation, peer(name)(series["accuracy"]))
        self.runs += 1

    def _add(self, column: str, situation: Situation, alarms: Array) -> None:
        self.tallies.setdefault((column, situation.name), Tally([], [])).add(situation, alarms)

    def table(self, columns: tuple[str, ...], situations: tuple[Situation, ...], bold: bool = True) -> str:
        """Return a table of these columns, with goals if they can be missed."""
        lines = [f"| situation |{' goal |' if bold else ''} {' | '.join(columns)} |"]
        lines.append("|---" * (1 + bold + len(columns)) + "|")
        for situation in situations:
            cells = [self.tallies[column, situation.name].measured.cell(situation) for column in columns]
            if not bold:
                cells = [cell.replace("**", "") for cell in cells]
            lines.append(f"| {situation.name} |{f' {situation.goal} |' if bold else ''} {' | '.join(cells)} |")
        return "\n".join(lines)

    def report(self) -> str:
        """Return the section of DRIFT.md."""
        of_volumes = SITUATIONS[: len(VOLUMES)]
        return "\n\n".join(
            [
                INTRODUCTION.format(runs=self.runs),
                self.table(tuple(world.name for world in worlds.WORLDS), SITUATIONS),
                "With the fewest and the most classes:",
                self.table(tuple(world.name for world in worlds.FEW_AND_MANY), of_volumes),
                OF_UNSEEN,
                self.table((UNSEEN.name, UNSEEN_2.name), SITUATIONS),
                "The habits of peers, on the daily accuracy of the same runs in the first world (re-implemented):",
                self.table(PEERS, SITUATIONS, bold=False),
            ]
        )


def situations_of(world: World | Plant | Shop) -> tuple[Situation, ...]:
    return SITUATIONS[: len(VOLUMES)] if world in worlds.FEW_AND_MANY else SITUATIONS


INTRODUCTION = """## Where teams really work

Written by `python -m benchmarks.drift_situations`: {runs} runs a cell, of the generator of
`benchmarks/drift_worlds.py`, and of `benchmarks/drift_unseen.py` and `benchmarks/drift_unseen_2.py` for the unseen
ones. A cell has the alarm days per 100 quiet days, ± one standard error, and the median days from the change to an
alarm, in brackets the 90 % quantile. Bold: a goal is missed, false days by more than two standard errors, a delay by
the median or, at the quantile, by more than twice. "Never": not within 65 days, after which a moving reference begins
to take the change for normal."""
OF_UNSEEN = """The same in worlds of other generators. The second was written and run once
after all parameters of the rules had been frozen. So had the first one been; what it showed has since been mended:"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=np.inf, help="after so many, no further run begins")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("DRIFT.md"))
    asked, started, study = parser.parse_args(), perf_counter(), Study()
    while study.runs < asked.runs and perf_counter() - started < 60 * asked.minutes:
        study.run()
        write(asked.out, study, "(not run yet)", 0)
        print(f"{study.runs} runs, {perf_counter() - started:.0f} s", flush=True)
    write(asked.out, study, traffic_rates.table(asked.runs), asked.runs)


def write(out: Path, study: Study, traffic: str, traffic_runs: int) -> None:
    """Write the section into the file, and leave the rest of it as it is."""
    of_traffic = (
        "The number of predictions is unusual; nine in ten vanish "
        f"(`benchmarks/traffic_rates.py`, {traffic_runs} runs a cell):"
    )
    section = "\n\n".join([MARKS[0], study.report(), of_traffic, traffic, MARKS[1]])
    text = out.read_text("utf-8") if out.exists() else ""
    before, _, after = text.partition(MARKS[0])
    out.write_text(f"{before.rstrip()}\n\n{section}\n\n{after.partition(MARKS[1])[2].strip()}\n", "utf-8")


if __name__ == "__main__":
    main()
