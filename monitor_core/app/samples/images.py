"""The images that documents name: found below the image folder only, shown small, kept as thumbnails."""

import hashlib
import io
import os
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from monitor_core.settings.settings import Settings

SMALL, LARGE = 320, 1280  # pixels of the longer side: in the gallery, and opened
MOST_PIXELS = 60_000_000  # of an image, which needs four bytes for each while it is made small
MOST_BYTES = 100_000_000  # of an image's file
KEPT_BYTES = 200_000_000  # of all thumbnails
LOOKED_AFTER_EVERY = 200  # thumbnails made
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # Pillow knows stranger ones, which start programs
_made = count(1)


def find(settings: Settings, name: str) -> Path | None:
    """Return the file of this name below the image folder; None when there is none, or it leads out of the folder."""
    if not name or "\0" in name:
        return None
    try:
        folder = settings.images.resolve()
        file = (folder / name).resolve()  # an absolute name replaces the folder, `..` and links leave it
        inside = file.is_relative_to(folder) and file.is_file()
        return file if inside and 0 < file.stat().st_size <= MOST_BYTES else None
    except (OSError, ValueError, RuntimeError):  # too long a name, a loop of links, what we may not read
        return None


def small(settings: Settings, name: str, pixels: int = SMALL) -> bytes | None:
    """Return the image made as small as this, as WebP; None when it is missing or no image that can be shown."""
    path = find(settings, name)
    if path is None:
        return None
    try:
        stat = path.stat()
        cached = folder(settings) / f"{_key(path, stat, pixels)}.webp"
        with suppress(OSError):
            return cached.read_bytes()
        made = _made_small(path, pixels)
    except OSError:
        return None
    if made:
        _keep(cached, made)
    return made


def folder(settings: Settings) -> Path:
    """Return where the thumbnails are kept; whoever removes it loses nothing."""
    return settings.state_folder / "thumbnails"


def _key(path: Path, stat: os.stat_result, pixels: int) -> str:
    """Another one once the image has changed."""
    return hashlib.sha256(
        f"{path}\0{stat.st_mtime_ns}\0{stat.st_size}\0{pixels}".encode("utf-8", "replace")
    ).hexdigest()


def _made_small(path: Path, pixels: int) -> bytes | None:
    from PIL import Image, ImageOps  # only who looks at images needs it

    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (pixels, pixels))  # a JPEG is then read at a part of its size
            upright = _in_colour(ImageOps.exif_transpose(image))
    except Exception:  # noqa: BLE001 - a broken file makes Pillow raise what it likes
        return None
    upright.thumbnail((pixels, pixels))
    file = io.BytesIO()
    upright.save(file, "WEBP", quality=85)
    return file.getvalue()


def _in_colour(image: Any) -> Any:
    """As a browser shows it; of 16 bits a point, or of floats, from the darkest to the brightest."""
    if image.mode.startswith(("I", "F")):
        plain = image.convert("F")
        low, high = plain.getextrema()
        factor = 255 / (high - low) if high > low else 0.0
        return plain.point(lambda value: value * factor - low * factor).convert("RGB")
    transparent = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all, whoever else makes the same; without the right to write it is made again each time."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(path)
        if next(_made) % LOOKED_AFTER_EVERY == 0:
            drop_oldest(path.parent)


def drop_oldest(thumbnails: Path, most_bytes: int = KEPT_BYTES) -> None:
    """Remove those that were made first, until four fifths of the bytes are left, once there are more than that."""
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
