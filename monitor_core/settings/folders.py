"""Folders of the monitor's own files, closed to other users because they contain names of classes and files."""

from pathlib import Path


def make_private(folder: Path) -> None:
    """Create a folder and its missing parents, for this user alone; existing folders keep their permissions."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)  # says what is wrong where a file is in its place
