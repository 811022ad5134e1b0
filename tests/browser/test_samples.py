"""From a number to its images, in a real browser."""

import csv
import io
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from monitor_core.contract import wording
from monitor_core.contract.calendar import preset
from tests.browser.shown import PHONE, OpenTab, Report, asked, assert_no_error, range_of, today
from tests.browser.visit import wait_for_page
from tests.documents import fields

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tools")]


def told(page: Page) -> Any:
    """How many samples there are, and which page of them it is."""
    return page.get_by_text(re.compile(r"^[\d,]+ samples; page"))


def click(page: Page, chart: str, mark: str) -> None:
    """On the middle of a mark, whatever is written over it."""
    page.get_by_label(re.compile(chart)).locator(f"[aria-label*='{mark}']").first.click(force=True)


def exported(page: Page) -> list[dict[str, str]]:
    link = page.get_by_role("link", name="CSV").evaluate("a => a.href")
    with urllib.request.urlopen(link, timeout=30) as answer:  # noqa: S310 - our own http address
        return list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"), newline="")))


def test_a_cell_of_the_matrix_opens_its_images_and_the_way_back_stays_open(
    address: str, open_tab: OpenTab, report: Report
) -> None:
    period = preset("90d", today())
    result = report(period.first, period.last)["confusion"]
    matrix = {
        (target, prediction): result["counts"][row][column]
        for row, target in enumerate(result["labels"])
        for column, prediction in enumerate(result["labels"])
        if target != prediction
    }
    (target, prediction), count = max(matrix.items(), key=lambda one: one[1])
    assert count
    page = open_tab(f"{address}/metrics_by_class?period=90d")
    wait_for_page(page, "metrics_by_class")
    steps = page.evaluate("history.length")
    click(page, "^Confusion matrix", f"prediction: {prediction}; target (true class): {target};")
    wait_for_page(page, "samples")
    # Streamlit's own two, what is asked for and then the page: a third would be the same samples of another period.
    assert page.evaluate("history.length") == steps + 2
    expect(told(page)).to_have_text(f"{wording.count(count, 'sample')}; page 1 of {-(-count // 24)}.")
    assert asked(page) == {"period": ["90d"], "target": [f"{target}"], "prediction": [f"{prediction}"]}
    images = page.get_by_role("img", name=re.compile(rf"^digit-\d+\.jpg: predicted {prediction}, is {target}"))
    expect(images).to_have_count(min(count, 24))
    rows = exported(page)
    assert {(row["target"], row["prediction"]) for row in rows} == {(f"{target}", f"{prediction}")}
    assert len(rows) == count
    page.go_back()
    wait_for_page(page, "metrics_by_class")
    page.go_forward()
    wait_for_page(page, "samples")
    expect(images).to_have_count(min(count, 24))


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_day_opens_that_day_wherever_the_visitor_is(
    address: str, open_tab: OpenTab, report: Report, zone: str
) -> None:
    period = preset("90d", today())
    days = report(period.first, period.last)["by_day"]
    day, most = max(days.items(), key=lambda one: int(one[1]["validated"]))
    page = open_tab(f"{address}/?period=90d&granularity=day", timezone_id=zone)
    wait_for_page(page, "")
    click(page, "^Accuracy by day", f"day: {day}; samples: {most['validated']}")
    wait_for_page(page, "samples")
    expect(told(page)).to_have_text(re.compile(f"^{most['validated']} samples; "))
    assert asked(page) == {"period": ["90d"], "granularity": ["day"], "day": [day]}


def test_the_pages_are_turned_to_the_end_and_back(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/samples?period=90d&outcome=right&order=most+confident")
    wait_for_page(page, "samples")
    expect(told(page)).to_have_text(re.compile("page 1 of"))
    page.get_by_role("button", name="Next", exact=True).click()
    expect(told(page)).to_have_text(re.compile("page 2 of"))
    page.reload()
    expect(told(page)).to_have_text(re.compile("page 2 of"))
    page.get_by_role("button", name="Last", exact=True).click()
    expect(told(page)).to_have_text(re.compile(r"page (\d+) of \1\."))
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_disabled()
    page.go_back()
    expect(told(page)).to_have_text(re.compile("page 2 of"))


def test_strange_file_names_show_a_placeholder_and_a_sample_opens_with_its_fields(
    address: str, open_tab: OpenTab, predictions: Any
) -> None:
    noon = datetime(2021, 6, 6, 12, tzinfo=UTC)  # apart from the demo
    names = ["../../etc/passwd", "/etc/passwd", "![x](http://127.0.0.1:1/a.png)", "<b>gone</b>.png"]
    made = [
        fields(filename=name, prediction=1, validated=2, predicted_at=noon, camera="**left**")
        | fields(validated_at=noon + timedelta(minutes=n))
        for n, name in enumerate(names)
    ]
    predictions.insert_many(made)
    try:
        page = open_tab(f"{address}/samples?{range_of(noon.date(), noon.date())}")
        wait_for_page(page, "samples")
        expect(page.get_by_text("outside the folder")).to_have_count(2)
        expect(page.get_by_text("not found")).to_have_count(2)
        assert page.get_by_test_id("stImage").count() == 0
        page.get_by_role("button", name="<b>gone</b>.png").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("predicted 1, is 2")).to_be_visible()
        expect(dialog.get_by_test_id("stDataFrame")).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        assert_no_error(page)
    finally:
        predictions.delete_many({"_id": {"$in": [one["_id"] for one in made]}})


