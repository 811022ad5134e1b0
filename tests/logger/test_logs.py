"""What the logger's log holds, and what never stands in it."""

import json
import logging
import re
import time
from datetime import UTC, datetime
from threading import Event

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from monitor_core.logger import logs, outcome
from monitor_core.mongo.store import Store
from tests.documents import ROWS
from tests.whylabs_shaped import KEY, WhyLabsShaped
from tests.workers import run_worker

PASSWORD = "hunter2password"  # noqa: S105 - nobody's


def test_no_secret_is_in_any_line(
    store: Store,
    credentials: None,
    whylabs: WhyLabsShaped,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A refusal and lost answers, a database that refuses a password, and one that is not there."""
    monkeypatch.setenv("MONITOR_LOG_FORMAT", "json")
    store.collection.insert_many([dict(row) for row in ROWS])
    lines = []
    for statuses in ([401], [200, 500, 500, 500]):
        whylabs.statuses = statuses
        lines.append(run_worker("--once"))
    assert store.settings.mongodb_uri
    address = store.settings.mongodb_uri.get_secret_value().replace("mongodb://", f"mongodb://root:{PASSWORD}@")
    for uri in (address, f"mongodb://root:{PASSWORD}@127.0.0.1:9"):
        monkeypatch.setenv("MONITOR_MONGODB_URI", uri)
        lines.append(run_worker("--once"))

    assert {one.returncode for one in lines} == {1}
    text = "".join(one.stdout + one.stderr for one in lines)
    for secret in (KEY, KEY[11:], PASSWORD, "s3cr3t", "upload/"):
        assert secret not in text
    events = [json.loads(line) for line in text.splitlines()]
    assert [one["event"] for one in events] == ["tick_failed"] * 3 + ["database_down"]
    for one in events:
        assert datetime.fromisoformat(one["timestamp"]).tzinfo == UTC
        assert one["level"] == "error"
        assert one["error"].endswith(".")


def test_by_default_a_line_is_text_without_colours_and_without_secrets(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{PASSWORD}@127.0.0.1:9")
    said = run_worker("--once").stdout
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:.]+Z \[error *\] database_down +error=.+ seconds=[\d.]+\n", said)
    assert PASSWORD not in said


def test_a_library_s_warning_has_our_form_and_a_fault_says_where_not_what(
    capsys: pytest.CaptureFixture[str], store: Store
) -> None:
    before = logging.getLogger().handlers[:]
    try:
        logs.configure("json")
        logging.getLogger("somebody.else").warning("two\nlines of %s", "it")
        logging.getLogger("somebody.else").info("chatter")
        try:
            raise ValueError(PASSWORD)
        except ValueError:
            logging.getLogger("somebody.else").exception("it failed")

        def faulty() -> None:
            raise KeyError(PASSWORD)

        outcome.log_outcome(outcome.run(faulty))
    finally:
        logging.getLogger().handlers = before
        logging.captureWarnings(False)
    text = capsys.readouterr().out
    warning, failure, fault = map(json.loads, text.splitlines())
    assert warning["event"] == "library"
    assert (warning["library"], warning["message"], warning["level"]) == ("somebody.else", "two lines of it", "warning")
    assert failure["error"] == "ValueError"
    assert fault["event"] == "tick_failed"
    assert fault["error"].startswith("KeyError, a fault of the monitor")
    assert "test_logs.py" in fault["where"]
    assert PASSWORD not in text


def test_a_busy_machine_does_not_fill_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    """APScheduler warns of each heartbeat that is skipped; of jobs that it drops it has to warn as before."""
    before = logging.getLogger().handlers[:]
    scheduler = BackgroundScheduler(timezone=UTC)
    release = Event()
    scheduler.add_job(release.wait, "interval", seconds=0.05, max_instances=1)
    try:
        logs.configure("json")
        scheduler.start()
        time.sleep(0.5)
        logging.getLogger("apscheduler.scheduler").warning("anything else")
    finally:
        release.set()
        scheduler.shutdown()
        logging.getLogger().handlers = before
        logging.captureWarnings(False)
    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["anything else"]
