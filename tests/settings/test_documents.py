"""The settings that describe the documents."""

from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.settings import ROOT
from monitor_core.settings.sources import load


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("MONITOR_TIME_ZONE", "Europe/Madird", "Europe/Madrid"),
        ("MONITOR_TIME_ZONE", "../../etc/passwd", "IANA"),
        ("MONITOR_BASIS", "reviewed", "validated"),
        ("MONITOR_DATABASE", "a/b", "database"),
        ("MONITOR_COLLECTION", "system.users", "collection"),
        ("MONITOR_CLASS_NAMES", '{"0": "SIGRE"', "JSON"),
        ("MONITOR_CLASS_NAMES", '{"0": "a", "1": "a"}', "same name"),
        ("MONITOR_CLASS_COLOURS", '{"0": "redd"}', "is not a colour"),
        ("MONITOR_FIELDS__PREDICTION", "$where", "field"),
        ("MONITOR_TRAINING_COUNTS", '{"0": -1}', "greater than or equal"),
    ],
)
def test_a_bad_value_names_its_variable_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert name in str(caught.value)
    assert remedy in str(caught.value)


def test_a_relative_path_begins_at_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_IMAGE_FOLDER", "photos")
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(tmp_path))
    settings = load(tmp_path).settings
    assert (settings.images, settings.state_folder) == (ROOT / "photos", tmp_path)
