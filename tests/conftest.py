"""A real mongod for all tests, a fresh database for each."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandListener

from monitor_core.mongo import embedded
from monitor_core.mongo.store import Store
from monitor_core.settings.settings import ROOT, Settings
from monitor_core.settings.sources import load, load_all
from tests.lanes import needs_a_database, starts_processes
from tests.no_whylogs import hide_whylogs
from tests.whylabs_shaped import KEY, WhyLabsShaped, whylabs_shaped

APP = ("tests/pages/", "tests/app/")  # whose tests run the app in their own process
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of the system, in which ours has a random name


@pytest.hookimpl(tryfirst=True)  # before pytest picks by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's first; what computes last. xdist puts the groups before all others: tests of one share what is slow
    to make, such as an app with its demo, which each worker would make anew."""
    for item in items:
        if starts_processes(item):
            item.add_marker("process")
        if needs_a_database(item):
            item.add_marker("database")

    items.sort(key=lambda item: 2 if item.nodeid.startswith(APP) else 0 if item.get_closest_marker("browser") else 1)


@pytest.fixture(autouse=True)
def _fresh_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """The app keeps settings, store and reports as long as its process lives; each test of a page is another app."""
    if not request.node.nodeid.startswith(APP):
        yield
        return
    import streamlit as st  # late: most tests do without, and it takes its second

    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()
    st.cache_data.clear()


def plans(store: Store, act: Callable[[Store], object], verbosity: str = "queryPlanner") -> list[str]:
    """How MongoDB answers each aggregation of the predictions that an act of the store asks for."""
    seen: list[Any] = []

    class Watched(CommandListener):
        def started(self, event: Any) -> None:
            if event.command_name == "aggregate":
                named = ("aggregate", "pipeline", "cursor", "collation")
                seen.append({name: event.command[name] for name in named if name in event.command})

        def succeeded(self, event: Any) -> None: ...
        def failed(self, event: Any) -> None: ...

    assert store.settings.mongodb_uri
    uri = store.settings.mongodb_uri.get_secret_value()
    with MongoClient[dict[str, Any]](
        uri, tz_aware=True, datetime_conversion="DATETIME_AUTO", event_listeners=[Watched()]
    ) as client:
        watched = Store(store.settings, database=client[store.settings.database])
        act(watched)
    return [str(store.database.command("explain", command, verbosity=verbosity)) for command in seen]


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = _in_memory() or tmp_path_factory.mktemp("mongod")
    sockets = embedded.run_folder(folder)  # outside of the folder, whose path is too long for a socket's
    with embedded.running(folder / "data", sockets) as uri:
        yield uri
    shutil.rmtree(sockets)
    shutil.rmtree(folder)


def _in_memory() -> Path | None:
    """A folder in memory if there is plenty of it: to make and drop a database there takes half of the work, and no
    test is about a power failure."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 << 30:
        return Path(tempfile.mkdtemp(prefix="monitor-tests-", dir=MEMORY))
    return None


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine's own environment sets must not change a test."""
    for name in os.environ:
        if name.startswith(("MONITOR_", "WHYLABS_", "STREAMLIT_")):
            monkeypatch.delenv(name)


@pytest.fixture
def environment(mongodb_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that point every program of ours at a fresh database and a state folder of its own."""
    variables = {
        "MONITOR_MONGODB_URI": mongodb_uri,
        "MONITOR_DATABASE": f"test_{uuid.uuid4().hex}",
        "MONITOR_STATE_FOLDER": str(tmp_path / "state"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def make_store(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """A store on the test's database, with the settings given on top."""
    made: list[Store] = []

    def make(**changes: Any) -> Store:
        settings = Settings(**(load(tmp_path).settings.model_dump() | changes))
        made.append(Store(settings))
        return made[-1]

    yield make
    for store in made:
        store.database.client.drop_database(store.settings.database)
        store.database.client.close()


@pytest.fixture
def store(make_store: Callable[..., Store]) -> Store:
    return make_store()


@pytest.fixture
def three_models(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Store]]:
    """The stores of birds, cats and dogs, which are configured in one database and have nothing yet."""
    for model in ("birds", "cats", "dogs"):
        monkeypatch.setenv(f"MONITOR_MODELS__{model.upper()}__COLLECTION", model)
    stores = {model: Store(loaded.settings) for model, loaded in load_all().items()}
    yield stores
    stores["cats"].database.client.drop_database(environment["MONITOR_DATABASE"])
    for store in stores.values():
        store.database.client.close()


