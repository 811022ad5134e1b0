"""A service in the background, kept alive by a supervisor of its own and so controlled independently of the others."""

import hashlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from monitor_core.contract.errors import MonitorError
from monitor_core.mongo import embedded
from monitor_core.settings.place import IS_CHECKOUT, PROGRAMS, ROOT

STOP_SECONDS = 90.0  # the longest stopwaitsecs of supervisord.conf, and some more
TERM_SECONDS = 10.0  # that a program without supervisor has to end
LINES_OF_LOG = 15  # in an error
SAFE = {"PYTHONSAFEPATH": "1"}  # or a folder monitor_core where a package is started would come first
OF_SETTINGS = ("MONITOR_", "WHYLABS_", "STREAMLIT_")  # beginnings of environment variables
CODE = ("monitor_core", "pages", ".streamlit", "deploy")
FILES = ("requirements.lock", "pyproject.toml", "streamlit_app.py", "logger_worker.py")


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds, and return whether it did so in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class Service:
    """A service of this installation: the database, the logger or the app."""

    def __init__(self, name: str) -> None:
        self.name = str(name)  # of an enumeration, the text alone: XML-RPC knows no other
        # Its place does not depend on the settings, so that services can be stopped with invalid ones too.
        folder = embedded.run_folder(ROOT / "var")
        self.socket = folder / f"{name}.supervisor"
        self._pid_file = folder / f"{name}.pid"
        self._deployed = folder / f"{name}.sha256"

    def state(self) -> str | None:
        """Return supervisor's word for the state of the program; None if there is no supervisor.

        RUNNING, STARTING, BACKOFF (it failed and will be started again), STOPPED, STOPPING, EXITED, FATAL or UNKNOWN.
        """
        try:
            return str(_remote(self.socket).getProcessInfo(self.name)["statename"])
        except (OSError, http.client.HTTPException, Fault):
            return None

    def is_up(self) -> bool:
        """Return whether the program runs, or has just been started."""
        return self.state() in ("RUNNING", "STARTING")

    def is_outdated(self, deployed: str) -> bool:
        """Return whether the program runs with other settings, code or packages than the digest's."""
        return self.state() is not None and (not self._deployed.exists() or self._deployed.read_text() != deployed)

    def start(self, state_folder: Path, deployed: str) -> None:
        """Start the program unless it runs; return at once. `deployed`: the digest of what it is started with."""
        if self.state() is None:
            self._end_strays()  # of a supervisor that was killed
            self._launch(state_folder)
            self._deployed.write_text(deployed)
        if not self.is_up():
            with suppress(Fault):
                _remote(self.socket).stopProcess(self.name)  # ends a pause between two tries
            with suppress(Fault):
                _remote(self.socket).startProcess(self.name, False)

    def _launch(self, state_folder: Path) -> None:
        logs = log_folder(state_folder)
        logs.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {
            "DEPLOY_ROOT": str(ROOT),
            "DEPLOY_SERVICE": self.name,
            "DEPLOY_SOCKET": str(self.socket),
            "DEPLOY_LOG": str(logs).replace("%", "%%"),  # supervisor expands the path of a log twice
            "DEPLOY_PYTHON": sys.executable,
            "DEPLOY_PROGRAMS": str(PROGRAMS),
        }
        if not IS_CHECKOUT:
            environment |= SAFE
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(PROGRAMS / "deploy/supervisord.conf")]
        command += ["--logfile", str(logs / f"supervisord-{self.name}.log"), "--pidfile", str(self._pid_file)]
        started = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if started.returncode:
            reason = (started.stderr or started.stdout).strip().splitlines()[-1:] or ["no reason is given"]
            raise MonitorError(f"The supervisor of the {self.name} did not start: {reason[0]}.")

    def stop(self) -> None:
        """Stop the program and its supervisor; nothing of them is left."""
        with suppress(OSError, http.client.HTTPException, Fault):
            _remote(self.socket).shutdown()
            wait_until(lambda: self.state() is None and not list(self.processes()), STOP_SECONDS)
        self._end_strays()
        for file in (self.socket, self._pid_file, self._deployed):
            file.unlink(missing_ok=True)

    def processes(self) -> Iterator[int]:
        """Yield the ids of the supervisor and its program; nothing on systems without /proc."""
        for process, variables in processes_of(ROOT):
            if variables.get("DEPLOY_SERVICE") == self.name:
                yield process

    def _end_strays(self) -> None:
        """End programs without supervisor, which may hang at the broken pipe to their logs."""
        end(lambda: list(self.processes()))


def end(remaining: Callable[[], list[int]]) -> None:
    """End processes, and kill those that do not react; a killed mongod has its journal."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in remaining():
            with suppress(ProcessLookupError):
                os.kill(process, number)
        if wait_until(lambda: not remaining(), TERM_SECONDS):
            return


def processes_of(root: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the processes of an installation, which inherit DEPLOY_ROOT, with their environments; on Linux only."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
            variables = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
            if variables.get("DEPLOY_ROOT") == str(root) and int(folder.name) != os.getpid():
                yield int(folder.name), variables


def _remote(socket: Path) -> Any:
    """Return supervisor's remote interface (XML-RPC over its socket)."""
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    return ServerProxy("http://127.0.0.1", transport=transport).supervisor


def end_former() -> bool:
    """End what version 0.2 and earlier started, all under one supervisor; return whether there was anything."""
    socket = embedded.run_folder(ROOT / "var") / "supervisor.sock"

    def remaining() -> list[int]:
        return [process for process, variables in processes_of(ROOT) if "DEPLOY_SERVICE" not in variables]

    if not socket.exists() and not remaining():
        return False
    with suppress(OSError, http.client.HTTPException, Fault):
        _remote(socket).shutdown()
        wait_until(lambda: not remaining(), STOP_SECONDS)
    end(remaining)
    socket.unlink(missing_ok=True)
    return True


def log_folder(state_folder: Path) -> Path:
    """Return the folder of the services' logs."""
    return state_folder / "log"


def end_of_log(state_folder: Path, name: str) -> str:
    """Return the last lines that a service wrote."""
    try:
        lines = (log_folder(state_folder) / f"{name}.log").read_text("utf-8", "replace").splitlines()
    except OSError:
        return "(there is none)"
    return "\n".join(lines[-LINES_OF_LOG:])


def digest_of_programs() -> str:
    """Return a digest of the settings, the code and the packages that logger and app run with.

    Running programs keep what they were started with, so a service whose digest has changed is started again. Only the
    digest is stored, because the environment contains keys.
    """
    files = [*(ROOT / name for name in (".env", "monitor.toml")), *(PROGRAMS / name for name in FILES)]
    folders = [PROGRAMS / name for name in CODE] if IS_CHECKOUT else [PROGRAMS.parent]
    files += [file for folder in folders for file in folder.rglob("*") if file.suffix in (".py", ".toml", ".conf")]
    content = [(str(file), file.read_bytes()) for file in sorted(set(files)) if file.is_file()]
    return _digest(sys.version, _environment(), content)


def digest_of_database(settings_of_mongod: list[str]) -> str:
    """Return a digest of what the bundled MongoDB runs with: its command."""
    return _digest(settings_of_mongod)


def _environment() -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in os.environ.items() if name.startswith(OF_SETTINGS))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
