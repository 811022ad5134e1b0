"""Which destinations the settings name: ours, and those that other packages bring by an entry point."""

from importlib.metadata import entry_points
from pathlib import Path

from monitor_core.contract.errors import SettingsError
from monitor_core.logger.destinations.local import LocalFolder
from monitor_core.logger.destinations.protocol import KEY, Destination
from monitor_core.logger.destinations.whylabs import WhyLabs
from monitor_core.settings.settings import Settings

GROUP = "prediction_monitor.destinations"  # of the entry points: key = module:Class, made from the settings


def configured(settings: Settings, demo: bool = False) -> list[Destination]:
    """Return where profiles go; the demo's stay here, in a folder that is removed with it: nobody else wants them."""
    if demo:
        return [LocalFolder(demo_profiles(settings))]
    destinations: list[Destination] = [LocalFolder(settings.state_folder / "profiles", settings.local_required)]
    if settings.whylabs_enabled:
        destinations.append(WhyLabs(settings))
    ours = {LocalFolder.key, WhyLabs.key}
    destinations += [_brought(name, settings, ours) for name in dict.fromkeys(settings.destinations)]
    if not any(destination.required for destination in destinations):
        raise SettingsError(
            "MONITOR_LOCAL_REQUIRED is false and no destination of MONITOR_DESTINATIONS is required, so `logged` would "
            "say nothing; require one of them."
        )
    return destinations


def demo_profiles(settings: Settings) -> Path:
    """Return the folder of the demo's profiles."""
    return settings.state_folder / "profiles" / "demo"


def _brought(name: str, settings: Settings, ours: set[str]) -> Destination:
    """The destination that another package brings under this name."""
    installed = {one.name: one for one in entry_points(group=GROUP)}
    if name not in installed:
        there = ", ".join(sorted(installed)) or "none is"
        raise SettingsError(
            f"MONITOR_DESTINATIONS names {name}, which no installed package brings (installed: {there}); install its "
            "package where the logger runs, or take the name out."
        )
    try:
        destination: Destination = installed[name].load()(settings)
    except Exception as fault:  # noqa: BLE001 - somebody else's code may raise anything, whose text may hold anything
        raise SettingsError(
            f"The destination {name} cannot be made: its package {installed[name].value} raised "
            f"{type(fault).__name__}; mend or update it, or take the name out of MONITOR_DESTINATIONS."
        ) from None
    if destination.key != name or name in ours or not KEY.fullmatch(name):
        raise SettingsError(
            f"The destination {name} cannot be used: its key is {destination.key}; that has to be the entry point's "
            "name, of lower-case letters, digits, _ and -, and none of ours."
        )
    return destination
