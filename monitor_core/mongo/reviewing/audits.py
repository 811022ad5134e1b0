"""The plans of the audit: which share of the predictions people review because chance drew them, and since when."""

from datetime import date

from bson import ObjectId

from monitor_core.mongo.connection import answered, storable
from monitor_core.mongo.models import of_model
from monitor_core.mongo.store import Store
from monitor_core.scores.audit import AuditPlan


class AuditPlans:
    """The collection monitor_audit_plans; a plan is never changed, so that membership can be computed for any day."""

    def __init__(self, store: Store) -> None:
        self.settings = store.settings
        self.of_model = of_model(store.settings)
        self.documents = store.ours["monitor_audit_plans"]

    @answered
    def add(self, plan: AuditPlan) -> None:
        """Store a further plan."""
        self.documents.insert_one({"_id": str(ObjectId())} | storable(plan) | self.of_model)

    @answered
    def remove(self, by: str) -> None:
        """Remove the plans of the demo, by the name that made them."""
        self.documents.delete_many({"by": by})

    @answered
    def read(self) -> list[AuditPlan]:
        """Return all plans, in the order of their first days and of their making."""
        return [
            AuditPlan(
                date.fromisoformat(stored["since"]),
                stored["salt"],
                stored["share"],
                tuple(stored["bounds"]),
                tuple(stored["probabilities"]),
                stored["by"],
                stored["made_at"],
            )
            for stored in self.documents.find().sort([("since", 1), ("made_at", 1), ("_id", 1)])
        ]
