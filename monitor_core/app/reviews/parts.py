"""The Streamlit elements of the page Reviews."""

from dataclasses import replace
from datetime import date

import pandas as pd
import streamlit as st

from monitor_core.app.frame import cards, clicks, errors, session, state
from monitor_core.app.frame.figure import about
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table, show_budget, show_figure, whole_number
from monitor_core.app.frame.text import plain, selection_in_words
from monitor_core.app.reviews import charts
from monitor_core.contract import wording
from monitor_core.contract.problems import PROBLEMS
from monitor_core.contract.selection import Selection
from monitor_core.mongo.reviewing.log import LoggedReview
from monitor_core.mongo.sample_pages import sample_token
from monitor_core.reports import performance as reports
from monitor_core.reports import reviews
from monitor_core.reports.clusters import clusters_sentence
from monitor_core.reports.reviewers.agreement import answer_in_words
from monitor_core.reports.reviewers.budget import Budget, read_budget
from monitor_core.reports.reviewers.confirmations import HIGH_CONFIDENCE
from monitor_core.reports.reviews import ReviewsReport
from monitor_core.scores.coverage import LEAST_DIFFERENCE
from monitor_core.scores.shares import FEWEST

MOST_LISTED = 5  # periods in a caption
MOST_DISAGREEMENTS = 20


def reviews_report() -> ReviewsReport:
    """Return the report of the selection; the whole history begins with its first prediction, not its first review."""
    selection = state.selection()
    if state.shows_all_days():
        selection = replace(selection, period=reports.whole_period(session.store(), "predicted", selection.period.last))
    return _reviews_report(selection)


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _reviews_report(selection: Selection) -> ReviewsReport:
    return reviews.reviews_report(session.store(), selection, session.now())


def reviews_opening(report: ReviewsReport) -> None:
    """Say what is counted; without predictions, reviews and a backlog, say why and end the page."""
    st.header("Reviews")
    named = selection_in_words(report.selection)
    if not (report.predicted or sum(report.answers.values()) or report.backlog.waiting):
        st.info(session.why_no_predictions() or f"No prediction {named}. Choose a longer period.")
        errors.end_page()
    st.caption(f"{wording.count(report.predicted, 'readable prediction')} {named}, and how they were reviewed.")
    if report.unreadable:
        unreadable = PROBLEMS["unreadable_review"].counted(report.unreadable)
        count = "counts" if report.unreadable == 1 else "count"
        st.caption(f"In addition, {unreadable} {count} neither as reviewed nor as waiting for review.")


def reviews_tiles(report: ReviewsReport) -> None:
    """Show coverage, backlog and the time to review."""
    waits = report.backlog
    tiles = cards.tiles(4)
    with tiles[0]:
        st.metric("Reviewed", wording.percent(report.share))
        coverage = f"{report.reviewed:,} of {wording.count(report.predicted, 'prediction')} of the period"
        st.caption(f"{coverage}; all are counted, so there is no interval")
    with tiles[1]:
        st.metric("Waiting for review", f"{waits.waiting:,}")
        oldest = f"the oldest predicted on {wording.day(waits.oldest)}" if waits.oldest else "none is waiting"
        st.caption(f"of all days, {waits.waiting_in_period:,} of the period; {oldest}")
        if waits.waiting:
            clicks.queue_link()
    for tile, (name, title) in zip(tiles[2:], (("median", "Half"), ("90%", "90%")), strict=True):
        with tile:
            hours = report.hours[name]
            st.metric(f"{title} reviewed within", wording.hours(hours))
            limits = reviews.limits_in_words(report, name)
            st.caption("; ".join(filter(None, [limits, _time_rests_on(report, hours)])))


def _time_rests_on(report: ReviewsReport, hours: float | None) -> str:
    if report.selection.basis == "validated":
        return "of the reviews made in the period" if hours is not None else "too few reviews in the period"
    return "of the period's predictions" if hours is not None else "not reached yet: too few predictions are reviewed"


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
            st.caption(f"{wording.percent(count / total)} of the reviews: {texts[kind]}" if total else texts[kind])
    made = "made in" if report.selection.basis == "validated" else "of the predictions of"
    st.caption(
        f"These are the reviews {made} the period. A document has only its newest review, because a new review "
        "replaces the earlier one."
    )


def confirmations(report: ReviewsReport) -> None:
    """Show how often predictions are confirmed, by confidence, and which reviews to check first."""
    of = report.confirmations
    if of.table.empty:
        return
    names = {"name": "Confidence", "reviewed": "Reviews", "confirmed": "Confirmed"}
    shares = [wording.estimate(*row) for row in of.table[["value", "low", "high"]].to_numpy().tolist()]
    table = of.table[[*names]].rename(columns=names).assign(Share=shares)
    alt = "Confirmed predictions by confidence, among those reviewed"
    number_table(table, alt, dict.fromkeys(("Reviews", "Confirmed"), whole_number))
    st.caption("Where predictions of low confidence are nearly always confirmed, too, reviews may only confirm.")
    if of.contradicted:
        st.warning(plain(of.sentence), icon=":material/rule:")
        edges = {"confidence_from": str(HIGH_CONFIDENCE), "confidence_to": "1"}
        clicks.samples_link("See these samples", outcome="wrong", order="most confident", **edges)
    elif of.sentence:
        st.caption(plain(of.sentence))
    if of.of_files:
        st.caption(plain(of.of_files))


