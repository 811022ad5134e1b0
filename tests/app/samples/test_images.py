"""The images: only those below the folder, only real ones, small, and kept."""

import io
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from monitor_core.app.samples import images
from monitor_core.settings.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(png())
    return Settings(image_folder=folder, state_folder=tmp_path / "state")


def png(mode: str = "RGB", size: tuple[int, int] = (900, 600), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind)
    return file.getvalue()


def shown(data: bytes | None) -> Any:
    assert data is not None
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../secret.png", "sub/../../secret.png", "link.png", "linked/secret.png", "a\0.png"),
        *("missing.png", "x" * 5000, "loop.png", "fifo.png", "empty.png", "sub", "é\udcff.png"),
    ],
)
def test_a_name_that_leads_out_of_the_folder_or_to_no_file_is_no_image(settings: Settings, name: str) -> None:
    folder = settings.images
    (folder / "sub").mkdir()
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "fifo.png")
    (folder / "empty.png").touch()
    assert images.find(settings, name) is None
    assert images.small(settings, name) is None


def test_an_absolute_name_is_no_image(settings: Settings) -> None:
    assert images.find(settings, str(settings.images.parent / "secret.png")) is None
    (settings.images / "a.png").write_bytes(png())
    assert images.find(settings, "a.png") == settings.images / "a.png"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK"])
def test_an_image_of_every_kind_is_made_small(settings: Settings, mode: str) -> None:
    kind = "TIFF" if mode in ("F", "CMYK", "I") else "PNG"
    (settings.images / "a").write_bytes(png(mode, kind=kind))
    made = shown(images.small(settings, "a"))
    assert (made.format, made.size) == ("WEBP", (320, 213))


@pytest.mark.parametrize(
    "data", [b"no image", png()[:200], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_image_is_none(settings: Settings, data: bytes) -> None:
    (settings.images / "a.png").write_bytes(data)
    assert images.small(settings, "a.png") is None


def test_an_image_of_too_many_pixels_is_not_opened(settings: Settings) -> None:
    (settings.images / "bomb.png").write_bytes(png("1", (20_000, 20_000)))
    assert images.small(settings, "bomb.png") is None


def test_a_thumbnail_is_kept_until_its_image_changes(settings: Settings) -> None:
    path = settings.images / "a.png"
    path.write_bytes(png())
    first = images.small(settings, "a.png")
    (kept,) = images.folder(settings).iterdir()
    kept.write_bytes(b"kept")
    assert images.small(settings, "a.png") == b"kept"
    path.write_bytes(png(size=(600, 900)))
    assert shown(images.small(settings, "a.png")).size == (213, 320)
    assert first


def test_without_the_right_to_write_the_image_is_shown_all_the_same(settings: Settings) -> None:
    (settings.images / "a.png").write_bytes(png())
    settings.state_folder.write_text("a file where the folder should be")
    assert shown(images.small(settings, "a.png")).size == (320, 213)


def test_several_sessions_may_make_the_same_thumbnail(settings: Settings) -> None:
    (settings.images / "a.png").write_bytes(png())
    made: list[bytes | None] = []
    threads = [threading.Thread(target=lambda: made.append(images.small(settings, "a.png"))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert [file.suffix for file in images.folder(settings).iterdir()] == [".webp"]


def test_the_thumbnails_that_were_made_first_go_first(tmp_path: Path) -> None:
    for n in range(10):
        file = tmp_path / f"{n}.webp"
        file.write_bytes(b"x" * 100)
        os.utime(file, (n, n))
    images.drop_oldest(tmp_path, 1000)
    assert len(list(tmp_path.iterdir())) == 10
    images.drop_oldest(tmp_path, 500)
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["6", "7", "8", "9"]
