"""Counts of the predictions by day and hour: unchanged days from the history, the others from the documents."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import FIRST_DAY, starts_of_hours, stretches
from monitor_core.contract.moments import asked_once
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.history.trusted import Trust, TrustedDays
from monitor_core.mongo.live import Live
from monitor_core.mongo.reading import Reading
from monitor_core.mongo.state import Look
from monitor_core.mongo.superseded import CountedPredictions
from monitor_core.mongo.unmarked import number_not_found
from monitor_core.scores.confusion import ConfusionCounts
from monitor_core.scores.counts import Counts, DayCounts, SortedOut, confusion_of, counts_of_days, day_counts
from monitor_core.settings.settings import Settings

COUNTED_AT_ONCE = 2  # pieces
MOST_DAYS, MOST_PIECES = 31, 16  # of what is counted in one go, and of a period
Progress = Callable[[int, int], None]  # days done, of so many


def _ignored(done: int, of: int) -> None:
    """Ignore the progress."""


class PredictionCounts:
    """The counts of the predictions; `trusted` decides which stored days are current."""

    def __init__(self, settings: Settings, counted: CountedPredictions, live: Live, trusted: TrustedDays) -> None:
        self.settings = settings
        self.counted = counted
        self.live = live
        self.trusted = trusted

    @answered
    def of(self, selection: Selection, exact: bool = False, progress: Progress = _ignored) -> Counts:
        """Return the counts of a selection; `exact`: count every day from its documents, without the history.

        `progress` is called with the number of days counted so far and the number to count.
        """
        look = self._last_look(selection, exact)
        by_day = self._plain_days(selection, look, progress)
        basis, where = selection.basis, selection.where
        number = (
            self._undated(selection, None)
            if exact
            else asked_once((self, basis, where), lambda: self._undated(selection, look))
        )
        return counts_of_days(by_day, {BASES[basis].undated: number}, self.settings.class_names)

    def _undated(self, selection: Selection, look: Look | None) -> int:
        """Return the number of documents without a day; those with a text date as last counted by the logger."""
        basis, where = selection.basis, selection.where
        texts = self.trusted.undated_texts(basis, look)
        texts = self.live.undated_texts(basis, where) if texts is None else texts
        return self.live.undated_but_texts(basis, where) + texts

    @answered
    def by_hour(self, selection: Selection) -> ConfusionCounts:
        """Count the samples of each local hour, in the order of `period.hours`, labelled by local clock time."""
        zone = self.settings.zone
        begun = [hour.astimezone(zone).replace(tzinfo=None) for hour in starts_of_hours(selection.period, zone)]
        named = self.settings.class_names
        hours = day_counts(self.live.hour_groups(selection), (), len(begun), named)
        return confusion_of(tuple(begun), hours, named)

    @answered
    def by_day(self, selection: Selection, exact: bool = False, progress: Progress = _ignored) -> list[DayCounts]:
        """Return the counts of each of the period's days: confusions, confidences by outcome, times to review."""
        trust = self.trusted.trust(selection, self._last_look(selection, exact))
        stored = self.trusted.whole(selection.basis, list(trust.stored))
        by_day = self._with_the_others(selection, stored, self.live.days, progress)
        sealed = _sealed_with_more(trust, by_day)
        return list((by_day | self.trusted.whole(selection.basis, list(sealed))).values())

    @answered
    def plain_by_day(self, selection: Selection) -> list[DayCounts]:
        """Return the counts as `by_day`, without confidences, delays and hours, which are not cached in memory."""
        return list(self._plain_days(selection, self._last_look(selection), _ignored).values())

    @answered
    def census(self) -> dict[str, int]:
        """Count the documents that break the contract; reads all documents, so only for the command line."""
        f = self.settings.fields
        sorted_out = SortedOut()
        for group in self.live.groups([], {"$literal": 0}, "predicted"):
            sorted_out.add(group)
        undated = {date.undated: self.live.undated_anywhere(basis) for basis, date in BASES.items()}
        counts = counts_of_days({FIRST_DAY: sorted_out.day([])}, undated, self.settings.class_names)
        return {
            "documents": counts.documents,
            "reviewed": counts.validated,
            "not_reviewed": counts.not_reviewed,
            **counts.excluded,
            **counts.noticed,
            "no_id": self.counted.count_documents({"_id": {"$exists": False}})
            + number_not_found(self.live.collection, [{"$match": {"_id": {"$exists": True}}}]),
            "repeated_id": self._with_repeated_ids(),
            "odd_trained": self.counted.count_documents({f.trained: {"$nin": [True, False, None]}}),
            "odd_logged": self.counted.count_documents({f.logged: {"$nin": [True, False, None]}}),
        }

    def _with_repeated_ids(self) -> int:
        """Count the documents whose id others have too."""
        if not self.live.collection.may_repeat_ids():
            return 0
        stages: list[Document] = [
            {"$match": {"_id": {"$exists": True}}},
            {"$group": {"_id": "$_id", "n": {"$sum": 1}}},
            {"$match": {"n": {"$gt": 1}}},
            {"$group": {"_id": None, "n": {"$sum": "$n"}}},
        ]
        return sum(int(group["n"]) for group in self.counted.aggregate(stages, allowDiskUse=True))

    def _last_look(self, selection: Selection, exact: bool = False) -> Look | None:
        """Return the logger's last check for changes; None if the history must not be used."""
        return None if exact or selection.where else self.trusted.last_look()

    def _plain_days(self, selection: Selection, look: Look | None, progress: Progress) -> dict[date, DayCounts]:
        trust = self.trusted.trust(selection, look)
        by_day = self._with_the_others(selection, trust.stored | trust.recounted, self.live.plain_days, progress)
        self.trusted.keep(selection.basis, trust.changed, by_day)
        return by_day | _sealed_with_more(trust, by_day)

    def _with_the_others(
        self,
        selection: Selection,
        stored: dict[date, DayCounts],
        count: Callable[[Selection], list[DayCounts]],
        progress: Progress,
    ) -> dict[date, DayCounts]:
        """Add the missing days, counted in parallel pieces: one aggregation uses only one core of MongoDB."""
        days = selection.period.days
        others = stretches(day for day in days if day not in stored)
        size = max(MOST_DAYS, len(days) // MOST_PIECES)
        pieces = [replace(selection, period=piece) for stretch in others for piece in stretch.pieces(size)]
        done, of, by_day = 0, sum(len(piece.period) for piece in pieces), dict(stored)
        with ThreadPoolExecutor(COUNTED_AT_ONCE) as threads:
            for piece, counted in zip(pieces, threads.map(count, pieces), strict=True):
                by_day |= zip(piece.period.days, counted, strict=True)
                done += len(piece.period)
                progress(done, of)
        return {day: by_day[day] for day in days}


def _sealed_with_more(trust: Trust, by_day: dict[date, DayCounts]) -> dict[date, DayCounts]:
    """Return the sealed days that had more documents when they were stored than were counted now."""
    return {
        day: replace(stored, preserved=True)
        for day, stored in trust.sealed.items()
        if stored.documents > by_day[day].documents
    }


class TrainedPredictions:
    """The predictions with `trained: true`, on which the model has been trained since."""

    def __init__(self, settings: Settings, counted: CountedPredictions) -> None:
        self.settings = settings
        self.counted = counted

    @answered
    def has_some(self) -> bool:
        """Return whether any prediction has `trained: true`."""
        return self.counted.collection.find_one({self.settings.fields.trained: True}, {"_id": 1}) is not None

    @answered
    def by_class(self) -> dict[int, int]:
        """Return the number of predictions with a known true class, by class."""
        f = self.settings.fields
        reading = Reading(self.settings.notation)
        key = {"v": f"${f.validated}", "p": f"${f.prediction}"}
        counts: dict[int, int] = {}
        stages: list[Document] = [
            {"$match": {f.trained: True}},
            {"$group": {"_id": key, "n": {"$sum": 1}}},
            {"$set": {"t": reading.review_of("$_id.v", reading.class_of("$_id.p"), dated=True)}},
        ]
        for group in self.counted.aggregate(stages):
            if not isinstance(group["t"], str):
                counts[group["t"]] = counts.get(group["t"], 0) + group["n"]
        return counts
