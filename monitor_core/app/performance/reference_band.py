"""The accuracy in the reference period, which charts of the accuracy over time show as a quiet band."""

from dataclasses import dataclass

import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.selection import Selection
from monitor_core.reports.state.verdict import ModelVerdict

REFERENCE = "reference"  # its table, and what occurs in a chart that has it


@dataclass(frozen=True)
class ReferenceBand:
    """The accuracy that the quoted rule compares with, and its 95% interval."""

    value: float
    low: float
    high: float
    samples: int

    @property
    def words(self) -> str:
        """Name the band as the verdict does."""
        of = wording.estimate(self.value, self.low, self.high, self.samples)
        return f"Grey band: accuracy in the reference period, {of}."

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the table of the band, by its name."""
        return {REFERENCE: pd.DataFrame({"low": [self.low], "high": [self.high]})}


def band_of(verdict: ModelVerdict, chosen: Selection) -> ReferenceBand | None:
    """Return the band for charts of this selection; None if the rule has not judged samples of it by the same date."""
    (low, high), judged = verdict.reference_interval, verdict.selection
    is_of_chosen = judged.basis == chosen.basis and judged.period.last in chosen.period.days and not chosen.where
    if verdict.reference is None or low is None or high is None or not is_of_chosen:
        return None
    return ReferenceBand(verdict.reference, low, high, verdict.reference_samples)
