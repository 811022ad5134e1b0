"""A selection as a self-contained HTML file: its numbers, the charts of the five tabs, and their data.

The charts are inline SVGs in the reader's text colour. There are no scripts, and a policy forbids any request.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from monitor_core.app.frame import drawing
from monitor_core.app.frame.figure import NOTHING_TO_DRAW, Figure
from monitor_core.app.performance import charts, class_charts, matrix_charts, mix_charts, pie_charts
from monitor_core.app.performance.view import View
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period, local_day
from monitor_core.contract.documents import Notation
from monitor_core.contract.findings import problems_in_words
from monitor_core.contract.selection import Selection
from monitor_core.mongo.annotations import Annotation, Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports import comparison as compare
from monitor_core.reports import granularity, reviews, training, trend
from monitor_core.reports.alerts import ShadedDays
from monitor_core.reports.granularity import Axis, Granularity
from monitor_core.reports.performance import Performance
from monitor_core.reports.score import UNKNOWABLE, Score, bounds_explained, widened_in_words
from monitor_core.reports.state.verdict import ModelVerdict, read_verdict
from monitor_core.reports.state.verdict import lines as verdict_lines
from monitor_core.reports.training import TrainingMix
from monitor_core.reports.unreviewed.accuracy import read_accuracy_over_all
from monitor_core.reports.unreviewed.classes import (
    OVER_ALL_BY_CLASS,
    ClassOverAll,
    has_estimates,
    over_all_table,
    read_classes_over_all,
    reasons_in_words,
)
from monitor_core.reports.unreviewed.compared import over_all_change_in_words
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRIC, METRICS, Metric
from monitor_core.scores.shares import FEWEST
from monitor_core.settings.documents import Average
from monitor_core.settings.version import version

POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
STYLE = """
:root { color-scheme: light dark; --ink: #1f2430; --paper: #ffffff; --quiet: #5b6270; --line: #d5d8de; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #fafafa; --paper: #0e1117; --quiet: #b3b8c2; --line: #3a3f4b; } }
@media print { :root { --ink: #000; --paper: #fff; --quiet: #444; --line: #bbb; } details { display: none; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1000px; margin: 0 auto; padding: 1rem; }
svg { max-width: 100%; height: auto; }
figure { margin: 1.5rem 0; break-inside: avoid; }
figcaption { font-weight: 600; }
.quiet, small { color: var(--quiet); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th, .words { white-space: normal; }
"""


@dataclass(frozen=True)
class Happened:
    """The alerts, annotations and incomplete days on charts over time."""

    alerts: list[ShadedDays]
    annotations: list[Annotation]
    incomplete: list[Period]  # of the period, where it is by prediction day

    def on(self, figure: Figure) -> Figure:
        young = self.incomplete if figure.marks and figure.marks.incomplete else []
        return figure.marked(self.alerts, self.annotations, young)


def html_report(
    store: Store,
    now: Performance,
    average: Average,
    other: Performance | None = None,
    by: Granularity | None = None,
) -> str:
    """Return the whole file; with a comparison, it states the differences of scores, and each chart draws both.

    `by`: the granularity of charts over time; None: an automatic one, as on the pages.
    """
    at, settings = store.now(), store.settings
    happened, verdict = _happened(store, now.selection, local_day(at, settings.zone)), read_verdict(store)
    whole = View(now, settings, average, other).with_reference(verdict)
    view = _over_time(whole, store, by, local_day(at, settings.zone))
    view = _with_trends(view, store, local_day(at, settings.zone))
    mix = training.training_mix(training.training_counts(settings, store), now, settings)
    tabs = {tab: [happened.on(figure) for figure in of_tab] for tab, of_tab in figures(view, mix).items()}
    title = f"Model performance, {wording.days(now.selection.period)}"
    opening = _opening(title, now, average, at.astimezone(settings.zone))
    body = [opening, _verdict(verdict), _numbers(now), _over_all(store, now)]
    body += [_compared(store, now, other, average)] if other else []
    body += [_noted(now, happened, settings.notation), *_tabs(tabs)]
    return _page(title, "\n".join(body))


def figures(view: View, mix: TrainingMix) -> dict[str, list[Figure]]:
    """Return all charts of the five tabs, each once, as declared by the pages; none for an empty selection."""
    if not view.now.counts.validated:
        return {}
    tabs = {
        "Metrics": charts.each_metric(view, [metric for metric in METRICS if not metric.on_tabs]),
        "Samples by class": [pie_charts.donut(view), class_charts.class_bars(view), *_mixes(view)],
        "Metrics by class": [
            *(class_charts.class_scores(view, metric) for metric in CLASS_METRICS),
            matrix_charts.confusion_matrix(view, shares=False),
            *matrix_charts.pairs_of_many(view),
            *([matrix_charts.confusion_difference(view)] if view.other else []),
        ],
    }
    of_training = (pie_charts.training_donut, pie_charts.production_donut, class_charts.training_difference)
    return tabs | ({"Training data": [draw(view, mix) for draw in of_training]} if mix.training_total else {})


def _over_time(view: View, store: Store, by: Granularity | None, today: date) -> View:
    """Return the view with its scores in this granularity; None: in an automatic one."""

    def samples_by_hour() -> Any:
        return granularity.by("hour", view.now, store, today).points["reviewed"]

    axis = Axis(by) if by else granularity.automatic(view.now, samples_by_hour)
    view = replace(view, why=axis.why)
    if axis.granularity == "day" and view.other is None:
        return view
    own, other = (granularity.by(axis.granularity, of, store, today) if of else None for of in (view.now, view.other))
    return replace(view, granularity=axis.granularity, over_time=own, other_over_time=other)


def _with_trends(view: View, store: Store, today: date) -> View:
    """Return the view with the trends of all metrics, where its granularity has any."""
    days = trend.trend_days(view.granularity, view.now)
    own, other = (_trends(of, view, days, store, today) if of and days else {} for of in (view.now, view.other))
    return replace(view, trend_days=days, trends=own, other_trends=other)


def _trends(of: Performance, view: View, days: int, store: Store, today: date) -> dict[str, pd.DataFrame]:
    counts = store.counts.of(trend.with_days_before(of.selection, days)).confusion
    lasts = [point.last for point in granularity.buckets(of.selection.period, view.granularity, today)]
    return trend.trends_of(counts, lasts, days, METRICS, view.average)


def _mixes(view: View) -> list[Figure]:
    other = view.of_other()
    compared = [mix_charts.mix_over_time(other, view.other_name)] if other and other.now.counts.validated else []
    return [mix_charts.mix_over_time(view), *compared]


def _happened(store: Store, selection: Selection, today: date) -> Happened:
    incomplete = reviews.incomplete_days(store, selection) if selection.basis == "predicted" else []
    return Happened(alerts_page.shaded_days(store, today), Annotations(store).read(), incomplete)


def _tabs(tabs: Mapping[str, Sequence[Figure]]) -> Iterator[str]:
    """Yield each tab's heading and figures; a single process draws all of them."""
    drawn = [figure for of_tab in tabs.values() for figure in of_tab if figure.has_values]
    svgs = drawing.drawings([drawing.with_tables(figure.spec_with_legends, figure.tables) for figure in drawn])
    parts = {id(figure): _own_names(svg, at) for at, (figure, svg) in enumerate(zip(drawn, svgs, strict=True))}
    for tab, of_tab in tabs.items():
        yield f"<h2>{escape(tab)}</h2>"
        yield from (_figure(figure, parts.get(id(figure))) for figure in of_tab)


def _page(title: str, body: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
<footer class="quiet">Prediction monitor {version()}</footer>
</main>
</body>
</html>
"""


def _opening(title: str, now: Performance, average: Average, at: datetime) -> str:
    basis = BASES[now.selection.basis].title
    segments = "".join(f"; only {escape(name)} {escape(value)}" for name, value in now.selection.where)
    return (
        f"<h1>{escape(title)}</h1>\n<p>Counted by {basis}; days begin at midnight in "
        f"{escape(now.time_zone)}{segments}. Charts over time show {average} averages. "
        f'<span class="quiet">Made on {wording.instant(at, ZoneInfo(now.time_zone))}.</span></p>'
    )


def _verdict(verdict: ModelVerdict) -> str:
    """Return whether the model is fine when the report is made, whatever its period."""
    first, *others = map(escape, verdict_lines(verdict))
    title = escape(f"{verdict.title}.")
    return f"<p>When this report was made: <strong>{title}</strong>{first.removeprefix(title)} {' '.join(others)}</p>"


def _compared(store: Store, now: Performance, other: Performance, average: Average) -> str:
    name = compare.comparison_name(other.selection, now.selection)
    sentences = compare.scores_in_words(now, other, average, METRICS)
    over_all = (read_accuracy_over_all(store, each.selection) for each in (now, other))
    sentences += filter(None, [over_all_change_in_words(*over_all)])
    listed = "".join(f"<li>{escape(text)}</li>" for text in sentences)
    count = wording.count(other.counts.validated, "reviewed sample")
    opening = f"Compared with {escape(name)}: {count}, shown in grey, as a tick, or as a thin circle."
    return f"<p>{opening}</p>\n<ul>{listed}</ul>"


def _numbers(now: Performance) -> str:
    counts = now.counts
    rows: list[tuple[Metric, str | None]] = [(metric, None) for metric in METRICS if not metric.by_class]
    rows += [(metric, average) for average in AVERAGES for metric in CLASS_METRICS]
    scores = "\n".join(
        f'<tr><th scope="row">{metric.titled(average)}</th>{_score(now, metric, average)}</tr>'
        for metric, average in rows
    )
    samples = "reviewed sample" if counts.validated == 1 else "reviewed samples"
    # By review day none is not reviewed.
    unreviewed = f"{counts.not_reviewed:,} not reviewed; " if now.selection.basis == "predicted" else ""
    return (
        f"<p><strong>{counts.validated:,}</strong> {samples}, {now.rejected:,} of them rejected; "
        f"{unreviewed}{wording.count(counts.documents, 'document')} in all.</p>\n"
        '<table><thead><tr><th scope="col">Score</th><th scope="col">Value</th><th scope="col">95% interval</th>'
        f"</tr></thead><tbody>\n{scores}\n</tbody></table>{_days_differ(now)}"
    )


def _over_all(store: Store, now: Performance) -> str:
    """Return the accuracy over all predictions, where that of the reviewed ones does not stand for it."""
    over_all = read_accuracy_over_all(store, now.selection)
    if not (now.counts.validated and over_all.is_shown):
        return ""
    classes = read_classes_over_all(store, now.selection)
    reasons = "".join(f"<p>{escape(reason)}</p>" for reason in reasons_in_words(classes))
    return f"<p>{escape(over_all.sentence)}</p>{_classes_over_all(classes)}{reasons}"


def _classes_over_all(classes: Sequence[ClassOverAll]) -> str:
    if not has_estimates(classes):
        return ""
    table = over_all_table(classes)
    head = "".join(f'<th scope="col">{escape(str(column))}</th>' for column in table)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{predictions:,}</td><td>{reviewed:,}</td>'
        + "".join(f"<td>{escape(score)}</td>" for score in scores)
        + "</tr>"
        for name, predictions, reviewed, *scores in table.to_numpy().tolist()
    )
    return (
        '\n<div class="scroll" role="region" tabindex="0" aria-label="Scores of each class over all predictions">'
        f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
        f"\n<p>{escape(OVER_ALL_BY_CLASS)}</p>"
    )


def _days_differ(now: Performance) -> str:
    words = widened_in_words(now.score(METRIC["accuracy"], "macro"))
    return f"\n<p>Accuracy: {words}</p>" if words else ""


def _score(now: Performance, metric: Metric, average: str | None) -> str:
    score = now.score(metric, average)
    if score.has_bounds:
        because = bounds_explained(score, now.rejected, metric.scale)
        return f"<td>{score.bounds_in_words(metric.scale)}</td>{_words(because)}"
    if not score.is_shown:
        return f"<td>–</td>{_words(_why_absent(now, metric, average, score))}"
    return f"<td>{wording.number(score.value, metric.scale)}</td>{_words(_interval(score, metric))}"


def _words(text: str) -> str:
    """Return a cell whose text may be longer than a line of a phone."""
    return f'<td class="words">{text}</td>'


def _interval(score: Score, metric: Metric) -> str:
    bounds = wording.bounds(score.low, score.high, metric.scale)
    return score.interval_in_words(metric.scale).replace(wording.interval(score.low, score.high, metric.scale), bounds)


def _why_absent(now: Performance, metric: Metric, average: str | None, score: Score) -> str:
    if score.samples < FEWEST:
        return f"{wording.count(score.samples, 'sample')}: too few for a score"
    return UNKNOWABLE if compare.is_unknowable(metric, average, now) else "undefined"


def _noted(now: Performance, happened: Happened, notation: Notation) -> str:
    """Return what was set aside and the events of the period."""
    period, counts = now.selection.period, now.counts
    set_aside, noticed = (problems_in_words(numbers, notation) for numbers in (counts.excluded, counts.noticed))
    texts = [f"Set aside and not counted: {set_aside}."] if set_aside else []
    texts += [f"Counted, but with a quality problem: {noticed}."] if noticed else []
    alerts = [alert for alert in happened.alerts if alert.first <= period.last and alert.last >= period.first]
    annotations = [note for note in happened.annotations if period.first <= note.day <= period.last]
    texts += [f"Alert: {alert}." for alert in alerts]
    texts += [f"Annotation: {note} ({note.by})." for note in annotations]
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def _own_names(svg: str, number: int) -> str:
    """Return the drawing with unique ids, because two drawings may use the same ones."""
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>figure{number}-", svg)


def _figure(figure: Figure, svg: str | None) -> str:
    """Return the drawing with its legend and data; if no row has a value, a sentence."""
    caption = f"<figcaption>{escape(figure.title)}</figcaption>"
    if svg is None:
        return f'<figure>{caption}\n<p class="quiet">{NOTHING_TO_DRAW}</p></figure>'
    rows = drawing.of_the_data(figure.table)
    table = rows.to_html(index=False, na_rep="–", border=0, float_format=lambda value: f"{value:.4g}", escape=True)
    legend = f'<p class="quiet">{escape(" ".join(figure.legend))}</p>\n' if figure.legend else ""
    return (
        f"<figure>{caption}\n"
        f'<div role="img" aria-label="{escape(figure.described)}">{svg}</div>\n{legend}'
        f"<details><summary>The data of “{escape(figure.title)}”</summary>"
        f'<div class="scroll">{table}</div></details></figure>'
    )
