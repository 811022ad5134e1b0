"""The choice of the mongod: the setting's, a newer one on PATH, the package's; never one that could spoil the data."""

import shutil
from pathlib import Path

import pytest

from monitor_core.contract.errors import EmbeddedUnavailable
from monitor_core.mongo import embedded
from monitor_core.mongo.mongod import choice, programs

pytestmark = pytest.mark.skipif(embedded.why_not() is not None, reason=str(embedded.why_not()))
ANOTHER, NEWER = "WiredTiger 9.9.9: (May 1, 2020)", "WiredTiger 77.1.0: (May 1, 2026)"
PACKAGED = None if embedded.why_not() else programs.packaged()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "bin"


def mongod(folder: Path, version: str, storage: str = ANOTHER) -> Path:
    """A program that says this version and holds that version of the storage, as a mongod does."""
    program = folder / "mongod"
    program.write_text(f"#!/bin/sh\n# {storage}\necho db version v{version}\n")
    program.chmod(0o755)
    return program


def data(folder: Path, mark: str | None, storage: str = ANOTHER) -> Path:
    """A data folder, as far as the choice looks into it."""
    folder = folder / "data"
    folder.mkdir(exist_ok=True)
    (folder / "WiredTiger").write_text("WiredTiger\n")
    (folder / "WiredTiger.turtle").write_text(f"WiredTiger version string\n{storage}\n")
    (folder / choice.MARK).unlink(missing_ok=True)
    if mark is not None:
        (folder / choice.MARK).write_text(mark)
    return folder


def refusal(data_folder: Path, setting: Path | None = None) -> str:
    with pytest.raises(EmbeddedUnavailable) as caught:
        choice.choose(data_folder, setting)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def packaged() -> programs.Mongod:
    assert PACKAGED
    return PACKAGED


def storage_of_package() -> str:
    return programs.storage_of(packaged().path) or ""


def test_a_new_folder_takes_the_newest_and_of_equal_ones_the_package_s(path: Path, tmp_path: Path) -> None:
    assert choice.choose(tmp_path / "new", None) == packaged()
    for version, origin in (
        ("0.9.0", packaged().origin),
        (programs.dotted(packaged().version), packaged().origin),
        ("99.0.1", "PATH"),
    ):
        mongod(path, version)
        assert choice.choose(tmp_path / "new", None).origin == origin
        assert choice.choose(None, None).origin == origin


def test_the_setting_wins_over_a_newer_one(path: Path, tmp_path: Path) -> None:
    mongod(path, "99.0.1")
    (tmp_path / "own").mkdir()
    setting = mongod(tmp_path / "own", "5.0.1")
    assert choice.choose(tmp_path / "new", setting) == programs.Mongod(setting, (5, 0, 1), "MONITOR_MONGOD")


def test_a_mongod_on_path_that_does_not_run_is_left_out(path: Path, tmp_path: Path) -> None:
    (path / "mongod").write_text("#!/bin/sh\nexit 3\n")
    (path / "mongod").chmod(0o755)
    assert choice.choose(tmp_path / "new", None) == packaged()


def test_without_a_package_the_one_on_path_is_taken_whatever_its_version(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "DISTRIBUTIONS", ())
    assert refusal(tmp_path / "new").startswith("There is no bundled MongoDB for this platform; install MongoDB")
    mongod(path, "4.4.1")
    assert choice.choose(tmp_path / "new", None).version == (4, 4, 1)


def test_data_are_opened_by_the_series_that_wrote_them(path: Path, tmp_path: Path) -> None:
    mongod(path, "99.0.1")
    own = programs.dotted(packaged().version)
    assert choice.choose(data(tmp_path, own), None) == packaged()
    assert choice.choose(data(tmp_path, "99.0.7\n"), None).origin == "PATH"
    assert choice.choose(data(tmp_path, "99.0"), None).origin == "PATH"  # as a person may write it
    mongod(path, "0.9.0")
    assert choice.choose(data(tmp_path, "0.9.4"), None).origin == "PATH"  # though it is older than the package's


