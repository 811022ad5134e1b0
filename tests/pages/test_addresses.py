"""Whatever an address holds, the page is there, and says what of the address it could not use."""

from typing import Any

import pytest

from monitor_core.mongo.store import Store
from tests.app_pages import OVERVIEW, PAGES, said, visit

OWN = {  # what a page has in its address besides what all have
    OVERVIEW: ("focus",),
    "performance/metrics": ("metric",),
    "performance/metrics_by_class": ("cells",),
    "investigate/calibration": ("class", "bins"),
    "investigate/data_quality": ("kind",),
    "investigate/samples": ("target", "prediction", "outcome", "day", "confidence", "order", "at"),
    "operate/drift": ("preset",),
    "operate/alerts": ("alert", "edit", "state", "severity", "rule", "feed"),
    "operate/logger": ("profile",),
}
ON_ALL = ("period", "range", "basis", "average", "granularity", "against", "reference", "refresh", "where_camera")
EVIL = "banana'\"\\<b>![x](http://a.example) $x$ \0\u202e{{1}}"
HOSTILE: dict[str, Any] = {
    "empty": "",
    "markup": EVIL,
    "doubled": ["1", "1", "x"],
    "numbers": ["1e999", "-1"],
    "days": ["2026-02-30", "9999-12-31", "0001-01-01"],
    "long": "9" * 5000,
}
UNUSABLE = "This page cannot use part of its address"


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_address_breaks_a_page(with_demo: Store, page: str, hostile: str) -> None:
    app = visit(page, **dict.fromkeys((*ON_ALL, *OWN.get(page, ())), HOSTILE[hostile]))
    assert [element.value for element in app.exception] == []
    assert "under the reference" not in said(app)
    assert [element.value for element in app.error if "There is no alert" not in element.value] == []
    assert len(app.header) == 1


@pytest.mark.parametrize("name", ["period", "basis", "average", "granularity", "against", "range", "refresh", "focus"])
@pytest.mark.parametrize("value", ["", "banana", ["banana", "1e5"]])
def test_the_page_says_what_it_could_not_use_and_shows_its_own_choice(
    with_demo: Store, name: str, value: str | list[str]
) -> None:
    app, plain = visit(**{name: value}), visit()
    for part in [value] if isinstance(value, str) else value:
        assert f'"{name}={part}"' in said(app)
    assert [tile.value for tile in app.metric] == [tile.value for tile in plain.metric]
    assert UNUSABLE not in said(plain)
    assert UNUSABLE not in said(app.run())  # it has been said


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("investigate/samples", "target"),
        ("investigate/samples", "day"),
        ("investigate/samples", "confidence"),
        ("investigate/calibration", "class"),
        ("performance/metrics_by_class", "cells"),
        ("operate/drift", "preset"),
        ("operate/alerts", "severity"),
    ],
)
def test_each_page_says_so_of_its_own_parts(with_demo: Store, page: str, name: str) -> None:
    assert f'{UNUSABLE}: "{name}=banana".' in said(visit(page, **{name: "banana"}))


@pytest.mark.parametrize(
    "query",
    [
        {"period": "7d"},
        {"period": "30d"},
        {"period": "custom", "range": ["2026-01-01", "2026-01-31"]},
        {"basis": "prediction day", "average": "weighted", "granularity": "week", "against": "previous period"},
        {"somebody": "else's"},
    ],
)
def test_of_an_address_that_can_be_used_nothing_is_said(with_demo: Store, query: dict[str, Any]) -> None:
    assert UNUSABLE not in said(visit(**query))
