"""Queries for the documents of a period, with the day of each prediction."""

from datetime import UTC, datetime, time

from monitor_core.contract.calendar import Period
from monitor_core.mongo.connection import Document
from monitor_core.mongo.expressions import Expression, day_of, days_since, first_usable
from monitor_core.mongo.live import Live

DAY = "__monitor_day"  # a field that only our stages see: the day, counted from the period's first


class DatedDocuments:
    """The documents by prediction day, as far as they have one."""

    def __init__(self, live: Live) -> None:
        self.fields, self.zone = live.fields, live.settings.zone
        self.reading, self.windows = live.reading, live.windows

    def of_period(self, period: Period, most: int | None = None) -> list[Document]:
        """Return stages that find the documents and set their day as DAY; `most`: only so many of the newest."""
        newest: list[Document] = [{"$sort": {self.fields.predicted_at: -1}}] if most else []
        return [
            {"$match": self.within(period)},
            *newest,
            {"$set": {DAY: self._day(period)}},
            {"$match": {DAY: {"$gte": 0, "$lt": len(period)}}},
            *([{"$limit": most}] if most else []),
        ]

    def within(self, period: Period) -> Document:
        """Return the part of the query that an index answers; text dates of neighbouring days may be included."""
        windows = self.windows.of(*period.bounds(self.zone))
        return {"$or": [{self.fields.predicted_at: window.bounds} for window in windows]}

    def _day(self, period: Period) -> Expression:
        """Return the expression of a document's day, as an index in the period."""
        at = f"${self.fields.predicted_at}"
        # An array's elements match too; it belongs to no day, and is listed where the counts of days have it.
        first = {"$cond": [{"$isArray": [at]}, first_usable(at, self.windows.usable), at]}
        day = {
            "$cond": [
                self.reading.is_naive("$$at"),
                days_since(datetime.combine(period.first, time(), UTC), "$$clock"),
                day_of("$$clock", period, self.zone),
            ]
        }
        dated = {"$cond": [{"$eq": ["$$clock", None]}, None, day]}
        of_clock = {"$let": {"vars": {"clock": self.reading.clock_of("$$at")}, "in": dated}}
        return {"$let": {"vars": {"at": first}, "in": of_clock}}
