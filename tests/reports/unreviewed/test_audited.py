"""The accuracy from the audit: from the history as from the documents, and in place of that from the reviewed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from monitor_core.alerting.rules import Condition, Rule
from monitor_core.contract.calendar import ONE_DAY, Period, local_day
from monitor_core.contract.selection import Selection
from monitor_core.logger import history
from monitor_core.mongo.reviewing import tallies
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.reports.facts import check
from monitor_core.reports.unreviewed.accuracy import as_json, read_accuracy_over_all
from monitor_core.reports.unreviewed.audited import NOT_COUNTED, read_audited_accuracy
from monitor_core.reports.unreviewed.compared import over_all_change_in_words
from monitor_core.reports.unreviewed.over_time import read_over_all_by
from monitor_core.scores.audit import AuditPlan
from monitor_core.scores.raking import ASSUMPTION
from tests.audited import ABSENT_FROM, DAYS, insert_long_ago, written
from tests.documents import FIELDS


def test_the_audit_alone_says_the_accuracy_over_all_predictions(
    make_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the errors are reviewed besides, which no estimate from the reviewed can know."""
    store = make_store(time_zone="UTC")
    now = store.now()
    today = local_day(now, store.settings.zone)
    period = Period(today - (DAYS - 1) * ONE_DAY, today)
    plan = AuditPlan(period.first, "salt", 0.2, (100,), (0.2, 0.3, 0.1), "ana", now)
    AuditPlans(store).add(plan)
    documents = written(now.replace(hour=12), plan)
    insert_long_ago(store, documents)
    early = Selection(Period(period.first, today - ABSENT_FROM * ONE_DAY), "validated")
    from_documents = read_accuracy_over_all(store, early)
    assert from_documents.audited == early.period
    assert from_documents.is_shown
    e = from_documents.estimate
    assert e.low <= 0.75 <= e.high
    assert from_documents.of_reviewed.value < e.low - 0.1
    assert f"from the {e.samples:,} reviewed of the audit, for chance alone" in from_documents.sentence
    assert f"over all {from_documents.of_reviewed.samples:,} reviewed" in from_documents.sentence
    answer = as_json(from_documents)
    assert answer["audit_days"] == [early.period.first.isoformat(), early.period.last.isoformat()]
    assert answer["assumption"].startswith("from the reviewed predictions of the audit")

    monkeypatch.setattr(tallies, "MOST_ON_A_PAGE", 100)  # as if they were too many
    unknown = read_accuracy_over_all(store, early)
    assert (unknown.audited, unknown.no_audit) == (None, NOT_COUNTED)
    history.note_changes(store)
    history.refresh(store)
    counted = Store(store.settings, database=store.database)
    assert read_accuracy_over_all(counted, early) == from_documents
    assert read_accuracy_over_all(counted, early, exact=True) == from_documents

    over_time = read_over_all_by(counted, early, "day", today).table
    assert over_time["audited"].iloc[5:].all()  # before, there are too few
    assert over_time["value"].iloc[-1] == pytest.approx(e.value)
    other = replace(early, period=Period(period.first, period.first + 9 * ONE_DAY))
    words = over_all_change_in_words(from_documents, read_accuracy_over_all(counted, other))
    assert words.endswith(
        "from the reviewed predictions of the audit, for chance alone decided which of them are reviewed for it."
    )

    whole = read_accuracy_over_all(counted, Selection(period, "predicted"))  # people have not got to its last days
    assert whole.audited is None
    assert whole.no_audit.endswith("predictions of the audit are not reviewed")
    assert f"The audit does not say it, because {whole.no_audit}." in whole.sentence
    assert as_json(whole)["no_audit_estimate"] == whole.no_audit
    before = Period(period.first - 9 * ONE_DAY, early.period.last)  # nothing was predicted on the days before the audit
    assert read_accuracy_over_all(counted, replace(early, period=before)).estimate == e
    store.collection.update_one({FIELDS.filename: "0.png"}, {"$set": {FIELDS.predicted_at: now - 35 * ONE_DAY}})
    assert (
        "it draws predictions only from"
        in read_accuracy_over_all(counted, replace(early, period=before), exact=True).no_audit
    )


def test_a_rule_judges_by_the_audit_where_it_covers_the_window(make_store: Callable[..., Store]) -> None:
    store = make_store(time_zone="UTC")
    now = store.now()
    today = local_day(now, store.settings.zone)
    plan = AuditPlan(today - (DAYS - 1) * ONE_DAY, "salt", 0.2, (100,), (0.2, 0.3, 0.1), "ana", now)
    insert_long_ago(store, written(now.replace(hour=12), plan))
    rule = Rule(
        name="over-all",
        title="The accuracy over all predictions is low",
        conditions=(Condition(metric="accuracy_over_all", operator="below", threshold=0.2),),
        basis="predicted",
        window_days=20,
        readiness_days=ABSENT_FROM,
    )
    history.refresh(store)
    (of_reviewed,) = check(store, [rule], now)["over-all"]
    assert ASSUMPTION in of_reviewed.sentence
    AuditPlans(store).add(plan)
    history.refresh(store)
    (of_audit,) = check(Store(store.settings, database=store.database), [rule], now)["over-all"]
    days = of_audit.period
    expected = read_audited_accuracy(store, Selection(days, "predicted"), exact=True)
    assert expected is not None
    assert expected.days == days
    assert of_audit.value == pytest.approx(expected.estimate.value)
    assert "from the reviewed predictions of the audit, for chance alone" in of_audit.sentence
