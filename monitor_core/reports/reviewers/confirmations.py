"""Confirmations: the share of predictions that reviewers confirm, by confidence, and the reviews to check first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.documents import CONFIDENCE_BINS
from monitor_core.contract.problems import PROBLEMS
from monitor_core.mongo.quality.stored import StoredQuality
from monitor_core.mongo.store import Store
from monitor_core.reports.score import null
from monitor_core.scores.confusion import REJECTED, Ints
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, DayCounts, is_right
from monitor_core.scores.shares import ratio, wilson

GROUPS = 10  # of the confidence, equally wide
WITHOUT = "no confidence"
HIGH_CONFIDENCE = 0.95  # the confidence from which a prediction that was not confirmed is worth a second look
DIFFERENTLY = "reviewed_differently"
CHECK_FIRST = "Check these first: they are the model's worst mistakes or the reviewers' slips."


@dataclass(frozen=True)
class Confirmations:
    """The outcomes of reviews by the confidence of the prediction."""

    table: pd.DataFrame  # name, reviewed, confirmed, value (the share), low, high; one row a group with reviews
    confident: int  # reviewed predictions with a confidence of HIGH_CONFIDENCE or more
    corrected: int  # of these
    rejected: int
    differently: int | None  # documents of files with contradictory reviews; None: the logger has checked no day

    @property
    def contradicted(self) -> int:
        return self.corrected + self.rejected

    @property
    def sentence(self) -> str:
        """Say how many very confident predictions were not confirmed; empty if none was reviewed."""
        of = f"reviewed predictions with a confidence of at least {HIGH_CONFIDENCE:.0%}"
        if not self.confident:
            return ""
        if not self.contradicted:
            return f"Of {self.confident:,} {of}, all were confirmed."
        low, high = wilson(np.array(self.contradicted), np.array(self.confident)).tolist()
        share = wording.estimate(self.contradicted / self.confident, low, high)
        return (
            f"Of {self.confident:,} {of}, {self.contradicted:,} were not confirmed, {share}: {self.corrected:,} "
            f"corrected and {self.rejected:,} rejected. {CHECK_FIRST}"
        )

    @property
    def of_files(self) -> str:
        """Say how many documents belong to files with contradictory reviews; empty if none is known to."""
        if not self.differently:
            return ""
        documents = PROBLEMS[DIFFERENTLY].counted(self.differently)
        return f"{documents}, predicted in the period: the page Data quality lists them."


def read_confirmations(store: Store, period: Period, days: Sequence[DayCounts]) -> Confirmations:
    """Return the outcomes, given the counts of the days by either basis; files are those predicted in the period."""
    stored = [quality for quality, _ in StoredQuality(store).read(period).values()]
    return confirmations(days, sum(of.counts.get(DIFFERENTLY, 0) for of in stored) if stored else None)


def confirmations(days: Sequence[DayCounts], differently: int | None = None) -> Confirmations:
    """Return the outcomes by confidence, given the counts of the days."""
    rows = np.concatenate([np.zeros((0, 4), np.int64), *(day.confidence for day in days)])
    rows = rows[rows[:, 1] != NOT_REVIEWED]
    high = rows[rows[:, 2] >= round(HIGH_CONFIDENCE * CONFIDENCE_BINS)]
    wrong, rejected = high[~is_right(high)], high[high[:, 1] == REJECTED]
    number, of_rejected = int(wrong[:, 3].sum()), int(rejected[:, 3].sum())
    return Confirmations(_by_confidence(rows), int(high[:, 3].sum()), number - of_rejected, of_rejected, differently)


def _by_confidence(rows: Ints) -> pd.DataFrame:
    group = np.where(rows[:, 2] == NO_CONFIDENCE, GROUPS, rows[:, 2] * GROUPS // CONFIDENCE_BINS)
    reviewed = np.bincount(group, rows[:, 3], GROUPS + 1)
    confirmed = np.bincount(group, rows[:, 3] * is_right(rows), GROUPS + 1)
    low, high = wilson(confirmed, reviewed).T
    table = pd.DataFrame(
        {
            "name": [name for name, _, _ in confidence_groups()],
            "reviewed": reviewed.astype(np.int64),
            "confirmed": confirmed.astype(np.int64),
            "value": ratio(confirmed, reviewed),
            "low": low,
            "high": high,
        }
    )
    return table[table["reviewed"] > 0].reset_index(drop=True)


def confidence_groups() -> list[tuple[str, float, float]]:
    """Return name, lower and upper end of the groups of confidence, and last the one without, whose ends are NaN."""
    edges = [(at / GROUPS, (at + 1) / GROUPS) for at in range(GROUPS)]
    named = [(f"{100 * low:.0f}–{100 * high:.0f}%", low, high) for low, high in edges]
    return [*named, (WITHOUT, float("nan"), float("nan"))]


def confirmations_as_json(of: Confirmations) -> dict[str, Any]:
    """Return the outcomes as documented; shares are null without reviews."""
    return {
        "by_confidence": {
            row["name"]: {
                "reviewed": row["reviewed"],
                "confirmed": row["confirmed"],
                "share": null(row["value"]),
                "interval": [null(row["low"]), null(row["high"])],
            }
            for row in of.table.to_dict("records")
        },
        "high_confidence": {
            "confidence_from": HIGH_CONFIDENCE,
            "reviewed": of.confident,
            "corrected": of.corrected,
            "rejected": of.rejected,
        },
        DIFFERENTLY: of.differently,
    }
