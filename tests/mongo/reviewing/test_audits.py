"""The plans of the audit: stored and read back as they were made."""

from dataclasses import replace
from datetime import date

from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan
from tests.documents import at

PLAN = AuditPlan(date(2026, 10, 5), "salt", 0.1, (100, 180), (0.1, 0.2, 0.1, 0.05), "ana", at(2026, 10, 5, 12))


def test_plans_are_read_as_they_were_stored_in_the_order_of_their_days(store: Store) -> None:
    plans = AuditPlans(store)
    assert plans.read() == []
    corrected = replace(PLAN, share=0.2, made_at=at(2026, 10, 5, 13))
    earlier = replace(PLAN, since=date(2026, 9, 1), bounds=(), probabilities=(0.1, 0.1))
    for plan in (corrected, PLAN, earlier):
        plans.add(plan)
    assert plans.read() == [earlier, PLAN, corrected]
