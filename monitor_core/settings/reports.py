"""The times of the scheduled report."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import ONE_DAY, Period, local_day

WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
REPORT_DAYS = 7  # whole days that a report is about, however often it comes


@dataclass(frozen=True)
class ReportSchedule:
    """The local times of the scheduled report: an hour of every day, or of one weekday.

    A time that the clocks skip in spring is an hour later, or earlier if that is another day; one that they repeat in
    autumn is the first of the two.
    """

    at: time
    weekday: int | None = None  # 0 is Monday; None: every day

    def __str__(self) -> str:
        return f"{'day' if self.weekday is None else WEEKDAY_NAMES[self.weekday][:3]} {self.at:%H:%M}"

    @property
    def in_words(self) -> str:
        """Return it within a sentence, such as "every Monday at 08:00"."""
        return f"every {'day' if self.weekday is None else WEEKDAY_NAMES[self.weekday].title()} at {self.at:%H:%M}"

    def last_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the last due time that is not after `now`, in UTC."""
        today = local_day(now, zone)
        dues = (self._on(today - timedelta(back), zone) for back in range(9))
        return next(due for due in dues if due is not None and due <= now)

    def next_due(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return the first due time after `now`, in UTC."""
        today = local_day(now, zone)
        dues = (self._on(today + timedelta(ahead), zone) for ahead in range(-1, 9))
        return next(due for due in dues if due is not None and due > now)

    def dues_between(self, after: datetime, before: datetime, zone: ZoneInfo) -> int:
        """Return the number of due times after one instant and before another."""
        number, due = 0, self.next_due(after, zone)
        while due < before:
            number, due = number + 1, self.next_due(due, zone)
        return number

    def _on(self, day: date, zone: ZoneInfo) -> datetime | None:
        if self.weekday is not None and day.weekday() != self.weekday:
            return None
        due = datetime.combine(day, self.at, zone)
        skips_midnight = local_day(due.astimezone(UTC), zone) != day  # then an hour earlier, still on its own day
        return due.replace(fold=int(skips_midnight)).astimezone(UTC)


def reported_days(due: datetime, zone: ZoneInfo) -> Period:
    """Return the whole local days that the report of a due time is about."""
    due_day = local_day(due, zone)
    return Period(due_day - timedelta(REPORT_DAYS), due_day - ONE_DAY)


def report_schedule(value: object) -> object:
    """Parse "day 08:00" or "mon 08:00"; an empty value is none."""
    if value is None or isinstance(value, ReportSchedule):
        return value
    text = str(value).strip().lower()
    if not text:
        return None
    parts = re.fullmatch(r"([a-z]+)\s+([0-9]{1,2}):([0-9]{2})", text)
    names = {name[:letters]: at for at, name in enumerate(WEEKDAY_NAMES) for letters in (3, len(name))}
    if not parts or (parts[1] != "day" and parts[1] not in names):
        raise ValueError(f'"{value}" is not a day or a weekday with a time')
    hour, minute = int(parts[2]), int(parts[3])
    if hour > 23 or minute > 59:
        raise ValueError(f"{parts[2]}:{parts[3]} is no time of day")
    return ReportSchedule(time(hour, minute), names.get(parts[1]))
