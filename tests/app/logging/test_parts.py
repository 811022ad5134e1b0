"""The page on logging over a real MongoDB, through Streamlit's own AppTest."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from monitor_core.alerting.messages import report_note
from monitor_core.contract import wording
from monitor_core.logger import tick as jobs
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.notifications import Notifications
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.mongo.store import Store
from tests.app_pages import said, visit
from tests.documents import FIELDS, at, fields
from tests.whylabs_shaped import WhyLabsShaped
from tests.workers import run_worker


def open_page() -> AppTest:
    app = visit("operate/logger")
    assert [found.value for found in app.exception] == []
    assert [found.value for found in app.header] == ["Logging"]
    return app


def tiles(app: AppTest) -> dict[str, str]:
    return {tile.label: tile.value for tile in app.metric}


def destinations(app: AppTest) -> dict[str, dict[str, Any]]:
    return {row["destination"]: row for row in app.dataframe[0].value.to_dict("records")}


def reviewed(target: int, prediction: int, **more: Any) -> dict[str, Any]:
    dates = fields(predicted_at=at(2026, 10, 3), validated_at=at(2026, 10, 4))
    return dates | fields(prediction=prediction, validated=target, confidence=0.9) | fields(**more)


def test_before_the_first_run_the_page_says_what_waits(store: Store) -> None:
    store.collection.insert_many([reviewed(1, 1), reviewed(2, 1)])
    app = open_page()
    assert "The logger has not run on this database yet; 2 reviewed samples are waiting to be logged" in said(app)
    assert "No day has a profile yet" in said(app)
    assert tiles(app)["Waiting to be logged"] == "2"
    assert destinations(app) == {}  # the logger has not said where it delivers to


def test_after_a_run_it_shows_what_was_logged_and_the_days_profile(store: Store) -> None:
    store.collection.insert_many([reviewed(1, 1), reviewed(2, 1), reviewed(1, 1, confidence=None)])
    jobs.tick(store)
    app = open_page()
    assert tiles(app)["Logged in 24 hours"] == "3"
    assert destinations(app)["local store"]["state"] == "up to date"
    assert "3 samples predicted on 3 Oct 2026" in said(app)
    columns = {row["column"]: row for row in app.dataframe[1].value.to_dict("records")}
    assert columns[FIELDS.confidence]["missing"] == 1
    assert columns[FIELDS.prediction]["samples"] == 3
    assert len(app.get("vega_lite_chart")) == 5
    assert [one.label for one in app.get("download_button")].count("Download the whylogs file") == 1


def test_a_profile_that_is_behind_its_reviews_says_so(store: Store) -> None:
    store.collection.insert_one(reviewed(1, 1))
    jobs.tick(store)
    store.collection.insert_one(reviewed(2, 1))
    jobs.tick(store)
    assert "Reviews have changed since" in said(open_page())


def test_a_destination_that_fails_says_why_and_what_to_do(
    store: Store, whylabs: WhyLabsShaped, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "WHYLABS_API_KEY": "abcdefghij.0123456789",
        "WHYLABS_DEFAULT_ORG_ID": "org-1",
        "WHYLABS_DEFAULT_DATASET_ID": "model-1",
        "WHYLABS_API_ENDPOINT": whylabs.address,
    }.items():
        monkeypatch.setenv(name, value)
    from monitor_core.settings.sources import load

    with_whylabs = Store(load().settings)
    with_whylabs.collection.insert_one(reviewed(1, 1))
    whylabs.statuses = [403]
    jobs.tick(with_whylabs)
    app = open_page()
    found = destinations(app)
    assert found["local store"]["state"] == "up to date"
    assert found["WhyLabs"]["state"] == "failing"
    assert found["WhyLabs"]["waiting predictions"] == 1
    assert "status 403" in found["WhyLabs"]["what to do"]
    assert "abcdefghij" not in said(app) + str(found)


def test_an_uncertain_batch_is_named_with_the_command_that_settles_it(store: Store) -> None:
    store.collection.insert_one(reviewed(1, 1))
    jobs.tick(store)
    Outbox(store).parts.documents.insert_one({"_id": "p", "batch": "b1", "to": {"whylabs": {"state": "uncertain"}}})
    Outbox(store).batches.documents.insert_one(
        {"_id": "b1", "state": "prepared", "attempt": "a", "demo": False, "rows": 1}
    )
    Outbox(store).parts.documents.update_one({"_id": "p"}, {"$set": {"attempt": "a", "rows": 1, "day": "2026-10-03"}})
    last = store.state.last_tick()
    assert last
    store.state.save_tick(type(last)(**(vars(last) | {"uncertain": ("b1",)})))
    assert "logging resolve b1 --resend` or `--accept`" in said(open_page())


def test_a_stopped_worker_is_said(store: Store) -> None:
    jobs.tick(store)
    last = store.state.last_tick()
    assert last
    store.state.save_tick(type(last)(**(vars(last) | {"next_at": last.finished_at - timedelta(days=1)})))
    assert "The logger seems to have stopped" in said(open_page())


def test_each_step_that_failed_is_shown_with_its_sentence_and_since_when(store: Store) -> None:
    since = store.now() - timedelta(hours=3)
    refused = StepFailure("counting the history", "MongoDB could not do it: error 121.", since)
    fault = StepFailure("notifying", "ZeroDivisionError, a fault of the monitor; please report it.", since, "a.py:1 f")
    store.state.save_tick(TickResult(store.now(), 0, failures=(refused, fault)))
    app = open_page()
    shown = [one.value for one in app.error]
    assert len(shown) == 2
    assert "step counting the history" in shown[0]
    assert f"since {wording.instant(since, store.settings.zone)}" in shown[0]
    assert "3 h ago" in shown[0] or "3 hours ago" in shown[0]
    assert "error 121" in shown[0]
    assert "step notifying" in shown[1]
    assert "ZeroDivisionError" in shown[1]


def test_where_whylogs_is_missing_the_profile_is_ours_and_says_so(store: Store, whylogs_missing: Path) -> None:
    store.collection.insert_many([reviewed(1, 1), reviewed(2, 1), reviewed(1, 1, confidence=0.1)])
    assert run_worker("--once").returncode == 0
    app = open_page()
    assert "3 samples predicted on 3 Oct 2026, profiled without whylogs" in said(app)
    assert "The logger's Python cannot import whylogs, so this profile is the monitor's own" in said(app)
    assert "Download the JSON file" in [button.label for button in app.get("download_button")]
    columns = {row["column"]: row for row in app.dataframe[1].value.to_dict("records")}
    assert (columns[FIELDS.confidence]["min"], columns[FIELDS.confidence]["50%"]) == (0.1, 0.9)
    assert len(app.get("vega_lite_chart")) == 5


def test_where_whylabs_needs_whylogs_and_it_is_missing_the_page_says_so(
    store: Store, credentials: None, whylogs_missing: Path
) -> None:
    store.collection.insert_one(reviewed(1, 1))
    assert run_worker("--once").returncode == 1
    app = open_page()
    (refused,) = [one.value for one in app.error]
    assert refused.startswith("The step logging of the logger's run has failed since")
    assert "Nothing new is logged: WhyLabs takes only whylogs' files, and whylogs cannot be imported" in said(app)
    assert tiles(app)["Waiting to be logged"] == "1"


def test_the_scheduled_report_and_what_became_of_the_last_are_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "report" not in said(open_page()).lower()
    monkeypatch.setenv("MONITOR_REPORT_EVERY", "mon 08:00")
    st.cache_resource.clear()
    st.cache_data.clear()
    app = open_page()
    assert "MONITOR_NOTIFY has no address, so none is sent" in said(app)
    monkeypatch.setenv("MONITOR_NOTIFY", "team=json://user:hunter2@127.0.0.1:9/hook")
    st.cache_resource.clear()
    st.cache_data.clear()
    messages = Notifications(store)
    messages.create_indexes()
    messages.queue_report("team", report_note("report", "Fine", "Fine."), None, store.now())
    message = messages.claim(store.now(), store.now(), ["team"])
    assert message
    messages.refused(message, "the service cannot be reached", False, None, store.now())
    app = open_page()
    assert "A report goes to team every Monday at 08:00; the next is due on" in said(app)
    assert "has not been delivered to team: the service cannot be reached." in said(app)
    assert "hunter2" not in said(app)
