"""The version of this code: it stands in pyproject.toml and nowhere else."""

import tomllib
from functools import cache
from importlib import metadata

from monitor_core.settings.settings import ROOT

DISTRIBUTION = "prediction-monitor"


@cache
def version() -> str:
    """Return it from pyproject.toml beside the code; of an installed package, from its metadata.

    "unknown" where neither is there, as in a copy of the modules alone.
    """
    file = ROOT / "pyproject.toml"
    if file.is_file():
        return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"])
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"
