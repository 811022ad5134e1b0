"""Links to the view, with the period as it is named and with its days."""

from monitor_core.contract.calendar import preset
from monitor_core.contract.wording import written
from monitor_core.mongo.store import Store
from tests.app.performance.shown import open_page, today
from tests.app_pages import visit


def links(page: str = "performance/overview", **query: object) -> list[str]:
    return [code.value.rpartition("/")[2] for code in visit(page, **query).sidebar.code]


def test_a_view_has_a_link_that_moves_on_and_one_of_its_days(with_demo: Store) -> None:
    days = written(preset("30d", today()))
    assert links() == ["?period=30d", f"?period={days}"]
    assert links(basis="prediction day")[0] == "?period=30d&basis=prediction+day"


def test_fixed_days_have_one_link_in_whatever_form_the_address_has_them(with_demo: Store) -> None:
    one = ["?period=2026-10-01..2026-10-31&average=weighted"]
    assert links(period="2026-10-01..2026-10-31", average="weighted") == one
    assert links(period="custom", range=["2026-10-01", "2026-10-31"], average="weighted") == one


def test_a_page_that_ends_early_or_drops_a_part_of_the_address_has_links_too(with_demo: Store) -> None:
    assert links("performance/metrics", metric="banana", period="7d")[0] == "?period=7d"
    assert len(links(period="2001-01-01..2001-01-02")) == 1
    assert not open_page(period="2001-01-01..2001-01-02").exception
