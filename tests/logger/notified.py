"""Events that people are notified of in the tests of notifications."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from monitor_core.alerting.events import Event
from monitor_core.contract.calendar import Period
from monitor_core.logger.notifying import Notifier
from tests.alerting.happened import DAY, EVENT

MINUTE = timedelta(minutes=1)
SLIDE = replace(
    EVENT,
    id="slide",
    alert="accuracy-falling/3/2026-10-14",
    rule="accuracy-falling",
    title="Accuracy is falling",
    severity="critical",
    label=3,
    class_name="SIGRE",
    sentence="Errors have been coming in faster than in the reference period.",
    value=0.8123,
    low=0.78,
    high=0.84,
    threshold=0.85,
    samples=1204,
    period=Period(date(2026, 10, 1), DAY),
    link="/drift?range=2026-10-01&class=SIGRE",
)
LAG = replace(
    SLIDE,
    id="lag",
    title="The worker lags",
    severity="warning",
    label=None,
    class_name=None,
    value=None,
    threshold=None,
)

Make = Callable[..., Notifier]


def numbered(count: int, event: Event = LAG) -> list[Event]:
    return [replace(event, id=f"{event.id} {n}") for n in range(count)]
