"""The classes and the pairs that are confused most: what a matrix of very many classes cannot show."""

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.reports.performance import Performance
from monitor_core.scores.confusion import Ints
from monitor_core.scores.design import cell_intervals
from monitor_core.scores.shares import ratio

MOST_CELLS = 25  # classes of a whole matrix, whose cells have room for numbers
BLOCK = 20  # classes of the most confused block, where there are more
MOST_PAIRS = 20


def is_block(now: Performance) -> bool:
    """Return whether there are too many classes for a whole matrix."""
    return len(now.by_class) > MOST_CELLS


def matrix_classes(now: Performance) -> list[str]:
    """Return the names of the matrix's classes."""
    names = list(now.names.values())
    return [names[i] for i in matrix_places(now)]


def matrix_places(now: Performance) -> list[int]:
    """Return the places of the matrix's classes among all: every one, or those of the pairs confused most."""
    others = now.confusion.total().others
    if not is_block(now):
        return list(range(others, len(now.names)))
    chosen: list[int] = []
    for pair in _pairs(now)[:, :2].tolist():
        chosen += [label for label in pair if label not in chosen]
        if len(chosen) >= BLOCK:
            break
    most = np.argsort(-now.by_class["support"].to_numpy(), kind="stable") + others  # where few are confused
    chosen += [label for label in most[: 2 * BLOCK].tolist() if label not in chosen]
    return sorted(chosen[:BLOCK])


def confused_pairs(now: Performance) -> pd.DataFrame:
    """Return the pairs confused most: pair, target, prediction, count, share, low, high, text.

    `share` is of the target's samples, with its 95% interval.
    """
    target, prediction, count = _pairs(now)[:MOST_PAIRS].T
    names = np.array([*now.names.values()], object)
    ends = cell_intervals(now.confusion, target, prediction)
    share = ratio(count, now.confusion.total().support[target])
    table = pd.DataFrame({"target": names[target], "prediction": names[prediction], "count": count, "share": share})
    table["low"], table["high"] = ends[..., 0], ends[..., 1]
    table.insert(0, "pair", table["target"] + " → " + table["prediction"])
    shares = [wording.number(each) for each in share]
    return table.assign(text=[f"{each:,} ({of} of the class)" for each, of in zip(count, shares, strict=True)])


def _pairs(now: Performance) -> Ints:
    """Return target, prediction (places) and count of each pair of two classes that was confused, most first."""
    cells, others = now.confusion.matrix_cells(), now.confusion.total().others
    target, prediction, _ = cells.T
    wrong: Ints = cells[
        (target != prediction) & (target < len(now.names)) & (target >= others) & (prediction >= others)
    ]
    most_first = np.argsort(-wrong[:, 2], kind="stable")
    ranked: Ints = wrong[most_first]
    return ranked
