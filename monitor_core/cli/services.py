"""The commands that control the services in the background, and `app` and `logger`, which run one in the foreground."""

import os
import socket
import sys
import urllib.request
from collections.abc import Collection
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from monitor_core.cli import demo as digits
from monitor_core.cli.options import open_configured
from monitor_core.cli.supervision import (
    SAFE,
    Service,
    digest_of_database,
    digest_of_programs,
    end_former,
    end_of_log,
    log_folder,
    processes_of,
    wait_until,
)
from monitor_core.contract.errors import MonitorError
from monitor_core.contract.wording import listed
from monitor_core.mongo import embedded
from monitor_core.mongo.connection import is_embedded
from monitor_core.settings.place import IS_CHECKOUT, PROGRAMS, ROOT, START
from monitor_core.settings.settings import Settings
from monitor_core.settings.sources import load_shared

START_SECONDS = 120.0  # a cold disk and the first imports
HEAPS = "MALLOC_ARENA_MAX"  # of glibc, which never frees one: each session has a thread, and two heaps are as fast here
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


class Name(StrEnum):
    """The services of an installation."""

    database = "database"
    logger = "logger"
    app = "app"


Names = Annotated[list[Name] | None, typer.Argument(help="Some of the services; without any, all.", metavar="SERVICE")]
Lines = Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines are printed.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on printing as lines are written.")]


def up(names: Names = None) -> None:
    """Start the services in the background, or some of them; change nothing if they run already.

    A service whose settings, code or packages have changed is started again. Unless MONITOR_MONGODB_URI is set, the
    database is the bundled MongoDB, and an empty one is filled with the demo.
    """
    settings = _prepared()
    _refuse_foreign_database(settings, names or [])
    if end_former():
        print("Services that an earlier version started are replaced.")
    chosen = set(names or Name)
    if Name.app in chosen:
        _refuse_taken_port()
    if is_embedded(settings):
        _start_database(settings, with_demo=True)
    _start_programs(settings, [name for name in (Name.logger, Name.app) if name in chosen])
    if names:
        print(f"{_the(chosen).capitalize()} {'runs' if len(chosen) == 1 else 'run'}.")
    else:
        print(f"The monitor runs: http://localhost:{_port()}")


def down(names: Names = None) -> None:
    """Stop the services, or some of them."""
    if not names:
        end_former()
    for name in _with_database_last(names or Name):
        Service(name).stop()
    print(
        f"{_the(names).capitalize()} {'is' if len(names) == 1 else 'are'} stopped."
        if names
        else "The monitor is stopped."
    )


def restart(names: Names = None) -> None:
    """Stop the services and start them again, or some of them."""
    _refuse_foreign_database(_prepared(), names or [])  # before anything stops
    down(names)
    up(names)


def ps(names: Names = None) -> None:
    """Show which services run; the exit code is 0 if all do, else 1."""
    chosen = list(names or Name)
    states = {name: Service(name).state() for name in chosen}
    if not names and not any(states.values()):
        trouble = (
            "Some programs run without their supervisor" if list(processes_of(ROOT)) else "The monitor does not run"
        )
        print(f"{trouble}; start it with {START}.", file=sys.stderr)
        raise typer.Exit(1)
    sentences = {name: _sentence(name, state) for name, state in states.items()}
    for sentence, _ in sentences.values():
        print(sentence)
    raise typer.Exit(0 if all(in_order for _, in_order in sentences.values()) else 1)


def _sentence(name: Name, state: str | None) -> tuple[str, bool]:
    """Return the state of a service in words, and whether it is in order."""
    if state == "RUNNING":
        return f"The {name} runs.", True
    if state == "STARTING":
        return f"The {name} is starting.", False
    if name == Name.database and state is None and _is_foreign():
        return "The database is your own (MONITOR_MONGODB_URI).", True
    if state in (None, "STOPPED", "STOPPING"):
        return f"The {name} is stopped; {START} starts it.", False
    return f"The {name} has failed and will be started again; its log says why.", False


def logs(names: Names = None, lines: Lines = 20, follow: Follow = False) -> None:
    """Print the end of the services' logs, or of some of them."""
    folder = log_folder(load_shared().state_folder)
    files = [str(file) for name in names or Name if (file := folder / f"{name}.log").is_file()]
    if not files:
        raise MonitorError(f"There is no log in {folder} yet; start the monitor with {START}.")
    os.execvp("tail", ["tail", "-n", str(lines), *(["-F"] if follow else []), *files])  # noqa: S606


def app(context: typer.Context) -> NoReturn:
    """Run the app in the foreground; options are passed on to `streamlit run`."""
    os.environ.setdefault(HEAPS, "2")
    _become("-m", "streamlit", "run", str(PROGRAMS / "streamlit_app.py"), *context.args)


