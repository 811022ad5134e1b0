"""Pictures of the documentation, made from the demo: `python docs/make_screenshots.py`."""

import io
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
sys.path.insert(0, str(ROOT))

from monitor_core.cli import demo  # noqa: E402
from monitor_core.mongo import embedded  # noqa: E402
from monitor_core.mongo.store import Store  # noqa: E402
from monitor_core.settings.settings import Settings  # noqa: E402
from tests.browser import visit  # noqa: E402 - found by the line above

WIDE, PHONE = 1400, 400  # pixels
LARGEST_BYTES = 250_000
COLOURS = (256, 128, 64, 32)  # fewer, until a picture is small enough
MARGIN = 32  # pixels below the last thing on the page
PICTURES: list[tuple[str, str, dict[str, Any]]] = [  # file, page, what is unusual about the browser
    *((f"{name or 'overview'}.png", name, {}) for name in visit.TITLES if name not in ("data_quality", "about")),
    ("compare.png", "metrics_by_class", {"more": "&against=previous+period", "charts": 5}),
    ("overview_dark.png", "", {"color_scheme": "dark"}),
    ("overview_phone.png", "", {"width": PHONE}),
]
LOWEST = """() => Math.max(...[...document.querySelectorAll(
  "[data-testid=stMain] :is([data-testid=stElementContainer], [data-testid=stExpander]), [data-testid=stSidebar] p"
)].filter(e => e.checkVisibility({visibilityProperty: true})).map(e => e.getBoundingClientRect())
  .filter(box => box.width && box.right > 0).map(box => box.bottom + scrollY))"""


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        state = Path(temporary)
        with embedded.running(state / "mongodb", embedded.run_folder(state)) as uri:
            settings = {"MONITOR_MONGODB_URI": uri, "MONITOR_STATE_FOLDER": str(state)}
            odd = {"MONITOR_DATABASE": "odd", "MONITOR_STATE_FOLDER": str(state / "odd")}
            picture_of_odd_documents(settings | odd, state)
            fill(settings)
            with visit.app(settings, state / "app.log") as address, visit.chromium() as browser:
                for file, page, options in PICTURES:
                    write(FOLDER / file, picture(browser, address, page, **options))


def picture_of_odd_documents(settings: dict[str, str], state: Path) -> None:
    """Take the page on data quality over a few broken documents, for all of the demo's are in order."""
    at = [datetime.now(UTC) - timedelta(days) for days in range(6)]
    monitored = store(settings)
    f = monitored.fields
    odd = [{f.prediction: "seven"}, {f.confidence: 87.5}, {f.prediction: 7.5}]
    made = [
        {f.filename: f"odd-{number}.png", f.prediction: 7, f.confidence: 0.9, **one, f.predicted_at: day}
        for number, (day, one) in enumerate(product(at, odd))
    ]
    monitored.collection.insert_many(made)
    fill(settings)
    with visit.app(settings, state / "odd.log") as address, visit.chromium() as browser:
        write(FOLDER / "data_quality.png", picture(browser, address, "data_quality", charts=1))


def fill(settings: dict[str, str]) -> None:
    """Write the demo, and run the logger over it once."""
    print(demo.fill(store(settings), datetime.now(UTC), into_configured_database=True))
    run_worker(settings)


def store(settings: dict[str, str]) -> Store:
    values: dict[str, Any] = {name.removeprefix("MONITOR_").lower(): value for name, value in settings.items()}
    return Store(Settings(**values))


def run_worker(settings: dict[str, str]) -> None:
    worker = [sys.executable, "logger_worker.py", "--once"]
    subprocess.run(worker, cwd=ROOT, env=visit.clean_environment(settings), check=True)


def picture(
    browser: Browser,
    address: str,
    name: str,
    width: int = WIDE,
    color_scheme: str = "light",
    more: str = "",
    charts: int | None = None,
) -> bytes:
    """Return a picture of the whole page without the empty space below it."""
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=color_scheme)
    page.goto(f"{address}/{name}?period=30d{more}")
    visit.wait_for_page(page, name, charts)
    page.set_viewport_size({"width": width, "height": _height(page)})
    page.wait_for_timeout(500)  # a chart that was wider or narrower is drawn once more
    visit.wait_for_page(page, name, charts)
    page.set_viewport_size({"width": width, "height": _height(page)})
    taken = page.screenshot(animations="disabled")
    page.close()
    return taken


def _height(page: Page) -> int:
    return int(page.evaluate(LOWEST)) + MARGIN


def write(file: Path, png: bytes) -> None:
    """As few colours as it takes to stay small."""
    full = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in COLOURS:
        full.quantize(colours, dither=Image.Dither.NONE).save(file, optimize=True)
        if file.stat().st_size < LARGEST_BYTES:
            break
    print(f"{os.path.relpath(file)}: {full.width} x {full.height}, {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
