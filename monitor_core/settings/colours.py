"""Colours in CSS notation."""

import re


def hexadecimal(colour: str) -> str:
    """Return a CSS colour as #rrggbb: a name, `rgb(…)`, `hsl(…)`, or three or six hexadecimal digits after `#`.

    Raise ValueError if it is not a colour or is transparent.
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
