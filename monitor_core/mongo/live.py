"""Counts that the database computes from the documents now: through an index, one row for each group."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pymongo.collection import Collection

from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, Period, starts_of_hours
from monitor_core.contract.documents import Review
from monitor_core.contract.segments import Where
from monitor_core.contract.selection import Selection
from monitor_core.mongo import connection as database
from monitor_core.mongo.connection import Document, PlainlyCompared, answered
from monitor_core.mongo.counting.choices import choices_of
from monitor_core.mongo.counting.hours import hour_key, hour_rows, places_of_hours
from monitor_core.mongo.counting.scenes import scene_stages, scene_sums
from monitor_core.mongo.expressions import (
    ELSEWHERE,
    Expression,
    confidence_bin,
    day_of,
    days_since,
    delay_bucket,
    first_usable,
    has_text,
    hour_of,
    in_segments,
    index_of_array,
    index_within,
    truncated,
)
from monitor_core.mongo.reading import Reading, is_absent, is_false
from monitor_core.mongo.superseded import CountedPredictions
from monitor_core.mongo.windows import Window, Windows
from monitor_core.scores.counts import DayCounts, Group, HourRow, SceneSums, day_counts, with_hours, with_scenes
from monitor_core.settings.settings import Settings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUARTER_MS = 900_000  # no zone is off by less
LONGEST_WAIT_DAYS = 400  # between prediction and review, within which naive text minds the change of clocks
CLOCKS_DIFFER = timedelta(minutes=10)  # the clocks of those who write the documents from the database's


class Live:
    """The counts of the predictions; recent changes are read from all documents, and from the primary."""

    def __init__(self, settings: Settings, collection: PlainlyCompared, counted: CountedPredictions) -> None:
        self.settings = settings
        self.fields = settings.fields
        self.reading, self.windows = Reading(settings.notation), Windows(settings.notation)
        self.collection = collection
        self._counted = counted

    def day_groups(
        self, selection: Selection, more: Document | None = None, then: Sequence[Document] = ()
    ) -> Iterator[Group]:
        """Yield the selection's documents grouped by day, review, prediction, and the expressions in `more`.

        `then`: stages in which the database summarises the groups.
        """
        more = (more or {}) | self.within_segments(selection.where)
        for window in self.occupied(self.at(selection.basis), *selection.period.bounds(self.settings.zone)):
            of_window = self._exact_groups if window.is_exact else self._near_groups
            for group in of_window(window, selection, more, then):
                if _is_of_days(group, selection.basis):
                    yield group

    def occupied(self, at: str, start: datetime, end: datetime) -> list[Window]:
        """Return the windows within the interval that contain a document, by its date of this name."""
        windows = self.windows.of(start, end)
        queries: list[Document] = [{at: window.bounds} for window in windows]
        return [windows[place] for place in that_find(self._counted.collection, queries)]

    def binned_groups(self, selection: Selection) -> Iterator[Group]:
        """Yield groups as for the counts, but also by confidence bin, `b`: one a day, target, prediction and bin."""
        with database.answering(self.settings):
            yield from self.day_groups(selection, {"b": self.bin()})

    def bin(self) -> Expression:
        """Return the expression of a document's confidence bin."""
        return confidence_bin(self.reading.confidence_of(f"${self.fields.confidence}"))

    def days(self, selection: Selection) -> list[DayCounts]:
        """Return the counts of each day; two queries run in parallel, because one uses only one core of MongoDB."""
        with ThreadPoolExecutor(1) as thread:
            delays, hours = thread.submit(self.delays, selection), thread.submit(self.hours, selection)
            groups, length = self.binned_groups(selection), len(selection.period)
            days = day_counts(groups, _once(delays), length, self.settings.class_names)
            return with_scenes(with_hours(days, hours.result()), self.scenes(selection))

    @answered
    def plain_days(self, selection: Selection) -> list[DayCounts]:
        """Return the counts as `days`, without confidences, delays and hours."""
        days = day_counts(self.day_groups(selection), (), len(selection.period), self.settings.class_names)
        return with_scenes(days, self.scenes(selection))

    @answered
    def delays(self, selection: Selection) -> list[tuple[int, int, int]]:
        """Return rows of day index, bucket of the time to review (`contract.delay_bucket`), and reviewed documents."""
        f, period, zone = self.fields, selection.period, self.settings.zone
        at = self.at(selection.basis)
        counted: Counter[tuple[int, int]] = Counter()
        # In the group's key, not in a stage before it: that would fetch each document.
        instants = {"p": self.instant(f.predicted_at, selection), "v": self.instant(f.validated_at, selection)}
        day = day_of("$$v" if selection.basis == "validated" else "$$p", period, zone)
        reviewed = self.reading.is_review(f"${f.validated}", dated=True)
        key = {"d": day, "l": delay_bucket("$$p", "$$v"), "r": reviewed} | self.within_segments(selection.where)
        for window in self.occupied(at, *period.bounds(zone)):
            stages: list[Document] = [
                {"$match": {at: window.bounds, f.validated: {"$ne": None}}},
                {"$group": {"_id": {"$let": {"vars": instants, "in": key}}, "n": {"$sum": 1}}},
                {"$match": {"_id.r": True}},
                *_of_segment(key),
            ]
            for group in self._counted.aggregate(stages):
                day_index, bucket = group["_id"].get("d"), group["_id"].get("l")
                if bucket is not None and day_index is not None and 0 <= day_index < len(period):
                    counted[int(day_index), int(bucket)] += int(group["n"])
        return [(day, bucket, count) for (day, bucket), count in sorted(counted.items())]

    @answered
    def hours(self, selection: Selection) -> list[HourRow]:
        """Return the documents of each hour of the days, and those of them that have a review, readable or not."""
        f, period, zone, at = self.fields, selection.period, self.settings.zone, self.at(selection.basis)
        reviewed = self.reading.is_review(f"${f.validated}", dated={"$not": [is_absent(f"${f.validated_at}")]})
        instant = {"at": self.instant(at, selection)}
        key = {"h": {"$let": {"vars": instant, "in": hour_key("$$at", reviewed, period, zone)}}}
        key |= self.within_segments(selection.where)
        group, segment = {"$group": {"_id": key, "n": {"$sum": 1}}}, _of_segment(key)
        places, windows = places_of_hours(period, zone), self.occupied(at, *period.bounds(zone))
        groups = (self._counted.aggregate([{"$match": {at: w.bounds}}, group, *segment]) for w in windows)
        return [row for of_window in groups for row in hour_rows(of_window, places)]

    @answered
    def scenes(self, selection: Selection) -> list[SceneSums]:
        """Return the sums over scenes; none unless the documents have a field for them."""
        if not self.fields.scene:
            return []
        scene = {"s": f"${self.fields.scene}"}
        return list(scene_sums(self.day_groups(selection, scene, scene_stages())))

    def _exact_groups(
        self, window: Window, selection: Selection, more: Document, then: Sequence[Document]
    ) -> Iterator[Group]:
        """Yield groups of documents in a window of a date form whose index order gives the day."""
        day = self._of_instant(window, selection, day_of)
        at = self.at(selection.basis)
        yield from self.groups([{"$match": {at: window.bounds}}], day, selection.basis, more, then)

    def _of_instant(
        self, window: Window, selection: Selection, index_of: Callable[[str, Period, ZoneInfo], Expression]
    ) -> Expression:
        """Return the index of a date's day or hour; for an array, whose elements a window finds, -1 minus it.

        An array is counted by its first usable date but for texts, so that it is in one day however days are counted.
        """
        at, zone, all_usable = f"${self.at(selection.basis)}", self.settings.zone, self.windows.usable
        if window.is_instant:
            of_array = index_of_array(at, all_usable, window.bounds, index_of("$$first", selection.period, zone))
            return {"$cond": [{"$isArray": [at]}, of_array, index_of(at, selection.period, zone)]}
        index = index_of("$$instant", selection.period, zone)
        usable = {"$cond": [{"$eq": ["$$instant", None]}, None, index]}
        of_first = {"$let": {"vars": {"instant": self.reading.clock_of("$$first")}, "in": usable}}
        of_one = {"$let": {"vars": {"instant": self.reading.clock_of(at)}, "in": usable}}
        return {"$cond": [{"$isArray": [at]}, index_of_array(at, all_usable, window.bounds, of_first), of_one]}

    def hour_groups(self, selection: Selection) -> Iterator[Group]:
        """Yield groups as `day_groups`, with the hour's index in `period.hours` in place of the day's."""
        period, zone, at = selection.period, self.settings.zone, self.at(selection.basis)
        start, end = period.bounds(zone)
        more = self.within_segments(selection.where)
        windows = self.occupied(at, start, end)
        for window in [window for window in windows if window.is_exact]:
            hour = self._of_instant(window, selection, hour_of)
            groups = self.groups([{"$match": {at: window.bounds}}], hour, selection.basis, more)
            yield from (group for group in groups if group["_id"].get("d") != ELSEWHERE)

        begun = starts_of_hours(period, zone)
        midnight = datetime.combine(period.first, datetime.min.time())
        quarter = {"$floor": {"$divide": [{"$subtract": ["$_at", midnight.replace(tzinfo=UTC)]}, QUARTER_MS]}}
        zoned = truncated("$_at", QUARTER_MS)
        index = {"$cond": [{"$eq": ["$_at", None]}, None, {"$cond": ["$_naive", quarter, zoned]}]}
        for window in [window for window in windows if not window.is_exact]:
            for group in self.groups(self._clocks(at, window), index, selection.basis, more):
                begins = group["_id"].get("d")
                if isinstance(begins, float):  # what has no offset is in the local zone, where an hour may come twice
                    begins = (midnight + begins * timedelta(minutes=15)).replace(tzinfo=zone).astimezone(UTC)
                if begins is not None and begun[0] <= begins < end:
                    group["_id"]["d"] = bisect_right(begun, begins) - 1
                    yield group

    def _clocks(self, at: str, window: Window) -> list[Document]:
        """Return stages that find the documents of a window, with the written date, `_at`, and whether it is naive."""
        stage = {"_at": self.reading.clock_of(f"${at}"), "_naive": self.reading.is_naive(f"${at}")}
        return [{"$match": {at: window.bounds}}, {"$set": stage}]

    def _near_groups(
        self, window: Window, selection: Selection, more: Document, then: Sequence[Document]
    ) -> Iterator[Group]:
        """Yield groups of documents in a window of a date form whose index order gives the day only within a day."""
        at, period = self.at(selection.basis), selection.period
        midnight = datetime.combine(period.first, datetime.min.time(), UTC)
        # What has no offset is in the local zone: its day needs no clock.
        zoned, naive = day_of("$_at", period, self.settings.zone), days_since(midnight, "$_at")
        day: Expression = index_within({"$cond": ["$_naive", naive, zoned]}, len(period))
        day = {"$cond": [{"$eq": ["$_at", None]}, ELSEWHERE, day]}  # texts that are no dates are counted elsewhere
        if not window.is_text:
            of_first = index_within(days_since(midnight, "$$first"), len(period))
            of_array = index_of_array(f"${at}", self.windows.usable, window.bounds, of_first)
            day = {"$cond": [{"$isArray": [f"${at}"]}, of_array, day]}
        yield from self.groups(self._clocks(at, window), day, selection.basis, more, then)

    def groups(
        self,
        stages: list[Document],
        day: Any,
        basis: Basis,
        more: Document | None = None,
        then: Sequence[Document] = (),
    ) -> Iterator[Group]:
        """Yield the documents grouped by day, review and prediction, whose values are parsed once for each group.

        MongoDB puts equal values such as 1, 1.0 and the decimal 1 into one group; they are parsed alike.
        """
        f = self.fields
        key = {"d": day, "v": f"${f.validated}", "p": f"${f.prediction}"} | (more or {})
        if basis == "predicted":  # `false` is a rejection only with a review date
            is_dated = {"$not": [is_absent(f"${f.validated_at}")]}
            key["r"] = {"$cond": [is_false(f"${f.validated}"), is_dated, True]}
        group = {
            "_id": key,
            "n": {"$sum": 1},
            "bad": {"$sum": {"$cond": [self.reading.is_bad_confidence(f"${f.confidence}"), 1, 0]}},
        }
        read = {
            "_id.p": self.reading.class_of("$_id.p"),
            "_id.t": self.reading.review_of("$_id.v", self.reading.class_of("$_id.p"), {"$ifNull": ["$_id.r", True]}),
        }
        stages = [*stages, {"$group": group}, *_of_segment(key), {"$set": read}, {"$unset": ["_id.v", "_id.r"]}, *then]
        yield from self._counted.aggregate(stages, allowDiskUse=True)

    def within_segments(self, where: Where) -> Document:
        """Return the part of the group's key for the segments: a `$match` before it would fetch the documents."""
        return {"w": in_segments(where, self.settings)} if where else {}

    @answered
    def undated(self, basis: Basis, where: Where = ()) -> int:
        """Return the number of documents without a usable day: reviewed ones by review day, all by prediction day."""
        return self.undated_but_texts(basis, where) + self.undated_texts(basis, where)

    @answered
    def undated_anywhere(self, basis: Basis) -> int:
        """Count as `undated`, lists of dates included, which are in the numbers of a day; reads all documents."""
        return self._number(self._undated_stages(basis, {}))

    @answered
    def undated_but_texts(self, basis: Basis, where: Where = ()) -> int:
        at = self.at(basis)
        queries = [self.windows.beside(at, texts=False)]
        if basis == "validated":  # what is not reviewed, often much, has no date: not read by its date's index
            reviewed: Document = {self.fields.validated: {"$ne": None}}
            queries = [{at: None} | reviewed, {"$and": [{at: {"$ne": None}}, *queries]} | reviewed]
        but = {"$not": [{"$or": [self._is_of_a_day(at), has_text(f"${at}")]}]}
        queries = [queries[place] for place in that_find(self._counted.collection, queries)]
        pipelines = [[*self._undated_stages(basis, query, where, but), {"$count": "n"}] for query in queries]
        return sum(int(document["n"]) for _, document in self._counted.united(pipelines))

    @answered
    def undated_texts(self, basis: Basis, where: Where = ()) -> int:
        """Return the number of documents whose date is an unusable text; slow if there are millions of text dates."""
        at = self.at(basis)
        return self._number(self._undated_stages(basis, {at: {"$gte": ""}}, where, {"$not": [self._is_of_a_day(at)]}))

    def undated_stages(self, basis: Basis) -> list[Document]:
        """Return stages that find the documents without a usable day, texts included."""
        at = self.at(basis)
        return self._undated_stages(basis, self.windows.beside(at, texts=True), (), {"$not": [self._is_of_a_day(at)]})

    def _is_of_a_day(self, at: str) -> Expression:
        """Return whether a date is an array that the counts of a day have: see `index_of_array`."""
        first = first_usable(f"${at}", self.windows.usable)
        return {"$cond": [{"$isArray": [f"${at}"]}, {"$gt": [first, None]}, False]}

    def _undated_stages(
        self, basis: Basis, query: Document, where: Where = (), if_array: Expression | None = None
    ) -> list[Document]:
        at, validated = self.at(basis), self.fields.validated
        undated: list[Document] = [{"$eq": [self.reading.clock_of(f"${at}"), None]}]
        if basis == "validated":
            query = query | {validated: {"$ne": None}}
            is_dated = {"$not": [is_absent(f"${at}")]}
            undated.append(self.reading.is_review(f"${validated}", is_dated))
        if where:
            undated.append(in_segments(where, self.settings))
        undated += [if_array] if if_array else []
        return [{"$match": query}, {"$match": {"$expr": {"$and": undated}}}]

    def _number(self, stages: list[Document]) -> int:
        return sum(int(document["n"]) for document in self._counted.aggregate([*stages, {"$count": "n"}]))

    @answered
    def segment_choices(self, name: str) -> list[str] | None:
        """Return the values of a segment; None if there are too many, or no index provides them quickly."""
        return choices_of(self.settings, self.collection, name)

    def instant(self, field: str, selection: Selection) -> Document:
        """Return the instant of a selected document's date or text; local times respect changes of the clock."""
        return self.instant_near(field, selection.period, 2 if field == self.at(selection.basis) else LONGEST_WAIT_DAYS)

    def instant_near(self, field: str, period: Period, days: int = LONGEST_WAIT_DAYS) -> Document:
        """Return the instant as `instant`, for a period and so many days around it."""
        around = timedelta(days=days)
        first = max(period.first, FIRST_DAY + around) - around
        return self.reading.instant_of(f"${field}", Period(first, period.last + around))

    def at(self, basis: Basis) -> str:
        return str(getattr(self.fields, BASES[basis].field))


def _is_of_days(group: Group, basis: Basis) -> bool:
    """Return whether a group counts in the days that were asked for: not what has neither a review nor its one date."""
    day, target = group["_id"].get("d"), group["_id"]["t"]
    is_dated = basis == "predicted" or (day is not None and day >= 0)
    return day != ELSEWHERE and (is_dated or target != Review.NONE.name)


def that_find(collection: Collection[Document], queries: list[Document]) -> list[int]:
    """Return the indexes of the queries that match any document.

    Most collections have dates in one form only, and compiling expressions for all forms takes MongoDB several
    milliseconds even without documents.
    """
    first: list[Document] = [{"$limit": 1}, {"$group": {"_id": None}}]  # by the index alone
    pipelines = [[{"$match": query}, *first] for query in queries]
    return sorted({place for place, _ in database.united(collection, pipelines)})


def _once(future: Future[list[tuple[int, int, int]]]) -> Iterator[tuple[int, int, int]]:
    """Yield the rows of a future's result, waiting for it when the first row is requested."""
    yield from future.result()


def _of_segment(key: Document) -> list[Document]:
    return [{"$match": {"_id.w": True}}] if "w" in key else []
