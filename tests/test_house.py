"""The house's rules that no linter knows: direction of imports, one door per foreign package, short pages."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import monitor_core
from monitor_core.settings import ROOT

CORE = ROOT / "monitor_core"
MODULES = re.findall(r"^(\w+) {2,}\S", monitor_core.__doc__ or "", re.MULTILINE)  # in the docstring's order
PAGES = sorted((ROOT / "pages").rglob("*.py"))
PROGRAMS = [*sorted(CORE.glob("*.py")), *PAGES, ROOT / "streamlit_app.py", ROOT / "logger_worker.py"]
NOT_OURS = {"tests", "var", "node_modules", "build", "dist"}
LONGEST_FILE, LONGEST_PAGE = 500, 60

COMMANDS = {f"monitor_core/{file.name}" for file in CORE.glob("*_cli.py")}
DOORS = {
    "streamlit": {
        *(f"monitor_core/{file.name}" for file in CORE.glob("ui*.py")),
        "streamlit_app.py",
        *(str(page.relative_to(ROOT)) for page in PAGES),
    },
    "starlette": {"monitor_core/ui_login.py", "monitor_core/downloads.py"},
    "altair": {f"monitor_core/{file.name}" for file in CORE.glob("charts*.py")},
    "pymongo": {
        "monitor_core/database.py",
        "monitor_core/store.py",
        "monitor_core/live.py",
        "monitor_core/records.py",
        "monitor_core/lease.py",
        "monitor_core/history.py",
        "monitor_core/outbox.py",
        "monitor_core/rulebook.py",
        "monitor_core/watch.py",
        "monitor_core/notify.py",
    },
    "bson": {
        "monitor_core/database.py",
        "monitor_core/store.py",
        "monitor_core/live.py",
        "monitor_core/oddities.py",
        "monitor_core/rulebook.py",
        "monitor_core/sample_search.py",
    },
    "whylogs": {"monitor_core/profiles.py", "monitor_core/destinations.py"},
    "apscheduler": {"monitor_core/worker.py", "monitor_core/values.py"},
    "httpx": {"monitor_core/destinations.py"},
    "tenacity": {"monitor_core/destinations.py"},
    "apprise": {"monitor_core/sender.py"},
    "prometheus_client": {"monitor_core/exporter.py"},
    "typer": {"monitor_core/__main__.py", *COMMANDS},
    "rich": {"monitor_core/__main__.py", *COMMANDS, "monitor_core/worker.py"},
    "structlog": {"monitor_core/logs.py"},
    "sklearn": {"monitor_core/demo.py"},
    "scipy": {"monitor_core/distances.py"},
    "vl_convert": {"monitor_core/drawing.py"},
    "PIL": {"monitor_core/demo.py", "monitor_core/images.py"},
    "pyarrow": {"monitor_core/sample_export.py"},
}
ONLY_INSIDE_FUNCTIONS = ("sklearn", "PIL", "apprise", "vl_convert", "pyarrow")  # heavy, and for few


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def imported(node: ast.AST) -> Iterator[str]:
    """Dotted names of what is imported anywhere below the node; `from a import b` is a and a.b."""
    for found in ast.walk(node):
        if isinstance(found, ast.Import):
            yield from (alias.name for alias in found.names)
        if isinstance(found, ast.ImportFrom):
            assert not found.level, "say the whole name of a module"
            yield str(found.module)
            yield from (f"{found.module}.{alias.name}" for alias in found.names)


def packages(node: ast.AST) -> set[str]:
    return {name.split(".")[0] for name in imported(node)}


def packages_at_import(module: ast.Module) -> set[str]:
    """Those outside of functions."""
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    return set[str]().union(*(packages(node) for node in module.body if not isinstance(node, functions)))


def core_modules(file: Path) -> set[str]:
    names = {name.removeprefix("monitor_core.").split(".")[0] for name in imported(tree(file)) if "." in name}
    return names & {path.stem for path in CORE.glob("*.py")}


def test_the_table_of_modules_lists_each_file_once() -> None:
    assert sorted(MODULES) == sorted(file.stem for file in CORE.glob("*.py") if file.stem != "__init__")


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_from_those_above_it(name: str) -> None:
    above = MODULES[: MODULES.index(name)]
    assert core_modules(CORE / f"{name}.py") - set(above) == set()


@pytest.mark.parametrize("package", DOORS)
def test_a_foreign_package_has_one_door(package: str) -> None:
    users = {file.relative_to(ROOT).as_posix() for file in PROGRAMS if package in packages(tree(file))}
    assert users - DOORS[package] == set()
    assert users, f"nobody uses {package}: take it from this table"


@pytest.mark.parametrize("package", ONLY_INSIDE_FUNCTIONS)
def test_what_only_some_need_is_imported_inside_functions(package: str) -> None:
    assert [file.name for file in PROGRAMS if package in packages_at_import(tree(file))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_only_asks_gets_guards_and_shows(page: Path) -> None:
    forbidden = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.Try
    assert [f"line {node.lineno}" for node in ast.walk(tree(page)) if isinstance(node, forbidden)] == []
    assert len(page.read_text("utf-8").splitlines()) < LONGEST_PAGE


def test_the_app_starts_without_whylogs_and_scikit_learn() -> None:
    asked = "import sys, monitor_core.ui, monitor_core.charts; print(*{'whylogs', 'sklearn'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == ""


def test_the_app_does_not_search_what_it_imported_for_garbage(environment: dict[str, str]) -> None:
    """After each run of a script Streamlit collects all garbage, and everybody waits."""
    asked = "import gc, streamlit_app; print(gc.get_freeze_count() > 10 * len(gc.get_objects()))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "True"


@pytest.mark.parametrize("name", ["live", "records", "store", "history", "outbox", "jobs"])
def test_the_worker_decides_by_the_databases_clock_alone(name: str) -> None:
    """Its own may jump, or differ from another worker's; `time.monotonic` cannot jump."""
    calls = [node.func for node in ast.walk(tree(CORE / f"{name}.py")) if isinstance(node, ast.Call)]
    asked = {ast.unparse(call) for call in calls}
    assert asked & {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"} == set()


def test_no_file_is_longer_than_a_reader_s_patience() -> None:
    ours = [file for suffix in ("py", "sh") for file in ROOT.rglob(f"*.{suffix}") if is_ours(file)]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in ours}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def is_ours(file: Path) -> bool:
    folders = file.relative_to(ROOT).parts[:-1]
    return not any(folder in NOT_OURS or folder.startswith(".") for folder in folders)
