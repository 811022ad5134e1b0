"""Streamlit's pieces of the pages on reviews and calibration, and which days are still maturing."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from monitor_core.app.calibration import charts as charts_calibration
from monitor_core.app.frame import charts
from monitor_core.app.frame import page as ui
from monitor_core.app.frame.page import DASH, FRESH_SECONDS, plain
from monitor_core.app.reviews import charts as charts_reviews
from monitor_core.app.samples import parts as ui_samples
from monitor_core.contract.calendar import Period, Selection
from monitor_core.reports import calibration, reviews
from monitor_core.reports import performance as reports
from monitor_core.reports.calibration import CalibrationReport
from monitor_core.reports.reviews import ReviewsReport

ALL_CLASSES = "all classes"
GAP = "Confidence − accuracy"  # in points
MOST_TOLD = 5  # periods in a caption
VERDICTS = {"overconfident": st.warning, "underconfident": st.warning, "within noise": st.success}


# ---- days that are still maturing


def matures(told: bool | None = None) -> bool:
    """Whether reviews are shown by prediction day: as told, else as the selection has it."""
    return ui.selection().basis == "predicted" if told is None else told


def maturing(period: Period) -> list[Period]:
    return _maturing(replace(ui.selection(), period=period))


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _maturing(selection: Selection) -> list[Period]:
    return reviews.maturing(ui.store(), selection)


def listed(periods: list[Period]) -> str:
    told = [str(one.first) if len(one) == 1 else f"{one.first} to {one.last}" for one in periods[-MOST_TOLD:]]
    return ("… " if len(periods) > MOST_TOLD else "") + ", ".join(told)


def tell_maturing() -> None:
    """What is shaded grey on the charts of the selection."""
    found = maturing(ui.selection().period)
    if found:
        share = ui.settings().maturing_share
        st.caption(
            f"Shaded grey, still maturing: {listed(found)}. More than {share:.0%} of the predictions of these days "
            "wait for a review, and their numbers may still change."
        )


# ---- reviews


def reviews_report() -> ReviewsReport:
    """Of the selection's days; of a whole history, those of its predictions, which are earlier than their reviews."""
    selection = ui.selection()
    if st.session_state.get("period") == "all":
        selection = replace(selection, period=reports.whole_period(ui.store(), "predicted", selection.period.last))
    return _reviews_report(selection)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _reviews_report(selection: Selection) -> ReviewsReport:
    return reviews.reviews_report(ui.store(), selection, ui.store().now())


def reviews_opening(found: ReviewsReport) -> None:
    """What is counted; with neither predictions, reviews nor a backlog the page ends here, saying why."""
    st.header("Reviews")
    named = ui.in_short(found.selection)
    if not (found.predicted or sum(found.answers.values()) or found.backlog.waiting):
        empty = ui.store().predictions.is_empty()
        st.info(
            "The database is empty: no prediction has arrived yet. Their reviews are followed here."
            if empty
            else f"No prediction from {named}. Choose a longer period."
        )
        st.stop()
    st.caption(f"{found.predicted:,} predictions from {named} that can be read, and what became of them.")
    if found.unreadable:
        st.caption(f"{found.unreadable:,} more have a review that cannot be read: neither reviewed nor waiting.")


def reviews_tiles(found: ReviewsReport) -> None:
    waits = found.backlog
    tiles = ui.tiles(4)
    with tiles[0]:
        st.metric("Reviewed", DASH if not found.predicted else f"{found.share:.1%}")
        st.caption(f"{found.reviewed:,} of {found.predicted:,} predictions of the period; all counted, so no interval")
    with tiles[1]:
        st.metric("Waiting for a review", f"{waits.waiting:,}")
        oldest = f"the oldest predicted on {waits.oldest}" if waits.oldest else "nothing waits"
        st.caption(f"of all days, {waits.waiting_in_period:,} of the period; {oldest}")
    for tile, (name, title) in zip(tiles[2:], (("median", "Half"), ("90%", "90%")), strict=True):
        with tile:
            hours = found.hours[name]
            st.metric(f"{title} reviewed within", DASH if hours is None else duration(hours))
            st.caption(_time_rests_on(found, hours))


def _time_rests_on(found: ReviewsReport, hours: float | None) -> str:
    if found.selection.basis == "validated":
        return "of the reviews made in the period" if hours is not None else "too few reviews in the period"
    return "of the period's predictions" if hours is not None else "not yet: too few of the period's are reviewed"


