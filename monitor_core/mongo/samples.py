"""Which samples are wanted of a selection, and a page of them: found, counted and put in order by the database."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import bson
from bson.codec_options import CodecOptions

from monitor_core.contract import documents as contract
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Selection, start_of
from monitor_core.contract.documents import CONFIDENCE_BINS, Review, class_of, confidence_of, field_value, review_of
from monitor_core.contract.errors import MonitorError
from monitor_core.mongo import connection as database
from monitor_core.mongo import segments
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import class_of as class_expression
from monitor_core.mongo.expressions import confidence_bin
from monitor_core.mongo.store import Store

PAGE = 24  # samples; divides into 2, 3, 4 and 6 columns
REJECTED, NOT_REVIEWED = "rejected", "not reviewed"
OUTCOMES = ("right", "wrong", REJECTED, NOT_REVIEWED)  # as for accuracy, a rejected one is among the wrong
CANDIDATES = 4 * PAGE  # looked at together
SHORTEST_STRETCH = timedelta(minutes=1)  # of time in which a page is looked for; four times as long until it is full
LONGEST_TOKEN = 1000
BEYOND = 1e18  # what a sample without confidence or delay is compared with
ROUNDING = 1e-9  # of a confidence beside the edge of its bin
ONE_MILLISECOND = timedelta(milliseconds=1)
Bounds = tuple[datetime, datetime]  # UTC, the last one not included
Target = int | Literal["rejected", "not reviewed"]
Outcome = Literal["right", "wrong", "rejected", "not reviewed"]
ORDERS: dict[str, tuple[str, int]] = {  # what is compared, and whether the smallest or the largest is the first
    "newest": ("time", -1),
    "oldest": ("time", 1),
    "least confident": ("confidence", 1),
    "most confident": ("confidence", -1),
    "longest until reviewed": ("delay", -1),
    "soonest reviewed": ("delay", 1),
}


@dataclass(frozen=True)
class Wanted:
    """Which of the selection's samples; None: any."""

    target: Target | None = None
    prediction: int | None = None
    outcome: Outcome | None = None
    bins: tuple[int, int] | None = None  # of the confidence: from, and the first one no more

    def __post_init__(self) -> None:
        if self.bins and not 0 <= self.bins[0] < self.bins[1] <= CONFIDENCE_BINS:
            raise ValueError(f"bins are from 0 to {CONFIDENCE_BINS} and in order, not {self.bins}")

    def holds(self, target: int | Review, prediction: int) -> bool:
        """Whether a sample of this review and prediction is wanted, whatever its confidence."""
        outcome = outcome_of(target, prediction)
        known = outcome if isinstance(target, Review) else target
        is_wrong = self.outcome == "wrong" and outcome == REJECTED
        return (
            target is not Review.UNREADABLE
            and self.target in (None, known)
            and self.prediction in (None, prediction)
            and (is_wrong or self.outcome in (None, outcome))
        )


@dataclass(frozen=True)
class Sample:
    """A readable document, reviewed or not."""

    id: Any
    file: str
    prediction: int
    target: int | None  # None: rejected or not reviewed
    outcome: Outcome
    confidence: float | None
    predicted_at: datetime | None  # UTC; None: undated
    reviewed_at: datetime | None

    @property
    def delay_hours(self) -> float | None:
        """From prediction to review."""
        if self.predicted_at is None or self.reviewed_at is None or self.outcome == NOT_REVIEWED:
            return None
        return (self.reviewed_at - self.predicted_at).total_seconds() / 3600


@dataclass(frozen=True)
class Place:
    """Where a page lies: behind this sample, or, backwards, before it; of no sample: at the first or last page."""

    key: datetime | float | None = None  # what the order compares
    id: Any = None
    backwards: bool = False
    number: int = 1  # of the page, as far as it was counted on the way

    def token(self) -> str:
        """For the address; "" is the first page."""
        if self == Place():
            return ""
        told = {"k": self.key, "i": self.id, "b": self.backwards, "n": self.number}
        return base64.urlsafe_b64encode(bson.encode(told)).decode().rstrip("=")


