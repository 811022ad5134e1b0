"""The command line as a whole: mistakes, and a database that does not answer."""

import subprocess
import sys

import pytest

from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT
from tests.cli.conftest import SECRET
from tests.command import run, run_apart


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--period", "2026-13-01"], "2026-13-01"),
        (["--period", "2026-10-02..2026-10-01"], "2026-10-01..2026-10-02"),
        (["--period", "1990-01-01..2026-10-01"], "2000-01-01"),
        (["--period", "2026-10-01", "--last", "2026-10-02"], "leave out"),
        (["--first", "2026-13-01"], "2026-13-01"),
        (["--first", "2026-10-02", "--last", "2026-10-01"], "after"),
        (["--first", "1990-01-01"], "2000-01-01"),
        (["--basis", "banana"], "banana"),
    ],
)
def test_bad_arguments_are_said_and_end_with_2(store: Store, arguments: list[str], sentence: str) -> None:
    ended = run("report", *arguments)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_dead_database_is_one_sentence_and_ends_with_2(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", f"mongodb://root:{SECRET}@127.0.0.1:9")
    ended = run_apart("report")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "No MongoDB answered at 127.0.0.1:9" in ended.stderr
    assert SECRET not in ended.stderr


FAULTY = """
import sys
from monitor_core.cli import main, check
def fail(*_): raise KeyError("hunter2key.secret")
check.facts.check = fail
sys.argv = ["monitor", "check"]
main.main()
"""


def test_a_fault_of_ours_is_one_sentence_without_values_and_no_answer(store: Store) -> None:
    """`check` ends with 1 when a rule fires: a gate must not take a fault for that."""
    ended = subprocess.run([sys.executable, "-c", FAULTY], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("The command failed with KeyError, a fault of the monitor: ")
    assert "check.py:" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert SECRET not in ended.stderr


def test_a_command_starts_without_scipy_stats() -> None:
    """It takes half a second to import, in each command, logger and app; scipy.special has what we need."""
    script = "import sys, monitor_core.cli.main, monitor_core.logger.scheduler; print('scipy.stats' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
