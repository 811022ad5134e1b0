"""A program that opens each page by Streamlit's AppTest, and fails if one of them does; it needs no pytest."""

import sys

from tests.app_pages import PAGES, said, visit


def main() -> int:
    failed = 0
    for page in PAGES:
        app = visit(page)
        for exception in app.exception:
            print(f"{page}: {exception.value}", file=sys.stderr)
            failed = 1
        if page == "operate/logger":
            print(said(app))
    print(f"{len(PAGES)} pages")
    return failed


if __name__ == "__main__":
    sys.exit(main())
