"""How fast the explorer of positions follows its sliders at its largest, and another order of a long sentence."""

from playwright.sync_api import Browser, Locator

from bench.explorer import at_work, open_explorer, redraws
from bench.report import Figure

PAGE = "notebooks/positional_encoding.html"
TITLE = "explorer of positions"
LARGEST = 128  # positions, and entries of each: what its sliders allow
SENTENCE = "the old man and the young dog walk along the green river"  # 12 words, the most that it takes
# The slider of the position, or of the query that stands there, whichever can be seen: a place back with every step.
SLIDE = """
(step) => {
  const sliders = [...document.querySelectorAll('attn-widget[kind="positions"] input[type="range"]')];
  const isPosition = ({ ariaLabel, offsetParent }) =>
    offsetParent !== null && ["Position", "Query at"].includes(ariaLabel);
  const slider = sliders.find(isPosition);
  slider.value = Number(slider.max) - 1 - (step % 40);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
"""
SHUFFLE = """
() => [...document.querySelectorAll(".attn-pos-shuffle button")].find((each) => each.innerText === "Shuffle").click()
"""


def enlarge(widget: Locator) -> None:
    """As many positions and entries as there can be."""
    for label in ("Width", "Positions"):
        slider = widget.get_by_role("slider", name=label, exact=True).locator("visible=true")
        slider.fill(str(LARGEST))


def show(widget: Locator, view: str) -> None:
    widget.locator(f"input[value={view}]").first.check(force=True)
    widget.page.wait_for_timeout(1000)  # a view is made when it is first shown


def figures(browser: Browser, address: str, count: int = 40) -> list[Figure]:
    """The position moved in the two largest pictures, and a sentence of 12 words shuffled."""
    page, found = open_explorer(browser, f"{address}/{PAGE}", TITLE)
    widget = page.locator('attn-widget[kind="positions"]').first
    enlarge(widget)
    for view in ("encoding", "schemes"):
        show(widget, view)
        title = f"{TITLE}, {view}, {LARGEST} positions of {LARGEST} entries, another position"
        found += redraws(page, title, SLIDE, count)
    show(widget, "shuffle")
    widget.get_by_role("textbox").fill(SENTENCE)
    page.wait_for_function("document.querySelectorAll('.attn-pos-chips .attn-word').length >= 12", timeout=60_000)
    found += redraws(page, f"{TITLE}, 12 words shuffled", SHUFFLE, count)
    found.append(at_work(page, TITLE))
    page.close()
    return found
