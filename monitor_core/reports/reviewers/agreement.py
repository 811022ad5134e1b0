"""Agreement: how often a second opinion is the same as the first, and where two people disagree."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.mongo.reviewing.log import LoggedReview, ReviewLog
from monitor_core.mongo.store import Store
from monitor_core.reports.score import null
from monitor_core.scores.shares import ratio, wilson
from monitor_core.settings.settings import Settings


@dataclass(frozen=True)
class Agreement:
    """The second opinions that were given on some days."""

    period: Period
    pairs: tuple[tuple[LoggedReview, LoggedReview], ...]  # first and second, the newest first

    @property
    def agreeing(self) -> int:
        return sum(bool(second.agrees) for _, second in self.pairs)

    @property
    def share(self) -> tuple[float, float, float]:
        """Return the share of second opinions that agree, with its interval; NaN if there are none."""
        of = np.array(self.agreeing), np.array(len(self.pairs))
        low, high = wilson(*of).tolist()
        return float(ratio(*of)), low, high

    @property
    def disagreements(self) -> tuple[tuple[LoggedReview, LoggedReview], ...]:
        return tuple(pair for pair in self.pairs if not pair[1].agrees)

    @property
    def sentence(self) -> str:
        """Say how many agree, with window, counts and interval."""
        given = wording.during(self.period)
        if not self.pairs:
            return f"No second opinion was given {given}."
        agree = "agrees" if self.agreeing == 1 else "agree"
        return (
            f"{self.agreeing:,} of {wording.count(len(self.pairs), 'second opinion')} given {given} {agree} with the "
            f"first: {wording.estimate(*self.share)}."
        )


def agreement(store: Store, period: Period) -> Agreement | None:
    """Return the second opinions given in a period; None if reviewing in the app is off."""
    if not store.settings.reviewing:
        return None
    log = ReviewLog(store)
    start, end = period.bounds(store.settings.zone)
    seconds = [entry for entry in log.read(start, end) if entry.first and entry.state == "done"]
    firsts = {entry.id: entry for entry in log.entries([entry.first for entry in seconds if entry.first])}
    pairs = [(firsts[entry.first], entry) for entry in seconds if entry.first in firsts]
    return Agreement(period, tuple(pair for pair in pairs if pair[0].state == "done"))


def answer_in_words(entry: LoggedReview, settings: Settings) -> str:
    """Return what a reviewer answered."""
    return "rejected" if entry.target is None else settings.class_name(entry.target)


def agreement_json(of: Agreement) -> dict[str, Any]:
    """Return the agreement as documented in docs/json.md."""
    value, low, high = map(null, of.share)
    return {
        "second_opinions": len(of.pairs),
        "agreeing": of.agreeing,
        "share": value,
        "interval": [low, high],
        "disagreements": [
            {
                "id": str(second.sample.id),
                "file": second.sample.file,
                "prediction": second.sample.prediction,
                "first": {"target": first.target, "by": first.by, "at": first.at.isoformat()},
                "second": {"target": second.target, "by": second.by, "at": second.at.isoformat()},
            }
            for first, second in of.disagreements
        ],
    }
