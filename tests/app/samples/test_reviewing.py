"""Reviewing of a list by its buttons: holds, undo, second opinions; tests/browser/test_reviewing.py has the keys."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.samples import reviewing
from monitor_core.mongo.reviewing.holds import Holds
from monitor_core.mongo.reviewing.log import ReviewLog
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.audit import change_share
from tests.app_pages import said, visit
from tests.documents import FIELDS, prediction
from tests.reports.queue.queued import write_queue

PAGE = "investigate/review_next"


@pytest.fixture
def configured(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("MONITOR_REVIEWING", "true")
    monkeypatch.setenv("MONITOR_SECOND_OPINION", "1")
    return store


def press(app: AppTest, label: str) -> AppTest:
    app = app.button[[one.label for one in app.button].index(label)].click().run()
    assert [element.value for element in app.exception] == []
    return app


def sitting_of(app: AppTest) -> reviewing.Sitting:
    sitting = app.session_state[reviewing.SITTING]
    assert isinstance(sitting, reviewing.Sitting)
    return sitting


def id_on_screen(app: AppTest) -> Any:
    snapshot = sitting_of(app).snapshot
    assert snapshot is not None
    return snapshot.sample.id


def test_a_list_is_reviewed_while_others_have_their_images(configured: Store) -> None:
    store = configured
    write_queue(store)
    app = visit(PAGE, period="28d")
    app = press(app, "Review: most informative")
    first, held = id_on_screen(app), [sitting_of(app).listed[n].entry.sample.id for n in (1, 2)]
    assert Holds(store).take(held[0], "another session")
    assert not Holds(store).take(first, "another session")
    app = press(app, "Confirm 1") if "Confirm 1" in [one.label for one in app.button] else press(app, "Reject")
    assert id_on_screen(app) == held[1]
    assert Holds(store).take(first, "another session")  # it was released
    app = press(app, "Undo")  # what another session has now comes back to the list, not to this screen
    assert [entry.state for entry in ReviewLog(store).read()] == ["undone"]
    assert id_on_screen(app) == held[1]
    app = press(app, "Skip")
    assert id_on_screen(app) not in (first, *held)
    app = press(app, "Back to the lists")
    assert [element.value for element in app.subheader] == ["Most informative"]


def test_a_second_opinion_does_not_show_the_first_and_reviews_says_how_many_agree(configured: Store) -> None:
    store = configured
    now = store.now()
    change_share(store, 0.5, "ana", now - timedelta(days=2))
    names = [f"{n}.png" for n in range(40)]
    store.collection.insert_many(
        prediction(now - timedelta(days=1, minutes=n), 1, None, 0.9, None, filename=name)
        for n, name in enumerate(names)
    )
    app = press(visit(PAGE, period="7d"), "Review: audit")
    number = len(sitting_of(app).listed)
    for _ in range(number):
        app = press(app, "Confirm 1")
    assert "Nothing more waits" in said(app)
    store.database["monitor_reviews"].update_many({}, {"$set": {"at": now - timedelta(days=1.1)}})
    app = press(app, "Back to the lists")
    app = press(app, "Review: audit")
    assert len(sitting_of(app).listed) == number
    assert not any(word in said(app) for word in ("right", "reviewed as"))
    app = press(app, "Reject")
    app = press(app, "Confirm 1")
    reviews = visit("investigate/reviews", period="7d")
    assert "1 of 2 second opinions given" in said(reviews)
    assert 'First "1"; then rejected.' in said(reviews)
    targets = [one[FIELDS.validated] for one in store.collection.find()]
    assert (targets.count(False), targets.count(1)) == (1, number - 1)
