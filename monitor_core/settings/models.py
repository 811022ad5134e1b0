"""The settings that belong to one model, if an installation watches several."""

import difflib
import re
from collections.abc import Mapping
from typing import Any

from pydantic_settings import EnvSettingsSource

from monitor_core.contract.errors import SettingsError
from monitor_core.settings.documents import DocumentSettings
from monitor_core.settings.settings import DEFAULT_MODEL, PREFIX, Settings, variable

OF_VARIABLES = f"{PREFIX}MODELS__".lower()
NAME = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")  # also the end of a collection's and of a folder's name
LONGEST_NAME = 40
# What a model may have of its own; all else is the installation's.
OF_A_MODEL = frozenset(
    {
        *DocumentSettings.model_fields,
        *("history_days", "destinations", "local_required", "whylabs_required", "whylabs_org_id", "whylabs_dataset_id"),
        *("rules", "notify", "notify_critical", "notify_by_rule", "report_every", "login_viewers"),
    }
)
Values = dict[str, Any]


def apart(source: EnvSettingsSource) -> tuple[Values, dict[str, Values]]:
    """Return a source's values for the installation, and for each model, as in `MONITOR_MODELS__CATS__COLLECTION`.

    >>> source = EnvSettingsSource(Settings)
    >>> source.env_vars = {"monitor_reads": "nearest", "monitor_models__cats__class_names": '{"0": "tabby"}'}
    >>> apart(source)
    ({'reads': 'nearest'}, {'cats': {'class_names': {'0': 'tabby'}}})
    """
    common: dict[str, str | None] = {}
    own: dict[str, dict[str, str | None]] = {}
    for key, value in source.env_vars.items():
        model, separator, name = key.lower().removeprefix(OF_VARIABLES).partition("__")
        if not f"{key.lower()}__".startswith(OF_VARIABLES):
            common[key] = value
        elif separator and name:
            own.setdefault(model, {})[_variable(name)] = value
        else:
            raise SettingsError(f"{key.upper()} is not a setting; write {PREFIX}MODELS__<MODEL>__<SETTING>.")
    return _read(source, common), {model: _read(source, variables) for model, variables in own.items()}


def _variable(name: str) -> str:
    """Return the variable of a setting, or of a part of one, as a source names it; raise if there is none."""
    field, separator, inner = name.partition("__")
    if field not in Settings.model_fields:
        near = difflib.get_close_matches(field, OF_A_MODEL, n=1)
        hint = f"did you mean {near[0].upper()}?" if near else "remove it; docs/configuration.md lists the settings."
        raise SettingsError(f"{PREFIX}MODELS__…__{name.upper()} is not a setting; {hint}")
    return (variable(field) + separator + inner).lower()


def _read(source: EnvSettingsSource, variables: Mapping[str, str | None]) -> Values:
    source.env_vars = variables
    return source()


def checked_name(model: str) -> str:
    """Return the name of a model; raise SettingsError if it cannot be one."""
    if not NAME.fullmatch(model) or len(model) > LONGEST_NAME:
        raise SettingsError(
            f'"{model}" cannot be the name of a model: write up to {LONGEST_NAME} small letters and digits, with '
            "single - or _ between them."
        )
    return model


def checked_setting(field: str, model: str, origin: str) -> str:
    """Return a setting of a model; raise SettingsError if only the installation can have it."""
    if field in OF_A_MODEL:
        return field
    raise SettingsError(
        f"{variable(field)} ({origin}, model {model}) is a setting of the whole installation; write it outside of the "
        "models."
    )


def chosen_of(models: Mapping[str, object], name: str | None) -> str:
    """Return the model that is meant: the one that is asked for, or the only one."""
    names = sorted(models) or [DEFAULT_MODEL]
    if name is None and len(names) == 1:
        return names[0]
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    if name is None:
        raise SettingsError(f"Several models are configured ({listed}): name one with --model or {variable('model')}.")
    if name not in names:
        which = f"configured are {listed}" if models else f"no models are configured, and the only one is {listed}"
        raise SettingsError(f'There is no model "{name}": {which}.')
    return name


def refuse_shared_predictions(of_models: Mapping[str, Settings]) -> None:
    """Raise SettingsError if two models have the same documents: one logger would never see what the other marked."""
    seen: dict[tuple[str, str], str] = {}
    for model, settings in of_models.items():
        place = settings.database, settings.collection
        other = seen.setdefault(place, model)
        if other != model:
            raise SettingsError(
                f"The models {other} and {model} both have the collection {settings.collection} of "
                f"{settings.database}: give each its own."
            )
