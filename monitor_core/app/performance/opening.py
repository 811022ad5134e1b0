"""The opening of the five tabs: title, what is counted, its quality problems, and the headline scores."""

from collections.abc import Sequence

import streamlit as st

from monitor_core.app.frame import scores, session
from monitor_core.app.frame.text import DASH, in_short, plain
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.wording import Scale
from monitor_core.reports import comparison, training
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Change, Performance, Score
from monitor_core.scores.metrics import METRICS, ON_TABS, Metric
from monitor_core.scores.shares import FEWEST

CHANGE = (  # said once: beside each title it leaves too little room for them
    "Change in points against what is compared with, else as many days just before; noise: zero lies within "
    "the change's 95% interval."
)


def opening(title: str, now: Performance) -> None:
    """Title, what is counted, and what is odd about it; without reviewed samples the page ends here, saying why."""
    st.header(title)
    counts = now.counts
    if not counts.validated:
        st.info(_why_empty(now))
        _tell_set_aside(now)
        st.stop()
    st.caption(f"{counts.validated:,} reviewed samples from {in_short(now.selection)}.")
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
        st.stop()
    st.caption(
        f"{mix.training_total:,} images in the training set, from {plain(mix.source)}; {mix.production_total:,} "
        f"reviewed samples of a known class from {in_short(now.selection)}."
    )


def tell_listed(now: Performance) -> None:
    if len(now.names) > reports.MOST_LISTED:
        st.info(f"Of {len(now.names):,} classes the {reports.MOST_LISTED} with the most mistakes are listed.")


def _why_empty(now: Performance) -> str:
    if session.store().predictions.is_empty():
        return (
            "The database is empty: no prediction has arrived yet. Samples appear here once the model writes them "
            "and people review them."
        )
    waiting = f" {now.counts.not_reviewed:,} predictions of it wait for a review." if now.counts.not_reviewed else ""
    return f"No reviewed samples from {in_short(now.selection)}.{waiting} Choose a longer period."


def _tell_remarks(now: Performance) -> None:
    """Say what an analyst has to know of the samples before reading a number."""
    if len(now.names) == 1:
        name = plain(next(iter(now.names.values())))
        st.info(f"Only one class occurs in this period: {name}. Scores that compare classes say little.")
    if (now.daily["reviewed"] > 0).sum() == 1:
        day = now.daily.loc[now.daily["reviewed"] > 0, "day"].iloc[0]
        st.info(f"All samples are of one day, {day:%Y-%m-%d}: charts over time show a single point.")
    if now.rejected:
        count = f"{now.rejected} samples were" if now.rejected > 1 else "1 sample was"
        st.caption(
            f"{count} rejected without a true class: wrong for accuracy and precision, in no class's recall, so "
            f"{wording.listed(metric.words for metric in METRICS if metric.upper_bound)} are upper bounds."
        )
    _tell_set_aside(now)


def _tell_set_aside(now: Performance) -> None:
    texts = {
        "unreadable_prediction": "without a readable prediction",
        "unreadable_review": "with an unreadable review",
        "undated_review": "reviewed without a usable date (in the whole collection)",
        "undated_prediction": "predicted without a usable date (in the whole collection)",
    }
    excluded, noticed = now.counts.excluded, now.counts.noticed
    set_aside = [f"{excluded[reason]:,} {text}" for reason, text in texts.items() if excluded[reason]]
    if set_aside:
        st.warning(
            "Set aside, in no number here: " + "; ".join(set_aside) + ". The page *Data quality* has the details."
        )
    odd = {"bad_confidence": "with a confidence outside 0 to 1", "unknown_class": "of classes without a name"}
    problems = [f"{noticed[reason]:,} {text}" for reason, text in odd.items() if noticed[reason]]
    if problems:
        st.caption("Counted, but with a quality problem: " + "; ".join(problems) + ".")


def headline(view: View, further: Sequence[Metric]) -> None:
    """Show the tiles: samples, and the four scores and what was chosen beside them, with interval and change."""
    now, earlier = view.now, view.other or scores.before()
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
        return f"{score.samples} samples: too few for a score"
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
    low, high = (wording.number(bound, scale) for bound in (score.low, score.high))
    st.caption(f"{_precision(score, scale)}{low.removesuffix(scale.sign)} to {high}")


def _precision(score: Score, scale: Scale) -> str:
    """Return how well a score is known, as its interval is introduced."""
    half = (score.high - score.low) / 2
    if not score.uncertain:
        return "95%: "
    return f"±{100 * half:.0f} points, uncertain: " if scale.unit else f"±{half:.2f}, uncertain: "
