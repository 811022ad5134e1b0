"""The choice of the period: by a name, as a number of days, or by its first and last day."""

from datetime import date

import streamlit as st

from monitor_core.app.frame import session, state
from monitor_core.app.frame.address import entries
from monitor_core.app.frame.text import plain
from monitor_core.contract.calendar import FIRST_DAY, NAMED, Period
from monitor_core.contract.periods import UP_TO_TODAY, is_fixed, notation, title
from monitor_core.contract.wording import written

CUSTOM = "custom"  # any other than those that are offered first; how an address had two days until version 0.1
OTHERS = [name for name in NAMED if name not in UP_TO_TODAY]
NAME, DAYS, QUICK = "period by name", "period by days", "period"
REFUSED = "refused period"


def name_of_period(today: date) -> str:
    """Return the chosen period in its one notation: that of the address, or else of the settings."""
    default = session.settings().period
    held = [st.session_state.get(key) for key in (state.PERIOD, state.held(state.PERIOD))]
    usable = filter(_is_period, [*st.query_params.get_all(state.PERIOD), *held])
    options = dict.fromkeys([default, *UP_TO_TODAY, *NAMED, *usable, CUSTOM])
    chosen = entries.bound(st.selectbox, "Period", list(options), key=state.PERIOD) or default
    days = _days_of_an_old_address(today)
    if chosen != CUSTOM:
        return notation(chosen)
    return written(Period(min(days), max(days))) if days else default


def _is_period(text: object) -> bool:
    try:
        return bool(notation(str(text or "")))
    except ValueError:
        return False


def _days_of_an_old_address(today: date) -> tuple[date, ...]:
    # An empty list as default: the address drops a value that equals the default.
    last = max(today, FIRST_DAY)
    picked = entries.bound(st.date_input, "From – to", value=[], min_value=FIRST_DAY, max_value=last, key=state.RANGE)
    return tuple(picked) if isinstance(picked, tuple | list) else (picked,)


def pick_period(name: str, period: Period, today: date) -> None:
    """Show the choice of the period, given the chosen one and its days."""
    entries.visible(
        st.segmented_control,
        "Period",
        [*UP_TO_TODAY, CUSTOM],
        key=QUICK,
        now=name if name in UP_TO_TODAY else CUSTOM,
        changed=_choose_quick,
        required=True,
    )
    if name in UP_TO_TODAY:
        return
    entries.visible(
        st.selectbox,
        "Name or number of days",
        list(dict.fromkeys([*OTHERS, *([] if is_fixed(name) else [name])])),
        key=NAME,
        now=None if is_fixed(name) else name,
        changed=_choose_name,
        index=None,
        format_func=title,
        placeholder="choose, or type one such as 14d",
        accept_new_options=True,
    )
    if refused := st.session_state.pop(REFUSED, None):
        st.warning(plain(refused))
    entries.visible(
        st.date_input,
        "From – to",
        key=DAYS,
        now=(period.first, period.last),
        value=[],
        changed=_choose_days,
        min_value=FIRST_DAY,
        max_value=max(today, period.last, FIRST_DAY),
        format="YYYY-MM-DD",
        required=True,
    )


def _choose(name: str) -> None:
    entries.write(**{state.PERIOD: name, state.RANGE: []})


def _choose_quick() -> None:
    """Take the period; a custom one begins with the days on the screen."""
    chosen = st.session_state[entries.visible_key(QUICK)]
    _choose(written(state.selection().period) if chosen == CUSTOM else chosen)


def _choose_name() -> None:
    text = st.session_state[entries.visible_key(NAME)]
    if not text:
        return
    try:
        _choose(notation(text))
    except ValueError as wrong:
        st.session_state[REFUSED] = str(wrong)
        del st.session_state[entries.visible_key(NAME)]


def _choose_days() -> None:
    """Take the days, once both are picked."""
    days = st.session_state[entries.visible_key(DAYS)] or ()
    if len(days) == 2:
        _choose(written(Period(min(days), max(days))))
