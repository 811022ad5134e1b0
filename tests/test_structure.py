"""The rules of the house that no linter knows: direction of imports, doors to foreign packages, sizes, short pages."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from monitor_core.settings.documents import FieldNames
from monitor_core.settings.settings import ROOT

CORE = ROOT / "monitor_core"
PRODUCT = [*CORE.rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py", ROOT / "logger_worker.py"]
PAGES = sorted((ROOT / "pages").rglob("*.py"))
LONGEST_MODULE, MOST_MODULES, LONGEST_PAGE = 350, 22, 60
DOORS = {  # foreign package -> where it may be imported
    "pymongo": "monitor_core/mongo/*",
    "bson": "monitor_core/mongo/*",
    "streamlit": "monitor_core/app/* pages/* streamlit_app.py",
    "itsdangerous": "monitor_core/app/frame/*",
    "starlette": "monitor_core/app/frame/*",
    "altair": "monitor_core/app/*charts.py monitor_core/app/frame/marks.py",
    "supervisor": "monitor_core/cli/supervision.py",
    "typer": "monitor_core/cli/*",
    "rich": "monitor_core/cli/* monitor_core/logger/by_hand.py",
    "pandas": "monitor_core/reports/* monitor_core/logger/* monitor_core/app/* monitor_core/cli/*",
    "whylogs": "monitor_core/logger/*",
    "apscheduler": "monitor_core/logger/* monitor_core/settings/types.py",
    "httpx2": "monitor_core/logger/*",
    "tenacity": "monitor_core/logger/*",
    "apprise": "monitor_core/logger/* monitor_core/settings/*",
    "prometheus_client": "monitor_core/logger/*",
    "structlog": "monitor_core/logger/*",
    "sklearn": "monitor_core/cli/demo*",
    "scipy": "monitor_core/drift/* monitor_core/scores/*",
    "vl_convert": "monitor_core/app/frame/*",
    "PIL": "monitor_core/cli/demo* monitor_core/app/samples/* monitor_core/settings/colours.py",
    "pyarrow": "monitor_core/reports/*",
    "requests": "monitor_core/logger/sender.py",
    "pydantic": " ".join(f"monitor_core/{room}/*" for room in ("settings", "alerting", "mongo", "logger", "cli")),
    "pydantic_settings": "monitor_core/settings/*",
    # All but contract and settings.
    "numpy": " ".join(
        f"monitor_core/{room}/*" for room in ("scores", "drift", "alerting", "mongo", "reports", "logger", "app", "cli")
    ),
}
MAY_ASK_THE_MACHINE = {  # what only tells people a time, or compares with a file of the machine
    "monitor_core/logger/prometheus.py",
    "monitor_core/logger/profiles.py",
    "monitor_core/logger/scheduler.py",
    "monitor_core/logger/heartbeat.py",
    "monitor_core/logger/watchdog.py",
}
ONLY_INSIDE_FUNCTIONS = ("sklearn", "PIL", "apprise", "vl_convert", "pyarrow")  # heavy, and for few


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imported(node: ast.AST) -> Iterator[str]:
    """Yield the dotted names of what is imported anywhere below the node; `from a import b` is a and a.b."""
    for statement in ast.walk(node):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        if isinstance(statement, ast.ImportFrom):
            assert not statement.level, "say the whole name of a module"
            yield str(statement.module)
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def packages(node: ast.AST) -> set[str]:
    return {name.split(".")[0] for name in imported(node)}


def places(folder: Path) -> dict[str, int]:
    """Return the place of each module and package in the order of the folder's `__init__`, which lists each once.

    Where it lists `others`, all that it does not name have that place.
    """
    listed = re.findall(r"^(\w+) {2,}\S", ast.get_docstring(tree(folder / "__init__.py")) or "", re.MULTILINE)
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    present = modules - {"__init__", "__main__"}
    others = present - set(listed) if "others" in listed else set()
    expected = present - others | ({"others"} if others else set())
    assert sorted(listed) == sorted(expected), f"{folder / '__init__.py'} lists other modules"
    return {name: listed.index("others" if name in others else name) for name in present}


def upward_imports(folder: Path) -> Iterator[str]:
    """Yield what imports from below itself or from beside it, in the order of the folder's `__init__`."""
    order, prefix = places(folder), ".".join(folder.relative_to(ROOT).parts)
    for room, place in order.items():
        files = [folder / f"{room}.py"] if (folder / f"{room}.py").exists() else list((folder / room).rglob("*.py"))
        for file in files:
            for name in set(imported(tree(file))):
                inner = name.removeprefix(f"{prefix}.").split(".")[0]
                if name.startswith(f"{prefix}.") and inner != room and order.get(inner, -1) >= place:
                    yield f"{name_of(file)} imports {name}"


