"""Sources of the settings, in decreasing order of precedence: the environment, .env and monitor.toml."""

import difflib
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnparsableSetting

from monitor_core.contract.errors import SettingsError
from monitor_core.contract.texts import BLANKS
from monitor_core.settings.addresses import parted
from monitor_core.settings.demo_segments import read_demo_segments
from monitor_core.settings.models import (
    Values,
    apart,
    checked_name,
    checked_setting,
    chosen_of,
    refuse_shared_predictions,
)
from monitor_core.settings.settings import DEFAULT_MODEL, PREFIX, ROOT, Settings, variable
from monitor_core.settings.types import is_safe, nested

Read = tuple[Values, dict[str, Values]]  # of the installation, and of each model
FORMER = {  # settings of ia-logging-monitor -> what takes their place
    "database_uri": "MONITOR_MONGODB_URI takes its place.",
    "database_name": "MONITOR_DATABASE takes its place.",
    "local_tz": "MONITOR_TIME_ZONE takes its place.",
    "label_dict": "MONITOR_CLASS_NAMES takes its place.",
    "number_dict": "MONITOR_CLASS_NAMES takes its place.",
    "color_dict": "MONITOR_CLASS_COLOURS takes its place.",
    "training_data": "MONITOR_TRAINING_COUNTS takes its place.",
    "upload_folder": "MONITOR_IMAGE_FOLDER takes its place.",
    "allowed_extensions": "images are recognised by their content.",
    "enable_logs": "logs are always written.",
    "enable_charts": "charts are always drawn.",
}


@dataclass(frozen=True)
class Loaded:
    """The settings in force, and the source of each value."""

    settings: Settings
    origins: dict[str, str]  # field -> "environment", ".env", "monitor.toml"; absent = the default


@dataclass
class _Written:
    """What the sources say: each value of the strongest of them, and where it stands."""

    values: Values = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: Any, origin: str) -> None:
        """Add a weaker source's value; of groups, what the stronger ones leave open."""
        there = self.values.get(name)
        if isinstance(value, dict) and (there is None or isinstance(there, dict)):
            value = {**value, **(there or {})}
        elif there is not None:
            value = there
        self.values[name] = value
        self.origins.setdefault(name, origin)


def load(folder: Path = ROOT, model: str | None = None) -> Loaded:
    """Return the settings in force of a model, or of the only one; .env and monitor.toml are taken from the folder.

    Raise SettingsError, which names the variable, its source and the accepted values, and never repeats a secret.
    """
    common, models = _written(folder)
    return _loaded(common, models, chosen_of(models, model or common.values.get("model")))


def load_all(folder: Path = ROOT) -> dict[str, Loaded]:
    """Return the settings of every model, by its name: of the one, "default", where none is configured."""
    common, models = _written(folder)
    every = {model: _loaded(common, models, model) for model in sorted(models) or [DEFAULT_MODEL]}
    refuse_shared_predictions({model: loaded.settings for model, loaded in every.items()})
    return every


def load_shared(folder: Path = ROOT) -> Settings:
    """Return the settings that all models share, such as those of the login."""
    return next(iter(load_all(folder).values())).settings


def _written(folder: Path) -> tuple[_Written, dict[str, _Written]]:
    """Return what the sources say of the installation and of each model."""
    common, models = _Written(), dict[str, _Written]()
    for origin, source in _sources(folder):
        values, of_models = _read(origin, source)
        for key, value in values.items():
            name = _field_of(key, origin)
            if name is not None:
                common.add(name, value, origin)
        for model, own in of_models.items():
            written = models.setdefault(checked_name(model), _Written())
            for key, value in own.items():
                name = checked_setting(_field_of(key, "environment") or key, model, origin)
                written.add(name, value, f"{origin}, model {model}")
    return common, models


def _loaded(common: _Written, models: Mapping[str, _Written], model: str) -> Loaded:
    own = models.get(model, _Written())
    values, origins = {**common.values, **own.values, "model": model}, {**common.origins, **own.origins}
    try:
        settings = Settings(**values)
        if not settings.segments and (segments := read_demo_segments(settings)):
            settings = Settings(**values | {"segments": segments})
            origins["segments"] = "the demo"
    except ValidationError as wrong:
        raise SettingsError(_sentence(wrong, origins)) from None
    _check_together(settings)
    return Loaded(settings, origins)


