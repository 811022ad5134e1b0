"""Build the documentation as a site, from the same files that people read in the project: `python docs/make_site.py`.

Its navigation is the table of contents in docs/README.md. It needs no network. A link or an anchor that leads nowhere
is an error, and so is a document that the table of contents lacks.
"""

import logging
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from mkdocs.commands.build import build
from mkdocs.config import load_config
from pymdownx.slugs import slugify

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
CONTENT = ("*.md", "LICENSE", "docs/*.md", "docs/*.png", "benchmarks/*.md", "benchmarks/*.svg")
THEME = {
    "name": "material",
    "font": False,  # those of the reader's system: Google's would be fetched from Google
    "features": ["navigation.sections", "navigation.top", "search.highlight", "content.code.copy"],
    "palette": [
        {"media": "(prefers-color-scheme: light)", "scheme": "default", "primary": "black"},
        {"media": "(prefers-color-scheme: dark)", "scheme": "slate", "primary": "black"},
    ],
}
EXTENSIONS: dict[str, dict[str, Any]] = {
    "toc": {"slugify": slugify(case="lower"), "permalink": True},  # the anchors that GitHub makes
    "tables": {},
    "attr_list": {},
    "pymdownx.superfences": {},  # mermaid stays text: the theme would fetch its script from unpkg.com
    "pymdownx.highlight": {},
}
STRICTLY = {
    "nav": {"omitted_files": "warn", "not_found": "warn", "absolute_links": "warn"},
    "links": {"not_found": "warn", "anchors": "warn", "absolute_links": "warn", "unrecognized_links": "warn"},
}


def contents() -> list[dict[str, Any]]:
    """Return the site's navigation: the sections and links of docs/README.md, behind the README."""
    text = (FOLDER / "README.md").read_text("utf-8")
    sections = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    titled = dict(zip(sections[::2], sections[1::2], strict=True))
    of_sections = [{title: links(section)} for title, section in titled.items()]
    return [{"Home": "README.md"}, {"Contents": "docs/README.md"}, *of_sections]


def links(text: str) -> list[dict[str, str]]:
    """Return title and file of each link, from the project's folder."""
    every = re.findall(r"\[([^\]]+)\]\(([^)#]+)\)", text)
    files = {title: (FOLDER / target).resolve().relative_to(ROOT).as_posix() for title, target in every}
    return [{title[:1].upper() + title[1:]: file} for title, file in files.items()]


def make(target: Path) -> None:
    """Build the site into a folder, which is replaced."""
    with tempfile.TemporaryDirectory() as temporary:
        content = Path(temporary) / "content"
        for file in (file for pattern in CONTENT for file in ROOT.glob(pattern)):
            copy = content / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)
        config = load_config(
            str(_configuration(Path(temporary))),
            docs_dir=str(content),
            site_dir=str(target),
            nav=contents(),
            theme=THEME,
            plugins=["material/search"],
            markdown_extensions=[{name: options} for name, options in EXTENSIONS.items()],
            validation=STRICTLY,
            strict=True,
        )
        build(config)


def _configuration(folder: Path) -> Path:
    """Return the file that MkDocs insists on; all that matters is above."""
    file = folder / "mkdocs.yml"
    file.write_text("site_name: Prediction monitor\nuse_directory_urls: false\n")  # as files, too
    return file


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    site = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var" / "site"
    make(site)
    print(f"The site is in {site.resolve()}. `python -m http.server -d {site.resolve()}` shows it, with its search.")