@pytest.mark.parametrize("folder", [file.parent for file in CORE.rglob("__init__.py")], ids=name_of)
def test_a_module_imports_only_from_those_above_it(folder: Path) -> None:
    assert sorted(set(upward_imports(folder))) == []


def test_pages_stand_side_by_side_in_app() -> None:
    """So none imports another."""
    assert [name for name, place in places(CORE / "app").items() if place != 1] == ["frame"]


def test_a_page_s_charts_are_values_that_know_no_streamlit() -> None:
    files = [file for file in (CORE / "app").glob("*/*charts.py") if file.parent.name != "frame"]
    assert files
    assert [name_of(file) for file in files if "streamlit" in packages(tree(file))] == []


@pytest.mark.parametrize("package", DOORS)
def test_a_foreign_package_has_its_door(package: str) -> None:
    users = {name_of(file) for file in PRODUCT if package in packages(tree(file))}
    assert users, f"nobody uses {package}: take it from this table"
    outside = {user for user in users if not any(fnmatch(user, door) for door in DOORS[package].split())}
    assert sorted(outside) == []


def operator(node: ast.AST) -> bool:
    """Return whether the node is a text that begins with `$` and a name, in one piece or put together."""
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return str(node.values[0].value).startswith("$")
    if isinstance(node, ast.BinOp) and isinstance(node.left, ast.Constant):
        return str(node.left.value).startswith("$")
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(re.match(r"\$+\w", node.value))


@pytest.mark.parametrize("text", ['"$match"', '"$$NOW"', '"$" + name', 'f"${name}"', 'f"$cond"'])
def test_an_operator_is_found_however_it_is_put_together(text: str) -> None:
    assert any(operator(node) for node in ast.walk(ast.parse(text)))


def test_every_foreign_package_has_a_door() -> None:
    """So the contract, which no door leads to, needs the standard library only."""
    used = {package for file in PRODUCT for package in packages(tree(file))}
    assert used - set(sys.stdlib_module_names) - {"monitor_core"} == set(DOORS)
    assert not [package for package, doors in DOORS.items() if fnmatch("monitor_core/contract/calendar.py", doors)]


def test_only_the_database_s_package_writes_its_operators() -> None:
    files = [file for file in PRODUCT if "monitor_core/mongo/" not in name_of(file)]
    writers = [
        f"{name_of(file)} writes {ast.unparse(node)}"
        for file in files
        for node in ast.walk(tree(file))
        if operator(node)
    ]
    assert writers == []


def test_the_default_names_of_fields_stand_in_the_settings_alone() -> None:
    """Everybody asks `FieldNames`, tests by `fields` of tests/documents.py; what was recorded keeps its names."""
    names = [
        name for name in FieldNames().model_dump(exclude_none=True).values() if "_" in name
    ]  # the others are words as well
    files = [*PRODUCT, *(file for folder in ("tests", "benchmarks", "docs") for file in (ROOT / folder).rglob("*.py"))]
    written = {
        f"{name_of(file)} writes {name}"
        for file in files
        for node in ast.walk(tree(file))
        for name in names
        if name in (str(node.value) if isinstance(node, ast.Constant) else getattr(node, "arg", None) or "")
    }
    exceptions = ("monitor_core/settings/documents.py ", "tests/golden/subject.py ", "tests/upgrade/")
    assert sorted(one for one in written if not one.startswith(exceptions)) == []


