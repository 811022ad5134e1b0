"""The configured destinations: the monitor's own, and those of other packages by entry point."""

from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path

from monitor_core.contract.errors import SettingsError
from monitor_core.contract.wording import listed
from monitor_core.logger.destinations.local import LocalFolder
from monitor_core.logger.destinations.protocol import KEY, Destination, takes_json
from monitor_core.logger.destinations.whylabs import WhyLabs
from monitor_core.logger.profiles import why_no_whylogs
from monitor_core.settings.settings import Settings

GROUP = "prediction_monitor.destinations"  # of the entry points: key = module:Class, made from the settings


def configured(settings: Settings, demo: bool = False) -> list[Destination]:
    """Return the configured destinations; the demo has only a folder of its own, which is removed with it."""
    if demo:
        return [LocalFolder(demo_profiles(settings))]
    destinations: list[Destination] = [LocalFolder(settings.model_folder / "profiles", settings.local_required)]
    if settings.whylabs_enabled:
        destinations.append(WhyLabs(settings))
    ours = {LocalFolder.key, WhyLabs.key}
    destinations += [_brought(name, settings, ours) for name in dict.fromkeys(settings.destinations)]
    if not any(destination.required for destination in destinations):
        raise SettingsError(
            "MONITOR_LOCAL_REQUIRED is false and no destination of MONITOR_DESTINATIONS is required, so `logged` would "
            "mean nothing; require one of them."
        )
    return destinations


def why_refused(destinations: Iterable[Destination]) -> str | None:
    """Return why nothing can be profiled for the destinations, as a sentence with the remedy; None if it can."""
    names = [destination.name for destination in destinations if not takes_json(destination)]
    reason = why_no_whylogs() if names else None
    if reason is None:
        return None
    take = "takes" if len(names) == 1 else "take"
    return (
        f"Nothing new is logged: {listed(names)} {take} only whylogs' files, and {reason}; install whylogs as "
        "docs/installation.md says, or use Python 3.12, or take the destination out of the settings."
    )


def demo_profiles(settings: Settings) -> Path:
    """Return the folder of the demo's profiles."""
    return settings.model_folder / "profiles" / "demo"


def _brought(name: str, settings: Settings, ours: set[str]) -> Destination:
    """Return the destination that another package provides under this name."""
    installed = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in installed:
        present = ", ".join(sorted(installed)) or "none"
        raise SettingsError(
            f"MONITOR_DESTINATIONS names {name}, which no installed package brings (installed: {present}); install its "
            "package where the logger runs, or remove the name."
        )
    try:
        destination: Destination = installed[name].load()(settings)
    except Exception as fault:  # noqa: BLE001 - another package's code may raise anything, with any text
        raise SettingsError(
            f"The destination {name} cannot be created: {installed[name].value} raised {type(fault).__name__}; repair "
            "or update its package, or remove the name from MONITOR_DESTINATIONS."
        ) from None
    if destination.key != name or name in ours or not KEY.fullmatch(name):
        raise SettingsError(
            f"The destination {name} cannot be used: its key is {destination.key}; it has to be the entry point's "
            "name, made of lower-case letters, digits, _ and -, and must not be one of ours."
        )
    return destination
