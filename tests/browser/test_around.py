"""Around the charts: files, report, annotations, refresh, dimming, accessibility, and dates in any language."""

import csv
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from monitor_core.contract import wording
from monitor_core.contract.calendar import preset
from monitor_core.scores.metrics import METRICS
from monitor_core.scores.shares import FEWEST
from monitor_core.settings.settings import ROOT
from tests.browser import visit
from tests.browser.shown import OpenTab, Report, menus, score_in, serious, tiles, tiles_of, today
from tests.browser.slow import slow_way
from tests.browser.visit import choose, wait_for_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("tools")]

OPACITY = """element => {
  let product = 1;
  for (let at = element; at; at = at.parentElement) product *= Number(getComputedStyle(at).opacity);
  return product;
}"""
MONTHS = re.compile(  # English, German, Spanish
    r"\b(jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic)[a-zä]*\b", re.IGNORECASE
)


def saved(page: Page, title: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=title).press("Enter")
    return Path(download.value.path()).read_bytes()


# ---- files


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_s_files_are_saved_by_keyboard_and_hold_what_it_shows(
    address: str, open_tab: OpenTab, report: Report, scheme: str
) -> None:
    page = open_tab(f"{address}/metrics?period=30d&granularity=day", color_scheme=scheme)
    wait_for_page(page, "metrics")
    menus(page).nth(1).press("Enter")  # accuracy stands second

    rows = list(csv.DictReader(io.StringIO(saved(page, "Data (CSV)").decode("utf-8-sig"))))
    period = preset("30d", today())
    assert list(rows[0])[:5] == ["day", "reviewed", "value", "low", "high"]
    assert list(rows[0])[5:] == ["trend", "trend_low", "trend_high", "trend_samples"]
    assert [row["day"] for row in rows] == [str(day) for day in period.days]
    result = report(period.first, period.last)["by_day"]
    for row in rows:
        scores = result.get(row["day"])
        assert (row["value"] == "") == (scores is None or scores["validated"] < FEWEST)
        if row["value"]:
            assert float(row["value"]) == pytest.approx(scores["accuracy"])
            assert [float(row["low"]), float(row["high"])] == pytest.approx(scores["accuracy_interval"])
            assert int(row["reviewed"]) == scores["validated"]

    drawing = saved(page, "Drawing (SVG)").decode("utf-8")
    assert drawing.startswith("<svg")
    assert "currentColor" not in drawing
    assert {str(period.first)[:7], str(period.last)[:7]} & set(re.findall(r">(\d{4}-\d\d)-\d\d<", drawing))

    picture = Image.open(io.BytesIO(saved(page, "Picture (PNG)"))).convert("L")
    assert picture.width > 1000
    assert picture.getpixel((0, 0)) == 255
    assert picture.getextrema()[0] < 60  # dark ink on white, whatever the theme


# ---- the report


def test_the_html_report_opens_without_a_network_and_has_the_command_line_s_numbers(
    address: str, open_tab: OpenTab, report: Report, chromium: Browser, tmp_path: Path
) -> None:
    page = open_tab(f"{address}/?period=90d&average=weighted")
    wait_for_page(page, "")
    with page.expect_download() as download:
        page.get_by_role("button", name="Report (HTML)").press("Enter")
    file = tmp_path / "report.html"
    download.value.save_as(file)
    period = preset("90d", today())
    assert download.value.suggested_filename == f"performance-{period.first}-to-{period.last}.html"
    expected = report(period.first, period.last)

    context = chromium.new_context(offline=True, viewport={"width": 400, "height": 800})
    alone, requests, said = context.new_page(), list[str](), list[str]()
    alone.on("request", lambda request: requests.append(request.url))
    alone.on("console", lambda message: said.append(message.text))
    alone.goto(file.as_uri())
    assert requests == [file.as_uri()]
    assert said == []
    scores = {"Accuracy": (expected, "accuracy")}
    for kind in ("macro", "weighted"):
        for metric, title in (("precision", "precision"), ("recall", "recall"), ("f1", "F1")):
            scores[f"{kind.capitalize()} {title}"] = (expected[kind], metric)
    for title, (of, metric) in scores.items():
        row = alone.get_by_role("row").filter(has=alone.get_by_role("rowheader", name=title, exact=True))
        interval = "bounds, " if of[metric] is None else wording.bounds(*of[f"{metric}_interval"])
        expect(row.get_by_role("cell")).to_have_text([score_in(of, metric), re.compile(f"^{interval}")])
    expect(alone.get_by_text(f"{expected['validated']:,} reviewed samples")).to_be_visible()
    assert alone.get_by_role("heading", level=2).all_text_contents() == list(visit.TITLES.values())[1:5]
    charts = alone.locator("figure > [role=img]")
    assert charts.count() == len(alone.locator("figure").all()) == 10 + len(METRICS)  # one over time for each
    assert all(len(one.get_attribute("aria-label") or "") > 10 for one in charts.all())
    data = alone.locator("figure").filter(has_text="Confusion matrix").locator("tbody tr td:nth-child(3)")
    assert sum(int(text) for text in data.all_text_contents()) == expected["validated"]
    assert alone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(alone) == set()
    alone.emulate_media(color_scheme="dark")
    assert serious(alone) == set()
    context.close()


