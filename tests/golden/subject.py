"""The product, reached by what stays when its modules move: programs, pages, HTTP, and the documents of its contract.

No import of monitor_core stands here or anywhere in this folder; tests/documents.py knows the names of the fields.
"""

import csv
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bson import ObjectId
from pymongo import MongoClient, ReplaceOne
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from tests.documents import FIELDS, fields
from tests.golden import clock

NOW = datetime(2025, 11, 13, 15, 20, tzinfo=UTC)  # a Thursday; the clocks in Madrid went back in October
A_WEEK_AGO = NOW - timedelta(days=6, hours=5)
HOME = "pages/performance/overview.py"
PATIENCE = 60.0  # seconds until the logger has run once
# As a stranger's system writes them: what the page on data quality is for.
ODD: tuple[dict[str, Any], ...] = (
    fields(prediction="cat"),
    fields(prediction=None),
    fields(prediction=4.5),
    fields(prediction="7"),
    fields(prediction=42, validated=42),
    fields(validated="dog"),
    fields(validated=2.5),
    fields(validated=False, validated_at=None),
    fields(validated=True, validated_at=None),
    fields(confidence=87),
    fields(confidence="high"),
    fields(predicted_at="2025-11-11T08:30:00"),
    fields(predicted_at="yesterday"),
    fields(predicted_at=datetime(1999, 12, 31, tzinfo=UTC)),
    fields(predicted_at=datetime(2025, 12, 24, tzinfo=UTC)),
    fields(trained="yes"),
    fields(filename=None),
)
# Each AppTest looks through all installed packages for components, half a second long; once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@contextmanager
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Where notifications may be sent, and what arrived there."""
    arrived: list[dict[str, Any]] = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"json://127.0.0.1:{server.server_address[1]}/hook", arrived
    server.shutdown()
    server.server_close()


def documents() -> list[dict[str, Any]]:
    """The digits demo of NOW in Madrid, and odd documents, with a camera each.

    The demo is read from a file: the confidences depend on the processor that trains its classifier.
    """
    with (Path(__file__).parent / "demo.csv").open() as file:
        rows = list(csv.DictReader(file))
    odd_at = NOW - timedelta(days=2)
    usual = fields(prediction=3, confidence=0.75, validated=3, predicted_at=odd_at)
    usual |= fields(validated_at=odd_at + timedelta(hours=3), trained=False, logged=False, camera="left")
    odd = [usual | fields(filename=f"odd-{place:02d}.png") | changes for place, changes in enumerate(ODD)]
    both = [*map(_document, range(len(rows)), rows), *odd]
    return [{"_id": ObjectId(f"{place:024x}")} | document for place, document in enumerate(both)]


def _document(place: int, row: dict[str, str]) -> dict[str, Any]:
    answer = row["validated"]
    return fields(
        filename=row["filename"],
        prediction=int(row["prediction"]),
        confidence=float(row["confidence"]),
        validated=None if not answer else answer == "true" if answer in ("true", "false") else int(answer),
        predicted_at=datetime.fromisoformat(row["timestamp"]),
        validated_at=datetime.fromisoformat(at) if (at := row["timestamp_validated"]) else None,
        trained=row["trained"] == "true",
        logged=False,
        camera="left" if place % 5 < 3 else "right",
    )


def until(instant: datetime) -> list[dict[str, Any]]:
    """Those documents as they were then."""
    unreviewed = fields(validated=None, validated_at=None)
    made = [document for document in documents() if _before(document[FIELDS.predicted_at], instant)]
    return [document if _before(document[FIELDS.validated_at], instant) else document | unreviewed for document in made]


def _before(at: object, instant: datetime) -> bool:
    return instant == NOW or (isinstance(at, datetime) and at < instant)


def write(uri: str, database: str, rows: list[dict[str, Any]]) -> None:
    """Insert them, or what is new about them, as the labelling system does."""
    with MongoClient[dict[str, Any]](uri, tz_aware=True) as client:
        images = client[database]["image_logs"]
        logged = {one["_id"] for one in images.find(fields(logged=True), {"_id": 1})}
        images.bulk_write([ReplaceOne({"_id": row["_id"]}, row, True) for row in rows if row["_id"] not in logged])


def run(program: str, *arguments: str) -> str:
    """What a program of the product prints, by the fixed clock; a refusal too, with its exit code."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            clock.program(program, *arguments)
        except SystemExit as ended:
            code = ended.code
    error_text = err.getvalue() if program == "monitor_core" and code == 2 else ""
    return out.getvalue() + error_text + (f"exit {code}\n" if code else "")


def visit(page: Path, **query: Any) -> AppTest:
    """A page by its file below pages/, with this in the address."""
    app = AppTest.from_file(str(clock.ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    file = page.relative_to(clock.ROOT).as_posix()
    return app if file == HOME else app.switch_page(file).run()


def pages() -> list[Path]:
    """All but About, which names versions and folders of the machine."""
    return sorted(file for file in (clock.ROOT / "pages").rglob("*.py") if file.stem != "about")


def metrics() -> str:
    """What the running logger answers to Prometheus once it has run."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.golden.clock", NOW.isoformat(), "logger_worker.py"]
    environment = {**os.environ, "MONITOR_METRICS_PORT": str(port)}
    with subprocess.Popen(
        command, cwd=clock.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as logger:
        try:
            return _scraped(port, logger)
        finally:
            logger.send_signal(signal.SIGTERM)


def _scraped(port: int, logger: "subprocess.Popen[str]") -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and logger.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                text: str = answer.read().decode()
        except OSError:
            text = ""
        if 'monitor_ticks_total{outcome="success"} 1.0' in text and "monitor_database_up 1.0" in text:  # not in a run
            return text
        time.sleep(0.2)
    raise RuntimeError(f"the logger answered no scrape; its exit code is {logger.poll()}")