def logger(context: typer.Context) -> NoReturn:
    """Run the logger in the foreground; `logger --help` lists its options, such as --once."""
    _become(str(PROGRAMS / "logger_worker.py"), *context.args)


def _become(*arguments: str) -> NoReturn:
    if not IS_CHECKOUT:
        os.environ.update(SAFE)
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - signals must reach the program itself


def ensure_database() -> None:
    """Start the bundled MongoDB unless it runs, or the predictions are in a database of the user's own."""
    settings = load_shared()
    if is_embedded(settings) and not _database_responds(settings):
        os.umask(0o077)
        _start_database(settings, with_demo=False)


def _prepared() -> Settings:
    """Return the settings; raise what speaks against starting anything."""
    settings = load_shared()
    reason = embedded.why_not(settings) if is_embedded(settings) else None
    if reason:
        raise MonitorError(reason)
    os.umask(0o077)  # logs, data and sockets are private
    return settings


def _is_foreign() -> bool:
    try:
        return not is_embedded(load_shared())
    except MonitorError:
        return False


def _refuse_foreign_database(settings: Settings, names: Collection[Name]) -> None:
    if Name.database in names and not is_embedded(settings):
        raise MonitorError("The database is your own (MONITOR_MONGODB_URI), so the monitor does not control it.")


def _refuse_taken_port() -> None:
    if Service(Name.app).is_up():
        return
    try:
        socket.create_connection((_address(), _port()), timeout=3).close()
    except OSError:
        return
    raise MonitorError(
        f"Port {_port()} is used by another program; stop it, or set STREAMLIT_SERVER_PORT to a free port."
    )


def _start_database(settings: Settings, with_demo: bool) -> None:
    program, run_folder = embedded.chosen(settings).path, embedded.run_folder(settings.state_folder)
    digest = digest_of_database(embedded.arguments(program, embedded.database_folder(settings), run_folder))
    service = Service(Name.database)
    _stop_if_outdated(service, digest)
    if _database_responds(settings):
        return
    _say_step("Starting the database ...")
    service.start(settings.state_folder, digest)
    wait_until(lambda: _database_responds(settings) or service.state() == "BACKOFF", START_SECONDS)
    if not _database_responds(settings):
        raise _not_started(settings, Name.database)
    if with_demo:
        try:
            _say_step("Writing the demo, if the database is empty ...")
            print(digits.fill_if_empty(open_configured(), datetime.now(UTC)))
        except MonitorError as reason:
            print(f"The demo could not be written; the monitor starts without it. {reason}", file=sys.stderr)


def _start_programs(settings: Settings, names: Collection[Name]) -> None:
    digest, services = digest_of_programs(), {name: Service(name) for name in names}
    for service in services.values():
        _stop_if_outdated(service, digest)
    if stopped := [name for name in names if not services[name].is_up()]:
        _say_step(f"Starting {_the(stopped)} ...")
    for service in services.values():
        service.start(settings.state_folder, digest)
    if app_service := services.get(Name.app):
        wait_until(lambda: _app_responds() or app_service.state() == "BACKOFF", START_SECONDS)
    wait_until(lambda: not any(service.state() == "STARTING" for service in services.values()), START_SECONDS)
    for name, service in services.items():
        if service.state() != "RUNNING" or (name == Name.app and not _app_responds()):
            raise _not_started(settings, name)


def _say_step(step: str) -> None:
    """Say on standard error what is going on, because it takes seconds."""
    print(step, file=sys.stderr, flush=True)


def _stop_if_outdated(service: Service, digest: str) -> None:
    if service.is_outdated(digest):
        print(f"The settings, the code or the packages have changed: restarting the {service.name}.")
        service.stop()


def _not_started(settings: Settings, name: Name) -> MonitorError:
    log = log_folder(settings.state_folder) / f"{name}.log"
    return MonitorError(
        f"The {name} did not start. The end of its log, {log}:\n{end_of_log(settings.state_folder, name)}"
    )


def _database_responds(settings: Settings) -> bool:
    return embedded.responds(embedded.run_folder(settings.state_folder))


def _app_responds() -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy for this machine
    try:
        opener.open(f"http://{_address()}:{_port()}/_stcore/health", timeout=3).close()
    except OSError:
        return False
    return True


def _address() -> str:
    return os.environ.get("STREAMLIT_SERVER_ADDRESS") or "127.0.0.1"


def _port() -> int:
    text = os.environ.get("STREAMLIT_SERVER_PORT") or "5004"
    if not text.isdecimal():
        raise MonitorError(f'STREAMLIT_SERVER_PORT is "{text}", which is not a number of a port; correct it.')
    return int(text)


def _with_database_last(names: Collection[Name] | type[Name]) -> list[Name]:
    return sorted(names, key=lambda name: name == Name.database)


def _the(names: Collection[Name]) -> str:
    return listed([f"the {name}" for name in names], "and")
