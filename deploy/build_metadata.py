"""The package's dependencies, taken from requirements.txt when the package is built, so that they are listed once."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Requirements(MetadataHookInterface):
    """Hook of the build that adds the dependencies."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the requirements, and what whylogs needs where it has to be compiled as the extra "whylogs"."""
        lines = (Path(self.root) / "requirements.txt").read_text("utf-8").splitlines()
        requirements = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
        metadata["dependencies"] = [one for one in requirements if one]
        (whylogs,) = (one for one in requirements if one.startswith("whylogs=="))
        metadata["optional-dependencies"] = {"whylogs": [whylogs.split(";")[0]]}
