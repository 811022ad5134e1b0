"""./deploy.sh for real, on a copy of the tree in a folder whose name is awkward on purpose."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
import venv
from dataclasses import dataclass
from pathlib import Path

import pymongo
import pytest

from monitor_core.mongo import embedded
from monitor_core.settings.settings import ROOT, Settings
from monitor_core.settings.version import version

pytestmark = [
    pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not())),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds the processes in /proc"),
    pytest.mark.xdist_group("deploy"),  # one running copy is enough
]

PROGRAMS = {"database", "logger", "app"}
SECRET = "s3cret-of-this-test"  # noqa: S105 - not one
OURS = ("MONITOR_", "WHYLABS_", "STREAMLIT_")
README = (ROOT / "README.md").read_text("utf-8")
README_COMMANDS = [line.split("#")[0].split()[1:] for line in README.splitlines() if line.startswith("./monitor ")]


@dataclass(frozen=True)
class Copy:
    folder: Path
    port: int

    def run(self, *arguments, **environment):
        """./deploy.sh, called from elsewhere."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return subprocess.run(
            [self.folder / "deploy.sh", *arguments],
            cwd="/",
            env={
                **inherited,
                "STREAMLIT_SERVER_PORT": str(self.port),
                "STREAMLIT_SERVER_COOKIE_SECRET": SECRET,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=400,
        )

    def processes(self):
        """Process id -> program's name ("" for supervisord), of what this copy started."""
        running = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                variables = (folder / "environ").read_bytes().split(b"\0")
                if f"DEPLOY_ROOT={self.folder}".encode() in variables:
                    names = [v.partition(b"=")[2] for v in variables if v.startswith(b"SUPERVISOR_PROCESS_NAME=")]
                    running[int(folder.name)] = names[0].decode() if names else ""
        return running

    def is_killed(self):
        """Asked until it is so: a supervisor that still lives starts again what was killed before it."""
        running = self.processes()
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not running

    def programs(self):
        return {name: pid for pid, name in self.processes().items() if name}

    def app_answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=3) as answer:
                return answer.status == 200
        except OSError:
            return False

    def sockets(self):
        return [path for path in (self.folder / "var").rglob("*") if path.is_socket()]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def until(condition, seconds=90):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def make_venv(folder):
    """An environment of its own that also sees the packages of this one, which no test may put at risk."""
    venv.create(folder, with_pip=False)  # the packages below have one
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")


@contextlib.contextmanager
def copied_tree():
    """A copy of what git has or would take; nothing of it outlives the block."""
    home = Path(tempfile.mkdtemp()).resolve()  # shorter than tmp_path: the sockets shall fit beside the state
    copy = Copy(home / "my 100% monitor", free_port())
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy.folder / name)
    make_venv(copy.folder / ".venv")
    try:
        yield copy
    finally:
        until(copy.is_killed)
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def monitor():
    with copied_tree() as copy:
        started = copy.run()
        assert started.returncode == 0, started.stdout + started.stderr
        assert started.stdout.endswith(f"The monitor runs: http://localhost:{copy.port}\n")
        assert "\n  25 of " in started.stdout  # packages
        assert "Starting the database ...\n" in started.stderr
        assert "Starting the logger and the app ...\n" in started.stderr
        yield copy


def test_all_three_programs_run(monitor):
    status = monitor.run("status")
    assert status.stdout == "The database runs.\nThe logger runs.\nThe app runs.\n"
    assert status.returncode == 0
    assert monitor.programs().keys() == PROGRAMS
    assert monitor.app_answers()


def test_the_empty_bundled_database_got_the_demo(monitor):
    settings = Settings(state_folder=monitor.folder / "var")
    with pymongo.MongoClient(embedded.uri(settings)) as client:
        assert client[settings.database][settings.collection].find_one()


@pytest.mark.parametrize("words", README_COMMANDS)
def test_the_readme_s_commands_run(monitor, words):
    ended = subprocess.run([monitor.folder / "monitor", *words], cwd="/", capture_output=True, text=True, timeout=120)
    may_not_know = words[0] in ("check", "status")  # as long as the logger has not judged the rules
    assert ended.returncode in ((0, 1, 2) if may_not_know else (0, 1)), ended.stdout + ended.stderr
    assert ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_a_killed_program_comes_back_by_itself_and_the_others_stay(monitor, name):
    before = monitor.programs()
    os.kill(before[name], signal.SIGKILL)
    until(lambda: monitor.programs().get(name, before[name]) != before[name])
    until(monitor.app_answers)
    until(lambda: embedded.responds(monitor.folder / "var" / "run"))
    after = monitor.programs()
    assert {other: after[other] for other in PROGRAMS - {name}} == {other: before[other] for other in PROGRAMS - {name}}


