"""The images: only those below the folder, only real ones, small, and kept."""

import io
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from PIL import Image

from monitor_core.app.samples import images
from monitor_core.app.samples.images import NoImage
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


def shown(data: bytes | NoImage) -> Any:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../secret.png", "sub/../../secret.png", "link.png", "linked/secret.png", "a\0.png"),
        *("missing.png", "x" * 5000, "loop.png", "fifo.png", "sub", "é\udcff.png"),
    ],
)
def test_a_name_that_leads_out_of_the_folder_or_to_no_file_is_no_image(settings: Settings, name: str) -> None:
    folder = settings.images
    (folder / "sub").mkdir()
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "linked").symlink_to(folder.parent)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "fifo.png")
    assert isinstance(images.find(settings, name), NoImage)
    assert isinstance(images.small(settings, name), NoImage)


def test_an_absolute_name_is_no_image(settings: Settings) -> None:
    assert images.find(settings, str(settings.images.parent / "secret.png")) is NoImage.OUTSIDE
    (settings.images / "a.png").write_bytes(png())
    assert images.find(settings, "a.png") == settings.images / "a.png"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK"])
def test_an_image_of_every_kind_is_made_small(settings: Settings, mode: str) -> None:
    kind = "TIFF" if mode in ("F", "CMYK", "I") else "PNG"
    (settings.images / "a").write_bytes(png(mode, kind=kind))
    made = shown(images.small(settings, "a"))
    assert (made.format, made.size) == ("WEBP", (320, 213))


@pytest.mark.parametrize(
    "data", [b"", b"no image", png()[:200], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%!PS-Adobe-3.0 EPSF-3.0\n"]
)
def test_what_is_no_image_is_none(settings: Settings, data: bytes) -> None:
    (settings.images / "a.png").write_bytes(data)
    assert images.small(settings, "a.png") is NoImage.UNKNOWN_KIND


def test_an_image_of_too_many_pixels_is_not_opened(settings: Settings) -> None:
    (settings.images / "bomb.png").write_bytes(png("1", (20_000, 20_000)))
    assert images.small(settings, "bomb.png") is NoImage.TOO_LARGE


@pytest.mark.parametrize("size", [(1, 59_000_000), (59_000_000, 1), (1, 65_536)])
def test_an_image_of_too_long_a_side_is_not_opened(settings: Settings, size: tuple[int, int]) -> None:
    (settings.images / "thread.pgm").write_bytes(b"P5 %d %d 255 " % size + bytes(1000))
    assert images.small(settings, "thread.pgm") is NoImage.TOO_LARGE


@pytest.mark.parametrize("kind", ["AVIF", "JPEG2000", "MPO", "GIF", "WEBP", "TIFF", "BMP", "PPM"])
def test_a_kind_that_people_use_is_shown(settings: Settings, kind: str) -> None:
    (settings.images / "a").write_bytes(png(kind=kind))
    assert shown(images.small(settings, "a")).size == (320, 213)


def test_a_map_of_distances_is_shown_from_its_nearest_to_its_farthest_finite_one(settings: Settings) -> None:
    values = np.linspace(2, 4, 200, dtype="<f4").reshape(10, 20)
    values[0, :3] = np.inf, -np.inf, np.nan
    (settings.images / "a.pfm").write_bytes(b"Pf\n20 10\n-1.0\n" + values.tobytes())
    grey = np.asarray(shown(images.small(settings, "a.pfm")).convert("L"), float)
    assert grey.min() < 10
    assert grey.max() > 245
    assert np.isclose(np.median(grey), 127, atol=8)


FOLDER = "{folder}"  # stands for the image folder


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("sub/a b.png", ""),
        ("sub\\a b.png", ""),
        (".\\sub\\a b.png", ""),
        (f"{FOLDER}/sub/a b.png", ""),
        (f"file://{FOLDER}/sub/a%20b.png", ""),
        (f"file://localhost{FOLDER}/sub/a%20b.png", ""),
        (f"file:{FOLDER}/sub/a b.png", ""),
        ("/data/images/sub/a b.png", "/data/images"),
        ("/data/images//sub/a b.png", "/data/images/"),
        ("C:\\Photos\\sub\\a b.png", "c:\\photos"),
        ("file:///C:/Photos/sub/a%20b.png", "C:\\Photos\\"),
        ("\\\\server\\share\\sub\\a b.png", "//server/share"),
        ("s3://bucket/sub/a b.png", "s3://bucket"),
        ("https://host/images/sub/a%20b.png", "https://host/images/"),
        ("images/sub/a b.png", "images"),
    ],
)
def test_a_name_is_read_as_people_write_it(settings: Settings, name: str, prefix: str) -> None:
    file = settings.images / "sub" / "a b.png"
    file.parent.mkdir()
    file.write_bytes(png())
    with_prefix = settings.model_copy(update={"image_prefix": prefix})
    assert images.find(with_prefix, name.replace(FOLDER, str(settings.images))) == file


