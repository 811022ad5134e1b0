"""The documents that were reviewed, predicted or inserted recently, whose days may have changed."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from monitor_core.contract.calendar import Period, local_day
from monitor_core.mongo.connection import Document, answering, united
from monitor_core.mongo.expressions import HOUR_MS
from monitor_core.mongo.live import CLOCKS_DIFFER, EPOCH, Live, that_find
from monitor_core.scores.counts import RecentChange

NUMBER = 4  # where a change's evidence has the number of documents
MOST_INSERTED = 20_000  # documents inserted lately that are read one by one


def is_flooded(live: Live, since: datetime, until: datetime) -> bool:
    """Return whether more documents were inserted than can be read one by one, for example by an import."""
    limit = MOST_INSERTED + 1
    with answering(live.settings):
        return live.collection.count_documents({"_id": _inserted(since, until)}, limit=limit) >= limit


def recent_changes(live: Live, since: datetime, until: datetime, inserted: bool = True) -> list[RecentChange]:
    """Return what was reviewed, predicted or inserted in [since, until), grouped by hour, with a margin for clocks.

    Documents are found by their dates and, if `inserted`, by the time in their ObjectId, which also finds old documents
    that are inserted late. Documents in the margin before `since` give the same groups for every `until`, unless one
    of them changes.
    """
    f = live.fields
    dates = (f.validated_at, f.predicted_at)
    hours = {name: {"$floor": {"$divide": [{"$toLong": f"${name}"}, HOUR_MS]}} for name in ("v", "p")}
    after = {"$gte": ["$v", since]}
    by = hours | {"c": {"$and": ["$l", after]}}  # it was logged before it was reviewed: so it was reviewed again
    only_predicted, later = {"p": hours["p"]}, {"$gte": ["$p", since]}
    written = live.windows.of(since - CLOCKS_DIFFER, until + CLOCKS_DIFFER)
    late_id = {"$gte": ["$_id", ObjectId.from_datetime(since)]}
    queries: list[tuple[str, Document, Document, Document]] = [
        *((f.validated_at, window.bounds, by, after) for window in written),
        *((f.predicted_at, window.bounds, only_predicted, later) for window in written),
        *([("_id", _inserted(since, until), by, late_id)] if inserted else []),
    ]
    sums: Document = {"n": 1, "v": "$rv", "p": "$rp"}
    pipelines = list[list[Document]]()
    with answering(live.settings):
        of_queries: list[Document] = [{name: bounds} for name, bounds, *_ in queries]
        occupied, only_dates = _occupied(live, of_queries, dates)
        lately = Period(local_day(since, live.settings.zone), local_day(until, live.settings.zone))
        of_date = live.reading.instant_of_date
        validated, predicted = (
            of_date(f"${name}") if only_dates else live.instant_near(name, lately) for name in dates
        )
        read: Document = {"v": validated, "p": predicted, "l": {"$eq": [f"${f.logged}", True]}}
        read |= {"rv": f"${f.validated}", "rp": f"${f.prediction}"}
        for place in occupied:
            name, bounds, key, is_later = queries[place]
            sums["t"] = {"$subtract": ["$p" if key is only_predicted else "$v", since]}
            group = {"_id": key | {"l": is_later}} | {name: {"$sum": amount} for name, amount in sums.items()}
            pipelines.append([{"$match": {name: bounds}}, {"$project": read}, {"$group": group}])
        groups = united(live.collection, pipelines)
        return [_change(document["_id"], map(document.get, sums)) for _, document in groups]


def _occupied(live: Live, queries: list[Document], dates: Iterable[str]) -> tuple[list[int], bool]:
    """Return the indexes of the queries that find a document, and whether all these have BSON dates in UTC only.

    Expressions that read dates of every form take MongoDB longer to understand than a few documents to read.
    """
    if live.settings.stored_times:
        return that_find(live.collection, queries), False
    others = {"$or": [{name: {"$type": live.reading.forms_besides_dates()}} for name in dates]}
    occupied = that_find(live.collection, [*queries, *({"$and": [query, others]} for query in queries)])
    return [place for place in occupied if place < len(queries)], max(occupied, default=0) < len(queries)


def _change(key: Document, sums: Iterable[Any]) -> RecentChange:
    evidence = (*map(key.get, "vpcl"), *sums)
    return RecentChange(_hour(key.get("v")), _hour(key.get("p")), bool(key.get("c")), bool(key["l"]), evidence)


def _inserted(since: datetime, until: datetime) -> Document:
    """Return the condition for ObjectIds that were created in this time."""
    first, end = since - CLOCKS_DIFFER, until + CLOCKS_DIFFER
    return {"$gte": ObjectId.from_datetime(first), "$lt": ObjectId.from_datetime(end)}


def _hour(number: float | None) -> datetime | None:
    """Return the beginning of an hour, given as a number; None for None."""
    return None if number is None else EPOCH + timedelta(hours=int(number))
