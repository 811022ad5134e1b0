"""Sealed days: old stored days whose figures stay when their documents are deleted.

A recount replaces a day if it has at least as many documents as the stored day: then a class was corrected, a document
added, or nothing has changed. If it has fewer, documents were deleted, by hand or by an index that lets them expire,
and a sealed day keeps its figures. From then on corrections of the documents that are left do not count. A day that was
imported from a file, however young, keeps its figures until a count has seen most of its documents: it may come from
where they are gone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import local_day
from monitor_core.mongo.connection import Document
from monitor_core.mongo.history.changes import day_of_id
from monitor_core.settings.settings import Settings

FEWEST_LOST = 20  # documents of a day: fewer may vanish without a word
PRESERVED = {"basis": 1, "day": 1, "documents": 1, "preserved": 1}


@dataclass(frozen=True)
class LossyDay:
    """A day that has fewer documents now than when it was counted."""

    basis: Basis
    day: date
    documents: int  # when it was counted
    left: int
    noticed_at: datetime


def sealed_before(now: datetime, settings: Settings) -> date:
    """Return the day before which days are sealed; the first of all days if none is.

    None is if each file counts once: a later document of a file then takes one out of an earlier day.
    """
    if not settings.seal_after or settings.count_files_once:
        return date.min
    return local_day(now, settings.zone) - timedelta(days=settings.seal_after)


def stays(stored: Document, documents: int, before: date, moved: int, of_these_settings: bool) -> bool:
    """Return whether a stored day keeps its figures, given the documents of a recount.

    `moved`: reviews that may have left the day because they were entered again with a new date. A day of other
    settings, such as another time zone, and an imported one that is not sealed otherwise are kept if less than half of
    it is left: else its documents are there.
    """
    is_sealed = day_of_id(stored["_id"])[1] < before
    if not (is_sealed or "imported_at" in stored) or documents >= stored["documents"] - moved:
        return False
    return (is_sealed and of_these_settings) or 2 * documents < stored["documents"]


def has_lost(stored: Document, documents: int) -> bool:
    """Return whether a day has lost most of its documents since it was stored."""
    return int(stored["documents"]) >= FEWEST_LOST and 2 * documents < stored["documents"]


def lossy(days: Iterable[Document], of: str) -> list[LossyDay]:
    """Return the days of stored documents, in order; `of`: `preserved` or `lost`, which says what is left."""
    return sorted(
        (
            LossyDay(*day_of_id(day["_id"]), day[of].get("of", day["documents"]), day[of]["documents"], day[of]["at"])
            for day in days
        ),
        key=lambda day: (day.day, day.basis),
    )
