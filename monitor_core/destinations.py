"""Where a profile goes: each destination has a name and `send`."""

import os
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Protocol

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from monitor_core.errors import DestinationFailed
from monitor_core.profiles import DayProfile
from monitor_core.settings import Settings

ATTEMPTS = 3
TIMEOUT = httpx.Timeout(30, connect=5)  # seconds; the stock writer has none and may hang for ever
BUSY = (429, 500, 502, 503, 504)


class Destination(Protocol):
    name: str

    def send(self, profile: DayProfile) -> None:
        """Deliver, or raise DestinationFailed with the remedy."""


class LocalFolder:
    """One file a day and batch in whylogs' own format: <folder>/<day>/<trace id>.bin."""

    name = "local store"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, profile: DayProfile) -> None:
        """Under a temporary name first: whoever lists the folder sees whole files only."""
        final = self.folder / profile.day.isoformat() / f"{profile.trace_id}.bin"
        partial = final.with_suffix(".partial")
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                out.write(profile.data)
                out.flush()
                os.fsync(out.fileno())
            partial.replace(final)
        except OSError as wrong:
            with suppress(OSError):
                partial.unlink()
            raise DestinationFailed(
                f"The local store {self.folder} cannot be written ({wrong.strerror}); make room or correct its rights."
            ) from None


class WhyLabs:
    """The WhyLabs platform, hosted or self-hosted, spoken to directly."""

    name = "WhyLabs"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.endpoint = settings.whylabs_endpoint

    def send(self, profile: DayProfile) -> None:
        """Ask for an upload address, put the bytes there.

        Both are safe to repeat: an address that gets no bytes counts nothing, and one address is ingested once.
        """
        with httpx.Client(timeout=TIMEOUT) as client:
            address = self._upload_address(client, profile)
            put = client.build_request(
                "PUT", address, content=profile.data, headers={"Content-Type": "application/octet-stream"}
            )
            self._exchange(client, put)

    def reach(self) -> None:
        """Raise unless something answers at the endpoint; what it answers without a request does not matter."""
        with httpx.Client(timeout=TIMEOUT) as client:
            try:
                client.get(self.endpoint)
            except httpx.HTTPError as wrong:
                raise self._failed(type(wrong).__name__) from None

    def _upload_address(self, client: httpx.Client, profile: DayProfile) -> str:
        midnight = datetime.combine(profile.day, time(), UTC)
        announcement = client.build_request(
            "POST",
            f"{self.endpoint}/v1/log/async",
            headers={
                "X-API-Key": self._key(),
                "X-WHYLABS-RESOURCE": self.settings.whylabs_dataset_id or "",
                "X-WhyLabs-File-Extension": "BIN",
            },
            json={"datasetTimestamp": int(midnight.timestamp() * 1000), "segmentTags": []},
        )
        answer = self._exchange(client, announcement)
        try:
            return str(httpx.URL(answer.json()["uploadUrl"]))
        except (ValueError, KeyError, TypeError, httpx.InvalidURL):
            raise self._failed("an answer without an upload address") from None

    def _key(self) -> str:
        """A key may carry its organisation as a suffix; else the configured one is added."""
        assert self.settings.whylabs_api_key  # noqa: S101 - made only when the settings have one
        key = self.settings.whylabs_api_key.get_secret_value()
        return key if ":" in key else f"{key}:{self.settings.whylabs_org_id}"

    def _exchange(self, client: httpx.Client, request: httpx.Request) -> httpx.Response:
        """The answer to a request, repeated while the platform is busy or out of reach."""
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_exponential_jitter(initial=0.5, max=5),
                retry=retry_if_exception(_passing),
                reraise=True,
            ):
                with attempt:
                    return client.send(request).raise_for_status()
        except httpx.HTTPStatusError as wrong:
            raise self._failed(f"status {wrong.response.status_code}") from None
        except httpx.HTTPError as wrong:
            raise self._failed(type(wrong).__name__) from None
        raise AssertionError("Retrying either returns or raises")

    def _failed(self, reason: str) -> DestinationFailed:
        """Never holds the upload address, which is a permission by itself, nor the key."""
        return DestinationFailed(
            f"WhyLabs at {self.endpoint} did not take the profile ({reason}); check that it runs, and "
            "WHYLABS_API_ENDPOINT, WHYLABS_API_KEY, WHYLABS_DEFAULT_ORG_ID and WHYLABS_DEFAULT_DATASET_ID."
        )


def _passing(wrong: BaseException) -> bool:
    if isinstance(wrong, httpx.HTTPStatusError):
        return wrong.response.status_code in BUSY
    return isinstance(wrong, httpx.TransportError)
