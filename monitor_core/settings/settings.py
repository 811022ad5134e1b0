"""Every knob: from the environment, .env and monitor.toml, in this order of strength."""

import difflib
import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnparsableSetting

from monitor_core.contract.bases import Basis
from monitor_core.contract.errors import SettingsError
from monitor_core.settings.types import (
    Addresses,
    Domains,
    LongSecret,
    SafeAddress,
    Schedule,
    Segments,
    Words,
    duration,
    is_safe,
    nested,
    schedule,
)

ROOT = Path(__file__).resolve().parent.parent.parent
PREFIX = "MONITOR_"
Average = Literal["macro", "weighted"]
Reads = Literal["primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"]
PERIODS = ("today", "7d", "30d", "90d", "all")


class FieldNames(BaseModel):
    """What the fields of the contract are called in the collection."""

    filename: str = "filename"
    confidence: str = "output_confidence"
    prediction: str = "output_prediction"
    validated: str = "output_validated"
    predicted_at: str = "timestamp"
    validated_at: str = "timestamp_validated"
    trained: str = "trained"
    logged: str = "logged"

    @field_validator("*")
    @classmethod
    def _usable(cls, name: str) -> str:
        if not name or name.startswith("$") or "\0" in name:
            raise ValueError(f'"{name}" cannot be the name of a field')
        return name


