"""Order, search and table of the classes, on pages of two to a thousand of them."""

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.performance.shown import CHARTS, assert_shown, open_page, reviewed
from tests.app_pages import alts, said

PAGES = {"metrics_by_class": "sort", "samples_by_class": "sort_samples", "training_data": "sort_training"}
every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
def many(write: Callable[..., None]) -> None:
    """Seventy classes; 60 and 61 are the worst."""
    wrong = [reviewed(60, 61, 2) for _ in range(6)] + [reviewed(61, 60, 2) for _ in range(5)]
    write([reviewed(n, n, 2) for n in range(70) for _ in range(5)] + wrong)


def table(app: AppTest) -> Any:
    """Return the table of the classes, the first of the page."""
    return app.dataframe[0].value


@every_page
def test_the_table_has_every_class_in_the_order_of_the_address(many: None, page: str) -> None:
    app = open_page(page, **{PAGES[page]: "name"})
    assert_shown(app, page)
    assert table(app)["Class"].tolist() == [str(n) for n in range(70)]
    assert "Bars: classes 1–30 of 70." in said(app)
    extra = 1 if page == "metrics_by_class" else 0  # the pairs that are confused most
    assert len(alts(app)) == CHARTS[page] + extra


def test_the_worst_come_first(many: None) -> None:
    assert set(table(open_page("metrics_by_class"))["Class"].head(2)) == {"60", "61"}


@every_page
def test_every_class_is_on_some_page_of_the_bars(many: None, page: str) -> None:
    app = open_page(page, **{PAGES[page]: "name", "classes": "3"})
    assert "Bars: classes 61–70 of 70." in said(app)


@every_page
def test_a_search_of_the_address_keeps_what_it_finds(many: None, page: str) -> None:
    app = open_page(page, search="6")
    assert sorted(table(app)["Class"]) == sorted(str(n) for n in range(70) if "6" in str(n))
    assert "Bars" not in said(app)


def test_a_search_for_nothing_says_so_and_lists_all(many: None) -> None:
    app = open_page("metrics_by_class", search="![x](http://evil.invalid)")
    assert_shown(app, "metrics_by_class")
    assert "No class has “![x](http" in said(app)
    assert len(table(app)) == 70


def test_a_search_from_a_later_page_begins_at_the_first(many: None) -> None:
    app = open_page("metrics_by_class", sort="name", classes="3")
    app.text_input(key="search").set_value("1").run()
    assert_shown(app, "metrics_by_class")
    assert "1" in table(app)["Class"].tolist()


def test_an_address_with_a_page_too_many_shows_the_first(many: None) -> None:
    app = open_page("metrics_by_class", classes="99")
    assert_shown(app, "metrics_by_class")
    assert "Bars: classes 1–30 of 70." in said(app)


@every_page
def test_two_classes_need_no_search(write: Callable[..., None], page: str) -> None:
    write([reviewed(n, n, 2) for n in range(2) for _ in range(5)])
    app = open_page(page)
    assert_shown(app, page)
    assert not [field for field in app.text_input if field.key == "search"]
    assert table(app)["Class"].tolist() == ["0", "1"]


def test_beside_a_pie_stand_counts_and_shares_and_a_name_stays_text(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "<b>dent</b>"}')
    write([reviewed(0, 0, 2) for _ in range(3)] + [reviewed(1, 1, 2)])
    lists = [html.proto.body for html in open_page("samples_by_class").get("html") if "<ul" in html.proto.body]
    assert len(lists) == 1
    assert "&lt;b&gt;dent&lt;/b&gt;" in lists[0]
    assert "3 · 75.0%" in lists[0]
    assert "<b>" not in lists[0]
