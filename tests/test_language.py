"""The language of the product: the glossary's words, names that say what a value is, docstrings that begin well.

docs/glossary.md says which word stands for which thing. What a rule is wrong about goes into ALLOWED with a reason.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor_core.settings.settings import ROOT

CORE = ROOT / "monitor_core"
PACKAGES = tuple(sorted(path.parent.name for path in CORE.glob("*/__init__.py")))
CODE = (*PACKAGES, "pages", "programs", "examples")
TEXTS = (*CODE, "docs", "deploy")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Retired(NamedTuple):
    """A word that the glossary has replaced, as a regular expression, and the areas where it may still stand."""

    pattern: str
    instead: str
    allowed_in: tuple[str, ...] = ()


RETIRED = (
    Retired("workers?", "logger"),
    Retired("matur(?:e[sd]?|ing|ity)", "incomplete"),
    Retired("odd(?:ity|ities)", "quality problem"),
    Retired("rings?|ringing|rang|rung", "a rule fires (and a mark is a circle)"),
    Retired("trips", "a rule fires"),
    Retired("told", "notify, say; distinguish for 'told apart'"),
    Retired("sure(?:r|st|ness)?", "confident; significant"),
    Retired("proofs?", "evidence"),
    Retired("whiskers?", "interval"),
    Retired("truths?", "target"),
    Retired("sides?", "period and comparison"),
    Retired("usual", "reference, typical"),
    Retired("anew", "again"),
    Retired("lumps?|clumps?|lean", "cluster, cluster size"),
    Retired("look(?:ed|s|ing)? at", "reviewed, read, checked"),
    Retired("records?", "stored day; entry"),
    Retired("hollow", "uncertain", allowed_in=("app", "pages", "docs")),  # where a legend explains the mark
    Retired("bands?", "interval; bin", allowed_in=("app", "pages", "docs")),  # the drawn one
    Retired(r"\d[\d.–]* points?", "percentage points"),
    Retired("95%:", "95% interval, as contract/wording.py writes it"),
    Retired("beyond noise", "significant"),
    Retired("review day basis|count(?:ed)? (?:a )?samples? by", "review date, prediction date"),
    Retired("let in|what waits|nobody reviews|as sure as|is whose", "a whole English sentence"),
)
ALLOWED = re.compile(
    r"logger_worker|max_workers|worker threads?"  # the file's name is fixed; threads are not the logger
    r"|monitor_worker|worker_lag_seconds|worker\.heartbeat|\"worker\"|--record"  # stored names
    r"|catch_warnings\(record=True\)"  # the standard library's word
    r"|\"_record\"|\"records\""  # structlog's and pandas' words
    r"|monitor-worker|`worker`|\*worker\*"  # former names, where the way from them is described
    r"|WORKER_PASSWORD|mongodb://worker:|user(?: is called|,) worker"  # the logger's user, in existing databases
    r"|truth gt groundtruth"  # names that fields of others have
    r"|TEST_WORKERS"  # of pytest-xdist
    r"|maturing_share"  # settings and their fields are a format
    r"|\"(?:maturing|lean|sure)\""  # keys of the command line's JSON
    r"|(?:make|makes|making|made|be) sure|round trips|side by side|(?:client|server)[ -]side|log records?",
    re.IGNORECASE,
)
FILLERS = re.compile(  # names that do not say what the value is
    "_*(?:found|told|asked|kept|known|shown|wanted|some|one|what|course|anew|looked|touched|trace|lean|usual|clump|lumps)_*"
)
NOT_AN_OPENING = re.compile(  # prepositions, relative words, conjunctions, and verbs that want a subject before them
    "about|after|against|among|and|are|as|asked|at|because|before|between|but|by|can|did|do|does|during|for|from|had|has"
    "|have|how|if|in|into|is|it|its|like|not|of|off|on|only|or|over|per|since|so|than|that|them|then|there|they|this"
    "|those|to|unless|until|upon|what|whatever|when|where|whether|which|while|who|whoever|whose|why|with|within|without"
)
DEFINED_TWICE = {
    "as_json": "each report's notation as JSON",
    "report": "each subject's report",
    "class_of": "contract/ says it in Python, mongo/expressions in MongoDB's language",
    "confidence_bin": "as class_of",
    "delay_bucket": "as class_of",
    "is_absent": "as class_of",
}
SHOWS_A_NAMESAKE = ("app/*/parts.py", "app/*/*charts.py", "cli/*.py")  # parts.backlog shows the report's backlog


@cache
def files(area: str) -> tuple[Path, ...]:
    """Return the files of an area: a package of monitor_core, or one of the areas beside them."""
    if area == "pages":
        return tuple(sorted((ROOT / "pages").rglob("*.py")))
    if area == "programs":
        return (ROOT / "streamlit_app.py", ROOT / "logger_worker.py")
    if area == "examples":
        return tuple(sorted((ROOT / "examples").rglob("*.py")))
    if area == "docs":
        glossary, changelog = ROOT / "docs/glossary.md", ROOT / "CHANGELOG.md"  # one lists the words, one is history
        documents = {*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")}
        return tuple(sorted(documents - {glossary, changelog}))
    if area == "deploy":
        scripts = (ROOT / "deploy.sh", ROOT / "test.sh", ROOT / "monitor.example.toml", ROOT / ".streamlit/config.toml")
        return (
            *scripts,
            *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file() and path.suffix != ".pyc"),
        )
    return tuple(sorted((CORE / area).rglob("*.py")))


def place(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT).as_posix()}:{line}"


def retired_words(text: str, area: str) -> Iterator[tuple[int, str]]:
    """Yield line and finding of each retired word; parts of snake_case and kebab-case names are words as well."""
    rules = [word for word in RETIRED if area not in word.allowed_in]
    for number, line in enumerate(text.splitlines(), start=1):
        permitted = ALLOWED.sub("…", line)
        for word in rules:
            if match := re.search(rf"(?<![a-z])(?:{word.pattern})(?![a-z])", permitted, re.IGNORECASE):
                yield number, f"{match[0]!r}, say: {word.instead}"


def assigned_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a node gives: to a function, class, argument, variable, attribute, import or exception."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name


def public_docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of the docstrings of the module and of its public classes, functions and methods."""
    if text := ast.get_docstring(tree):
        yield 1, text
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and (text := ast.get_docstring(node)):
            yield node.lineno, text


