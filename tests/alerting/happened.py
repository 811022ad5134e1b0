"""A rule, an alert and its first event, as tests write, send and show them."""

from datetime import date

from monitor_core.alerting.evaluation import Evaluation
from monitor_core.alerting.events import Event, EventKind
from monitor_core.alerting.lifecycle import Alert
from monitor_core.alerting.rules import rule_from
from monitor_core.contract.calendar import Period
from tests.documents import at

NOW, DAY = at(2026, 10, 15, 12), date(2026, 10, 14)
LOW = rule_from(
    {
        "name": "low",
        "title": "Accuracy is low",
        "conditions": [{"metric": "accuracy", "operator": "below", "threshold": 0.8}],
        "window_days": 1,
        "min_samples": 5,
    }
)
EVALUATION = Evaluation(None, DAY, "firing", "It fell.", Period(DAY, DAY), 0.5, 0.4, 0.6, 0.8, 40, 1.5)
ALERT = Alert("low", None, "Accuracy is low", "warning", "firing", DAY, NOW, EVALUATION, fired_at=NOW)
EVENT = Event(
    id=f"{ALERT.id}#1",
    alert=ALERT.id,
    at=NOW,
    rule="low",
    title="Accuracy is low",
    severity="warning",
    label=None,
    class_name=None,
    kind=EventKind.FIRING,
    before=None,
    state="firing",
    day=DAY,
    sentence="It fell.",
    period=Period(DAY, DAY),
    link="/metrics",
    value=0.5,
    low=0.4,
    high=0.6,
    threshold=0.8,
    samples=40,
    statistic=1.5,
    notified=False,
)
