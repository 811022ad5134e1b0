"""Colours as people write them."""

import pytest

from monitor_core.settings.colours import hexadecimal


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("#992F65", "#992f65"),
        ("#93a", "#9933aa"),
        ("blue", "#0000ff"),
        ("RebeccaPurple", "#663399"),
        (" darkgreen ", "#006400"),
        ("rgb(219, 0, 146)", "#db0092"),
        ("rgb(219,0,146)", "#db0092"),
        ("rgb(100%, 0%, 50%)", "#ff0080"),
        ("hsl(120, 100%, 25%)", "#008000"),
    ],
)
def test_a_colour_of_css_has_six_digits(written: str, colour: str) -> None:
    assert hexadecimal(written) == colour


@pytest.mark.parametrize(
    "written",
    ["", "blu", "#12", "#12345", "#12345678", "rgba(1, 2, 3, 4)", "rgb(300, 0, 0)", "url(x)", "#gggggg", "x" * 999],
)
def test_what_is_no_colour_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a colour"):
        hexadecimal(written)
