"""Streamlit's pieces of the page on data quality."""

from datetime import UTC, date, datetime

import pandas as pd
import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.session import FRESH_SECONDS
from monitor_core.app.frame.show import show
from monitor_core.app.frame.text import plain
from monitor_core.app.quality import charts
from monitor_core.contract import wording
from monitor_core.contract.calendar import Period
from monitor_core.contract.problems import FIELD_NAMES
from monitor_core.reports import quality
from monitor_core.reports.fields import trend
from monitor_core.reports.quality import Finding, QualityReport

EFFECTS = {
    "left out": ":material/block: left out",
    "counted": ":material/warning: counted, but doubtful",
    "ignored": ":material/visibility_off: the value is ignored",
    "note": ":material/info: a note",
}


def quality_report() -> QualityReport:
    """Of the selection's period; without documents the page ends here, saying why."""
    period = state.selection().period
    found = _quality_report(period.first, period.last)
    if not (found.documents or found.findings):
        st.info(_why_nothing(period))
        st.stop()
    return found


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _quality_report(first: date, last: date) -> QualityReport:
    return quality.quality_report(session.store(), Period(first, last), datetime.now(UTC))


def _why_nothing(period: Period) -> str:
    if session.store().predictions.is_empty():
        return "The database is empty: no prediction has arrived yet."
    return f"No document was predicted from {period.first} to {period.last}. Choose a longer period."


def opening(found: QualityReport) -> None:
    """What was looked at, when, and what was not."""
    period = found.period
    st.caption(
        f"Documents predicted from {period.first} to {period.last}, whichever date the other pages use. "
        "docs/documents.md describes what a document may contain."
    )
    if found.looked_at_since:
        seen = (
            f"The worker's oldest look at one of these days was {wording.ago(found.looked_at_since, datetime.now(UTC))}"
        )
        st.caption(f"{seen}. {found.live:,} documents of other days were looked at now." if found.live else f"{seen}.")
    if found.not_looked_at:
        count = f"{'more than' if found.not_looked_at_bounded else 'about'} {found.not_looked_at:,}"
        st.warning(
            f"Not looked at yet: {count} documents of this period. What is told here is of the others"
            + (f", among them the newest {found.live:,} of those the worker has not seen" if found.live else "")
            + ". The worker looks at every day: start it (`python logger_worker.py`), or let it finish."
        )


def totals(found: QualityReport) -> None:
    """used + not reviewed + set aside = documents, in tiles."""
    aside = sum(found.set_aside.values())
    odd = sum(one.documents for one in found.findings if one.problem.effect != "note")
    tiles = {
        "Documents": (found.documents, "predicted in the period and looked at"),
        "Used": (found.used, "reviewed, in the numbers"),
        "Not reviewed": (found.not_reviewed, "wait for a review"),
        "Set aside": (aside, "in no number"),
    }
    for place, (title, (count, text)) in zip(st.columns(4), tiles.items(), strict=True):
        with place.container(border=True, height="stretch"):
            st.metric(title, f"{count:,}")
            st.caption(text)
    st.caption(
        f"{found.used:,} used + {found.not_reviewed:,} not reviewed + {aside:,} set aside = "
        f"{found.documents:,} documents. {_beside(found)}"
    )
    if not odd:
        st.success(f"Nothing odd in {found.documents:,} documents.", icon=":material/check_circle:")


def _beside(found: QualityReport) -> str:
    if not found.undated:
        return "Every document of the collection has a usable date of prediction."
    more = "or more " if found.undated_bounded else ""
    documents = (
        "document of the collection has" if found.undated == 1 and not more else "documents of the collection have"
    )
    return f"Beside them {found.undated:,} {more}{documents} no usable date of prediction."


def findings_table(found: QualityReport) -> None:
    """One row a kind, the gravest first."""
    if not found.findings:
        return
    rows = [
        {
            "what": one.problem.title,
            "effect": one.problem.effect,
            "documents": one.documents,
            "share": one.share,
            "of": "the collection" if one.whole else "the period",
            "by day": trend(one.daily["share"]),
        }
        for one in found.findings
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        height="content",
        column_config={
            "documents": st.column_config.NumberColumn(format="localized"),
            "share": st.column_config.NumberColumn(format="percent"),
            "by day": st.column_config.BarChartColumn("share by day", y_min=0, color="gray"),
        },
        alt="Each way of not keeping to the contract: its effect, documents, share and trend",
    )


def pick_finding(found: QualityReport) -> Finding | None:
    """The one that is looked at closely, the gravest at first; None without any."""
    if not found.findings:
        return None
    titles = {one.problem.title: one for one in found.findings}
    if st.session_state.get(state.PROBLEM) not in titles:
        st.session_state.pop(state.PROBLEM, None)  # what was looked at has been mended, or is of another period
    return titles[st.selectbox("Look at", list(titles), key=state.PROBLEM, bind="query-params")]


def finding(one: Finding) -> None:
    """What a kind does, how it is mended, when it happened, and some documents of it."""
    least = "at least " if one.bounded else ""
    of = "documents of the whole collection" if one.whole else "documents of the period"
    st.markdown(f"**{least}{one.documents:,}** {of} ({one.share:.2%}) · {EFFECTS[one.problem.effect]}")
    st.markdown(f"{plain(one.problem.does)} **To mend:** {plain(one.problem.remedy)}")
    if one.whole:
        st.caption("It has no day of this period, so there is no trend.")
    elif len(one.daily):
        show(charts.odd_documents(one, incomplete=state.selection().basis == "predicted"))
    if one.examples:
        st.dataframe(
            pd.DataFrame([vars(example) for example in one.examples]).rename(
                columns={"id": "_id", "file": "file name", "value": "value found"}
            ),
            hide_index=True,
            width="stretch",
            alt=f"{one.problem.title}: some documents",
        )


def field_changes(found: QualityReport) -> None:
    if not found.changes:
        st.success("No field appeared or vanished in this period.", icon=":material/check_circle:")
        return
    table = pd.DataFrame([vars(one) for one in found.changes])
    st.dataframe(
        table.rename(columns={"name": "field", "among": "among documents", "before": "share in the week before"}),
        hide_index=True,
        width="stretch",
        column_config={
            "share in the week before": st.column_config.NumberColumn(format="percent"),
            "now": st.column_config.NumberColumn("share on the day", format="percent"),
        },
        alt="Fields that appeared, vanished, or became more or less frequent",
    )


def fields_table(found: QualityReport) -> None:
    st.dataframe(
        found.fields.rename(columns={"name": "field"}),
        hide_index=True,
        width="stretch",
        column_config={
            "documents": st.column_config.NumberColumn(format="localized"),
            "share": st.column_config.NumberColumn("share of documents", format="percent"),
            "trend": st.column_config.BarChartColumn("share by day", y_min=0, y_max=1, color="gray"),
        },
        alt="The fields at the top of the documents, with the share of documents that carry each",
    )
    if found.fields_cut:
        st.caption(f"There are more than {FIELD_NAMES} fields on a day; the most frequent are told.")
