"""Numbers in words: the doctests show each form, here are the edges."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(DAYS, st.integers(0, 800))
def test_a_period_that_is_written_is_read_again(first: date, more: int) -> None:
    period = Period(first, first + timedelta(more))
    assert wording.read_period(wording.written(period)) == period
    assert wording.read_period(f"{period.first}:{period.last}") == period  # as version 0.1 wrote it


@pytest.mark.parametrize(
    "text", ["", "..", "2026-10-01..", "..2026-10-01", "2026-10-01...2026-10-02", "October", "1..2"]
)
def test_what_is_no_period_is_a_sentence_that_shows_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026-10-01\.\.2026-10-31"):
        wording.read_period(text)


@pytest.mark.parametrize("nothing", [float("nan"), None])
def test_undefined_is_a_dash_and_never_nan(nothing: float | None) -> None:
    texts = [
        wording.percent(nothing),
        wording.interval(nothing, nothing),
        wording.estimate(nothing, nothing, nothing, 3),
        wording.signed_points(nothing),
        wording.hours(nothing),
    ]
    assert all("–" in text and "nan" not in text.lower() for text in texts)


def test_a_negative_score_s_interval_has_minus_signs_and_no_dash_between() -> None:
    assert wording.interval(-0.25, 0.1) == "95% interval −25.0 to 10.0"
    assert wording.interval(-0.0001, 0.1) == "95% interval 0.0 to 10.0"


@pytest.mark.parametrize(
    ("hours", "text"),
    [(0.0, "0 minutes"), (1 / 60, "1 minute"), (1.0, "1.0 hours"), (47.94, "47.9 hours"), (48, "2.0 days")],
)
def test_a_duration_changes_its_unit_where_people_do(hours: float, text: str) -> None:
    assert wording.hours(hours) == text


def test_an_instant_to_come_is_just_now() -> None:
    """Two machines' clocks differ by seconds."""
    now = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert wording.ago(now + timedelta(seconds=5), now) == "just now"
