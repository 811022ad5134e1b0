"""The response time in a real browser, on the real app: from the click to the last chart drawn."""

import random
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks import results, sessions
from benchmarks.served import Served, served, visit
from monitor_core.contract.periods import UP_TO_TODAY

TABS = sessions.PAGES
SESSIONS, ROUNDS = 10, 5  # at once, and how often each changes its range
FIRST_VISITS = 5
SIZE = {"width": 1400, "height": 1000}
# What the page itself knows: when it was clicked, what came over the socket, and when the last change was painted.
# A message is seen only when the page is free for it, so that `got` says nothing of the server.
RECORDER = """() => {
  const now = () => performance.now();
  const seen = {
    begin() { Object.assign(seen, {began: now(), sent: 0, got: 0, bytes: 0, changed: 0, drawn: 0}); },
    waits: false,
    alive: 0,  // the last time that it was found busy
  };
  window.seen = seen;
  seen.begin();
  seen.began = 0;  // of the first visit: when its navigation began
  addEventListener("pointerdown", seen.begin, true);
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", told => {
        seen.got = now();
        seen.bytes += told.data.byteLength ?? told.data.size;
      });
    }
    send(data) {
      seen.sent ||= now();
      super.send(data);
    }
  };
  const painted = () => { seen.waits = false; seen.drawn = now(); };
  new MutationObserver(changes => {
    const shown = "[data-testid=stMain], [data-testid=stSidebar]";
    // Inside a canvas is the copy of a table for screen readers, which follows a fifth of a second later, unseen.
    const seeable = e => e?.closest(shown) && !e.closest("canvas");
    if (!changes.some(({target}) => seeable(target.closest ? target : target.parentElement))) return;
    seen.changed = now();
    if (seen.waits) return;
    seen.waits = true;
    requestAnimationFrame(() => setTimeout(painted));
  }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
  let last = now();
  setInterval(() => {
    if (now() - last > 250) seen.alive = now();
    last = now();
  }, 50);
}"""
QUIET = 400  # milliseconds of a free page without a change, after which nothing more is drawn
DRAWN = f"""([least, most]) => {{
  const {{sent, got, changed, waits, alive}} = window.seen;
  const app = document.querySelector("[data-testid=stApp]")?.dataset;
  const charts = () => document.querySelectorAll("[data-testid=stVegaLiteChart] svg.marks").length;
  return sent && got > sent && !waits && performance.now() - Math.max(got, changed, alive) > {QUIET}
    && app.testScriptState === "notRunning" && app.testConnectionState === "CONNECTED"
    && least <= charts() && charts() <= most;
}}"""
MARKS = """() => [...document.querySelectorAll("[data-testid=stVegaLiteChart] svg.marks")].map(e => e.innerHTML)"""


@dataclass(frozen=True)
class Change:
    """The cost of one click, in milliseconds."""

    whole: float  # until the last change is painted
    script: float  # of it the server's run of the script, from its beginning to its last message
    script_cpu: float
    database: float  # of that
    asked: float  # of the database, by the app and by the little that goes on besides
    kilobytes: float  # of messages
    page_cpu: float  # of the page's thread, which draws while the script still runs


def open_page(browser: Browser, address: str, name: str) -> Page:
    """Open a page as a new visitor, with an empty cache."""
    page = browser.new_context(viewport=SIZE).new_page()  # type: ignore[arg-type]
    page.set_default_timeout(120_000)
    page.add_init_script(f"({RECORDER})()")
    page.goto(f"{address}/{name}")
    visit.wait_for_page(page, name)
    page.wait_for_function(DRAWN, arg=visit.numbers_of_charts(name))
    return page


def _measured(page: Page, name: str, **more: float) -> Change:
    page.wait_for_function(DRAWN, arg=visit.numbers_of_charts(name))
    seen = page.evaluate("window.seen")
    there = {"script": 0.0, "script_cpu": 0.0, "database": 0.0, "asked": 0.0, "page_cpu": 0.0} | more
    return Change(seen["drawn"] - seen["began"], kilobytes=seen["bytes"] / 1000, **there)


def _preset(page: Page, text: str) -> Any:
    return page.get_by_test_id("stSidebar").get_by_role("radio", name=text, exact=True)


def _others(count: int, seed: int) -> list[str]:
    """Return random presets, each different from the previous one; a page opens with 30d."""
    chance, chosen = random.Random(seed), ["30d"]  # noqa: S311 - no secret hangs on it
    while len(chosen) <= count:
        chosen.append(chance.choice([one for one in UP_TO_TODAY if one != chosen[-1]]))
    return chosen[1:]


