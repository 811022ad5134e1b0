"""What is imported is listed, and what is listed is locked with all that it needs."""

import ast
import re
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from monitor_core.settings.settings import ROOT
from tests.pins import BUILD_LOCK, RUNTIME, RUNTIME_LOCK, TESTS, TESTS_LOCK, WHYLOGS_LOCK, locked, required

OURS = {"monitor_core", "pages", "tests", "benchmarks", "docs", "streamlit_app", "logger_worker"}
INSTALLED_APART = {"evidently", "nannyml"}  # what benchmarks compare with, in an environment of their own
DISTRIBUTIONS = metadata.packages_distributions()
PRODUCT = ("monitor_core/**/*.py", "pages/**/*.py", "streamlit_app.py", "logger_worker.py")
AROUND = ("tests/**/*.py", "benchmarks/**/*.py", "docs/**/*.py")


def files(patterns: Iterable[str]) -> list[Path]:
    return [file for pattern in patterns for file in ROOT.glob(pattern)]


def imported(file: Path) -> set[str]:
    """Return the packages of others that the file imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module))
    packages = {name.split(".")[0] for name in names}
    local = {path.stem for path in file.parent.glob("*.py")}
    return packages - OURS - INSTALLED_APART - sys.stdlib_module_names - local


def unlisted(patterns: Iterable[str], listed: Iterable[str]) -> dict[str, str]:
    """Return the packages that nothing in the list brings, each with a file that imports it."""
    names = set(listed)
    users = {package: file.relative_to(ROOT).as_posix() for file in files(patterns) for package in imported(file)}
    return {
        package: user
        for package, user in users.items()
        if not names & {canonicalize_name(name) for name in DISTRIBUTIONS.get(package, [package])}
    }


def test_what_the_product_imports_is_listed() -> None:
    assert unlisted(PRODUCT, required(RUNTIME)) == {}


def test_what_tests_and_benchmarks_import_is_listed() -> None:
    earlier_code = {"receivers", "whylabs_shaped"}  # of the commit that tests/upgrade was made with
    missing = unlisted(AROUND, required(RUNTIME) | required(TESTS))
    assert {package: user for package, user in missing.items() if package not in earlier_code} == {}


@pytest.mark.parametrize(("listed", "lock"), [(RUNTIME, RUNTIME_LOCK), (RUNTIME, TESTS_LOCK), (TESTS, TESTS_LOCK)])
def test_what_is_listed_is_locked_at_the_same_version(listed: Path, lock: Path) -> None:
    versions = locked(lock)
    assert {name: versions[name].specifier for name in required(listed) if name in versions} == {
        name: one.specifier for name, one in required(listed).items()
    }


def test_both_locks_have_the_same_versions() -> None:
    """Where a package is needed may differ: on Windows by the product, everywhere by what only tests need."""
    of_tests = {name: one.specifier for name, one in locked(TESTS_LOCK).items()}
    assert {name: one for name, one in locked(RUNTIME_LOCK).items() if of_tests.get(name) != one.specifier} == {}


def test_whylogs_for_newer_pythons_is_the_same_with_the_same_versions() -> None:
    of_tests = locked(TESTS_LOCK)
    versions = {name: one.specifier for name, one in locked(WHYLOGS_LOCK).items()}
    assert {"whylogs", "whylogs-sketching"} <= versions.keys()
    assert versions == {name: of_tests[name].specifier for name in versions}


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, TESTS_LOCK], ids=lambda lock: lock.name)
def test_what_the_locked_packages_need_is_locked(lock: Path) -> None:
    """As far as they are installed here: the lock has those of the other platforms too."""
    versions = locked(lock)
    needed = {(name, one) for name in versions for one in needs(name)}
    assert [f"{name} needs {one}" for name, one in sorted(needed) if one not in versions] == []


def needs(name: str) -> set[str]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return set()
    needed = [one for one in map(Requirement, texts) if one.marker is None or one.marker.evaluate({"extra": ""})]
    return {canonicalize_name(one.name) for one in needed}


@pytest.mark.parametrize("lock", [RUNTIME_LOCK, TESTS_LOCK, WHYLOGS_LOCK, BUILD_LOCK], ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_names_no_index(lock: Path) -> None:
    text = lock.read_text("utf-8")
    pieces = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)
    assert [piece.split()[0] for piece in pieces if piece.strip() and "--hash=sha256:" not in piece] == []
    assert len(locked(lock)) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:", text)
