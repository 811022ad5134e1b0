"""Evaluations of rules in the commands' output, for people and as JSON."""

from collections.abc import Iterable
from typing import Any

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.rules import Rule
from monitor_core.mongo.connection import storable
from monitor_core.mongo.store import Store

WORST_FIRST = ("firing", "check failed", "no data")
COLOURS = {"ok": "green", "firing": "red", "no data": "yellow", "check failed": "yellow", "pending": "yellow"}


def worst_status(evaluations: Iterable[Evaluation]) -> str:
    """Return the most important status: firing comes before a rule that cannot be judged."""
    statuses = {evaluation.status for evaluation in evaluations}
    return next((status for status in WORST_FIRST if status in statuses), "ok")


def coloured(status: str) -> str:
    """Return the status as markup, in its colour."""
    return f"[{COLOURS.get(status.strip(), 'default')}]{status}[/]"


def class_name(store: Store, label: int | None) -> str | None:
    """Return the name of the class that a rule was judged for; None for all classes together."""
    return None if label is None else store.settings.class_name(label)


def evaluation_json(store: Store, rule: Rule, evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation and its rule as JSON."""
    about = {"rule": rule.name, "title": rule.title, "severity": rule.severity}
    return {**about, "class_name": class_name(store, evaluation.label), **storable(evaluation)}
