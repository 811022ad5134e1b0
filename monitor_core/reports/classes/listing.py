"""The order of the classes on a page, a search among them, and which of them have a bar."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from monitor_core.reports.performance import SCORE_COLUMNS, Performance
from monitor_core.reports.training import TrainingMix
from monitor_core.scores.shares import FEWEST

WORST, MISTAKES, SUPPORT, NAME = "worst F1", "mistakes", "support", "name"
DIFFERENCE, TRAINING, PRODUCTION = "difference", "training", "production"
BY_SCORE, BY_SAMPLES = (WORST, MISTAKES, SUPPORT, NAME), (SUPPORT, WORST, MISTAKES, NAME)
BY_MIX = (DIFFERENCE, TRAINING, PRODUCTION, NAME)
AT_A_TIME = 30  # classes with a bar each: more than one screen of them is a table
DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Listing:
    """The classes of a page, as a visitor chose them."""

    order: str
    search: str = ""
    page: int = 1  # of AT_A_TIME classes each

    def matching(self, names: Sequence[str]) -> list[str]:
        """Return the names that contain what is searched, in upper or lower case."""
        part = self.search.strip().casefold()
        return [name for name in names if part in name.casefold()]

    def of_page(self, names: Sequence[str]) -> list[str]:
        """Return the matching names of this page; of the last one, if there are fewer pages."""
        chosen = self.matching(names)
        first = (min(self.page, pages(len(chosen))) - 1) * AT_A_TIME
        return chosen[first : first + AT_A_TIME]


def pages(count: int) -> int:
    """Return how many pages as many classes have.

    >>> pages(0), pages(30), pages(31)
    (1, 1, 2)
    """
    return max(1, -(-count // AT_A_TIME))


def ordered(now: Performance, order: str) -> list[str]:
    """Return the names of all classes in this order, one of BY_SCORE; of equal ones, in that of their numbers."""
    table = now.by_class
    if order == NAME:
        return sorted(table["name"], key=_natural)
    return table["name"].iloc[np.argsort(_keys(now, order), kind="stable")].tolist()


def _keys(now: Performance, order: str) -> np.ndarray:
    if order == WORST:
        return _worth(now)
    number: np.ndarray = mistakes(now) if order == MISTAKES else now.by_class["support"].to_numpy()
    return -number


def ordered_mix(mix: TrainingMix, order: str) -> list[str]:
    """Return the names of the classes of training and production in this order, one of BY_MIX."""
    table = mix.table
    if order == NAME:
        return sorted(table["name"], key=_natural)
    value = table[order].abs() if order == DIFFERENCE else table[order]
    return table["name"].iloc[np.argsort(-value.to_numpy(float), kind="stable")].tolist()


def mistakes(now: Performance) -> np.ndarray:
    """Return how often each class of `by_class` was missed or predicted wrongly, shape (classes,)."""
    total = now.confusion.total()
    wrong: np.ndarray = (total.support + total.predicted - 2 * total.hits)[total.others :]
    return wrong


def in_order(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the table's rows of these names, in their order."""
    place = {name: i for i, name in enumerate(names)}
    places = np.array([place.get(name, len(names)) for name in table["name"]], int)
    rows = np.argsort(places, kind="stable")[: int((places < len(names)).sum())]
    return table.take(rows).reset_index(drop=True)


def _worth(now: Performance) -> np.ndarray:
    """Return each class's F1, or the middle of its bounds; NaN, which sorts last, with too few samples."""
    value, low, high, samples = (now.by_class[f"f1{end}"].to_numpy(float) for end in SCORE_COLUMNS)
    return np.where(samples < FEWEST, np.nan, np.where(np.isnan(value), (low + high) / 2, value))


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that puts "class 2" before "class 10"."""
    parts = DIGITS.split(name.casefold())
    return [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in parts if part]
