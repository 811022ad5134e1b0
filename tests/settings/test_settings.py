"""Settings: what is in force, and what stops the start."""

from datetime import timedelta
from pathlib import Path

import pytest

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.settings import ROOT, Settings, variable
from monitor_core.settings.sources import load
from monitor_core.settings.types import Schedule

SECRET = "hunter2key.secret"  # noqa: S105 - nobody's


def sentence(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder)
    return str(caught.value)


def test_nothing_set_gives_the_defaults_of_the_contract(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    assert (loaded.settings.database, loaded.settings.collection) == ("mlops_labeller_db", "image_logs")
    assert loaded.settings.time_zone == "UTC"
    assert loaded.settings.log_every == Schedule(timedelta(minutes=2))
    assert loaded.origins == {}


def test_an_address_may_name_the_database_and_the_setting_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://ada:s3cret@a,b:27018/plant?authSource=admin")
    assert load(tmp_path).settings.database == "plant"
    monkeypatch.setenv("MONITOR_DATABASE", "labels")
    assert load(tmp_path).settings.database == "labels"
    monkeypatch.delenv("MONITOR_DATABASE")
    for address in ("mongodb://a/admin", "mongodb://a/?tls=true", "mongodb://a", "mongodb+srv://a/"):
        monkeypatch.setenv("MONITOR_MONGODB_URI", address)
        assert load(tmp_path).settings.database == "mlops_labeller_db", address
    monkeypatch.setenv("MONITOR_MONGODB_URI", "mongodb://a/not%20one")
    assert "MONITOR_DATABASE" in sentence(tmp_path)


def test_whylabs_credentials_have_the_names_whylogs_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLABS_API_KEY", SECRET)
    monkeypatch.setenv("WHYLABS_DEFAULT_ORG_ID", "org-1")
    (tmp_path / ".env").write_text("WHYLABS_DEFAULT_DATASET_ID=model-1\n")
    (tmp_path / "monitor.toml").write_text('whylabs_endpoint = "http://localhost:8080/"\n')
    settings = load(tmp_path).settings
    assert settings.whylabs_enabled
    assert (settings.whylabs_org_id, settings.whylabs_dataset_id) == ("org-1", "model-1")
    assert settings.whylabs_endpoint == "http://localhost:8080"
    assert SECRET not in repr(settings)


def test_an_empty_address_means_the_bundled_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", "")
    assert load(tmp_path).settings.mongodb_uri is None


def test_the_path_of_a_mongod_is_absolute_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for value, path in (("", None), ("bin/mongod", ROOT / "bin/mongod"), ("~/mongod", Path.home() / "mongod")):
        monkeypatch.setenv("MONITOR_MONGOD", value)
        assert load(tmp_path).settings.mongod == path


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("MONITOR_LOG_EVERY", "often", "2 min"),
        ("MONITOR_LOG_EVERY", "0", "greater than or equal"),
        ("MONITOR_LOG_EVERY", "9999999999999 h", "too long"),
        ("MONITOR_LOG_EVERY", "61 * * * *", "maximum value"),
        ("MONITOR_LOG_EVERY", "* * * *", "five fields of cron"),
        ("MONITOR_LOG_EVERY", "0 0 30 2 *", "never comes"),
        ("MONITOR_LOG_EVERY", "0 3 * * 1-5", "by name, such as mon-fri"),
        ("MONITOR_LOG_FORMAT", "xml", "json"),
        ("MONITOR_METRICS_PORT", "70000", "65535"),
        ("MONITOR_METRICS_PORT", "none", "integer"),
        ("MONITOR_METRICS_ADDRESS", "localhost:9100", "IP address"),
        ("MONITOR_LOG_BATCH", "none", "integer"),
        ("WHYLABS_API_ENDPOINT", "ftp://x", "http"),
        ("MONITOR_NOTIFY", "json://example.org nonsense", "at position 2"),
        ("MONITOR_NOTIFY_CRITICAL", '["json://example.org", "slack://a"]', "at position 2"),
        ("MONITOR_NOTIFY", '["json://example.org"', "JSON"),
        ("MONITOR_NOTIFY", '["json://example.org", 7]', "at position 2"),
        ("MONITOR_NOTIFY_DIGEST", "8 o'clock", "08:00"),
        ("MONITOR_NOTIFY_DIGEST", "08:00Z", "MONITOR_TIME_ZONE"),
        ("MONITOR_NOTIFY_REPEAT", "daily", "4 h"),
        ("MONITOR_NOTIFY_REPEAT", "1 s", "greater than or equal"),
        ("MONITOR_APP_URL", "monitor.example.org", "http"),
        ("MONITOR_LOGIN_METADATA_URL", "http://login.example.org/.well-known/openid-configuration", "https"),
        ("MONITOR_LOGIN_METADATA_URL", "login.example.org", "https"),
        ("MONITOR_LOGIN_CLIENT_SECRET", "tooshort", "16 characters"),
        ("MONITOR_LOGIN_DOMAINS", "example.org, *.example.org", "is not a domain"),
        ("MONITOR_LOGIN_DOMAINS", "ada@example.org", "is not a domain"),
        ("MONITOR_LOGIN_DOMAINS", '["example.org"', "JSON"),
        ("MONITOR_LOGIN_EDITORS", "[7]", "string"),
        ("MONITOR_LOGIN_LASTS", "721 h", "30 days"),
        ("MONITOR_ALLOWED_HOSTS", "https://monitor.example.org", "leave out scheme"),
        ("MONITOR_ALLOWED_HOSTS", "monitor.example.org:443", "leave out scheme"),
        ("MONITOR_ALLOW_PUBLIC", "perhaps", "boolean"),
        ("MONITOR_STORED_TIMES", "+02:75", "neither utc nor local nor an offset"),
        ("MONITOR_STATE_DATABASE", "admin", "a database of MongoDB itself"),
        ("MONITOR_STATE_DATABASE", "local", "a database of MongoDB itself"),
        ("MONITOR_DATABASE", "config", "a database of MongoDB itself"),
        ("MONITOR_CLASS_NAMES", '{"cat": 0, "dog": 1}', 'write the class number first, such as {"0": "cat"}'),
        ("MONITOR_CLASS_NAMES", '["Café", "b"]', 'write the class number first, such as {"0": "Café"}'),
        ("MONITOR_CLASS_NAMES", '{"0": 7}', "string"),
        ("MONITOR_TRAINING_COUNTS", '{"cat": 5}', '"cat" is neither a class number nor one of MONITOR_CLASS_NAMES'),
        ("MONITOR_CLASS_COLOURS", '{"0": "#abc", "00": "#def"}', "two colours for one class"),
    ],
)
def test_a_bad_value_names_its_variable_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, remedy: str
) -> None:
    monkeypatch.setenv(name, value)
    said = sentence(tmp_path)
    assert name in said
    assert remedy in said
    assert "\n" not in said