# ---- annotations


def test_an_annotation_is_added_shown_on_every_chart_over_time_and_removed(
    address: str, open_tab: OpenTab, demo_variables: dict[str, str]
) -> None:
    page = open_tab(f"{address}/metrics?period=30d")
    wait_for_page(page, "metrics")
    menu = page.get_by_test_id("stSidebar").get_by_role("button", name="Annotations")
    menu.press("Enter")
    page.get_by_label("What happened").fill("![v2](http://evil.invalid/x.png) <b>out</b>")
    page.get_by_role("button", name="Annotate").press("Enter")
    expect(page.get_by_text("Enter your name")).to_be_visible()
    page.get_by_test_id("stPopoverBody").get_by_label("Your name").fill("Ada")
    page.get_by_role("button", name="Annotate").press("Enter")
    label = f"deployment, {wording.day(today())}: ![v2](http://evil.invalid/x.png) <b>out</b>"
    noted = page.locator(f"[data-testid=stVegaLiteChart][aria-label*='{label}']")
    expect(noted).to_have_count(5)
    expect(page.locator("svg.marks text").get_by_text("deployment")).to_have_count(5)
    listed = _command(demo_variables, "annotations", "--format", "json")
    assert f'"day": "{today()}"' in listed
    assert '"by": "Ada"' in listed
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Remove").first.click()  # of the newest
    expect(noted).to_have_count(0)
    left = json.loads(_command(demo_variables, "annotations", "--format", "json"))
    assert str(today()) not in {annotation["day"] for annotation in left}  # the demo has one of its own


def test_an_annotation_of_the_command_line_is_shown(
    address: str, open_tab: OpenTab, demo_variables: dict[str, str]
) -> None:
    _command(demo_variables, "annotate", "retraining", "--day", str(today()), "--by", "cron", "--text", "weekly")
    try:
        page = open_tab(f"{address}/samples_by_class?period=30d")
        noted = page.locator(f"[aria-label*='retraining, {wording.day(today())}: weekly'][data-testid=stVegaLiteChart]")
        deadline = time.monotonic() + 60  # reports are kept for a while, and a busy machine is slow
        while not noted.count():
            assert time.monotonic() < deadline, "the annotation is not shown"
            page.reload()
            wait_for_page(page, "samples_by_class")
        expect(page.locator("svg.marks text").get_by_text("retraining")).to_have_count(1)
    finally:
        every = json.loads(_command(demo_variables, "annotations", "--format", "json"))
        (number,) = (annotation["id"] for annotation in every if annotation["by"] == "cron")
        _command(demo_variables, "annotations", "--remove", number)


def _command(variables: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "monitor_core", *words]
    environment = visit.clean_environment(variables)
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


# ---- refresh, and dimming


