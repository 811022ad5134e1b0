"""The page Samples: the gallery, its counts and pages, and why there is nothing."""

from typing import Any

import pytest

from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.sample_pages import PAGE
from monitor_core.mongo.store import Store
from tests.app_pages import said

EVIL = "![x](http://example.invalid/a.png)"


def test_an_empty_database_is_said(open_page: Any) -> None:
    assert "does not exist" in said(open_page())


def test_what_nothing_is_as_asked_for_is_said_with_the_remedy(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_one(sample())
    assert "Choose a longer period, or fewer filters" in said(open_page(outcome="wrong"))
    assert "no review day" in said(open_page(outcome="not reviewed", basis="review day"))
    assert "no review day" in said(open_page(target=["1", "not reviewed"], prediction="2", basis="review day"))


def test_a_sample_is_said_in_a_line_and_its_name_is_text(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_one(sample(filename=EVIL, target=2, confidence=0.93))
    app = open_page()
    assert "predicted 1, is 2, 93.0%" in said(app)
    assert ":red-badge[:material/close: wrong]" in said(app)
    assert f"no image folder* {EVIL}" in said(app)
    assert not any(EVIL in element.value for element in [*app.markdown, *app.caption])
    assert not any(EVIL in element.label for element in [*app.button, *app.checkbox])


def test_the_counts_by_outcome_stand_above_the_gallery(store: Store, sample: Any, open_page: Any) -> None:
    reviews = [1, 1, 1, 2, 2, False, None]
    store.collection.insert_many([sample(number, target=target) for number, target in enumerate(reviews)])
    app = open_page(basis="prediction day")
    numbers = " ".join(
        f":{mark}]"
        for mark in (
            "green-badge[:material/check: 3 right",
            "red-badge[:material/close: 2 wrong",
            "orange-badge[:material/block: 1 rejected",
            "grey-badge[:material/schedule: 1 not reviewed",
        )
    )
    texts = [element.value for element in app.main if hasattr(element, "value")]
    assert "7 samples; page 1 of 1." in said(app)
    assert texts.index(numbers) < texts.index(":green-badge[:material/check: right]")


def test_the_tags_of_a_sample_stand_in_its_tile(store: Store, sample: Any, open_page: Any) -> None:
    store.collection.insert_many([sample(number) | {"_id": number} for number in range(2)])
    Tags(store).add([1], "label is *wrong*", "ana", store.now())
    tags = [caption.value for caption in open_page().caption if ":material/sell:" in caption.value]
    assert tags == [r":material/sell: label is \*wrong\*"]


def test_pages_are_turned_through_the_address(store: Store, sample: Any, open_page: Any, files: Any) -> None:
    store.collection.insert_many([sample(number) for number in range(PAGE + 1)])
    app = open_page()
    assert f"{PAGE + 1:,} samples; page 1 of 2." in said(app)
    buttons = {button.label: button for button in app.button}
    assert (buttons["Previous"].disabled, buttons["Next"].disabled) == (True, False)
    app = buttons["Next"].click().run()
    assert "page 2 of 2." in said(app)
    assert files(app) == [f"{PAGE:04d}.png"]


@pytest.mark.parametrize("place", ["nonsense", "00000000.abc"])
def test_a_place_of_another_selection_begins_at_the_first_page(
    store: Store, sample: Any, open_page: Any, files: Any, place: str
) -> None:
    store.collection.insert_one(sample())
    assert files(open_page(at=place)) == ["0000.png"]
