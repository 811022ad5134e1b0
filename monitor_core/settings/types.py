"""Parsers and validators of setting values."""

import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from monitor_core.contract.calendar import CLOCK_TOLERANCE, ONE_DAY
from monitor_core.contract.texts import BLANKS, number_of_text
from monitor_core.settings import addresses as written

SHORTEST_SECRET = 16  # of a provider's client; Keycloak, Entra and Google give 32 and more
LEAST_LATE = timedelta(minutes=5)  # a run may take that long
MOST_SEGMENTS = 4  # each lengthens two indexes and has one of its own
FURTHEST_OFFSET = timedelta(hours=14)  # of a zone from UTC
UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600}


def read_duration(value: object) -> object:
    """Return seconds, given a number or a number with a unit: "45", "90 s", "2 min", "1 h"."""
    if isinstance(value, timedelta):
        return value
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|sec|min|h)?\s*", str(value))
    if not parts:
        raise ValueError(f'"{value}" is not a duration')
    try:
        return timedelta(seconds=float(parts[1]) * UNITS[parts[2] or "s"])
    except OverflowError:
        raise ValueError(f'"{value}" is too long') from None


@dataclass(frozen=True)
class Schedule:
    """The times of the logger's runs: at an interval, or by a cron expression in UTC.

    In a local zone, a cron trigger would skip a run when the clocks go forward and repeat one when they go back.
    """

    every: timedelta | None = None
    cron: str | None = None

    def __post_init__(self) -> None:
        if (self.every is None) == (self.cron is None):
            raise ValueError(f"a schedule is either a pause or a cron expression, not {self.every} and {self.cron}")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("the pause should be greater than or equal to a second")
        if self.cron is not None:
            _check_cron(self.cron)

    def __str__(self) -> str:
        if self.every is None:
            return f"{self.cron} (cron, UTC)"
        seconds = self.every.total_seconds()
        unit = next(name for name in ("h", "min", "s") if seconds % UNITS[name] == 0 or name == "s")
        return f"{seconds / UNITS[unit]:g} {unit}"

    def is_late(self, last: datetime, now: datetime) -> bool:
        """Return whether the last run is too long ago: more than three intervals, and more than five minutes.

        For intervals of days, one missed run is enough. A future `last` comes from a clock that has been put back.
        """
        following = last + self.every if self.every else self._after(last)
        interval = following - last
        return now - last > longest_silence(interval) or last - now > CLOCK_TOLERANCE

    def _after(self, last: datetime) -> datetime:
        from apscheduler.triggers.cron import CronTrigger  # late: only who has a cron expression needs it

        following: datetime | None = CronTrigger.from_crontab(self.cron, timezone=UTC).get_next_fire_time(last, last)
        return following or last + ONE_DAY


def longest_silence(interval: timedelta) -> timedelta:
    """Return the longest time without the end of a run that is still normal, if a run begins in each interval."""
    return max(LEAST_LATE, min(3 * interval, interval + ONE_DAY))


def _check_cron(expression: str) -> None:
    from apscheduler.triggers.cron import CronTrigger  # late: only who has a cron expression needs it

    if re.search(r"\d", expression.split()[-1]):  # cron's 1 is Monday, and the scheduler's is Tuesday
        raise ValueError(f'write the weekdays of "{expression}" by name, such as mon-fri')
    trigger = CronTrigger.from_crontab(expression, timezone=UTC)
    if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
        raise ValueError(f'"{expression}" never comes')


def schedule(value: object) -> object:
    """Parse an interval as `read_duration` does, or a cron expression of five fields: "*/5 * * * *", "0 3 * * *"."""
    if not isinstance(value, str | int | float):
        return value
    fields = str(value).split()
    if len(fields) == 5:
        return Schedule(cron=" ".join(fields))
    return Schedule(every=read_duration(value))  # type: ignore[arg-type]


def addresses(value: object) -> object:
    """Return apprise addresses as secrets, given a list or a text; errors name an address only by its position."""
    try:
        given = written.split(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(given, list | tuple):
        raise ValueError("it is not a list")
    texts = [address.get_secret_value() if isinstance(address, SecretStr) else address for address in given]
    for position, text in enumerate(texts, 1):
        if not isinstance(text, str) or not written.understood(written.parted(text)[1]):
            raise ValueError(f"apprise does not understand the address at position {position}")
    return texts


Addresses = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(addresses)]


