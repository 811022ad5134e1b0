"""The Streamlit elements of the page Drift."""

from datetime import date

import streamlit as st

from monitor_core.app.drift import charts
from monitor_core.app.frame import cards, errors, session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import Written, card, number_table, show_budget
from monitor_core.app.frame.text import DASH, plain
from monitor_core.contract import wording
from monitor_core.contract.calendar import ONE_DAY, Period, start_of
from monitor_core.drift.verdicts import PRESETS
from monitor_core.reports import drift as drift_page
from monitor_core.reports.drift import DriftReport, RuleReport

VERDICTS = {  # icon, and Streamlit's box
    "stable": (":material/check_circle:", st.success),
    "drifted": (":material/warning:", st.error),
    "not enough data": (":material/data_usage:", st.info),
    "learning": (":material/hourglass_top:", st.info),
}
MOMENTS = {"before": "reference", "now": "current"}  # windows, as the table of classes calls them


def pick_preset() -> str:
    return str(
        st.segmented_control(
            "Sensitivity",
            list(PRESETS),
            default="balanced",
            required=True,
            key="preset",
            bind="query-params",
            help="The mean number of days between false alarms of the accuracy rule while the model is unchanged: "
            + ", ".join(f"{name} {days}" for name, days in PRESETS.items())
            + ".",
        )
        or "balanced"
    )


def drift_report(preset: str) -> DriftReport:
    """Return the report of the selection's period; without a stored day, say why and end the page."""
    period = state.selection().period
    report = _drift_report(period.first, period.last, preset)
    if report is None:
        st.info(_why_no_drift(period))
        errors.end_page()
    return report


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _drift_report(first: date, last: date, preset: str) -> DriftReport | None:
    return drift_page.drift_report(session.store(), Period(first, last), preset)


def _why_no_drift(period: Period) -> str:
    if empty := session.why_no_predictions():
        return f"{empty} Drift is judged once days have been counted."
    return (
        f"The performance history has no day {wording.during(period)}. The logger counts the days: start "
        "it (`python logger_worker.py`), or choose another period."
    )


def drift_opening(report: DriftReport) -> None:
    st.caption(
        f"Judged through {wording.day(report.day)}: reviews by review day, predictions and confidence by prediction "
        f"day, each against the 60 days that end a week before.{_of_today()}"
    )
    if report.restarts:
        days = ", ".join(map(wording.day, report.restarts))
        st.caption(
            f"The evidence of accuracy started again on {days}: a retraining, a deployment, a false alarm, or a "
            "changed rule."
        )


def _of_today() -> str:
    return " Today is judged when it is over." if state.selection().period.last >= session.today() else ""


def verdicts(report: DriftReport) -> None:
    """Show a tile for each rule: its verdict in words, with its figures."""
    is_of_old = _is_of_old(report)
    for place, of_rule in zip(cards.cards(len(report.rules)), report.rules.values(), strict=True):
        icon, box = VERDICTS[of_rule.test.verdict]
        word = of_rule.test.verdict.capitalize()
        if is_of_old:
            icon, box, word = ":material/schedule:", st.warning, f"Not judged since {wording.day(report.day)}"
        with place:
            st.markdown(f"**{of_rule.rule.title}**")
            box(f"**{word}.** {'On that day: ' if is_of_old else ''}{plain(of_rule.sentence)}", icon=icon)
            st.caption(_rests_on(of_rule))


def tell_new_classes(report: DriftReport) -> None:
    """Say which classes occur only lately, and have no reference of their own yet."""
    if sentences := drift_page.new_classes_in_words(report.new):
        st.info(plain(" ".join(sentences)), icon=":material/fiber_new:")


def _is_of_old(report: DriftReport) -> bool:
    """Return whether the logger has not counted the period's days in time, so that the verdicts are out of date."""
    last, today = state.selection().period.last, session.today()
    if report.day < min(last, today - ONE_DAY):
        return True
    look = session.store().state.last_look()
    if last < today or look is None or look.seen_at is None:
        return False
    return look.seen_at < start_of(report.day + ONE_DAY, session.settings().zone)  # the day was not over yet


def _rests_on(report: RuleReport) -> str:
    test = report.test
    if test.verdict in ("learning", "not enough data"):
        return "No verdict yet."
    significance = f"evidence {test.statistic:,.1f} (fires at {test.threshold:,g})"
    if test.p_value is not None:
        significance = f"p-value {test.p_value:.2g} (fires below {test.threshold:.2g})"
    effect = DASH
    if test.effect is not None:  # of a rule of one direction, a change the other way is below zero
        effect = ("−" if test.effect < 0 else "") + wording.points(test.effect / 100)
    return (
        f"Effect ({report.rule.effect}): {effect} (minimum {test.floor:.1f}); {significance}; "
        f"{wording.count(test.current_size, report.rule.counted)} against {test.reference_size:,}."
    )


def tell_reference(report: DriftReport) -> None:
    if report.reference is None:
        st.info("There is no reference yet: the performance history is still too short.")
        return
    st.caption(f"Reference: {wording.days(report.reference)}. Last 7 days: up to {wording.day(report.day)}.")


def distributions(report: DriftReport) -> None:
    """Show the last week compared with the reference, for each rule with categories."""
    for place, key in zip(cards.cards(len(report.distributions)), report.distributions, strict=True):
        figure = charts.distribution(report, key)
        with place:
            if figure.table.empty:
                st.subheader(plain(figure.title))
                st.caption("No class has been seen yet.")
            else:
                card(figure)


def moved_table(report: DriftReport) -> None:
    quantities = [name.removesuffix(" now") for name in map(str, report.moved) if name.endswith(" now")]
    titles = {f"{name} {when}": f"{name}, {word}" for name in quantities for when, word in MOMENTS.items()}
    differences = {name: f"{name}, percentage points" for name in quantities}
    written: dict[str, Written] = dict.fromkeys(titles.values(), wording.percent)
    written |= dict.fromkeys(differences.values(), lambda points: wording.signed_points(points / 100))
    number_table(
        report.moved.rename(columns=titles | differences),
        "Share and recall of each class in the reference and in the last 7 days, with the difference in percentage "
        "points",
        written,
    )


def sizes_table(report: DriftReport) -> None:
    titles = {
        "what": "",
        "jensen_shannon": "Jensen-Shannon distance",
        "psi": "population stability index",
        "hellinger": "Hellinger distance",
        "total_variation": "total variation",
    }
    distances = dict.fromkeys([*titles.values()][1:], "{:.3f}".format)
    number_table(
        report.sizes.rename(columns=titles), "Effect sizes of the last 7 days against the reference", distances
    )
    st.caption("No rule uses these distances: with few predictions each of them is large by chance.")


def time_to_detection(report: DriftReport) -> None:
    learning = report.rules["accuracy"].test.verdict == "learning"
    for place, (drop, days) in zip(cards.cards(3), report.days_to_prove.items(), strict=True):
        with place:
            st.metric(f"A fall of accuracy by {drop} percentage points", _in_words(days, learning))
    st.caption(
        f"The approximate time until the accuracy rule fires, at {report.reviews_a_day:,.1f} reviews a day as in the "
        f"last four weeks. {plain(drift_page.detection_by_class(report))}"
    )
    show_budget(report.budget)


def _in_words(days: int | None, learning: bool) -> str:
    if learning:
        return "learning"
    if days is None:
        return "over a year"
    return wording.count(days, "day")
