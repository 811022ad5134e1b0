"""The report of the page Logging: where the reviewed predictions are, and the profile of a day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.delivery import DestinationStatus
from monitor_core.contract.documents import CONFIDENCE_BINS, Waiting
from monitor_core.contract.profiles import QUANTILES
from monitor_core.mongo.delivery.outbox import Outbox
from monitor_core.mongo.history.days import HistoryState
from monitor_core.mongo.history.profiles import StoredProfile
from monitor_core.mongo.state import TickResult
from monitor_core.mongo.store import Store
from monitor_core.scores.counts import NO_CONFIDENCE, NOT_REVIEWED, is_right

BINS_DRAWN = 20  # of the confidence
HOURS = 24
DESTINATION_COLUMNS = [
    *("destination", "required", "state", "waiting predictions", "oldest review", "last success", "what to do")
]


@dataclass(frozen=True)
class LoggerReport:
    """The state of the logger at one moment."""

    last: TickResult | None
    waiting: Waiting
    unmarked: dict[str, int]  # logged predictions that cannot hold their mark, by the reason
    destinations: pd.DataFrame  # one row each, as DESTINATION_COLUMNS says
    batches: dict[str, int]  # by state
    by_hour: pd.DataFrame  # hour (local), predictions; the last 24 hours, the empty ones too
    history: HistoryState
    profile_days: list[date]  # the newest first

    @property
    def logged_in_a_day(self) -> int:
        return int(self.by_hour["predictions"].sum())


def logger_report(store: Store) -> LoggerReport:
    """Return the state of the logger's last run, destinations, batches and history."""
    outbox, now = Outbox(store), store.now()
    status = outbox.status()
    by_key = {destination.key: destination for destination in status.destinations}
    active = outbox.active_destinations()
    rows = [_destination(each.name, each.required, by_key.get(each.key), now) for each in active]
    return LoggerReport(
        store.state.last_tick(),
        store.predictions.waiting(),
        dict(store.unmarked.reasons()),
        pd.DataFrame(rows, columns=DESTINATION_COLUMNS),
        status.batches,
        _by_hour(status.rows_by_hour, now, store.settings.zone),
        store.history.state(),
        store.profiles.days(),
    )


def _destination(name: str, required: bool, status: DestinationStatus | None, now: datetime) -> dict[str, object]:
    state, advice = _state(status)
    oldest = wording.ago(status.oldest_review_at, now) if status and status.oldest_review_at else ""
    return {
        "destination": name,
        "required": "yes" if required else "no",
        "state": state,
        "waiting predictions": status.rows_missing if status else 0,
        "oldest review": oldest,
        "last success": wording.ago(status.sent_at, now) if status and status.sent_at else "never",
        "what to do": advice,
    }


def _state(status: DestinationStatus | None) -> tuple[str, str]:
    """Return a delivery state in a word, and what to do about it; an error before the last success is over."""
    if status is None or (status.sent_at is None and not status.rows_missing):
        return "nothing sent yet", ""
    if status.parts.get("uncertain"):
        return "uncertain", "Settle the batches named above."
    failing = status.failed_at and (status.sent_at is None or status.failed_at > status.sent_at)
    if failing and status.error:
        return "failing", status.error
    return ("behind", "The next runs deliver it.") if status.rows_missing else ("up to date", "")


def _by_hour(rows: dict[datetime, int], now: datetime, zone: ZoneInfo) -> pd.DataFrame:
    this = now.replace(minute=0, second=0, microsecond=0)
    hours = [this - timedelta(hours=n) for n in range(HOURS - 1, -1, -1)]
    local = [hour.astimezone(zone).replace(tzinfo=None) for hour in hours]
    return pd.DataFrame({"hour": pd.to_datetime(local), "predictions": [rows.get(hour, 0) for hour in hours]})


@dataclass(frozen=True)
class ProfileReport:
    """A day's profile in words and tables."""

    profile: StoredProfile
    columns: pd.DataFrame  # one row a column: column, samples, missing, distinct, mean, stddev, min, quantiles, max
    frequent: dict[str, pd.DataFrame]  # column of names -> name, count; most first
    confidence: pd.DataFrame  # from, outcome, count, in BINS_DRAWN bins


def profile_report(store: Store, day: date) -> ProfileReport | None:
    """Return the stored profile of a prediction day; None if there is none."""
    stored = store.profiles.read(day)
    if stored is None:
        return None
    counts = store.history.read("predicted", Period(day, day)).get(day)
    binned = counts.confidence if counts else np.zeros((0, 4), np.int64)
    frequent = {
        column: pd.DataFrame(summary["frequent"], columns=["name", "count"])
        for column, summary in sorted(stored.summary.items())
        if "frequent" in summary
    }
    return ProfileReport(stored, _columns(stored), frequent, _confidence(binned))


def _columns(stored: StoredProfile) -> pd.DataFrame:
    rows = []
    for column, summary in sorted(stored.summary.items()):
        numbers = {name: summary.get(name) for name in ("mean", "stddev", "min")}
        row = {
            "column": column,
            "samples": summary["rows"],
            "missing": summary["missing"],
            "distinct": summary["distinct"],
        }
        rows.append(
            row | numbers | dict.fromkeys(QUANTILES) | summary.get("quantiles", {}) | {"max": summary.get("max")}
        )
    return pd.DataFrame(rows)


def _confidence(binned: np.ndarray) -> pd.DataFrame:
    """Return documents by outcome and confidence, in fewer bins than are stored."""
    wide = CONFIDENCE_BINS // BINS_DRAWN
    binned = binned[binned[:, 2] != NO_CONFIDENCE]
    _, result, at, count = binned.T
    outcome = np.where(is_right(binned), "right", np.where(result == NOT_REVIEWED, "not reviewed", "wrong"))
    table = pd.DataFrame({"from": at // wide / BINS_DRAWN, "outcome": outcome, "count": count})
    table = table.groupby(["from", "outcome"], as_index=False).agg({"count": "sum"})
    return table.assign(to=table["from"] + 1 / BINS_DRAWN)


@dataclass(frozen=True)
class LoggerState:
    """The logger's last run and the reviews that wait for it."""

    last: TickResult | None
    waiting: Waiting


def logger_state(store: Store) -> LoggerState:
    """Return the result of the logger's last run, and what it has yet to log."""
    return LoggerState(store.state.last_tick(), store.predictions.waiting())
