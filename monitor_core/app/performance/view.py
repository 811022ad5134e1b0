"""The view of the five tabs: the scores of a selection and of its comparison, if any."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from monitor_core.app.frame.figure import COMPARED, about
from monitor_core.app.frame.palette import Classes, coloured
from monitor_core.app.performance.reference_band import ReferenceBand, band_of
from monitor_core.reports import comparison
from monitor_core.reports.classes.listing import Listing
from monitor_core.reports.granularity import EVERY, Granularity
from monitor_core.reports.performance import Performance
from monitor_core.reports.state.verdict import ACCURACY, ModelVerdict
from monitor_core.scores.metrics import Metric
from monitor_core.settings.documents import Average
from monitor_core.settings.settings import Settings


@dataclass(frozen=True)
class View:
    """A selection as the charts draw it, with or without a comparison, in any granularity."""

    now: Performance
    settings: Settings
    average: Average
    other: Performance | None = None
    granularity: Granularity = "day"
    why: str = ""  # it has this granularity, in a sentence; empty if somebody chose it
    # The scores and the comparison's by this granularity; None: by day, or the page has no chart over time.
    over_time: Performance | None = None
    other_over_time: Performance | None = None
    trend_days: int = 0  # of each value of the trends; 0: there are none
    trends: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # by name, as `trends_of` of `reports.trend`
    other_trends: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # of the comparison
    listing: Listing | None = None  # of the page's classes; None: the page does not ask
    reference: ReferenceBand | None = None  # None: there is none that is of the same samples as the charts

    @property
    def every(self) -> str:
        return EVERY[self.granularity]

    @property
    def an_every(self) -> str:
        return f"{'an' if self.every[0] in 'hI' else 'a'} {self.every}"

    @property
    def a_unit(self) -> str:
        return f"{'an' if self.granularity == 'hour' else 'a'} {self.granularity}"

    @property
    def other_name(self) -> str:
        """Return the name of the comparison, in words."""
        return comparison.comparison_name(self.other.selection, self.now.selection) if self.other else ""

    @property
    def about(self) -> str:
        return about(self.now.selection, self.other.selection if self.other else None)

    def with_reference(self, verdict: ModelVerdict) -> "View":
        """Return the view with the band of the verdict's reference, if that is of the same samples."""
        return replace(self, reference=band_of(verdict, self.now.selection))

    def reference_of(self, metric: Metric) -> ReferenceBand | None:
        """Return the band of the chart of a metric; None if it has none."""
        return self.reference if metric == ACCURACY else None

    def described(self, alt: str) -> str:
        return f"{alt}{COMPARED}{self.other_name}" if self.other else alt

    def of_other(self) -> "View | None":
        """Return the comparison as a view of its own; None without any."""
        if self.other is None:
            return None
        return replace(self, now=self.other, over_time=self.other_over_time, other=None, other_over_time=None)

    def colours(self, names: set[str]) -> Classes:
        """Return name and colour of the named classes of both selections, in the order of their numbers."""
        both = self.now.names | (self.other.names if self.other else {})
        return coloured(self.settings, sorted(both) if self.other else list(both), names)
