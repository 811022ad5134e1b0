"""The state of each of several models: a row of the page that lists them."""

from dataclasses import dataclass, field
from datetime import datetime

from monitor_core.contract.calendar import local_day, preset
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.selection import Selection
from monitor_core.mongo.alerts import Alerts
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store
from monitor_core.reports import performance as reports
from monitor_core.reports.score import Score
from monitor_core.scores.metrics import METRIC
from monitor_core.scores.shares import FEWEST

ACCURACY = METRIC["accuracy"]


@dataclass(frozen=True)
class ModelState:
    """The state of a model in a period, by review date; or why it could not be read."""

    model: str
    accuracy: Score | None = None
    reviewed: int = 0
    alerts: dict[str, int] = field(default_factory=dict)  # open, by severity
    newest_review_at: datetime | None = None
    read_at: datetime | None = None  # by the database's clock
    not_judged: str = ""  # a sentence, if rules are not judged in time
    by_day: tuple[float, ...] = ()  # accuracy of the days that have enough reviews for it
    trouble: str = ""  # a sentence, if the rest could not be read


def model_state(store: Store, days: str) -> ModelState:
    """Read the state of a model in a preset period, such as "30d", that ends today by the database's clock.

    An error that prevents this becomes a sentence of the state, so that the other models are still shown.
    """
    settings = store.settings
    try:
        now = store.now()
        period = preset(days, local_day(now, settings.zone))
        confusion = store.counts.of(Selection(period, "validated")).confusion
        daily = confusion.daily()
        return ModelState(
            settings.model,
            reports.overall_scores(confusion, [ACCURACY])[ACCURACY.key],  # no other: there may be many models
            int(daily.reviewed.sum()),
            Alerts(store).open_count(),
            store.predictions.newest_review_at(now),
            now,
            Rulebook(store).timeliness(now).sentence(settings.zone),
            tuple(ACCURACY.of(daily)[daily.reviewed >= FEWEST].tolist()),
        )
    except MonitorError as wrong:
        return ModelState(settings.model, trouble=str(wrong))
