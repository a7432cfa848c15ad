/** The colors that canvases draw with: read from the stylesheet, and read again when the page changes its scheme. */

export interface Palette {
  page: string;
  panel: string;
  ink: string;
  muted: string;
  line: string;
  hairline: string;
  query: string;
  queryInk: string;
  key: string;
  keyInk: string;
  value: string;
  valueInk: string;
  position: string;
  positionInk: string;
  mask: string;
  scaleHigh: string;
  negative: string;
  positive: string;
  onStrong: string;
  fontFamily: string;
}

/** Attributes in which the book, JupyterLab, Colab and VS Code say which scheme is on. */
const SCHEME_ATTRIBUTES = ["data-theme", "theme", "class", "data-jp-theme-light", "data-vscode-theme-kind"];

export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(`--attn-${name}`).trim();
  return {
    page: color("page"),
    panel: color("panel"),
    ink: color("ink"),
    muted: color("muted"),
    line: color("line"),
    hairline: color("hairline"),
    query: color("query"),
    queryInk: color("query-ink"),
    key: color("key"),
    keyInk: color("key-ink"),
    value: color("value"),
    valueInk: color("value-ink"),
    position: color("position"),
    positionInk: color("position-ink"),
    mask: color("mask"),
    scaleHigh: color("scale-high"),
    negative: color("negative"),
    positive: color("positive"),
    onStrong: color("on-strong"),
    fontFamily: style.fontFamily,
  };
}

/** Calls back when the page may have changed its color scheme. */
export function onSchemeChange(callback: () => void, signal: AbortSignal): void {
  const observer = new MutationObserver(callback);
  for (const root of [document.documentElement, document.body]) {
    observer.observe(root, { attributes: true, attributeFilter: SCHEME_ATTRIBUTES });
  }
  signal.addEventListener("abort", () => {
    observer.disconnect();
  });
}
