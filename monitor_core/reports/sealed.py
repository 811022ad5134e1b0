"""Sentences about days of the history whose documents are not all there any more."""

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from monitor_core.contract.calendar import Period
from monitor_core.contract.wording import count, day, days, instant
from monitor_core.mongo.history.sealing import LossyDay


def sealed_days(of_period: Sequence[date]) -> str:
    """Say which sealed days of a period have lost documents.

    >>> sealed_days([date(2026, 6, 1), date(2026, 6, 12)])
    '2 days from 1 Jun to 12 Jun 2026 are sealed: documents of them were deleted, their figures are those of before.'
    >>> sealed_days([date(2026, 6, 1)])
    '1 day (1 Jun 2026) is sealed: documents of it were deleted, its figures are those of before.'
    """
    period, is_one = Period(of_period[0], of_period[-1]), len(of_period) == 1
    where = f"({days(period)})" if is_one else f"from {days(period)}"
    are, them, their = ("is", "it", "its") if is_one else ("are", "them", "their")
    before = f"documents of {them} were deleted, {their} figures are those of before."
    return f"{count(len(of_period), 'day')} {where} {are} sealed: {before}"


def loss_in_words(lost: LossyDay, zone: ZoneInfo) -> str:
    """Say how many of its documents a day has lost."""
    of = count(lost.documents, "document")
    return (
        f"{day(lost.day)} has lost {lost.documents - lost.left:,} of its {of}, which the logger noticed on "
        f"{instant(lost.noticed_at, zone)}. Check whether they were deleted on purpose."
    )
