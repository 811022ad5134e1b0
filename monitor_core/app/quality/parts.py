"""The Streamlit elements of the page Data quality."""

from datetime import date

import pandas as pd
import streamlit as st

from monitor_core.app.frame import cards, errors, session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import number_table, show_figure, unwritten, whole_number
from monitor_core.app.frame.text import plain
from monitor_core.app.quality import charts
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import FIELD_NAMES
from monitor_core.reports import quality
from monitor_core.reports.fields import trend
from monitor_core.reports.quality import Finding, QualityReport
from monitor_core.reports.sealed import loss_in_words

EFFECTS = {
    "set aside": ":material/block: set aside",
    "counted": ":material/warning: counted, but doubtful",
    "ignored": ":material/visibility_off: the value is ignored",
    "note": ":material/info: a note",
}


def quality_report() -> QualityReport:
    """Return the report of the selection's period.

    Without documents, or if the server is too old, say why and end the page.
    """
    if lacking := session.store().lacks("data quality"):
        st.info(plain(lacking))
        errors.end_page()
    period = state.selection().period
    report = _quality_report(period.first, period.last)
    if not (report.documents or report.findings or report.lost):
        st.info(_why_nothing(period))
        errors.end_page()
    return report


@session.cached(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _quality_report(first: date, last: date) -> QualityReport:
    return quality.quality_report(session.store(), Period(first, last), session.now())


def _why_nothing(period: Period) -> str:
    if empty := session.why_no_predictions():
        return empty
    return f"No document was predicted {wording.during(period)}. Choose a longer period."


def opening(report: QualityReport) -> None:
    """Say which documents were checked, when, and how many were not."""
    period = report.period
    st.caption(
        f"Documents of the predictions {wording.during(period)}; this page always counts by prediction day. "
        "docs/documents.md describes what a document may contain."
    )
    if report.checked_since:
        ago = wording.ago(report.checked_since, session.now())
        live = ""
        if report.live:
            were = "was" if report.live == 1 else "were"
            live = f" {wording.count(report.live, 'document')} of other days {were} checked just now."
        st.caption(f"The logger checked the oldest of these days {ago}.{live}")
    for lost in report.lost:
        st.warning(plain(loss_in_words(lost, session.settings().zone)))
    if report.unchecked:
        count = f"{'more than' if report.unchecked_bounded else 'about'} {report.unchecked:,}"
        st.warning(
            f"Not checked yet: {count} documents of this period. This page is about the others"
            + (f", including the newest {report.live:,} that the logger has not checked" if report.live else "")
            + ". The logger checks every day: start it (`python logger_worker.py`), or let it finish."
        )


def totals(report: QualityReport) -> None:
    """Show the totals in tiles: used + not reviewed + set aside = documents."""
    aside = sum(report.set_aside.values())
    has_problems = any(each.documents for each in report.findings if each.problem.effect != "note")
    tiles = {
        "Documents": (report.documents, "predicted in the period and checked"),
        "Used": (report.used, "reviewed and counted"),
        "Not reviewed": (report.not_reviewed, "no review yet"),
        "Set aside": (aside, "not counted"),
    }
    for place, (title, (count, text)) in zip(cards.tiles(len(tiles)), tiles.items(), strict=True):
        with place:
            st.metric(title, f"{count:,}")
            st.caption(text)
    st.caption(
        f"{report.used:,} used + {report.not_reviewed:,} not reviewed + {aside:,} set aside = "
        f"{wording.count(report.documents, 'document')}. {_beside(report)}"
    )
    if report.superseded is not None:
        st.caption(wording.superseded(report.superseded, "of the period"))
    if not (has_problems or report.lost):
        st.success(
            f"No quality problem in {wording.count(report.documents, 'document')}.", icon=":material/check_circle:"
        )


def _beside(report: QualityReport) -> str:
    if not report.undated:
        return "Every document of the collection has a usable prediction date."
    more = "or more " if report.undated_bounded else ""
    documents = (
        "document of the collection has" if report.undated == 1 and not more else "documents of the collection have"
    )
    return f"In addition, {report.undated:,} {more}{documents} no usable prediction date."


def findings_table(report: QualityReport) -> None:
    """Show one row a quality problem, the gravest first."""
    if not report.findings:
        return
    rows = [
        {
            "quality problem": finding.problem.title,
            "effect": finding.problem.effect,
            "documents": finding.documents,
            "share": finding.share,
            "of": "the collection" if finding.whole else "the period",
            "share by day": trend(finding.daily["share"]),
        }
        for finding in report.findings
    ]
    number_table(
        pd.DataFrame(rows),
        "Quality problems: effect, documents, share and trend of each",
        {"documents": whole_number, "share": wording.small_percent, "share by day": unwritten},
        height="content",
        column_config={"share by day": st.column_config.BarChartColumn(y_min=0, color="gray")},
    )


def pick_finding(report: QualityReport) -> Finding | None:
    """Return the quality problem chosen for details, initially the gravest; None if there are none."""
    if not report.findings:
        return None
    titles = {finding.problem.title: finding for finding in report.findings}
    if st.session_state.get(state.PROBLEM) not in titles:
        st.session_state.pop(state.PROBLEM, None)  # the one picked before has been mended, or is of another period
    return titles[st.selectbox("In detail", list(titles), key=state.PROBLEM, bind="query-params")]


def finding(chosen: Finding) -> None:
    """Show the effect of a quality problem, its remedy, when it occurred, and some of its documents."""
    least = "at least " if chosen.bounded else ""
    of = "documents of the whole collection" if chosen.whole else "documents of the period"
    effect = EFFECTS[chosen.problem.effect]
    st.markdown(f"**{least}{chosen.documents:,}** {of} ({wording.small_percent(chosen.share)}) · {effect}")
    st.markdown(f"{plain(chosen.problem.does)} **To fix it:** {plain(chosen.problem.remedy)}")
    if chosen.whole:
        st.caption("It has no day of this period, so there is no trend.")
    elif len(chosen.daily):
        show_figure(charts.by_day(chosen, incomplete=state.selection().basis == "predicted"))
    if chosen.examples:
        st.dataframe(
            pd.DataFrame([vars(example) for example in chosen.examples]).rename(
                columns={"id": "_id", "file": "file name", "value": "value found"}
            ),
            hide_index=True,
            width="stretch",
            alt=f"{chosen.problem.title}: some documents",
        )


def field_changes(report: QualityReport) -> None:
    """Show on which days the use of a field changed."""
    if not report.changes:
        st.success("No field appeared or vanished in this period.", icon=":material/check_circle:")
        return
    table = pd.DataFrame([vars(change) for change in report.changes])
    titles = {"name": "field", "kind": "change", "among": "among documents"}
    shares = {"before": "share in the week before", "now": "share on the day"}
    number_table(
        table.rename(columns=titles | shares),
        "Fields that appeared, vanished, or became more or less frequent",
        dict.fromkeys(shares.values(), wording.percent),
    )


def fields_table(report: QualityReport) -> None:
    """Show the fields at the top of the documents, and how many documents have each."""
    titles = {"name": "field", "share": "share of documents", "trend": "share by day"}
    number_table(
        report.fields.rename(columns=titles),
        "The fields at the top of the documents, with the share of documents that carry each",
        {
            "documents": whole_number,
            "share of documents": wording.small_percent,
            "share by day": unwritten,
        },
        column_config={"share by day": st.column_config.BarChartColumn(y_min=0, y_max=1, color="gray")},
    )
    if report.fields_cut:
        st.caption(f"There are more than {FIELD_NAMES} fields on a day; the most frequent are listed.")