def duration(hours: float) -> str:
    """In the unit that fits.

    >>> duration(0.2), duration(7.25), duration(60)
    ('12 min', '7.2 h', '2.5 days')
    """
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def answers(found: ReviewsReport) -> None:
    total = sum(found.answers.values())
    texts = {
        "confirmed": "the reviewer's class is the predicted one",
        "corrected": "the reviewer gave another class",
        "rejected": "wrong, and the true class is unknown",
    }
    for tile, (kind, count) in zip(ui.tiles(3), found.answers.items(), strict=True):
        with tile:
            st.metric(kind.capitalize(), f"{count:,}")
            st.caption(f"{count / total:.1%} of the reviews: {texts[kind]}" if total else texts[kind])
    made = "made in" if found.selection.basis == "validated" else "of the predictions of"
    st.caption(
        f"The reviews {made} the period. A review that replaced an earlier one leaves no trace of it in its document: "
        "each document counts once, with its newest review."
    )


def tell_unevenness(found: ReviewsReport) -> None:
    """Whether the reviewers' choice makes the reviewed samples others than the predictions."""
    told = [plain(sentence) for sentence in reviews.unevenness(found)]
    if told:
        st.warning(
            " ".join(told) + " The reviewed samples are no fair sample of the predictions, so accuracy over them is "
            "not the model's accuracy over all."
        )
    elif 0 < found.reviewed < found.predicted:
        st.caption(
            "No class and no confidence is reviewed more or less often than the others of the same days by more than "
            f"{reviews.MATTERS:.0f} points and chance."
        )


def coverage_by_group(table: pd.DataFrame, by: str) -> None:
    """Of very many classes those with the most that wait."""
    if table.empty:
        st.caption("No prediction in the period.")
        return
    if len(table) > reports.MOST_LISTED:
        st.caption(f"Of {len(table):,} those {reports.MOST_LISTED} with the most that wait.")
        waiting = (table["predicted"] - table["reviewed"]).nlargest(reports.MOST_LISTED).index
        table = table.loc[sorted(waiting)]
    spec = charts_reviews.coverage_by_group(tuple(table["name"]))
    ui.chart(spec, table, f"Share of the predictions that are reviewed, by {by}, with its 95% interval")


def tell_time_to_review(found: ReviewsReport) -> None:
    if found.selection.basis == "validated":
        st.caption(
            "By review day: how old the predictions were that were reviewed on it. A gap is a day of fewer than "
            f"{reports.FEWEST} reviews. Choose prediction day to see how long predictions wait, those still waiting "
            "included."
        )
    else:
        st.caption(
            "By prediction day, of all its predictions: those not reviewed yet count as having waited until now "
            "(Kaplan-Meier), so that young days do not look quick. A gap: not reached yet, or fewer than "
            f"{reports.FEWEST} predictions. Choose review day to see how old the reviewed ones were."
        )


def backlog(found: ReviewsReport) -> None:
    waits = found.backlog
    if waits.undated:
        st.caption(f"{waits.undated:,} predictions without a usable date are in no day, and in no age here.")
    if not waits.waiting:
        st.success("Nothing waits for a review.", icon=":material/check_circle:")
        return
    table = waits.table
    ages = tuple(table["age"].drop_duplicates())
    ui.chart(charts_reviews.backlog(ages), table, "Predictions that wait for a review by their age in days")
    st.caption(
        f"Of all days up to today {waits.waiting:,} wait, {waits.waiting_in_period:,} of them predicted in the period. "
        'The period "all" shows those of every age.'
    )


# ---- calibration


def pick_calibration() -> CalibrationReport:
    """Of the class and with the bins that are picked; without reviewed samples the page ends here, saying why."""
    whole = _calibration_report(ui.selection(), None, calibration.BINS[0])
    st.header("Calibration")
    if not whole.reviewed:
        st.info(_why_no_calibration())
        st.stop()
    options = _class_options(whole.by_class)
    left, right = st.columns(2)
    chosen = left.selectbox("Predicted class", [ALL_CLASSES, *options], key="class", bind="query-params")
    bins = right.segmented_control(
        "Bins of",
        calibration.BINS,
        default=calibration.BINS[0],
        required=True,
        key="bins",
        bind="query-params",
        help="Equal width: ten bins of 10 points. Equal count: each point of the curve rests on about as many samples.",
    )
    return _calibration_report(ui.selection(), options.get(str(chosen)), bins or calibration.BINS[0])


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _calibration_report(selection: Selection, label: int | None, bins: calibration.Bins) -> CalibrationReport:
    return calibration.calibration_report(ui.store(), selection, label, bins)


