"""The sidebar shows what a page uses: what it does not show changes nothing on the page."""

import pytest
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.address.uses import ALL_CHOICES, USES, used_by
from monitor_core.mongo.store import Store
from tests.app_pages import PAGES, visit

CHANGED = {
    "period": {"period": "7d"},
    "basis": {"basis": "prediction day"},
    "average": {"average": "weighted"},
    "granularity": {"granularity": "week"},
    "comparison": {"against": "previous period"},
}
SHOWN = {"period": "period", "basis": "basis", "average": "average", "granularity": "granularity"}
PLACES = {"logging": "operate/logger"} | {page.split("/")[1]: page for page in PAGES if "logger" not in page}


def page_of(place: str, **query: str) -> AppTest:
    return visit(PLACES[place], **query)


def content(app: AppTest) -> list[str]:
    """The page's texts and charts, but for links to other pages."""
    main = [*app.main.markdown, *app.main.caption, *app.main.metric, *app.main.info, *app.main.subheader]
    return [*(element.value for element in main), *(chart.proto.alt for chart in app.main.get("vega_lite_chart"))]


def test_every_page_that_is_named_is_there() -> None:
    assert set(USES) <= set(PLACES)


@pytest.mark.parametrize("place", USES)
def test_what_a_page_does_not_use_is_out_of_sight_and_changes_nothing(with_demo: Store, place: str) -> None:
    unused = [name for name in ALL_CHOICES if name not in used_by(place) and name in CHANGED]
    before = page_of(place)
    radios = {element.key for element in before.sidebar.segmented_control}
    for name, key in SHOWN.items():
        assert (f"{key} shown" in radios) == (name in used_by(place)), name
    assert ("against shown" in {box.key for box in before.sidebar.selectbox}) == ("comparison" in used_by(place))
    query = {key: value for name in unused for key, value in CHANGED[name].items()}
    after = page_of(place, **query)
    assert not after.exception
    assert content(after) == content(before)


@pytest.mark.parametrize("place", ["samples_by_class", "metrics_by_class", "reviews", "samples"])
def test_what_a_page_uses_changes_it(with_demo: Store, place: str) -> None:
    before = content(page_of(place))
    for name in sorted(used_by(place) & {"period", "basis", "granularity", "comparison"}):
        assert content(page_of(place, **CHANGED[name])) != before, name
