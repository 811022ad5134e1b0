"""Colours: those of the classes are the same on every page, and suitable for colour-blind people, in light and dark."""

from collections.abc import Collection, Iterable, Mapping

from monitor_core.reports.performance import OTHERS
from monitor_core.scores.metrics import METRIC
from monitor_core.settings.settings import Settings

Classes = tuple[tuple[str, str], ...]  # (name, colour), in the order of their numbers
GREY = "#818793"
BLUE = METRIC["accuracy"].colour
NEUTRAL = "#6f87a8"  # of bars that a name stands beside

# Any two are at least 0.112 apart in OKLab, in normal vision, protanopia, deuteranopia and tritanopia; each has a
# contrast of 2:1 or more on white and on Streamlit's dark background. With 3:1, no twelve were found above 0.09.
PALETTE: tuple[str, ...] = (
    "#4264c8",
    "#b44d07",
    "#224d4f",
    "#6f8ff9",
    "#e3a3ac",
    "#a4c23b",
    "#a19456",
    "#632b90",
    "#8e1004",
    "#8b5a84",
    "#0cc6fb",
    "#d76daf",
)


def colour_of(label: int, chosen: Mapping[int, str]) -> str:
    """Return the configured colour of the class, else that of the palette, which repeats after the twelfth.

    >>> colour_of(1, {1: "#112233"}), colour_of(13, {})
    ('#112233', '#b44d07')
    """
    return chosen.get(label, PALETTE[label % len(PALETTE)])


def coloured(settings: Settings, labels: Iterable[int], names: Collection[str]) -> Classes:
    """Return name and colour of the classes with one of the names, in their order, and "other classes" if named."""
    named = {label: name for label in labels if (name := settings.class_name(label)) in names}
    others = ((OTHERS, GREY),) if OTHERS in names else ()
    return (*zip(named.values(), _distinct(list(named), settings.colours), strict=True), *others)


def _distinct(labels: list[int], chosen: Mapping[int, str]) -> list[str]:
    """Return the colours of the classes; where the palette would repeat itself, one of it that is still free."""
    colours = [colour_of(label, chosen) for label in labels]
    free = (colour for colour in PALETTE if colour not in colours)
    taken: set[str] = set()
    for place, label in enumerate(labels):
        if colours[place] in taken and label not in chosen:
            colours[place] = next(free, colours[place])
        taken.add(colours[place])
    return colours
