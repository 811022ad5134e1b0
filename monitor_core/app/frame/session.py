"""The objects behind a session: settings, store, and local day."""

import functools
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar, cast

import streamlit as st

from monitor_core.alerting.timeliness import Timeliness
from monitor_core.contract.calendar import local_day
from monitor_core.contract.errors import DatabaseRefused, DatabaseUnavailable, MonitorError, StateTooNew
from monitor_core.contract.moments import asked_once, one_moment
from monitor_core.contract.selection import Selection
from monitor_core.mongo.rulebook import Rulebook
from monitor_core.mongo.store import Store, checked
from monitor_core.settings import access
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import Loaded, load_all

Question = TypeVar("Question", bound=Callable[..., Any])
MODEL = "model"  # in the address
STARTED = "started"  # whether this session has
FRESH_SECONDS = 10  # a cached report may be this old
ANSWER_SECONDS = 4.0  # that the database may take to answer at all
SLOW_SECONDS = 1.0  # for an answer to the shortest question: the network is slow
PAGE_SECONDS = 5.0  # for all questions of a page on a slow network: with the above it ends within ten
LONGEST_SECONDS = 600.0  # ... on any other


@dataclass(frozen=True)
class RoundTrip:
    """The seconds that the database takes to answer, and how far its clock is ahead of this machine's."""

    seconds: float
    ahead: timedelta


def in_session() -> bool:
    """Return whether a visitor's session runs the entry point; the server also imports it once at its start."""
    return st.runtime.exists()


def cached(**options: Any) -> Callable[[Question], Question]:
    """Cache a function's results for each model separately: Streamlit's `cache_data`, with its options."""
    return _of_each_model(st.cache_data, options)


def cached_resource(**options: Any) -> Callable[[Question], Question]:
    """Cache as `cached` does, without a copy for each session: Streamlit's `cache_resource`."""
    return _of_each_model(st.cache_resource, options)


def _of_each_model(cache: Any, options: dict[str, Any]) -> Callable[[Question], Question]:
    def decorate(function: Question) -> Question:
        @functools.wraps(function)  # by whose name and code Streamlit tells one cache from another
        def of_model(name: str, *args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        signature = inspect.signature(function)  # Streamlit leaves out of its key what begins with _
        first = inspect.Parameter("model", inspect.Parameter.POSITIONAL_ONLY)
        of_model.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[first, *signature.parameters.values()]
        )
        in_cache = cache(hash_funcs={Selection: repr}, **options)(of_model)  # Streamlit's own takes ten times as long

        @functools.wraps(function)
        def of_this_model(*args: Any, **kwargs: Any) -> Any:
            return in_cache(model(), *args, **kwargs)

        of_this_model.clear = in_cache.clear  # type: ignore[attr-defined]
        return cast(Question, of_this_model)

    return decorate


def forget(cached_function: Callable[..., Any]) -> None:
    """Empty the cache of a function that one of the above decorates, for every model."""
    cached_function.clear()  # type: ignore[attr-defined]


@st.cache_resource
def _all_loaded() -> dict[str, Loaded]:
    return load_all()


def _all_models() -> dict[str, Settings]:
    return asked_once("settings", _settings_of_all)  # a page asks 50 times


def _settings_of_all() -> dict[str, Settings]:
    return {name: loaded.settings for name, loaded in _all_loaded().items()}


def places_of_models() -> frozenset[tuple[str, str]]:
    """Return database and collection of every model, whoever may see it."""
    return frozenset((of_model.database, of_model.collection) for of_model in _all_models().values())


def shared_settings() -> Settings:
    """Return settings whose shared part, such as the login, is that of every model."""
    return next(iter(_all_models().values()))


def models() -> list[str]:
    """Return the names of the models that this visitor may see."""
    every = _all_models()
    if not any(access.is_for_some(of_model) for of_model in every.values()):
        return list(every)
    claims = st.user.to_dict() if in_session() else {}  # reads Streamlit's files of secrets each time
    return [name for name, of_model in every.items() if access.may_see(claims, of_model)]


def model() -> str:
    """Return the model that the session shows: the address's, or the first."""
    return asked_once("model", _chosen_model)  # a page asks 70 times


