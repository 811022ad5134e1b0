"""What stands above the five tabs: what is counted, and why there is nothing."""

from collections.abc import Callable
from datetime import date

import pytest

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.mongo.store import Store
from tests.app.performance.shown import assert_shown, every_page, noon, open_page, reviewed, tiles
from tests.app_pages import alts, said
from tests.documents import fields

WITHOUT_RECALL = ("samples_by_class", "training_data")


@every_page
def test_an_empty_database_is_said_in_a_sentence(store: Store, page: str) -> None:
    app = open_page(page)
    assert_shown(app, page)
    assert "does not exist" in said(app)
    assert alts(app) == []


@every_page
def test_an_empty_period_is_said_in_a_sentence_with_its_days(with_demo: Store, page: str) -> None:
    first, last = date(2020, 2, 1), date(2020, 2, 29)
    app = open_page(page, period="custom", range=[first.isoformat(), last.isoformat()])
    assert_shown(app, page)
    assert wording.during(Period(first, last)) in said(app)
    assert "longer period" in said(app)
    assert tiles(app) == []


@every_page
def test_one_class_only_is_said_with_its_name(
    write: Callable[..., None], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"4": "SIGRE"}')
    write([reviewed(4, 4, days_ago) for days_ago in (1, 2, 3) for _ in range(4)])
    app = open_page(page)
    assert_shown(app, page)
    assert "one class" in said(app)
    assert "SIGRE" in said(app)


@every_page
def test_one_day_only_is_said_with_its_date(write: Callable[..., None], page: str) -> None:
    write([reviewed(target, prediction, 2) for target in range(3) for prediction in range(3)])
    app = open_page(page)
    assert_shown(app, page)
    assert f"All samples are of one day, {wording.day(noon(2).date())}: " in said(app)
    assert "single point" in said(app)


@every_page
def test_a_rejected_review_is_mentioned_where_recall_is_shown(write: Callable[..., None], page: str) -> None:
    write([*(reviewed(n % 2, n % 2, n) for n in range(1, 7)), reviewed(False, 1, 1)])
    app = open_page(page)
    assert_shown(app, page)
    assert ("1 sample was rejected" in said(app)) == (page not in WITHOUT_RECALL)


@every_page
def test_only_rejected_reviews_are_no_error(write: Callable[..., None], page: str) -> None:
    write([reviewed(False, n % 3, n) for n in range(1, 7)])
    app = open_page(page)
    assert_shown(app, page)
    assert ("6 samples were rejected" in said(app)) == (page not in WITHOUT_RECALL)


@every_page
def test_too_few_samples_give_no_score(write: Callable[..., None], page: str) -> None:
    write([reviewed(0, 0, 1), reviewed(1, 0, 2)])
    app = open_page(page)
    assert_shown(app, page)
    if page == "overview":
        assert tiles(app) == ["2", "–", "–", "–", "–"]


@every_page
def test_predictions_nobody_reviewed_are_counted_as_waiting(write: Callable[..., None], page: str) -> None:
    write([reviewed(None, 1, 1) | fields(validated_at=None, trained=False) for _ in range(3)])
    app = open_page(page, basis="prediction day")
    assert_shown(app, page)
    assert "3 predictions are not reviewed." in said(app)
