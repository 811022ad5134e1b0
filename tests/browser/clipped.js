// What of a page is cut, as the browser has laid it out: a list of how, where, and the text.
() => {
  const SLACK = 1.5, LEAF = 3;  // pixels: rounding, and the line height of small text
  const cut = new Set();
  const short = text => text.replace(/\s+/g, " ").trim().slice(0, 60);
  const where = element => element.closest("[data-testid]")?.dataset.testid ?? element.tagName;
  const tell = (kind, element, text) => cut.add(`${kind} (${where(element)}): ${short(text)}`);
  const seen = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const scrolls = (style, axis) => /auto|scroll/.test(style[`overflow${axis}`]);
  const clips = (style, axis) => /hidden|clip/.test(style[`overflow${axis}`]);
  const isTiny = box => box.width <= 1.5 || box.height <= 1.5;  // for screen readers only

  // What of a text or control lies beyond the first box that would hide it.
  function beyond(box, element) {
    const free = {X: true, Y: true};
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
      const style = getComputedStyle(at), edge = at.getBoundingClientRect();
      if (isTiny(edge) && clips(style, "X")) return "";
      if (style.position === "fixed" && at !== element) free.Y = false;
      if (free.X && clips(style, "X") && (box.right > edge.right + SLACK || box.left < edge.left - SLACK)) return "cut across";
      if (free.Y && clips(style, "Y") && (box.bottom > edge.bottom + LEAF || box.top < edge.top - LEAF)) return "cut below";
      for (const axis of ["X", "Y"]) if (scrolls(style, axis)) free[axis] = false;
    }
    return free.X && (box.right > innerWidth + SLACK || box.left < -SLACK) ? "beyond the screen" : "";
  }

  // The box around a text that it must not leave, such as a button or a tile.
  const BOXES = "button, a[data-testid], [data-testid=stMetric], [data-testid=stAlert], [data-testid=stColumn], " +
    "[data-testid=stLayoutWrapper], [role=radio], [data-testid=stMainBlockContainer]";
  function leaves(box, element) {
    const holder = element.closest(BOXES);
    if (!holder) return "";
    for (let at = element; at !== holder; at = at.parentElement) if (scrolls(getComputedStyle(at), "X")) return "";
    const edge = holder.getBoundingClientRect();
    return edge.width > 1 && (box.right > edge.right + SLACK || box.left < edge.left - SLACK) ? "out of its box" : "";
  }

  const hidden = element => element.closest("[data-testid=stSidebar][data-collapsed=true], svg, canvas, " +
    "[data-testid=stDataFrame], [aria-hidden=true]");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || /^(STYLE|SCRIPT|NOSCRIPT)$/.test(element.tagName) || hidden(element) || !seen(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const kind = beyond(box, element) || leaves(box, element);
      if (kind) tell(kind, element, node.data);
    }
  }
  for (const control of document.querySelectorAll("button, input:not([type=range]), textarea, [role=radio], [role=combobox]")) {
    const box = control.getBoundingClientRect();
    if (hidden(control) || !seen(control) || isTiny(box)) continue;
    const kind = beyond(box, control) || leaves(box, control.parentElement);
    if (kind) tell(`control ${kind}`, control, control.ariaLabel || control.textContent);
    if (control.matches("input") && control.scrollWidth > control.clientWidth + SLACK) tell("control cuts its text", control, control.value);
  }
  for (const drawing of document.querySelectorAll("svg.marks")) {
    const edge = drawing.getBoundingClientRect(), place = drawing.closest("[data-testid=stVegaLiteChart]").getBoundingClientRect();
    if (edge.right > place.right + SLACK) tell("drawing out of its place", drawing, drawing.parentElement.ariaLabel ?? "");
    for (const text of drawing.querySelectorAll("text")) {
      const box = text.getBoundingClientRect();
      if (!box.width || !text.textContent.trim() || Number(getComputedStyle(text).opacity) === 0) continue;
      if (box.right > edge.right + 0.5 || box.left < edge.left - 0.5 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        tell("drawing cuts", text, text.textContent);
      else if (text.textContent.length > 1 && text.textContent.endsWith("…")) tell("drawing shortens", text, text.textContent);
    }
  }
  for (const table of document.querySelectorAll("[data-testid=stDataFrame]")) {
    const scroller = table.querySelector(".dvn-scroller"), box = table.getBoundingClientRect();
    if (!scroller || !seen(table)) continue;
    if (box.right > innerWidth + SLACK) tell("table beyond the screen", table, "");
    if (scroller.scrollWidth > scroller.clientWidth + SLACK && !scrolls(getComputedStyle(scroller), "X")) tell("table does not scroll", table, "");
  }
  return [...cut];
}
