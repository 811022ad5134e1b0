"""Colours as people write them."""

import re


def hexadecimal(colour: str) -> str:
    """Return a colour of CSS as #rrggbb: a name, `rgb(…)`, `hsl(…)`, or three or six hexadecimal digits after `#`.

    ValueError when it is none, or has a transparency.
    """
    if re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        return colour.lower()
    from PIL import ImageColor  # few have colours of their own, and fewer write them otherwise

    try:
        channels = ImageColor.getrgb(colour.strip())
    except (ValueError, AttributeError):
        raise ValueError(f'"{colour}" is not a colour') from None
    if len(channels) != 3 or max(channels) > 255:
        raise ValueError(f'"{colour}" is not a colour without transparency')
    return "#{:02x}{:02x}{:02x}".format(*channels)
