"""Kinds of values that a setting may have: what is read, and what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.settings import types
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load
from monitor_core.settings.types import Schedule
from tests.documents import FIELDS


@pytest.mark.parametrize(
    "value",
    [
        "json://a.example/,mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example",
        " json://a.example/\n mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example ",
        '["json://a.example/", "mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example"]',
    ],
)
def test_addresses_are_json_or_separated_by_commas_or_spaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", value)
    settings = load(tmp_path).settings
    assert [one.get_secret_value() for one in settings.notify] == [
        "json://a.example/",
        "mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example",
    ]
    assert Settings(**settings.model_dump()) == settings
    assert "b.example" not in repr(settings)


@pytest.mark.parametrize(
    ("value", "found", "shown"),
    [
        ("45", Schedule(timedelta(seconds=45)), "45 s"),
        ("90 s", Schedule(timedelta(seconds=90)), "90 s"),
        ("2 min", Schedule(timedelta(minutes=2)), "2 min"),
        ("1.5 h", Schedule(timedelta(minutes=90)), "90 min"),
        ("*/5 * * * *", Schedule(cron="*/5 * * * *"), "*/5 * * * * (cron, UTC)"),
        (" 0 3  * * mon-fri ", Schedule(cron="0 3 * * mon-fri"), "0 3 * * mon-fri (cron, UTC)"),
    ],
)
def test_a_schedule_is_a_pause_or_five_fields_of_cron(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, found: Schedule, shown: str
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", value)
    settings = load(tmp_path).settings
    assert settings.log_every == found
    assert str(settings.log_every) == shown
    assert Settings(**settings.model_dump()) == settings


def test_a_schedule_in_the_file_may_be_a_number(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("log_every = 30\nmetrics_port = 9464\n")
    settings = load(tmp_path).settings
    assert settings.log_every == Schedule(timedelta(seconds=30))
    assert (settings.metrics_port, settings.metrics_address) == (9464, "127.0.0.1")


def test_a_schedule_is_one_of_both() -> None:
    with pytest.raises(ValueError, match="either"):
        Schedule()
    with pytest.raises(ValueError, match="either"):
        Schedule(timedelta(minutes=1), "* * * * *")


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        (f'{{"camera": "{FIELDS.prediction}"}}', "which the monitor itself reads"),
        (f'{{"camera": "{FIELDS.predicted_at}.at"}}', "which the monitor itself reads"),
        ('{"a": "meta", "b": "meta.version"}', "one lies inside the other"),
        ('{"a": "x", "b": "x"}', "the same field"),
        ('{"my camera": "x"}', "cannot be the name of a segment"),
        ('{"a": "$x"}', "cannot be the name of a field"),
        ('{"a": "x."}', "cannot be the name of a field"),
        ('{"a": "v", "b": "w", "c": "x", "d": "y", "e": "z"}', "more than 4"),
        ("camera", "is not valid JSON"),
    ],
)
def test_segments_that_cannot_be_are_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segments: str, why: str
) -> None:
    monkeypatch.setenv("MONITOR_SEGMENTS", segments)
    with pytest.raises(SettingsError, match=why) as caught:
        load(tmp_path)
    assert "MONITOR_SEGMENTS" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("45", 45), (45, 45), ("90 s", 90), (" 2min ", 120), ("1.5 h", 5400), (timedelta(minutes=3), 180)],
)
def test_a_duration_is_a_number_with_or_without_a_unit(written: object, seconds: float) -> None:
    assert types.read_duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "often", "-5", "1 day", "5 5", None, "1e3"])
def test_what_is_no_duration_is_refused_with_what_was_written(written: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        types.read_duration(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a, b c", ["a", "b", "c"]),
        ('["a b", "c"]', ["a b", "c"]),
        ("", []),
        (" , ", []),
        (("a",), ("a",)),
    ],
)
def test_words_are_json_or_separated_by_commas_or_spaces(written: object, read: object) -> None:
    assert types.words(written) == read


def test_words_that_look_like_json_have_to_be_json() -> None:
    with pytest.raises(ValueError, match="it is not JSON"):
        types.words('["a"')


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://monitor.example.org", True),
        ("http://localhost:5004", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:5004/", True),
        ("http://monitor.example.org", False),
        ("http://localhost.example.org", False),
        ("http://127.0.0.1.example.org", False),
        ("ftp://localhost", False),
        ("", False),
    ],
)
def test_https_or_this_machine_itself_is_safe(url: str, is_safe: bool) -> None:
    assert types.is_safe(url) is is_safe


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.7", False),
        ("example.org", False),
        (None, False),
    ],
)
def test_only_this_machine_reaches_a_loopback(host: str | None, is_loopback: bool) -> None:
    assert types.is_loopback(host) is is_loopback


@pytest.mark.parametrize(
    ("path", "other", "nested"),
    [("a", "a", True), ("a.b", "a", True), ("a", "a.b", True), ("a.b", "a.c", False), ("ab", "a", False)],
)
def test_a_path_is_nested_by_whole_names(path: str, other: str, nested: bool) -> None:
    assert types.nested(path, other) is nested


@pytest.mark.parametrize(
    ("schedule", "ago", "is_late"),
    [
        (Schedule(timedelta(minutes=2)), timedelta(minutes=6), False),
        (Schedule(timedelta(minutes=2)), timedelta(minutes=7), True),
        (Schedule(timedelta(seconds=10)), timedelta(minutes=4), False),
        (Schedule(timedelta(hours=1)), timedelta(hours=3, minutes=1), True),
        (Schedule(timedelta(days=7)), timedelta(days=7, hours=23), False),
        (Schedule(timedelta(days=7)), timedelta(days=8, hours=1), True),
        (Schedule(timedelta(minutes=2)), timedelta(minutes=-4), False),
        (Schedule(timedelta(minutes=2)), timedelta(hours=-3), True),  # by a clock that was put back
        (Schedule(cron="0 3 * * *"), timedelta(hours=30), False),
        (Schedule(cron="0 3 * * *"), timedelta(hours=49), True),
        (Schedule(cron="0 9 * * mon-fri"), timedelta(hours=74), False),  # over a weekend
        (Schedule(cron="0 9 * * mon-fri"), timedelta(days=5), True),
    ],
)
def test_a_run_is_missed_after_three_intervals(schedule: Schedule, ago: timedelta, is_late: bool) -> None:
    monday = datetime(2026, 11, 2, 11, tzinfo=UTC)
    assert schedule.is_late(monday - ago, monday) is is_late


@pytest.mark.parametrize(
    ("text", "offset"), [("UTC", 0), ("Utc ", 0), ("+2", 120), ("-03", -180), ("+05:45", 345), ("+02:59", 179)]
)
def test_stored_times_are_read_as_people_write_them(text: str, offset: int) -> None:
    assert types.stored_times(text) == timedelta(minutes=offset)
    assert types.stored_times("Local") == "local"


@pytest.mark.parametrize("text", ["+02:75", "2", "+15", "Madrid", "+2:5", "++2"])
def test_any_other_stored_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither utc nor local"):
        types.stored_times(text)
