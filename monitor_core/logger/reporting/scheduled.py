"""The report that is due: queued once for each target, and sent."""

from collections.abc import Callable, Sequence
from datetime import datetime

from monitor_core.alerting.messages import report_note
from monitor_core.logger.notifying import Notifier
from monitor_core.logger.reporting.file import ReportFile, report_file
from monitor_core.mongo.store import Store
from monitor_core.reports.state.scheduled import Lateness, report_link, report_text
from monitor_core.settings.reports import ReportSchedule, reported_days
from monitor_core.settings.settings import Settings
from monitor_core.settings.targets import Target


def send_report(store: Store, now: datetime, goes_on: Callable[[], bool] = lambda: True) -> None:
    """Send the report if one is due, in the model's time zone.

    It is queued for each target under its due time, so it is sent once, however often this is called. If several were
    missed, only the last is sent, and says so. If the logger has to stop, the next run begins again.
    """
    schedule = store.settings.report_every
    if schedule is None:
        return
    through, due = store.state.reported_through(str(schedule), now), schedule.last_due(now, store.settings.zone)
    if due <= through:
        return
    notifier = Notifier(store)
    receivers = [target for target in notifier.targets if target.takes_reports]
    lateness = _lateness(schedule, store.settings, (through, due, now))
    said = report_text(store, lateness) if receivers else None  # first, for the file takes long
    file = _file(store.settings, receivers, due, goes_on)
    if file is None:
        return
    if said:
        _queue(notifier, receivers, file, lateness, said)
    store.state.save_reported(str(schedule), due, file.reason)
    # By the clock of now, which the file has taken time of; the pages show what did not arrive: the run has not failed.
    notifier.deliver(store.now(), goes_on)


def _file(
    settings: Settings, receivers: Sequence[Target], due: datetime, goes_on: Callable[[], bool]
) -> ReportFile | None:
    """Return the file, if any receiver takes files; None if the logger is to stop."""
    if not any(target.takes_files for target in receivers):
        return ReportFile()
    file = report_file(settings, reported_days(due, settings.zone), goes_on)
    return file if file.attachment or file.reason else None


def _file_in_words(file: ReportFile) -> str:
    return f"The charts are in the attached file, {file.attachment.name}." if file.attachment else file.reason


def _lateness(schedule: ReportSchedule, settings: Settings, times: tuple[datetime, datetime, datetime]) -> Lateness:
    through, due, now = times
    return Lateness(due, now, settings.log_every.is_late(due, now), schedule.dues_between(through, due, settings.zone))


def _queue(
    notifier: Notifier,
    receivers: Sequence[Target],
    file: ReportFile,
    lateness: Lateness,
    said: tuple[str, list[str]],
) -> None:
    notifier.messages.create_indexes()
    title, lines = said
    for target in receivers:
        attachment = file.attachment if target.takes_files else None
        of_file = [_file_in_words(file)] if target.takes_files else []
        text = "\n".join([*lines, *of_file, report_link(notifier.settings, lateness)])
        note = report_note(f"report {lateness.due:%Y-%m-%dT%H:%MZ}", title, text)
        notifier.messages.queue_report(target.name, note, attachment, lateness.now)