@dataclass(frozen=True)
class Page:
    samples: tuple[Sample, ...]
    place: Place
    before: Place | None  # None: this is the first
    after: Place | None


def place_of(token: str) -> Place:
    """The place that a token names; a MonitorError for what is none."""
    if not token:
        return Place()
    try:
        if len(token) > LONGEST_TOKEN:
            raise ValueError(f"{len(token)} characters")
        options: CodecOptions[Document] = CodecOptions(tz_aware=True)
        told = bson.decode(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)), options)
        place = Place(told["k"], told["i"], bool(told["b"]), int(told["n"]))
        if not isinstance(place.key, datetime | float | int | None):
            raise TypeError(type(place.key).__name__)
    except (bson.errors.BSONError, binascii.Error, KeyError, ValueError, TypeError):
        raise MonitorError(
            "The page in the address cannot be read; this is the first. Turn the pages from here."
        ) from None
    return place


def outcome_of(target: int | Review, prediction: int) -> Outcome:
    if isinstance(target, Review):
        return "rejected" if target is Review.REJECTED else "not reviewed"
    return "right" if target == prediction else "wrong"


# ---- a page


@dataclass(frozen=True)
class Search:
    """A selection's wanted samples, in an order."""

    store: Store
    selection: Selection
    wanted: Wanted = Wanted()
    order: str = "newest"

    def page(self, place: Place) -> Page:
        """The samples at this place, found behind the last one: so the last page is as near as the first.

        By time, a page is looked for in a stretch of time that grows until it holds one; by confidence or delay the
        database looks through the selection's keys in the index, and reads the page's documents alone.
        """
        compared, direction = ORDERS[self.order]
        direction = -direction if place.backwards else direction
        found = self._by_time(place, direction) if compared == "time" else self._by_key(place, direction)
        more = len(found) > PAGE
        found = found[:PAGE][:: -1 if place.backwards else 1]
        on_the_way = place.key is not None
        before, after = (more, on_the_way) if place.backwards else (on_the_way, more)
        return Page(
            tuple(map(self._sample, found)),
            place,
            _next_to(found, place, -1) if before else None,
            _next_to(found, place, 1) if after else None,
        )

    def count(self) -> int:
        """How many samples are wanted: from the selection's counts, which know all but confidence and who waits."""
        waiting = self.wanted.holds(Review.NONE, self.wanted.prediction or 0)
        if self.wanted.bins or (waiting and self.wanted.prediction is not None):
            return self._count_now()
        counts = self.store.counts.of(self.selection)
        labels, cells = counts.confusion.labels, counts.confusion.matrix_cells().tolist()
        reviews: list[int | Review] = [*labels, Review.REJECTED]
        reviewed: int = sum(count for target, own, count in cells if self.wanted.holds(reviews[target], labels[own]))
        return reviewed + (counts.not_reviewed if waiting else 0)

    def _count_now(self) -> int:
        """The database adds them up, from the index alone."""
        f, (start, end), total = self.store.fields, self._bounds, 0
        key: Document = {"v": f"${f.validated}", "p": f"${f.prediction}", "r": self._is_dated}
        if self.wanted.bins:
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
        """Every wanted sample, one after the other: in the order of time, first the dates and then what is text."""
        for window in _windows(*self._bounds):
            stages: list[Document] = [
                {"$match": {"$and": [{self._at: window}, *self._likely]}},
                {"$sort": {self._at: 1}},
                *self._exact(self._bounds),
            ]
            with (
                database.answering(self.store.settings),
                self.store.collection.aggregate(stages, allowDiskUse=True) as found,
            ):
                yield from map(self._sample, found)

    # -- what the database is asked

    @property
    def _by_review(self) -> bool:
        return self.selection.basis == "validated"

    @property
    def _is_dated(self) -> Any:
        """Whether a `false` is a rejection."""
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
            asked = {"$and": [windows, *self._likely]}
            found = self._sorted(asked, place, direction, (low, high)) if low < high else []
            if len(found) > PAGE or (high >= end if direction > 0 else low <= start):
                return found
            stretch *= 4

    def _reach(self, edge: datetime, direction: int) -> timedelta:
        """How far a page of likely samples reaches from here, by a look into the index; at most the whole period."""
        start, end = self._bounds
        ahead = (max(edge, start), end) if direction > 0 else (start, min(edge + ONE_MILLISECOND, end))
        reaches = [end - start]
        for is_text, window in enumerate(_windows(*ahead) if ahead[0] < ahead[1] else ()):
            asked = {"$and": [{self._at: window}, *self._likely]}
            with database.answering(self.store.settings):
                found = self.store.collection.find(asked, {self._at: 1, "_id": 0}).sort(self._at, direction)
                far = list(found.skip(PAGE).limit(1))
            at = contract.instant_of(field_value(far[0], self._at), self.store.settings.zone) if far else None
            if at is not None:
                reaches.append(abs(at - edge) + (2 * ONE_DAY if is_text else ONE_MILLISECOND))
        return max(min(reaches), SHORTEST_STRETCH)

    def _by_key(self, place: Place, direction: int) -> list[Document]:
        found = [self._of_window(window, place, direction) for window in _windows(*self._bounds)]
        if all(found):
            ids = [document["_id"] for some in found for document in some]
            return self._sorted({"_id": {"$in": ids}}, place, direction, self._bounds)
        return found[0] or found[1]

    def _of_window(self, window: Document, place: Place, direction: int) -> list[Document]:
        """Candidates come in order from the index alone; then their documents are read, and the wanted ones stay."""
        found: list[Document] = []
        while True:
            candidates = self._candidates(window, place, direction)
            asked = {"_id": {"$in": [one["_id"] for one in candidates]}}
            found += self._sorted(asked, place, direction, self._bounds) if candidates else []
            if len(found) > PAGE or len(candidates) < CANDIDATES:
                return found[: PAGE + 1]
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
        """Whether the outcome is the wanted one, by a look at the raw values."""
        review, prediction = f"${self.store.fields.validated}", f"${self.store.fields.prediction}"
        if self.wanted.outcome == "wrong":
            return {"$ne": [review, prediction]}
        if self.wanted.outcome == "right":
            texts = [{"$eq": [{"$type": value}, "string"]} for value in (review, prediction)]
            return {"$or": [{"$eq": [review, True]}, {"$eq": [review, prediction]}, *texts]}
        return {"$literal": True}

    def _sorted(self, asked: Document, place: Place, direction: int, bounds: Bounds) -> list[Document]:
        """The page's documents among those asked for, and one more if there are more."""
        stages = [{"$match": asked}, *self._exact(bounds), {"$set": {"_key": self._key}}, *_behind(place, direction)]
        stages += [{"$sort": {"_key": direction, "_id": direction}}, {"$limit": PAGE + 1}]
        with database.answering(self.store.settings):
            return list(self.store.collection.aggregate(stages, allowDiskUse=True))

    @property
    def _key(self) -> Any:
        """What the order compares; a sample that has none comes last."""
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
        """What an index can tell of the wanted samples; some others keep to it too."""
        f, wanted = self.store.fields, self.wanted
        asked: list[Document] = []
        if wanted.prediction is not None:
            asked.append({f.prediction: {"$in": _forms(wanted.prediction)}})
        if isinstance(wanted.target, int):
            asked.append({f.validated: {"$in": [True, *_forms(wanted.target)]}})
        if REJECTED in (wanted.target, wanted.outcome):
            asked.append({f.validated: False})
        if NOT_REVIEWED in (wanted.target, wanted.outcome):
            asked.append({f.validated: {"$in": [None, False]}})
        if wanted.outcome in ("right", "wrong"):
            asked.append({f.validated: {"$nin": [None, wanted.outcome == "wrong"]}})
        if wanted.bins:
            low, high = (edge / CONFIDENCE_BINS for edge in wanted.bins)
            asked.append({f.confidence: {"$gte": low - ROUNDING, "$lte": high + ROUNDING}})
        if self.selection.where:
            asked.append(segments.matching(self.selection.where, self.store.settings))
        return asked

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
        wanted = self.wanted
        asked: list[Document] = [{"$gt": ["$_prediction", None]}, {"$gt": ["$_target", None]}]
        if wanted.prediction is not None:
            asked.append({"$eq": ["$_prediction", wanted.prediction]})
        if wanted.target is not None:
            asked.append({"$eq": ["$_target", wanted.target]})
        if wanted.outcome == "right":
            asked.append({"$eq": ["$_target", "$_prediction"]})
        elif wanted.outcome == "wrong":
            asked += [{"$ne": ["$_target", "$_prediction"]}, {"$ne": ["$_target", NOT_REVIEWED]}]
        elif wanted.outcome:
            asked.append({"$eq": ["$_target", wanted.outcome]})
        return [*asked, self._in_bins] if wanted.bins else asked

    @property
    def _in_bins(self) -> Document:
        low, high = self.wanted.bins or (0, CONFIDENCE_BINS)
        found = confidence_bin(f"${self.store.fields.confidence}")
        return {"$and": [{"$gte": [found, low]}, {"$lt": [found, high]}]}

    # -- what it answers

    def _holds(self, key: Document) -> bool:
        prediction = class_of(key.get("p"))
        if prediction is None or not key["i"] or not key.get("b", True):
            return False
        return self.wanted.holds(review_of(key.get("v"), prediction, key["r"]), prediction)

    def _sample(self, document: Document) -> Sample:
        f, zone = self.store.fields, self.store.settings.zone
        target, prediction = document["_target"], int(document["_prediction"])
        known = None if isinstance(target, str) else int(target)
        outcome: Outcome = "right" if known == prediction else "wrong"
        return Sample(
            document["_id"],
            str(field_value(document, f.filename) or ""),
            prediction,
            known,
            cast(Outcome, target) if known is None else outcome,
            confidence_of(field_value(document, f.confidence)),
            contract.instant_of(field_value(document, f.predicted_at), zone),
            contract.instant_of(field_value(document, f.validated_at), zone),
        )


