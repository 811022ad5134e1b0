"""The command line, as a user types it."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from monitor_core.__main__ import main
from monitor_core.settings.settings import ROOT


@dataclass(frozen=True)
class Ended:
    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, stdin: str | None = None) -> Ended:
    """In this process: the whole command but for the second in which Python starts; see `run_apart`."""
    out, err = io.StringIO(), io.StringIO()
    typed = [str(ROOT / "monitor_core" / "__main__.py"), *arguments]
    with redirect_stdout(out), redirect_stderr(err), patch("sys.argv", typed), patch("sys.stdin", io.StringIO(stdin)):
        try:
            main()
        except SystemExit as ended:
            return Ended(int(ended.code or 0), out.getvalue(), err.getvalue())
    return Ended(0, out.getvalue(), err.getvalue())


def run_apart(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """In a process of its own."""
    command = [sys.executable, "-m", "monitor_core", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False, input=stdin)


def run_json(*arguments: str, code: int = 0, stdin: str | None = None) -> Any:
    """Return what a command prints as JSON, after it ended with this code."""
    ended = run(*arguments, "--format", "json", stdin=stdin)
    assert ended.returncode == code, ended.stderr + ended.stdout
    return json.loads(ended.stdout)