def former_settings(folder: Path = ROOT) -> list[str]:
    """Return a sentence for each setting of ia-logging-monitor in the environment or .env, under its former name."""
    written = {name.lower() for name in os.environ} | set(DotEnvSettingsSource(Settings, env_file=folder / ".env")())
    return [
        f"{name.upper()} is a setting of ia-logging-monitor; here {FORMER[name]}" for name in FORMER if name in written
    ]


def _sources(folder: Path) -> list[tuple[str, Callable[[], Read]]]:
    _refuse_misspelt(os.environ)
    return [
        ("environment", lambda: apart(EnvSettingsSource(Settings))),
        (".env", lambda: apart(DotEnvSettingsSource(Settings, env_file=folder / ".env"))),
        ("monitor.toml", lambda: _of_file(folder / "monitor.toml")),
    ]


def _of_file(file: Path) -> Read:
    values = TomlConfigSettingsSource(Settings, file)()
    models = values.pop("models", {})
    if not isinstance(models, dict) or not all(isinstance(own, dict) for own in models.values()):
        raise ValueError("models are tables; write [models.NAME] above the settings of each")
    return values, models


def _read(origin: str, source: Callable[[], Read]) -> Read:
    try:
        return source()
    except UnparsableSetting as wrong:
        field = re.search(r'field "(\w+)"', str(wrong))
        name = variable(field[1]) if field else "A setting"
        raise SettingsError(f'{name} ({origin}) is not valid JSON; write it such as {{"0": "SIGRE"}}.') from None
    except (ValueError, OSError) as wrong:  # a TOML file that does not parse says its line, nothing of its values
        raise SettingsError(f"{origin} cannot be read: {wrong}. Correct the file or remove it.") from None


def _field_of(key: str, origin: str) -> str | None:
    """Return the field of a source's key: WHYLABS_API_KEY and whylabs_api_key are the same field.

    Return None for keys in .env that belong to other programs.
    """
    names = {variable(name).lower(): name for name in Settings.model_fields}
    field = names.get(key.lower()) or (key if key in Settings.model_fields else None)
    if not field and origin == ".env" and not key.lower().startswith(PREFIX.lower()):
        return None
    if not field:
        raise SettingsError(_unknown(key.removeprefix(PREFIX.lower()), origin))
    return field


def _refuse_misspelt(environment: Any) -> None:
    """Refuse a misspelt variable: an ignored MONITOR_TIMEZONE, for example, would shift the days unnoticed."""
    accepted = {f"{PREFIX}MODELS", *(variable(name) for name in Settings.model_fields)}
    for key in environment:
        if key.startswith(PREFIX) and key.split("__")[0] not in accepted:
            raise SettingsError(_unknown(key.removeprefix(PREFIX).lower(), "environment"))


