"""Samples chosen in the gallery: counted, exported and tagged."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.samples import chosen
from monitor_core.mongo.connection import id_key
from monitor_core.mongo.filtering.tags import Tags
from monitor_core.mongo.sample_pages import PAGE
from monitor_core.mongo.store import Store
from tests.app_pages import said


@pytest.fixture
def pages(store: Store, sample: Any) -> Store:
    """Two pages of samples."""
    store.collection.insert_many([sample(number) | {"_id": number} for number in range(PAGE + 2)])
    return store


def choose(app: AppTest, *numbers: int) -> AppTest:
    for number in numbers:
        box = next(box for box in app.checkbox if str(box.key).startswith(f"choose {number} "))
        (box.uncheck if box.value else box.check)().run()
    return app


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def downloads(app: AppTest) -> list[str]:
    return [button.label for button in app.main.get("download_button")]


def checked(app: AppTest) -> int:
    return sum(box.value for box in app.checkbox)


def test_a_selection_is_kept_from_page_to_page_until_it_is_cleared(pages: Store, open_page: Any) -> None:
    app = choose(open_page(), 0, 1)
    assert (checked(app), "2 samples selected" in said(app)) == (2, True)
    app = choose(press(app, "Next"), 0)
    assert (checked(app), "3 samples selected" in said(app)) == (1, True)
    app = choose(press(app, "Previous"), 1)
    assert (checked(app), "2 samples selected" in said(app)) == (1, True)
    app = press(app, "Clear the selection")
    assert (checked(app), "selected" in said(app)) == (0, False)


def test_a_whole_page_is_selected_at_once(pages: Store, open_page: Any) -> None:
    app = press(open_page(), "Select this page")
    assert (checked(app), f"{PAGE} samples selected" in said(app)) == (PAGE, True)
    assert f"{PAGE} samples selected" in said(press(app, "Select this page"))


def test_the_selected_can_be_exported(pages: Store, open_page: Any) -> None:
    assert downloads(open_page()) == []
    assert downloads(choose(open_page(), 0, 3)) == ["CSV of the selected", "Parquet of the selected"]


def test_the_selected_are_tagged_and_untagged(pages: Store, open_page: Any) -> None:
    Tags(pages).add([PAGE], "blurred", "ana", pages.now())
    app = choose(open_page(), 0, 3)
    app.selectbox(key=chosen.TAG).set_value("blurred")
    app = press(app, "Add to the selected")
    assert sorted(Tags(pages).tagged(["blurred"])) == [0, 3, PAGE]
    app = choose(app, 0)
    app.selectbox(key=chosen.TAG).set_value("blurred")
    press(app, "Remove from the selected")
    assert Tags(pages).read([0, 3]) == {id_key(0): ("blurred",)}


def test_why_a_tag_is_refused_is_said(pages: Store, open_page: Any) -> None:
    app = press(choose(open_page(), 0), "Add to the selected")
    assert "A tag needs a text." in said(app)
    assert Tags(pages).in_use() == []


def test_readers_export_and_do_not_tag(pages: Store, open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen, "may_edit", lambda: False)
    app = choose(open_page(), 0)
    assert len(downloads(app)) == 2
    assert "Add to the selected" not in [button.label for button in app.button]
    chosen.change_tag([], "blurred", adds=True)
    assert Tags(pages).in_use() == []
