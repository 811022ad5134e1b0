"""Programs that cannot import whylogs, as on a Python that it has no wheels for."""

from pathlib import Path

import pytest

from monitor_core.settings.settings import ROOT

# What Python runs at its start: `import whylogs` fails in earnest as long as a file exists.
CUSTOMISATION = """
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path


class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("whylogs", "whylogs_sketching") and Path({file!r}).exists():
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Missing())
"""


def hide_whylogs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hide whylogs from all programs that the test starts, as long as the file exists whose path is returned."""
    file, site = folder / "whylogs-is-missing", folder / "customised"
    site.mkdir()
    file.touch()
    (site / "sitecustomize.py").write_text(CUSTOMISATION.format(file=str(file)), "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{site}:{ROOT}")
    return file
