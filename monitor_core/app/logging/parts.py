"""The Streamlit elements of the page Logging, and of the logger's last run."""

from datetime import UTC, date, datetime

import streamlit as st

from monitor_core.app.frame import cards, session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.mongo.history.profiles import StoredProfile
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.reports import logging as logger_page
from monitor_core.reports.logging import LoggerReport, LoggerState, ProfileReport, logger_state
from monitor_core.reports.state.scheduled import schedule_in_words
from monitor_core.settings.place import CLI

NO_WHYLOGS = (
    "The logger's Python cannot import whylogs, so this profile is the monitor's own: its figures are exact, its file "
    "is JSON, which whylogs and WhyLabs do not read, and it is made again once whylogs can be imported."
)


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def report() -> LoggerReport:
    return logger_page.logger_report(session.store())


# Three expressions of all forms of a document: they took half of what Overview asks the database.
@session.cached(ttl=2, show_spinner=False)
def _logger_state() -> LoggerState:
    return logger_state(session.store())


def pick_profile_day(days: list[date]) -> date | None:
    """Return the chosen day, initially the newest with a profile; if there is none, say so and return None."""
    if not days:
        st.info("No day has a profile yet: the logger makes them from reviewed samples.")
        return None
    texts = [day.isoformat() for day in days]
    return date.fromisoformat(st.selectbox("Day of the predictions", texts, key="profile", bind="query-params"))


def tell_scheduled_report() -> None:
    """Say when the next report is due, and whether the last one has arrived; nothing without a schedule."""
    for is_in_order, sentence in schedule_in_words(session.store(), session.now()):
        if is_in_order:
            st.caption(plain(sentence))
        else:
            st.warning(plain(sentence), icon=":material/warning:")


def profile_report(day: date) -> ProfileReport | None:
    return logger_page.profile_report(session.store(), day)


def profile_opening(report: ProfileReport) -> None:
    profile = report.profile
    current = "" if profile.current else " Reviews have changed since then; it will be made again within the hour."
    by = "without whylogs" if profile.is_json else "by whylogs"
    st.caption(
        f"{wording.count(profile.rows, 'sample')} predicted on {wording.day(profile.day)}, profiled {by} on "
        f"{wording.instant(profile.made_at, session.settings().zone)}.{current}"
    )
    if profile.is_json:
        st.info(NO_WHYLOGS)


def download_profile(profile: StoredProfile) -> None:
    day, profiles = profile.day, session.store().profiles
    ending, label = ("json", "Download the JSON file") if profile.is_json else ("bin", "Download the whylogs file")
    st.download_button(label, lambda: profiles.data(day), f"profile-{day.isoformat()}.{ending}", on_click="ignore")


def tiles(report: LoggerReport) -> None:
    """Show the backlog, the logged documents and the state of the history."""
    now = session.store().now()
    tiles = cards.tiles(4)
    with tiles[0]:
        st.metric("Waiting to be logged", f"{report.waiting.rows:,}")
        oldest = report.waiting.oldest_review_at
        st.caption(f"oldest review: {wording.ago(oldest, now)}" if oldest else "none is waiting")
    with tiles[1]:
        st.metric("Logged in 24 hours", f"{report.logged_in_a_day:,}")
        last = report.last
        st.caption(f"last run {wording.ago(last.finished_at, now)}" if last else "the logger has not run")
    with tiles[2]:
        st.metric("Batches under way", f"{sum(n for state, n in report.batches.items() if state != 'done'):,}")
        st.caption(", ".join(f"{count:,} {state}" for state, count in report.batches.items() if count) or "none yet")
    with tiles[3]:
        st.metric("Stored days", f"{report.history.days:,}", help="Days by review date and days by prediction date.")
        checked = report.history.oldest_check_at
        due = f"{report.history.due:,} changed since; " if report.history.due else ""
        oldest_check = wording.instant(checked, session.settings().zone) if checked else ""
        st.caption(due + (f"oldest check: {oldest_check}" if checked else "none stored yet"))


def unmarked(report: LoggerReport) -> None:
    """Say how many logged documents could not be marked, and why; nothing if all are marked."""
    for reason, number in report.unmarked.items():
        documents = wording.count(number, "logged prediction")
        st.info(plain(f"{documents} cannot be marked as logged: {reason}. The logger keeps a list of them."))


def state() -> None:
    """Show a clock that is wrong, how the logger's last run ended, and its backlog."""
    if difference := wording.clock_difference(datetime.now(UTC), session.store().now()):
        st.warning(difference)
    current = _logger_state()
    if current.last is None:
        st.info(f"The logger has not run on this database yet; {_waiting(current.waiting.rows)}.")
        return
    now = session.store().now()
    waiting, oldest = _waiting(current.waiting.rows), current.waiting.oldest_review_at
    if current.waiting.rows and oldest:
        waiting += f", the oldest reviewed {wording.ago(oldest, now)}"
    summary = f"Last run {wording.ago(current.last.finished_at, now)}: {_tick_in_words(current.last)}; {waiting}."
    for batch in current.last.uncertain:
        st.error(
            f"It is uncertain whether batch {batch} has arrived. Check the destination, then run "
            f"`{CLI} logging resolve {batch} --resend` or `--accept`."
        )
    for failure in current.last.failures:
        st.error(_failure_in_words(failure, now))
    if current.last.error:
        st.error(summary)
    elif current.last.is_overdue(now) or session.settings().log_every.is_late(current.last.finished_at, now):
        st.warning(f"The logger seems to have stopped. {summary}")
    else:
        st.success(summary)


def _waiting(rows: int) -> str:
    if not rows:
        return "no sample is waiting to be logged"
    return f"{wording.count(rows, 'reviewed sample')} {'is' if rows == 1 else 'are'} waiting to be logged"


def _failure_in_words(failure: StepFailure, now: datetime) -> str:
    since = wording.instant(failure.since, session.settings().zone)
    return (
        f"The step {failure.step} of the logger's run has failed since {since} "
        f"({wording.ago(failure.since, now)}): {plain(failure.error)}"
    )


def _tick_in_words(last: TickResult) -> str:
    aside = sum(last.set_aside.values())
    to = f" to {wording.listed(last.destinations)}" if last.destinations else ""
    words = f"{wording.count(last.logged, 'sample')} logged{to}"
    words += f", {aside:,} set aside as unreadable or undated" if aside else ""
    return f"failed after {words}: {plain(last.error)}" if last.error else words
