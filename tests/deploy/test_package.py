"""The package for real: a wheel is built, installed into an empty environment, and used as a new user would."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from uv import find_uv_bin

from monitor_core.cli.supervision import wait_until
from monitor_core.mongo import embedded
from monitor_core.settings.settings import ROOT
from monitor_core.settings.version import version
from tests.browser.visit import chromium, free_port, wait_for_page

pytestmark = [
    pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not())),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the processes in /proc"),
    pytest.mark.xdist_group("deploy"),
]

OURS = ("MONITOR_", "WHYLABS_", "STREAMLIT_", "PYTHON")


def uv(*arguments: str | Path) -> None:
    subprocess.run([find_uv_bin(), "--quiet", *arguments], check=True, cwd=ROOT)


@dataclass(frozen=True)
class Installation:
    """An environment that has only the package and what it needs, and a folder in which it is used."""

    environment: Path
    folder: Path
    port: int

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.Popen(
            [self.environment / "bin" / "prediction-monitor", *arguments],
            cwd=self.folder,
            env=inherited | {"STREAMLIT_SERVER_PORT": str(self.port)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, code: int = 0) -> str:
        process = self.start(*arguments)
        output, errors = process.communicate(timeout=400)
        assert process.returncode == code, output + errors
        return output

    def programs(self) -> dict[str, Path]:
        """Service -> its folder in /proc."""
        running = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                variables = (folder / "environ").read_text(errors="replace").split("\0")
                if f"DEPLOY_ROOT={self.folder}" in variables:
                    names = [one.partition("=")[2] for one in variables if one.startswith("SUPERVISOR_PROCESS_NAME=")]
                    running |= dict.fromkeys(names, folder)
        return running


def responds(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp()).resolve()  # shorter than pytest's: the sockets shall fit beside the state
    uv("build", "--wheel", "--out-dir", home / "wheel", ".")
    (wheel,) = (home / "wheel").glob("*.whl")
    uv("venv", "--python", sys.executable, home / "environment")
    uv("pip", "install", "--python", home / "environment" / "bin" / "python", wheel)
    # What lies where it is used must not be imported in place of the package.
    (home / "used here" / "monitor_core").mkdir(parents=True)
    (home / "used here" / "monitor_core" / "__init__.py").write_text("raise SystemExit('imported from where it lies')")
    installed = Installation(home / "environment", home / "used here", free_port())
    try:
        yield installed
    finally:
        installed.run("down")
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def started(installation: Installation) -> str:
    return installation.run("up")


def test_it_is_installed_with_its_version(installation: Installation) -> None:
    assert installation.run("--version") == f"Prediction monitor {version()}\n"


def test_it_starts_with_the_demo(installation: Installation, started: str) -> None:
    assert started.endswith(f"The monitor runs: http://localhost:{installation.port}\n")
    assert installation.run("ps") == "The database runs.\nThe logger runs.\nThe app runs.\n"
    report = json.loads(installation.run("report", "--format", "json", "--period", "90d"))
    assert report["documents"] > 100
    assert (installation.folder / "var" / "mongodb").is_dir()


@pytest.mark.usefixtures("started")
def test_its_programs_are_those_of_the_package(installation: Installation) -> None:
    for name, process in installation.programs().items():
        command = (process / "cmdline").read_text().split("\0")
        assert str(ROOT) not in " ".join(command)
        if name != "database":
            assert any("monitor_core/programs/" in word for word in command)
    assert installation.programs().keys() == {"database", "logger", "app"}


@pytest.mark.usefixtures("started")
def test_a_program_in_the_foreground_is_that_of_the_package(installation: Installation) -> None:
    installation.run("logger", "--health")
    port = free_port()
    process = installation.start("app", STREAMLIT_SERVER_PORT=str(port))
    try:
        address = f"http://127.0.0.1:{port}/_stcore/health"
        assert wait_until(lambda: process.poll() is not None or responds(address), 60)
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.usefixtures("started")
def test_the_app_uses_its_own_configuration(installation: Installation) -> None:
    """Its address is the loopback one, which Streamlit's own default is not."""
    assert f"URL: http://127.0.0.1:{installation.port}" in installation.run("logs", "app", "--lines", "1000")


@pytest.mark.usefixtures("started")
def test_a_sentence_names_its_own_command(installation: Installation) -> None:
    installation.run("down", "app")
    assert "The app is stopped; prediction-monitor up starts it.\n" in installation.run("ps", code=1)
    assert installation.run("up", "app") == "The app runs.\n"


@pytest.mark.browser
@pytest.mark.usefixtures("started")
def test_its_pages_are_there(installation: Installation) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{installation.port}/metrics_by_class")
        wait_for_page(page, "metrics_by_class")
        assert page.get_by_text("prediction-monitor demo --remove").count() == 1
