"""The filtered samples of a selection: by page, counted, or all, computed by the database."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from monitor_core.contract.calendar import ONE_DAY
from monitor_core.contract.documents import CONFIDENCE_BINS, Notation, Review, field_value
from monitor_core.contract.selection import (
    EVERY_SAMPLE,
    NOT_REVIEWED,
    ORDERS,
    REJECTED,
    Sample,
    SampleFilter,
    Selection,
    outcome_of,
)
from monitor_core.contract.texts import BLANKS
from monitor_core.mongo import connection as database
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import segments_query
from monitor_core.mongo.reading import NAN, as_contract, is_absent
from monitor_core.mongo.sample_pages import PAGE, Page, Place, next_to
from monitor_core.mongo.store import Store
from monitor_core.mongo.windows import Window

CANDIDATES = 4 * PAGE  # read together
SHORTEST_STRETCH = timedelta(minutes=1)  # searched for a page; four times as long until it is full
BEYOND = 1e18  # what a sample without confidence or delay is compared with
ROUNDING = 1e-9  # of a confidence beside the edge of its bin
ONE_MILLISECOND = timedelta(milliseconds=1)
OF_NO_CLASS = {REJECTED: Review.REJECTED.name, NOT_REVIEWED: Review.NONE.name}  # as the database names them
ANY_TEXT = re.compile("")
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
        """Count the samples: from the selection's counts, unless these lack what the filter needs."""
        waiting = self.filter.holds(Review.NONE, self.filter.prediction or 0)
        now = self.filter.bins or (waiting and self.filter.prediction is not None)
        counts = None if now else self.store.counts.of(self.selection)
        if counts is None or counts.confusion.others:  # a class may be among those that are counted together
            return self._count_now()
        labels, cells = counts.confusion.labels, counts.confusion.matrix_cells().tolist()
        reviews: list[int | Review] = [*labels, Review.REJECTED]
        reviewed: int = sum(count for target, own, count in cells if self.filter.holds(reviews[target], labels[own]))
        return reviewed + (counts.not_reviewed if waiting else 0)

    def _count_now(self) -> int:
        """Count the samples from their documents."""
        f, (start, end), total = self.store.fields, self._bounds, 0
        key: Document = {"v": f"${f.validated}", "p": f"${f.prediction}", "r": self._is_dated}
        if self.filter.bins:
            key["b"] = self._in_bins
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
                    total += int(group["n"]) if self._holds(group) else 0
        return total

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
            {"$set": {"_key": self._key, "_may": self._may_be}},
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

    @property
    def _may_be(self) -> Any:
        """Return the expression of whether the raw values allow the chosen outcome."""
        f = self.store.fields
        if self.filter.outcome not in ("right", "wrong"):
            return {"$literal": True}
        # Only where both are numbers: a name and a number may be one class, and a yes or no is any.
        both = {"$and": [{"$isNumber": f"${f.validated}"}, {"$isNumber": f"${f.prediction}"}]}
        same = {"$eq": [f"${f.validated}", f"${f.prediction}"]}
        return {"$cond": [both, same if self.filter.outcome == "right" else {"$not": [same]}, True]}

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

    @property
    def _likely(self) -> list[Document]:
        """Return the filter conditions that an index can check; they also admit some other samples."""
        f, chosen = self.store.fields, self.filter
        conditions: list[Document] = []
        notation = self.store.settings.notation
        if chosen.prediction is not None:
            conditions.append({f.prediction: {"$in": _forms(chosen.prediction, notation)}})
        if isinstance(chosen.target, int):
            conditions.append({f.validated: {"$in": [True, *_forms(chosen.target, notation)]}})
        if REJECTED in (chosen.target, chosen.outcome):
            conditions.append({f.validated: False})
        if NOT_REVIEWED in (chosen.target, chosen.outcome):
            nothing: list[Any] = [None, False, NAN, {}, [], ANY_TEXT, *notation.not_reviewed_numbers]
            conditions.append({f.validated: {"$in": nothing}})
        if chosen.outcome in ("right", "wrong"):
            conditions.append({f.validated: {"$ne": None}})
        if chosen.bins:
            most = 100 if notation.percent else 1
            low, high = (most * edge / CONFIDENCE_BINS for edge in chosen.bins)
            # Texts too; not as `$or`, which no index answers alone.
            conditions += [{f.confidence: {"$not": {"$lt": low - ROUNDING}}}, {f.confidence: {"$ne": None}}]
            conditions.append({f.confidence: {"$not": {"$gt": high + ROUNDING}}})
        if self.selection.where:
            conditions.append(segments_query(self.selection.where, self.store.settings))
        return conditions

    def _exact(self, bounds: Bounds) -> list[Document]:
        """Return stages that parse a document as `contract` does, and apply the filter exactly."""
        f = self.store.fields
        instants = {"_at": self.store.live.instant(self._at, self.selection)}
        within = [{"$gte": ["$_at", bounds[0]]}, {"$lt": ["$_at", bounds[1]]}]
        return [
            {"$project": dict.fromkeys((f.filename, *self._indexed), 1)},
            {"$set": instants | self._read(f"${f.prediction}", f"${f.validated}", self._is_dated)},
            {"$match": {"$expr": {"$and": [*within, *self._conditions]}}},
        ]

    def _read(self, prediction: str, validated: str, dated: Any) -> Document:
        """Return the fields of a parsed prediction and review."""
        label = self.store.live.reading.class_of(prediction)
        return {"_prediction": label, "_target": self.store.live.reading.review_of(validated, label, dated)}

    @property
    def _conditions(self) -> list[Document]:
        chosen = self.filter
        target = OF_NO_CLASS.get(chosen.target, chosen.target)  # type: ignore[arg-type]
        conditions: list[Document] = [{"$ne": ["$_prediction", None]}, {"$ne": ["$_target", Review.UNREADABLE.name]}]
        if chosen.prediction is not None:
            conditions.append({"$eq": ["$_prediction", chosen.prediction]})
        if chosen.target is not None:
            conditions.append({"$eq": ["$_target", target]})
        if chosen.outcome == "right":
            conditions.append({"$eq": ["$_target", "$_prediction"]})
        elif chosen.outcome == "wrong":
            conditions += [{"$ne": ["$_target", "$_prediction"]}, {"$ne": ["$_target", Review.NONE.name]}]
        elif chosen.outcome:
            conditions.append({"$eq": ["$_target", OF_NO_CLASS[chosen.outcome]]})
        return [*conditions, self._in_bins] if chosen.bins else conditions

    @property
    def _in_bins(self) -> Document:
        low, high = self.filter.bins or (0, CONFIDENCE_BINS)
        within = {"$and": [{"$gte": ["$$bin", low]}, {"$lt": ["$$bin", high]}]}
        return {"$let": {"vars": {"bin": self.store.live.bin()}, "in": within}}

    # -- what it answers

    def _holds(self, group: Document) -> bool:
        prediction, target = group["_prediction"], group["_target"]
        if prediction is None or not group["_id"].get("b", True):
            return False
        return self.filter.holds(Review[target] if isinstance(target, str) else target, prediction)

    def _sample(self, document: Document) -> Sample:
        f = self.store.fields
        target, prediction = document["_target"], int(document["_prediction"])
        review = Review[target] if isinstance(target, str) else int(target)
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


def _behind(place: Place, direction: int) -> list[Document]:
    """Return stages that keep the documents after the position, in the database's order of ids of any type."""
    if place.key is None:
        return []
    key, last_id, past = {"$literal": place.key}, {"$literal": place.id}, "$gt" if direction > 0 else "$lt"
    tied = {"$and": [{"$eq": ["$_key", key]}, {past: [{"$ifNull": ["$_id", None]}, last_id]}]}
    return [{"$match": {"$expr": {"$or": [{past: ["$_key", key]}, tied]}}}]


def _forms(label: int, notation: Notation) -> list[Any]:
    """Return all raw forms of a class number: number, text and boolean."""
    digits, sign = str(abs(label)), "-" if label < 0 else "[+]?"
    number = rf"{sign}0*{digits}([.]0*)?" if label else "[+-]?(0+[.]?0*|[.]0+)"
    names = map(re.escape, sorted(notation.spellings_of(label)))
    text = re.compile(f"^[{BLANKS}]*({'|'.join([number, *names])})[{BLANKS}]*$", re.IGNORECASE)
    return [label, text, *([bool(label)] if notation.boolean_classes and label in (0, 1) else [])]