@pytest.mark.parametrize("value", [f"mysql://root:{SECRET}@db", f"root:{SECRET}@db:27017"])
def test_a_bad_address_does_not_show_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", value)
    said = sentence(tmp_path)
    assert "MONITOR_MONGODB_URI" in said
    assert SECRET not in said


@pytest.mark.parametrize("value", [f"hunter2://{SECRET}", f'["{SECRET}"]', f'["json://{SECRET}', f"slack://{SECRET}"])
def test_a_bad_address_of_a_notification_does_not_show_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], value: str
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", value)
    said = sentence(tmp_path) + "".join(capfd.readouterr())
    assert "MONITOR_NOTIFY (environment)" in said
    assert "hunter2" not in said


def test_empty_notification_settings_are_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFY", "NOTIFY_CRITICAL", "NOTIFY_DIGEST", "NOTIFY_REPEAT"):
        monkeypatch.setenv(f"MONITOR_{name}", "")
    settings = load(tmp_path).settings
    assert (settings.notify, settings.notify_critical) == ((), ())
    assert (settings.notify_digest, settings.notify_repeat) == (None, None)


def test_the_documentation_and_the_example_file_list_every_setting() -> None:
    document = (ROOT / "docs/configuration.md").read_text("utf-8")
    example = (ROOT / "monitor.example.toml").read_text("utf-8")
    for name in Settings.model_fields:
        assert f"`{variable(name)}`" in document, name
        if not variable(name).startswith("WHYLABS_API_KEY"):  # a key has no place in a file one copies around
            assert f"{name} = " in example or f"[{name}]" in example, name


def test_the_example_file_is_valid_when_every_line_is_taken(tmp_path: Path) -> None:
    text = (ROOT / "monitor.example.toml").read_text("utf-8")
    lines = [line.removeprefix("#:") for line in text.splitlines()]
    (tmp_path / "monitor.toml").write_text("\n".join(lines))
    assert load(tmp_path).origins["class_names"] == "monitor.toml"


def test_a_key_may_carry_its_organisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLABS_API_KEY", f"{SECRET}:org-7")
    monkeypatch.setenv("WHYLABS_DEFAULT_DATASET_ID", "model-1")
    assert load(tmp_path).settings.whylabs_organisation == "org-7"


def test_what_is_no_key_is_said_without_showing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHYLABS_API_KEY", "hunter2secret")
    said = sentence(tmp_path)
    assert "WHYLABS_API_KEY" in said
    assert "hunter2" not in said


def test_a_colour_by_name_and_one_by_number_are_two_of_one_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "cat", "1": "dog"}')
    monkeypatch.setenv("MONITOR_CLASS_COLOURS", '{"cat": "#abc", "1": "#def"}')
    assert load(tmp_path).settings.colours == {0: "#aabbcc", 1: "#ddeeff"}
    monkeypatch.setenv("MONITOR_CLASS_COLOURS", '{"cat": "#abc", "0": "#def"}')
    assert "two colours for one class" in sentence(tmp_path)


def test_training_counts_are_of_known_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITOR_CLASS_NAMES", '{"0": "cat"}')
    monkeypatch.setenv("MONITOR_TRAINING_COUNTS", '{"Cat": 5, "7": 1}')
    assert load(tmp_path).settings.training_counts == {"Cat": 5, "7": 1}


@pytest.mark.parametrize("address", [" mongodb://a/plant", "mongodb://a/plant \n"])
def test_blanks_around_the_address_say_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("MONITOR_MONGODB_URI", address)
    settings = load(tmp_path).settings
    assert settings.mongodb_uri
    assert (settings.mongodb_uri.get_secret_value(), settings.database) == ("mongodb://a/plant", "plant")
    monkeypatch.setenv("MONITOR_MONGODB_URI", "  ")
    assert load(tmp_path).settings.mongodb_uri is None
