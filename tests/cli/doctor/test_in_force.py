"""The settings in words: whatever is secret in one is hidden."""

from pathlib import Path

import pytest

from monitor_core.cli.doctor.in_force import in_force
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load
from tests.planted import OF_A_LOGIN, PLANTED, SECRET


def test_no_setting_shows_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"mongodb://root:{SECRET}@db.example:27017/?tls=true"
    for name, value in {**PLANTED, **OF_A_LOGIN, "MONITOR_MONGODB_URI": address}.items():
        monkeypatch.setenv(name, value)
    shown = {each.name: each for each in in_force(load(tmp_path))}
    assert shown.keys() == Settings.model_fields.keys()
    assert shown["mongodb_uri"].value == "(hidden) at db.example:27017"
    assert shown["login_client_secret"].value == shown["whylabs_api_key"].value == "(hidden)"
    assert shown["login_client_id"].value == "monitor"
    assert SECRET not in str(shown)


def test_a_setting_names_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "monitor.toml").write_text('time_zone = "Europe/Madrid"\nbasis = "predicted"\n')
    monkeypatch.setenv("MONITOR_BASIS", "validated")
    shown = {each.name: (each.value, each.origin) for each in in_force(load(tmp_path))}
    assert shown["time_zone"] == ("Europe/Madrid", "monitor.toml")
    assert shown["basis"] == ("validated", "environment")
    assert shown["period"] == ("30d", "default")
