"""The destination WhyLabs: the platform, hosted or self-hosted."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from monitor_core.contract.errors import DestinationFailed
from monitor_core.contract.profiles import DayProfile
from monitor_core.logger.destinations.exchange import Answer, NotPublic, exchange, is_private, pinned
from monitor_core.settings.settings import Settings

ATTEMPTS = 3
TIMEOUT = httpx2.Timeout(30, connect=5)  # seconds; the stock writer has none and may hang for ever
EXCHANGE_SECONDS = 60.0  # of a request with its repetitions, however the answer drips
BUSY = (429, 500, 502, 503, 504)
PAUSE_SECONDS = 30.0
REFUSED_PAUSE_SECONDS = 300.0  # repeating a request does not correct a wrong key
SOON_SECONDS = 5.0  # that a request is repeated after at once; a server that asks for longer gets it in a later run


class _Refusal(Exception):
    """An answer with a status that means failure."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


class WhyLabs:
    """A client of the platform's HTTP API.

    WhyLabs sums everything it receives, so nothing may be sent twice; but it ingests each upload address only once, so
    that a repeated PUT to the same address is safe while the address is valid.
    """

    key = "whylabs"
    name = "WhyLabs"
    repeatable: timedelta | None = timedelta(minutes=14)  # an address is valid for 15

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.endpoint = settings.whylabs_endpoint
        self.required = settings.whylabs_required

    def announce(self, profile: DayProfile) -> str:
        """Request an upload address."""
        midnight = datetime.combine(profile.day, time_of_day(), UTC)
        body = {"datasetTimestamp": int(midnight.timestamp() * 1000), "segmentTags": []}
        dataset = {"X-WHYLABS-RESOURCE": self.settings.whylabs_dataset_id or "", "X-WhyLabs-File-Extension": "BIN"}
        request = httpx2.Request("POST", f"{self.endpoint}/v1/log/async", headers=self._key() | dataset, json=body)
        try:
            place = str(httpx2.URL(_json(self._exchange(request))["uploadUrl"]))
            self._upload(place, b"")
        except (ValueError, KeyError, TypeError, RecursionError, httpx2.InvalidURL):
            raise self._failed("an answer without an upload address", nothing_taken=True) from None
        return place

    def deliver(self, profile: DayProfile, place: str) -> None:
        """Put the profile to the upload address."""
        self._exchange(self._upload(place, profile.data))

    def _upload(self, place: str, data: bytes) -> httpx2.Request:
        """Return the request to an upload address, which may not lead from a public platform into a private network."""
        headers = {"Content-Type": "application/octet-stream"}  # and no key: the address is a permission by itself
        request = httpx2.Request("PUT", place, headers=headers, content=data)
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise self._failed("an upload address that is none", nothing_taken=True)
        if is_private(httpx2.URL(self.endpoint).host):
            return request
        try:
            return pinned(request)
        except NotPublic:
            reason = "an upload address that is not https, or not public"
            raise self._failed(reason, nothing_taken=True, pause_seconds=REFUSED_PAUSE_SECONDS) from None

    def arrived(self, profile: DayProfile) -> bool | None:
        """Return whether the platform has the trace id; None if the key may not read."""
        place = f"v0/organizations/{self.settings.whylabs_organisation}/dataset-profiles/models"
        address = f"{self.endpoint}/{place}/{self.settings.whylabs_dataset_id}/trace/{profile.trace_id}"
        try:
            entries = _json(self._exchange(httpx2.Request("GET", address, headers=self._key())))
        except (DestinationFailed, ValueError, RecursionError):
            return None
        return True if entries else None  # an empty list may also mean that it is not ingested yet

    def reach(self) -> None:
        """Raise unless the endpoint answers; the answer itself does not matter."""
        try:
            exchange(httpx2.Request("GET", self.endpoint), TIMEOUT, EXCHANGE_SECONDS, self._call("reach"))
        except httpx2.HTTPError as wrong:
            raise self._failed(type(wrong).__name__, nothing_taken=True) from None

    def _call(self, kind: str) -> str:
        """Return the name of a kind of exchange: while one hangs, only those of the same model wait for it."""
        return f"whylabs {kind} of {self.settings.model}"

    def _key(self) -> dict[str, str]:
        assert self.settings.whylabs_api_key  # noqa: S101 - made only when the settings have one
        return {"X-API-Key": self.settings.whylabs_api_key.get_secret_value()}

    def _exchange(self, request: httpx2.Request) -> Answer:
        """Return the answer to a request, repeated while the platform is busy or unreachable."""
        lost: list[BaseException] = []  # failures after which the request may have had its effect
        until = time.monotonic() + EXCHANGE_SECONDS

        def remember(state: RetryCallState) -> None:
            wrong = state.outcome.exception() if state.outcome else None
            if wrong and not _nothing_taken(wrong):
                lost.append(wrong)

        def send() -> Answer:
            answer = exchange(request, TIMEOUT, until - time.monotonic(), self._call(request.method))
            if not 200 <= answer.status < 300:
                raise _Refusal(answer)
            return answer

        retrying = Retrying(
            stop=lambda state: stop_after_attempt(ATTEMPTS)(state) or time.monotonic() + SOON_SECONDS > until,
            wait=_wait(wait_exponential_jitter(multiplier=0.5, max=SOON_SECONDS)),
            retry=retry_if_exception(_passing),
            after=remember,
            reraise=True,
        )
        try:
            return retrying(send)
        except _Refusal as wrong:
            pause = PAUSE_SECONDS if wrong.answer.status in BUSY else REFUSED_PAUSE_SECONDS
            pause = max(pause, wrong.answer.retry_after or 0)
            raise self._failed(str(wrong), not lost and _nothing_taken(wrong), pause) from None
        except httpx2.HTTPError as wrong:
            raise self._failed(type(wrong).__name__, not lost and _nothing_taken(wrong)) from None

    def _failed(self, reason: str, nothing_taken: bool, pause_seconds: float = PAUSE_SECONDS) -> DestinationFailed:
        """Return a failure whose message contains neither the upload address nor the key."""
        return DestinationFailed(
            f"WhyLabs at {self.endpoint} did not accept the profile ({reason}); check that it runs, and check "
            "WHYLABS_API_ENDPOINT, WHYLABS_API_KEY, WHYLABS_DEFAULT_ORG_ID and WHYLABS_DEFAULT_DATASET_ID.",
            nothing_taken,
            pause_seconds,
        )


def _json(answer: Answer) -> Any:
    return json.loads(answer.body)


def _wait(backoff: Callable[[RetryCallState], float]) -> Callable[[RetryCallState], float]:
    """Return the pauses between requests: as long as the server requests, or those of the backoff."""

    def seconds(state: RetryCallState) -> float:
        wrong = state.outcome.exception() if state.outcome else None
        asked_for = wrong.answer.retry_after if isinstance(wrong, _Refusal) else None
        return max(asked_for or 0.0, backoff(state))

    return seconds


def _passing(wrong: BaseException) -> bool:
    """Return whether the request may succeed if repeated at once."""
    if isinstance(wrong, _Refusal):
        return wrong.answer.status in BUSY and (wrong.answer.retry_after or 0) <= SOON_SECONDS
    return isinstance(wrong, httpx2.TransportError)


def _nothing_taken(wrong: BaseException) -> bool:
    """Return whether the request had no effect: it was refused, or never arrived.

    After a lost answer or a server error it may have had an effect.
    """
    if isinstance(wrong, _Refusal):
        return wrong.answer.status < 500
    return isinstance(wrong, httpx2.ConnectError | httpx2.ConnectTimeout)
