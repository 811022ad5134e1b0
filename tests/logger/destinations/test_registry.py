"""The settings name the destinations: ours, and those of packages that are installed."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.logger import profiles
from monitor_core.logger.destinations.protocol import takes_json
from monitor_core.logger.destinations.registry import GROUP, configured, why_refused
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.store import Store
from monitor_core.reports.logging import logger_report
from monitor_core.settings.settings import ROOT, Settings
from tests.documents import FIELDS, at, fields

EXAMPLE = ROOT / "examples" / "json_lines_destination"


def install(site: Path, source: Path = EXAMPLE, **entries: str) -> None:
    """Put the package's modules and metadata where Python looks for them, as unpacking its wheel does."""
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
    entry_points = entries or project["entry-points"][GROUP]
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = [f"[{GROUP}]", *(f"{name} = {value}" for name, value in entry_points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    shutil.copy(source / "json_lines_destination.py", site)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed packages, for this process and those that it starts."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def with_destinations(folder: Path, *names: str, **more: bool) -> Settings:
    return Settings(state_folder=folder, destinations=names, **more)


def test_without_a_name_nothing_of_another_package_is_used(site: Path, tmp_path: Path) -> None:
    install(site)
    assert [one.key for one in configured(with_destinations(tmp_path))] == ["local"]


def test_a_named_destination_gets_every_row_once(
    site: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site)
    monkeypatch.setenv("MONITOR_DESTINATIONS", "json_lines")
    made = fields(prediction=1, confidence=0.9, validated_at=at(2026, 10, 5))
    store.collection.insert_many(made | fields(predicted_at=at(2026, 10, n), validated=n) for n in (1, 2))
    command = [sys.executable, "logger_worker.py", "--once"]
    for _ in range(2):
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    files = sorted((store.settings.state_folder / "json-lines").rglob("*.jsonl"))
    assert [file.parent.name for file in files] == ["2026-10-01", "2026-10-02"]
    columns = {line["column"]: line for line in map(json.loads, files[1].read_text("utf-8").splitlines())}
    assert columns[FIELDS.validated]["frequent"] == [["2", 1]]
    last = store.state.last_tick()
    assert last
    assert last.destinations == ("local store", "JSON lines")
    table = logger_report(store).destinations.set_index("destination")
    assert dict(table["state"]) == {"local store": "up to date", "JSON lines": "up to date"}
    assert dict(table["required"]) == {"local store": "yes", "JSON lines": "no"}


def test_one_that_is_taken_out_of_the_settings_is_no_more_listed(
    site: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site)
    command = [sys.executable, "logger_worker.py", "--once"]
    for names in ("json_lines", ""):
        monkeypatch.setenv("MONITOR_DESTINATIONS", names)
        subprocess.run(command, cwd=ROOT, capture_output=True, timeout=90, check=True)
    assert [one.key for one in Outbox(store).active_destinations()] == ["local"]


def test_a_name_that_no_package_brings_is_said_with_those_that_are_there(site: Path, tmp_path: Path) -> None:
    install(site)
    with pytest.raises(SettingsError, match=r"names elastic, which no installed package brings .*json_lines"):
        configured(with_destinations(tmp_path, "elastic"))


def test_a_class_that_cannot_be_made_is_said_without_its_words(site: Path, tmp_path: Path) -> None:
    install(site, broken="json_lines_destination:no_such_class")
    with pytest.raises(SettingsError, match=r"broken cannot be created.*AttributeError"):
        configured(with_destinations(tmp_path, "broken"))


def test_a_key_is_the_entry_point_s_name(site: Path, tmp_path: Path) -> None:
    install(site, other="json_lines_destination:JsonLines")
    with pytest.raises(SettingsError, match="its key is json_lines"):
        configured(with_destinations(tmp_path, "other"))


def test_only_what_takes_json_can_do_without_whylogs(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site)
    credentials = {"WHYLABS_API_KEY": "abcdefghij.0123456789:org-1", "WHYLABS_DEFAULT_DATASET_ID": "model-1"}
    every = configured(Settings(state_folder=tmp_path, destinations=("json_lines",), **credentials))
    assert [(one.key, takes_json(one)) for one in every] == [("local", True), ("whylabs", False), ("json_lines", True)]
    assert why_refused(every) is None
    monkeypatch.setitem(sys.modules, "whylogs", None)  # an import of it then fails
    profiles._whylogs.cache_clear()
    assert why_refused(one for one in every if takes_json(one)) is None
    refused = str(why_refused(every))
    assert refused.startswith("Nothing new is logged: WhyLabs takes only whylogs' files, and whylogs cannot be")


def test_one_destination_at_least_is_required(site: Path, tmp_path: Path) -> None:
    install(site)
    with pytest.raises(SettingsError, match="require one of them"):
        configured(with_destinations(tmp_path, "json_lines", local_required=False))
