"""A selection as one HTML file that needs nothing else: its numbers, the charts of the five tabs, and their data.

The charts are drawings inside the page, in the reader's own ink: no script, and a policy that forbids any request.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from html import escape

import pandas as pd

from monitor_core.app.frame import annotation_marks as charts_annotations
from monitor_core.app.frame import charts, drawing
from monitor_core.app.frame.charts import METRIC_TITLES, Spec
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import local_day
from monitor_core.mongo.annotations import Annotation, Annotations
from monitor_core.mongo.store import Store
from monitor_core.reports import alerts as alerts_page
from monitor_core.reports import comparison as compare
from monitor_core.reports import performance as reports
from monitor_core.reports.alerts import Band
from monitor_core.reports.performance import Performance, Score, TrainingMix
from monitor_core.scores.metrics import AVERAGES, CLASS_METRICS, METRIC, METRICS
from monitor_core.settings.settings import Average, Settings
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
"""


@dataclass(frozen=True)
class Figure:
    """A chart of a tab, with all it takes to draw it."""

    tab: str
    title: str
    spec: Spec
    tables: dict[str, pd.DataFrame]
    alt: str


@dataclass(frozen=True)
class Behind:
    """What stands on charts over time besides the numbers."""

    bands: list[Band]
    annotations: list[Annotation]

    def tables(self, first: date, last: date) -> dict[str, pd.DataFrame]:
        return {
            "bands": charts.bands_table(self.bands, first, last),
            "annotations": charts_annotations.annotations_table(self.annotations, first, last),
        }


def html_report(store: Store, now: Performance, average: Average, other: Performance | None = None) -> str:
    """The whole file; with another side it says how far the scores differ, and draws this side alone."""
    at, settings = store.now(), store.settings
    behind = Behind(alerts_page.bands(store, local_day(at, settings.zone)), Annotations(store).read())
    mix = reports.training_mix(store, now)
    shown = figures(now, mix, average, settings, behind) if now.counts.validated else []
    filled = [one for one in shown if charts.has_values(one.spec, one.tables["table"])]
    svgs = drawing.drawings([drawing.with_tables(one.spec, one.tables) for one in filled])
    drawn = {id(one): svg for one, svg in zip(filled, svgs, strict=True)}
    title = f"Model performance, {now.selection.period.first} to {now.selection.period.last}"
    body = [_opening(title, now, average, at.astimezone(settings.zone)), _numbers(now)]
    body += [_compared(now, other, average)] if other else []
    body.append(_noted(now, behind))
    tab = ""
    for number, figure in enumerate(shown):
        body += [f"<h2>{escape(figure.tab)}</h2>"] if figure.tab != tab else []
        body.append(_figure(figure, drawn.get(id(figure)), number))
        tab = figure.tab
    return _page(title, "\n".join(body))


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
        f"<h1>{escape(title)}</h1>\n<p>A sample counts on its {basis}; days begin at midnight in "
        f"{escape(now.time_zone)}{segments}. Charts over time show {average} averages. "
        f'<span class="quiet">Made on {at:%Y-%m-%d} at {at:%H:%M}.</span></p>'
    )


def _compared(now: Performance, other: Performance, average: Average) -> str:
    side = compare.side_name(other.selection, now.selection)
    told = [
        compare.in_words(METRIC[key].titled(average), change)
        for key, change in reports.changes(now, other, average, METRICS).items()
    ]
    listed = "".join(f"<li>{escape(text)}</li>" for text in told)
    count = f"{other.counts.validated:,} reviewed samples"
    return f"<p>Compared with {escape(side)}, {count}; the charts show this side alone.</p>\n<ul>{listed}</ul>"


def _numbers(now: Performance) -> str:
    counts = now.counts
    rows = [(metric.title, now.scores[metric.key]) for metric in METRICS if not metric.by_class]
    rows += [
        (metric.titled(average), now.scores[metric.name(average)]) for average in AVERAGES for metric in CLASS_METRICS
    ]
    scores = "\n".join(f'<tr><th scope="row">{name}</th>{_score(score)}</tr>' for name, score in rows)
    return (
        f"<p><strong>{counts.validated:,}</strong> reviewed samples, {now.rejected:,} of them rejected; "
        f"{counts.not_reviewed:,} not reviewed; {counts.documents:,} documents in all.</p>\n"
        '<table><thead><tr><th scope="col">Score</th><th scope="col">Value</th><th scope="col">95% interval</th>'
        f"</tr></thead><tbody>\n{scores}\n</tbody></table>"
    )


def _score(score: Score) -> str:
    if not score.shown:
        why = f"{score.samples} samples: too few" if score.samples < reports.FEWEST else "undefined"
        return f"<td>–</td><td>{why}</td>"
    unsure = ", uncertain" if score.uncertain else ""
    return f"<td>{score.value:.1%}</td><td>{score.low:.1%} to {score.high:.1%}{unsure}</td>"


