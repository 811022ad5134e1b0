"""The segments of the demo, in force as long as it is in the bundled database and no others are configured."""

import json
from contextlib import suppress
from pathlib import Path

from monitor_core.settings.folders import make_private
from monitor_core.settings.settings import Settings


def read_demo_segments(settings: Settings) -> dict[str, str]:
    """Return the segments of the demo in the bundled database; none without it."""
    if settings.mongodb_uri is not None:
        return {}
    with suppress(OSError, ValueError):
        segments = json.loads(_file(settings).read_text("utf-8"))
        return {str(name): str(field) for name, field in segments.items()} if isinstance(segments, dict) else {}
    return {}


def write_demo_segments(settings: Settings, segments: dict[str, str]) -> None:
    """Store the segments of the demo: programs that start later have them."""
    make_private(_file(settings).parent)
    _file(settings).write_text(json.dumps(segments), "utf-8")


def remove_demo_segments(settings: Settings) -> None:
    """Remove the segments of the demo."""
    _file(settings).unlink(missing_ok=True)


def _file(settings: Settings) -> Path:
    return settings.model_folder / "demo-segments.json"
