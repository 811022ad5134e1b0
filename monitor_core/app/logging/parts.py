"""Streamlit's pieces of the page on logging, and the logger's last run."""

from datetime import UTC, date, datetime

import streamlit as st

from monitor_core.app.frame import session
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.text import plain
from monitor_core.contract import wording
from monitor_core.mongo.state import StepFailure, TickResult
from monitor_core.reports import logging as logger_page
from monitor_core.reports.logging import LoggerReport, ProfileReport, logger_state


@session.cached(ttl=FRESH_SECONDS, show_spinner=False)
def report() -> LoggerReport:
    return logger_page.logger_report(session.store())


def pick_profile_day(days: list[date]) -> date | None:
    """Return a day that has a profile, the newest at first; None if none has one, and the page then says so."""
    if not days:
        st.info("No day has a profile yet: the logger makes them from reviewed samples.")
        return None
    texts = [day.isoformat() for day in days]
    return date.fromisoformat(st.selectbox("Day of the predictions", texts, key="profile", bind="query-params"))


def profile_report(day: date) -> ProfileReport | None:
    return logger_page.profile_report(session.store(), day)


def profile_opening(report: ProfileReport) -> None:
    profile = report.profile
    current = "" if profile.current else " Reviews have changed since; it is made again within the hour."
    st.caption(
        f"{wording.count(profile.rows, 'sample')} that were predicted on {wording.day(profile.day)}, profiled by "
        f"whylogs on {wording.instant(profile.made_at, session.settings().zone)}.{current}"
    )


def download_profile(day: date) -> None:
    name = f"profile-{day.isoformat()}.bin"
    profiles = session.store().profiles
    st.download_button("Download the whylogs file", lambda: profiles.data(day), name, on_click="ignore")


def tiles(report: LoggerReport) -> None:
    """Show the backlog, what was logged and the state of the history."""
    now = session.store().now()
    tiles = st.columns(4)
    with tiles[0].container(border=True, height="stretch"):
        st.metric("Waiting to be logged", f"{report.waiting.rows:,}")
        oldest = report.waiting.oldest_review_at
        st.caption(f"the oldest reviewed {wording.ago(oldest, now)}" if oldest else "none is waiting")
    with tiles[1].container(border=True, height="stretch"):
        st.metric("Logged in 24 hours", f"{report.logged_in_a_day:,}")
        last = report.last
        st.caption(f"last run {wording.ago(last.finished_at, now)}" if last else "the logger has not run")
    with tiles[2].container(border=True, height="stretch"):
        st.metric("Batches under way", f"{sum(n for state, n in report.batches.items() if state != 'done'):,}")
        st.caption(", ".join(f"{count:,} {state}" for state, count in report.batches.items() if count) or "none yet")
    with tiles[3].container(border=True, height="stretch"):
        st.metric("Stored days", f"{report.history.days:,}", help="Days by review date and days by prediction date.")
        checked = report.history.oldest_check_at
        due = f"{report.history.due:,} changed since; " if report.history.due else ""
        since = wording.instant(checked, session.settings().zone) if checked else ""
        st.caption(due + (f"all checked again since {since}" if checked else "none stored yet"))


def unmarked(report: LoggerReport) -> None:
    """Say how many logged documents do not have their mark, and why; nothing if all have it."""
    for reason, number in report.unmarked.items():
        documents = wording.count(number, "logged prediction")
        st.info(plain(f"{documents} cannot be marked as logged: {reason}. The logger remembers them."))


def state() -> None:
    """Show how the logger's last run ended, and its backlog; before that, a clock that is wrong."""
    if difference := wording.clock_difference(datetime.now(UTC), session.store().now()):
        st.warning(difference)
    current = logger_state(session.store())
    if current.last is None:
        st.info(f"The logger has not run on this database; {_waiting(current.waiting.rows)} for it.")
        return
    now = session.store().now()
    waiting = "no sample is waiting"
    if current.waiting.rows:
        oldest = current.waiting.oldest_review_at
        since = f", the oldest reviewed {wording.ago(oldest, now)}" if oldest else ""
        waiting = f"{_waiting(current.waiting.rows)}{since}"
    summary = f"Last run {wording.ago(current.last.finished_at, now)}: {_tick_in_words(current.last)}; {waiting}."
    for batch in current.last.uncertain:
        st.error(
            f"Nobody can tell whether batch {batch} arrived: "
            f"`python -m monitor_core logging resolve {batch} --resend` or `--accept`."
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
    return f"{wording.count(rows, 'reviewed sample')} {'waits' if rows == 1 else 'wait'}"


def _failure_in_words(failure: StepFailure, now: datetime) -> str:
    since = wording.instant(failure.since, session.settings().zone)
    return (
        f"The step {failure.step} of the logger's run has failed since {since} "
        f"({wording.ago(failure.since, now)}): {plain(failure.error)}"
    )


def _tick_in_words(last: TickResult) -> str:
    aside = sum(last.set_aside.values())
    words = f"{last.logged:,} logged to {' and '.join(last.destinations)}"
    words += f", {aside:,} set aside as unreadable or undated" if aside else ""
    return f"failed: {plain(last.error)} ({words} before)" if last.error else words
