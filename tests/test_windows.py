"""Windows is refused in a sentence before anything is imported that only Unix has.

There is no Windows here: a process is given the `sys.platform` "win32" when it imports the first of our modules,
and can import nothing more from then on. What it has imported before, such as Streamlit, runs on Windows as well.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor_core.settings.settings import ROOT

OF_UNIX = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
REFUSAL = "The monitor does not run on Windows; install and run it in WSL, Windows' own Linux.\n"
BECOMES_WINDOWS = f"""
import sys

class Windows:
    def find_spec(self, name, path=None, target=None):
        if name == "monitor_core":
            sys.platform = "win32"
            for module in {OF_UNIX}:
                sys.modules[module] = None
        elif sys.platform == "win32":
            raise ImportError(f"{{name}} is imported on Windows")

sys.meta_path.insert(0, Windows())
"""
PROGRAMS = {
    "command line": ["-m", "monitor_core", "doctor"],
    "logger": ["logger_worker.py"],
    "logger's health": ["logger_worker.py", "--health"],
    "app": ["-m", "streamlit", "run", "streamlit_app.py", "--server.port=0"],
}


def on_windows(tmp_path: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    (tmp_path / "sitecustomize.py").write_text(BECOMES_WINDOWS, "utf-8")
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("program", PROGRAMS)
def test_windows_is_refused_in_one_sentence(program: str, tmp_path: Path) -> None:
    ended = on_windows(tmp_path, PROGRAMS[program])
    assert ended.stderr == REFUSAL
    assert ended.returncode == 2


def test_nothing_of_ours_is_imported_there(tmp_path: Path) -> None:
    """Else the test above would be about something else than the first module that is imported."""
    ended = on_windows(tmp_path, ["-c", "import monitor_core.contract.errors"])
    assert (ended.stderr, ended.returncode) == (REFUSAL, 2)
