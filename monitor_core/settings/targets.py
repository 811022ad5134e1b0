"""Recipients of notifications: the configured addresses, by name."""

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import SecretStr

from monitor_core.settings.addresses import parted, scheme
from monitor_core.settings.settings import Settings

MAIL = ("mailto", "mailtos")


@dataclass(frozen=True)
class Target:
    """A notification address."""

    name: str  # its own, or position and kind, such as "1: slack": nothing else of it is stored or shown
    address: SecretStr  # without the name
    critical_only: bool = False
    by_rule_only: bool = False  # it takes only alerts of rules that choose it
    is_named: bool = False  # rules can choose it

    def takes(self, severity: str, chosen: Collection[str] = ()) -> bool:
        """Return whether it is notified of an alert; `chosen`: the targets that the rule chooses, empty for all."""
        if self.critical_only and severity != "critical":
            return False
        return self.name in chosen if chosen else not self.by_rule_only

    @property
    def takes_reports(self) -> bool:
        """Return whether it gets the scheduled report: as every target that gets all alerts."""
        return not (self.critical_only or self.by_rule_only)

    @property
    def takes_files(self) -> bool:
        """Return whether files can be attached to its messages."""
        return scheme(self.address.get_secret_value()) in MAIL


def targets(settings: Settings) -> list[Target]:
    """Return the configured targets; an address in several lists is one target, of the first of them."""
    listed = [
        *(_target(address, f"{n}") for n, address in enumerate(settings.notify, 1)),
        *(_target(address, f"critical {n}", critical=True) for n, address in enumerate(settings.notify_critical, 1)),
        *(_target(address, f"by rule {n}", by_rule=True) for n, address in enumerate(settings.notify_by_rule, 1)),
    ]
    of_all = {target.address for target in listed if target.takes_reports}
    elsewhere = [target for target in listed if not target.takes_reports]
    first = {target.address: target for target in reversed(elsewhere)}
    return [
        *(target for target in listed if target.takes_reports),
        *(target for target in elsewhere if target.address not in of_all and first[target.address] is target),
    ]


def _target(written: SecretStr, position: str, critical: bool = False, by_rule: bool = False) -> Target:
    name, address = parted(written.get_secret_value())
    return Target(
        name or f"{position}: {scheme(address)}", SecretStr(address), critical, by_rule, is_named=name is not None
    )
