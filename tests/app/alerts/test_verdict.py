"""The first line of Overview, and the sign in the browser's tab."""

from xml.etree import ElementTree

from monitor_core.app.alerts.verdict import ICON, MARKS
from monitor_core.mongo.store import Store
from monitor_core.reports.state.verdict import read_verdict
from tests.app_pages import said, visit


def test_the_first_line_of_overview_is_the_verdict(ringing: Store) -> None:
    app = visit()
    of_model = read_verdict(ringing)
    assert f"{of_model.title}.** {of_model.sentence}" in said(app)
    (first, *_), heading = [element.value for element in app.markdown], app.header[0].value
    assert (first.startswith("**:red[▲] Worse since "), heading) == (True, "Overview")
    links = [element.proto.label for element in app.get("page_link")]
    assert {of_model.alerts_in_words, of_model.freshness} <= set(links)


def test_the_icons_are_images_that_differ_in_form() -> None:
    outlines = {ElementTree.fromstring(ICON.format(mark))[0].tag for mark in MARKS.values()}  # noqa: S314
    signs = {ElementTree.fromstring(ICON.format(mark))[1].get("d") for mark in MARKS.values()}  # noqa: S314
    assert (len(outlines), len(signs)) == (2, 3)
