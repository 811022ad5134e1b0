"""The opening of the five tabs: title, what is counted, its quality problems, and the headline scores."""

from collections.abc import Sequence

import streamlit as st

from monitor_core.app.frame import errors, scores, session
from monitor_core.app.frame.text import DASH, plain, selection_in_words
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.reports import comparison, training
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Change, Performance, Score
from monitor_core.scores.metrics import METRICS, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST

CHANGE = (  # said once: beside each title it leaves too little room for them
    "Change in percentage points from the comparison, or from the preceding period of the same length. "
    '"Within noise": the 95% interval of the change contains zero.'
)


def opening(title: str, now: Performance) -> None:
    """Title, what is counted, and what is odd about it; without reviewed samples the page ends here, saying why."""
    st.header(title)
    counts = now.counts
    if not counts.validated:
        st.info(_why_empty(now))
        _tell_set_aside(now)
        errors.end_page()
    st.caption(f"{wording.count(counts.validated, 'reviewed sample')} {selection_in_words(now.selection)}.")
    _tell_remarks(now)


def training_opening(title: str, now: Performance, mix: training.TrainingMix) -> None:
    """Open the page that has two counts, as `opening`: production may be empty, the training set may not."""
    st.header(title)
    if not now.counts.validated:
        st.info(_why_empty(now))
    _tell_remarks(now)
    if not mix.training_total:
        st.info(
            "No training set is known. Mark documents with `trained: true`, or set MONITOR_TRAINING_COUNTS, "
            "MONITOR_TRAINING_MANIFEST or MONITOR_TRAINING_FOLDER."
        )
        errors.end_page()
    st.caption(
        f"{mix.training_total:,} images in the training set, from {plain(mix.source)}; {mix.production_total:,} "
        f"reviewed samples of a known class {selection_in_words(now.selection)}."
    )


def tell_listed(now: Performance) -> None:
    if len(now.names) > reports.MOST_LISTED:
        st.info(f"Of {len(now.names):,} classes the {reports.MOST_LISTED} with the most mistakes are listed.")


def _why_empty(now: Performance) -> str:
    if empty := session.why_no_predictions():
        return f"{empty} Samples appear here once the model writes them and people review them."
    waiting = (
        f" Predictions of it that wait for a review: {now.counts.not_reviewed:,}." if now.counts.not_reviewed else ""
    )
    return f"No reviewed samples {selection_in_words(now.selection)}.{waiting} Choose a longer period."


def _tell_remarks(now: Performance) -> None:
    """Say what an analyst has to know of the samples before reading a number."""
    if len(now.names) == 1:
        name = plain(next(iter(now.names.values())))
        st.info(f"Only one class occurs in this period: {name}. Scores that compare classes say little.")
    if now.confusion.others:
        st.warning(
            f"At least {now.counts.classes:,} different classes occur in this period. The most frequent are counted "
            "each by itself; the others are counted together: in the totals and the accuracy, in no average over the "
            "classes, and without a Matthews correlation. Is the field a class? If not, name the right one in "
            "MONITOR_FIELDS."
        )
    if (now.daily["reviewed"] > 0).sum() == 1:
        day = now.daily.loc[now.daily["reviewed"] > 0, "day"].iloc[0]
        st.info(f"All samples are of one day, {wording.day(day)}: charts over time show a single point.")
    if now.rejected:
        count = f"{now.rejected} samples were" if now.rejected > 1 else "1 sample was"
        st.caption(
            f"{count} rejected without a true class: wrong for accuracy and precision, in no class's recall, so "
            f"{wording.listed(metric.words for metric in METRICS if metric.upper_bound)} are upper bounds."
        )
    _tell_set_aside(now)


def _tell_set_aside(now: Performance) -> None:
    texts = {
        "unreadable_prediction": "with an unreadable prediction",
        "unreadable_review": "with an unreadable review",
        "undated_review": "reviewed without a usable date (in the whole collection)",
        "undated_prediction": "predicted without a usable date (in the whole collection)",
    }
    excluded, noticed = now.counts.excluded, now.counts.noticed
    set_aside = [
        f"{wording.count(excluded[reason], 'document')} {text}" for reason, text in texts.items() if excluded[reason]
    ]
    if set_aside:
        listed = "; ".join(set_aside)
        st.warning(f"Set aside and not counted on this page: {listed}. The page *Data quality* has the details.")
    most = 100 if session.settings().confidence_scale == "percent" else 1
    odd = {"bad_confidence": f"with a confidence outside 0 to {most}", "unknown_class": "of classes without a name"}
    problems = [f"{noticed[reason]:,} {text}" for reason, text in odd.items() if noticed[reason]]
    if problems:
        st.caption("Counted, but with a quality problem: " + "; ".join(problems) + ".")


def headline(view: View, further: Sequence[Metric]) -> None:
    """Show the tiles: samples, and the four scores and what was chosen beside them, with interval and change."""
    now, earlier = view.now, view.other or scores.of_days_before()
    metrics = (*ON_TABS, *further)
    against = reports.changes(now, earlier, view.average, metrics) if earlier else {}
    tiles = st.columns(1 + len(metrics))
    with tiles[0].container(border=True, height="stretch"):
        more = f"{now.counts.validated - earlier.counts.validated:+,}" if earlier else None
        st.metric("Reviewed samples", f"{now.counts.validated:,}", more, delta_color="off", delta_description="samples")
        st.caption(f"{now.rejected:,} rejected" if now.rejected else "none rejected")
    for tile, metric in zip(tiles[1:], metrics, strict=True):
        with tile.container(border=True, height="stretch"):
            score = now.scores[metric.name(view.average)]
            if score.is_shown:
                _score_tile(view, metric, score, against.get(metric.key))
            else:
                st.metric(metric.titled(view.average), DASH)
                st.caption(_why_absent(metric, score, now))


def _why_absent(metric: Metric, score: Score, now: Performance) -> str:
    if score.samples < FEWEST:
        return f"{wording.count(score.samples, 'sample')}: too few for a score"
    return comparison.REJECTED if comparison.is_undefined(metric, now) else "undefined"


def _score_tile(view: View, metric: Metric, score: Score, change: Change | None) -> None:
    scale = metric.scale
    noise = bool(change and change.within_noise)
    st.metric(
        metric.titled(view.average),
        wording.number(score.value, scale),
        comparison.signed(change.difference, scale) if change else None,
        delta_color="off" if noise else "normal",
        delta_description="noise" if noise else "points" if scale.unit else "",
        help=CHANGE if metric is ON_TABS[0] else None,
    )
    st.caption(wording.interval(score.low, score.high, scale) + (", uncertain" if score.uncertain else ""))
