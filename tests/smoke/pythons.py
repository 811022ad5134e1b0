"""The Pythons of this machine, and those that uv can fetch."""

import json
import os
import shutil
import subprocess
import sys
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
        str(program) for program in pyenv.glob("versions/*/bin/python3")
    }


def installed() -> list[Python]:
    """Return the Pythons of other versions that are installed, the newest first."""
    pythons = set()
    for program in _programs():
        ended = subprocess.run([program, "-I", "-c", WHAT], capture_output=True, text=True, check=False)
        if ended.returncode == 0 and ended.stdout.strip():
            pythons.add(Python(tuple(map(int, ended.stdout.split())), program))
    return sorted((one for one in pythons if one.minor != sys.version_info.minor), reverse=True)


def fetched(newer_than: int) -> Python | None:
    """Return the newest Python that uv offers, if it is newer than this one and the network lets uv have it."""
    offered = [
        one["version_parts"]["minor"]
        for one in _offered("--only-downloads")
        if one["implementation"] == "cpython"
        and one["variant"] == "default"
        and one["version"].replace(".", "").isdigit()
    ]
    newest = max(offered, default=0)
    if newest <= max(newer_than, sys.version_info.minor):
        return None
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "prediction-monitor" / "pythons"
    environment = os.environ | {"UV_PYTHON_INSTALL_DIR": str(folder), "UV_HTTP_RETRIES": "0"}
    try:
        subprocess.run(
            [uv(), "python", "install", "--no-bin", f"3.{newest}"],
            env=environment,
            capture_output=True,
            timeout=FETCH_SECONDS,
            check=True,
        )
        command = [uv(), "python", "find", "--managed-python", f"3.{newest}"]
        program = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return Python((3, newest), program)
