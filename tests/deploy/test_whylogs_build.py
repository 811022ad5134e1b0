"""deploy/whylogs.sh builds whylogs for a new Python, or says in a sentence that it goes without."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_core.settings.settings import ROOT
from tests.smoke.pythons import installed


@pytest.fixture
def new_python(tmp_path: Path) -> Path:
    """An empty environment of a Python that whylogs has no wheels for."""
    programs = [sys.executable] * (sys.version_info >= (3, 13)) + [one.program for one in installed() if one.minor > 12]
    if not programs:
        pytest.skip("there is no Python 3.13 or newer here")
    folder = tmp_path / "environment"
    subprocess.run([programs[0], "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / "bin" / "python"


def build(python: Path | str, home: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), **variables}
    command = [str(ROOT / "deploy" / "whylogs.sh"), str(python)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_python_that_has_wheels_needs_nothing(tmp_path: Path) -> None:
    if sys.version_info >= (3, 13):
        pytest.skip("the tests run on a Python without wheels")
    ended = build(sys.executable, tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_without_a_compiler_it_says_so_once_in_a_sentence(new_python: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    ended = build(new_python, home, CXX="no-such-compiler")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("There is no C++ compiler to build whylogs' sketching library; the monitor works")
    assert ended.stderr.count("\n") == 1
    again = build(new_python, home, CXX="no-such-compiler")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_what_fails_is_said_with_the_log_and_leaves_no_wheel(new_python: Path, tmp_path: Path) -> None:
    """Here nothing can be fetched: the environment cannot even have a pip."""
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    ended = build(new_python, tmp_path / "home", CXX="true", **nowhere)
    assert ended.returncode == 0
    assert "Building whylogs' sketching library for this Python" in ended.stdout
    (log,) = (tmp_path / "home").rglob("*.log")
    assert ended.stderr.startswith(f"What builds whylogs' sketching library could not be fetched; {log} says why; the")
    assert "Traceback" not in ended.stderr
    assert log.stat().st_size
    assert list((tmp_path / "home").rglob("*.whl")) == []
