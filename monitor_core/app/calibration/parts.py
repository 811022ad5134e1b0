"""The Streamlit elements of the page Calibration."""

import pandas as pd
import streamlit as st

from monitor_core.app.frame import cards, errors, session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import Written, number_table
from monitor_core.app.frame.text import DASH, plain, selection_in_words
from monitor_core.contract import wording
from monitor_core.contract.selection import Selection
from monitor_core.reports import calibration
from monitor_core.reports.calibration import CalibrationReport
from monitor_core.scores.calibration import BINS, LEAST_ROWS, Bins
from monitor_core.scores.shares import FEWEST

ALL_CLASSES = "all classes"
GAP = "Confidence − accuracy"
VERDICTS = {
    "overconfident": st.warning,
    "underconfident": st.warning,
    "miscalibrated": st.warning,
    "well calibrated": st.success,
}


def pick_report() -> CalibrationReport:
    """Return the report of the chosen class and bins; without samples, say why and end the page."""
    whole = _report(state.selection(), None, BINS[0])
    st.header("Calibration")
    if not whole.reviewed:
        st.info(_why_no_calibration())
        errors.end_page()
    options = _class_options(whole.by_class)
    left, right = st.columns(2)
    chosen = left.selectbox("Predicted class", [ALL_CLASSES, *options], key="class", bind="query-params")
    bins = right.segmented_control(
        "Bins of",
        BINS,
        default=BINS[0],
        required=True,
        key="bins",
        bind="query-params",
        help="Equal width: ten bins of 10 percentage points. Equal count: each point of the curve rests on about as "
        "many samples.",
    )
    return _report(state.selection(), options.get(str(chosen)), bins or BINS[0])


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _report(selection: Selection, label: int | None, bins: Bins) -> CalibrationReport:
    return calibration.calibration_report(session.store(), selection, label, bins)


def _class_options(by_class: pd.DataFrame) -> dict[str, int]:
    """Return the labels by class name, in the order of the labels."""
    by_class = by_class.sort_values("label")
    return dict(zip(by_class["name"], by_class["label"].tolist(), strict=True))


def _why_no_calibration() -> str:
    if empty := session.why_no_predictions():
        return f"{empty} Calibration is shown once people have reviewed some."
    return f"No reviewed samples {selection_in_words(state.selection())}. Choose a longer period."


def opening(report: CalibrationReport) -> None:
    """Say how many samples there are, how many have no confidence, and whether the model is overconfident."""
    day = "reviewed" if report.selection.basis == "validated" else "predicted, and reviewed since,"
    samples = wording.count(report.reviewed, "sample")
    st.caption(f"{samples} {day} {selection_in_words(report.selection)}; rejected ones count as wrong.")
    if report.missing:
        share = wording.percent(report.missing / report.reviewed)
        text = f"{report.missing:,} of them ({share}) have no usable confidence and are not counted below."
        if report.bad_confidence:
            documents = wording.count(report.bad_confidence, "document")
            most = 100 if session.settings().confidence_scale == "percent" else 1
            text += f" {documents} of these days have a confidence that is not a number from 0 to {most}."
        st.warning(text)
    if not report.accuracy.samples:
        st.info("None of these samples has a usable confidence, so there is no calibration to show.")
        errors.end_page()
    VERDICTS.get(report.verdict, st.info)(plain(calibration.gap_sentence(report)))


def tiles(report: CalibrationReport) -> None:
    """Show accuracy, mean confidence, their difference and the calibration error, each with its interval."""
    accuracy, gap, error = report.accuracy, report.gap, report.error
    few = f"{wording.count(accuracy.samples, 'sample')}: too few for a score"
    places = cards.tiles(4)
    with places[0]:
        st.metric("Accuracy", wording.percent(accuracy.value) if accuracy.is_shown else DASH)
        st.caption(wording.interval(accuracy.low, accuracy.high) if accuracy.is_shown else few)
    with places[1]:
        st.metric("Mean confidence", wording.percent(report.confidence))
        st.caption(f"of {wording.count(accuracy.samples, 'sample')}")
    with places[2]:
        st.metric(GAP, wording.signed_points(gap.value) if accuracy.is_shown else DASH)
        st.caption(f"percentage points, {wording.interval(gap.low, gap.high)}" if accuracy.is_shown else few)
    with places[3]:
        st.metric("Calibration error", f"{100 * error.value:.1f}" if report.has_error else DASH)
        interval = f"percentage points, {wording.interval(error.low, error.high)}"
        st.caption(interval if report.has_error else f"not enough data: {LEAST_ROWS} samples are needed")
    st.caption(calibration.error_sentence(error))


def class_name(report: CalibrationReport) -> str | None:
    """Return the name of the chosen class."""
    return None if report.label is None else session.settings().class_name(report.label)


def by_class(report: CalibrationReport) -> None:
    """Show the table of the predicted classes, with how far confidence and accuracy differ."""
    titles = {"name": "class", "missing": "without confidence", "confidence": "mean confidence"}
    titles |= {"gap": GAP.lower(), "low": "95% interval from", "high": "to"}
    table = report.by_class.drop(columns="label")
    table.loc[table["samples"] < FEWEST, ["accuracy", "gap", "low", "high"]] = float("nan")
    written: dict[str, Written] = dict.fromkeys(("accuracy", titles["confidence"]), wording.percent)
    written |= dict.fromkeys((titles[name] for name in ("gap", "low", "high")), wording.signed_points)
    number_table(
        table.rename(columns=titles),
        "Mean confidence and accuracy of each predicted class, with the difference in percentage points",
        written,
    )
    st.caption(
        f"{GAP} and its 95% interval are in percentage points. The verdicts are on all classes together (Holm's "
        "correction): of a model that is well calibrated, chance calls any class over- or underconfident in at most 5 "
        "of 100 cases, although an interval by itself leaves out zero more often."
    )
