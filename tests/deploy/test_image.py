"""The image, built from deploy/Dockerfile without a daemon, and the programs in it as deploy/kubernetes/ starts them.

What stands in for a container engine, and what it does not show: tests/deploy/containers.py.
"""

import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from monitor_core.mongo import embedded
from monitor_core.settings.settings import ROOT, Settings
from tests.deploy.containers import Image, built
from tests.deploy.manifests import Program, programs
from tests.documents import fields, prediction
from tests.replica_set import free_port

pytestmark = pytest.mark.xdist_group("image")
DATABASE = str(Settings.model_fields["database"].default)
ROWS = 40
PATIENCE = 120.0  # of an app that compiles and imports everything for the first time, on a busy machine
LATE = ("sklearn", "PIL.Image", "PIL.WebPImagePlugin", "apprise", "vl_convert", "pyarrow.parquet", "pyarrow.dataset")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    with built(ROOT / "deploy/Dockerfile", ROOT, tmp_path_factory.mktemp("image")) as image:
        yield image


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A mongod on a port, because the other user of a container may not open our sockets."""
    data, port = tmp_path_factory.mktemp("data"), free_port()
    command = [embedded.chosen().path, "--dbpath", data, "--port", port, "--bind_ip", "127.0.0.1", "--nounixsocket"]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    address, now = f"mongodb://127.0.0.1:{port}/", datetime.now(UTC)
    with MongoClient[dict[str, Any]](address) as client:
        documents = (
            prediction(now - timedelta(hours=hours), reviewed=timedelta(minutes=5)) for hours in range(1, ROWS)
        )
        client[DATABASE]["image_logs"].insert_many(documents)
    yield address
    embedded.stop(process)


def until(is_true: Callable[[], Any], log: Path, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert process.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        time.sleep(0.3)


def ended(process: "subprocess.Popen[bytes]", seconds: float = PATIENCE) -> int:
    """Wait for a program's end and return its exit code; a program that does not end is killed."""
    try:
        return process.wait(seconds)
    finally:
        process.kill()
        process.wait()


def answer(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 - ours
            return str(response.read().decode())
    except OSError:
        return ""


def megabytes(process: "subprocess.Popen[bytes]") -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


class Container:
    """A program of deploy/kubernetes/ in a container of the image, on the test's database and ports."""

    def __init__(self, image: Image, program: Program, tmp_path: Path, **variables: str) -> None:
        self.image, self.program, self.log = image, program, tmp_path / "log"
        self.variables = {**program.variables, **variables}
        self.writable = {place: tmp_path / place.strip("/") for place in program.writable}
        self.process = self.run(program.command, self.log)

    def run(self, command: list[str], log: Path) -> "subprocess.Popen[bytes]":
        return self.image.start(command, self.variables, self.writable, self.program.group, log)

    def exit_code(self, command: list[str]) -> int:
        return ended(self.run(command, self.log))

    def stop(self) -> int:
        """End it as Kubernetes does."""
        self.process.send_signal(signal.SIGTERM)
        return ended(self.process, self.program.grace_seconds)


def test_the_image_says_what_a_container_is(image: Image) -> None:
    app, logger = programs()
    assert image.command == app.command
    assert image.user == str(app.user) == str(logger.user)
    assert image.ports == [f"{app.ports['http']}/tcp"]
    assert image.home == image.variables["MONITOR_STATE_FOLDER"]
    assert (image.root / "state").stat().st_uid == app.user
    assert not [file for file in (image.root / image.workdir.strip("/")).rglob("*") if file.stat().st_uid == app.user]


def run_script(image: Image, script: str, address: str, tmp_path: Path) -> None:
    """Run a script in a container."""
    app, _ = programs()
    log, writable = tmp_path / "log", {place: tmp_path / place.strip("/") for place in app.writable}
    process = image.start(["python", "-c", script], {"MONITOR_MONGODB_URI": address}, writable, app.group, log)
    assert ended(process) == 0, log.read_text("utf-8", "replace")


def test_everything_in_the_image_can_be_imported(image: Image, database: str, tmp_path: Path) -> None:
    """So no library of the system is missing, whatever is imported late."""
    script = f"""
import importlib, pkgutil, monitor_core
names = [module.name for module in pkgutil.walk_packages(monitor_core.__path__, "monitor_core.")]
assert len(names) > 150
for name in (*names, *{LATE}):
    if not name.endswith("__main__"):
        importlib.import_module(name)
"""
    run_script(image, script, database, tmp_path)


def test_every_page_runs_in_a_container(image: Image, database: str, tmp_path: Path) -> None:
    pages = [str(file.relative_to(ROOT)) for file in sorted((ROOT / "pages").rglob("*.py"))]
    script = f"""
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("streamlit_app.py", default_timeout={PATIENCE}).run()
for page in {pages}:
    app.switch_page(page).run()
    assert not app.exception and not app.error, (page, app.exception, app.error)
    assert app.main.children, page
"""
    run_script(image, script, database, tmp_path)


def test_the_logger_logs_in_a_container(image: Image, database: str, tmp_path: Path) -> None:
    _, program = programs()
    port, logged = free_port(), fields(logged=True)
    with MongoClient[dict[str, Any]](database, tz_aware=True) as client:
        collection = client[DATABASE]["image_logs"]
        logger = Container(image, program, tmp_path, MONITOR_MONGODB_URI=database, MONITOR_METRICS_PORT=str(port))
        try:
            until(lambda: collection.count_documents(logged) == ROWS - 1, logger.log, logger.process)
            assert logger.exit_code(program.liveness) == 0, logger.log.read_text("utf-8")
            until(
                lambda: "monitor_database_up 1.0" in answer(f"http://127.0.0.1:{port}/metrics"),
                logger.log,
                logger.process,
            )
            assert megabytes(logger.process) < program.requested_megabytes
        finally:
            code = logger.stop()
    assert code == 0, logger.log.read_text("utf-8")
    profiles = list((tmp_path / "state/profiles").rglob("*.bin"))
    assert profiles
    assert {file.stat().st_uid for file in profiles} == {program.user}
    assert logger.exit_code(program.liveness) == 1  # nobody is alive any more


def test_the_app_answers_in_a_container(image: Image, database: str, tmp_path: Path) -> None:
    program, _ = programs()
    port = free_port()
    app = Container(image, program, tmp_path, MONITOR_MONGODB_URI=database, STREAMLIT_SERVER_PORT=str(port))
    try:
        until(lambda: answer(f"http://127.0.0.1:{port}{program.health_path}") == "ok", app.log, app.process)
        assert "<title>" in answer(f"http://127.0.0.1:{port}/")
        assert megabytes(app.process) < program.requested_megabytes
    finally:
        app.stop()
