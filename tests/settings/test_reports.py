"""The times of the scheduled report."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor_core.contract.calendar import Period
from monitor_core.contract.errors import SettingsError
from monitor_core.settings.reports import ReportSchedule, report_schedule, reported_days
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load
from tests.documents import at

MADRID = ZoneInfo("Europe/Madrid")
DAILY, MONDAYS = ReportSchedule(time(8)), ReportSchedule(time(8), 0)


@pytest.mark.parametrize(
    ("text", "schedule", "words"),
    [
        ("day 08:00", DAILY, "every day at 08:00"),
        ("Mon 8:00", MONDAYS, "every Monday at 08:00"),
        ("monday 08:00", MONDAYS, "every Monday at 08:00"),
        (" sun  23:59 ", ReportSchedule(time(23, 59), 6), "every Sunday at 23:59"),
    ],
)
def test_a_schedule_is_a_day_and_a_time(text: str, schedule: ReportSchedule, words: str) -> None:
    assert report_schedule(text) == schedule
    assert schedule.in_words == words
    assert report_schedule(str(schedule)) == schedule


def test_without_a_schedule_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().report_every is None
    monkeypatch.setenv("MONITOR_REPORT_EVERY", "")
    assert load(tmp_path).settings.report_every is None


@pytest.mark.parametrize(
    "text", ["08:00", "mo 08:00", "day 24:00", "day 8", "weekly 08:00", "mon-fri 08:00", "day 08:60"]
)
def test_what_is_no_schedule_is_refused_with_an_example(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_REPORT_EVERY", text)
    with pytest.raises(SettingsError, match="MONITOR_REPORT_EVERY") as refused:
        load(tmp_path)
    assert '"mon 08:00" for every Monday' in str(refused.value)


def test_the_environment_and_the_file_set_it_for_each_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "monitor.toml").write_text('report_every = "day 08:00"\n[models.cats]\nreport_every = "mon 08:00"\n')
    assert load(tmp_path, "cats").settings.report_every == MONDAYS
    monkeypatch.setenv("MONITOR_MODELS__CATS__REPORT_EVERY", "sun 23:59")
    assert str(load(tmp_path, "cats").settings.report_every) == "sun 23:59"


def test_due_times_are_local_and_follow_the_clocks() -> None:
    """In Madrid, 8 o'clock is 6 UTC in summer, and 7 from the 25th of October on."""
    assert DAILY.last_due(at(2026, 10, 24, 6), MADRID) == at(2026, 10, 24, 6)
    assert DAILY.last_due(at(2026, 10, 24, 5, 59), MADRID) == at(2026, 10, 23, 6)
    assert DAILY.next_due(at(2026, 10, 24, 6), MADRID) == at(2026, 10, 25, 7)
    assert MONDAYS.last_due(at(2026, 10, 26, 6, 59), MADRID) == at(2026, 10, 19, 6)
    assert MONDAYS.next_due(at(2026, 10, 26, 6, 59), MADRID) == at(2026, 10, 26, 7)
    assert DAILY.last_due(at(2026, 6, 1, 22, 30), MADRID) == at(2026, 6, 1, 6)  # already the 2nd there


@pytest.mark.parametrize("schedule", [DAILY, MONDAYS, ReportSchedule(time(2, 30)), ReportSchedule(time(0), 6)])
def test_every_day_or_week_has_one_due_time_even_where_clocks_change(schedule: ReportSchedule) -> None:
    """An hour that clocks skip or repeat is one due time; the steps of a walk agree with each other."""
    pause = timedelta(1 if schedule.weekday is None else 7)
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    due, dues = schedule.next_due(begin, MADRID), []
    while due < end:
        assert schedule.last_due(due, MADRID) == due
        assert schedule.last_due(schedule.next_due(due, MADRID) - timedelta(seconds=1), MADRID) == due
        dues.append(due.astimezone(MADRID))
        due = schedule.next_due(due, MADRID)
    days = [one.date() for one in dues]
    assert {later - earlier for earlier, later in pairwise(days)} == {pause}
    assert schedule.dues_between(dues[0], dues[-1], MADRID) == len(dues) - 2


def test_a_report_is_about_the_seven_whole_days_before() -> None:
    assert reported_days(at(2026, 10, 26, 7), MADRID) == Period(date(2026, 10, 19), date(2026, 10, 25))
    assert reported_days(at(2026, 10, 25, 23, 30), MADRID) == Period(date(2026, 10, 19), date(2026, 10, 25))


def test_a_time_that_is_skipped_up_to_midnight_stays_on_its_day() -> None:
    """In Nuuk the clock goes from 22:59 to 00:00; else two reports would be about the same week."""
    nuuk = ZoneInfo("America/Nuuk")
    first = ReportSchedule(time(23, 30)).next_due(datetime(2026, 3, 28, 12, tzinfo=UTC), nuuk)
    assert first.astimezone(nuuk).replace(tzinfo=None) == datetime(2026, 3, 28, 22, 30)  # noqa: DTZ001
    second = ReportSchedule(time(23, 30)).next_due(first, nuuk)
    assert reported_days(second, nuuk).last - reported_days(first, nuuk).last == timedelta(1)
