"""Streamlit's pieces of the page on reviews."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from monitor_core.app.frame import cards, errors, session, state
from monitor_core.app.frame.figure import about
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import show_figure
from monitor_core.app.frame.text import DASH, plain, selection_in_words
from monitor_core.app.reviews import charts
from monitor_core.contract import wording
from monitor_core.contract.selection import Selection
from monitor_core.reports import performance as reports
from monitor_core.reports import reviews
from monitor_core.reports.reviews import ReviewsReport
from monitor_core.scores.coverage import LEAST_DIFFERENCE
from monitor_core.scores.shares import FEWEST

MOST_LISTED = 5  # periods in a caption


def reviews_report() -> ReviewsReport:
    """Return the report of the selection; of a whole history, from its first prediction, before the first review."""
    selection = state.selection()
    if state.shows_all_days():
        selection = replace(selection, period=reports.whole_period(session.store(), "predicted", selection.period.last))
    return _reviews_report(selection)


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _reviews_report(selection: Selection) -> ReviewsReport:
    return reviews.reviews_report(session.store(), selection, session.store().now())


def reviews_opening(report: ReviewsReport) -> None:
    """Say what is counted; without predictions, reviews and a backlog the page ends here, saying why."""
    st.header("Reviews")
    named = selection_in_words(report.selection)
    if not (report.predicted or sum(report.answers.values()) or report.backlog.waiting):
        st.info(session.why_no_predictions() or f"No prediction {named}. Choose a longer period.")
        errors.end_page()
    st.caption(f"{report.predicted:,} readable predictions {named}, and how they were reviewed.")
    if report.unreadable:
        st.caption(f"{report.unreadable:,} more have a review that cannot be read: neither reviewed nor waiting.")


def reviews_tiles(report: ReviewsReport) -> None:
    """Show coverage, backlog and the time to review."""
    waits = report.backlog
    tiles = cards.tiles(4)
    with tiles[0]:
        st.metric("Reviewed", DASH if not report.predicted else f"{report.share:.1%}")
        coverage = f"{report.reviewed:,} of {wording.count(report.predicted, 'prediction')} of the period"
        st.caption(f"{coverage}; all are counted, so there is no interval")
    with tiles[1]:
        st.metric("Waiting for a review", f"{waits.waiting:,}")
        oldest = f"the oldest predicted on {wording.day(waits.oldest)}" if waits.oldest else "none is waiting"
        st.caption(f"of all days, {waits.waiting_in_period:,} of the period; {oldest}")
    for tile, (name, title) in zip(tiles[2:], (("median", "Half"), ("90%", "90%")), strict=True):
        with tile:
            hours = report.hours[name]
            st.metric(f"{title} reviewed within", wording.hours(hours))
            st.caption(_time_rests_on(report, hours))


def _time_rests_on(report: ReviewsReport, hours: float | None) -> str:
    if report.selection.basis == "validated":
        return "of the reviews made in the period" if hours is not None else "too few reviews in the period"
    return "of the period's predictions" if hours is not None else "not yet: too few of the period's are reviewed"


def answers(report: ReviewsReport) -> None:
    """Show how many predictions were confirmed, corrected and rejected."""
    total = sum(report.answers.values())
    texts = {
        "confirmed": "the reviewer's class is the predicted one",
        "corrected": "the reviewer gave another class",
        "rejected": "wrong, and the true class is unknown",
    }
    for tile, (kind, count) in zip(cards.tiles(3), report.answers.items(), strict=True):
        with tile:
            st.metric(kind.capitalize(), f"{count:,}")
            st.caption(f"{count / total:.1%} of the reviews: {texts[kind]}" if total else texts[kind])
    made = "made in" if report.selection.basis == "validated" else "of the predictions of"
    st.caption(
        f"The reviews {made} the period. A review that replaced an earlier one leaves no trace of it in its document: "
        "each document counts once, with its newest review."
    )


def tell_unevenness(report: ReviewsReport) -> None:
    """Say whether the reviewers' choice makes the samples differ from the predictions."""
    sentences = [plain(sentence) for sentence in reviews.unevenness(report)]
    if sentences:
        st.warning(
            " ".join(sentences) + " The reviewed samples are not a fair sample of the predictions, so their accuracy "
            "is not the model's accuracy over all predictions."
        )
    elif 0 < report.reviewed < report.predicted:
        st.caption(
            "No class and no confidence is reviewed more or less often than the others of the same days by more than "
            f"{LEAST_DIFFERENCE:.0f} points and chance."
        )


def coverage_by_group(report: ReviewsReport, table: pd.DataFrame, by: str) -> None:
    """Show the coverage by group; of very many classes those with the largest backlog."""
    if table.empty:
        st.caption("No prediction in the period.")
        return
    if len(table) > reports.MOST_LISTED:
        st.caption(f"Of {len(table):,} those {reports.MOST_LISTED} with the most that wait.")
        waiting = (table["predicted"] - table["reviewed"]).nlargest(reports.MOST_LISTED).index
        table = table.loc[sorted(waiting)]
    show_figure(charts.coverage_by_group(report, table, by))


def tell_time_to_review(report: ReviewsReport) -> None:
    if report.selection.basis == "validated":
        st.caption(
            "By review day: how old the predictions were that were reviewed on it. A gap is a day of fewer than "
            f"{FEWEST} reviews. Choose prediction day to see how long predictions wait, those still waiting "
            "included."
        )
    else:
        st.caption(
            "By prediction day, of all its predictions: those not reviewed yet count as having waited until now "
            "(Kaplan-Meier), so that young days do not look quick. A gap: not reached yet, or fewer than "
            f"{FEWEST} predictions. Choose review day to see how old the reviewed ones were."
        )


def backlog(report: ReviewsReport) -> None:
    """Show the predictions that wait for review, by their age."""
    waits = report.backlog
    if waits.undated:
        st.caption(f"Predictions without a usable date, which are not shown here: {waits.undated:,}.")
    if not waits.waiting:
        st.success("No prediction is waiting for review.", icon=":material/check_circle:")
        return
    show_figure(charts.backlog(waits, f"All days up to today; in the period: {about(report.selection)}"))
    st.caption(
        f"Of all days up to today {waits.waiting:,} wait, {waits.waiting_in_period:,} of them predicted in the period. "
        'The period "all" shows those of every age.'
    )
