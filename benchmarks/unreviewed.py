"""How often the accuracy over all predictions is covered, where people choose what they review.

Each run draws predictions of four weeks, with true classes and confidences, and lets reviewers choose a fifth of them;
the estimate has to cover the accuracy of all these predictions. `python -m benchmarks.unreviewed [--runs N]` writes
benchmarks/UNREVIEWED.md.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy import special

from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts
from monitor_core.scores.raked_classes import SCORES, class_estimates
from monitor_core.scores.raking import Estimate, accuracy_over_all, confidence_rows
from monitor_core.scores.shares import Floats

DAYS, CLASSES, SHARE = 28, 7, 0.2
SIZES = (4000, 1500, 600)
COLUMNS = (
    "predictions",
    "confidence",
    "reviewed",
    "reviewed alone, points off",
    "points off",
    "covered %",
    "± points",
    "refused %",
)
CLASS_COLUMNS = (
    "predictions",
    "confidence",
    "reviewed",
    *(f"{score}, {what}" for score in SCORES for what in ("points off", "covered %", "± points", "refused %")),
)
OUTPUT = Path(__file__).parent / "UNREVIEWED.md"
OPENING = """# The accuracy over all predictions, where people choose what they review

Written by `python -m benchmarks.unreviewed`; {number} runs a row, so that a coverage of 95% has a standard error of
{error:.1f}. Each run draws predictions of four weeks, of which a fifth is reviewed: at random, rather those of low
confidence, rather some classes, rather old ones, by all of these, or the lowest confidence first. Confidence is sharp,
weak, missing or missing for half. "Reviewed alone" is how far the accuracy of the reviewed predictions is from that of
all, "points off" how far the estimate is, in percentage points; "covered" counts the runs with an estimate.
"""
OF_CLASSES = """
## Precision, recall and F1 by class

