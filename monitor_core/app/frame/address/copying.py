"""Links to the view, to copy: with the period as it is named, or with its days."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from monitor_core.app.frame import state
from monitor_core.contract.periods import is_fixed, title
from monitor_core.contract.wording import days, written


@contextmanager
def offered_links() -> Iterator[None]:
    """Offer links to the page that is made within, in the sidebar; the page may change its part of the address."""
    place = st.sidebar.container()
    try:
        yield
    finally:
        with place:
            _menu()


def _menu() -> None:
    period, name = state.selection().period, state.period_name()
    page, query = str(st.context.url or ""), _query()
    with st.popover("Copy link", icon=":material/link:", width="stretch"):
        if not is_fixed(name):
            st.caption(f'The period stays "{title(name)}", whenever the link is opened:')
            st.code(link_of(page, query, name), language=None, wrap_lines=True)
        st.caption(f"Always {days(period)}:")
        st.code(link_of(page, query, written(period)), language=None, wrap_lines=True)


def _query() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def link_of(page: str, query: Mapping[str, list[str]], period: str) -> str:
    """Return the address of a page with this query, but with another period.

    >>> link_of("http://a/metrics", {"period": ["7d"], "basis": ["review day"]}, "last-month")
    'http://a/metrics?period=last-month&basis=review+day'
    >>> link_of("http://a", {}, "7d")
    'http://a/?period=7d'
    """
    parts = urlsplit(page)
    others = {name: values for name, values in query.items() if name not in (state.PERIOD, state.RANGE)}
    query_string = urlencode({state.PERIOD: period, **others}, doseq=True)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query_string, ""))
