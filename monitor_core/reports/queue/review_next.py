"""The review queue of a period: the audit's list and the most informative predictions, for the page and the command."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor_core.contract.calendar import local_day
from monitor_core.contract.documents import OTHER
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.store import Store
from monitor_core.reports.export import row_of
from monitor_core.reports.performance_json import selection_json
from monitor_core.reports.queue.audit import AuditReport, audit_report, chances
from monitor_core.reports.queue.informative import QueueEntry, informative
from monitor_core.reports.score import null
from monitor_core.reports.unreviewed.audited import AuditedAccuracy
from monitor_core.scores.audit import plan_on
from monitor_core.settings.settings import Settings

MOST_ENTRIES = 200  # of each list, unless said otherwise
AUDIT, INFORMATIVE = "audit", "informative"


@dataclass(frozen=True)
class ReviewQueue:
    """Two lists of predictions to review next, for two purposes."""

    audit: AuditReport
    audited: tuple[QueueEntry, ...]  # of the audit, the oldest first
    informative: tuple[QueueEntry, ...]  # without those of the audit
    labels: tuple[int, ...]  # classes of the period's samples, any of which a reviewer may need

    @property
    def lists(self) -> dict[str, tuple[QueueEntry, ...]]:
        return {AUDIT: self.audited, INFORMATIVE: self.informative}


def review_queue(store: Store, selection: Selection, now: datetime, most: int = MOST_ENTRIES) -> ReviewQueue:
    """Return both lists of the selection's period, with at most so many predictions each."""
    audit = audit_report(store, selection, now)
    zone, entries = store.settings.zone, list[QueueEntry]()
    for sample in audit.waiting[:most]:
        plan = plan_on(audit.plans, local_day(sample.predicted_at, zone)) if sample.predicted_at else None
        entries.append(QueueEntry(sample, (chances(plan, sample) if plan else "drawn by chance",)))
    drawn = {id_key(sample.id) for sample in audit.waiting}
    others = (
        entry for entry in informative(store, selection, most + len(drawn)) if id_key(entry.sample.id) not in drawn
    )
    labels = tuple(label for label in store.counts.of(audit.selection).confusion.labels if label != OTHER)
    return ReviewQueue(audit, tuple(entries), tuple(others)[:most], labels)


def audit_json(report: AuditReport, accuracy: AuditedAccuracy) -> dict[str, Any]:
    """Return the audit as JSON, with its plans, so that anybody can compute who is in it."""
    e, days = accuracy.estimate, accuracy.days
    return {
        "plans": [
            {
                "since": plan.since.isoformat(),
                "share": plan.share,
                "salt": plan.salt,
                "bounds": list(plan.bounds),
                "probabilities": list(plan.probabilities),
                "by": plan.by,
                "at": plan.made_at.isoformat(),
            }
            for plan in report.plans
        ],
        "days": [days.first.isoformat(), days.last.isoformat()] if days else None,
        "drawn": report.drawn,
        "waiting": len(report.waiting),
        "hours_until_complete": accuracy.delay_hours,
        "accuracy": null(e.value),
        "accuracy_interval": [null(e.low), null(e.high)],
        "predictions": e.predictions,
        "samples": e.samples,
        **({"no_estimate": e.refused} if e.refused else {}),
    }


def as_json(queue: ReviewQueue, settings: Settings) -> dict[str, Any]:
    """Return the queue as documented in docs/json.md."""
    return {
        "period": selection_json(queue.audit.selection, settings.time_zone),
        "audit": audit_json(queue.audit, queue.audit.accuracy) if queue.audit.accuracy else None,
        **{
            f"{name}_list": [row_of(entry.sample, settings) | {"reasons": list(entry.reasons)} for entry in entries]
            for name, entries in queue.lists.items()
        },
    }