The same predictions, with {number} runs a row; each of the seven classes counts, so a coverage of 95% has a standard
error of {error:.1f} or less. A class is refused by itself where too few of it are reviewed.
"""


@dataclass(frozen=True)
class Drawn:
    """Predictions, one entry each."""

    day: np.ndarray
    label: np.ndarray
    right: np.ndarray
    confidence: Floats  # NaN: none
    sure: Floats  # what the reviewers see of the confidence


def draw(size: int, kind: str, random: np.random.Generator) -> Drawn:
    """Draw predictions of classes of unequal frequency and difficulty; `kind`: how much confidence says."""
    day = np.sort(random.integers(0, DAYS, size))
    label = random.choice(CLASSES, size, p=special.softmax(-0.35 * np.arange(CLASSES)))
    logit = random.normal(2.6 - 0.25 * label, 1.5, size)
    right = random.random(size) < special.expit(logit)
    noise = {"sharp": 0.3, "weak": 2.5, "half missing": 0.3, "none": 0.0}[kind]
    sure = special.expit(logit + random.normal(0, noise, size))
    confidence = sure.copy()
    if kind == "none":
        confidence[:] = np.nan
    if kind == "half missing":
        confidence[random.random(size) < 0.5] = np.nan
    return Drawn(day, label, right, confidence, np.where(np.isnan(confidence), 0.5, confidence))


def _chosen(odds: Callable[[Drawn], Floats], drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    """Draw a fifth of the predictions, with these odds each."""
    logits = np.log(odds(drawn))
    low, high = -20.0, 20.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if special.expit(logits + middle).mean() < SHARE else (low, middle)
    return np.asarray(random.random(len(logits)) < special.expit(logits + low))


def _unsure(drawn: Drawn) -> Floats:
    return np.asarray(np.exp(3.0 * (1 - drawn.sure)))


def _by_class(drawn: Drawn) -> Floats:
    return np.asarray(1.5 ** (drawn.label - CLASSES / 2))


def _old_first(drawn: Drawn) -> Floats:
    return np.asarray(np.exp((DAYS / 2 - drawn.day) / 9))


def _all_of_it(drawn: Drawn) -> Floats:
    return _unsure(drawn) * _by_class(drawn) * _old_first(drawn)


def _lowest(drawn: Drawn, random: np.random.Generator) -> np.ndarray:
    order = np.argsort(drawn.sure + 1e-6 * random.random(len(drawn.sure)))
    reviewed = np.zeros(len(order), bool)
    reviewed[order[: int(SHARE * len(order))]] = True
    return reviewed


CHOICES: dict[str, Callable[[Drawn, np.random.Generator], np.ndarray]] = {
    "random": partial(_chosen, lambda drawn: np.ones(len(drawn.day))),
    "prefers unsure": partial(_chosen, _unsure),
    "by class": partial(_chosen, _by_class),
    "old first": partial(_chosen, _old_first),
    "product of all": partial(_chosen, _all_of_it),
}
KINDS = ("sharp", "weak", "none", "half missing")


def days_of(drawn: Drawn, reviewed: np.ndarray) -> list[DayCounts]:
    """Return the predictions as the history counts them."""
    bins = np.where(np.isnan(drawn.confidence), NO_CONFIDENCE, np.minimum(np.nan_to_num(drawn.confidence), 0.999999))
    bins = np.where(bins < 0, NO_CONFIDENCE, np.floor(bins * CONFIDENCE_BINS)).astype(np.int64)
    result = np.where(reviewed, np.where(drawn.right, drawn.label, (drawn.label + 1) % CLASSES), NOT_REVIEWED)
    rows, count = np.unique(np.column_stack([drawn.day, drawn.label, result, bins]), axis=0, return_counts=True)
    tables = [np.column_stack([rows[rows[:, 0] == day, 1:], count[rows[:, 0] == day]]) for day in range(DAYS)]
    none = np.zeros((0, 3), np.int64)
    return [DayCounts(int(table[:, 3].sum()), 0, 0, 0, 0, none, table, none[:, :2]) for table in tables]


def runs(size: int, kind: str, choice: str, number: int, seed: int) -> Iterator[tuple[Estimate, float, float]]:
    """Yield the estimate, the accuracy of all predictions, and that of the reviewed."""
    choose = _lowest if choice == "lowest first" else CHOICES[choice]
    for run in range(number):
        random = np.random.default_rng([seed, run])
        drawn = draw(size, kind, random)
        reviewed = choose(drawn, random)
        yield accuracy_over_all(days_of(drawn, reviewed)), drawn.right.mean(), drawn.right[reviewed].mean()


@dataclass(frozen=True)
class ClassRun:
    """The estimate of a score of a class in a run, and its true value among all predictions."""

    score: str
    estimate: Estimate
    truth: float


def class_runs(size: int, kind: str, choice: str, number: int, seed: int) -> Iterator[ClassRun]:
    """Yield each score of each class that occurs, in each run."""
    for run in range(number):
        random = np.random.default_rng([seed, run])
        drawn = draw(size, kind, random)
        target = np.where(drawn.right, drawn.label, (drawn.label + 1) % CLASSES)
        days = days_of(drawn, CHOICES[choice](drawn, random))
        for each in class_estimates(*confidence_rows(days), len(days), CLASSES):
            hits = float((drawn.right & (drawn.label == each.label)).sum())
            predicted, support = float((drawn.label == each.label).sum()), float((target == each.label).sum())
            truths = (hits / predicted, hits / support, 2 * hits / (predicted + support))
            yield from (ClassRun(*of, truth) for of, truth in zip(each.of.items(), truths, strict=True))


def main() -> None:
    """Write benchmarks/UNREVIEWED.md, with a row for each situation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--class-runs", type=int, default=100)
    arguments = parser.parse_args()
    number, of_classes = arguments.runs, arguments.class_runs
    situations = [
        (size, choice, kind)
        for size, choice, kind in product(SIZES, (*CHOICES, "lowest first"), KINDS)
        if choice != "lowest first" or kind in ("sharp", "weak")
    ]
    rows = [
        row_of(size, kind, choice, list(runs(size, kind, choice, number, seed)))
        for seed, (size, choice, kind) in enumerate(situations)
    ]
    by_class = [
        class_row_of(size, kind, choice, list(class_runs(size, kind, choice, of_classes, seed)))
        for seed, (size, choice, kind) in enumerate(situations)
        if choice in CHOICES
    ]
    opening = OPENING.format(number=number, error=standard_error(number))
    classes = OF_CLASSES.format(number=of_classes, error=standard_error(of_classes))
    parts = (opening, _table(COLUMNS, rows), classes, _table(CLASS_COLUMNS, by_class))
    OUTPUT.write_text("\n".join(parts), "utf-8")


def standard_error(number: int) -> float:
    """Return the standard error of a coverage of 95% in so many runs, in percentage points."""
    return float(100 * (0.05 * 0.95 / number) ** 0.5)


def _table(columns: Sequence[str], rows: Sequence[str]) -> str:
    return "\n".join([f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *rows, ""])


def class_row_of(size: int, kind: str, choice: str, each: list[ClassRun]) -> str:
    """Return the row of a situation, of all classes together."""
    cells = [f"{size:,}", kind, choice]
    for score in SCORES:
        of_score = [run for run in each if run.score == score]
        cells += _cells([(run.estimate, run.truth) for run in of_score if not run.estimate.refused], len(of_score))
    return f"| {' | '.join(cells)} |"


def row_of(size: int, kind: str, choice: str, each: list[tuple[Estimate, float, float]]) -> str:
    """Return the row of a situation."""
    there = [(e, truth) for e, truth, _ in each if not e.refused]
    alone = f"{100 * np.mean([alone - truth for _, truth, alone in each]):+.1f}"
    return f"| {' | '.join([f'{size:,}', kind, choice, alone, *_cells(there, len(each))])} |"


def _cells(there: list[tuple[Estimate, float]], runs: int) -> list[str]:
    """Return how far the estimates are off, how many cover, their half-widths, and how many of the runs have none."""
    refused = f"{100 - 100 * len(there) / runs:.0f}"
    if not there:
        return ["–", "–", "–", refused]
    off = 100 * np.mean([e.value - truth for e, truth in there])
    covered = 100 * np.mean([e.low <= truth <= e.high for e, truth in there])
    return [f"{off:+.2f}", f"{covered:.1f}", f"{50 * np.mean([e.high - e.low for e, _ in there]):.1f}", refused]


if __name__ == "__main__":
    main()
