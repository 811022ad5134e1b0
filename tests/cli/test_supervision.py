"""A service under a real supervisor; tests/deploy has all three."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_core.cli import supervision
from monitor_core.cli.supervision import Service, digest_of_programs, end_of_log, wait_until
from monitor_core.mongo import embedded
from monitor_core.settings.settings import ROOT


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The bundled MongoDB of an installation of its own."""
    monkeypatch.setattr(supervision, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path / "var"))
    monkeypatch.delenv("MONITOR_MONGODB_URI", raising=False)
    service = Service("database")
    yield service
    service.stop()
    assert list(service.processes()) == []


def responds(tmp_path: Path) -> bool:
    return embedded.responds(embedded.run_folder(tmp_path / "var"))


def test_a_service_starts_and_stops_without_a_trace(database: Service, tmp_path: Path) -> None:
    assert database.state() is None
    database.start(tmp_path / "var", "digest")
    assert wait_until(lambda: responds(tmp_path), 30)
    assert database.is_up()
    assert not database.is_outdated("digest")
    assert database.is_outdated("another")
    before = sorted(database.processes())
    database.start(tmp_path / "var", "digest")
    assert sorted(database.processes()) == before
    database.stop()
    assert database.state() is None
    assert not database.socket.exists()
    assert not database.is_outdated("another")


def test_a_program_whose_supervisor_was_killed_is_ended_before_it_is_started_again(
    database: Service, tmp_path: Path
) -> None:
    database.start(tmp_path / "var", "digest")
    assert wait_until(lambda: responds(tmp_path), 30)
    supervisor, mongod = sorted(database.processes())
    os.kill(supervisor, signal.SIGKILL)
    assert wait_until(lambda: list(database.processes()) == [mongod], 10)
    database.start(tmp_path / "var", "digest")
    assert wait_until(lambda: database.is_up() and responds(tmp_path), 30)
    assert mongod not in list(database.processes())


def test_a_program_that_fails_says_why_in_its_log(
    database: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_TIME_ZONE", "Nowhere/Land")
    database.start(tmp_path / "var", "digest")
    # On a busy machine it takes longer to fail than a start may take: then it is restarted without a pause.
    assert wait_until(lambda: "MONITOR_TIME_ZONE" in end_of_log(tmp_path / "var", "database"), 60)
    assert not responds(tmp_path)


def test_the_digest_changes_with_settings_and_code_and_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "ROOT", tmp_path)
    before = digest_of_programs()
    assert digest_of_programs() == before
    (tmp_path / "monitor.toml").write_text('period = "7d"')
    with_file = digest_of_programs()
    monkeypatch.setenv("WHYLABS_API_KEY", "s3cret")
    assert len({before, with_file, digest_of_programs()}) == 3
    assert "s3cret" not in digest_of_programs()
