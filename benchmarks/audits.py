"""How often the accuracy estimated from the audit covers that of all predictions, whatever else people review.

Each run draws four weeks in which people choose what they review, makes the audit's plan from these, and draws four
further weeks, in which the audit is reviewed, but for a few. `python -m benchmarks.audits [--runs N]` writes
benchmarks/AUDITS.md.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy import special

from benchmarks.unreviewed import CHOICES, Drawn, _chosen, _lowest, days_of, draw
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.scores.audit import (
    AuditCounts,
    AuditPlan,
    audited_accuracy,
    ranges_and_probabilities,
)
from monitor_core.scores.raking import Estimate
from monitor_core.scores.shares import Floats

SIZES = ((4000, 0.1), (1500, 0.1), (600, 0.2))  # predictions, and the audit's share
KINDS = ("very sharp", "sharp", "weak", "none", "half missing", "worse than planned")
SHARPNESS = 1.8  # that the logits of sharp confidence are multiplied by to be very sharp
LATE = 0.03  # of the audit, unreviewed
NOTICED = 8.0  # as often as a right prediction a wrong one is reviewed by people who notice errors
COLUMNS = (
    "predictions",
    "audit %",
    "confidence",
    "people review",
    "all reviewed, points off",
    "points off",
    "covered %",
    "± points",
    "refused %",
    "± of equal shares",
)
OUTPUT = Path(__file__).parent / "AUDITS.md"
OPENING = """# The accuracy estimated from the audit, while people also review what they choose

Written by `python -m benchmarks.audits`; {number} runs a row, so that a coverage of 95% has a standard error of
{error:.1f}, and "points off" one of {off:.2f} or less. Each run draws four weeks in which a fifth is reviewed by
choice, makes the plan of the audit from them, and draws four further weeks with the audit, of which {late:.0%} stay
unreviewed. Besides, people review nothing, a fifth of the predictions by choice, or those that they notice to be
wrong eight times as often as right ones. "Worse than planned" has sharp confidence in the first weeks; in the others,
a tenth of the right predictions is wrong whatever the confidence. "All reviewed" is how far the accuracy of all
reviewed predictions, the audit among them, is from that of all predictions; "points off" how far the estimate is, in
percentage points; "covered" counts the runs with an estimate; "± of equal shares" is the half width that an audit of
the same share has which draws all ranges of confidence alike.

On average over the rows, {average:.1f}% are covered; the least covered row has {least:.1f}%, and the estimate is at
most {most:.2f} percentage points off.
"""


def _noticing(drawn: Drawn) -> Floats:
    return np.where(drawn.right, 1.0, NOTICED)


OTHERS: dict[str, Callable[[Drawn, np.random.Generator], np.ndarray]] = {
    "nothing": lambda drawn, _: np.zeros(len(drawn.day), bool),
    "prefers unsure": CHOICES["prefers unsure"],
    "lowest first": _lowest,
    "notices errors": partial(_chosen, _noticing),
}


def _planned(size: int, kind: str, random: np.random.Generator) -> Drawn:
    """Draw the predictions of the weeks that the plan is made from."""
    if kind != "very sharp":
        return draw(size, "sharp" if kind == "worse than planned" else kind, random)
    drawn = draw(size, "sharp", random)
    confidence = special.expit(SHARPNESS * special.logit(drawn.confidence))
    return replace(drawn, right=random.random(size) < confidence, confidence=confidence, sure=confidence)


def _now(size: int, kind: str, random: np.random.Generator) -> Drawn:
    """Draw the predictions of the weeks with the audit."""
    drawn = _planned(size, kind, random)
    if kind != "worse than planned":
        return drawn
    return replace(drawn, right=drawn.right & (random.random(size) < 0.9))


def counted(drawn: Drawn, plan: AuditPlan, random: np.random.Generator) -> tuple[AuditCounts, np.ndarray]:
    """Return the counts of the audit's ranges, and which predictions are reviewed for it."""
    bins = np.minimum(np.nan_to_num(drawn.confidence) * CONFIDENCE_BINS, CONFIDENCE_BINS - 1).astype(np.int64)
    place = np.where(np.isnan(drawn.confidence), 0, 1 + np.searchsorted(plan.bounds, bins, side="right"))
    probability = np.array(plan.probabilities)
    is_drawn = random.random(len(place)) < probability[place]
    reviewed = is_drawn & (random.random(len(place)) >= LATE)
    rows = (np.ones(len(place), bool), is_drawn, reviewed, reviewed & drawn.right)
    predictions, members, done, right = (np.bincount(place[of], minlength=len(probability)) for of in rows)
    return AuditCounts(probability, predictions, members, done, right), reviewed


def runs(
    size: int, share: float, kind: str, others: str, number: int, seed: int
) -> Iterator[tuple[Estimate, float, float, Estimate]]:
    """Yield the estimate, the accuracy of all predictions, that of all reviewed, and the estimate of equal shares."""
    choose = OTHERS[others]
    for run in range(number):
        random = np.random.default_rng([seed, run])
        before = _planned(size, kind, random)
        chosen = (choose if others != "nothing" else CHOICES["random"])(before, random)
        bounds, probabilities = ranges_and_probabilities(days_of(before, chosen), share)
        plan = AuditPlan(date(2026, 1, 1), "", share, bounds, probabilities, "", datetime(2026, 1, 1, tzinfo=UTC))
        drawn = _now(size, kind, random)
        counts, reviewed = counted(drawn, plan, random)
        reviewed |= choose(drawn, random)
        equal, _ = counted(drawn, replace(plan, probabilities=tuple([share] * len(probabilities))), random)
        yield audited_accuracy(counts), drawn.right.mean(), drawn.right[reviewed].mean(), audited_accuracy(equal)


Row = tuple[str, float, float]  # the row of the table, the share covered, and how far off the estimate is


def row_of(head: list[str], each: list[tuple[Estimate, float, float, Estimate]]) -> Row:
    """Return the row of a situation."""
    there = [(e, truth) for e, truth, _, _ in each if not e.refused]
    off = 100 * float(np.mean([e.value - truth for e, truth in there]))
    covered = 100 * float(np.mean([e.low <= truth <= e.high for e, truth in there]))
    cells = [
        *head,
        f"{100 * np.mean([alone - truth for _, truth, alone, _ in each]):+.1f}",
        f"{off:+.2f}",
        f"{covered:.1f}",
        f"{50 * np.mean([e.high - e.low for e, _ in there]):.1f}",
        f"{100 - 100 * len(there) / len(each):.0f}",
        f"{50 * np.nanmean([e.high - e.low for *_, e in each]):.1f}",
    ]
    return f"| {' | '.join(cells)} |", covered, off


def main() -> None:
    """Write benchmarks/AUDITS.md, with a row for each situation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    number = parser.parse_args().runs
    rows = [
        row_of(
            [f"{size:,}", f"{100 * share:.0f}", kind, others],
            list(runs(size, share, kind, others, number, seed)),
        )
        for seed, ((size, share), kind, others) in enumerate(product(SIZES, KINDS, OTHERS))
    ]
    opening = OPENING.format(
        number=number,
        error=100 * (0.05 * 0.95 / number) ** 0.5,
        off=4.5 / number**0.5,
        late=LATE,
        average=np.mean([covered for _, covered, _ in rows]),
        least=min(covered for _, covered, _ in rows),
        most=max(abs(off) for *_, off in rows),
    )
    head = "\n".join([f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"])
    OUTPUT.write_text("\n".join([opening, head, *(text for text, _, _ in rows)]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
