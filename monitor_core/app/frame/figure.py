"""THE figure: a chart as a value, declared once by its page's `charts`: drawing, texts, and the effect of a click.

The app shows it (`show`), its menu saves it (`downloads`), and the HTML report draws it (`html_report`).
"""

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import numpy as np
import pandas as pd

from monitor_core.app.frame.marks import NAME_HEIGHT, NAMES, STRIPS, Spec, annotations_table, bands_table
from monitor_core.contract import wording
from monitor_core.contract.bases import BASES
from monitor_core.contract.calendar import Period
from monitor_core.contract.segments import in_words
from monitor_core.contract.selection import Selection
from monitor_core.mongo.annotations import Annotation
from monitor_core.reports import comparison
from monitor_core.reports.alerts import INCOMPLETE, ShadedDays

Tables = Mapping[str, pd.DataFrame]
# Column of a chart's table -> what a click on one of its marks asks the page Samples for.
Opens = Mapping[str, str]
DAY: Opens = {"date": "day"}
CELL: Opens = {"target": "target", "prediction": "prediction"}
CLASS: Opens = {"name": "target"}
BIN: Opens = {"from": "confidence_from", "to": "confidence_to"}
MOST_LISTED = 5  # periods in a sentence
COMPARED = ", compared with "
LINE = 112  # characters of a line above a picture
# A slice's name, count and share; a class of the legend may have no slice.
ROW = "data('table')[indexof(pluck(data('table'), 'name'), datum.label)]"
ENTRY = f"datum.label + ({ROW} ? ': ' + format({ROW}.count, ',') + ' (' + format({ROW}.share, '.1%') + ')' : '')"
FEW_REVIEWS = "many predictions are not reviewed yet"
NOTHING_TO_DRAW = "Nothing to draw: not enough data in this selection."  # where no row has a value


@dataclass(frozen=True)
class OverTime:
    """The marks on and behind a chart over time: alerts, annotations, and incomplete days."""

    period: Period
    rules: Collection[str] | None = None  # whose alerts are shaded; None: every rule's
    incomplete: bool = False  # it shows reviews by prediction day, so that young days are shaded
    hourly: bool = False
    barred: bool = False  # a day is a bar that begins at its midnight, and no point there

    def covers(self, band: ShadedDays) -> bool:
        within = band.first <= self.period.last and band.last >= self.period.first
        return within and (self.rules is None or band.rule in self.rules)


@dataclass(frozen=True)
class Figure:
    """A chart: an Altair template, compiled once, and the tables with its data."""

    title: str
    alt: str  # what it shows, in words; unique on its page
    spec: Spec
    tables: Tables  # by the names that the template knows; the chart's own is "table"
    about: str  # the period and the selection, in words
    legend: Sequence[str] = ()  # how its marks are read
    marks: OverTime | None = None
    opens: Opens = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)  # what a click asks for whichever mark it is on
    happened: Sequence[str] = ()  # on the days that are marked

    @property
    def table(self) -> pd.DataFrame:
        return self.tables["table"]

    @property
    def described(self) -> str:
        """Return the text for screen readers."""
        return ". ".join([self.alt, *self.happened])

    @property
    def has_values(self) -> bool:
        """Return whether any row has a number to draw."""
        drawn = [name for name in _quantities(self.spec) if name in self.table]
        return not self.table.empty and (not drawn or any(self.table[name].notna().any() for name in drawn))

    @property
    def has_strips(self) -> bool:
        """Return whether the pointer is over a day, week or the like wherever it is in the plot."""
        return self._has_view(STRIPS)

    def _has_view(self, name: str) -> bool:
        return any(view.get("name") == name for view in self.spec.get("layer", []))

    def marked(
        self, alerts: Sequence[ShadedDays], annotations: Sequence[Annotation], incomplete: Sequence[Period]
    ) -> "Figure":
        """Return the chart over time with these marks, and with their description."""
        if self.marks is None:
            return self
        period = self.marks.period
        bands = [alert for alert in alerts if self.marks.covers(alert)]
        notes = [note for note in annotations if period.first <= note.day <= period.last]
        young = [ShadedDays(days.first, days.last, "few reviews yet", INCOMPLETE, "") for days in incomplete]
        drawn = {
            "Alerts": "; ".join(map(str, bands)),
            "Annotations": "; ".join(map(str, notes)),
            "Incomplete": dates(incomplete),
        }
        words = [f"{kind}: {names}" for kind, names in drawn.items() if names]
        behind = bands_table([*bands, *young], period.first, period.last)
        if self.marks.hourly:
            behind[["from", "to", "at"]] += timedelta(hours=12)  # the template takes a point for the middle of its day
        on_days = with_what_happened(self.table, bands, notes, incomplete) if self.has_strips else self.table
        tables = {"bands": behind, "annotations": annotations_table(notes, period.first, period.last), "table": on_days}
        spec = self.spec
        if self._has_view(NAMES) and (behind["name"] != "").any():  # the names take no room from the plot
            spec = {**spec, "height": spec["height"] + NAME_HEIGHT * (int(behind["row"].max()) + 1)}
        return replace(self, spec=spec, tables={**self.tables, **tables}, happened=words)

    def captioned(self) -> Spec:
        """Return the template with all that a picture needs where no page is around it."""
        alt = self.alt.partition(COMPARED)[0] if COMPARED in self.about else self.alt  # named once
        texts = [alt, self.about, *self.legend, *self.happened]
        lines = [line for text in texts for line in textwrap.wrap(text, LINE)]
        title = {"text": textwrap.wrap(self.title, LINE), "subtitle": lines, "anchor": "start", "offset": 14}
        ink = {"color": "currentColor", "subtitleColor": "currentColor"}
        return {**self.spec_with_legends, "title": title | ink}

    @property
    def spec_with_legends(self) -> Spec:
        """Return the template for where no list stands beside it."""
        return _with_legends(self.spec)


