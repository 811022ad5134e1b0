"""The demo's photographs: the classifier sees in them what the scans have, unless the lens is dirty."""

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from monitor_core.cli.demo_pictures.photographs import AT_A_TIME, PIXELS, jpeg, photographs, seen_by_the_classifier

SCANS = load_digits().images[: AT_A_TIME + 20]
ROWS = len(SCANS)


def drawn(dirt: float, camera: int = 0, seed: int = 7) -> np.ndarray:
    amounts = np.full(ROWS, dirt)
    return np.concatenate(list(photographs(SCANS, np.full(ROWS, camera), amounts, seed)))


def likeness(seen: np.ndarray) -> float:
    """The median correlation of what is seen with the scans."""
    rows = zip(seen.reshape(ROWS, -1), SCANS.reshape(ROWS, -1), strict=True)
    return float(np.median([np.corrcoef(one, scan)[0, 1] for one, scan in rows]))


def test_the_classifier_sees_the_scan_through_a_clean_lens_and_less_through_a_dirty_one() -> None:
    clean, dirty = (likeness(seen_by_the_classifier(drawn(dirt))) for dirt in (0, 1))
    assert clean > 0.95
    assert dirty < clean - 0.2


def test_the_cameras_light_differs_in_tint_alone() -> None:
    left, right = (drawn(0, camera).mean(axis=(0, 1, 2)) for camera in (0, 1))
    assert left[0] / left[2] > right[0] / right[2] + 0.1
    assert left.mean() == pytest.approx(right.mean(), rel=0.02)


def test_the_same_arguments_draw_the_same_and_no_two_photographs_are_alike() -> None:
    photos = drawn(0)
    assert photos.shape == (ROWS, PIXELS, PIXELS, 3)
    assert (photos == drawn(0)).all()
    assert (photos != drawn(0, seed=8)).any()
    twice = next(photographs(SCANS[[0, 0]], np.array([0, 0]), np.zeros(2), 7))
    assert (twice[0] != twice[1]).any()


def test_a_photograph_is_a_small_jpeg() -> None:
    data = jpeg(drawn(0)[0])
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("JPEG", (PIXELS, PIXELS))
    assert len(data) < 6_000
