"""All settings and their validation; `sources.load` reads them."""

import ipaddress
import re
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import (
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from monitor_core.settings.addresses import parted
from monitor_core.settings.documents import OF_MONGODB, DocumentSettings
from monitor_core.settings.place import ROOT as ROOT
from monitor_core.settings.reports import ReportSchedule, report_schedule
from monitor_core.settings.types import (
    Addresses,
    Domains,
    Hosts,
    LongSecret,
    SafeAddress,
    Schedule,
    Words,
    read_duration,
    schedule,
)

PREFIX = "MONITOR_"
DEFAULT_MODEL = "default"  # of an installation that configures no models
Reads = Literal["primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"]


def database_of(address: object) -> str | None:
    """Return the database named in a MongoDB address; None for `admin`, which is for login and holds no predictions.

    >>> database_of("mongodb://user:secret@a:27017,b/plant?tls=true")
    'plant'
    >>> database_of("mongodb://a/admin"), database_of("mongodb://a"), database_of(None)
    (None, None, None)
    """
    text = address.get_secret_value() if isinstance(address, SecretStr) else str(address or "")
    text = text.strip()
    name = unquote(text.partition("://")[2].partition("?")[0].rpartition("@")[2].partition("/")[2])
    return name if name and name not in OF_MONGODB else None


class Settings(DocumentSettings):
    """The settings in force, created by `sources.load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        hide_input_in_errors=True,
        frozen=True,
        populate_by_name=True,
    )

    model: str = Field(DEFAULT_MODEL, description="which of the configured models a command means; none = the only one")
    mongodb_uri: SecretStr | None = Field(
        None, description="mongodb:// or mongodb+srv:// address; none = the bundled MongoDB"
    )
    mongod: Path | None = Field(
        None,
        description="path of the program mongod that runs as the bundled MongoDB; none = a newer one on PATH, or the "
        "installed package's",
    )
    reads: Reads = Field(
        "primary",
        description="which members of a replica set count documents for the app: primary, primaryPreferred, secondary, "
        "secondaryPreferred or nearest; a secondary may lag",
    )
    state_folder: Path = Field(ROOT / "var", description="where the bundled MongoDB, the logs and the profiles live")
    log_every: Annotated[Schedule, NoDecode, BeforeValidator(schedule)] = Field(
        Schedule(timedelta(minutes=2)),
        description='when the logger runs: a pause such as 45 or "2 min", or five fields of cron in UTC: "0 3 * * *"',
    )
    log_format: Literal["text", "json"] = Field("text", description='lines of the logger\'s log: "text" or "json"')
    log_batch: int = Field(50_000, ge=1, le=200_000, description="documents the logger takes at a time")
    local_required: bool = Field(True, description="whether a document is logged only once the local store has it")
    destinations: Words = Field(
        (), description="further destinations that installed packages bring, by name, such as json_lines"
    )
    history_days: int | None = Field(
        None, ge=1, description="local days that the performance history goes back; none = all"
    )
    history_check: Annotated[timedelta, BeforeValidator(read_duration)] = Field(
        timedelta(hours=24),
        ge=timedelta(minutes=1),
        description='within which time each day of the history is counted again, such as "24 h"',
    )
    seal_after: int = Field(
        60,
        ge=0,
        description="local days after which a day of the history keeps its figures when its documents are deleted; "
        "0 = never",
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="port of the logger's /metrics for Prometheus, 1 to 65535; none = off"
    )
    metrics_address: str = Field("127.0.0.1", description="IP address that /metrics listens on, such as 0.0.0.0")
    rules: dict[str, dict[str, Any]] = Field(
        {},
        description="fields of the default rules that begin otherwise, by the rule's name, such as "
        '{"no-reviews": {"enabled": false}}',
    )
    notify: Addresses = Field(
        (),
        description="addresses (apprise's) that are notified of every alert, as JSON or separated by commas or spaces; "
        "with a name, such as team=slack://…, rules can choose them",
    )
    notify_critical: Addresses = Field((), description="addresses that are notified of critical alerts as well")
    notify_by_rule: Addresses = Field(
        (), description="addresses with names, each notified only of the alerts of rules that choose it"
    )
    notify_digest: time | None = Field(
        None, description='local time such as "08:00" of one message a day with all warnings; none = at once'
    )
    notify_repeat: Annotated[timedelta, BeforeValidator(read_duration), Field(ge=timedelta(minutes=1))] | None = Field(
        None,
        description='pause such as "4 h" after which an alert that still fires is notified again; none = never',
    )
    notify_resolved: bool = Field(True, description="whether people are notified that an alert is over")
    report_every: Annotated[ReportSchedule | None, NoDecode, BeforeValidator(report_schedule)] = Field(
        None,
        description='local time of a report over the notification addresses: "day 08:00" for every day, "mon 08:00" '
        "for every Monday; none = off",
    )
    notify_allow_private: bool = Field(False, description="whether notifications may go to private addresses")
    app_url: str = Field(
        "http://localhost:5004", description="http(s) address of the app, for the links in messages and the login"
    )
    login_metadata_url: SafeAddress = Field(
        None, description="https address of the OIDC provider's /.well-known/openid-configuration; none = no login"
    )
    login_client_id: str | None = Field(None, description="the app's client id at the provider")
    login_client_secret: LongSecret = Field(None, description="the client's secret, from the provider")
    login_domains: Domains = Field(
        (),
        description="domains of the e-mail addresses that have access, such as example.org, as JSON or separated by "
        "commas or spaces",
    )
    login_editors: Words = Field(
        (),
        description="who may also annotate, answer alerts, change rules and tag: e-mail addresses, or names that the "
        "provider lists in the claim `groups` or `roles`",
    )
    login_viewers: Words = Field(
        (),
        description="the only people who may see the model: addresses, groups or roles, as for the editors; none = "
        "everybody",
    )
    login_lasts: Annotated[timedelta, BeforeValidator(read_duration)] = Field(
        timedelta(hours=12),
        ge=timedelta(minutes=1),
        le=timedelta(days=30),
        description='time such as "12 h" after which people have to log in again, at most 30 days',
    )
    allowed_hosts: Hosts = Field(
        (),
        description="further host names that the app and /metrics answer to, as JSON or separated by commas or spaces",
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

    @model_validator(mode="before")
    @classmethod
    def _database_of_address(cls, values: dict[str, object]) -> dict[str, object]:
        """Use the database named in the address unless one is configured."""
        named = database_of(values.get("mongodb_uri"))
        return {"database": named, **values} if named else values

    @property
    def images(self) -> Path:
        return self.image_folder or self.model_folder / "images"

    @property
    def title(self) -> str:
        """The beginning of a message: the monitor, and the model if it has a name."""
        return "Prediction monitor" if self.model == DEFAULT_MODEL else f"Prediction monitor, {self.model}"

    def view(self, path: str) -> str:
        """Return the path of one of the app's views, as this model has it.

        >>> Settings(model="cats").view("/drift?period=7d"), Settings().view("/drift")
        ('/drift?period=7d&model=cats', '/drift')
        """
        of_model = "" if self.model == DEFAULT_MODEL else f"{'&' if '?' in path else '?'}model={self.model}"
        return path + of_model

    def address_of(self, path: str) -> str:
        """Return the whole address of such a view."""
        return self.app_url + self.view(path)

    @property
    def model_folder(self) -> Path:
        """The part of the state folder that is the model's own."""
        return self.state_folder if self.model == DEFAULT_MODEL else self.state_folder / "models" / self.model

    @property
    def login_enabled(self) -> bool:
        return self.login_metadata_url is not None

    @property
    def whylabs_enabled(self) -> bool:
        return self.whylabs_api_key is not None

    @property
    def whylabs_organisation(self) -> str | None:
        """The WhyLabs organisation: the API key's suffix if it has one, else the setting."""
        key = self.whylabs_api_key.get_secret_value() if self.whylabs_api_key else ""
        return key.partition(":")[2] or self.whylabs_org_id

    @field_validator(
        "mongodb_uri",
        "mongod",
        "state_database",
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

    @field_validator("mongodb_uri", mode="before")
    @classmethod
    def _without_blanks(cls, value: object) -> object:
        return (value.strip() or None) if isinstance(value, str) else value

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
            raise ValueError("it is not a key of the platform, which begins with ten characters and a dot")
        return value

    @field_validator("metrics_address")
    @classmethod
    def _address(cls, value: str) -> str:
        ipaddress.ip_address(value)  # its message names what it was given
        return value

    @field_validator("notify_by_rule")
    @classmethod
    def _with_names(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for position, address in enumerate(value, 1):
            if parted(address.get_secret_value())[0] is None:
                raise ValueError(f"the address at position {position} has no name, so no rule can choose it")
        return value

    @field_validator("notify_digest")
    @classmethod
    def _local_time(cls, value: time | None) -> time | None:
        if value and value.tzinfo:
            raise ValueError("it has an offset, but it is a local time in MONITOR_TIME_ZONE")
        return value

    @field_validator("whylabs_endpoint", "app_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", value):
            raise ValueError("it is not an http(s) address")
        return value.rstrip("/")

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


def variable(field: str) -> str:
    """Return the environment variable of a field, or of a nested field such as `fields.prediction`."""
    name, _, inner = field.partition(".")
    alias = Settings.model_fields[name].validation_alias if name in Settings.model_fields else None
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return PREFIX + name.upper() + (f"__{inner.upper()}" if inner else "")