def _chosen_model() -> str:
    names = models() or list(_all_models())
    named = (st.session_state.get(MODEL) or st.query_params.get(MODEL)) if in_session() else None
    return named if named in names else names[0]


def model_in_address() -> dict[str, str]:
    """Return what the address of a page has for the session's model; nothing if there is only one."""
    return {MODEL: model()} if has_several() else {}


def has_several() -> bool:
    """Return whether this visitor may see more than one model; not while a setting is invalid, which the gate says."""
    try:
        return len(models()) > 1
    except MonitorError:
        return False


def is_model_open() -> bool:
    """Return whether a session begins without naming one of several models."""
    is_first = not st.session_state.get(STARTED)
    st.session_state[STARTED] = True
    return is_first and MODEL not in st.query_params and has_several()


def settings() -> Settings:
    """Return the settings of the session's model."""
    return _all_models()[model()]


def loaded_at_start() -> Loaded:
    """Return the settings of the session's model with their sources, as the app loaded them once."""
    return _all_loaded()[model()]


def is_restart_due() -> bool:
    """Return whether the settings of the session's model have changed since the app's start, or are invalid now."""
    try:
        return load_all().get(model()) != loaded_at_start()
    except MonitorError:
        return True


def store() -> Store:
    """Return the store of the session's model."""
    return asked_once("store", lambda: store_of(model()))


@st.cache_resource
def store_of(name: str) -> Store:
    of_model = _all_models()[name]
    return checked(_connection().of_another(of_model, of_model.reads))


@st.cache_resource
def _connection() -> Store:
    """Return a store whose connection those of all models share."""
    return Store(shared_settings())


@contextmanager
def in_time() -> Iterator[None]:
    """Let the page end in time: it reports a database that does not answer, or only slowly, instead of waiting.

    Queries that are slow although the database is near are not affected, such as counts of very many documents.
    """
    answer = _answer()
    is_slow = answer.seconds > SLOW_SECONDS
    began = time.monotonic()
    try:
        with store().within(PAGE_SECONDS if is_slow else LONGEST_SECONDS), one_moment():
            yield
    except DatabaseUnavailable:
        if is_slow and time.monotonic() - began > PAGE_SECONDS / 2:
            raise DatabaseUnavailable(
                f"The database answers too slowly for this page: a short query took {answer.seconds:.1f} s. Check the "
                "network between the app and the database, then load the page again."
            ) from None
        raise


@cached(ttl=2, show_spinner=False)
def _round_trip() -> RoundTrip | MonitorError:
    """Return how the database answers the shortest question; if it does not, the error."""
    try:
        seconds, now = store().round_trip(ANSWER_SECONDS)
        return RoundTrip(seconds, now - datetime.now(UTC))
    except MonitorError as wrong:
        return wrong


def _answer() -> RoundTrip:
    took = _round_trip()
    if isinstance(took, MonitorError):
        raise took
    return took


def is_state_too_new() -> bool:
    """Return whether only a later version can read what the session's model has stored."""
    return isinstance(_round_trip(), StateTooNew)


def is_without_answer() -> bool:
    """Return whether the database does not answer, or its answer cannot be used."""
    return isinstance(_round_trip(), MonitorError)


def is_database_there() -> bool:
    """Return whether the database answers now, even if with an error."""
    forget(_round_trip)  # an answer of two seconds ago does not say so
    took = _round_trip()
    return isinstance(took, DatabaseRefused) or not isinstance(took, MonitorError)


def is_database_quick() -> bool:
    """Return whether the database is fast enough for optional parts of a page."""
    took = _round_trip()
    return not isinstance(took, MonitorError) and took.seconds <= SLOW_SECONDS


@cached(ttl=FRESH_SECONDS, show_spinner=False)
def timeliness() -> Timeliness:
    """Return whether the alert rules are judged in time."""
    return Rulebook(store()).timeliness(now())


def why_no_predictions() -> str | None:
    """Return that the collection has no predictions, as page text; None if it has some. Why stands above the page."""
    return "No prediction has arrived yet." if store().predictions.is_empty() else None


def now() -> datetime:
    """Return the time of the database's clock, by which everything is counted; without asking it again."""
    return datetime.now(UTC) + _answer().ahead


def today() -> date:
    """Return the local day by the database's clock."""
    return local_day(now(), settings().zone)
