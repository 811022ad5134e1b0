"""The command `queue`, run as a user runs it."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from monitor_core.contract.wording import written
from monitor_core.mongo.reviewing.audits import AuditPlans
from monitor_core.mongo.store import Store
from monitor_core.reports.queue.review_next import as_json, review_queue
from tests.command import run, run_json
from tests.reports.queue.queued import write_queue


def test_the_queue_is_listed_exported_and_its_share_changed(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "ana")
    selection, now = write_queue(store)
    days = ("--period", written(selection.period))
    ended = run("queue", *days)
    assert ended.returncode == 0
    assert "No audit is in force" in ended.stdout
    assert "contradicted.png" in ended.stdout
    begun = run("queue", "--audit-share", "0.2", "--since", selection.period.first.isoformat())
    assert "The audit draws 20.0% of the predictions made from" in begun.stdout
    assert "(set by ana)" in begun.stdout
    assert AuditPlans(store).read()[0].since == selection.period.first
    answer = run_json("queue", *days)
    assert answer == json.loads(
        json.dumps(as_json(review_queue(store, selection, now), store.settings), default=datetime.isoformat)
    )
    table = run("queue", *days).stdout
    assert f"{answer['audit']['waiting']} predictions of the {answer['audit']['drawn']:,} of the audit" in table
    file = tmp_path / "tasks.json"
    assert run("queue", *days, "--format", "label-studio", "--output", str(file), "--most", "3").returncode == 0
    assert len(json.loads(file.read_text("utf-8"))) == 6
    for arguments, words in (
        (("--audit-share", "0.9"), "from 0 to 50%"),
        (("--audit-share", "0.1", "--since", "2020-01-01"), "never change"),
        (("--since", "2020-01-01"), "needs --audit-share"),
    ):
        refused = run("queue", *arguments)
        assert refused.returncode == 2
        assert words in refused.stderr
    assert len(AuditPlans(store).read()) == 1
