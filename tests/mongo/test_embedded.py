import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pymongo
import pytest

from monitor_core.contract.errors import EmbeddedUnavailable
from monitor_core.mongo import embedded
from monitor_core.mongo.mongod import choice
from monitor_core.settings.settings import Settings

pytestmark = pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not()))


@pytest.fixture
def short_folder():
    """Shorter than tmp_path, so that the sockets fit beside the state."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder).resolve()


@pytest.fixture
def state_folder(short_folder):
    return short_folder / "100% + ä b"  # awkward on purpose


@pytest.fixture
def mongod(state_folder):
    process = embedded.start(state_folder / "mongodb", embedded.run_folder(state_folder))
    yield process
    embedded.stop(process)


def connect(state_folder):
    uri = embedded.uri(Settings(state_folder=state_folder))
    return pymongo.MongoClient(uri, serverSelectionTimeoutMS=5000)


def listening_tcp_sockets(pid):
    """The process's sockets among those that listen on TCP, by inode."""
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            links.append(str(fd.readlink()))
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    listening = {line.split()[9] for table in tables for line in table if line.split()[3] == "0A"}
    return [link for link in links if link.removeprefix("socket:[").removesuffix("]") in listening]


def test_the_bundled_mongodb_answers_at_its_uri(mongod, state_folder):
    with connect(state_folder) as client:
        assert client.admin.command("ping")["ok"] == 1


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")
def test_no_tcp_port_is_open(mongod):
    assert listening_tcp_sockets(mongod.pid) == []


def test_nobody_else_can_reach_the_sockets(mongod, state_folder):
    folder = embedded.run_folder(state_folder)
    assert (folder / "mongodb.sock").is_socket()
    assert {stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]} == {0o700}
    assert stat.S_IMODE((state_folder / "mongodb").stat().st_mode) == 0o700


def test_a_clean_stop_leaves_no_socket(state_folder):
    with embedded.running(state_folder / "mongodb", embedded.run_folder(state_folder)) as uri:
        assert pymongo.MongoClient(uri).admin.command("ping")["ok"] == 1
    assert list(embedded.run_folder(state_folder).iterdir()) == []


def test_a_second_start_on_the_same_data_is_refused_and_disturbs_nothing(mongod, state_folder):
    with pytest.raises(EmbeddedUnavailable, match="already runs"):
        embedded.start(state_folder / "mongodb", embedded.run_folder(state_folder))
    with connect(state_folder) as client:
        assert client.admin.command("ping")["ok"] == 1


def test_the_database_command_refuses_it_too_in_one_sentence(mongod, state_folder):
    tried = subprocess.run(
        [sys.executable, "-m", "monitor_core", "database"],
        env={**os.environ, "MONITOR_STATE_FOLDER": str(state_folder)},
        capture_output=True,
        text=True,
    )
    assert tried.returncode == 2
    assert tried.stderr.count("\n") == 1
    assert "already runs" in tried.stderr


def test_what_was_acknowledged_in_the_journal_survives_a_kill(state_folder):
    folders = state_folder / "mongodb", embedded.run_folder(state_folder)
    process = embedded.start(*folders)
    with connect(state_folder) as client:
        rows = client.test.get_collection("rows", write_concern=pymongo.WriteConcern(w=1, j=True))
        rows.insert_many({"_id": n} for n in range(100))
    process.send_signal(signal.SIGKILL)
    process.wait()
    with embedded.running(*folders) as uri, pymongo.MongoClient(uri) as client:
        assert client.test.rows.count_documents({}) == 100


def test_a_deep_state_folder_has_its_sockets_in_tmp(tmp_path):
    deep = tmp_path.joinpath(*["a-folder-with-a-long-name"] * 4)
    folder = embedded.run_folder(deep)
    try:
        assert folder.parent == Path("/tmp")  # noqa: S108 - run_folder refuses somebody else's
        assert folder == embedded.run_folder(deep)
        with embedded.running(deep / "mongodb", folder), connect(deep) as client:
            assert client.admin.command("ping")["ok"] == 1
    finally:
        shutil.rmtree(folder)


def test_two_deep_state_folders_do_not_share_their_sockets(tmp_path):
    folders = [embedded.run_folder(tmp_path / ("long" * 30) / name) for name in "ab"]
    for folder in folders:
        folder.rmdir()
    assert folders[0] != folders[1]


def test_a_run_folder_that_is_a_link_is_refused(short_folder):
    (short_folder / "elsewhere").mkdir()
    (short_folder / "run").symlink_to(short_folder / "elsewhere")
    with pytest.raises(EmbeddedUnavailable, match="not your own folder"):
        embedded.run_folder(short_folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_run_folder_of_somebody_else_is_refused(short_folder):
    (short_folder / "run").mkdir(mode=0o777)
    os.chown(short_folder / "run", 65534, 65534)
    with pytest.raises(EmbeddedUnavailable, match="not your own folder"):
        embedded.run_folder(short_folder)


def test_a_state_folder_that_cannot_be_made_is_said_with_the_remedy(short_folder):
    (short_folder / "file").write_text("")
    with pytest.raises(EmbeddedUnavailable, match="set MONITOR_STATE_FOLDER"):
        embedded.run_folder(short_folder / "file" / "state")


def test_the_version_that_writes_the_data_is_marked_in_their_folder(mongod, state_folder):
    with connect(state_folder) as client:
        version = client.server_info()["version"]
    assert (state_folder / "mongodb" / choice.MARK).read_text() == f"{version}\n"


def test_the_setting_s_mongod_is_started(state_folder, tmp_path):
    setting = tmp_path / "mongod"
    setting.symlink_to(embedded.chosen().path)
    data, sockets = state_folder / "mongodb", embedded.run_folder(state_folder)
    process = embedded.start(data, sockets, setting)
    command = Path(f"/proc/{process.pid}/cmdline").read_bytes().split(b"\0")
    embedded.stop(process)
    assert command[0] == os.fsencode(setting)


def test_data_of_another_version_are_left_alone_and_the_sentence_says_what_to_do(state_folder):
    data, sockets = state_folder / "mongodb", embedded.run_folder(state_folder)
    with embedded.running(data, sockets):
        pass
    (data / choice.MARK).write_text("99.1.2\n")
    before = {file: file.stat().st_mtime_ns for file in data.rglob("*")}
    settings = Settings(state_folder=state_folder)
    assert "written by MongoDB 99.1.2" in embedded.why_not(settings)
    with pytest.raises(EmbeddedUnavailable, match=r"install a mongod 99\.1"):
        embedded.start(data, sockets)
    with pytest.raises(EmbeddedUnavailable, match=r"install a mongod 99\.1"):
        embedded.become_mongod(settings)
    assert {file: file.stat().st_mtime_ns for file in data.rglob("*")} == before


def test_a_new_folder_s_mongod_is_named_with_its_origin(tmp_path):
    newer = tmp_path / "mongod"
    newer.write_text("#!/bin/sh\necho db version v99.0.1\n")
    newer.chmod(0o755)
    settings = Settings(state_folder=tmp_path, mongod=newer)
    sentence = f"The bundled MongoDB is version 99.0.1, from MONITOR_MONGOD: {newer}"
    assert list(embedded.about_program(settings)) == [(True, sentence)]
    absent = settings.model_copy(update={"mongod": tmp_path / "absent"})
    ((in_order, reason),) = embedded.about_program(absent)
    assert (in_order, reason) == (False, embedded.why_not(absent))
