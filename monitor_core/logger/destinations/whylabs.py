"""Destination WhyLabs: the platform, hosted or self-hosted."""

from datetime import UTC, datetime, time, timedelta

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile
from monitor_core.settings.settings import Settings

ATTEMPTS = 3
TIMEOUT = httpx.Timeout(30, connect=5)  # seconds; the stock writer has none and may hang for ever
BUSY = (429, 500, 502, 503, 504)
REFUSED_PAUSE_SECONDS = 300  # repeating a request does not correct a wrong key


class WhyLabs:
    """Client of the platform's HTTP interface.

    WhyLabs adds up whatever it gets, so nothing may be sent twice; but it ingests one upload address once, which makes
    a repeated PUT to the same address safe for as long as the address is valid.
    """

    key = "whylabs"
    name = "WhyLabs"
    repeatable: timedelta | None = timedelta(minutes=14)  # an address is valid for 15

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.endpoint = settings.whylabs_endpoint
        self.required = settings.whylabs_required

    def announce(self, profile: DayProfile) -> str:
        """Ask for an upload address."""
        midnight = datetime.combine(profile.day, time(), UTC)
        body = {"datasetTimestamp": int(midnight.timestamp() * 1000), "segmentTags": []}
        dataset = {"X-WHYLABS-RESOURCE": self.settings.whylabs_dataset_id or "", "X-WhyLabs-File-Extension": "BIN"}
        request = httpx.Request("POST", f"{self.endpoint}/v1/log/async", headers=self._key() | dataset, json=body)
        answer = self._exchange(request)
        try:
            return str(httpx.URL(answer.json()["uploadUrl"]))
        except (ValueError, KeyError, TypeError, httpx.InvalidURL):
            raise self._failed("an answer without an upload address", nothing_taken=True) from None

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Put the profile to the upload address."""
        headers = {"Content-Type": "application/octet-stream"}  # and no key: the address is a permission by itself
        self._exchange(httpx.Request("PUT", place, headers=headers, content=profile.data))

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the trace id is there, or None; this needs a key that may read."""
        place = f"v0/organizations/{self.settings.whylabs_organisation}/dataset-profiles/models"
        address = f"{self.endpoint}/{place}/{self.settings.whylabs_dataset_id}/trace/{profile.trace_id}"
        try:
            entries = self._exchange(httpx.Request("GET", address, headers=self._key())).json()
        except (DestinationFailed, ValueError):
            return None
        return True if entries else None  # an empty list may also mean that it is not ingested yet

    def reach(self) -> None:
        """Raise unless something answers at the endpoint; the answer itself does not matter."""
        with httpx.Client(timeout=TIMEOUT) as client:
            try:
                client.get(self.endpoint)
            except httpx.HTTPError as wrong:
                raise self._failed(type(wrong).__name__, nothing_taken=True) from None

    def _key(self) -> dict[str, str]:
        assert self.settings.whylabs_api_key  # noqa: S101 - made only when the settings have one
        return {"X-API-Key": self.settings.whylabs_api_key.get_secret_value()}

    def _exchange(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request, repeated while the platform is busy or out of reach."""
        lost: list[BaseException] = []  # failures after which the request may have had its effect

        def remember(state: RetryCallState) -> None:
            wrong = state.outcome.exception() if state.outcome else None
            if wrong and not _nothing_taken(wrong):
                lost.append(wrong)

        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_exponential_jitter(multiplier=0.5, max=5),
            retry=retry_if_exception(_passing),
            after=remember,
            reraise=True,
        )
        try:
            with httpx.Client(timeout=TIMEOUT) as client:
                return retrying(lambda: client.send(request).raise_for_status())
        except httpx.HTTPStatusError as wrong:
            reason = f"status {wrong.response.status_code}"
            pause = 30 if _passing(wrong) else REFUSED_PAUSE_SECONDS
            raise self._failed(reason, not lost and _nothing_taken(wrong), pause) from None
        except httpx.HTTPError as wrong:
            raise self._failed(type(wrong).__name__, not lost and _nothing_taken(wrong)) from None

    def _failed(self, reason: str, nothing_taken: bool, pause_seconds: float = 30) -> DestinationFailed:
        """Return a failure whose sentence holds neither the upload address nor the key."""
        return DestinationFailed(
            f"WhyLabs at {self.endpoint} did not accept the profile ({reason}); check that it runs, and check "
            "WHYLABS_API_ENDPOINT, WHYLABS_API_KEY, WHYLABS_DEFAULT_ORG_ID and WHYLABS_DEFAULT_DATASET_ID.",
            nothing_taken,
            pause_seconds,
        )


def _passing(wrong: BaseException) -> bool:
    """Return whether the request may succeed the next time."""
    if isinstance(wrong, httpx.HTTPStatusError):
        return wrong.response.status_code in BUSY
    return isinstance(wrong, httpx.TransportError)


def _nothing_taken(wrong: BaseException) -> bool:
    """Return whether the request had no effect: it was refused, or never arrived.

    After a lost answer or a fault of the server it may have had one.
    """
    if isinstance(wrong, httpx.HTTPStatusError):
        return wrong.response.status_code < 500
    return isinstance(wrong, httpx.ConnectError | httpx.ConnectTimeout)
