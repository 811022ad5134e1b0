"""The images of documents: found only below the image folder, and cached as thumbnails."""

import hashlib
import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from monitor_core.settings.folders import make_private
from monitor_core.settings.settings import Settings

SMALL, LARGE = 320, 1280  # pixels of the longer edge: in the gallery, and opened
MOST_PIXELS = 60_000_000  # of an image, which needs four bytes for each while it is made small
LONGEST_EDGE = 65_535  # pixels, as of a JPEG; a row of few pixels takes as much memory as one of many
MOST_BYTES = 100_000_000  # of an image's file
KEPT_BYTES = 200_000_000  # of all thumbnails
MADE_BY = "2"  # in the name of a thumbnail: changes with how they are made
LOOKED_AFTER_EVERY = 200  # thumbnails made
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF", "JPEG2000", "PPM")  # PFM is a PPM to Pillow, MPO a JPEG
ADDRESS = re.compile("[A-Za-z][A-Za-z0-9+.-]+:/")  # of two letters at least: C:/ is a drive
WINDOWS_DRIVE = re.compile("[A-Za-z]:/")
_made = count(1)


class NoImage(Enum):
    """The reason why a sample has no image: in two or three words, and in a sentence with the remedy."""

    NO_NAME = "no file name", "The document has no file name."
    NO_FOLDER = (
        "no image folder",
        "The image folder does not exist. Set MONITOR_IMAGE_FOLDER to the folder of the images.",
    )
    NOT_FOUND = "not found", "The image folder has no file of this name that the monitor may read."
    OUTSIDE = (
        "outside the folder",
        "The file name leads out of the image folder. If it begins with the path of that folder on another computer, "
        "set MONITOR_IMAGE_PREFIX to this beginning.",
    )
    ELSEWHERE = (
        "elsewhere",
        "The file name is an address, and images are read from the image folder only. If copies of them are there, set "
        "MONITOR_IMAGE_PREFIX to the beginning of the addresses.",
    )
    TOO_LARGE = (
        "too large",
        f"The image is larger than {MOST_BYTES // 10**6} MB, {MOST_PIXELS // 10**6} megapixels or {LONGEST_EDGE:,} "
        "pixels long or wide.",
    )
    UNKNOWN_KIND = (
        "unknown kind",
        "The file is damaged, or no image of a kind that is shown: " + ", ".join(FORMATS[:-1]) + ", PFM.",
    )

    @property
    def label(self) -> str:
        return self.value[0]

    @property
    def sentence(self) -> str:
        return self.value[1]


def find(settings: Settings, name: str) -> Path | NoImage:
    """Return the file with this name below the image folder, or why there is none."""
    if not name or "\0" in name:
        return NoImage.NO_NAME
    reason = NoImage.NOT_FOUND
    try:
        if not settings.images.is_dir():
            return NoImage.NO_FOLDER
        for path in _paths(name, settings.image_prefix):
            file = _below(settings.images.resolve(), path)
            if isinstance(file, Path):
                return file
            reason = NoImage.ELSEWHERE if ADDRESS.match(path) else file
    except (OSError, ValueError, RuntimeError):  # too long a name, a loop of links, what may not be read
        return NoImage.NOT_FOUND
    return reason


def _below(folder: Path, path: str) -> Path | NoImage:
    file = (folder / path).resolve()  # an absolute path replaces the folder, `..` and links leave it
    if not file.is_relative_to(folder) or WINDOWS_DRIVE.match(path):
        return NoImage.OUTSIDE
    if not file.is_file():
        return NoImage.NOT_FOUND
    return file if file.stat().st_size <= MOST_BYTES else NoImage.TOO_LARGE


def _paths(name: str, prefix: str) -> Iterator[str]:
    """Yield the paths that a file name may mean: the name itself, as a URL, and with Windows separators.

    >>> list(_paths("s3://bucket/a%20b.png", "s3://bucket"))
    ['s3://bucket/a%20b.png', 'a%20b.png', 'a b.png']
    """
    plain = _plain(name)
    yield name
    begin = _plain(prefix).rstrip("/")
    if begin and plain.lower().startswith(f"{begin.lower()}/"):
        plain = plain[len(begin) :].lstrip("/")
    yield plain
    if ADDRESS.match(name):
        yield unquote(plain)


