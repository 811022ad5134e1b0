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
    found = load(tmp_path)
    assert (found.settings.database, found.settings.collection) == ("mlops_labeller_db", "image_logs")
    assert found.settings.time_zone == "UTC"
    assert found.settings.log_every == Schedule(timedelta(minutes=2))
    assert found.origins == {}


def test_the_environment_is_stronger_than_dot_env_and_that_than_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "monitor.toml").write_text('database = "toml"\ncollection = "toml"\ntime_zone = "Asia/Tokyo"\n')
    (tmp_path / ".env").write_text("MONITOR_DATABASE=dotenv\nMONITOR_COLLECTION=dotenv\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("MONITOR_DATABASE", "environment")
    found = load(tmp_path)
    assert (found.settings.database, found.settings.collection) == ("environment", "dotenv")
    assert found.settings.time_zone == "Asia/Tokyo"
    assert found.origins == {"database": "environment", "collection": ".env", "time_zone": "monitor.toml"}


def test_a_table_may_come_from_two_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "monitor.toml").write_text('[fields]\nprediction = "p"\nvalidated = "v"\n[class_names]\n0 = "SIGRE"\n')
    monkeypatch.setenv("MONITOR_FIELDS__PREDICTION", "label")
    settings = load(tmp_path).settings
    assert (settings.fields.prediction, settings.fields.validated) == ("label", "v")
    assert settings.class_name(0) == "SIGRE"


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


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("MONITOR_TIME_ZONE", "Europe/Madird", "Europe/Madrid"),
        ("MONITOR_TIME_ZONE", "../../etc/passwd", "IANA"),
        ("MONITOR_BASIS", "reviewed", "validated"),
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
        ("MONITOR_DATABASE", "a/b", "database"),
        ("MONITOR_COLLECTION", "system.users", "collection"),
        ("MONITOR_CLASS_NAMES", '{"0": "SIGRE"', "JSON"),
        ("MONITOR_CLASS_NAMES", '{"0": "a", "1": "a"}', "same name"),
        ("MONITOR_CLASS_COLOURS", '{"0": "red"}', "#rrggbb"),
        ("MONITOR_FIELDS__PREDICTION", "$where", "field"),
        ("MONITOR_TRAINING_COUNTS", '{"0": -1}', "greater than or equal"),
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
        ("MONITOR_LOGIN_DOMAINS", "example.org, *.example.org", "no domain"),
        ("MONITOR_LOGIN_DOMAINS", "ada@example.org", "no domain"),
        ("MONITOR_LOGIN_DOMAINS", '["example.org"', "JSON"),
        ("MONITOR_LOGIN_EDITORS", "[7]", "string"),
        ("MONITOR_LOGIN_LASTS", "721 h", "30 days"),
        ("MONITOR_ALLOW_PUBLIC", "perhaps", "boolean"),
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


@pytest.mark.parametrize(
    "value",
    [
        "json://a.example/,mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example",
        " json://a.example/\n mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example ",
        '["json://a.example/", "mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example"]',
    ],
)
def test_addresses_are_json_or_separated_by_commas_or_spaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("MONITOR_NOTIFY", value)
    settings = load(tmp_path).settings
    assert [one.get_secret_value() for one in settings.notify] == [
        "json://a.example/",
        "mailto://u:p@b.example?from=u@b.example&to=c@b.example,d@b.example",
    ]
    assert Settings(**settings.model_dump()) == settings
    assert "b.example" not in repr(settings)


def test_empty_notification_settings_are_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOTIFY", "NOTIFY_CRITICAL", "NOTIFY_DIGEST", "NOTIFY_REPEAT"):
        monkeypatch.setenv(f"MONITOR_{name}", "")
    settings = load(tmp_path).settings
    assert (settings.notify, settings.notify_critical) == ((), ())
    assert (settings.notify_digest, settings.notify_repeat) == (None, None)


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
    assert f"is set but MONITOR_{name} not" in said
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


@pytest.mark.parametrize(
    ("value", "found", "shown"),
    [
        ("45", Schedule(timedelta(seconds=45)), "45 s"),
        ("90 s", Schedule(timedelta(seconds=90)), "90 s"),
        ("2 min", Schedule(timedelta(minutes=2)), "2 min"),
        ("1.5 h", Schedule(timedelta(minutes=90)), "90 min"),
        ("*/5 * * * *", Schedule(cron="*/5 * * * *"), "*/5 * * * * (cron, UTC)"),
        (" 0 3  * * mon-fri ", Schedule(cron="0 3 * * mon-fri"), "0 3 * * mon-fri (cron, UTC)"),
    ],
)
def test_a_schedule_is_a_pause_or_five_fields_of_cron(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, found: Schedule, shown: str
) -> None:
    monkeypatch.setenv("MONITOR_LOG_EVERY", value)
    settings = load(tmp_path).settings
    assert settings.log_every == found
    assert str(settings.log_every) == shown
    assert Settings(**settings.model_dump()) == settings


def test_a_schedule_in_the_file_may_be_a_number(tmp_path: Path) -> None:
    (tmp_path / "monitor.toml").write_text("log_every = 30\nmetrics_port = 9464\n")
    settings = load(tmp_path).settings
    assert settings.log_every == Schedule(timedelta(seconds=30))
    assert (settings.metrics_port, settings.metrics_address) == (9464, "127.0.0.1")


def test_a_schedule_is_one_of_both() -> None:
    with pytest.raises(ValueError, match="either"):
        Schedule()
    with pytest.raises(ValueError, match="either"):
        Schedule(timedelta(minutes=1), "* * * * *")


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        ('{"camera": "output_prediction"}', "which the monitor itself reads"),
        ('{"camera": "timestamp.at"}', "which the monitor itself reads"),
        ('{"a": "meta", "b": "meta.version"}', "one lies inside the other"),
        ('{"a": "x", "b": "x"}', "the same field"),
        ('{"my camera": "x"}', "cannot be the name of a segment"),
        ('{"a": "$x"}', "cannot be the name of a field"),
        ('{"a": "x."}', "cannot be the name of a field"),
        ('{"a": "v", "b": "w", "c": "x", "d": "y", "e": "z"}', "more than 4"),
        ("camera", "is not valid JSON"),
    ],
)
def test_segments_that_cannot_be_are_refused_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, segments: str, why: str
) -> None:
    monkeypatch.setenv("MONITOR_SEGMENTS", segments)
    with pytest.raises(SettingsError, match=why) as caught:
        load(tmp_path)
    assert "MONITOR_SEGMENTS" in str(caught.value)
