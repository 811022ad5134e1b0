"""On the newest other Python: a new environment of the locked packages, then demo, logger, report, doctor and pages."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor_core.mongo import embedded
from monitor_core.settings.settings import ROOT
from tests.app_pages import PAGES
from tests.browser.visit import free_port
from tests.no_whylogs import hide_whylogs
from tests.smoke.pythons import Python, newest_first, uv

pytestmark = [
    pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not())),
    pytest.mark.xdist_group("smoke"),  # so that it begins early: it takes two minutes
]

WITHOUT = "The logger's Python cannot import whylogs, so this profile is the monitor's own"


@dataclass(frozen=True)
class Environment:
    """An environment with the product's packages, and the variables of its programs."""

    python: str
    version: str
    variables: dict[str, str]
    is_new: bool

    def run(self, *command: str, codes: tuple[int, ...] = (0,)) -> str:
        ended = subprocess.run(
            [self.python, *command],
            cwd=ROOT,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode in codes, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stdout + ended.stderr
        return ended.stdout

    @contextlib.contextmanager
    def running(self, *command: str) -> Iterator[None]:
        process = subprocess.Popen(
            [self.python, *command], cwd=ROOT, env=self.variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment of the newest Python that has wheels of the packages; of the running one if there is no other."""
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path / "state"))
    refused = ""
    for newest in newest_first():
        version = ".".join(map(str, newest.version))
        program, why_not = install(newest, tmp_path / version)
        if not why_not:
            return Environment(program, f"Python {version}{refused}", dict(os.environ), True)
        refused += f" (not {version}: {why_not})"
    hide_whylogs(tmp_path, monkeypatch)
    return Environment(sys.executable, f"the running Python, as no other fits{refused}", dict(os.environ), False)


def install(python: Python, folder: Path) -> tuple[str, str]:
    """Return the python of a new environment with exactly the locked packages, or why it cannot have them."""
    lock = str(ROOT / "requirements.lock")
    for command in (
        ("venv", "--quiet", "--seed", "--python", python.program, str(folder)),
        ("pip", "install", "--quiet", "--python", str(folder), "--no-build", "--require-hashes", "-r", lock),
    ):
        ended = subprocess.run([uv(), *command], capture_output=True, text=True, timeout=600, check=False)
        if ended.returncode:
            assert "has no usable wheels" in ended.stderr or "no wheels" in ended.stderr, ended.stderr
            return "", " ".join(ended.stderr.split())[:160]
    return str(folder / "bin" / "python"), ""


def until(is_so: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health") as answer:
        return answer.status == 200
    return False


def has_whylogs(environment: Environment) -> bool:
    code = "from monitor_core.logger.profiles import why_no_whylogs; print(why_no_whylogs() is None)"
    return environment.run("-c", code).strip() == "True"


def install_built_whylogs(environment: Environment) -> bool:
    """Install whylogs if ./test.sh or ./deploy.sh has built its library for this Python; build nothing."""
    command = [str(ROOT / "deploy" / "whylogs.sh"), environment.python]
    variables = environment.variables | {"CXX": "no-such-compiler"}
    subprocess.run(command, env=variables, capture_output=True, timeout=300, check=True)
    return has_whylogs(environment)


def try_everything(environment: Environment) -> str:
    """Return what the page Logging says, after logger, commands and pages have worked."""
    environment.run("logger_worker.py", "--once")
    report = json.loads(environment.run("-m", "monitor_core", "report", "--period", "all", "--format", "json"))
    assert report["validated"] > 1000
    doctor = environment.run("-m", "monitor_core", "doctor", codes=(0, 1))
    assert f"Python {environment.run('-c', 'import platform; print(platform.python_version())').strip()}." in doctor
    pages = environment.run("-m", "tests.smoke.all_pages")
    assert pages.endswith(f"{len(PAGES)} pages\n")
    return pages


def kinds_of_profiles(environment: Environment) -> set[str]:
    """Return the endings of the files of the stored profiles of days."""
    code = (
        "from monitor_core.contract.profiles import ending_of; from monitor_core.mongo.store import Store; "
        "from monitor_core.settings.sources import load; profiles = Store(load().settings).profiles; "
        "print(*{ending_of(profiles.data(day)) for day in profiles.days()})"
    )
    return set(environment.run("-c", code).split())


def test_the_monitor_works_on_the_newest_other_python(
    environment: Environment, record_property: Callable[[str, object], None]
) -> None:
    port, began = free_port(), time.monotonic()
    app = ("-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port), "--server.headless", "true")
    state = Path(environment.variables["MONITOR_STATE_FOLDER"])
    with environment.running("-m", "monitor_core", "database"):
        until(lambda: embedded.responds(embedded.run_folder(state)))
        environment.run("-m", "monitor_core", "demo", "--if-empty")
        here = has_whylogs(environment)
        assert (WITHOUT in try_everything(environment)) == (not here)
        assert kinds_of_profiles(environment) == {"bin" if here else "json"}
        words = "with whylogs" if here else "without whylogs"
        if not here and environment.is_new and install_built_whylogs(environment):
            environment.run("-m", "monitor_core", "history", "rebuild")
            assert kinds_of_profiles(environment) == {"bin"}
            words += ", then with it"
        with environment.running(*app):
            until(lambda: answers(port))
    seconds = time.monotonic() - began
    record_property("said", f"Smoke test: {environment.version}, {words}, in {seconds:.0f} s.")
