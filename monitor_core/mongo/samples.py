"""The filtered samples of a selection: by page, counted, or all, computed by the database."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from monitor_core.contract.calendar import ONE_DAY
from monitor_core.contract.documents import Review, field_value
from monitor_core.contract.selection import (
    EVERY_SAMPLE,
    ORDERS,
    Outcome,
    Sample,
    SampleFilter,
    Selection,
    outcome_of,
)
from monitor_core.mongo import connection as database
from monitor_core.mongo.connection import Document
from monitor_core.mongo.filtering.conditions import Conditions
from monitor_core.mongo.reading import as_contract, is_absent
from monitor_core.mongo.sample_pages import PAGE, Page, Place, next_to
from monitor_core.mongo.store import Store
from monitor_core.mongo.windows import Window

CANDIDATES = 4 * PAGE  # read together
SHORTEST_STRETCH = timedelta(minutes=1)  # searched for a page; four times as long until it is full
BEYOND = 1e18  # what a sample without confidence or delay is compared with
ONE_MILLISECOND = timedelta(milliseconds=1)
Bounds = tuple[datetime, datetime]  # UTC, the last one not included


@dataclass(frozen=True)
class Search:
    """The filtered samples of a selection, in a given order."""

    store: Store
    selection: Selection
    filter: SampleFilter = EVERY_SAMPLE
    order: str = "newest"

    def page(self, place: Place) -> Page:
        """Return the page at this position, found by the last sample before it, so that the last page costs no more.

        In the order of time, the search interval grows until it contains a page; by confidence or delay, the database
        compares the keys of the whole selection and reads only the page's documents.
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
        """Count the samples."""
        return sum(self.outcomes().values())

    def outcomes(self) -> dict[Outcome, int]:
        """Count the samples of each outcome: from the selection's counts, unless these lack what the filter needs."""
        f = self.filter
        waiting = f.holds(Review.NONE, f.predictions[0] if f.predictions else 0)
        now = f.bins or f.file or f.tags or f.trained is not None or (waiting and f.predictions)
        counts = None if now else self.store.counts.of(self.selection)
        if counts is None or counts.confusion.others:  # a class may be among those that are counted together
            return self._outcomes_now()
        labels, cells = counts.confusion.labels, counts.confusion.matrix_cells().tolist()
        reviews: list[int | Review] = [*labels, Review.REJECTED]
        outcomes: Counter[Outcome] = Counter()
        for target, own, count in cells:
            if f.holds(reviews[target], labels[own]):
                outcomes[outcome_of(reviews[target], labels[own])] += count
        return outcomes + Counter({outcome_of(Review.NONE, 0): counts.not_reviewed if waiting else 0})

    def _outcomes_now(self) -> dict[Outcome, int]:
        """Count the samples of each outcome from their documents."""
        outcomes: Counter[Outcome] = Counter()
        for (review, prediction), number in self.cells().items():
            outcomes[outcome_of(review, prediction)] += number
        return outcomes

    def cells(self) -> "Counter[tuple[int | Review, int]]":
        """Count the samples of each review (a true class, or none) and prediction, from their documents."""
        f, (start, end) = self.store.fields, self._bounds
        cells: Counter[tuple[int | Review, int]] = Counter()
        key: Document = {"v": f"${f.validated}", "p": f"${f.prediction}", "r": self._is_dated}
        if self.filter.bins:
            key["b"] = self._conditions.in_bins
        within = {"$and": [{"$gte": ["$$at", start]}, {"$lt": ["$$at", end]}]}
        inside = {"$let": {"vars": {"at": self.store.live.instant(self._at, self.selection)}, "in": within}}
        alone = {"$not": [{"$isArray": [f"${self._at}"]}]}  # an array of dates belongs to no day
        for window in self._windows(start, end):
            is_in = alone if window.is_exact and window.is_instant else inside
            stages: list[Document] = [
                {"$match": {"$and": [{self._at: window.bounds}, *self._likely]}},
                {"$group": {"_id": key | {"i": is_in}, "n": {"$sum": 1}}},
                {"$match": {"_id.i": True}},
                {"$set": self._read("$_id.p", "$_id.v", "$_id.r")},
            ]
            with database.answering(self.store.settings):
                for group in self.store.counted.aggregate(stages, allowDiskUse=True):
                    if self._holds(group):
                        cells[_review(group), group["_prediction"]] += int(group["n"])
        return cells

    def beside(self, sample_id: Any, step: int) -> Sample | None:
        """Return the sample after this one in the order (step 1), or before it (-1); None at an end, or if it left."""
        at = self._sorted({"_id": {"$eq": sample_id}}, Place(), 1, self._bounds)
        if not at:
            return None
        samples = self.page(Place(at[0]["_key"], sample_id, backwards=step < 0)).samples
        return samples[0 if step > 0 else -1] if samples else None

    def read(self, sample_id: Any) -> Sample | None:
        """Return one sample, whether or not period and filter admit it; None if it is missing or cannot be parsed."""
        stages = [
            {"$match": {"_id": {"$eq": sample_id}}},
            {"$limit": 1},
            {"$set": self._read(f"${self.store.fields.prediction}", f"${self.store.fields.validated}", self._is_dated)},
        ]
        with database.answering(self.store.settings):
            documents = list(self.store.collection.aggregate(stages))
        if not documents or documents[0]["_prediction"] is None or _review(documents[0]) is Review.UNREADABLE:
            return None
        return self._sample(documents[0])

    def all(self) -> Iterator[Sample]:
        """Yield all samples in the order of time: first those whose dates are instants, then those with text dates."""
        for window in self._windows(*self._bounds):
            stages: list[Document] = [
                {"$match": {"$and": [{self._at: window.bounds}, *self._likely]}},
                {"$sort": {self._at: 1}},
                *self._exact(self._bounds),
            ]
            with (
                database.answering(self.store.settings),
                self.store.counted.aggregate(stages, allowDiskUse=True) as documents,
            ):
                yield from map(self._sample, documents)

    # -- what the database is asked

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.store, self.filter, self.selection.where)

    @property
    def _likely(self) -> list[Document]:
        return self._conditions.likely

    @property
    def _by_review(self) -> bool:
        return self.selection.basis == "validated"

    @property
    def _is_dated(self) -> Any:
        """Return the expression of whether a `false` is a rejection."""
        return {"$literal": True} if self._by_review else {"$not": [is_absent(f"${self.store.fields.validated_at}")]}

    def _windows(self, start: datetime, end: datetime) -> list[Window]:
        return self.store.live.windows.of(start, end)

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
            windows = {"$or": [{self._at: window.bounds} for window in self._windows(low, high)]}
            query = {"$and": [windows, *self._likely]}
            documents = self._sorted(query, place, direction, (low, high)) if low < high else []
            if len(documents) > PAGE or (high >= end if direction > 0 else low <= start):
                return documents
            stretch *= 4

    def _reach(self, edge: datetime, direction: int) -> timedelta:
        """Return the length of time that contains a page of candidates by the index; at most the whole period."""
        start, end = self._bounds
        ahead = (max(edge, start), end) if direction > 0 else (start, min(edge + ONE_MILLISECOND, end))
        reaches = [end - start]
        for window in self._windows(*ahead) if ahead[0] < ahead[1] else ():
            query = {"$and": [{self._at: window.bounds}, *self._likely]}
            with database.answering(self.store.settings):
                documents = self.store.collection.find(query, {self._at: 1, "_id": 0}).sort(self._at, direction)
                far = list(documents.skip(PAGE).limit(1))
            at = self._instant(far[0], self._at) if far else None
            if at is not None:
                reaches.append(abs(at - edge) + (ONE_MILLISECOND if window.is_exact else 2 * ONE_DAY))
        return max(min(reaches), SHORTEST_STRETCH)

    def _by_key(self, place: Place, direction: int) -> list[Document]:
        of_windows = [self._of_window(window.bounds, place, direction) for window in self._windows(*self._bounds)]
        candidates = [documents for documents in of_windows if documents]
        if len(candidates) > 1:
            ids = [document.get("_id") for documents in candidates for document in documents]
            return self._sorted({"_id": {"$in": ids}}, place, direction, self._bounds)
        return candidates[0] if candidates else []

    def _of_window(self, window: Document, place: Place, direction: int) -> list[Document]:
        """Return the page's documents within a window: candidates are sorted by their keys, then read and filtered."""
        documents: list[Document] = []
        while True:
            candidates = self._candidates(window, place, direction)
            query = {"_id": {"$in": [candidate.get("_id") for candidate in candidates]}}
            documents += self._sorted(query, place, direction, self._bounds) if candidates else []
            if len(documents) > PAGE or len(candidates) < CANDIDATES:
                return documents[: PAGE + 1]
            place = replace(place, key=candidates[-1]["_key"], id=candidates[-1].get("_id"))

    def _candidates(self, window: Document, place: Place, direction: int) -> list[Document]:
        stages: list[Document] = [
            {"$match": {"$and": [{self._at: window}, *self._likely]}},
            {"$project": dict.fromkeys(self._indexed, 1)},
            {"$set": {"_key": self._key, "_may": self._conditions.may_be}},
            {"$match": {"_may": True}},
            *_behind(place, direction),
            {"$sort": {"_key": direction, "_id": direction}},
            {"$limit": CANDIDATES},
        ]
        with database.answering(self.store.settings):
            return list(self.store.counted.aggregate(stages, allowDiskUse=True))

    @property
    def _indexed(self) -> tuple[str, ...]:
        f = self.store.fields
        return f.prediction, f.validated, f.confidence, f.predicted_at, f.validated_at

    def _sorted(self, query: Document, place: Place, direction: int, bounds: Bounds) -> list[Document]:
        """Return the page's documents among those that match the query, and one more if there are more."""
        stages = [{"$match": query}, *self._exact(bounds), {"$set": {"_key": self._key}}, *_behind(place, direction)]
        stages += [{"$sort": {"_key": direction, "_id": direction}}, {"$limit": PAGE + 1}]
        with database.answering(self.store.settings):
            return list(self.store.counted.aggregate(stages, allowDiskUse=True))

    @property
    def _key(self) -> Any:
        """Return the expression of the sort key; samples without a key come last."""
        compared, direction = ORDERS[self.order]
        f = self.store.fields
        if compared == "time":
            return self.store.live.instant(self._at, self.selection)
        last = direction * BEYOND
        if compared == "confidence":
            return {"$ifNull": [self.store.live.reading.confidence_of(f"${f.confidence}"), last]}
        instants = {
            "predicted": self.store.live.instant(f.predicted_at, self.selection),
            "validated": self.store.live.instant(f.validated_at, self.selection),
        }
        delay = {"$ifNull": [{"$toDouble": {"$subtract": ["$$validated", "$$predicted"]}}, last]}
        reviewed = self.store.live.reading.is_review(f"${f.validated}", dated=True)
        return {"$let": {"vars": instants, "in": {"$cond": [reviewed, delay, last]}}}

    def _exact(self, bounds: Bounds) -> list[Document]:
        """Return stages that parse a document as `contract` does, and apply the filter exactly."""
        f = self.store.fields
        instants = {"_at": self.store.live.instant(self._at, self.selection)}
        within = [{"$gte": ["$_at", bounds[0]]}, {"$lt": ["$_at", bounds[1]]}]
        return [
            {"$project": dict.fromkeys((f.filename, *self._indexed), 1)},
            {"$set": instants | self._read(f"${f.prediction}", f"${f.validated}", self._is_dated)},
            {"$match": {"$expr": {"$and": [*within, *self._conditions.exact]}}},
        ]

    def _read(self, prediction: str, validated: str, dated: Any) -> Document:
        """Return the fields of a parsed prediction and review."""
        label = self.store.live.reading.class_of(prediction)
        return {"_prediction": label, "_target": self.store.live.reading.review_of(validated, label, dated)}

    # -- what it answers

    def _holds(self, group: Document) -> bool:
        if group["_prediction"] is None or not group["_id"].get("b", True):
            return False
        return self.filter.holds(_review(group), group["_prediction"])

    def _sample(self, document: Document) -> Sample:
        f = self.store.fields
        review, prediction = _review(document), int(document["_prediction"])
        return Sample(
            document.get("_id"),
            str(field_value(document, f.filename) or ""),
            prediction,
            review if isinstance(review, int) else None,
            outcome_of(review, prediction),
            self.store.settings.notation.confidence_of(as_contract(field_value(document, f.confidence))),
            self._instant(document, f.predicted_at),
            self._instant(document, f.validated_at),
        )

    def _instant(self, document: Document, field: str) -> datetime | None:
        return self.store.settings.notation.instant_of(as_contract(field_value(document, field)))


def _review(document: Document) -> int | Review:
    """Return the parsed review of a document or group."""
    target = document["_target"]
    return Review[target] if isinstance(target, str) else int(target)


def _behind(place: Place, direction: int) -> list[Document]:
    """Return stages that keep the documents after the position, in the database's order of ids of any type."""
    if place.key is None:
        return []
    key, last_id, past = {"$literal": place.key}, {"$literal": place.id}, "$gt" if direction > 0 else "$lt"
    tied = {"$and": [{"$eq": ["$_key", key]}, {past: [{"$ifNull": ["$_id", None]}, last_id]}]}
    return [{"$match": {"$expr": {"$or": [{past: ["$_key", key]}, tied]}}}]
