"""The opened sample: named by the address, with its fields, those beside it, those like it, and its tags."""

from typing import Any

import pytest
from bson import ObjectId
from streamlit.testing.v1 import AppTest

from monitor_core.app.samples import viewer
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.sample_pages import PAGE, sample_token
from monitor_core.mongo.store import Store
from tests.app_pages import said


def field(app: AppTest, name: str) -> Any:
    rows = next(frame.value for frame in app.dataframe if "field" in frame.value)
    return rows.set_index("field").loc[name, "value"]


def step(app: AppTest, label: str) -> Any:
    return app.button(key=f"{label} sample")


def tags_of(app: AppTest) -> Any:
    return next(widget for widget in app.multiselect if str(widget.key).startswith("tags of"))


def test_a_pressed_sample_is_shown_with_all_its_fields_and_stands_in_the_address(
    store: Store, sample: Any, open_page: Any
) -> None:
    made = store.collection.insert_one(sample(lens="dirty")).inserted_id
    app = open_page()
    app.button(key="open 0").click().run()
    assert field(app, "lens") == "dirty"
    assert app.query_params[viewer.OPENED] == str(made)


@pytest.mark.parametrize("sample_id", [ObjectId(), 7, "seven", {"a": 1}])
def test_a_link_opens_a_sample_whatever_its_id_period_and_filter(
    store: Store, sample: Any, open_page: Any, sample_id: Any
) -> None:
    store.collection.insert_many([sample(1), sample(2, lens="dirty", target=2) | {"_id": sample_id}])
    app = open_page(sample=sample_token(sample_id), outcome="right")
    assert field(app, "lens") == "dirty"
    assert "predicted 1, is 2" in said(app)
    app = open_page(sample=sample_token(sample_id), range=["2020-01-01", "2020-01-02"], period="custom")
    assert field(app, "lens") == "dirty"


@pytest.mark.parametrize("token", ["nonsense", "ä", "0123456789abcdef01234567", "x" * 5000], ids=range(4))
def test_a_link_to_no_sample_is_said(store: Store, sample: Any, open_page: Any, token: str) -> None:
    store.collection.insert_one(sample())
    assert "names no sample of this collection" in said(open_page(sample=token))


def test_the_buttons_lead_from_sample_to_sample_beyond_the_page(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_many([sample(number) | {"_id": number} for number in range(PAGE + 1)])
    app = open_page(sample=sample_token(PAGE - 2))
    for number in (PAGE - 1, PAGE):
        step(app, "Next").click().run()
        assert field(app, "_id") == str(number)
    assert step(app, "Next").disabled
    step(app, "Previous").click().run()
    assert field(app, "_id") == str(PAGE - 1)
    assert step(open_page(sample=sample_token(0)), "Previous").disabled


def test_more_like_this_are_the_samples_of_the_same_confusion(
    store: Store, sample: Any, open_page: Any, files: Any
) -> None:
    targets = {1: 2, 2: 2, 3: 1, 4: 3, 5: False, 6: False}
    store.collection.insert_many([sample(number, target=target) for number, target in targets.items()])
    for number, alike in ((1, [1, 2]), (5, [5, 6])):
        app = open_page(file=f"{number}.png")
        app.button(key="open 0").click().run()
        next(button for button in app.button if button.label == "More like this").click().run()
        assert files(app) == [f"000{other}.png" for other in alike]
        assert viewer.OPENED not in app.query_params
        assert "file" not in app.query_params


def test_tags_are_given_and_taken_away(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_one(sample() | {"_id": 1})
    app = open_page(sample=sample_token(1))
    tags_of(app).set_value(["blurred", "label is wrong"]).run()
    assert Tags(store).in_use() == ["blurred", "label is wrong"]
    tags_of(app).set_value(["blurred"]).run()
    assert Tags(store).in_use() == ["blurred"]


def test_readers_see_the_tags(store: Store, sample: Any, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "may_edit", lambda: False)
    store.collection.insert_one(sample() | {"_id": 1})
    assert "No tags" in said(open_page(sample=sample_token(1)))
    Tags(store).add([1], "blurred", "ana", store.now())
    app = open_page(sample=sample_token(1))
    assert "Tags: blurred" in said(app)
    assert not [widget for widget in app.multiselect if str(widget.key).startswith("tags of")]
