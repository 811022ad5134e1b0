"""Where the settings come from, and what stops the start."""

from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import former_settings, load

SECRET = "hunter2key.secret"  # noqa: S105 - nobody's


def sentence(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder)
    return str(caught.value)


def test_the_environment_is_stronger_than_dot_env_and_that_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "monitor.toml").write_text('database = "toml"\ncollection = "toml"\ntime_zone = "Asia/Tokyo"\n')
    (tmp_path / ".env").write_text("MONITOR_DATABASE=dotenv\nMONITOR_COLLECTION=dotenv\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("MONITOR_DATABASE", "environment")
    loaded = load(tmp_path)
    assert (loaded.settings.database, loaded.settings.collection) == ("environment", "dotenv")
    assert loaded.settings.time_zone == "Asia/Tokyo"
    assert loaded.origins == {"database": "environment", "collection": ".env", "time_zone": "monitor.toml"}


def test_a_table_may_come_from_two_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "monitor.toml").write_text('[fields]\nprediction = "p"\nvalidated = "v"\n[class_names]\n0 = "SIGRE"\n')
    monkeypatch.setenv("MONITOR_FIELDS__PREDICTION", "label")
    settings = load(tmp_path).settings
    assert (settings.fields.prediction, settings.fields.validated) == ("label", "v")
    assert settings.class_name(0) == "SIGRE"


def test_a_misspelt_variable_is_not_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_TIMEZONE", "Europe/Madrid")
    assert "MONITOR_TIMEZONE (environment) is not a setting; did you mean MONITOR_TIME_ZONE?" in sentence(tmp_path)


@pytest.mark.parametrize(("file", "text"), [(".env", "MONITOR_TIMEZONE=UTC\n"), ("monitor.toml", "timezone = 'UTC'\n")])
def test_a_misspelt_line_in_a_file_is_not_ignored(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text)
    said = sentence(tmp_path)
    assert file in said
    assert "MONITOR_TIME_ZONE" in said


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("time_zone = Europe/Madrid\n")
    assert "monitor.toml cannot be read" in sentence(tmp_path)


def test_a_key_without_its_organisation_is_half_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLABS_API_KEY", SECRET)
    said = sentence(tmp_path)
    assert "WHYLABS_DEFAULT_ORG_ID and WHYLABS_DEFAULT_DATASET_ID" in said
    assert SECRET not in said


LOGIN = {
    "LOGIN_METADATA_URL": "https://login.example.org/.well-known/openid-configuration",
    "LOGIN_CLIENT_ID": "monitor",
    "LOGIN_CLIENT_SECRET": SECRET,
    "LOGIN_DOMAINS": "example.org, @Example.com",
    "LOGIN_EDITORS": '["ada@example.org", "monitor editors"]',
}


def set_login(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in (LOGIN | changes).items():
        monkeypatch.setenv(f"MONITOR_{name}", value)


def test_a_login_is_whole_or_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not load(tmp_path).settings.login_enabled
    set_login(monkeypatch)
    settings = load(tmp_path).settings
    assert settings.login_enabled
    assert settings.login_domains == ("example.org", "example.com")
    assert settings.login_editors == ("ada@example.org", "monitor editors")
    assert Settings(**settings.model_dump()) == settings
    assert SECRET not in repr(settings)
    set_login(monkeypatch, **dict.fromkeys(LOGIN, ""))
    assert not load(tmp_path).settings.login_enabled


@pytest.mark.parametrize("name", [name for name in LOGIN if name != "LOGIN_EDITORS"])
def test_half_a_login_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_login(monkeypatch, **{name: ""})
    said = sentence(tmp_path)
    assert f"is set but MONITOR_{name} is not" in said
    assert SECRET not in said
    set_login(monkeypatch, **dict.fromkeys(LOGIN, "") | {name: LOGIN[name]})
    assert f"MONITOR_{name} is set but" in sentence(tmp_path)


def test_editors_without_a_login_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_LOGIN_EDITORS", "ada@example.org")
    assert "MONITOR_LOGIN_EDITORS is set but MONITOR_LOGIN_METADATA_URL" in sentence(tmp_path)


def test_a_login_is_not_sent_over_plain_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_login(monkeypatch, APP_URL="http://monitor.example.org")
    assert "MONITOR_APP_URL is a plain http address" in sentence(tmp_path)
    for safe in ("https://monitor.example.org", "http://127.0.0.1:5004", "http://[::1]:5004"):
        set_login(monkeypatch, APP_URL=safe)
        assert load(tmp_path).settings.app_url == safe


def test_two_sources_of_training_counts_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text('training_folder = "a"\ntraining_manifest = "b"\n')
    assert "MONITOR_TRAINING_MANIFEST and MONITOR_TRAINING_FOLDER exclude each other" in sentence(tmp_path)


@pytest.mark.parametrize(
    ("name", "place"),
    [("DATABASE_URI", "MONITOR_MONGODB_URI"), ("LABEL_DICT", "MONITOR_CLASS_NAMES"), ("ENABLE_LOGS", "")],
)
def test_a_setting_of_the_earlier_system_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    assert former_settings(tmp_path) == []
    (tmp_path / ".env").write_text(f"{name}=mongodb://root:{SECRET}@db\n")
    (sentence_of_doctor,) = former_settings(tmp_path)
    monkeypatch.setenv(f"MONITOR_{name}", f"mongodb://root:{SECRET}@db")
    for text in (sentence_of_doctor, sentence(tmp_path)):
        assert "ia-logging-monitor" in text
        assert name in text
        assert place in text
        assert SECRET not in text


def test_a_colour_of_no_class_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "blue", "1": "7"}')
    monkeypatch.setenv("MONITOR_CLASS_COLOURS", '{"blue": "navy", "7": "#fff", "2": "rgb(1, 2, 3)"}')
    assert load(tmp_path).settings.colours == {0: "#000080", 1: "#ffffff", 2: "#010203"}
    monkeypatch.setenv("MONITOR_CLASS_COLOURS", '{"green": "navy"}')
    assert 'MONITOR_CLASS_COLOURS cannot be used: "green" is neither' in sentence(tmp_path)