def public_definitions(file: Path) -> Iterator[str]:
    """Yield the module's public classes and functions."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_"):
            yield node.name


@pytest.mark.parametrize("area", TEXTS)
def test_texts_use_the_glossary_s_words(area: str) -> None:
    findings = [
        f"{place(file, line)} has {finding}"
        for file in files(area)
        for line, finding in retired_words(file.read_text("utf-8"), area)
    ]
    assert findings == []


@pytest.mark.parametrize("area", CODE)
def test_a_name_says_what_its_value_is(area: str) -> None:
    findings = [
        f"{place(file, getattr(node, 'lineno', 0))} names something {name}"
        for file in files(area)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        for name in assigned_names(node)
        if FILLERS.fullmatch(name)
    ]
    assert findings == []


@pytest.mark.parametrize("area", CODE)
def test_a_docstring_begins_with_a_verb_or_a_noun_phrase(area: str) -> None:
    """Ruff holds the rest: a sentence with a full stop (D400), and functions in the imperative mood (D401)."""
    findings = [
        f"{place(file, line)} begins: {text.splitlines()[0]}"
        for file in files(area)
        for line, text in public_docstrings(ast.parse(file.read_text("utf-8")))
        if NOT_AN_OPENING.fullmatch(text.split()[0].lower().strip(",:"))
    ]
    assert findings == []


@cache
def homes() -> dict[str, set[str]]:
    """Return the modules that define each public name, without those that carry the name of what they show."""
    modules = defaultdict(set)
    for file in CORE.rglob("*.py"):
        module = file.relative_to(CORE).as_posix()
        if not any(fnmatch(module, pattern) for pattern in SHOWS_A_NAMESAKE):
            for name in public_definitions(file):
                modules[name].add(module)
    return modules


@pytest.mark.parametrize("area", PACKAGES)
def test_a_public_name_is_defined_once(area: str) -> None:
    findings = [
        f"{name} is defined in {', '.join(sorted(modules))}"
        for name, modules in homes().items()
        if len(modules) > 1 and name not in DEFINED_TWICE and any(module.startswith(f"{area}/") for module in modules)
    ]
    assert findings == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the worker waits", ["worker"]),
        ("WORKER_SEEN = 1", ["WORKER"]),
        ("python logger_worker.py makes sure of it", []),
        ("it rises by 10 points", ["10 points"]),
        ("it rises by 10 percentage points", []),
        ("springs and sidebars are in order", []),
        ("a hollow point", ["hollow"]),
    ],
)
def test_retired_words_are_recognised_and_other_words_are_not(text: str, words: list[str]) -> None:
    assert [finding.split(", say")[0].strip("'") for _, finding in retired_words(text, "logger")] == words


def test_every_kind_of_assigned_name_is_recognised() -> None:
    code = """
def found(told, *asked, kept=1):
    known = [shown for shown in told]
    for wanted, some in asked: pass
    with open(x) as one: pass
    try: pass
    except E as what: pass
    import y as course
    if (anew := 1): pass
    looked: int = 1
    self.touched = 1
    match x:
        case {"a": trace}: pass
        case [*lean]: pass
"""
    names = {name for node in ast.walk(ast.parse(code)) for name in assigned_names(node)}
    assert len({name for name in names if FILLERS.fullmatch(name)}) == 16