def words(value: object) -> object:
    """Return a list of words, given a list, JSON, or a text separated by commas or spaces."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value.lstrip().startswith("[") else re.findall(r"[^,\s]+", value)
    except ValueError:
        raise ValueError("it is not JSON") from None


def _domains(value: tuple[str, ...]) -> tuple[str, ...]:
    domains = tuple(domain.lower().removeprefix("@") for domain in value)
    for domain in domains:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
            raise ValueError(f'"{domain}" is not a domain')
    return domains


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    hosts = tuple(host.lower() for host in value)
    for host in hosts:
        if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host):
            raise ValueError(f'"{host}" is not a host name; leave out scheme, port and path')
    return hosts


def is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str | None) -> bool:
    """Return whether a host is reachable from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Return whether nobody can eavesdrop on what is sent to the URL: it is https, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _safe(value: str | None) -> str | None:
    if value and not (re.fullmatch(r"https?://[^\s/@]+/\S*", value) and is_safe(value)):
        raise ValueError("it is not an https address")
    return value


def _long(value: SecretStr | None) -> SecretStr | None:
    if value and len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"it is shorter than {SHORTEST_SECRET} characters")
    return value


def _values(value: object) -> object:
    """Return words as `words` does, with numbers as texts."""
    given = words(value)
    return (
        [str(item) if isinstance(item, int | float) else item for item in given] if isinstance(given, list) else given
    )


Values = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_values)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(words)]
Domains = Annotated[Words, AfterValidator(_domains)]
Hosts = Annotated[Words, AfterValidator(_hosts)]
SafeAddress = Annotated[str | None, AfterValidator(_safe)]
LongSecret = Annotated[SecretStr | None, AfterValidator(_long)]


def nested(path: str, other: str) -> bool:
    """Return whether the paths are equal or one contains the other, so that an index cannot hold both."""
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")


def segments(value: dict[str, str]) -> dict[str, str]:
    """Validate segments: names fit into a web address, and no path contains another."""
    if len(value) > MOST_SEGMENTS:
        raise ValueError(f"{len(value)} segments are more than {MOST_SEGMENTS}")
    for name, path in value.items():
        if not re.fullmatch(r"[A-Za-z]\w{0,30}", name, re.ASCII):
            raise ValueError(f'"{name}" cannot be the name of a segment: letters, digits and _ only')
        if not all(path.split(".")) or "$" in path or "\0" in path:
            raise ValueError(f'"{path}" cannot be the name of a field')
    paths = list(value.values())
    if any(nested(path, other) for i, path in enumerate(paths) for other in paths[:i]):
        raise ValueError("two segments are the same field, or one lies inside the other")
    return value


Segments = Annotated[dict[str, str], AfterValidator(segments)]  # name -> path of the field


def class_names(value: object) -> object:
    """Refuse names without numbers, and pairs that have the name first."""
    numbered = {}
    if isinstance(value, list):
        numbered = {str(number): name for number, name in enumerate(value)}
    elif isinstance(value, dict) and not all(re.fullmatch(r"\s*[+-]?[0-9]+\s*", str(key)) for key in value):
        numbered = {str(number): name for name, number in value.items() if isinstance(number, int | str)}
    if not numbered:
        return value
    first = dict([next(iter(numbered.items()))])
    raise ValueError(f"write the class number first, such as {json.dumps(first, ensure_ascii=False)}")


def class_aliases(value: dict[str, int]) -> dict[str, int]:
    for name in value:
        if not name.strip() or number_of_text(name) is not None:
            raise ValueError(f'"{name}" cannot be the name of a class')
    return value


def stored_times(value: object) -> object:
    """Return what stored dates show: "utc", "local", or an offset from UTC such as "+02:00" or "+2"."""
    if isinstance(value, timedelta):
        return value
    text = str(value).strip().lower()
    if text in ("utc", "local"):
        return timedelta(0) if text == "utc" else text
    parts = re.fullmatch(r"([+-])([0-9]{1,2})(?::([0-5][0-9]))?", text)
    offset = timedelta(hours=int(parts[2]), minutes=int(parts[3] or 0)) if parts else None
    if not parts or offset is None or offset > FURTHEST_OFFSET:
        raise ValueError(f'"{value}" is neither utc nor local nor an offset')
    return -offset if parts[1] == "-" else offset


def names_of_classes(class_names: dict[int, str], aliases: dict[str, int]) -> dict[str, int]:
    """Return the class numbers by every name that a document may contain."""
    named = [*aliases.items(), *((name, label) for label, name in class_names.items())]
    return dict(sorted({name.strip(BLANKS): label for name, label in named}.items()))


ClassNames = Annotated[dict[int, str], BeforeValidator(class_names)]
ClassAliases = Annotated[dict[str, int], AfterValidator(class_aliases)]
StoredTimes = Annotated[Literal["local"] | timedelta, NoDecode, BeforeValidator(stored_times)]
