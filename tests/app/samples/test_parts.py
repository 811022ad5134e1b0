"""The page Samples: filters of the address, the gallery, its pages, and why there is nothing."""

from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.mongo.sample_pages import PAGE
from monitor_core.mongo.store import Store
from tests.app_pages import said, visit
from tests.documents import prediction

EVIL = "![x](http://example.invalid/a.png)"


def sample(store: Store, number: int = 0, **changes: Any) -> dict[str, Any]:
    day = store.now() - timedelta(days=2, minutes=number)
    return prediction(day, **({"filename": f"{number:04d}.png", "reviewed": timedelta(hours=1)} | changes))


def open_page(**query: Any) -> AppTest:
    app = visit("investigate/samples", **query)
    assert [element.value for element in app.exception] == []
    return app


def files(app: AppTest) -> list[str]:
    (table,) = (frame.value for frame in app.dataframe)
    return sorted(table["file"])


def test_an_empty_database_is_said(store: Store) -> None:
    assert "does not exist" in said(open_page())


def test_the_filters_of_the_address_choose(store: Store) -> None:
    made = [
        sample(store, 1),
        sample(store, 2, target=2),
        sample(store, 3, target=False),
        sample(store, 4, confidence=0.93),
    ]
    store.collection.insert_many(made)
    assert files(open_page()) == ["0001.png", "0002.png", "0003.png", "0004.png"]
    assert files(open_page(target="2")) == ["0002.png"]
    assert files(open_page(outcome="wrong")) == ["0002.png", "0003.png"]
    assert files(open_page(target="rejected")) == ["0003.png"]
    assert files(open_page(confidence=["0.9", "0.95"])) == ["0004.png"]


def test_what_nothing_is_as_asked_for_is_said_with_the_remedy(store: Store) -> None:
    store.collection.insert_one(sample(store))
    assert "Choose a longer period, or fewer filters" in said(open_page(outcome="wrong"))
    assert "no review day" in said(open_page(outcome="not reviewed", basis="review day"))
    assert "lies outside of" in said(open_page(day="2020-02-01"))


def test_a_sample_is_said_in_a_line_and_its_name_is_text(store: Store) -> None:
    store.collection.insert_one(sample(store, filename=EVIL, target=2, confidence=0.93))
    app = open_page()
    assert "predicted 1, is 2, 93.0%" in said(app)
    assert f"no image folder* {EVIL}" in said(app)
    assert not any(EVIL in element.value for element in [*app.markdown, *app.caption])
    assert not any(EVIL in element.label for element in app.button)


def test_a_pressed_sample_is_shown_with_all_its_fields(store: Store) -> None:
    store.collection.insert_one(sample(store, lens="dirty"))
    app = open_page()
    app.button(key="open 0").click().run()
    fields = next(frame.value for frame in app.dataframe if "field" in frame.value)
    assert fields.set_index("field").loc["lens", "value"] == "dirty"


def test_pages_are_turned_through_the_address(store: Store) -> None:
    store.collection.insert_many([sample(store, number) for number in range(PAGE + 1)])
    app = open_page()
    assert f"{PAGE + 1:,} samples; page 1 of 2." in said(app)
    buttons = {button.label: button for button in app.button}
    assert (buttons["Previous"].disabled, buttons["Next"].disabled) == (True, False)
    app = buttons["Next"].click().run()
    assert "page 2 of 2." in said(app)
    assert files(app) == [f"{PAGE:04d}.png"]


@pytest.mark.parametrize("place", ["nonsense", "00000000.abc"])
def test_a_place_of_another_selection_begins_at_the_first_page(store: Store, place: str) -> None:
    store.collection.insert_one(sample(store))
    assert files(open_page(at=place)) == ["0000.png"]
