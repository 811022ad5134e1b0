"""What is pinned: the requirements as people write them, and the locks that are made from them."""

import re
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from monitor_core.settings.settings import ROOT

RUNTIME, TESTS = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
RUNTIME_LOCK, TESTS_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
WHYLOGS_LOCK, BUILD_LOCK = ROOT / "deploy" / "whylogs.lock", ROOT / "deploy" / "whylogs-build.lock"


def required(file: Path) -> dict[str, Requirement]:
    """Return what the file lists itself, by the name of the package."""
    lines = (line.split("  #")[0] for line in file.read_text("utf-8").splitlines())
    listed = [Requirement(line) for line in lines if line and not line.startswith(("#", "-r"))]
    return {canonicalize_name(one.name): one for one in listed}


def locked(file: Path) -> dict[str, Requirement]:
    pinned = re.findall(r"^([\w.-]+==[^\\\n]+?) ?\\$", file.read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(one.name): one for one in map(Requirement, pinned)}
