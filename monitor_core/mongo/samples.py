"""The samples that a filter leaves of a selection: a page of them, their count, or all; the database does the work."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, start_of
from monitor_core.contract.documents import CONFIDENCE_BINS, Review, class_of, confidence_of, field_value, review_of
from monitor_core.contract.selection import (
    EVERY_SAMPLE,
    NOT_REVIEWED,
    ORDERS,
    REJECTED,
    Outcome,
    Sample,
    SampleFilter,
    Selection,
)
from monitor_core.mongo import connection as database
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import class_of as class_expression
from monitor_core.mongo.expressions import confidence_bin, segments_query
from monitor_core.mongo.sample_pages import PAGE, Page, Place, next_to
from monitor_core.mongo.store import Store

CANDIDATES = 4 * PAGE  # read together
SHORTEST_STRETCH = timedelta(minutes=1)  # of time in which a page is looked for; four times as long until it is full
BEYOND = 1e18  # what a sample without confidence or delay is compared with
ROUNDING = 1e-9  # of a confidence beside the edge of its bin
ONE_MILLISECOND = timedelta(milliseconds=1)
Bounds = tuple[datetime, datetime]  # UTC, the last one not included


@dataclass(frozen=True)
class Search:
    """The samples that a filter leaves of a selection, in an order."""

    store: Store
    selection: Selection
    filter: SampleFilter = EVERY_SAMPLE
    order: str = "newest"

    def page(self, place: Place) -> Page:
        """Return the samples at this place, found behind the last one: so the last page is as near as the first.

        By time, a page is looked for in a stretch of time that grows until it holds one; by confidence or delay the
        database looks through the selection's keys in the index, and reads the page's documents alone.
        """
        compared, direction = ORDERS[self.order]
        direction = -direction if place.backwards else direction
        documents = self._by_time(place, direction) if compared == "time" else self._by_key(place, direction)
        more = len(documents) > PAGE
        documents = documents[:PAGE][:: -1 if place.backwards else 1]
        on_the_way = place.key is not None
        before, after = (more, on_the_way) if place.backwards else (on_the_way, more)
        return Page(
            tuple(map(self._sample, documents)),
            place,
            next_to(documents, place, -1) if before else None,
            next_to(documents, place, 1) if after else None,
        )

    def count(self) -> int:
        """Count the chosen samples: from the selection's counts, which know all but confidence and the unreviewed."""
        waiting = self.filter.holds(Review.NONE, self.filter.prediction or 0)
        if self.filter.bins or (waiting and self.filter.prediction is not None):
            return self._count_now()
        counts = self.store.counts.of(self.selection)
        labels, cells = counts.confusion.labels, counts.confusion.matrix_cells().tolist()
        reviews: list[int | Review] = [*labels, Review.REJECTED]
        reviewed: int = sum(count for target, own, count in cells if self.filter.holds(reviews[target], labels[own]))
        return reviewed + (counts.not_reviewed if waiting else 0)

    def _count_now(self) -> int:
        """Return the database adds them up, from the index alone."""
        f, (start, end), total = self.store.fields, self._bounds, 0
        key: Document = {"v": f"${f.validated}", "p": f"${f.prediction}", "r": self._is_dated}
        if self.filter.bins:
            key["b"] = self._in_bins
        # In the group's key, not in a stage before it: that would fetch each document.
        within = {"$and": [{"$gte": ["$$at", start]}, {"$lt": ["$$at", end]}]}
        inside = {"$let": {"vars": {"at": self.store.live.instant(self._at, self.selection)}, "in": within}}
        alone = {"$not": [{"$isArray": [f"${self._at}"]}]}  # an array of dates belongs to no day
        for is_text, window in enumerate(_windows(start, end)):
            stages: list[Document] = [{"$match": {"$and": [{self._at: window}, *self._likely]}}]
            stages.append({"$group": {"_id": key | {"i": inside if is_text else alone}, "n": {"$sum": 1}}})
            with database.answering(self.store.settings):
                for group in self.store.collection.aggregate(stages, allowDiskUse=True):
                    total += int(group["n"]) if self._holds(group["_id"]) else 0
        return total

    def all(self) -> Iterator[Sample]:
        """Yield every chosen sample in the order of time, first those dated by a date, then those by text."""
        for window in _windows(*self._bounds):
            stages: list[Document] = [
                {"$match": {"$and": [{self._at: window}, *self._likely]}},
                {"$sort": {self._at: 1}},
                *self._exact(self._bounds),
            ]
            with (
                database.answering(self.store.settings),
                self.store.collection.aggregate(stages, allowDiskUse=True) as documents,
            ):
                yield from map(self._sample, documents)

    # -- what the database is asked

    @property
    def _by_review(self) -> bool:
        return self.selection.basis == "validated"

    @property
    def _is_dated(self) -> Any:
        """Return whether a `false` is a rejection."""
        return {"$literal": True} if self._by_review else {"$gt": [f"${self.store.fields.validated_at}", None]}

    @property
    def _at(self) -> str:
        return self.store.live.at(self.selection.basis)

    @property
    def _bounds(self) -> Bounds:
        return self.selection.period.bounds(self.store.settings.zone)

    def _by_time(self, place: Place, direction: int) -> list[Document]:
        start, end = self._bounds
        edge = place.key if isinstance(place.key, datetime) else (start if direction > 0 else end)
        stretch = self._reach(edge, direction)
        while True:
            low, high = (edge, edge + stretch) if direction > 0 else (edge - stretch, edge + ONE_MILLISECOND)
            low, high = max(low, start), min(high, end)
            windows = {"$or": [{self._at: window} for window in _windows(low, high)]}
            query = {"$and": [windows, *self._likely]}
            documents = self._sorted(query, place, direction, (low, high)) if low < high else []
            if len(documents) > PAGE or (high >= end if direction > 0 else low <= start):
                return documents
            stretch *= 4

    def _reach(self, edge: datetime, direction: int) -> timedelta:
        """Return how far a page of likely samples reaches from here, by the index; at most the whole period."""
        start, end = self._bounds
        ahead = (max(edge, start), end) if direction > 0 else (start, min(edge + ONE_MILLISECOND, end))
        reaches = [end - start]
        for is_text, window in enumerate(_windows(*ahead) if ahead[0] < ahead[1] else ()):
            query = {"$and": [{self._at: window}, *self._likely]}
            with database.answering(self.store.settings):
                documents = self.store.collection.find(query, {self._at: 1, "_id": 0}).sort(self._at, direction)
                far = list(documents.skip(PAGE).limit(1))
            at = contract.instant_of(field_value(far[0], self._at), self.store.settings.zone) if far else None
            if at is not None:
                reaches.append(abs(at - edge) + (2 * ONE_DAY if is_text else ONE_MILLISECOND))
        return max(min(reaches), SHORTEST_STRETCH)

    def _by_key(self, place: Place, direction: int) -> list[Document]:
        candidates = [self._of_window(window, place, direction) for window in _windows(*self._bounds)]
        if all(candidates):
            ids = [document["_id"] for window in candidates for document in window]
            return self._sorted({"_id": {"$in": ids}}, place, direction, self._bounds)
        return candidates[0] or candidates[1]

    def _of_window(self, window: Document, place: Place, direction: int) -> list[Document]:
        """Candidates come in order from the index alone; then their documents are read, and the wanted ones stay."""
        documents: list[Document] = []
        while True:
            candidates = self._candidates(window, place, direction)
            query = {"_id": {"$in": [candidate["_id"] for candidate in candidates]}}
            documents += self._sorted(query, place, direction, self._bounds) if candidates else []
            if len(documents) > PAGE or len(candidates) < CANDIDATES:
                return documents[: PAGE + 1]
            place = replace(place, key=candidates[-1]["_key"], id=candidates[-1]["_id"])

    def _candidates(self, window: Document, place: Place, direction: int) -> list[Document]:
        stages: list[Document] = [
            {"$match": {"$and": [{self._at: window}, *self._likely]}},
            # First the index's fields alone: computed in one stage with them, they would be read from the documents.
            {"$project": dict.fromkeys(self._indexed, 1)},
            {"$set": {"_key": self._key, "_may": self._may_be}},
            {"$match": {"_may": True}},
            *_behind(place, direction),
            {"$sort": {"_key": direction, "_id": direction}},
            {"$limit": CANDIDATES},
        ]
        with database.answering(self.store.settings):
            return list(self.store.collection.aggregate(stages, allowDiskUse=True))

    @property
    def _indexed(self) -> tuple[str, ...]:
        f = self.store.fields
        return f.prediction, f.validated, f.confidence, f.predicted_at, f.validated_at

    @property
    def _may_be(self) -> Any:
        """Return whether the outcome is the chosen one, by the raw values."""
        review, prediction = f"${self.store.fields.validated}", f"${self.store.fields.prediction}"
        if self.filter.outcome == "wrong":
            return {"$ne": [review, prediction]}
        if self.filter.outcome == "right":
            texts = [{"$eq": [{"$type": value}, "string"]} for value in (review, prediction)]
            return {"$or": [{"$eq": [review, True]}, {"$eq": [review, prediction]}, *texts]}
        return {"$literal": True}

    def _sorted(self, query: Document, place: Place, direction: int, bounds: Bounds) -> list[Document]:
        """Return the page's documents among those asked for, and one more if there are more."""
        stages = [{"$match": query}, *self._exact(bounds), {"$set": {"_key": self._key}}, *_behind(place, direction)]
        stages += [{"$sort": {"_key": direction, "_id": direction}}, {"$limit": PAGE + 1}]
        with database.answering(self.store.settings):
            return list(self.store.collection.aggregate(stages, allowDiskUse=True))

    @property
    def _key(self) -> Any:
        """Return what the order compares; a sample that has none comes last."""
        compared, direction = ORDERS[self.order]
        f = self.store.fields
        if compared == "time":
            return self.store.live.instant(self._at, self.selection)
        if compared == "confidence":
            confidence = f"${f.confidence}"
            number = {"$and": [{"$gte": [confidence, 0]}, {"$lte": [confidence, 1]}]}
            return {"$cond": [number, {"$toDouble": confidence}, direction * BEYOND]}
        first, last = start_of(FIRST_DAY, self.store.settings.zone), datetime(9999, 12, 31, tzinfo=UTC)
        instants = {
            "predicted": self.store.live.instant(f.predicted_at, self.selection),
            "validated": self.store.live.instant(f.validated_at, self.selection),
        }
        dates = [{"$and": [{"$gte": [at, first]}, {"$lt": [at, last]}]} for at in ("$$predicted", "$$validated")]
        delay = {"$toDouble": {"$subtract": ["$$validated", "$$predicted"]}}
        usable = {"$and": [*dates, {"$gt": [f"${f.validated}", None]}]}
        return {"$let": {"vars": instants, "in": {"$cond": [usable, delay, direction * BEYOND]}}}

    @property
    def _likely(self) -> list[Document]:
        """Return what an index can tell of the wanted samples; some others keep to it too."""
        f, chosen = self.store.fields, self.filter
        conditions: list[Document] = []
        if chosen.prediction is not None:
            conditions.append({f.prediction: {"$in": _forms(chosen.prediction)}})
        if isinstance(chosen.target, int):
            conditions.append({f.validated: {"$in": [True, *_forms(chosen.target)]}})
        if REJECTED in (chosen.target, chosen.outcome):
            conditions.append({f.validated: False})
        if NOT_REVIEWED in (chosen.target, chosen.outcome):
            conditions.append({f.validated: {"$in": [None, False]}})
        if chosen.outcome in ("right", "wrong"):
            conditions.append({f.validated: {"$nin": [None, chosen.outcome == "wrong"]}})
        if chosen.bins:
            low, high = (edge / CONFIDENCE_BINS for edge in chosen.bins)
            conditions.append({f.confidence: {"$gte": low - ROUNDING, "$lte": high + ROUNDING}})
        if self.selection.where:
            conditions.append(segments_query(self.selection.where, self.store.settings))
        return conditions

    def _exact(self, bounds: Bounds) -> list[Document]:
        """Stages that read a document as `contract` does, and leave the wanted ones."""
        f = self.store.fields
        review = f"${f.validated}"
        answers: list[Any] = [
            {"case": {"$lte": [review, None]}, "then": {"$literal": NOT_REVIEWED}},
            {"case": {"$eq": [review, False]}, "then": {"$cond": [self._is_dated, REJECTED, NOT_REVIEWED]}},
            {"case": {"$eq": [review, True]}, "then": "$_prediction"},
        ]
        instants = {"_at": self.store.live.instant(self._at, self.selection)}
        within = [{"$gte": ["$_at", bounds[0]]}, {"$lt": ["$_at", bounds[1]]}]
        return [
            {"$project": dict.fromkeys((f.filename, *self._indexed), 1)},
            {"$set": {**instants, "_prediction": class_expression(f"${f.prediction}")}},
            {"$set": {"_target": {"$switch": {"branches": answers, "default": class_expression(review)}}}},
            {"$match": {"$expr": {"$and": [*within, *self._conditions]}}},
        ]

    @property
    def _conditions(self) -> list[Document]:
        chosen = self.filter
        conditions: list[Document] = [{"$gt": ["$_prediction", None]}, {"$gt": ["$_target", None]}]
        if chosen.prediction is not None:
            conditions.append({"$eq": ["$_prediction", chosen.prediction]})
        if chosen.target is not None:
            conditions.append({"$eq": ["$_target", chosen.target]})
        if chosen.outcome == "right":
            conditions.append({"$eq": ["$_target", "$_prediction"]})
        elif chosen.outcome == "wrong":
            conditions += [{"$ne": ["$_target", "$_prediction"]}, {"$ne": ["$_target", NOT_REVIEWED]}]
        elif chosen.outcome:
            conditions.append({"$eq": ["$_target", chosen.outcome]})
        return [*conditions, self._in_bins] if chosen.bins else conditions

    @property
    def _in_bins(self) -> Document:
        low, high = self.filter.bins or (0, CONFIDENCE_BINS)
        bin_number = confidence_bin(f"${self.store.fields.confidence}")
        return {"$and": [{"$gte": [bin_number, low]}, {"$lt": [bin_number, high]}]}

    # -- what it answers

    def _holds(self, key: Document) -> bool:
        prediction = class_of(key.get("p"))
        if prediction is None or not key["i"] or not key.get("b", True):
            return False
        return self.filter.holds(review_of(key.get("v"), prediction, key["r"]), prediction)

    def _sample(self, document: Document) -> Sample:
        f, zone = self.store.fields, self.store.settings.zone
        target, prediction = document["_target"], int(document["_prediction"])
        target_class = None if isinstance(target, str) else int(target)
        outcome: Outcome = "right" if target_class == prediction else "wrong"
        return Sample(
            document["_id"],
            str(field_value(document, f.filename) or ""),
            prediction,
            target_class,
            cast(Outcome, target) if target_class is None else outcome,
            confidence_of(field_value(document, f.confidence)),
            contract.instant_of(field_value(document, f.predicted_at), zone),
            contract.instant_of(field_value(document, f.validated_at), zone),
        )


def _behind(place: Place, direction: int) -> list[Document]:
    """Return what leaves those behind the place, in the database's own order of ids of any kind."""
    if place.key is None:
        return []
    key, last_id, past = {"$literal": place.key}, {"$literal": place.id}, "$gt" if direction > 0 else "$lt"
    tied = {"$and": [{"$eq": ["$_key", key]}, {past: ["$_id", last_id]}]}
    return [{"$match": {"$expr": {"$or": [{past: ["$_key", key]}, tied]}}}]


def _windows(start: datetime, end: datetime) -> tuple[Document, Document]:
    """Return what finds the documents of these instants: by dates exactly, by ISO 8601 text within a day."""
    text = {"$gte": (start - ONE_DAY).date().isoformat(), "$lt": (end + 2 * ONE_DAY).date().isoformat()}
    return {"$gte": start, "$lt": end}, text


def _forms(label: int) -> list[Any]:
    """Return the number, and what finds it as text."""
    digits, sign = str(abs(label)), "-" if label < 0 else "[+]?" if label else "[+-]?"
    return [label, re.compile(rf"^ *{sign}0{{0,{10 - len(digits)}}}{digits}([.]0*)? *$")]
