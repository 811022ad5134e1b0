"""What of a page is cut, as the browser has laid it out: texts, controls, drawings and tables."""

from pathlib import Path

from playwright.sync_api import Page

# Until every drawing has the width of its place, or half a second has passed.
ARRIVED = """() => new Promise(done => {
  const begun = performance.now();
  const look = () => {
    const late = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")].some(place => {
      const drawing = place.querySelector("svg.marks");
      return drawing && Math.abs(drawing.getBoundingClientRect().width - place.clientWidth) > 1.5;
    });
    if (late && performance.now() - begun < 500) setTimeout(look, 20); else requestAnimationFrame(() => done());
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
})"""
CLIPPED = Path(__file__).with_suffix(".js").read_text("utf-8")


def clipped(page: Page) -> list[str]:
    """Each text, control, drawing and table that is not whole: how, where, and its text."""
    return list(page.evaluate(CLIPPED))