def _unknown(field: str, origin: str) -> str:
    name = field if origin == "monitor.toml" else PREFIX + field.upper()
    if field in FORMER:
        return f"{name} ({origin}) is not a setting; ia-logging-monitor had it, and here {FORMER[field]}"
    near = difflib.get_close_matches(field, Settings.model_fields, n=1)
    hint = f"did you mean {variable(near[0])}?" if near else "remove it; docs/configuration.md lists the settings."
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
    ours = {name for name in settings.fields.model_dump().values() if name}
    for name, path in settings.segments.items():
        if any(nested(path, our) for our in ours):
            raise SettingsError(
                f"MONITOR_SEGMENTS cannot be used: {name} is the field {path}, which the monitor itself reads. "
                "Name an extra field, or remove it."
            )
    for label in settings.class_colours:
        if label not in settings.class_names.values() and not re.fullmatch(r"-?[0-9]{1,10}", label):
            raise _no_class("MONITOR_CLASS_COLOURS", label)
    if len(settings.colours) < len(settings.class_colours):
        raise SettingsError(
            "MONITOR_CLASS_COLOURS cannot be used: it has two colours for one class, once by number and once by name. "
            "Keep one of them."
        )
    for label in settings.training_counts:
        if settings.notation.class_of(label) is None:
            raise _no_class("MONITOR_TRAINING_COUNTS", label)
    _check_names(settings)
    _check_targets(settings)
    sources = ("training_counts", "training_manifest", "training_folder")
    given = [variable(name) for name in sources if getattr(settings, name)]
    if len(given) > 1:
        raise SettingsError(f"{' and '.join(given)} exclude each other; keep one of them.")
    required = settings.local_required or (settings.whylabs_enabled and settings.whylabs_required)
    if not (required or settings.destinations):  # what other packages bring only the logger knows
        raise SettingsError(
            "MONITOR_LOCAL_REQUIRED is false and no other destination is required, so `logged` would mean nothing; "
            "require one of them."
        )
    needed = {"whylabs_org_id": settings.whylabs_organisation, "whylabs_dataset_id": settings.whylabs_dataset_id}
    missing = [name for name, value in needed.items() if not value]
    if settings.whylabs_enabled and missing:
        names = " and ".join(variable(name) for name in missing)
        is_not = "is not" if len(missing) == 1 else "are not"
        raise SettingsError(f"WHYLABS_API_KEY is set but {names} {is_not}; set what is missing, or remove the key.")
    _check_login(settings)


def _no_class(setting: str, label: str) -> SettingsError:
    return SettingsError(
        f'{setting} cannot be used: "{label}" is neither a class number nor one of MONITOR_CLASS_NAMES. Correct it, or '
        "name the class."
    )


def _check_names(settings: Settings) -> None:
    """Refuse a value that has two meanings."""
    names, notation = {name: label for label, name in settings.class_names.items()}, settings.notation
    for name, label in settings.class_aliases.items():
        if names.get(name.strip(BLANKS), label) != label:
            raise SettingsError(
                f'MONITOR_CLASS_ALIASES cannot be used: "{name}" is the name of class {names[name.strip(BLANKS)]}, '
                f"not of {label}; remove it."
            )
    for value in settings.not_reviewed:
        if notation.class_of(value) in settings.class_names or notation.is_review(value, dated=True):
            raise SettingsError(
                f"MONITOR_NOT_REVIEWED cannot be used: {value} is a class of MONITOR_CLASS_NAMES; remove it."
            )


def _check_targets(settings: Settings) -> None:
    """Refuse a name of two notification addresses, and a second name of one: a rule could not choose it."""
    lists = ("notify", "notify_critical", "notify_by_rule")
    written = [(of, parted(address.get_secret_value())) for of in lists for address in getattr(settings, of)]
    names = Counter(name for _, (name, _) in written)
    for name, number in names.items():
        if name is not None and number > 1:
            raise SettingsError(
                f'MONITOR_NOTIFY… cannot be used: {number} addresses have the name "{name}". Give each its own.'
            )
    first: dict[str, tuple[str, str | None]] = {}
    for of, (name, address) in written:
        where, before = first.setdefault(address, (of, name))
        if name not in (None, before):
            named = f'as "{before}"' if before else "without a name"
            raise SettingsError(
                f'{variable(of)} cannot be used: the address named "{name}" is also in {variable(where)} {named}. '
                "Name each address once, in one setting."
            )


def _check_login(settings: Settings) -> None:
    needed = ("login_metadata_url", "login_client_id", "login_client_secret", "login_domains")
    given = [variable(name) for name in (*needed, "login_editors", "login_viewers") if getattr(settings, name)]
    missing = [variable(name) for name in needed if not getattr(settings, name)]
    if given and missing:
        raise SettingsError(
            f"{given[0]} is set but {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not; set what is "
            "missing, or none of MONITOR_LOGIN_…."
        )
    if given and not is_safe(settings.app_url):
        raise SettingsError(
            "MONITOR_APP_URL is a plain http address, over which others could read a login; serve the app over https "
            "and set that address."
        )
