"""What the documentation shows as code works."""

import re
from pathlib import Path
from typing import Any

import pytest

from monitor_core.logger import destinations
from monitor_core.logger import tick as jobs
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from tests.conftest import at
from tests.logger.test_tick import confusion, reviewed


def test_the_example_of_a_destination_gets_every_row_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?class Bucket.*?)```", (ROOT / "docs/logger.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the README's own lines
    bucket = names["Bucket"](f"file://{tmp_path}/bucket")

    def configured(settings: Settings, demo: bool = False) -> list[destinations.Destination]:
        return [*destinations.configured(settings, demo), bucket]

    monkeypatch.setattr(jobs, "configured", configured)
    store.collection.insert_many([reviewed(1, 1, at(2026, 10, 1)), reviewed(2, 1, at(2026, 10, 2))])
    bucket.reach()
    result = jobs.tick(store)
    assert result
    assert (result.logged, result.error) == (2, None)
    files = sorted((tmp_path / "bucket").rglob("*.bin"))
    assert [file.parent.name for file in files] == ["2026-10-01", "2026-10-02"]
    assert [confusion(file.read_bytes()) for file in files] == [{("1", "1"): 1}, {("2", "1"): 1}]
