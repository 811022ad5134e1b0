"""What the commands on services refuse, and what they say of services that do not run; tests/deploy runs them."""

from pathlib import Path

import pytest

from monitor_core.cli import services, supervision
from monitor_core.mongo.store import Store
from tests.command import run


@pytest.fixture(autouse=True)
def _installation_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "ROOT", tmp_path)
    monkeypatch.setattr(services, "ROOT", tmp_path)


@pytest.mark.parametrize("command", ["up", "restart"])
def test_a_database_of_the_user_s_own_is_not_controlled(store: Store, command: str) -> None:
    ended = run(command, "database")
    assert ended.returncode == 2
    assert ended.stderr.startswith("The database is your own (MONITOR_MONGODB_URI)")
    assert store.predictions.is_empty()


@pytest.mark.usefixtures("store")
def test_a_port_that_is_no_number_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "http")
    ended = run("up", "app")
    assert ended.returncode == 2
    assert ended.stderr == 'STREAMLIT_SERVER_PORT is "http", which is not a number of a port; correct it.\n'


@pytest.mark.usefixtures("store")
def test_services_that_do_not_run_are_said_with_the_remedy() -> None:
    ended = run("ps")
    assert (ended.returncode, ended.stderr) == (1, "The monitor does not run; start it with ./deploy.sh.\n")
    ended = run("ps", "database", "app")
    assert ended.returncode == 1
    assert ended.stdout == (
        "The database is your own (MONITOR_MONGODB_URI).\nThe app is stopped; ./deploy.sh starts it.\n"
    )
    assert run("down").stdout == "The monitor is stopped.\n"
    assert run("down", "app", "logger").stdout == "The app and the logger are stopped.\n"


@pytest.mark.usefixtures("store")
def test_logs_that_are_not_there_are_one_sentence() -> None:
    ended = run("logs")
    assert ended.returncode == 2
    assert ended.stderr.startswith("There is no log in ")


def test_a_service_of_another_name_is_refused() -> None:
    ended = run("down", "lodger")
    assert ended.returncode == 2
    assert "lodger" in ended.stderr