@pytest.fixture
def write(store: Store) -> Callable[..., None]:
    """Put documents into the database the app reads."""

    def into_the_database(documents: list[dict[str, Any]]) -> None:
        store.collection.insert_many(documents)

    return into_the_database


@pytest.fixture(scope="session", autouse=True)
def patient_scrapes() -> Iterator[None]:
    """A scrape of a test waits for its figures, on however busy a machine; in production it gives up in time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("monitor_core.logger.prometheus.PATIENCE_SECONDS", 60)
        yield


@pytest.fixture(scope="session")
def demo_database(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One database with the demo for all tests that only read it."""
    from monitor_core.cli import demo  # late: most tests do without what it imports

    state = tmp_path_factory.mktemp("demo")
    settings = Settings(mongodb_uri=mongodb_uri, database="demo_of_the_pages", state_folder=state)
    store = Store(settings)
    demo.fill(store, datetime.now(UTC), into_configured_database=True)
    yield settings
    store.database.client.drop_database(settings.database)
    store.database.client.close()


@pytest.fixture
def with_demo(demo_database: Settings, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("MONITOR_DATABASE", demo_database.database)
    monkeypatch.setenv("MONITOR_STATE_FOLDER", str(demo_database.state_folder))
    return Store(demo_database)


@pytest.fixture
def whylabs() -> Iterator[WhyLabsShaped]:
    with whylabs_shaped() as server:
        yield server


@pytest.fixture
def credentials(whylabs: WhyLabsShaped, monkeypatch: pytest.MonkeyPatch) -> None:
    """WhyLabs' own variables, of the server that is shaped like it."""
    monkeypatch.setenv("WHYLABS_API_KEY", KEY)
    monkeypatch.setenv("WHYLABS_DEFAULT_ORG_ID", "org-1")
    monkeypatch.setenv("WHYLABS_DEFAULT_DATASET_ID", "model-1")
    monkeypatch.setenv("WHYLABS_API_ENDPOINT", whylabs.address)


@pytest.fixture
def variables(environment: dict[str, str], credentials: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a worker that logs to WhyLabs too, in batches of 40."""
    monkeypatch.setenv("MONITOR_LOG_BATCH", "40")
    return environment | {
        name: value for name, value in os.environ.items() if name.startswith(("WHYLABS_", "MONITOR_"))
    }


@pytest.fixture
def whylogs_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file: as long as it exists, no program that the test starts can import whylogs."""
    return hide_whylogs(tmp_path, monkeypatch)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have recorded as `said`, though they passed."""
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    for text in [text for one in reports if one.when == "call" for name, text in one.user_properties if name == "said"]:
        terminalreporter.write_line(str(text))


def program(name: str, package: str) -> str:
    """A program that ./test.sh installs; where it cannot, the test says so, and in CI it fails."""
    path = shutil.which(name)
    if path:
        return path
    missing = f"{name} is not here: run ./test.sh, which installs Debian's package {package}"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


def faketime() -> str:
    """The library that moves the clock of a process; where ./test.sh cannot install it, as for `program`."""
    places = [Path("/"), Path(sys.prefix) / "debian", ROOT / ".venv" / "debian"]
    for place in places:
        for library in place.glob("usr/lib/*/faketime/libfaketimeMT.so.1"):
            return str(library)
    missing = "libfaketime is not here: run ./test.sh, which installs Debian's package libfaketime"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.fixture(autouse=True)
def main_module_stays() -> Iterator[None]:
    """Put `__main__` back after Streamlit's AppTest, which replaces it: processes that a later test starts run it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before
