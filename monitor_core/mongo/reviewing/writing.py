"""Writing a review into a prediction: only if its review is as it was on the screen, and with a log of both.

The log has the entry before the prediction is changed, and is completed afterwards; so whenever a program ends in
between, what the prediction held before is known, and `settle` says from the prediction whether it was changed.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_core.contract import wording
from monitor_core.contract.documents import EPOCH, Notation, Review, field_value, is_absent
from monitor_core.contract.errors import MonitorError, ReviewedMeanwhile
from monitor_core.contract.selection import NOT_REVIEWED
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.reading import as_contract
from monitor_core.mongo.reviewing.log import LoggedReview, ReviewLog
from monitor_core.mongo.reviewing.snapshots import (
    Held,
    Snapshot,
    giving,
    restoring,
    snapshot_of,
    still_holds,
)
from monitor_core.mongo.store import Store

INTERRUPTED_AFTER = timedelta(minutes=1)  # a write takes seconds


class Reviewer:
    """Writer of reviews into the predictions: it changes the two fields of a review, and never another."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = store.settings
        self.fields = store.fields
        self.log = ReviewLog(store)
        self._dated: Any = None  # the date of another review, once there is one

    def read(self, sample_id: Any) -> Snapshot | None:
        """Return a prediction as it is now; None if it is missing, has no id, or cannot be parsed."""
        document = None if sample_id is None else self.store.predictions.read(sample_id)
        return snapshot_of(document, self.settings) if document else None

    def review(
        self, snapshot: Snapshot, target: int | None, by: str, second_of: LoggedReview | None = None
    ) -> LoggedReview:
        """Write a review into the prediction of the snapshot and return its entry in the log; None rejects it.

        The class is written also where the reviewer confirms it: `true` would change its meaning with the field of the
        prediction. A second opinion that agrees leaves the prediction, and so the date of its review, as it is. Raise
        ReviewedMeanwhile if the review is not any more as it was in the snapshot.
        """
        now = self.store.now()
        agrees = None if second_of is None else second_of.target == target
        after = snapshot.held if agrees else self._values(snapshot, target, now)
        entry: Document = {"target": target, "by": by, "at": now}
        if second_of:
            entry |= {"first": second_of.id, "agrees": agrees}
        begun = self.log.begin(snapshot, after, entry)
        update = giving({} if agrees else after, self.fields)
        try:
            written = self._change(snapshot.sample.id, snapshot.held, update)
        except MonitorError:
            self._give_up(begun)
            raise
        if not written:
            self.log.change(begun, "refused")
            raise ReviewedMeanwhile(self._who_was_faster(snapshot.sample.id))
        self.log.change(begun, "done")
        return begun

    def undo(self, entry_id: str, by: str) -> LoggedReview:
        """Restore exactly what a review has replaced; raise ReviewedMeanwhile if another one has followed."""
        entry = self.log.entry(entry_id)
        if entry is None or entry.state not in ("done", "undoing"):
            raise MonitorError("This review is undone already, or was not written.")
        self.log.change(entry, "undoing", (by, self.store.now()))
        if not (entry.agrees or self._change(entry.sample.id, entry.after, self._restoring(entry))):
            self.log.change(entry, "done", ("", None))
            raise ReviewedMeanwhile(self._who_was_faster(entry.sample.id))
        self.log.change(entry, "undone")
        return entry

    def settle(self) -> None:
        """Complete the entries of writes that were interrupted, as far as the predictions say how they ended."""
        for entry in self.log.interrupted(self.store.now() - INTERRUPTED_AFTER):
            before, after = (self._is_still(entry.sample.id, held) for held in (entry.before, entry.after))
            if entry.state == "begun" and (before or after):
                self.log.change(entry, "done" if after else "refused")
            elif entry.state == "undoing" and (before or after):
                self.log.change(entry, "undone" if before or entry.agrees else "done")

    # ---- the prediction

    @answered
    def _change(self, sample_id: Any, held: Held, update: Document | list[Document]) -> bool:
        query = still_holds(sample_id, held, self.fields)
        if update == giving({}, self.fields):
            return self._is_still(sample_id, held)
        return bool(self.store.collection.update_one(query, update).matched_count)

    @answered
    def _is_still(self, sample_id: Any, held: Held) -> bool:
        return bool(self.store.collection.count_documents(still_holds(sample_id, held, self.fields), limit=1))

    def _restoring(self, entry: LoggedReview) -> list[Document]:
        return restoring(entry.before, entry.absent, self.fields)

    def _give_up(self, begun: LoggedReview) -> None:
        """Say in the log that the database refused, if it can be asked whether it did; else `settle` does."""
        with suppress(MonitorError):
            if self._is_still(begun.sample.id, begun.before):
                self.log.change(begun, "refused")

    def _who_was_faster(self, sample_id: Any) -> str:
        """Say how the prediction is reviewed now, and by whom if the log knows it."""
        snapshot = self.read(sample_id)
        if snapshot is None:
            return "The prediction was removed while it was on the screen, so nothing was written."
        sample, latest = snapshot.sample, self.log.latest_of(sample_id)
        by = latest.by if latest and self._is_still(sample_id, latest.after) else ""
        when = f" on {wording.instant(sample.reviewed_at, self.settings.zone)}" if sample.reviewed_at else ""
        if sample.outcome == NOT_REVIEWED:
            return f'Somebody was faster and removed the review of "{sample.file}", so nothing was written.'
        review = (
            "rejected it" if sample.target is None else f'reviewed it as "{self.settings.class_name(sample.target)}"'
        )
        return f'{by or "Somebody"} was faster with "{sample.file}" and {review}{when}, so nothing was written.'

    # ---- the values

    def _values(self, snapshot: Snapshot, target: int | None, now: datetime) -> Held:
        value = False if target is None else target
        expected = Review.REJECTED if target is None else target
        if self.settings.notation.review_of(value, snapshot.sample.prediction, dated=True) != expected:
            raise MonitorError(
                f"Nothing was written: with these settings the value {str(value).lower()} would not be read as this "
                "review. MONITOR_BOOLEAN_CLASSES and MONITOR_NOT_REVIEWED say what values mean."
            )
        return {"validated": value, "validated_at": self._date(snapshot, now)}

    def _date(self, snapshot: Snapshot, now: datetime) -> Any:
        own = snapshot.held.get("validated_at")
        example = self._of_another() if is_absent(as_contract(own)) else own
        return date_like(example, now, self.settings.notation)

    @answered
    def _of_another(self) -> Any:
        """Return the latest date of a review, as it is stored; without any, that of a prediction."""
        for path in (self.fields.validated_at, self.fields.predicted_at):
            if self._dated is None:
                query = {path: {"$nin": [None, ""]}}
                latest = self.store.collection.find_one(query, {path: 1}, sort=[(path, -1)])
                self._dated = field_value(latest, path) if latest else None
        return self._dated


def date_like(example: Any, instant: datetime, notation: Notation) -> Any:
    """Return an instant in the form of another date: as text in ISO 8601, as a number, or as a date.

    >>> at = datetime(2026, 10, 5, 12, 30, tzinfo=UTC)
    >>> date_like("2026-10-01 10:00", at, Notation())
    '2026-10-05T12:30:00.000Z'
    >>> date_like(1790000000, at, Notation(date_numbers="seconds"))
    1791203400
    """
    if isinstance(example, str):
        return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if notation.date_numbers and isinstance(example, int | float):
        milliseconds = (instant - EPOCH) // timedelta(milliseconds=1)
        return milliseconds if notation.date_numbers == "milliseconds" else milliseconds // 1000
    if notation.stored_times == "local":
        return instant.astimezone(notation.zone).replace(tzinfo=UTC)
    return instant + notation.stored_times
