"""Whether the forecast number of reviews a day finds a fall of accuracy in the wanted number of days.

Each run draws 90 days without a change and then a fall, in three classes alike, with as many reviews a day as the
forecast asks for; the accuracy rule judges them. `python -m benchmarks.review_budget [--runs N]` writes
benchmarks/BUDGET.md.
"""

import argparse
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from monitor_core.drift.accuracy import accuracy_falling
from monitor_core.drift.forecast import days_to_prove, reviews_to_prove
from monitor_core.drift.reference import Reference
from monitor_core.drift.series import Reviews

WELL, SHARES, ERRORS, WORLDS = 90, (0.5, 0.3, 0.2), 0.1, 15
SITUATIONS = ((10, 7), (10, 14), (10, 30), (5, 7), (5, 14), (5, 30), (3, 14), (2, 7), (2, 14), (2, 30))
OUTPUT = Path(__file__).parent / "BUDGET.md"
OPENING = """# The review budget against simulated falls

Written by `python -m benchmarks.review_budget`; {runs} runs a row, of a model that is wrong for a tenth. "Reviews a
day" are those that the page Reviews asks for to find the fall within so many days; "median" is when the accuracy rule
fired then, with the standard error of the median, and "forecast" what the page says of this volume.

| fall, points | wanted within, days | reviews a day | forecast, days | median, days | ± | found in time % | never % |
|---|---|---|---|---|---|---|---|
"""


def draw(days: int, fall: float, a_day: int, random: np.random.Generator) -> Reviews:
    """Draw days of reviews, of which those after WELL have more errors."""
    support = random.multinomial(np.full(days, a_day), SHARES)
    rate = np.where(np.arange(days) >= WELL, ERRORS + fall / 100, ERRORS)
    misses = random.binomial(support, rate[:, None])
    of_days = tuple(date(2026, 1, 5) + timedelta(day) for day in range(days))
    return Reviews(of_days, support.sum(axis=1), misses.sum(axis=1), support, misses)


def row_of(fall: float, within: int, runs: int) -> str:
    """Return the row of a fall that is to be found within so many days."""
    worlds = [draw(WELL, 0, 100, np.random.default_rng([seed, 1])) for seed in range(WORLDS)]
    needed = [reviews_to_prove(fall, within, world, Reference()) for world in worlds]
    a_day, length = round(float(np.median([of for of in needed if of is not None]))), 4 * within
    forecast, after = [], []
    for seed in range(runs):
        reviews = draw(WELL + length, fall, a_day, np.random.default_rng([seed, 2]))
        tests = accuracy_falling(reviews, Reference())
        after.append(next((n - WELL + 1 for n in range(WELL, len(tests)) if tests[n].verdict == "drifted"), np.inf))
        if seed < WORLDS:
            counts = (reviews.n[:WELL], reviews.errors[:WELL], reviews.support[:WELL], reviews.misses[:WELL])
            before = Reviews(reviews.days[:WELL], *counts)
            forecast.append(days_to_prove(fall, before, Reference()) or np.inf)
    draws = np.random.default_rng(3).choice(after, (400, runs))
    error = np.std(np.median(np.minimum(draws, length), axis=1))
    in_time, never = 100 * np.mean(np.array(after) <= within), 100 * np.mean(np.isinf(after))
    numbers = (f"{np.median(forecast):g}", f"{np.median(after):g}", f"{error:.1f}", f"{in_time:.0f}", f"{never:.0f}")
    return f"| {fall:g} | {within} | {a_day:,} | {' | '.join(numbers)} |"


def main() -> None:
    """Write benchmarks/BUDGET.md, with a row for each fall and number of days."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=150)
    runs = parser.parse_args().runs
    rows = [row_of(fall, within, runs) for fall, within in SITUATIONS]
    OUTPUT.write_text(OPENING.format(runs=runs) + "\n".join(rows) + "\n", "utf-8")


if __name__ == "__main__":
    main()
