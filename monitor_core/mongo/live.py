"""Counts of the documents themselves, made by the database at this moment: through an index, one row a group."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.collection import Collection

from monitor_core.contract.bases import BASES, Basis
from monitor_core.contract.calendar import FIRST_DAY, ONE_DAY, Period, hours, local_day, start_of
from monitor_core.contract.documents import ISO_8601_OFFSET
from monitor_core.contract.segments import Where, field_of
from monitor_core.contract.selection import Selection
from monitor_core.mongo import connection as database
from monitor_core.mongo import indexes
from monitor_core.mongo.connection import Document, answered
from monitor_core.mongo.expressions import (
    confidence_bin,
    day_of,
    days_since,
    delay_bucket,
    hour_of,
    in_segments,
    instant_in,
    instant_of_text,
    is_usable,
    matches,
    text_of,
)
from monitor_core.scores.counts import DayCounts, Group, RecentChange, day_counts
from monitor_core.settings.settings import Reads, Settings

MOST_CHOICES = 50  # of a segment's values
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_HOURS = 200 * 365 * 24  # from it: 1770 to 2169, more than any usable date
HOUR_MS = 3_600_000
QUARTER_MS = 900_000  # no zone is off by less
LONGEST_WAIT_DAYS = 400  # between prediction and review, within which naive text minds the change of clocks
CLOCKS_DIFFER = timedelta(minutes=10)  # the clocks of those who write the documents from the database's


class Live:
    """The predictions, counted; `reads`: by which members of a replica set.

    What was changed lately is always asked of the primary: the stored days are compared with it.
    """

    def __init__(self, settings: Settings, collection: Collection[Document], reads: Reads = "primary") -> None:
        self.settings = settings
        self.fields = settings.fields
        self.collection = collection
        self._counted = database.reading_from(collection, reads)

    def day_groups(self, selection: Selection, more: Document | None = None) -> Iterator[Group]:
        """Yield the selection's documents by day, review and prediction, and by what else is asked."""
        more = (more or {}) | self._within(selection.where)
        yield from self._dated_groups(selection, more)
        yield from self._text_groups(selection, more)

    def binned_groups(self, selection: Selection) -> Iterator[Group]:
        """Group as for the counts, and by the confidence's bin, `b`; one row a day, class, class and bin."""
        with database.answering(self.settings):
            yield from self.day_groups(selection, {"b": confidence_bin(f"${self.fields.confidence}")})

    def days(self, selection: Selection) -> list[DayCounts]:
        """Return what each of the period's days is made of; two questions at once, for one keeps only one core busy."""
        with ThreadPoolExecutor(1) as thread:
            waited = thread.submit(self.delays, selection)
            return day_counts(self.binned_groups(selection), _once(waited), len(selection.period))

    @answered
    def plain_days(self, selection: Selection) -> list[DayCounts]:
        """Count as `days`, without confidence and delays."""
        return day_counts(self.day_groups(selection), (), len(selection.period))

    @answered
    def delays(self, selection: Selection) -> list[tuple[int, int, int]]:
        """Day's index, bucket of the time to review (`contract.delay_bucket`), reviewed documents."""
        f, period, zone = self.fields, selection.period, self.settings.zone
        at = self.at(selection.basis)
        counted: Counter[tuple[int, int]] = Counter()
        for window in self.windows(period):
            # In the group's key, not in a stage before it: that would fetch each document.
            instants = {"p": self.instant(f.predicted_at, selection), "v": self.instant(f.validated_at, selection)}
            day = day_of("$$v" if selection.basis == "validated" else "$$p", period, zone)
            key = {"d": day, "l": delay_bucket("$$p", "$$v")} | self._within(selection.where)
            stages: list[Document] = [
                {"$match": {at: window, f.validated: {"$ne": None}}},
                {"$group": {"_id": {"$let": {"vars": instants, "in": key}}, "n": {"$sum": 1}}},
                *_of_segment(key),
            ]
            for group in self._counted.aggregate(stages):
                day_index, bucket = group["_id"].get("d"), group["_id"].get("l")
                if bucket is not None and 0 <= day_index < len(period):
                    counted[int(day_index), int(bucket)] += int(group["n"])
        return [(day, bucket, count) for (day, bucket), count in sorted(counted.items())]

    @answered
    def recent_changes(self, since: datetime, until: datetime) -> list[RecentChange]:
        """Group by the hour what was reviewed, predicted or inserted from since to until; near misses included.

        By the documents' own dates, and by the time that an ObjectId holds: so an old one brought in late is found too.
        The near misses before `since` are the same for every `until`, until one of them changes.
        """
        f, changes = self.fields, []
        lately = Period(local_day(since, self.settings.zone), local_day(until, self.settings.zone))
        validated, predicted = (self.instant_near(name, lately) for name in (f.validated_at, f.predicted_at))
        hours: Document = {
            name: {"$floor": {"$divide": [{"$toLong": instant}, HOUR_MS]}}
            for name, instant in (("v", validated), ("p", predicted))
        }
        logged = {"$eq": [f"${f.logged}", True]}
        after = {"$gte": [validated, since]}
        by = hours | {"c": {"$and": [logged, after]}}  # it was logged before it was reviewed: so it was reviewed again
        texts = {"$gte": (since - ONE_DAY).date().isoformat(), "$lt": (until + 2 * ONE_DAY).date().isoformat()}
        dates = {"$gte": since - CLOCKS_DIFFER, "$lt": until + CLOCKS_DIFFER}
        ids = {end: ObjectId.from_datetime(instant) for end, instant in dates.items()}
        late_id = {"$gte": ["$_id", ObjectId.from_datetime(since)]}
        only_predicted = {"p": hours["p"]}
        queries: list[tuple[str, Document, Document, Document]] = [
            *((f.validated_at, window, by, after) for window in (dates, texts)),
            *((f.predicted_at, window, only_predicted, {"$gte": [predicted, since]}) for window in (dates, texts)),
            ("_id", ids, by, late_id),
        ]
        sums: Document = {"n": 1, "v": f"${f.validated}", "p": f"${f.prediction}"}
        for name, window, key, later in queries:
            own = predicted if key is only_predicted else validated
            sums["t"] = {"$subtract": [own, since]}
            group = {"_id": key | {"l": later}} | {name: {"$sum": amount} for name, amount in sums.items()}
            for document in self.collection.aggregate([{"$match": {name: window}}, {"$group": group}]):
                key_values = document["_id"]
                again, later_than_since = bool(key_values.get("c")), bool(key_values["l"])
                evidence = (*map(key_values.get, "vpcl"), *map(document.get, sums))
                changes.append(
                    RecentChange(
                        _hour(key_values.get("v")), _hour(key_values.get("p")), again, later_than_since, evidence
                    )
                )
        return changes

    def _dated_groups(self, selection: Selection, more: Document | None = None) -> Iterator[Group]:
        """Yield groups of the documents whose day is a BSON date, the only thing that `$gte` on a date finds."""
        at = self.at(selection.basis)
        window, _ = self.windows(selection.period)
        # An array's elements match too, and arithmetic on it would fail the whole answer.
        day = {"$cond": [{"$isArray": [f"${at}"]}, None, day_of(f"${at}", selection.period, self.settings.zone)]}
        for group in self.groups([{"$match": {at: window}}], day, selection.basis, more):
            key = group["_id"]
            if selection.basis == "predicted" or key.get("d") is not None or key.get("v") is not None:
                yield group  # but for what has neither a review nor one date of a review

    def hour_groups(self, selection: Selection) -> Iterator[Group]:
        """Group as `day_groups`, with the index in `period.hours` in place of the day's."""
        period, zone, at = selection.period, self.settings.zone, self.at(selection.basis)
        window, text_window = self.windows(period)
        more = self._within(selection.where)
        hour = {"$cond": [{"$isArray": [f"${at}"]}, None, hour_of(f"${at}", period, zone)]}
        yield from self.groups([{"$match": {at: window}}], hour, selection.basis, more)

        begun, end = hours(period, zone), period.bounds(zone)[1]
        midnight = datetime.combine(period.first, datetime.min.time())
        quarter = {"$floor": {"$divide": [{"$subtract": ["$_at", midnight.replace(tzinfo=UTC)]}, QUARTER_MS]}}
        key = {"$cond": ["$_zoned", {"$dateTrunc": {"date": "$_at", "unit": "minute", "binSize": 15}}, quarter]}
        for group in self.groups(self._parsed(at, text_window), key, selection.basis, more):
            begins = group["_id"].get("d")
            if isinstance(begins, float):  # a naive string is in the local zone, where an hour may come twice
                begins = (midnight + begins * timedelta(minutes=15)).replace(tzinfo=zone).astimezone(UTC)
            if begins is not None and begun[0] <= begins < end:
                group["_id"]["d"] = bisect_right(begun, begins) - 1
                yield group

    def _parsed(self, at: str, window: Document) -> list[Document]:
        """Documents whose day is text within the window, with its instant `_at`, and whether it had an offset."""
        parse = {"_at": instant_of_text(f"${at}"), "_zoned": matches(f"${at}", ISO_8601_OFFSET)}
        return [{"$match": {at: window}}, {"$set": parse}]

    def _text_groups(self, selection: Selection, more: Document | None = None) -> Iterator[Group]:
        """Yield groups of the documents whose day is an ISO 8601 string; its text order finds them within a day."""
        at = self.at(selection.basis)
        period = selection.period
        _, window = self.windows(period)
        midnight = datetime.combine(period.first, datetime.min.time(), UTC)
        # A naive string is in the local zone: its day needs no clock.
        zoned, naive = day_of("$_at", period, self.settings.zone), days_since(midnight, "$_at")
        groups = self.groups(self._parsed(at, window), {"$cond": ["$_zoned", zoned, naive]}, selection.basis, more)
        return (g for g in groups if g["_id"].get("d") is not None and 0 <= g["_id"]["d"] < len(period))

    def windows(self, period: Period) -> tuple[Document, Document]:
        """Return what finds the period's documents: by dates exactly, by ISO 8601 text within a day."""
        start, end = period.bounds(self.settings.zone)
        text = {"$gte": (period.first - ONE_DAY).isoformat(), "$lt": (period.last + 2 * ONE_DAY).isoformat()}
        return {"$gte": start, "$lt": end}, text

    def groups(self, stages: list[Document], day: Any, basis: Basis, more: Document | None = None) -> Iterator[Group]:
        f = self.fields
        key = {"d": day, "v": f"${f.validated}", "p": f"${f.prediction}"} | (more or {})
        if basis == "predicted":  # `false` is a rejection only with a review date
            key["r"] = {"$and": [{"$eq": [f"${f.validated}", False]}, {"$gt": [f"${f.validated_at}", None]}]}
        group = {
            "_id": key,
            "n": {"$sum": 1},
            "bad": {"$sum": {"$cond": [is_usable(f"${f.confidence}"), 0, 1]}},
        }
        for document in self._counted.aggregate([*stages, {"$group": group}, *_of_segment(key)], allowDiskUse=True):
            document["_id"].setdefault("r", True)
            yield document

    def _within(self, where: Where) -> Document:
        """Return a part of the group's key: a `$match` before it would fetch the documents."""
        return {"w": in_segments(where, self.settings)} if where else {}

    @answered
    def undated(self, basis: Basis, where: Where = ()) -> int:
        """Documents without a usable day: reviewed ones by review day, all by prediction day."""
        return self.undated_but_texts(basis, where) + self.undated_texts(basis, where)

    @answered
    def undated_but_texts(self, basis: Basis, where: Where = ()) -> int:
        return self._number(self._undated_stages(basis, self._beside_dates(basis, texts=False), where))

    @answered
    def undated_texts(self, basis: Basis, where: Where = ()) -> int:
        """Return what finds those whose date is a text: it reads all texts, which is slow where there are millions."""
        return self._number(self._undated_stages(basis, {self.at(basis): {"$gte": ""}}, where))

    def undated_stages(self, basis: Basis) -> list[Document]:
        """Return what finds them all, texts included."""
        return self._undated_stages(basis, self._beside_dates(basis, texts=True), ())

    def _beside_dates(self, basis: Basis, texts: bool) -> Document:
        """Return what lies beside the usable dates in the index; the unreviewed, often very many, are skipped there."""
        at, start = self.at(basis), start_of(FIRST_DAY, self.settings.zone)
        end = datetime(9999, 12, 31, tzinfo=UTC)
        # Not one `$not` around several bounds: that form cannot use an index.
        before: list[Document] = [{at: {"$not": {"$gte": start}}}] + ([] if texts else [{at: {"$not": {"$gte": ""}}}])
        return {"$or": [{"$and": before}, {at: {"$gte": end}}]}

    def _undated_stages(self, basis: Basis, query: Document, where: Where) -> list[Document]:
        at, validated = self.at(basis), self.fields.validated
        start = start_of(FIRST_DAY, self.settings.zone)
        undated: list[Document] = [{"$not": [{"$gte": [instant_of_text(f"${at}"), start]}]}]
        if basis == "validated":
            query[validated] = {"$ne": None}
            no_review = {"$and": [{"$eq": [f"${validated}", False]}, {"$lte": [f"${at}", None]}]}
            undated.append({"$not": [no_review]})
        if where:
            undated.append(in_segments(where, self.settings))
        return [{"$match": query}, {"$match": {"$expr": {"$and": undated}}}]

    def _number(self, stages: list[Document]) -> int:
        return sum(int(document["n"]) for document in self._counted.aggregate([*stages, {"$count": "n"}]))

    @answered
    def segment_choices(self, name: str) -> list[str] | None:
        """Return the values that a segment has; None when there are too many, or no index gives them at once.

        By the index alone, from document value to the next: as fast for 1,000,000 documents as for 1,000.

        Of a field that holds lists MongoDB reads the documents instead: it gets a moment, and is then given up.
        """
        field = field_of(name, self.settings.segments)
        index = indexes.name_of(indexes.of_segment(field), self.collection)
        if index is None:
            return None
        stages: list[Document] = [
            {"$group": {"_id": f"${field}"}},
            {"$limit": MOST_CHOICES + 1},
            {"$project": {"_id": text_of("$_id")}},
        ]
        documents = database.within_a_moment(self.collection, stages, index)
        return (
            None
            if documents is None or len(documents) > MOST_CHOICES
            else sorted({document["_id"] for document in documents})
        )

    def instant(self, field: str, selection: Selection) -> Document:
        """Return the instant of a selected document's date or text; naive text minds the changes of clocks."""
        return self.instant_near(field, selection.period, 2 if field == self.at(selection.basis) else LONGEST_WAIT_DAYS)

    def instant_near(self, field: str, period: Period, days: int = LONGEST_WAIT_DAYS) -> Document:
        """Return the instant as `instant`, for a period's days and so many around them."""
        around = timedelta(days=days)
        first = max(period.first, FIRST_DAY + around) - around
        return instant_in(f"${field}", Period(first, period.last + around), self.settings.zone)

    def at(self, basis: Basis) -> str:
        return str(getattr(self.fields, BASES[basis].field))


def _once(future: Future[list[tuple[int, int, int]]]) -> Iterator[tuple[int, int, int]]:
    """Yield the result, waited for when its first row is."""
    yield from future.result()


def _of_segment(key: Document) -> list[Document]:
    return [{"$match": {"_id.w": True}}] if "w" in key else []


def _hour(number: float | None) -> datetime | None:
    """Return when the hour begins; None also of one beyond the calendar, whose document is in no day."""
    if number is None or abs(number) > MOST_HOURS:
        return None
    return EPOCH + timedelta(hours=int(number))
