"""Digits on paper labels, photographed through a lens that may be dirty: drawn from scikit-learn's scans.

The scans are the *Optical Recognition of Handwritten Digits* of E. Alpaydin and C. Kaynak (UCI, CC BY 4.0), a copy of
which comes with scikit-learn.
"""

import io
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Scans = npt.NDArray[np.float64]
Photos = npt.NDArray[np.uint8]

PIXELS, MARGIN = 96, 8  # width and height of a photograph, and of the belt around the label
INNER = PIXELS - 2 * MARGIN  # of the label, which has the digit
DARKEST = 16  # of a pixel in the scans; 0 is the paper
PAPER, INK, BELT = ((238, 231, 214), (34, 38, 66), (88, 94, 98))  # colours
TINTS = np.array([[1.02, 1.0, 0.95], [0.96, 0.99, 1.03]], np.float32)  # of each camera's light
SMUDGES = ((20, 70, 13), (52, 80, 17), (78, 58, 12), (38, 52, 8))  # row, column and size on the dirty lens
BLUR = 2.8  # pixels, through the dirty lens
JPEG_QUALITY = 80
AT_A_TIME = 128  # photographs in memory as numbers


def photographs(scans: Scans, cameras: npt.NDArray[np.int64], dirt: Scans, seed: int) -> Iterator[Photos]:
    """Yield the photographs of scans (rows, 8, 8) in pieces of shape (rows, 96, 96, 3).

    `cameras`: 0 or 1. `dirt`: of the lens, from 0 to about 1.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, len(scans), AT_A_TIME):
        piece = slice(start, start + AT_A_TIME)
        photos = _labels(scans[piece].astype(np.float32))
        photos *= _light(len(photos), rng)
        photos *= TINTS[cameras[piece]][:, None, None, :]
        amounts = dirt[piece].astype(np.float32)
        is_dirty = amounts > 0
        photos[is_dirty] = _through_dirt(photos[is_dirty], amounts[is_dirty][:, None, None, None])
        noise = rng.standard_normal((*photos.shape[:3], 1), np.float32)
        photos += noise * (2.5 + 9 * amounts[:, None, None, None])
        yield photos.clip(0, 255, out=photos).astype(np.uint8)


def seen_by_the_classifier(photos: Photos) -> Scans:
    """Return what the classifier gets of photographs: the label in grey, scaled down to (rows, 8, 8), as the scans."""
    label = photos[:, MARGIN:-MARGIN, MARGIN:-MARGIN].mean(axis=3)
    step = INNER // 8
    grey = label.reshape(len(photos), 8, step, 8, step).mean(axis=(2, 4))
    bright, dark = np.mean(PAPER), np.mean(INK)
    seen: Scans = np.round((bright - grey) / (bright - dark) * DARKEST).clip(0, DARKEST)
    return seen


def jpeg(photo: Photos) -> bytes:
    """Return a photograph as JPEG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _labels(scans: Floats) -> Floats:
    """Return labels on the belt: the scans' ink, with the edges that a pen makes, on paper."""
    enlarge = _enlargement()
    ink = 1 / (1 + np.exp(-(enlarge @ scans @ enlarge.T - 7.5) / 1.2))
    paper = np.array(PAPER, np.float32)
    photo = np.empty((len(scans), PIXELS, PIXELS, 3), np.float32)
    photo[:] = BELT
    photo[:, MARGIN + 3 : PIXELS - MARGIN + 3, MARGIN + 3 : PIXELS - MARGIN + 3] *= 0.6  # the shadow of the label
    inside = photo[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
    inside[:] = paper + ink[..., None] * (np.array(INK, np.float32) - paper)
    return photo


def _light(rows: int, rng: np.random.Generator) -> Floats:
    """Return how bright each part of each photograph is: from a direction of its own, and darker in the corners."""
    place = np.linspace(-1, 1, PIXELS, dtype=np.float32)
    down, right = rng.uniform(-0.06, 0.06, (2, rows, 1, 1)).astype(np.float32)
    corners = 1 - 0.06 * (place[:, None] ** 2 + place**2)
    light: Floats = (corners + down * place[:, None] + right * place)[..., None]
    return light


def _through_dirt(photos: Floats, amounts: Floats) -> Floats:
    """Return photographs blurred, pale, smudged, and darker to the right, each by its amount of dirt."""
    blur = _blurring()
    channels = photos.transpose(0, 3, 1, 2)
    blurred = (blur @ channels @ blur.T).transpose(0, 2, 3, 1)
    soft = photos + np.minimum(amounts, 1) * (blurred - photos)
    pale = soft + 0.25 * amounts * (150 - soft)
    shadow = 0.42 * np.linspace(0, 1, PIXELS, dtype=np.float32)[None, :, None]
    dark: Floats = pale * (1 - amounts * shadow).clip(0.1, 1) * (1 - 0.55 * amounts * _smudges()).clip(0.1, 1)
    return dark


@cache
def _enlargement() -> Floats:
    """Return the matrix, shape (INNER, 8), that enlarges a row or column of a scan smoothly."""
    from PIL import Image

    unit = Image.fromarray(np.eye(8, dtype=np.float32))
    return np.asarray(unit.resize((8, INNER), Image.Resampling.BICUBIC), np.float32)


@cache
def _blurring() -> Floats:
    """Return the matrix, shape (PIXELS, PIXELS), that blurs rows or columns of a photograph."""
    place = np.arange(PIXELS, dtype=np.float32)
    weights = np.exp(-((place[:, None] - place) ** 2) / (2 * BLUR**2))
    blur: Floats = weights / weights.sum(axis=1, keepdims=True)
    return blur


@cache
def _smudges() -> Floats:
    """Return how dense the smudges on the lens are, shape (PIXELS, PIXELS, 1)."""
    row, column = np.mgrid[:PIXELS, :PIXELS].astype(np.float32)
    smudges = sum(np.exp(-((((row - y) ** 2 + (column - x) ** 2) / (2 * size**2)) ** 2)) for y, x, size in SMUDGES)
    dense: Floats = np.minimum(smudges, 1)[..., None].astype(np.float32)
    return dense