def second_opinions(report: ReviewsReport) -> None:
    """Show how often a second opinion agrees with the first, and where not; nothing unless people review in the app."""
    of = report.agreement
    if of is None:
        return
    st.markdown(plain(of.sentence))
    if not of.disagreements:
        return
    st.caption(f"Where two people disagree, the newest review counts. {_listed(len(of.disagreements))}")
    for first, second in of.disagreements[:MOST_DISAGREEMENTS]:
        with st.container(horizontal=True, vertical_alignment="center"):
            name = plain(second.sample.file) or "no file name"
            clicks.samples_link(name, sample=sample_token(second.sample.id))
            answers = [f"{_answer(entry)}{f', {entry.by}' if entry.by else ''}" for entry in (first, second)]
            st.caption(plain(f"First {answers[0]}; then {answers[1]}."), width="content")


def _listed(number: int) -> str:
    if number > MOST_DISAGREEMENTS:
        return f"The newest {MOST_DISAGREEMENTS} of {number:,}; the JSON of `reviews` has all of them."
    return f"{wording.count(number, 'disagreement')} of the period:"


def _answer(entry: LoggedReview) -> str:
    answer = answer_in_words(entry, session.settings())
    return answer if entry.target is None else f'"{answer}"'


def budget() -> None:
    """Show how long today's reviews take to find a fall of accuracy, and how many a day would find it sooner."""
    of = _budget(session.today())
    if of.is_learning:
        st.caption("It is known once the rule for falling accuracy has a reference: 14 days with reviews, a week old.")
        return
    st.caption(f"Today's volume: {of.reviews_a_day:,.1f} reviews a day, the mean of the last four weeks.")
    show_budget(of)


@session.cached(ttl=FRESH_SECONDS, max_entries=4, show_spinner=False)
def _budget(today: date) -> Budget:
    return read_budget(session.store(), today)


def tell_unevenness(report: ReviewsReport) -> None:
    """Say whether the reviewers' choice makes the samples differ from all predictions."""
    sentences = [plain(sentence) for sentence in reviews.unevenness(report)]
    if sentences:
        st.warning(
            " ".join(sentences)
            + " The reviewed samples do not represent all predictions. "
            + plain(report.over_all.sentence)
        )
    elif 0 < report.reviewed < report.predicted:
        st.caption(
            "No class or confidence is reviewed significantly more or less often (by over "
            f"{LEAST_DIFFERENCE:.0f} percentage points)."
        )


def tell_clusters(report: ReviewsReport) -> None:
    """Say if errors come in clusters."""
    if sentence := clusters_sentence(report.clusters):
        st.warning(plain(sentence))


def coverage_by_group(report: ReviewsReport, table: pd.DataFrame, by: str) -> None:
    """Show the coverage by group; of very many classes, those with the largest backlog."""
    if table.empty:
        st.caption("No prediction in the period.")
        return
    if len(table) > reports.MOST_LISTED:
        st.caption(f"The {reports.MOST_LISTED} of {len(table):,} classes with the most predictions waiting for review")
        waiting = (table["predicted"] - table["reviewed"]).nlargest(reports.MOST_LISTED).index
        table = table.loc[sorted(waiting)]
    show_figure(charts.coverage_by_group(report, table, by))


def tell_time_to_review(report: ReviewsReport) -> None:
    if report.selection.basis == "validated":
        st.caption(
            "By review day: the age of the predictions that were reviewed on it. A gap is a day with fewer than "
            f"{FEWEST} reviews. Choose prediction day to include predictions that are not reviewed yet."
        )
    else:
        st.caption(
            "By prediction day: predictions that are not reviewed yet count with the time until now (Kaplan-Meier); "
            "without them, recent days would seem to be reviewed faster than they are. A gap is a day on which the "
            f"share is not reached yet, or with fewer than {FEWEST} predictions. Choose review day to see the age of "
            "predictions when they were reviewed."
        )


def backlog(report: ReviewsReport) -> None:
    """Show the predictions waiting for review, by their age."""
    waits = report.backlog
    if waits.undated:
        problem = PROBLEMS["undated_prediction"].counted(waits.undated)
        st.caption(f"Not shown here, because they belong to no day: {problem}.")
    if not waits.waiting:
        st.success("No prediction is waiting for review.", icon=":material/check_circle:")
        return
    show_figure(charts.backlog(waits, f"All days up to today; in the period: {about(report.selection)}"))
    are = "is" if waits.waiting == 1 else "are"
    st.caption(
        f"{wording.count(waits.waiting, 'prediction')} of all days up to today {are} waiting for review, "
        f'{waits.waiting_in_period:,} of them predicted in the period. The period "all" shows those of every age.'
    )
