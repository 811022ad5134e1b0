"""The opening of the five tabs: title, number of samples, quality problems, and headline scores."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from monitor_core.app.frame import cards, errors, scores, session
from monitor_core.app.frame.text import DASH, plain, selection_in_words
from monitor_core.app.performance.over_all import tell_over_all
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.findings import problems_in_words
from monitor_core.contract.wording import Scale
from monitor_core.reports import comparison, training
from monitor_core.reports import performance as reports
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import UNKNOWABLE, Change, Score, bounds_explained, widened_in_words
from monitor_core.scores.metrics import ON_TABS, Metric
from monitor_core.scores.shares import FEWEST


def opening(title: str, now: Performance, metrics: Sequence[Metric] = ()) -> None:
    """Show the title, what is counted, and its quality problems; without reviewed samples the page ends here.

    `metrics`: those that the page shows.
    """
    with _one_place():
        st.header(title)
        counts = now.counts
        if not counts.validated:
            st.info(_why_empty(now))
            _tell_set_aside(now)
            errors.end_page()
        st.caption(f"{wording.count(counts.validated, 'reviewed sample')} {selection_in_words(now.selection)}.")
        _tell_remarks(now, metrics)


def training_opening(title: str, now: Performance, mix: training.TrainingMix) -> None:
    """Open the page Training data as `opening`; production may be empty, the training set may not."""
    with _one_place():
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


def _one_place() -> DeltaGenerator:
    """Return a container for all that is said before the charts.

    A chart that moves to another place on the page is built again, which takes the browser ten times as long as new
    data: so a remark that appears or disappears must not move what follows.
    """
    return st.container()


def _why_empty(now: Performance) -> str:
    if empty := session.why_no_predictions():
        return f"{empty} Samples appear here once the model writes them and people review them."
    number = now.counts.not_reviewed
    are = "is" if number == 1 else "are"
    unreviewed = f" {wording.count(number, 'prediction')} {are} not reviewed." if number else ""
    return f"No reviewed samples {selection_in_words(now.selection)}.{unreviewed} Choose a longer period."


def _tell_remarks(now: Performance, metrics: Sequence[Metric] = ()) -> None:
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
    if len(days := now.reviewed_days) == 1:
        st.info(f"All samples are of one day, {wording.day(days[0])}: charts over time show a single point.")
    if now.rejected and any(metric.needs_targets for metric in metrics):
        were = "was" if now.rejected == 1 else "were"
        st.caption(
            f"{wording.count(now.rejected, 'sample')} {were} rejected without a true class: wrong for accuracy and "
            "precision. Each may be of any other class, so scores that need the true class are bounds."
        )
    _tell_set_aside(now)


def _tell_set_aside(now: Performance) -> None:
    notation = session.settings().notation
    if set_aside := problems_in_words(now.counts.excluded, notation):
        st.warning(f"Set aside and not counted on this page: {set_aside}. The page *Data quality* has the details.")
    if noticed := problems_in_words(now.counts.noticed, notation):
        st.caption(f"Counted, but with a quality problem: {noticed}.")


def headline(view: View, further: Sequence[Metric]) -> None:
    """Show the tiles: samples, the four scores and any further one, with interval and change."""
    now, earlier = view.now, view.other or scores.of_days_before()
    metrics = (*ON_TABS, *further)
    against = reports.changes(now, earlier, view.average, metrics) if earlier else {}
    tiles = cards.tiles(1 + len(metrics))
    with tiles[0]:
        st.metric("Reviewed samples", f"{now.counts.validated:,}", **_more_samples(now, earlier))
        st.caption(f"{now.rejected:,} rejected" if now.rejected else "none rejected")
    for tile, metric in zip(tiles[1:], metrics, strict=True):
        with tile:
            score = now.score(metric, view.average)
            if score.is_shown:
                _score_tile(view, metric, score, against.get(metric.key), widened_in_words(score) or None)
            elif score.has_bounds:
                st.metric(metric.titled(view.average), score.bounds_in_words(metric.scale))
                st.caption(bounds_explained(score, now.rejected, metric.scale))
            else:
                st.metric(metric.titled(view.average), DASH)
                st.caption(_why_absent(metric, view.average, score, now))
    if earlier:
        st.caption(_against_what(now, earlier))
    if now.counts.validated:
        tell_over_all(now.selection)


def _why_absent(metric: Metric, average: str, score: Score, now: Performance) -> str:
    if score.samples < FEWEST:
        return f"{wording.count(score.samples, 'sample')}: too few for a score"
    return UNKNOWABLE if comparison.is_unknowable(metric, average, now) else "undefined"


def _score_tile(view: View, metric: Metric, score: Score, change: Change | None, help_text: str | None) -> None:
    scale = metric.scale
    delta = _delta_of(change, scale) if change else {}
    st.metric(metric.titled(view.average), wording.number(score.value, scale), help=help_text, **delta)
    st.caption(score.interval_in_words(scale))


def _against_what(now: Performance, earlier: Performance) -> str:
    """Say what the changes are relative to, once for all tiles, in which it would take too much room."""
    name = plain(comparison.comparison_name(earlier.selection, now.selection))
    return (
        f"The changes are relative to {name}; those of shares are in percentage points. "
        '"Noise" means that the 95% interval of the change contains zero.'
    )


def _more_samples(now: Performance, earlier: Performance | None) -> dict[str, Any]:
    if earlier is None:
        return {}
    more = now.counts.validated - earlier.counts.validated
    return _delta(more, wording.signed_count(more), "samples", "gray")


def _delta_of(change: Change, scale: Scale) -> dict[str, Any]:
    text = wording.signed_points(change.difference, scale)
    if change.within_noise:
        return _delta(change.difference, text, "noise", "gray")
    # Without its unit, for which a tile has no room: it would be cut to "percentage…".
    return _delta(change.difference, text, "", "green" if change.difference > 0 else "red")


def _delta(change: float, text: str, description: str, colour: str) -> dict[str, Any]:
    """Return Streamlit's arguments; it would take arrow and colour from an ASCII sign, which we do not write."""
    arrow = "off" if not change else "up" if change > 0 else "down"
    return {"delta": text, "delta_description": description, "delta_color": colour, "delta_arrow": arrow}
