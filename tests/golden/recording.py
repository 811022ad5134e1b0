"""What the product says of the digits demo at a fixed instant: `python -m tests.golden.recording OUT.json`.

Three kinds: "figures" are numbers of commands and /metrics, "charts" the tables behind the charts, and "texts" all that
people read.
"""

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from monitor_core.logger import tick
from tests.golden import clock, pages, subject

Recording = dict[str, dict[str, Any]]  # kind -> name -> what was said

LAST_60 = ("--first", "2025-09-15", "--last", "2025-11-13")
COMMANDS = {  # as JSON
    "report": ("report",),
    "report_by_prediction_day": ("report", "--basis", "predicted", *LAST_60),
    "report_exact": ("report", "--exact", *LAST_60),
    "report_of_a_camera": ("report", "--where", "camera=left", *LAST_60),
    "report_against_previous": ("report", "--against", "previous"),
    "report_against_a_camera": ("report", "--where", "camera=left", "--against", "camera=right", *LAST_60),
    "reviews": ("reviews",),
    "reviews_by_prediction_day": ("reviews", "--basis", "predicted", *LAST_60),
    "calibration": ("calibration", *LAST_60),
    "calibration_of_a_class": ("calibration", "--class", "8", "--bins", "count", "--basis", "predicted", *LAST_60),
    "quality": ("quality", *LAST_60),
    "check": ("check",),
    "rules": ("rules", "list"),
    "rule_tried": ("rules", "test", "accuracy-falling"),
    "alerts": ("alerts", "list"),
    "annotations": ("annotations",),
}
TABLES = ("report", "report_against_previous", "reviews", "calibration", "quality", "check", "rules", "alerts")
VISITS: dict[str, tuple[str, dict[str, str]]] = {  # beyond every page as it opens
    "overview, compared": ("performance/overview", {"against": "previous period"}),
    "metrics, compared": (
        "performance/metrics",
        {"against": "another camera", "where_camera": "left", "other_camera": "right", "period": "90d"},
    ),
    "samples by class, compared": ("performance/samples_by_class", {"against": "previous period"}),
    "metrics by class, compared": ("performance/metrics_by_class", {"against": "previous period"}),
    "training data, compared": ("performance/training_data", {"against": "previous period"}),
    "overview by prediction day, weighted": (
        "performance/overview",
        {"basis": "prediction day", "average": "weighted", "period": "90d"},
    ),
    "calibration of a class": ("investigate/calibration", {"class": "eight", "bins": "equal count", "period": "90d"}),
    "samples that are wrong": ("investigate/samples", {"outcome": "wrong"}),
    "alerts, all": ("operate/alerts", {"state": "all"}),
}
MADE_UP = re.compile(r"\b(?:[0-9a-f]{32}|(?!0{8})[0-9a-f]{24}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
UNREAD = ("svg", "style", "script")
LINES = ("tr", "p", "h1", "h2", "h3", "li", "title", "summary", "figcaption", "caption", "div")
SKIPPED = re.compile(r"process_|monitor_tick_duration|monitor_last_tick_timestamp|\w+_created\b")
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SETTINGS = {
    "MONITOR_TIME_ZONE": "Europe/Madrid",
    "MONITOR_SEGMENTS": '{"camera": "camera"}',
    "MONITOR_CLASS_NAMES": json.dumps(dict(enumerate(DIGITS))),
    "MONITOR_NOTIFY_ALLOW_PRIVATE": "true",
    "COLUMNS": "140",  # of the tables on the terminal
}


# ---- numbers and words


def sentences(tree: Any, place: str = "") -> Iterator[str]:
    """What people read in JSON: its strings of several words, each with its place."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from sentences(inner, f"{place}.{name}" if place else name)
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from sentences(inner, f"{place}[{index}]")
    elif is_sentence(tree):
        yield f"{place}: {tree}"


def figures(tree: Any) -> Any:
    """The JSON without those."""
    if isinstance(tree, dict):
        return {name: figures(inner) for name, inner in tree.items() if not is_sentence(inner)}
    if isinstance(tree, list):
        return [figures(inner) for inner in tree if not is_sentence(inner)]
    return tree


def is_sentence(value: Any) -> bool:
    return isinstance(value, str) and value.count(" ") > 1


class Scrubbed:
    """Texts without what differs from one recording to the next: made-up ids, ports, folders, durations of runs."""

    def __init__(self, places: dict[str, str]) -> None:
        self.places = places
        self.ids: dict[str, str] = {}

    def text(self, text: str) -> str:
        for name, place in self.places.items():
            text = text.replace(place, f"<{name}>")
        text = MADE_UP.sub(self._id, text)
        text = re.sub(r"\?q=[\w.=-]+", "?<signed>", text)
        text = re.sub(r"(Prediction monitor) \d+\.\d+\.\d+(\.dev\d+)?", r"\1 <version>", text)
        text = re.sub(r"127\.0\.0\.1:\d+", "<address>", text)
        return "\n".join(line.rstrip() for line in text.replace("\\", "").replace("\u2060", "").splitlines()) + "\n"

    def tree(self, tree: Any) -> Any:
        if isinstance(tree, dict):
            return {self.tree(name): self.tree(inner) for name, inner in tree.items()}
        if isinstance(tree, list):
            return [self.tree(inner) for inner in tree]
        return self.text(tree).strip() if isinstance(tree, str) else tree

    def _id(self, found: re.Match[str]) -> str:
        return self.ids.setdefault(found[0], f"<id {len(self.ids) + 1}>")


# ---- each kind of surface


def commands(recording: Recording, scrubbed: Scrubbed) -> None:
    for name, arguments in COMMANDS.items():
        tree = scrubbed.tree(parsed(subject.run("monitor_core", *arguments, "--format", "json")))
        recording["figures"][name] = figures(tree)
        recording["texts"][f"json of {name}"] = "".join(f"{line}\n" for line in sentences(tree))
    for name in TABLES:
        recording["texts"][f"table of {name}"] = scrubbed.text(subject.run("monitor_core", *COMMANDS[name]))


def parsed(printed: str) -> Any:
    """JSON, and the exit code that may stand behind it."""
    if not printed.lstrip().startswith(("{", "[")):
        raise RuntimeError(f"no JSON: {printed}")
    tree, end = json.JSONDecoder().raw_decode(printed.lstrip())
    rest = printed.lstrip()[end:].strip()
    return {"answer": tree, "ended": rest} if rest else tree


def alerts(recording: Recording, scrubbed: Scrubbed) -> None:
    """Each open alert with all that happened to it."""
    listed = json.loads(subject.run("monitor_core", "alerts", "list", "--format", "json"))["alerts"]
    for place, alert in enumerate(sorted(listed, key=lambda one: json.dumps({**one, "id": ""}, sort_keys=True))):
        tree = scrubbed.tree(parsed(subject.run("monitor_core", "alerts", "show", alert["id"])))
        recording["figures"][f"alert {place + 1}"] = figures(tree)
        recording["texts"][f"json of alert {place + 1}"] = "".join(f"{line}\n" for line in sentences(tree))


def pages_of_the_app(recording: Recording, scrubbed: Scrubbed) -> None:
    folder = clock.ROOT / "pages"
    opened: dict[str, tuple[Path, dict[str, str]]] = {
        file.stem.replace("_", " "): (file, {}) for file in subject.pages()
    }
    further = {name: (folder / f"{page}.py", query) for name, (page, query) in VISITS.items()}
    for name, (file, query) in (opened | further).items():
        app = subject.visit(file, **query)
        recording["texts"][f"page {name}"] = scrubbed.text(pages.text(app.main))
        recording["texts"].setdefault("sidebar", scrubbed.text(pages.text(app.sidebar)))
        if drawn := pages.charts(app):
            recording["charts"][f"page {name}"] = scrubbed.tree(drawn)


def html_report(recording: Recording, scrubbed: Scrubbed, folder: Path) -> None:
    file = folder / "report.html"
    subject.run("monitor_core", "report", "--format", "html", "--output", str(file))
    reader = Reader()
    reader.feed(file.read_text())
    recording["texts"]["html report"] = scrubbed.text(reader.text)


class Reader(HTMLParser):
    """The text of an HTML page, a line for a paragraph or a table's row, and what is said of its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if not self.hidden and (alt := attributes.get("aria-label") or attributes.get("alt")):
            self.text += f"\npicture: {alt}\n"
        self.hidden += tag in UNREAD

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in UNREAD
        self.text += " | " if tag in ("td", "th") else "\n" if tag in LINES else ""

    def handle_data(self, data: str) -> None:
        if not self.hidden and data.strip():
            self.text += " ".join(data.split())


def metrics(recording: Recording, scrubbed: Scrubbed) -> None:
    lines = scrubbed.text(subject.metrics()).splitlines()
    samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
    recording["figures"]["metrics"] = {name: float(value) for name, _, value in samples if not SKIPPED.match(name)}
    helped = [line for line in lines if line.startswith("# HELP") and not SKIPPED.match(line.split()[2])]
    recording["texts"]["metrics"] = "".join(f"{line}\n" for line in helped)


def told(arrived: list[dict[str, Any]]) -> str:
    return "\n".join(f"{one['type']}: {one['title']}\n{one['message']}\n" for one in arrived)


# ---- the whole


def live(uri: str, database: str) -> None:
    """The logger runs a week ago and now; in between somebody changes the lens."""
    tick.STEPS = tuple(replace(step, seconds=float("inf")) for step in tick.STEPS)  # on however busy a machine
    for instant in (subject.A_WEEK_AGO, subject.NOW):
        clock.fix(instant)
        subject.write(uri, database, subject.until(instant))
        printed = subject.run("logger_worker.py", "--once")
        if "exit" in printed:
            raise RuntimeError(printed)
        if instant != subject.NOW:
            day = ("--day", "2025-11-06", "--by", "ada@example.org")
            subject.run("monitor_core", "annotate", "deployment", *day, "--text", "A new lens")


def record(folder: Path) -> Recording:
    uri, database = os.environ["MONITOR_MONGODB_URI"], os.environ["MONITOR_DATABASE"]
    recording: Recording = {"figures": {}, "charts": {}, "texts": {}}
    scrubbed = Scrubbed({"state": str(folder), "root": str(clock.ROOT), "database": database})
    with subject.webhook() as (address, arrived):
        os.environ |= SETTINGS | {"MONITOR_NOTIFY": address, "MONITOR_STATE_FOLDER": str(folder / "state")}
        live(uri, database)
        recording["texts"]["notifications"] = scrubbed.text(told(arrived))
        alerts(recording, scrubbed)
        commands(recording, scrubbed)
        pages_of_the_app(recording, scrubbed)
        html_report(recording, scrubbed, folder)
        metrics(recording, scrubbed)
    return recording


if __name__ == "__main__":
    os.chdir(clock.ROOT)
    with tempfile.TemporaryDirectory() as folder:
        Path(sys.argv[1]).write_text(json.dumps(record(Path(folder)), ensure_ascii=False))
