"""The demo's segments: in force with the bundled database, unless others are configured."""

from pathlib import Path

import pytest

from monitor_core.settings.demo_segments import read_demo_segments, remove_demo_segments, write_demo_segments
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load

CAMERA = {"camera": "camera"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path / "state"))
    return load(tmp_path).settings


def test_they_are_in_force_while_the_demo_is_there(settings: Settings, tmp_path: Path) -> None:
    assert load(tmp_path).settings.segments == {}
    write_demo_segments(settings, CAMERA)
    loaded = load(tmp_path)
    assert (loaded.settings.segments, loaded.origins["segments"]) == (CAMERA, "the demo")
    remove_demo_segments(settings)
    assert load(tmp_path).settings.segments == {}
    remove_demo_segments(settings)


def test_configured_segments_and_another_database_have_none_of_them(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demo_segments(settings, CAMERA)
    monkeypatch.setenv("MONITOR_SEGMENTS", '{"line": "line"}')
    assert load(tmp_path).settings.segments == {"line": "line"}
    monkeypatch.delenv("MONITOR_SEGMENTS")
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://localhost")
    assert load(tmp_path).settings.segments == {}


@pytest.mark.parametrize("text", ["", "[1]", "{", "\udcff"])
def test_a_damaged_file_is_as_none(settings: Settings, text: str) -> None:
    write_demo_segments(settings, CAMERA)
    file = settings.model_folder / "demo-segments.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_demo_segments(settings) == {}
