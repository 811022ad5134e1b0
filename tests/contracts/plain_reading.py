"""The oracle of a database's counts: a plain reading of the raw documents."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor_core.contract.bases import Basis
from monitor_core.contract.calendar import Period, local_day, starts_of_hours
from monitor_core.contract.documents import Notation, Review, confidence_bin, delay_bucket, is_absent
from monitor_core.contract.selection import Selection
from monitor_core.scores import confusion, counts
from monitor_core.scores.counts import NO_CONFIDENCE, Counts, DayCounts
from tests.documents import FIELDS, Document, segment_of


@dataclass(frozen=True)
class Reading:
    """A document, of Python's own types, as `contract` reads it."""

    document: Document
    basis: Basis
    notation: Notation

    @property
    def raw_date(self) -> Any:
        return self.document.get(FIELDS.validated_at if self.basis == "validated" else FIELDS.predicted_at)

    @property
    def zone(self) -> ZoneInfo:
        return self.notation.zone

    @property
    def instant(self) -> datetime | None:
        return self.notation.instant_of(self.raw_date)

    @property
    def prediction(self) -> int | None:
        return self.notation.class_of(self.document.get(FIELDS.prediction))

    @property
    def confidence(self) -> float | None:
        return self.notation.confidence_of(self.document.get(FIELDS.confidence))

    @property
    def dated(self) -> bool:
        return not is_absent(self.document.get(FIELDS.validated_at))

    @property
    def review(self) -> int | Review:
        dated = self.basis == "validated" or self.dated
        return self.notation.review_of(self.document.get(FIELDS.validated), self.prediction, dated)

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody reviewed it, whatever the review says."""
        return self.notation.is_review(self.document.get(FIELDS.validated), self.dated)

    @property
    def instants(self) -> list[datetime | None]:
        return [
            self.notation.instant_of(self.document.get(name)) for name in (FIELDS.predicted_at, FIELDS.validated_at)
        ]

    @property
    def segment(self) -> str:
        return segment_of(self.document.get("camera"))

    def is_in(self, selection: Selection) -> bool:
        day = local_day(self.instant, self.zone) if self.instant else None
        inside = day is not None and selection.period.first <= day <= selection.period.last
        return inside and all(self.segment == value for _, value in selection.where)


def expected_day(readings: Iterable[Reading]) -> dict[str, Any]:
    """Count the readings of one day, each in exactly one place."""
    numbers: Counter[str] = Counter()
    cells: Counter[tuple[int, int]] = Counter()
    confidences: Counter[tuple[int, int, int]] = Counter()
    for one in readings:
        raw, review = one.document.get(FIELDS.confidence), one.review
        usable = one.confidence
        numbers["documents"] += 1
        numbers["bad_confidence"] += not is_absent(raw) and usable is None
        if one.prediction is None:
            numbers["unreadable_prediction"] += 1
            continue
        if review is Review.UNREADABLE:
            numbers["unreadable_review"] += 1
            continue
        numbers["not_reviewed"] += review is Review.NONE
        if review is not Review.NONE:
            cells[confusion.REJECTED if isinstance(review, Review) else review, one.prediction] += 1
        codes = {Review.NONE: counts.NOT_REVIEWED, Review.REJECTED: confusion.REJECTED}
        result = codes[review] if isinstance(review, Review) else review
        confidences[one.prediction, result, NO_CONFIDENCE if usable is None else confidence_bin(usable)] += 1
    return {
        "numbers": {name: numbers[name] for name in counts.NUMBERS if name != "undated"},
        "cells": sorted((*cell, count) for cell, count in cells.items()),
        "confidence": sorted((*cell, count) for cell, count in confidences.items()),
    }


def as_expected(day: DayCounts) -> dict[str, Any]:
    return {
        "numbers": {name: getattr(day, name) for name in counts.NUMBERS if name != "undated"},
        "cells": sorted(map(tuple, day.cells.tolist())),
        "confidence": sorted(map(tuple, day.confidence.tolist())),
    }


def expected_delays(readings: Iterable[Reading]) -> list[list[int]]:
    """Count the reviewed documents by the time between their two instants."""
    buckets: Counter[int] = Counter()
    for one in readings:
        made, seen = one.instants
        if one.is_reviewed and made and seen:
            buckets[delay_bucket((seen - made).total_seconds() / 60)] += 1
    return sorted([bucket, count] for bucket, count in buckets.items())


def expected_hours(readings: Iterable[Reading]) -> list[list[int]]:
    """Count the documents, and those with a review, by the hours that have passed on the clock since midnight."""
    hours: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for one in readings:
        assert one.instant is not None
        begun = starts_of_hours(Period(*[local_day(one.instant, one.zone)] * 2), one.zone)
        of_hour = hours[sum(hour <= one.instant for hour in begun) - 1]
        of_hour[0] += 1
        of_hour[1] += one.is_reviewed
    return sorted([hour, *counted] for hour, counted in hours.items())


def set_aside(found: Counts) -> int:
    return found.excluded["unreadable_prediction"] + found.excluded["unreadable_review"]
