"""The scheduled report: its text, and whether it has arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from monitor_core.alerting.messages import Message
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import local_day
from monitor_core.contract.selection import Selection
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.store import Store
from monitor_core.reports import comparison
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import bounds_explained
from monitor_core.reports.state.verdict import ACCURACY, lines, read_verdict
from monitor_core.settings.reports import reported_days
from monitor_core.settings.settings import Settings
from monitor_core.settings.targets import targets


@dataclass(frozen=True)
class Lateness:
    """Due time of a report, and whether it is late."""

    due: datetime
    now: datetime
    is_late: bool
    left_out: int  # due times before it, of which no report was sent


def report_text(store: Store, lateness: Lateness) -> tuple[str, list[str]]:
    """Return title and lines of a report; the first line is the verdict, as of now."""
    verdict, selection = read_verdict(store), _reported(store.settings, lateness)
    now = reports.read_performance(store, selection)
    other = reports.read_performance(store, comparison.comparison_of(selection, "previous", store.settings))
    due_day = local_day(lateness.due, store.settings.zone)
    late = _late(lateness, store.settings)
    title = f"{verdict.title} (report of {wording.day(due_day)})"
    return title, [" ".join(lines(verdict)), *_scores(now, other), *([late] if late else [])]


def report_link(settings: Settings, lateness: Lateness) -> str:
    """Return the address of the page that shows the days of a report."""
    selection = _reported(settings, lateness)
    query = {"period": wording.written(selection.period), "basis": BASES[selection.basis].title}
    return settings.address_of(f"/?{urlencode(query)}")


def _reported(settings: Settings, lateness: Lateness) -> Selection:
    return Selection(reported_days(lateness.due, settings.zone), settings.basis)


def _scores(now: Performance, other: Performance) -> list[str]:
    """Return the accuracy of the days, and its difference from that of the days before, as the pages show them."""
    days, basis = wording.days(now.selection.period), BASES[now.selection.basis].title
    change = " ".join(comparison.scores_in_words(now, other, "macro", [ACCURACY]))
    samples = wording.count(other.counts.validated, "reviewed sample")
    return [
        f"{days}, by {basis}: accuracy {_accuracy(now)}.",
        f"Compared with {wording.days(other.selection.period)} ({samples}): {change}",
    ]


def _accuracy(now: Performance) -> str:
    score = now.scores[ACCURACY.key]
    if score.has_bounds:
        return f"{score.bounds_in_words(ACCURACY.scale)} ({bounds_explained(score, now.rejected, ACCURACY.scale)})"
    return wording.estimate(score.value, score.low, score.high, score.samples, ACCURACY.scale)


def _late(lateness: Lateness, settings: Settings) -> str:
    if not lateness.is_late and not lateness.left_out:
        return ""
    due = wording.instant(lateness.due, settings.zone)
    earlier = wording.count(lateness.left_out, "earlier report")
    are = "is" if lateness.left_out == 1 else "are"
    left_out = f" {earlier[0].upper()}{earlier[1:]} {are} left out." if lateness.left_out else ""
    return f"This report was due on {due}{', and is late' if lateness.is_late else ''}.{left_out}"


# ---- whether it has arrived


def schedule_in_words(store: Store, now: datetime) -> Iterator[tuple[bool, str]]:
    """Yield sentences on the next and the last report, each with whether it is in order; none without a schedule."""
    settings, schedule = store.settings, store.settings.report_every
    if schedule is None:
        return
    receivers = [target.name for target in targets(settings) if target.takes_reports]
    if not receivers:
        yield False, f"A report is due {schedule.in_words}, but MONITOR_NOTIFY has no address, so none is sent."
        return
    due = wording.instant(schedule.next_due(now, settings.zone), settings.zone)
    yield True, f"A report goes to {wording.listed(receivers)} {schedule.in_words}; the next is due on {due}."
    messages = Notifications(store).latest_reports()
    yield from (_arrival(message, settings) for message in messages)
    if messages and (reason := store.state.why_no_file()):
        yield False, f"The last report went out as text alone. {reason}"


def _arrival(message: Message, settings: Settings) -> tuple[bool, str]:
    queued = wording.instant(message.queued_at, settings.zone)
    if message.sent_at:
        return True, f"The last report, of {queued}, was sent to {message.target}."
    trouble = f": {message.error}" if message.error else ""
    state = "has not been delivered" if message.state == "failed" else "waits to be delivered"
    return not trouble, f"The last report, of {queued}, {state} to {message.target}{trouble}."
