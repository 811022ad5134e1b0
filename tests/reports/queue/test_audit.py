"""The audit of a period: who is in it, who waits, what it says of all predictions, and how its share changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import audit_report, chances, change_share, name_of_sample, plan_in_words
from monitor_core.scores.audit import AuditPlan, hashed
from tests.audited import ABSENT_FROM, DAYS, written
from tests.documents import FIELDS, prediction


def test_members_waiting_and_estimate_are_those_of_the_documents(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="UTC")
    now = store.now().replace(hour=12)
    today = local_day(now, store.settings.zone)
    period = Period(today - (DAYS - 1) * ONE_DAY, today)
    plan = AuditPlan(period.first, "salt", 0.1, (100,), (0.1, 0.15, 0.05), "ana", now)
    AuditPlans(store).add(plan)
    documents = written(now, plan)
    store.collection.insert_many(documents)
    report = audit_report(store, Selection(period, "validated"), now)
    confidence, file = FIELDS.confidence, FIELDS.filename
    members = [
        one for one in documents if hashed("salt", one[file]) < (0.15 if int(one[confidence] * 200) < 100 else 0.05)
    ]
    waiting = [one for one in members if one[FIELDS.validated] is None]
    assert report.drawn == len(members)
    assert [sample.file for sample in report.waiting] == [
        one[file] for one in sorted(waiting, key=lambda one: (one[FIELDS.predicted_at], one[file]))
    ]
    assert report.accuracy.estimate.refused.endswith("predictions of the audit are not reviewed")
    assert "cannot be estimated from the audit" in report.accuracy.sentence
    early = replace(report.selection, period=Period(period.first, today - ABSENT_FROM * ONE_DAY))
    report = audit_report(store, early, now)
    assert report.accuracy.days == early.period
    value = 0.0
    inside = [one for one in documents if one[FIELDS.predicted_at].date() <= early.period.last]
    for low, high in ((0, 100), (100, 201)):
        group = [one for one in inside if low <= int(one[confidence] * 200) < high]
        drawn = [one for one in group if one in members]
        value += len(group) / len(inside) * sum(one[FIELDS.validated] == 1 for one in drawn) / len(drawn)
    assert report.accuracy.estimate.value == pytest.approx(value)
    assert report.accuracy.estimate.predictions == len(inside)
    assert f"over all {len(inside):,} predictions" in report.accuracy.sentence
    assert report.accuracy.estimate.low <= 0.75 <= report.accuracy.estimate.high
    assert "as 15.0% of the predictions with a confidence of 0–50% are" in chances(
        plan,
        next(
            sample
            for sample in audit_report(store, Selection(period, "predicted"), now).waiting
            if sample.confidence is not None and sample.confidence < 0.5
        ),
    )


def test_without_a_plan_nobody_is_drawn_and_without_a_complete_day_nothing_is_estimated(store: Store) -> None:
    now = store.now()
    today = local_day(now, store.settings.zone)
    selection = Selection(Period(today - 9 * ONE_DAY, today), "predicted")
    store.collection.insert_many([prediction(now - timedelta(days=n), target=None, filename=f"{n}") for n in range(9)])
    report = audit_report(store, selection, now)
    assert (report.in_force, report.drawn, report.waiting, report.accuracy) == (False, 0, (), None)
    change_share(store, 0.5, "ana", now)
    report = audit_report(store, selection, now)
    assert report.in_force
    assert report.accuracy.days is None
    assert "no complete day" in report.accuracy.sentence


def test_a_changed_share_begins_tomorrow_and_keeps_the_salt_so_that_members_of_a_day_never_change(store: Store) -> None:
    now = store.now()
    today = local_day(now, store.settings.zone)
    with pytest.raises(MonitorError, match="from 0 to 50%"):
        change_share(store, 0.6, "ana", now)
    first = change_share(store, 0.05, "ana", now, today - 20 * ONE_DAY)
    assert first.since == today - 20 * ONE_DAY
    with pytest.raises(MonitorError, match="never change"):
        change_share(store, 0.1, "ana", now, today - ONE_DAY)
    second = change_share(store, 0.1, "ben", now)
    assert (second.since, second.salt) == (today + ONE_DAY, first.salt)
    assert plan_in_words(second).startswith("The audit draws 10.0% of the predictions made from")
    ended = change_share(store, 0, "ben", now)
    assert ended.since == today + ONE_DAY
    assert plan_in_words(ended).startswith("The audit ends with the predictions before")
    later = now + timedelta(days=3)
    assert change_share(store, 0.2, "ana", later).since == local_day(later, store.settings.zone)
    assert AuditPlans(store).read()[0] == first


def test_a_sample_without_a_file_name_is_known_by_its_id(store: Store) -> None:
    now = store.now()
    change_share(store, 0.5, "ana", now - timedelta(days=1))
    store.collection.insert_many([prediction(now, target=None, filename=None) | {"_id": n} for n in range(60)])
    today = local_day(now, store.settings.zone)
    report = audit_report(store, Selection(Period(today, today), "predicted"), now)
    assert 10 < len(report.waiting) < 50
    assert {name_of_sample(sample) for sample in report.waiting} == {str(sample.id) for sample in report.waiting}


def test_the_history_says_the_same_as_the_documents(make_store: Callable[..., Store]) -> None:
    """How long reviews take, and the confidences that a plan goes by: counts cached in memory have neither."""
    store = make_store(time_zone="UTC")
    now = store.now().replace(hour=12)
    today = local_day(now, store.settings.zone)
    period = Period(today - (DAYS - 1) * ONE_DAY, today)
    first = AuditPlan(period.first, "salt", 0.1, (100,), (0.1, 0.15, 0.05), "ana", now)
    AuditPlans(store).add(first)
    store.collection.insert_many(written(now, first))
    store.collection.insert_many(  # of this confidence, the model is hardly ever wrong
        prediction(now - timedelta(days=1 + n % 20), confidence=0.995, filename=f"sure {n}.png") for n in range(1500)
    )
    before, plan = audit_report(store, Selection(period, "predicted"), now), change_share(store, 0.2, "ana", now)
    history.note_changes(store)
    history.refresh(store)
    counted = Store(store.settings, database=store.database)
    after, again = audit_report(counted, Selection(period, "predicted"), now), change_share(counted, 0.2, "ana", now)
    assert after.accuracy.delay_hours == before.accuracy.delay_hours > 0
    assert after.accuracy.days == before.accuracy.days
    assert (again.bounds, again.probabilities) == (plan.bounds, plan.probabilities)
    assert plan.bounds
    assert plan.is_by_confidence