def with_what_happened(
    table: pd.DataFrame, alerts: Sequence[ShadedDays], notes: Sequence[Annotation], young: Sequence[Period]
) -> pd.DataFrame:
    """Return the table with what its tooltips say of the days of each row: alert, annotation, incomplete.

    A column is there only if any row has it.
    """
    if table.empty or "day" not in table:
        return table
    names = ("first", "last") if "first" in table else ("day", "day")
    first, last = (table[name].dt.normalize().to_numpy("datetime64[D]") for name in names)
    happened = {
        "alert": [(alert.first, alert.last, alert.title) for alert in alerts],
        "annotation": [(note.day, note.day, f"{note.kind}: {note.text}") for note in notes],
        "incomplete": [(days.first, days.last, FEW_REVIEWS) for days in young],
    }
    for column, events in happened.items():
        texts = np.full(len(table), "", object)
        for begins, ends, text in events:
            on = (first <= np.datetime64(ends)) & (last >= np.datetime64(begins))
            texts[on] = [
                text if not before else before if text in before else f"{before}; {text}" for before in texts[on]
            ]
        if (texts != "").any():
            table = table.assign(**{column: texts})
    return table


def about(selection: Selection, other: Selection | None = None) -> str:
    """Describe the selection that numbers are computed from, and its comparison."""
    period, basis = selection.period, BASES[selection.basis].title
    segment = f", {in_words(selection.where)}" if selection.where else ""
    compared = f"{COMPARED}{comparison.comparison_name(other, selection)}" if other else ""
    return f"{wording.days(period)} by {basis}{segment}{compared}"


def dates(periods: Sequence[Period]) -> str:
    """List the last of the periods."""
    texts = [wording.days(days) for days in periods[-MOST_LISTED:]]
    return ("… " if len(periods) > MOST_LISTED else "") + ", ".join(texts)


def _quantities(spec: Spec) -> Iterator[str]:
    """Yield the columns that determine positions and sizes of marks."""
    for name, channel in spec.get("encoding", {}).items():
        if name in ("x", "y", "theta", "color") and channel.get("type") == "quantitative" and "field" in channel:
            yield channel["field"]
    for layer in spec.get("layer", []):
        yield from _quantities(layer)


def _with_legends(spec: Spec) -> Spec:
    """Add a legend with count and share to slices: on a page a list stands beside them, in a picture nothing would."""
    if "layer" in spec:
        return {**spec, "layer": [_with_legends(layer) for layer in spec["layer"]]}
    colour = spec.get("encoding", {}).get("color")
    if colour is None or spec.get("mark", {}).get("type") != "arc":
        return spec
    return {
        **spec,
        "encoding": {**spec["encoding"], "color": {**colour, "legend": {"labelExpr": ENTRY, "labelLimit": 260}}},
    }