def test_a_newer_one_of_the_same_series_is_taken(path: Path, tmp_path: Path) -> None:
    major, minor, patch = packaged().version
    mongod(path, f"{major}.{minor}.{patch + 1}")
    assert choice.choose(data(tmp_path, programs.dotted(packaged().version)), None).origin == "PATH"


def test_data_that_nobody_here_can_open_are_refused_with_the_remedy(path: Path, tmp_path: Path) -> None:
    folder = data(tmp_path, "99.0.1")
    assert refusal(folder) == (
        f"The data in {folder} were written by MongoDB 99.0.1, and here is only {packaged()}: install a mongod 99.0, "
        'set MONITOR_MONGOD to it, or move the data (docs/installation.md, "The bundled MongoDB").'
    )
    assert f"and MONITOR_MONGOD is {packaged()}: remove it, set it to a mongod 99.0" in refusal(folder, packaged().path)


def test_the_setting_is_no_way_around(path: Path, tmp_path: Path) -> None:
    """A newer mongod may change the files, even if it then refuses them, so that the former cannot open them."""
    setting = mongod(path, "99.0.1")
    assert "MONITOR_MONGOD is MongoDB 99.0.1" in refusal(data(tmp_path, programs.dotted(packaged().version)), setting)


def test_unmarked_data_are_the_package_s_if_their_storage_is_the_same(path: Path, tmp_path: Path) -> None:
    """They are from before the mark: then only the package's was started on them."""
    setting = mongod(path, "99.0.1", storage_of_package())
    folder = data(tmp_path, None, storage_of_package())
    assert choice.choose(folder, None) == packaged()
    assert "written by MongoDB" in refusal(folder, setting)
    assert choice.choose(data(tmp_path, "no version", storage_of_package()), None) == packaged()
    (folder / "WiredTiger.turtle").unlink()
    assert choice.choose(folder, None) == packaged()


def test_unmarked_data_of_another_storage_take_a_mongod_that_has_it(path: Path, tmp_path: Path) -> None:
    folder = data(tmp_path, None, NEWER)
    assert "were written by another version of MongoDB, and here is only" in refusal(folder)
    assert "install the mongod that wrote them" in refusal(folder)
    mongod(path, "99.0.1", NEWER)
    assert choice.choose(folder, None).origin == "PATH"
    mongod(path, "99.0.1", ANOTHER)
    assert "another version" in refusal(folder)


def test_a_newer_mongod_that_is_not_taken_is_named(path: Path, tmp_path: Path) -> None:
    folder = data(tmp_path, programs.dotted(packaged().version))
    assert choice.passed_over(folder, None) is None
    newer = mongod(path, "99.0.1")
    sentence = choice.passed_over(folder, None)
    assert sentence
    assert sentence.startswith(
        f"MongoDB 99.0.1 ({newer}) is not used, because {packaged()} wrote the data in {folder} "
    )
    assert choice.passed_over(folder, packaged().path) is None
    assert choice.passed_over(tmp_path / "new", None) is None


def test_the_mark_is_written_unless_nobody_can_tell_who_wrote(path: Path, tmp_path: Path) -> None:
    program = packaged()
    (tmp_path / "data").mkdir()
    choice.mark(tmp_path / "data", program)
    assert (tmp_path / "data" / choice.MARK).read_text() == f"{programs.dotted(program.version)}\n"
    folder = data(tmp_path, None, NEWER)
    choice.mark(folder, program)
    assert not (folder / choice.MARK).exists()
    folder = data(tmp_path, None, storage_of_package())
    choice.mark(folder, program)
    assert (folder / choice.MARK).exists()
    shutil.rmtree(folder)


def test_mongod_s_own_refusal_is_said_with_the_remedy(tmp_path: Path) -> None:
    log = (
        '{"t":{"$date":"2026-11-30T14:04:48.110+00:00"},"s":"F",  "c":"CONTROL",  "id":20573,   "ctx":"initandlisten",'
        '"msg":"Wrong mongod version","attr":{"error":"UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion"}}'
    )
    sentence = choice.refused(tmp_path, log)
    assert sentence
    assert f"write its version into {tmp_path / 'monitor.mongod'}" in sentence
    assert choice.refused(tmp_path, log.replace("20573", "20574")) is None