def test_starting_it_again_changes_nothing(monitor):
    before = monitor.processes()
    again = monitor.run()
    assert again.stdout == f"The monitor runs: http://localhost:{monitor.port}\n"
    assert "Starting" not in again.stderr
    assert monitor.processes() == before


def test_a_setting_that_cannot_be_used_is_one_sentence_and_stops_nothing(monitor):
    before = monitor.processes()
    tried = monitor.run(MONITOR_TIME_ZONE="Nowhere/Land")
    assert tried.returncode == 2
    assert tried.stderr.startswith("MONITOR_TIME_ZONE")
    assert tried.stderr.count("\n") == 1
    assert monitor.processes() == before


def test_no_file_holds_a_secret_of_the_environment(monitor):
    files = [path for path in (monitor.folder / "var").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_a_changed_setting_starts_everything_afresh(monitor):
    before = monitor.programs()
    (monitor.folder / "monitor.toml").write_text('time_zone = "Europe/Madrid"\n')
    output = monitor.run().stdout
    assert "have changed: restarting the logger.\n" in output
    assert "have changed: restarting the app.\n" in output
    after = monitor.programs()
    assert after.keys() == PROGRAMS
    assert after["database"] == before["database"]  # which runs as before
    assert after["logger"] != before["logger"]
    assert after["app"] != before["app"]


@pytest.mark.parametrize("name", ["app", "logger"])
def test_a_service_is_restarted_stopped_and_started_alone(monitor, name):
    before = monitor.programs()
    others = {other: before[other] for other in PROGRAMS - {name}}
    assert monitor.run("restart", name).stdout == f"The {name} is stopped.\nThe {name} runs.\n"
    again = monitor.programs()
    assert again[name] != before[name]
    assert {other: again[other] for other in PROGRAMS - {name}} == others

    assert monitor.run("stop", name).stdout == f"The {name} is stopped.\n"
    assert monitor.programs() == others
    status = monitor.run("status")
    assert status.returncode == 1
    assert f"The {name} is stopped; ./deploy.sh starts it.\n" in status.stdout
    assert monitor.run("status", *others).returncode == 0

    assert monitor.run("start", name).stdout == f"The {name} runs.\n"
    assert monitor.run("status").returncode == 0
    after = monitor.programs()
    assert {other: after[other] for other in PROGRAMS - {name}} == others


def test_a_service_starts_with_the_environment_of_now_and_the_others_keep_theirs(monitor):
    before = monitor.programs()
    monitor.run("restart", "logger", MONITOR_LOG_FORMAT="json")
    after = monitor.programs()
    assert b"MONITOR_LOG_FORMAT=json" in Path(f"/proc/{after['logger']}/environ").read_bytes().split(b"\0")
    assert after["app"] == before["app"]
    assert "restarting the logger" in monitor.run("start", "logger").stdout  # without the variable


def test_the_logs_of_all_services_or_of_one_are_printed(monitor):
    everything = monitor.run("logs").stdout
    assert [name in everything for name in ("database.log", "logger.log", "app.log")] == [True] * 3
    alone = monitor.run("logs", "app", "--lines", "3").stdout
    assert alone.count("\n") <= 3
    assert "URL" in monitor.run("logs", "app", "--lines", "1000").stdout


def test_a_service_of_another_name_is_one_sentence(monitor):
    tried = monitor.run("restart", "lodger")
    assert tried.returncode == 2
    assert "lodger" in tried.stderr


def test_it_stops_without_a_trace_and_twice(monitor):
    assert monitor.run("stop").returncode == 0
    assert monitor.processes() == {}
    assert monitor.sockets() == []
    assert monitor.run("status").returncode == 1
    assert monitor.run("stop").returncode == 0


def test_a_taken_port_is_said_before_anything_starts():
    with copied_tree() as copy, socket.create_server(("127.0.0.1", copy.port)):
        tried = copy.run()
        assert tried.returncode == 2
        assert tried.stderr.startswith(f"Port {copy.port} is used by another program")
        assert copy.processes() == {}


def test_what_an_earlier_version_started_is_replaced(tmp_path):
    """It had one supervisor for all services, whose socket was run/supervisor.sock."""
    with copied_tree() as copy:
        configuration = tmp_path / "former.conf"
        run = copy.folder / "var" / "run"
        run.mkdir(parents=True, mode=0o700)
        configuration.write_text(FORMER)
        variables = os.environ | {"DEPLOY_ROOT": str(copy.folder), "FORMER_SOCKET": str(run / "supervisor.sock")}
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", configuration, "-d", tmp_path]
        subprocess.run([*command, "-l", tmp_path / "log", "-j", tmp_path / "pid"], env=variables, check=True)
        until(lambda: copy.programs().keys() == {"logger"})
        former = copy.processes()
        environment = copy.folder / ".venv"
        environment.rename(tmp_path / "moved away")  # so that only a shell can stop it
        assert copy.run("stop").stdout == "The monitor is stopped.\n"
        assert copy.processes() == {}
        (tmp_path / "moved away").rename(environment)
        subprocess.run([*command, "-l", tmp_path / "log", "-j", tmp_path / "pid"], env=variables, check=True)
        until(lambda: copy.programs().keys() == {"logger"})
        started = copy.run("start", "logger")
        assert "Services that an earlier version started are replaced.\n" in started.stdout
        assert not set(copy.processes()) & set(former)
        assert copy.programs().keys() == {"database", "logger"}  # which it needs


FORMER = """
[supervisord]
[unix_http_server]
file=%(ENV_FORMER_SOCKET)s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:logger]
command=sleep 600
"""


def other_python(folder, code=1):
    """What a virtual environment of a Python that the monitor cannot use looks like to a program that tries it."""
    program = folder / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\nexit {code}\n")
    program.chmod(0o755)
    (folder / "theirs").write_text("precious")


def changed_when(folder):
    return sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.parametrize("kind", ["folder", "completed", "made over ours", "link", "broken link", "file", "empty"])
def test_an_environment_that_deploy_did_not_make_is_not_touched(tmp_path, kind):
    copy = Copy(tmp_path / "monitor", free_port())
    copy.folder.mkdir()
    shutil.copy(ROOT / "deploy.sh", copy.folder)
    environment, elsewhere = copy.folder / ".venv", tmp_path / "elsewhere"
    if kind == "file":
        environment.write_text("precious")
    elif kind == "empty":
        environment.mkdir()
    elif kind in ("folder", "completed", "made over ours"):
        other_python(environment)
        if kind == "completed":  # once it was usable, and ./deploy.sh installed its packages there
            (environment / "requirements.sha256").touch()
        if kind == "made over ours":  # by `python3.13 -m venv .venv`, which empties nothing
            (environment / "made-by-deploy").write_text("version = 3.12.1\n")
            (environment / "pyvenv.cfg").write_text("version = 3.13.0\n")
    else:
        other_python(elsewhere)
        environment.symlink_to(elsewhere if kind == "link" else tmp_path / "nowhere")
    before = changed_when(tmp_path)
    tried = copy.run()
    assert tried.returncode == 1
    assert tried.stderr.startswith(
        ".venv is not an environment of Python 3.11 or newer that ./deploy.sh made. Move it away"
    )
    assert changed_when(tmp_path) == before


@pytest.mark.parametrize("mark", ["version = 3.12.1\n", ""], ids=["whole", "interrupted"])
def test_an_environment_of_its_own_that_does_not_work_is_made_again(tmp_path, mark):
    copy = Copy(tmp_path, free_port())
    shutil.copy(ROOT / "deploy.sh", copy.folder)
    other_python(copy.folder / ".venv")
    (copy.folder / ".venv" / "pyvenv.cfg").write_text("version = 3.12.1\n")
    (copy.folder / ".venv" / "made-by-deploy").write_text(mark)
    (copy.folder / "requirements.lock").write_text("no requirement\n")  # it need not go on to install
    tried = copy.run()
    assert "The packages could not be installed" in tried.stderr
    assert (copy.folder / ".venv" / "made-by-deploy").read_text() == (copy.folder / ".venv" / "pyvenv.cfg").read_text()
    assert not (copy.folder / ".venv" / "theirs").exists()
    subprocess.run([copy.folder / ".venv/bin/python", "-c", "import pip"], check=True)


@pytest.fixture
def launcher(tmp_path):
    """A checkout, as far as the launcher needs one, in a folder with a blank; and a folder with a module `logging`."""
    folder, elsewhere = tmp_path / "my monitor", tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(ROOT / "monitor", folder)
    (folder / "monitor_core").symlink_to(ROOT / "monitor_core")
    elsewhere.mkdir()
    (elsewhere / "logging.py").write_text("raise SystemExit('the wrong module')\n")
    return folder / "monitor", elsewhere


def launch(program, folder, *arguments):
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("way", ["path", "link"])
def test_the_command_line_runs_from_any_folder_without_activating_anything(launcher, tmp_path, way):
    program, elsewhere = launcher
    (program.parent / ".venv").symlink_to(sys.prefix)
    if way == "link":
        (tmp_path / "linked").symlink_to(program)
        program = tmp_path / "linked"
    shown = launch(program, elsewhere, "--version")
    assert (shown.returncode, shown.stdout) == (0, f"Prediction monitor {version()}\n"), shown.stderr
    assert launch(program, elsewhere, "report", "--help").stdout.split()[:3] == ["Usage:", "./monitor", "report"]
    assert launch(program, elsewhere, "rapport").returncode == 2


def test_the_launcher_says_what_makes_its_environment(launcher):
    refused = launch(*launcher, "doctor")
    assert refused.returncode == 2
    assert refused.stderr == "Run ./deploy.sh first: it makes the environment .venv, which this needs.\n"
