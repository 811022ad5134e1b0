"""The audit of each day: how many predictions are drawn, reviewed and right, counted from the documents.

Who is drawn is a hash of the file name, which MongoDB cannot compute: the names of a day are read when it is counted,
and the logger stores the result with the day. It counts the audit of whole days only, for today is counted in each run.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from monitor_core.contract.bases import BasisDay
from monitor_core.contract.calendar import ONE_DAY, Period, local_day, stretches
from monitor_core.contract.documents import Review
from monitor_core.contract.selection import Selection
from monitor_core.mongo.connection import Document, answering
from monitor_core.mongo.expressions import day_of
from monitor_core.mongo.history.changes import day_of_id, within
from monitor_core.mongo.reading import is_absent
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan, hashed, plan_on
from monitor_core.scores.confusion import Ints
from monitor_core.scores.counts import DayCounts

PREDICTIONS = 3  # column of `DayCounts.audit`
PARTS = 61  # that a day's predictions are read in: the names of each fit into one of MongoDB's documents
MOST_ON_A_PAGE = 500_000  # predictions whose audit is counted for a page: 100,000 take a second
Plans = Mapping[date, AuditPlan]  # of the days with an audit


def plans_of(store: Store, period: Period) -> dict[date, AuditPlan]:
    """Return the plan in force on each day of the period that has one."""
    plans = AuditPlans(store).read()
    return {day: plan for day in period.days if (plan := plan_on(plans, day))} if plans else {}


def name_in_audit(file: Any, document_id: Any) -> str:
    """Return what the audit knows a prediction by: its file name or, without one, its id."""
    return str(file or "") or str(document_id)


def audit_by_day(store: Store, selection: Selection, plans: Plans, exact: bool = False) -> dict[date, Ints]:
    """Return the table `DayCounts.audit` of each day that has a plan, in the selection's segments.

    It comes from the history where that is current; else, and if `exact`, from the documents. Days whose documents are
    too many for a page are left out until the logger has counted them, as those of a new plan may be, and days without
    an audit in the history are left out once some of their documents are gone.
    """
    selection = replace(selection, basis="predicted")
    tables, waiting = dict[date, Ints](), dict[date, DayCounts]()
    for stretch in stretches(plans) if not (exact or selection.where) else ():
        days = store.counts.plain_by_day(replace(selection, period=stretch))
        for day, of_day in zip(stretch.days, days, strict=True):
            if _is_by(of_day.audit, plans[day]):
                tables[day] = of_day.audit
            else:
                waiting[day] = of_day
    if sum(of_day.documents for of_day in waiting.values()) > MOST_ON_A_PAGE:
        return tables
    for stretch in stretches(day for day in plans if day not in tables):
        counted = _counted(store, replace(selection, period=stretch), plans)
        tables |= {day: table for day, table in counted.items() if day not in waiting or _is_whole(table, waiting[day])}
    return tables


def _is_whole(table: Ints, of_day: DayCounts) -> bool:
    return int(table[:, PREDICTIONS].sum()) >= of_day.reviewed + of_day.not_reviewed


def with_audit(store: Store, period: Period, days: list[DayCounts]) -> list[DayCounts]:
    """Return the counts of prediction days with their audit; today has none yet."""
    plans = plans_of(store, period)
    plans.pop(local_day(store.now(), store.settings.zone), None)
    tables = dict[date, Ints]()
    for stretch in stretches(plans):
        tables |= _counted(store, Selection(stretch, "predicted"), plans)
    counted = zip(period.days, days, strict=True)
    return [replace(of_day, audit=tables[day]) if day in tables else of_day for day, of_day in counted]


def unaudited(store: Store, today: date) -> set[BasisDay]:
    """Return the stored days before today whose audit was not counted by the plan that is in force on them."""
    plans = AuditPlans(store).read()
    if not plans or plans[0].since >= today:
        return set()
    period = Period(plans[0].since, today - ONE_DAY)
    expected = {day: plan.number for day, plan in plans_of(store, period).items()}
    query: Document = {"_id": within("predicted", period), "preserved.at": {"$exists": False}}
    with answering(store.settings):
        stored = {
            day_of_id(day["_id"]): day.get("audited_by") for day in store.history.documents(query, {"audited_by": 1})
        }
    return {key for key, number in stored.items() if number != expected.get(key[1])}


def _is_by(table: Ints, plan: AuditPlan) -> bool:
    return len(table) > 0 and int(table[0, 0]) == plan.number


def _counted(store: Store, selection: Selection, plans: Plans) -> dict[date, Ints]:
    """Count the audit of each day of the period, all of which have a plan."""
    days = selection.period.days
    counts = {day: np.zeros((len(plans[day].probabilities), 4), np.int64) for day in days}
    for group in _groups(store, selection):
        day = days[int(group["_id"]["d"])]
        _add(counts[day], plans[day], group)
    return {day: plans[day].tally(of_day) for day, of_day in counts.items()}


def _add(counts: Ints, plan: AuditPlan, group: Document) -> None:
    """Add predictions of the same range, class and review."""
    key, names = group["_id"], group["names"]
    place = 0 if key.get("b") is None else 1 + bisect_right(plan.bounds, int(key["b"]))
    probability = plan.probabilities[place]
    drawn = sum(hashed(plan.salt, _name(name)) < probability for name in names)
    is_reviewed = key["t"] != Review.NONE.name
    counts[place] += (len(names), drawn, drawn * is_reviewed, drawn * (key["t"] == key["p"]))


def _name(name: Any) -> str:
    return name if isinstance(name, str) else name_in_audit(name.get("f"), name.get("i"))


def _groups(store: Store, selection: Selection) -> Iterator[Document]:
    """Yield the names of the readable predictions by day, class, review and bin of confidence."""
    live, f, period = store.live, store.fields, selection.period
    reading, at, file = live.reading, live.at("predicted"), f"${f.filename}"
    key: Document = {"d": day_of("$$at", period, store.settings.zone), "s": {"$mod": [{"$toLong": "$$at"}, PARTS]}}
    key |= {"v": f"${f.validated}", "p": f"${f.prediction}", "b": live.bin()}
    key |= {"r": {"$not": [is_absent(f"${f.validated_at}")]}} | live.within_segments(selection.where)
    is_name = {"$and": [{"$eq": [{"$type": file}, "string"]}, {"$ne": [file, ""]}]}
    names = {"$push": {"$cond": [is_name, file, {"f": file, "i": "$_id"}]}}
    label = reading.class_of("$_id.p")
    read = {"_id.p": label, "_id.t": reading.review_of("$_id.v", label, "$_id.r")}
    within_days = {"_id.d": {"$gte": 0, "$lt": len(period)}} | ({"_id.w": True} if "w" in key else {})
    readable = {"_id.p": {"$ne": None}, "_id.t": {"$ne": Review.UNREADABLE.name}}
    instant = {"at": live.instant(at, selection)}
    with answering(store.settings):
        for window in live.occupied(at, *period.bounds(store.settings.zone)):
            stages: list[Document] = [
                {"$match": {at: window.bounds}},
                {"$group": {"_id": {"$let": {"vars": instant, "in": key}}, "names": names}},
                {"$match": within_days},
                {"$set": read},
                {"$match": readable},
            ]
            yield from store.counted.aggregate(stages, allowDiskUse=True)
