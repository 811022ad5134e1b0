"""The HTML file of a report, made by a real process."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.logger.reporting import file as report_files
from monitor_core.logger.reporting.file import ReportFile, report_file
from monitor_core.mongo.store import Store
from tests.app.drifting import well, write


def last_week(store: Store) -> Period:
    yesterday = local_day(store.now(), store.settings.zone) - ONE_DAY
    return Period(yesterday - timedelta(6), yesterday)


def goes_on() -> bool:
    return True


def drawing() -> list[str]:
    """Return the processes that make a report of the test's database."""
    marks = ("--format\0html", os.environ["MONITOR_STATE_FOLDER"])
    return [folder.name for folder in Path("/proc").glob("[0-9]*") if all(mark in _start_of(folder) for mark in marks)]


def _start_of(process: Path) -> str:
    try:
        return (process / "cmdline").read_text() + (process / "environ").read_text()
    except (OSError, ValueError):
        return ""


def test_the_file_is_the_report_of_the_command(store: Store) -> None:
    write(store, *well(0, first=30))
    period = last_week(store)
    made = report_file(store.settings, period, goes_on)
    assert made.reason == ""
    assert made.attachment
    assert made.attachment.name == f"report-{period.first}-to-{period.last}.html"
    html = made.attachment.content.decode("utf-8")
    assert "<strong>203</strong> reviewed samples" in html
    assert html.count("<svg") > 5
    assert "Compared with" in html


def test_a_file_that_takes_too_long_or_fails_is_missing_with_a_reason(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = report_file(store.settings, last_week(store), goes_on, seconds=0.5)
    assert slow == ReportFile(reason="The report's HTML file is missing: it took longer than 0.5 s.")
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://user:hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=100")
    failed = report_file(store.settings, last_week(store), goes_on)
    assert failed.attachment is None
    assert failed.reason.startswith("The report's HTML file is missing: `./monitor report --format html")
    assert "hunter2" not in failed.reason
    assert drawing() == []


def test_a_file_too_large_for_mail_is_missing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    write(store, *well(0, first=3))
    monkeypatch.setattr(report_files, "MOST_BYTES", 1000)
    made = report_file(store.settings, last_week(store), goes_on)
    assert made.attachment is None
    assert "too many for a message" in made.reason


def test_a_logger_that_stops_does_not_wait_for_the_file(store: Store) -> None:
    assert report_file(store.settings, last_week(store), lambda: False) == ReportFile()
    assert drawing() == []


def test_the_file_is_of_the_model(three_models: dict[str, Store]) -> None:
    cats = three_models["cats"]
    write(cats, *well(0, first=10))
    made = report_file(cats.settings, last_week(cats), goes_on)
    assert made.attachment
    assert made.attachment.name.startswith("report-cats-")
    assert b"<strong>203</strong>" in made.attachment.content