def test_what_is_written_comes_before_what_it_may_mean(settings: Settings) -> None:
    (settings.images / "a%20b\\c.png").write_bytes(png())
    assert images.find(settings, "a%20b\\c.png") == settings.images / "a%20b\\c.png"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", NoImage.NO_NAME),
        ("a.png", NoImage.NOT_FOUND),
        ("/data/images/a.png", NoImage.OUTSIDE),
        ("C:\\Photos\\a.png", NoImage.OUTSIDE),
        ("file:///data/images/a.png", NoImage.OUTSIDE),
        ("s3://bucket/a.png", NoImage.ELSEWHERE),
        ("https://host/a.png?size=1", NoImage.ELSEWHERE),
        ("s3://mine/a.png", NoImage.NOT_FOUND),
        ("s3://mine/../secret.png", NoImage.OUTSIDE),
        ("s3://mine/%2e%2e/secret.png", NoImage.OUTSIDE),
        ("s3://mine/sub/..%2f..%2fsecret.png", NoImage.OUTSIDE),
        ("s3://minefield/a.png", NoImage.ELSEWHERE),
    ],
)
def test_without_an_image_the_reason_is_given(settings: Settings, name: str, reason: NoImage) -> None:
    assert images.find(settings.model_copy(update={"image_prefix": "s3://mine"}), name) is reason
    assert reason.sentence.endswith(".")


def test_without_an_image_folder_the_setting_is_named(settings: Settings) -> None:
    settings.images.rmdir()
    reason = images.find(settings, "a.png")
    assert reason is NoImage.NO_FOLDER
    assert "MONITOR_IMAGE_FOLDER" in reason.sentence


@given(st.text(max_size=40) | st.text(alphabet="./\\%2eC:file", max_size=30), st.text(max_size=5))
@settings_of_hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_leads_out_of_the_folder(settings: Settings, name: str, prefix: str) -> None:
    file = images.find(settings.model_copy(update={"image_prefix": prefix}), name)
    assert isinstance(file, NoImage) or file.is_relative_to(settings.images.resolve())


def test_a_thumbnail_is_kept_until_its_image_changes(settings: Settings) -> None:
    path = settings.images / "a.png"
    path.write_bytes(png())
    first = images.small(settings, "a.png")
    (thumbnail,) = images.folder(settings).iterdir()
    thumbnail.write_bytes(b"kept")
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
    made: list[bytes | NoImage] = []
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


@pytest.mark.parametrize(("size", "enlarged"), [((8, 8), (320, 320)), ((64, 40), (320, 200)), ((160, 3), (320, 6))])
def test_a_small_image_is_enlarged_by_a_whole_number_with_exactly_its_own_pixels(
    settings: Settings, size: tuple[int, int], enlarged: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    Image.fromarray(pixels).save(settings.images / "a.png")
    image = shown(images.small(settings, "a.png"))
    factor = enlarged[0] // size[0]
    assert image.size == enlarged
    assert (np.asarray(image.convert("RGB")) == pixels.repeat(factor, axis=0).repeat(factor, axis=1)).all()


def test_an_image_that_is_no_smaller_than_half_is_not_enlarged(settings: Settings) -> None:
    (settings.images / "a.png").write_bytes(png(size=(161, 100)))
    assert shown(images.small(settings, "a.png")).size == (161, 100)