def change(app: Served, page: Page, name: str, text: str) -> Change:
    """Choose a preset with the mouse and measure the change."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _spent(app, devtools)
    _preset(page, text).click()
    page.wait_for_function(DRAWN, arg=visit.numbers_of_charts(name))
    spent = {what: after - before[what] for what, after in _spent(app, devtools).items()}
    devtools.detach()
    return _measured(page, name, **spent)


def _spent(app: Served, devtools: CDPSession) -> dict[str, float]:
    """Return the milliseconds spent so far, and the number of queries to the database."""
    asked, database = app.asked()
    runs = app.script_runs()
    told = devtools.send("Performance.getMetrics")["metrics"]
    return {
        "script": 1000 * sum(wall for wall, _ in runs),
        "script_cpu": 1000 * sum(cpu for _, cpu in runs),
        "database": 1000 * database,
        "asked": asked,
        "page_cpu": 1000 * next(one["value"] for one in told if one["name"] == "TaskDuration"),
    }


def change_ranges(app: Served, browser: Browser, name: str, count: int) -> list[Change]:
    page = open_page(browser, app.address, name)
    found = [change(app, page, name, text) for text in _others(count, 1)]
    page.context.close()
    return found


def switch_pages(app: Served, browser: Browser, count: int) -> list[Change]:
    page, found = open_page(browser, app.address, TABS[0]), list[Change]()
    for n in range(count):
        name = TABS[(n + 1) % len(TABS)]
        page.get_by_test_id("stTopNavLink").get_by_text(visit.TITLES[name], exact=True).click()
        visit.wait_for_page(page, name)
        found.append(_measured(page, name))
    page.context.close()
    return found


def first_visits(app: Served, browser: Browser, count: int) -> list[Change]:
    found = []
    for _ in range(min(FIRST_VISITS, count)):
        page = open_page(browser, app.address, TABS[0])
        found.append(_measured(page, TABS[0]))
        page.context.close()
    return found


def at_once(app: Served, browser: Browser, count: int, rounds: int) -> tuple[list[Change], float]:
    """Click in all sessions at once, two for each tab; return the changes and the app's memory."""
    names = [TABS[n % len(TABS)] for n in range(count)]
    pages = [open_page(browser, app.address, name) for name in names]
    found = []
    for texts in zip(*(_others(rounds, seed) for seed in range(count)), strict=True):
        for page, text in zip(pages, texts, strict=True):
            _preset(page, text).evaluate("e => { window.seen.begin(); e.click(); }")
        found += [_measured(page, name) for page, name in zip(pages, names, strict=True)]
    megabytes = app.megabytes()
    for page in pages:
        page.context.close()
    return found, megabytes


@dataclass(frozen=True)
class Figures:
    changes: dict[str, list[Change]]  # by what was done
    megabytes: dict[str, float]  # of the app, by when
    errors: list[str]  # of the range changes without a browser


def measure(app: Served, count: int, session_count: int, rounds: int, unseen: int) -> Figures:
    """Measure the app; `count` is the number of changes for each tab.

    `unseen`: changes of the period without a browser, in two halves, that must not increase the memory.
    """
    with visit.chromium() as browser:
        changes = {"first visit": first_visits(app, browser, count)}
        changes |= {visit.TITLES[name]: change_ranges(app, browser, name, count) for name in TABS}
        changes["another page"] = switch_pages(app, browser, count)
        together = f"{session_count} at once"
        changes[together], megabytes = at_once(app, browser, session_count, rounds)
    memory, errors = {f"{session_count} sessions": megabytes}, list[str]()
    for half in (1, 2):
        answers = sessions.change_ranges(app.address, session_count, unseen // 2)
        errors += [error for answer in answers for error in answer.errors]
        memory[f"{half * unseen // 2} range changes more"] = app.megabytes()
    return Figures(changes, memory, errors)


def run(rows: int, count: int) -> None:
    machine = results.machine()
    with served(rows) as app:
        found = measure(app, count, SESSIONS, ROUNDS, 1000)
        machine |= {"mongod": app.store.server(), "reviewed": f"{app.reviewed:,}", "documents": f"{app.documents:,}"}
    for what, changes in found.changes.items():
        print(results.append("browser", machine | {"what": what} | _columns(changes)))
    memory = {f"after {what}, MB": f"{megabytes:.0f}" for what, megabytes in found.megabytes.items()}
    print(results.append("memory of the app", machine | memory | {"errors": f"{len(found.errors)}"}))


def _columns(changes: list[Change]) -> dict[str, str]:
    whole = [change.whole for change in changes]
    return {
        "clicks": f"{len(changes)}",
        "until drawn, ms (median)": f"{statistics.median(whole):.0f}",
        "(95 %)": f"{statistics.quantiles(whole, n=20, method='inclusive')[-1]:.0f}",
        "the script": _median(change.script for change in changes),
        "its CPU": _median(change.script_cpu for change in changes),
        "of it the database": _median(change.database for change in changes),
        "questions to it": _median(change.asked for change in changes),
        "messages, kB": _median(change.kilobytes for change in changes),
        "CPU of the page": _median(change.page_cpu for change in changes),
    }


def _median(values: Iterable[float]) -> str:
    """Return the median of the measured values; empty if there are none."""
    found = statistics.median(values)
    return f"{found:.0f}" if found else ""