def _class_options(by_class: pd.DataFrame) -> dict[str, int]:
    """Name -> label, in the order of the labels; a number that is another class's name says which it is."""
    by_class = by_class.sort_values("label")
    twice = set(by_class.loc[by_class["name"].duplicated(keep=False), "name"]) | {ALL_CLASSES}
    return {
        f"{row['name']} (class {row['label']})" if row["name"] in twice else row["name"]: int(row["label"])
        for row in by_class.to_dict("records")
    }


def _why_no_calibration() -> str:
    if ui.store().predictions.is_empty():
        return (
            "The database is empty: no prediction has arrived yet. Calibration is shown once people have reviewed some."
        )
    return f"No reviewed samples from {ui.in_short(ui.selection())}. Choose a longer period."


def calibration_opening(found: CalibrationReport) -> None:
    """How many samples, how many of them without a confidence, and whether the model is too sure of itself."""
    day = "reviewed" if found.selection.basis == "validated" else "predicted, and reviewed since,"
    st.caption(f"{found.reviewed:,} samples {day} from {ui.in_short(found.selection)}; rejected ones are wrong.")
    if found.missing:
        share = f"{found.missing:,} of them ({found.missing / found.reviewed:.1%}) have no usable confidence"
        bad = f" {found.bad_confidence:,} documents of these days have one that is no number from 0 to 1."
        st.warning(f"{share} and are in no number below.{bad if found.bad_confidence else ''}")
    if not found.accuracy.samples:
        st.info("Without confidences there is nothing to hold the outcomes against.")
        st.stop()
    said = calibration.verdict(found.gap.low, found.gap.high, found.accuracy.samples)
    VERDICTS.get(said, st.info)(plain(calibration.gap_sentence(found)))


def calibration_tiles(found: CalibrationReport) -> None:
    accuracy, gap, error = found.accuracy, found.gap, found.error
    few = f"{accuracy.samples} samples: too few for a score"
    tiles = ui.tiles(4)
    with tiles[0]:
        st.metric("Accuracy", f"{accuracy.value:.1%}" if accuracy.shown else DASH)
        st.caption(f"95%: {100 * accuracy.low:.1f} to {accuracy.high:.1%}" if accuracy.shown else few)
    with tiles[1]:
        st.metric("Mean confidence", f"{found.confidence:.1%}")
        st.caption(f"of {accuracy.samples:,} samples")
    with tiles[2]:
        st.metric(GAP, f"{100 * gap.value:+.1f}" if accuracy.shown else DASH)
        st.caption(f"points, 95%: {100 * gap.low:+.1f} to {100 * gap.high:+.1f}" if accuracy.shown else few)
    with tiles[3]:
        st.metric("Calibration error", f"{100 * error.value:.1f}" if found.has_error else DASH)
        interval = f"points, 95%: {100 * error.low:.1f} to {100 * error.high:.1f}"
        st.caption(interval if found.has_error else f"not enough data: {calibration.LEAST_ROWS} samples are needed")
    st.caption(calibration.error_sentence(error))


def reliability(found: CalibrationReport) -> None:
    alt = "Share of right predictions by confidence, with its 95% interval; on the diagonal the model is calibrated"
    ui_samples.chart(charts_calibration.reliability(), found.curve, alt, ui_samples.BIN, _of_class(found))


def confidence_histogram(found: CalibrationReport) -> None:
    alt = "Reviewed samples by confidence, right and wrong ones"
    opens = ui_samples.BIN | {"outcome": "outcome"}
    spec = charts.confidence_histogram(tuple(calibration.OUTCOMES))
    ui_samples.chart(spec, found.histogram, alt, opens, _of_class(found))


def _of_class(found: CalibrationReport) -> dict[str, str]:
    return {} if found.label is None else {"prediction": ui.settings().class_name(found.label)}


def calibration_by_class(found: CalibrationReport) -> None:
    shares = dict.fromkeys(("accuracy", "confidence"), st.column_config.NumberColumn(format="percent"))
    points = dict.fromkeys((GAP.lower(), "from", "to"), st.column_config.NumberColumn(format="%+.1f"))
    table = found.by_class.drop(columns="label").rename(columns={"name": "class", "low": "from", "high": "to"})
    table = table.assign(gap=100 * table["gap"], **{end: 100 * table[end] for end in ("from", "to")})
    table.loc[table["samples"] < reports.FEWEST, ["accuracy", "gap", "from", "to"]] = float("nan")
    st.dataframe(
        table.rename(columns={"gap": GAP.lower(), "missing": "without confidence"}),
        hide_index=True,
        width="stretch",
        placeholder=DASH,
        column_config=shares | points,
        alt="Mean confidence and accuracy of each predicted class, with the difference in points",
    )