@pytest.mark.parametrize("query", ["target=cat&prediction=%00&confidence=2&confidence=x&day=2026-02-30&at=x.y"])
def test_nonsense_in_the_address_shows_a_usual_page(address: str, open_tab: OpenTab, query: str) -> None:
    page = open_tab(f"{address}/samples?period=90d&{query}")
    wait_for_page(page, "samples")
    expect(told(page)).to_have_text(re.compile("page 1 of"))
    assert_no_error(page)


def test_a_phone_shows_images_side_by_side(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/samples?period=90d", **PHONE)
    wait_for_page(page, "samples")
    expect(page.get_by_test_id("stImage")).to_have_count(24)
    # Both at one moment: what is above them may still be growing.
    boxes = page.get_by_test_id("stImage").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    first, second = boxes[:2]
    assert abs(first["y"] - second["y"]) < 5
    assert second["x"] > first["x"]


def opened_file(page: Page) -> str:
    """The file name in the dialog, once its run is over."""
    expect(page.get_by_role("dialog").get_by_role("button", name="More like this")).to_be_visible()
    return page.get_by_role("dialog").locator("strong").first.inner_text()


def test_an_opened_sample_fits_the_screen_and_its_keys_and_address_lead_to_others(
    address: str, open_tab: OpenTab
) -> None:
    page = open_tab(f"{address}/samples?period=90d&outcome=wrong&file=digit-1")
    wait_for_page(page, "samples")
    tiles = page.locator("[class*=st-key-open] button")
    expect(tiles.nth(2)).to_be_visible()
    names = tiles.all_inner_texts()[:3]
    tiles.first.click()
    dialog = page.get_by_role("dialog")
    for key, name in (("", names[0]), ("ArrowRight", names[1]), ("ArrowRight", names[2]), ("ArrowLeft", names[1])):
        if key:
            page.keyboard.press(key)
        expect(dialog.locator("strong").first).to_have_text(name)
    box, screen = dialog.get_by_test_id("stImage").first.bounding_box(), page.viewport_size
    assert box
    assert screen
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= screen["height"]
    link = page.url
    page.go_back()
    expect(dialog.locator("strong").first).to_have_text(names[2])
    page.goto(link)
    assert opened_file(page) == names[1]
    caption = dialog.get_by_text(re.compile(r"predicted \d, (is|rejected)")).first.inner_text()
    dialog.get_by_role("button", name="More like this").click()
    expect(dialog).to_have_count(0)
    wait_for_page(page, "samples")
    prediction = re.search(r"predicted (\d)", caption)
    assert prediction
    address_of_alike = asked(page)
    assert address_of_alike["prediction"] == [prediction[1]]
    assert set(address_of_alike) == {"period", "target", "prediction"}
    expect(page.get_by_text(re.compile(f"^predicted {prediction[1]}, (is|rejected)")).first).to_be_visible()
    page.go_back()
    assert opened_file(page) == names[1]
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(re.compile("^[^?]*[?](?!.*sample=)"))
    assert_no_error(page)


def test_selected_samples_are_exported_and_tagged(address: str, open_tab: OpenTab, predictions: Any) -> None:
    page = open_tab(f"{address}/samples?period=90d&outcome=wrong")
    wait_for_page(page, "samples")
    boxes, tags = page.get_by_test_id("stCheckbox"), predictions.database["monitor_tags"]
    tiles = page.locator("[class*=st-key-open] button")
    expect(tiles.nth(2)).to_be_visible()
    names = tiles.all_inner_texts()
    try:
        for number in (0, 2):
            boxes.nth(number).click()
            expect(page.get_by_text(re.compile(rf"^{number // 2 + 1} samples? selected$"))).to_be_visible()
        with page.expect_download() as saved:
            page.get_by_role("button", name="CSV of the selected").click()
        rows = csv.DictReader(io.StringIO(saved.value.path().read_text("utf-8-sig"), newline=""))
        assert [row["file"] for row in rows] == [names[0], names[2]]
        page.get_by_role("button", name="Tag", exact=True).click()
        page.get_by_role("combobox", name="Tag").fill("label is wrong")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add to the selected").click()
        tagged = page.get_by_test_id("stCaptionContainer").filter(has_text="label is wrong")
        expect(tagged).to_have_count(2)
        page.goto(f"{address}/samples?period=90d&tag=label+is+wrong")
        expect(told(page)).to_have_text(re.compile("^2 samples; page 1 of 1"))
        assert_no_error(page)
    finally:
        tags.delete_many({})


def test_several_classes_stand_in_the_address(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/samples?period=90d&target=3&target=8")
    wait_for_page(page, "samples")
    page.wait_for_function("[...document.images].every(image => image.complete)")  # or the next run removes them before
    page.get_by_role("combobox", name="Target (true class)").fill("rejected")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("target=3&target=8&target=rejected"))
    page.keyboard.press("Escape")  # while the list is open, all else is hidden from screen readers
    wait_for_page(page, "samples")
    assert {row["target"] for row in exported(page)} == {"3", "8", ""}