def _behind(place: Place, direction: int) -> list[Document]:
    """What leaves those behind the place, in the database's own order of ids of any kind."""
    if place.key is None:
        return []
    key, last_id, past = {"$literal": place.key}, {"$literal": place.id}, "$gt" if direction > 0 else "$lt"
    tied = {"$and": [{"$eq": ["$_key", key]}, {past: ["$_id", last_id]}]}
    return [{"$match": {"$expr": {"$or": [{past: ["$_key", key]}, tied]}}}]


def _windows(start: datetime, end: datetime) -> tuple[Document, Document]:
    """What finds the documents of these instants: by dates exactly, by ISO 8601 text within a day."""
    text = {"$gte": (start - ONE_DAY).date().isoformat(), "$lt": (end + 2 * ONE_DAY).date().isoformat()}
    return {"$gte": start, "$lt": end}, text


def _forms(label: int) -> list[Any]:
    """The number, and what finds it as text."""
    digits, sign = str(abs(label)), "-" if label < 0 else "[+]?" if label else "[+-]?"
    return [label, re.compile(rf"^ *{sign}0{{0,{10 - len(digits)}}}{digits}([.]0*)? *$")]


def _next_to(found: list[Document], place: Place, step: int) -> Place:
    if not found or (step < 0 and place.number == 2):
        return Place()
    edge = found[0] if step < 0 else found[-1]
    return Place(edge["_key"], edge["_id"], step < 0, max(1, place.number + step))


def last_page(count: int) -> Place:
    """The way to the last page: backwards from the end."""
    return Place(backwards=True, number=max(1, -(-count // PAGE)))
