"""The app's pages through Streamlit's own AppTest, as the tests in pages/ visit them."""

from functools import cache
from typing import Any

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from monitor_core.app.frame.text import JOINER
from monitor_core.settings.settings import ROOT

OVERVIEW = "performance/overview"
PAGES = sorted(file.relative_to(ROOT / "pages").with_suffix("").as_posix() for file in (ROOT / "pages").rglob("*.py"))
# Each AppTest looks through all installed packages for components, half a second long; once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def visit(page: str = OVERVIEW, **query: Any) -> AppTest:
    """A page by its file in pages/, with this in the address."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    return app if page == OVERVIEW else app.switch_page(f"pages/{page}.py").run()


def said(app: AppTest) -> str:
    """What the page tells, without the signs that keep text from being Markdown."""
    boxes = [*app.info, *app.warning, *app.caption, *app.success, *app.error, *app.markdown]
    return "\n".join(element.value for element in boxes).replace("\\", "").replace(JOINER, "")


def alts(app: AppTest) -> list[str]:
    """The descriptions of the page's charts, in their order."""
    return [chart.proto.alt for chart in app.get("vega_lite_chart")]
