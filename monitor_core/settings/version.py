"""The version of this code, which is written in pyproject.toml only."""

import tomllib
from functools import cache
from importlib import metadata

from monitor_core.settings.place import IS_CHECKOUT, ROOT

DISTRIBUTION = "prediction-monitor"


@cache
def version() -> str:
    """Return the version from pyproject.toml beside the code or, for an installed package, from its metadata.

    Return "unknown" if there is neither, as in a copy of the modules alone.
    """
    file = ROOT / "pyproject.toml"
    if IS_CHECKOUT and file.is_file():
        return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"])
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
