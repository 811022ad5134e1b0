"""The audit of each day, counted from the documents and stored with the day, against the samples one by one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.selection import NOT_REVIEWED, Selection
from monitor_core.logger import history
from monitor_core.mongo.reviewing import tallies
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.reviewing.tallies import Plans, audit_by_day, plans_of, unaudited
from monitor_core.mongo.samples import Search
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan
from monitor_core.scores.confusion import Ints
from tests.audited import DAYS, insert_long_ago, written
from tests.documents import ABSENT, FIELDS, fields, prediction


def one_by_one(store: Store, selection: Selection, plans: Plans) -> dict[date, list[list[int]]]:
    """Return the audit's table of each day, from its samples."""
    counts: dict[date, Ints] = {day: np.zeros((len(plan.probabilities), 4), int) for day, plan in plans.items()}
    for sample in Search(store, selection).all():
        day = local_day(sample.predicted_at, store.settings.zone) if sample.predicted_at else None
        if day in plans:
            plan, name = plans[day], sample.file or str(sample.id)
            drawn, place = plan.draws(name, sample.confidence), plan.range_of(sample.confidence)
            is_reviewed = drawn and sample.outcome != NOT_REVIEWED
            counts[day][place] += (1, drawn, is_reviewed, is_reviewed and sample.outcome == "right")
    return {day: plans[day].tally(of_day).tolist() for day, of_day in counts.items()}


def listed(tables: dict[date, Ints]) -> dict[date, list[list[int]]]:
    return {day: table.tolist() for day, table in tables.items()}


def test_the_tallies_are_those_of_the_samples_and_the_history_has_them(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(time_zone="Europe/Berlin", segments={"camera": "camera"})
    now = store.now()
    today = local_day(now, store.settings.zone)
    period = Period(today - (DAYS - 1) * ONE_DAY, today)
    first = AuditPlan(period.first + 3 * ONE_DAY, "salt", 0.1, (100,), (0.3, 0.15, 0.05), "ana", now)
    second = replace(first, since=period.first + 9 * ONE_DAY, bounds=(50, 100), probabilities=(0.5, 0.4, 0.3, 0.2))
    for plan in (first, second):
        AuditPlans(store).add(plan)
    odd: list[dict[str, object]] = [
        {"filename": None},
        {"filename": 17},
        {"filename": ""},
        {"filename": ABSENT},
        {"confidence": None},
        {"confidence": "0.7"},
        {"predicted": "one"},
        {"target": "two"},
        {"target": False, "reviewed": None},
        {"target": True},
        {"camera": "left"},
    ]
    documents = [
        prediction(now - timedelta(days=2 + n % 20, minutes=7 * n), **{"filename": f"odd {n}.png"} | odd[n % len(odd)])
        for n in range(440)
    ]
    documents += [  # dates as texts
        prediction(now, filename=f"text {n}.png", target=None, reviewed=None)
        | fields(predicted_at=(now - timedelta(days=2 + n % 20)).isoformat())
        for n in range(60)
    ]
    insert_long_ago(store, [*documents, *written(now.replace(hour=12), second, per_day=30)])

    selection, plans = Selection(period, "predicted"), plans_of(store, period)
    assert list(plans) == list(period.days[3:])
    expected = one_by_one(store, selection, plans)
    assert listed(audit_by_day(store, selection, plans)) == expected
    left = replace(selection, where=(("camera", "left"),))
    assert listed(audit_by_day(store, left, plans)) == one_by_one(store, left, plans) != expected

    history.note_changes(store)
    history.refresh(store)
    stored = store.history.read("predicted", period)
    del expected[today]  # it is not over
    assert {day: of.audit.tolist() for day, of in stored.items() if len(of.audit)} == expected
    assert unaudited(store, today) == set()
    monkeypatch.setattr(tallies, "MOST_ON_A_PAGE", 0)  # nothing is counted from the documents
    fresh, over = Store(store.settings, database=store.database), {day: plans[day] for day in expected}
    assert listed(audit_by_day(fresh, selection, over)) == expected

    AuditPlans(store).add(replace(second, share=0.0, made_at=now + ONE_DAY))  # the second never was
    assert {day for _, day in unaudited(store, today)} == set(period.days[9:-1])
    history.refresh(store)
    assert unaudited(store, today) == set()
    ended = store.history.read("predicted", period)
    assert {day for day, of in ended.items() if len(of.audit)} == set(period.days[3:9])


def test_a_day_whose_documents_are_gone_before_its_audit_was_counted_is_left_out(
    make_store: Callable[..., Store],
) -> None:
    store = make_store(seal_after=7)
    now = store.now()
    today = local_day(now, store.settings.zone)
    plan = AuditPlan(today - DAYS * ONE_DAY, "salt", 0.2, (), (0.2, 0.2), "ana", now)
    insert_long_ago(store, written(now.replace(hour=12), plan, per_day=20))
    history.note_changes(store)
    history.refresh(store)
    gone = today - 15 * ONE_DAY
    start, end = Period(gone, gone).bounds(store.settings.zone)
    store.collection.delete_many({FIELDS.predicted_at: {"$gte": start, "$lt": end}})
    AuditPlans(store).add(plan)  # the first audit, of days that are stored without one
    over = dict.fromkeys(Period(gone - ONE_DAY, gone + ONE_DAY).days, plan)
    for _ in range(2):  # before the logger has missed the documents, and after
        fresh = Store(store.settings, database=store.database)
        assert set(audit_by_day(fresh, Selection(Period(gone, gone), "predicted"), over)) == set(over) - {gone}
        history.note_changes(store)
        history.refresh(store)