COUNT_RUNS = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  window.runs = 0;
  new MutationObserver(() => { window.runs += app.dataset.testScriptState === "running"; }).observe(
    app, {attributeFilter: ["data-test-script-state"]});
}"""


def test_auto_refresh_runs_again_and_keeps_selection_place_and_what_is_half_typed(
    address: str, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})  # its clock is not that of other tests
    page = context.new_page()
    page.clock.install()
    page.goto(f"{address}/?period=7d&refresh=1+min&basis=prediction+day")
    wait_for_page(page, "")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Annotations").click()
    page.get_by_label("What happened").fill("half typed")
    main = page.get_by_test_id("stMain")
    main.evaluate("e => e.scrollTo(0, 300)")
    page.wait_for_timeout(500)
    page.locator(visit.SETTLED).wait_for()
    shown, place = page.url, main.evaluate("e => e.scrollTop")
    assert place > 100
    page.evaluate(COUNT_RUNS)
    page.clock.fast_forward(30_000)
    page.wait_for_timeout(500)
    assert page.evaluate("window.runs") == 0
    for passed in (1, 2):
        page.clock.fast_forward(61_000)
        page.wait_for_function(f"window.runs >= {passed}")
        page.locator(visit.SETTLED).wait_for()
    assert page.evaluate("window.runs") <= 4  # the timer's own run and that of the page may be seen as two
    assert page.url == shown
    assert main.evaluate("e => e.scrollTop") == place
    expect(page.get_by_label("What happened")).to_have_value("half typed")
    context.close()


def test_old_numbers_are_dimmed_while_the_new_ones_are_on_their_way(
    demo_variables: dict[str, str], open_tab: OpenTab, report: Report, tmp_path: Path
) -> None:
    weeks, months = (tiles_of(report(p.first, p.last)) for p in (preset("7d", today()), preset("90d", today())))
    with slow_way(demo_variables["MONITOR_MONGODB_URI"]) as way:
        variables = {**demo_variables, "MONITOR_MONGODB_URI": way.uri}
        with visit.app(variables, tmp_path / "app.log") as slow:
            page = open_tab(f"{slow}/?period=7d")
            wait_for_page(page, "")
            expect(tiles(page)).to_have_text(weeks)
            assert tiles(page).first.evaluate(OPACITY) == 1
            way.seconds = 0.2
            choose(page, "90d")
            page.locator('[data-testid="stApp"][data-test-script-state="running"]').wait_for()
            page.wait_for_timeout(350)
            assert tiles(page).all_text_contents() == weeks
            opacities = tiles(page).evaluate_all(f"all => all.map({OPACITY})")
            charts = page.get_by_test_id("stVegaLiteChart").evaluate_all(f"all => all.map({OPACITY})")
            assert max(opacities + charts) < 0.5
            expect(tiles(page)).to_have_text(months, timeout=30_000)
            page.locator(visit.SETTLED).wait_for(timeout=30_000)
            page.wait_for_timeout(400)
            assert tiles(page).first.evaluate(OPACITY) == 1
            way.seconds = 0.0
            page.goto("about:blank")


# ---- for everybody


def test_dates_are_iso_in_every_language(address: str, chromium: Browser) -> None:
    """The other tests speak English."""
    context = chromium.new_context(locale="de-DE", viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    days = re.compile(r"^\d{4}-\d\d-\d\d$")
    for name in ("", "metrics", "samples_by_class", "drift"):
        page.goto(f"{address}/{name}?period=custom&range=2026-01-05&range={today()}")
        wait_for_page(page, name)
        labels = page.locator("svg.marks .role-axis-label text").all_text_contents()
        assert any(days.match(label) for label in labels)
        # A class may have any name, but those of the demo are numbers.
        assert [label for label in labels if MONTHS.search(label)] == []
        typed = page.get_by_test_id("stSidebar").get_by_test_id("stDateInput").locator("visible=true").inner_text()
        assert re.sub(r"\s|⁦|⁩", "", typed).count("2026-01-05") == 1, typed
    context.close()


def test_the_keyboard_reaches_selection_menus_and_report(address: str, open_tab: OpenTab) -> None:
    page = open_tab(f"{address}/?period=30d")
    wait_for_page(page, "")
    reached = list[str]()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(document.activeElement.ariaLabel || document.activeElement.innerText).trim()"))
    names = "\n".join(reached)
    for name in ("30d", "Dates, averages and charts", "Annotations", "Report (HTML)", "Download", "Metrics"):
        assert re.search(rf"(?m)\b{re.escape(name)}", names), f"{name}: {reached}"