class Settings(BaseSettings):
    """What is in force; made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
        frozen=True,
        populate_by_name=True,
    )

    mongodb_uri: SecretStr | None = Field(
        None, description="mongodb:// or mongodb+srv:// address; none = the bundled MongoDB"
    )
    database: str = Field("mlops_labeller_db", min_length=1, description="the database's name")
    reads: Reads = Field(
        "primary",
        description="which members of a replica set count documents for the app: primary, primaryPreferred, secondary, "
        "secondaryPreferred or nearest; a secondary may lag",
    )
    collection: str = Field("image_logs", min_length=1, description="the collection of the predictions")
    time_zone: str = Field("UTC", description="IANA name of the zone whose days are counted, such as Europe/Madrid")
    basis: Basis = Field(
        "validated",
        description='"validated": a row counts on its review day; "predicted": on its prediction day',
    )
    period: Literal["today", "7d", "30d", "90d", "all"] = Field("30d", description="the period a page opens with")
    average: Average = Field("macro", description="the average a page opens with: macro or weighted")
    maturing_share: float = Field(
        0.2, ge=0, le=1, description="share of a day's predictions not yet reviewed, above which it is still maturing"
    )
    fields: FieldNames = Field(FieldNames(), description="names of the fields, if yours differ from the contract")
    segments: Segments = Field(
        {}, description='fields to filter by, at most 4, by a name of your choice, such as {"camera": "meta.camera"}'
    )
    class_names: dict[int, str] = Field({}, description='name of each class number, such as {"0": "SIGRE"}')
    class_colours: dict[int, str] = Field(
        {}, description='colour of a class number as #rrggbb, such as {"0": "#992f65"}'
    )
    training_counts: dict[str, Annotated[int, Field(ge=0)]] = Field(
        {}, description='images a class in the training set, by number or name, such as {"0": 120}'
    )
    training_manifest: Path | None = Field(None, description="CSV or JSON file that lists the training set")
    training_folder: Path | None = Field(None, description="image folder of the training set, one folder a class")
    image_folder: Path | None = Field(None, description="where the images lie; none = images/ in the state folder")
    state_folder: Path = Field(ROOT / "var", description="where the bundled MongoDB, the logs and the profiles live")
    log_every: Annotated[Schedule, NoDecode, BeforeValidator(schedule)] = Field(
        Schedule(timedelta(minutes=2)),
        description='when the worker runs: a pause such as 45 or "2 min", or five fields of cron in UTC: "0 3 * * *"',
    )
    log_format: Literal["text", "json"] = Field("text", description='lines of the worker\'s log: "text" or "json"')
    log_batch: int = Field(50_000, ge=1, le=200_000, description="documents the worker takes at a time")
    local_required: bool = Field(True, description="whether a document is logged only once the local store has it")
    history_days: int | None = Field(
        None, ge=1, description="local days that the performance history goes back; none = all"
    )
    history_check: Annotated[timedelta, BeforeValidator(duration)] = Field(
        timedelta(hours=24),
        ge=timedelta(minutes=1),
        description='within which time each day of the history is counted again, such as "24 h"',
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port of the worker's /metrics for Prometheus, 1 to 65535; none = off"
    )
    metrics_address: str = Field("127.0.0.1", description="IP address that /metrics listens on, such as 0.0.0.0")
    notify: Addresses = Field(
        (), description="apprise's addresses that every alert is told to, as JSON or separated by commas or spaces"
    )
    notify_critical: Addresses = Field((), description="addresses that critical alerts are told to as well")
    notify_digest: time | None = Field(
        None, description='local time such as "08:00" of one message a day with all warnings; none = at once'
    )
    notify_repeat: Annotated[timedelta, BeforeValidator(duration), Field(ge=timedelta(minutes=1))] | None = Field(
        None, description='pause such as "4 h" after which an alert that still fires is told again; none = never'
    )
    notify_resolved: bool = Field(True, description="whether it is told that an alert is over")
    notify_allow_private: bool = Field(False, description="whether notifications may go to private addresses")
    app_url: str = Field(
        "http://localhost:5004", description="http(s) address of the app, for the links in messages and the login"
    )
    login_metadata_url: SafeAddress = Field(
        None, description="https address of the OIDC provider's /.well-known/openid-configuration; none = no login"
    )
    login_client_id: str | None = Field(None, description="the app's client id at the provider")
    login_client_secret: LongSecret = Field(None, description="the client's secret, as the provider made it")
    login_domains: Domains = Field(
        (), description="domains of the e-mail addresses that may look, such as example.org, as JSON or separated"
    )
    login_editors: Words = Field(
        (),
        description="who may also annotate, answer alerts and change rules: e-mail addresses, or names that the "
        "provider lists in the claim `groups` or `roles`",
    )
    login_lasts: Annotated[timedelta, BeforeValidator(duration)] = Field(
        timedelta(hours=12),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description='time such as "12 h" after which people log in again, 30 days at most',
    )
    allow_public: bool = Field(False, description="whether the app may listen beyond this machine without a login")
    whylabs_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("WHYLABS_API_KEY", "whylabs_api_key"),
        description="key of the WhyLabs platform",
    )
    whylabs_org_id: str | None = Field(
        None,
        validation_alias=AliasChoices("WHYLABS_DEFAULT_ORG_ID", "whylabs_org_id"),
        description="WhyLabs organisation",
    )
    whylabs_dataset_id: str | None = Field(
        None,
        validation_alias=AliasChoices("WHYLABS_DEFAULT_DATASET_ID", "whylabs_dataset_id"),
        description="WhyLabs model",
    )
    whylabs_endpoint: str = Field(
        "https://api.whylabsapp.com",
        validation_alias=AliasChoices("WHYLABS_API_ENDPOINT", "whylabs_endpoint"),
        description="http(s) address of the platform, hosted or your own",
    )

    whylabs_required: bool = Field(True, description="whether a document is logged only once WhyLabs has it")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def images(self) -> Path:
        return self.image_folder or self.state_folder / "images"

    @property
    def login_enabled(self) -> bool:
        return self.login_metadata_url is not None

    @property
    def whylabs_enabled(self) -> bool:
        return self.whylabs_api_key is not None

    @property
    def whylabs_organisation(self) -> str | None:
        """A key may carry its organisation as a suffix, which is stronger than the setting."""
        key = self.whylabs_api_key.get_secret_value() if self.whylabs_api_key else ""
        return key.partition(":")[2] or self.whylabs_org_id

    def class_name(self, label: int) -> str:
        return self.class_names.get(label, str(label))

    @field_validator(
        "mongodb_uri",
        "metrics_port",
        "notify_digest",
        "notify_repeat",
        "login_metadata_url",
        "login_client_id",
        "login_client_secret",
        "whylabs_api_key",
        "whylabs_org_id",
        "whylabs_dataset_id",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return value or None  # `MONITOR_MONGODB_URI= ` in a .env or a compose file means "not set"

    @field_validator("mongodb_uri")
    @classmethod
    def _mongodb(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("it does not start with mongodb:// or mongodb+srv://")
        return value

    @field_validator("whylabs_api_key")
    @classmethod
    def _key_shape(cls, value: SecretStr | None) -> SecretStr | None:
        key = value.get_secret_value() if value else ""
        if value and (len(key) < 12 or key[10] != "."):
            raise ValueError("it is no key of the platform: ten characters, a dot, and the rest")
        return value

    @field_validator("database")
    @classmethod
    def _database_name(cls, value: str) -> str:
        if set(value) & set('/\\. "$*<>:|?\0'):
            raise ValueError(f'"{value}" cannot be the name of a database')
        return value

    @field_validator("collection")
    @classmethod
    def _collection_name(cls, value: str) -> str:
        if "$" in value or value.startswith(("system.", "monitor_")):
            raise ValueError(f'"{value}" cannot be the collection of the predictions')
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'"{value}" is not a known time zone') from None
        return value

    @field_validator("class_names")
    @classmethod
    def _distinct(cls, value: dict[int, str]) -> dict[int, str]:
        twice = {name for name in value.values() if list(value.values()).count(name) > 1}
        if twice or not all(value.values()):
            raise ValueError("two classes have the same name or none: " + ", ".join(sorted(twice)))
        return value

    @field_validator("class_colours")
    @classmethod
    def _hex(cls, value: dict[int, str]) -> dict[int, str]:
        for label, colour in value.items():
            if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
                raise ValueError(f'"{colour}" of class {label} is not a colour')
        return value

    @field_validator("metrics_address")
    @classmethod
    def _address(cls, value: str) -> str:
        ipaddress.ip_address(value)  # its message names what it was given
        return value

    @field_validator("notify_digest")
    @classmethod
    def _local_time(cls, value: time | None) -> time | None:
        if value and value.tzinfo:
            raise ValueError("it has an offset, and is read in MONITOR_TIME_ZONE")
        return value

    @field_validator("whylabs_endpoint", "app_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value):
            raise ValueError("it is not an http(s) address")
        return value.rstrip("/")

    @field_validator("image_folder", "state_folder", "training_manifest", "training_folder")
    @classmethod
    def _from_root(cls, value: Path | None) -> Path | None:
        return ROOT / value.expanduser() if value else None  # an absolute path stays as it is

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load` reads the sources itself, to know what came from where


@dataclass(frozen=True)
class Loaded:
    settings: Settings
    origins: dict[str, str]  # field -> "environment", ".env", "monitor.toml"; absent = the default


def variable(field: str) -> str:
    """The environment variable of a field, or of a field in a group: `fields.prediction`."""
    name, _, inner = field.partition(".")
    alias = Settings.model_fields[name].validation_alias if name in Settings.model_fields else None
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return PREFIX + name.upper() + (f"__{inner.upper()}" if inner else "")


def load(folder: Path = ROOT) -> Loaded:
    """The settings in force, with .env and monitor.toml taken from the folder.

    SettingsError names the variable, where its value stands and what would be accepted; it never repeats a secret.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, source in _sources(folder):
        for key, value in _read(origin, source).items():
            name = _field_of(key, origin)
            if name is None:
                continue
            values[name] = {**value, **values.get(name, {})} if isinstance(value, dict) else values.get(name, value)
            origins.setdefault(name, origin)
    try:
        settings = Settings(**values)
    except ValidationError as wrong:
        raise SettingsError(_sentence(wrong, origins)) from None
    _check_together(settings)
    return Loaded(settings, origins)