def _noted(now: Performance, behind: Behind) -> str:
    """What was set aside, and what happened in the period."""
    period, counts = now.selection.period, now.counts
    odd = [f"{count:,} {reason}" for reason, count in {**counts.excluded, **counts.noticed}.items() if count]
    told = [f"Set aside or odd: {'; '.join(odd).replace('_', ' ')}."] if odd else []
    told += [f"Alert: {one}." for one in behind.bands if one.first <= period.last and one.last >= period.first]
    told += [f"Annotation: {one} ({one.by})." for one in behind.annotations if period.first <= one.day <= period.last]
    return "<ul>" + "".join(f"<li>{escape(one)}</li>" for one in told) + "</ul>" if told else ""


def _figure(figure: Figure, svg: str | None, number: int) -> str:
    """Two drawings may use the same names inside: each gets its own. Without a value in any row, words."""
    caption = f"<figcaption>{escape(figure.title)}</figcaption>"
    if svg is None:
        return f'<figure>{caption}\n<p class="quiet">{charts.NOTHING_TO_DRAW}</p></figure>'
    own = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>figure{number}-", svg)
    rows = drawing.of_the_data(figure.tables["table"])
    table = rows.to_html(index=False, na_rep="–", border=0, float_format=lambda value: f"{value:.4g}", escape=True)
    return (
        f"<figure>{caption}\n"
        f'<div role="img" aria-label="{escape(figure.alt)}">{own}</div>\n'
        f"<details><summary>The data of “{escape(figure.title)}”</summary>"
        f'<div class="scroll">{table}</div></details></figure>'
    )


def figures(now: Performance, mix: TrainingMix, average: Average, settings: Settings, behind: Behind) -> list[Figure]:
    """All charts of the five tabs, each once."""
    return [
        *_over_time(now, average, behind),
        *_samples(now, settings, behind),
        *_by_class(now, settings),
        *(_training(mix, settings) if mix.training_total else []),
    ]


def _over_time(now: Performance, average: Average, behind: Behind) -> list[Figure]:
    more = behind.tables(now.selection.period.first, now.selection.period.last)
    every = {"table": charts.metrics_table(now.daily, average), **more}
    alt = "Accuracy, precision, recall and F1 by day, with the number of reviewed samples under them"
    found = [Figure("Overview", "Day by day", charts.daily_metrics(), every, alt)]
    for metric in ("precision", "accuracy", "recall", "f1"):
        title = METRIC[metric].titled(average)
        tables = {"table": charts.metric_table(now.daily, metric, average), **more}
        alt = f"{METRIC_TITLES[metric]} by day with its 95% interval and the number of reviewed samples"
        found.append(Figure("Metrics", title, charts.metric_over_time(metric), tables, alt))
    return found


def _samples(now: Performance, settings: Settings, behind: Behind) -> list[Figure]:
    samples = reports.class_samples(now)
    classes = charts.coloured(settings, list(now.names), set(samples["name"]))
    over_time = reports.class_mix(now)
    more = behind.tables(over_time["day"].min().date(), over_time["day"].max().date()) if len(over_time) else {}
    tab = "Samples by class"
    found = [
        Figure(tab, "Share", charts.donut(classes), {"table": samples}, "Share of reviewed samples by true class"),
        Figure(tab, "Number", charts.class_bars(classes), {"table": samples}, "Reviewed samples by true class"),
    ]
    if len(over_time):
        alt = "Share of each true class in a day's reviewed samples"
        found.append(Figure(tab, "Class mix over time", charts.class_mix(classes), {"table": over_time, **more}, alt))
    return found


def _by_class(now: Performance, settings: Settings) -> list[Figure]:
    tab, scores, listed = "Metrics by class", reports.class_scores(now), reports.listed(now)
    spec = charts.class_scores(charts.coloured(settings, list(now.names), set(listed)))
    found = []
    for metric in CLASS_METRICS:
        alt = f"{metric.title} by class with its 95% interval and the samples it rests on"
        table = scores[scores["metric"] == metric.key].drop(columns="metric")
        found.append(Figure(tab, metric.title, spec, {"table": table}, alt))
    matrix = charts.confusion_matrix(tuple(listed), False)
    alt = "Confusion matrix: true classes as rows, predictions as columns"
    found.append(Figure(tab, "Confusion matrix", matrix, {"table": reports.confusion_table(now)}, alt))
    return found


def _training(mix: TrainingMix, settings: Settings) -> list[Figure]:
    tab = "Training data"
    classes = charts.coloured(settings, mix.table["label"].tolist(), {*mix.table["name"], reports.OTHERS})
    sides = {"training": ("Training set", "Training set by class")}
    sides["production"] = ("Production, reviewed", "Reviewed samples by class")
    found = [
        Figure(tab, title, charts.donut(classes), {"table": reports.mix_side(mix, side)}, alt)
        for side, (title, alt) in sides.items()
    ]
    alt = "Points by which a class's share in production exceeds its share in the training set"
    found.append(Figure(tab, "Difference", charts.difference_bars(classes), {"table": mix.table}, alt))
    return found
