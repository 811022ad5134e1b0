"""The answers to an opened sample: confirmed, corrected, rejected and undone; nothing of it unless it is configured."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.samples.answers import REVIEWER_NAME, keys_of_classes
from monitor_core.mongo.sample_pages import sample_token
from monitor_core.mongo.store import Store
from tests.app.shown import noon
from tests.app_pages import said, visit
from tests.documents import FIELDS, fields, prediction


def opened(store: Store, monkeypatch: pytest.MonkeyPatch, **settings: str) -> AppTest:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    store.collection.insert_one(prediction(noon(2), 3, 4, reviewed=noon(1), _id=7, filename="a.png"))
    app = visit("investigate/samples", sample=sample_token(7))
    assert [element.value for element in app.exception] == []
    return app


def press(app: AppTest, label: str) -> AppTest:
    app = app.button[[one.label for one in app.button].index(label)].click().run()
    assert [element.value for element in app.exception] == []
    return app


def review_of(store: Store) -> Any:
    document = store.collection.find_one({"_id": 7})
    return document and document[FIELDS.validated]


def test_nothing_is_shown_unless_it_is_configured(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(store, monkeypatch)
    assert not [one.label for one in app.button if one.label.startswith(("Confirm", "Reject", "Review"))]
    assert REVIEWER_NAME not in [one.key for one in app.text_input]


def test_an_opened_sample_is_confirmed_corrected_rejected_and_undone(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(store, monkeypatch, MONITOR_REVIEWING="true")
    before = store.collection.find_one({"_id": 7})
    for label, value in (("Confirm 3", 3), ("4", 4), ("Reject", False)):
        app = press(app, label)
        assert review_of(store) == value
        app = press(app, "Undo")
        assert store.collection.find_one({"_id": 7}) == before
        assert "Undo" not in [one.label for one in app.button]

    store.collection.update_one({"_id": 7}, {"$set": fields(validated=5)})
    app = press(app, "Confirm 3")
    assert 'Somebody was faster with "a.png" and reviewed it as "5"' in said(app)
    assert review_of(store) == 5


def test_of_more_than_ten_classes_one_is_searched(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = "{" + ", ".join(f'"{n}": "class {n}"' for n in range(12)) + "}"
    app = opened(store, monkeypatch, MONITOR_REVIEWING="true", MONITOR_CLASS_NAMES=names)
    box = next(one for one in app.selectbox if one.label.startswith("Correct"))
    box.select(11).run()
    assert review_of(store) == 11


def test_where_false_is_a_class_nothing_is_rejected(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(store, monkeypatch, MONITOR_REVIEWING="true", MONITOR_BOOLEAN_CLASSES="true")
    labels = [one.label for one in app.button]
    assert "Confirm 3" in labels
    assert "Reject" not in labels


def test_classes_beyond_one_digit_have_the_keys_of_their_places() -> None:
    assert keys_of_classes(range(10)) == {n: str(n) for n in range(10)}
    assert keys_of_classes(range(1, 11))[10] == "0"
    assert keys_of_classes(range(11)) == {}
