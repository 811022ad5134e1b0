"""The Pythons of this machine, and those that uv can fetch."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FETCH_SECONDS = 60
# A release of CPython with the global lock, which is what people deploy; it prints nothing otherwise.
WHAT = (
    "import sys, sysconfig; v = sys.version_info; fits = v >= (3, 11) and v.releaselevel == 'final' and "
    "sys.implementation.name == 'cpython' and not sysconfig.get_config_var('Py_GIL_DISABLED'); "
    "print(*v[:3]) if fits else None"
)


@dataclass(frozen=True, order=True)
class Python:
    """A Python that can be run."""

    version: tuple[int, ...]
    program: str

    @property
    def minor(self) -> int:
        return self.version[1]


def uv() -> str:
    """Return uv: the one of the tests' environment, or of PATH."""
    own = Path(sys.executable).with_name("uv")
    found = str(own) if own.exists() else shutil.which("uv")
    assert found, "uv is in requirements-dev.lock"
    return found


def _offered(*arguments: str) -> list[dict[str, Any]]:
    command = [uv(), "python", "list", "--output-format", "json", "--no-config", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    return list(json.loads(ended.stdout)) if ended.returncode == 0 else []


def _programs() -> set[str]:
    """Return the programs that may be Pythons: of PATH, pyenv and uv."""
    on_path = {shutil.which(f"python3.{minor}") for minor in range(11, 30)} | {shutil.which("python3")}
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    of_uv = {one["path"] for one in _offered("--only-installed")}
    return {program for program in on_path | of_uv if program} | {
        str(program) for program in pyenv.glob("versions/3.[1-9][0-9]*/bin/python3")
    }


def installed() -> list[Python]:
    """Return the Pythons of other versions that are installed, the newest first."""
    pythons = set()
    for program in _programs():
        ended = subprocess.run([program, "-I", "-c", WHAT], capture_output=True, text=True, check=False)
        if ended.returncode == 0 and ended.stdout.strip():
            pythons.add(Python(tuple(map(int, ended.stdout.split())), program))
    return sorted((one for one in pythons if one.minor != sys.version_info.minor), reverse=True)


def newest_first() -> Iterator[Python]:
    """Yield a Python of each other version, the newest first: an installed one, or one that uv can fetch.

    Those that are older than the newest installed one are not fetched.
    """
    here = {one.minor: one for one in reversed(installed())}
    offered = {
        one["version_parts"]["minor"]
        for one in _offered("--only-downloads")
        if one["implementation"] == "cpython"
        and one["variant"] == "default"
        and one["version"].replace(".", "").isdigit()
    }
    newer = {minor for minor in offered if minor > max(here, default=10)}
    for minor in sorted(here.keys() | newer - {sys.version_info.minor}, reverse=True):
        if python := here.get(minor) or _fetched(minor):
            yield python


def _fetched(minor: int) -> Python | None:
    """Return a Python of this version that uv fetches; None without a network."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prediction-monitor" / "pythons"
    environment = os.environ | {"UV_PYTHON_INSTALL_DIR": str(folder), "UV_HTTP_RETRIES": "0"}
    fetch, find = ("python", "install", "--no-bin"), ("python", "find", "--managed-python")
    try:
        for command in (fetch, find):
            ended = subprocess.run(
                [uv(), *command, f"3.{minor}"],
                env=environment,
                capture_output=True,
                text=True,
                timeout=FETCH_SECONDS,
                check=True,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return Python((3, minor), ended.stdout.strip())