def test_a_collection_of_ours_has_one_owner() -> None:
    owners: dict[str, list[str]] = {}
    for file in PRODUCT:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Subscript) and ast.unparse(node.slice).startswith("'monitor_"):
                owners.setdefault(ast.unparse(node.slice), []).append(name_of(file))
    assert len(owners) > 10
    assert {name: files for name, files in owners.items() if len(files) > 1} == {}


@pytest.mark.parametrize("package", ONLY_INSIDE_FUNCTIONS)
def test_what_only_some_need_is_imported_inside_functions(package: str) -> None:
    at_import = [node for file in PRODUCT for node in tree(file).body if not isinstance(node, ast.FunctionDef)]
    assert [ast.unparse(node) for node in at_import if package in packages(node)] == []


def test_no_module_is_longer_and_no_folder_fuller_than_a_reader_s_patience() -> None:
    lengths = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in CORE.rglob("*.py")}
    assert sorted(name for name, lines in lengths.items() if lines > LONGEST_MODULE) == []
    folders = {file.parent for file in CORE.rglob("*.py")}
    assert [name_of(one) for one in folders if len(list(one.glob("*.py"))) > MOST_MODULES + 1] == []  # and __init__


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short_and_only_asks_gets_guards_and_shows(page: Path) -> None:
    forbidden = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.Try
    assert [f"line {node.lineno}" for node in ast.walk(tree(page)) if isinstance(node, forbidden)] == []
    assert len(page.read_text("utf-8").splitlines()) < LONGEST_PAGE


def test_the_app_starts_without_whylogs_and_scikit_learn() -> None:
    script = "import sys, streamlit_app; print(*{'whylogs', 'sklearn'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""


def test_the_app_does_not_search_what_it_imported_for_garbage(environment: dict[str, str]) -> None:
    """After each run of a script Streamlit collects all garbage, and everybody waits."""
    script = "import gc, streamlit_app; print(gc.get_freeze_count() > 10 * len(gc.get_objects()))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "True"


@pytest.mark.parametrize("room", ["contract", "scores", "drift", "alerting", "mongo", "reports", "logger"])
def test_what_is_counted_and_decided_asks_no_clock_of_the_machine(room: str) -> None:
    """It may jump, or differ from another logger's: the database's counts. `time.monotonic` cannot jump."""
    by_the_machine = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    callers = {
        name_of(file)
        for file in (CORE / room).rglob("*.py")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in by_the_machine
    }
    assert sorted(callers - MAY_ASK_THE_MACHINE) == []


@pytest.mark.parametrize("room", ["contract", "scores", "drift", "alerting"])
def test_what_is_pure_knows_neither_environment_nor_files_nor_network(room: str) -> None:
    world = {"os", "io", "http", "pathlib", "shutil", "socket", "subprocess", "sys", "tempfile", "threading"}
    users = [name_of(file) for file in (CORE / room).rglob("*.py") if world & packages(tree(file))]
    assert sorted(users) == []


def test_no_test_module_imports_another() -> None:
    """What tests share stands in a helper module of theirs, or is a fixture of conftest."""
    crossing = [
        f"{name_of(file)} imports {name}"
        for file in (ROOT / "tests").rglob("*.py")
        for name in set(imported(tree(file)))
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]
    assert crossing == []


def test_every_module_has_its_tests() -> None:
    modules = [file for file in CORE.rglob("*.py") if file.stem not in ("__init__", "__main__")]
    missing = {
        name_of(file)
        for file in modules
        if not (ROOT / "tests" / file.relative_to(CORE).with_name(f"test_{file.name}")).exists()
    }
    assert sorted(missing) == []
