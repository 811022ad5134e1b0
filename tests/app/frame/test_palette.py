"""The palette is measured here from the published matrices, not taken at its word."""

import re
from itertools import combinations

import numpy as np
import pytest

from monitor_core.app.frame.palette import PALETTE, colour_of, coloured
from monitor_core.settings.settings import Settings

# Machado, Oliveira, Fernandes: "A Physiologically-based Model for Simulation of Color Vision Deficiency",
# IEEE TVCG 15(6), 2009, severity 1.0; they act on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Björn Ottosson: "A perceptual color space for image processing", 2020.
LMS_OF_RGB = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
OKLAB_OF_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
WHITE, DARK = "#ffffff", "#0e1117"  # Streamlit's two backgrounds


def linear_rgb(colour: str) -> np.ndarray:
    encoded = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def oklab(colour: str, vision: np.ndarray) -> np.ndarray:
    seen = np.clip(vision @ linear_rgb(colour), 0, 1)
    return OKLAB_OF_LMS @ np.cbrt(LMS_OF_RGB @ seen)


def smallest_distance(colours: tuple[str, ...], vision: np.ndarray) -> float:
    seen = [oklab(colour, vision) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))


def contrast(colour: str, background: str) -> float:
    """The ratio of WCAG 2."""
    bright, dim = sorted((linear_rgb(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (colour, background)), reverse=True)
    return bright / dim


def test_the_measures_agree_with_values_known_by_hand():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.005)  # the textbook grey that just fails AA
    assert oklab(WHITE, VISIONS["normal"]) == pytest.approx([1, 0, 0], abs=1e-6)
    assert oklab("#ff0000", VISIONS["normal"]) == pytest.approx([0.628, 0.225, 0.126], abs=5e-4)
    assert all(matrix.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5) for matrix in VISIONS.values())


@pytest.mark.parametrize("vision", VISIONS)
def test_every_two_colours_are_told_apart(vision):
    assert len(PALETTE) == 12
    assert smallest_distance(PALETTE, VISIONS[vision]) >= 0.112
    assert smallest_distance(PALETTE[:10], VISIONS[vision]) >= 0.112
    assert smallest_distance(PALETTE[:7], VISIONS[vision]) >= 0.113
    assert smallest_distance(PALETTE[:5], VISIONS[vision]) >= 0.129


@pytest.mark.parametrize("background", [WHITE, DARK])
@pytest.mark.parametrize("colour", PALETTE)
def test_every_colour_stands_out_from_the_background(colour, background):
    assert re.fullmatch(r"#[0-9a-f]{6}", colour)
    assert contrast(colour, background) >= 2


def test_a_chosen_colour_goes_before_the_palette():
    assert colour_of(0, {0: "#123456"}) == "#123456"
    assert colour_of(1, {0: "#123456"}) == PALETTE[1]


@pytest.mark.parametrize("labels", [(1, 13, 25), tuple(range(12, 24)), (0, 12, 36, 5, 17)])
def test_no_two_of_twelve_classes_have_one_colour(labels):
    settings = Settings()
    drawn = coloured(settings, labels, {str(label) for label in labels})
    assert [name for name, _ in drawn] == [str(label) for label in labels]
    assert len({colour for _, colour in drawn}) == len(labels)
    assert drawn[0][1] == colour_of(labels[0], {})


def test_two_classes_may_be_given_one_colour():
    settings = Settings(class_colours={"1": "#123456", "2": "#123456"})
    assert {colour for _, colour in coloured(settings, [1, 2], {"1", "2"})} == {"#123456"}


def test_classes_beyond_the_palette_begin_it_again():
    assert [colour_of(label, {}) for label in range(12, 24)] == list(PALETTE)
    assert colour_of(-1, {}) == PALETTE[-1]
