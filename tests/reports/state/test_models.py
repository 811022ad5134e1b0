"""The row of a model equals its own report; a model that cannot be read says why."""

from datetime import timedelta

from pydantic import SecretStr

from monitor_core.contract.calendar import Period
from monitor_core.contract.selection import Selection
from monitor_core.mongo.store import Store
from monitor_core.reports.performance import read_performance
from monitor_core.reports.state.models import model_state
from tests.documents import reviewed


def test_a_row_equals_the_report_of_its_period(store: Store) -> None:
    now = store.now()
    days = [now - timedelta(days=n) for n in range(3)]
    store.collection.insert_many([reviewed(n % 2, 1, day, validated_at=day) for day in days[:2] for n in range(7)])
    store.collection.insert_many([reviewed(1, 1, days[2], validated_at=days[2]) for _ in range(2)])  # too few for a day
    period = Period(now.date() - timedelta(days=6), now.date())
    state = model_state(store, "7d")
    scores = read_performance(store, Selection(period, "validated"))
    assert state.accuracy == scores.scores["accuracy"]
    assert (state.model, state.reviewed, state.trouble) == ("default", 16, "")
    assert state.alerts == {"warning": 0, "critical": 0}
    assert len(state.by_day) == 2
    assert "never been judged" in state.not_judged
    assert state.newest_review_at is not None
    assert abs(state.newest_review_at - now) < timedelta(seconds=1)


def test_a_model_that_cannot_be_read_says_why(store: Store) -> None:
    away = Store(store.settings.model_copy(update={"mongodb_uri": SecretStr("mongodb://127.0.0.1:9")}))
    state = model_state(away, "7d")
    assert state.accuracy is None
    assert "No MongoDB answered" in state.trouble
