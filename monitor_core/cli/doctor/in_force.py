"""The settings in force, in words and without secrets."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from monitor_core.contract.specimens import without_login
from monitor_core.mongo.connection import place
from monitor_core.settings.settings import Settings, variable
from monitor_core.settings.sources import Loaded
from monitor_core.settings.targets import Target, targets
from monitor_core.settings.types import Schedule

OF_TARGETS: dict[str, Callable[[Target], bool]] = {  # setting -> whether a target is of it
    "notify": lambda target: target.takes_reports,
    "notify_critical": lambda target: target.critical_only,
    "notify_by_rule": lambda target: target.by_rule_only,
}


@dataclass(frozen=True)
class InForce:
    """A setting, by its environment variable, and where its value comes from."""

    name: str
    variable: str
    value: str  # in words; "(hidden)" for a secret
    origin: str  # "environment", ".env", "monitor.toml" or "default"


def in_force(loaded: Loaded) -> Iterator[InForce]:
    """Yield every setting."""
    for name in Settings.model_fields:
        value = _value(loaded.settings, name)
        yield InForce(name, variable(name), value, loaded.origins.get(name, "default"))


def _value(loaded: Settings, name: str) -> str:
    value = getattr(loaded, name)
    if name == "mongodb_uri":
        return f"(hidden) at {place(loaded)}" if value else "none: the bundled MongoDB"
    if isinstance(value, SecretStr):
        return "(hidden)"
    if name in OF_TARGETS:
        names = [target.name for target in targets(loaded) if OF_TARGETS[name](target)]
        return f"(hidden) {', '.join(names)}" if value else "none"
    if name == "stored_times":
        return _offset(value)
    return without_login(_in_words(value))


def _offset(value: Any) -> str:
    """Return what MONITOR_STORED_TIMES says: "utc", "local", or an offset from UTC such as "+02:00"."""
    if not isinstance(value, timedelta):
        return str(value)
    minutes = round(value / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "utc"


def _in_words(value: Any) -> str:
    """Return a value as people write it in the settings; "none" without one."""
    if hasattr(value, "model_dump"):
        return json.dumps(value.model_dump())
    if value is None or value == () or value == {}:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return str(Schedule(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