def _plain(path: str) -> str:
    """Return a path with forward slashes; for a `file:` URL, the part after the host."""
    path = path.replace("\\", "/")
    if path.lower().startswith("file:"):
        path = re.sub(r"^file:(//(localhost)?(?=/))?", "", path, flags=re.IGNORECASE)
        path = re.sub(r"^/(?=[A-Za-z]:/)", "", path)
    return path


def small(settings: Settings, name: str, pixels: int = SMALL) -> bytes | NoImage:
    """Return the image as WebP of at most `pixels`, or why there is none.

    A small one is enlarged by a whole number without smoothing, so that its own pixels are seen; a browser would blur
    them.
    """
    path = find(settings, name)
    if isinstance(path, NoImage):
        return path
    try:
        stat = path.stat()
        cached = folder(settings) / f"{_key(path, stat, pixels)}.webp"
        with suppress(OSError):
            return cached.read_bytes()
        made = _made_small(path, pixels)
    except OSError:
        return NoImage.UNKNOWN_KIND
    if isinstance(made, bytes):
        _keep(cached, made)
    return made


def folder(settings: Settings) -> Path:
    """Return the folder of the thumbnails, which may be deleted at any time."""
    return settings.model_folder / "thumbnails"


def _key(path: Path, stat: os.stat_result, pixels: int) -> str:
    """Return the cache key of a thumbnail, which changes with the image."""
    return hashlib.sha256(
        f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0{pixels}\0{MADE_BY}".encode("utf-8", "replace")
    ).hexdigest()


def _made_small(path: Path, pixels: int) -> bytes | NoImage:
    from PIL import Image, ImageOps  # only who views images needs it

    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS or max(image.size) > LONGEST_EDGE:
                return NoImage.TOO_LARGE
            image.draft("RGB", (pixels, pixels))  # a JPEG is then read at a part of its size
            upright = _in_colour(ImageOps.exif_transpose(image))
    except Image.DecompressionBombError:
        return NoImage.TOO_LARGE
    except Exception:  # noqa: BLE001 - a broken file makes Pillow raise what it likes
        return NoImage.UNKNOWN_KIND
    file = io.BytesIO()
    factor = pixels // max(upright.size)
    if factor > 1:
        enlarged = upright.resize((upright.width * factor, upright.height * factor), Image.Resampling.NEAREST)
        enlarged.save(file, "WEBP", lossless=True)
    else:
        upright.thumbnail((pixels, pixels))
        upright.save(file, "WEBP", quality=85)
    return file.getvalue()


def _in_colour(image: Any) -> Any:
    """Return the image in colours that browsers show; 16-bit and float images are scaled from minimum to maximum."""
    if image.mode.startswith(("I", "F")):
        from PIL import Image

        values = np.asarray(image.convert("F"))
        finite = values[np.isfinite(values)]  # a map of distances has infinite ones
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        scaled = (np.clip(values, low, high) - low) * (255 / (high - low) if high > low else 0.0)
        return Image.fromarray(np.nan_to_num(scaled).astype("uint8")).convert("RGB")
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _keep(path: Path, data: bytes) -> None:
    """Write the file atomically, even if others write the same; without write permission, do nothing."""
    with suppress(OSError):
        make_private(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
        if next(_made) % LOOKED_AFTER_EVERY == 0:
            drop_oldest(path.parent)


def drop_oldest(thumbnails: Path, most_bytes: int = KEPT_BYTES) -> None:
    """Remove the oldest thumbnails if they exceed `most_bytes`, until four fifths of that are left."""
    files = []
    for entry in os.scandir(thumbnails):
        with suppress(OSError):  # another session removes too
            stat = entry.stat(follow_symlinks=False)
            files.append((stat.st_mtime_ns, stat.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    if total <= most_bytes:
        return
    for _, size, path in sorted(files):
        if total <= 0.8 * most_bytes:
            break
        with suppress(OSError):
            Path(path).unlink()
        total -= size