def _sources(folder: Path) -> list[tuple[str, Callable[[], dict[str, Any]]]]:
    _refuse_misspelt(os.environ)
    return [
        ("environment", lambda: EnvSettingsSource(Settings)()),
        (".env", lambda: DotEnvSettingsSource(Settings, env_file=folder / ".env")()),
        ("monitor.toml", lambda: TomlConfigSettingsSource(Settings, folder / "monitor.toml")()),
    ]


def _read(origin: str, source: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return source()
    except UnparsableSetting as wrong:
        field = re.search(r'field "(\w+)"', str(wrong))
        name = variable(field[1]) if field else "A setting"
        raise SettingsError(f'{name} ({origin}) is not valid JSON; write it such as {{"0": "SIGRE"}}.') from None
    except (
        ValueError,
        OSError,
    ) as wrong:  # a TOML file that does not parse says its line, nothing of its values
        raise SettingsError(f"{origin} cannot be read: {wrong}. Correct the file or remove it.") from None


def _field_of(key: str, origin: str) -> str | None:
    """The field a source's key stands for: WHYLABS_API_KEY and whylabs_api_key are the same one.

    None for what .env holds for other programs.
    """
    names = {variable(name).lower(): name for name in Settings.model_fields}
    found = names.get(key.lower()) or (key if key in Settings.model_fields else None)
    if not found and origin == ".env" and not key.lower().startswith(PREFIX.lower()):
        return None
    if not found:
        raise SettingsError(_unknown(key.removeprefix(PREFIX.lower()), origin))
    return found


def _refuse_misspelt(environment: Any) -> None:
    """A misspelt MONITOR_TIME_ZONE would silently give the wrong days."""
    known = {variable(name) for name in Settings.model_fields}
    for key in environment:
        if key.startswith(PREFIX) and key.split("__")[0] not in known:
            raise SettingsError(_unknown(key.removeprefix(PREFIX).lower(), "environment"))


def _unknown(field: str, origin: str) -> str:
    near = difflib.get_close_matches(field, Settings.model_fields, n=1)
    hint = f"did you mean {variable(near[0])}?" if near else "remove it; README.md lists the settings."
    name = field if origin == "monitor.toml" else PREFIX + field.upper()
    return f"{name} ({origin}) is not a setting; {hint}"


def _sentence(wrong: ValidationError, origins: dict[str, str]) -> str:
    first = wrong.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [str(part) for part in first["loc"]]
    name = next((n for n in Settings.model_fields if path[0] in (n, variable(n))), path[0])
    inner = path[1] if name == "fields" and len(path) > 1 else ""
    reason = first["msg"].removeprefix("Value error, ")
    expected = Settings.model_fields[name].description if name in Settings.model_fields else "nothing of this name"
    origin = origins.get(name, "default")
    return (
        f"{variable(f'{name}.{inner}' if inner else name)} ({origin}) cannot be used: {reason}. Expected: {expected}."
    )


def _check_together(settings: Settings) -> None:
    ours = set(settings.fields.model_dump().values())
    for name, path in settings.segments.items():
        if any(nested(path, our) for our in ours):
            raise SettingsError(
                f"MONITOR_SEGMENTS cannot be used: {name} is the field {path}, which the monitor itself reads. "
                "Name an extra field, or remove it."
            )
    sources = ("training_counts", "training_manifest", "training_folder")
    given = [variable(name) for name in sources if getattr(settings, name)]
    if len(given) > 1:
        raise SettingsError(f"{' and '.join(given)} exclude each other; keep one of them.")
    if not (settings.local_required or (settings.whylabs_enabled and settings.whylabs_required)):
        raise SettingsError(
            "MONITOR_LOCAL_REQUIRED is false and no other destination is required, so `logged` would say nothing; "
            "require one of them."
        )
    needed = {"whylabs_org_id": settings.whylabs_organisation, "whylabs_dataset_id": settings.whylabs_dataset_id}
    missing = [name for name, value in needed.items() if not value]
    if settings.whylabs_enabled and missing:
        names = " and ".join(variable(name) for name in missing)
        raise SettingsError(f"WHYLABS_API_KEY is set but {names} not; set what is missing, or remove the key.")
    _check_login(settings)


def _check_login(settings: Settings) -> None:
    needed = ("login_metadata_url", "login_client_id", "login_client_secret", "login_domains")
    given = [variable(name) for name in (*needed, "login_editors") if getattr(settings, name)]
    missing = [variable(name) for name in needed if not getattr(settings, name)]
    if given and missing:
        raise SettingsError(
            f"{given[0]} is set but {' and '.join(missing)} not; set what is missing, or nothing of MONITOR_LOGIN_…."
        )
    if given and not is_safe(settings.app_url):
        raise SettingsError(
            "MONITOR_APP_URL is a plain http address, over which a login would be read on the way; let https lead to "
            "the app and set that address."
        )
