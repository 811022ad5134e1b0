"""The finding that errors come in clusters, in the last days of a selection."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.scores.clustering import ErrorClusters, error_clusters
from monitor_core.scores.counts import DayCounts

MOST_DAYS = 14  # whose hours are counted
MOST_COUNTED = 100_000  # predictions; hours are not stored by outcome, so that these are read


@dataclass(frozen=True)
class ClustersReport:
    """The clusters of errors of the period's last days."""

    period: Period
    clusters: ErrorClusters


def clusters_report(store: Store, selection: Selection, days: Sequence[DayCounts]) -> ClustersReport | None:
    """Return the clusters by the hour of prediction; None if they cannot be known, or the scene is the unit anyway.

    `days`: the counts of the selection's days.
    """
    period = _counted_period(selection.period, days)
    if store.settings.fields.scene or period is None:
        return None
    clusters = error_clusters(store.counts.by_hour(replace(selection, period=period, basis="predicted")))
    return ClustersReport(period, clusters) if clusters else None


def _counted_period(period: Period, days: Sequence[DayCounts]) -> Period | None:
    """Return the last days with reviews, so many that at most MOST_COUNTED predictions are counted."""
    end = max((n + 1 for n, day in enumerate(days) if day.reviewed), default=0)
    first, counted = end, 0
    while first > max(0, end - MOST_DAYS) and counted + days[first - 1].documents <= MOST_COUNTED:
        first, counted = first - 1, counted + days[first - 1].documents
    return Period(period.days[first], period.days[end - 1]) if first < end else None


def clusters_sentence(report: ClustersReport | None) -> str:
    """Say that errors come in clusters, and what to set; empty if they do not."""
    if report is None or not report.clusters.matters:
        return ""
    clusters = report.clusters
    of = f"{wording.count(clusters.samples, 'sample')}, {wording.count(clusters.errors, 'error')}"
    return (
        f"Errors come in clusters: within a day, those of its hours vary {clusters.factor:.1f} times as much as those "
        f"of independent samples would ({wording.days(report.period)}, {of}). Near-duplicate images do that; intervals "
        "and rules then take many images of one scene for as many samples. If a field of the documents names the scene "
        "or sequence of an image, set MONITOR_FIELDS__SCENE to its name."
    )


def clusters_json(report: ClustersReport | None) -> dict[str, Any] | None:
    """Return the clusters as documented in docs/command-line.md."""
    if report is None:
        return None
    days = {"first": report.period.first.isoformat(), "last": report.period.last.isoformat()}
    clusters = report.clusters
    return days | {
        "factor": clusters.factor, "samples": clusters.samples, "errors": clusters.errors, "matters": clusters.matters,
    }  # fmt: skip
