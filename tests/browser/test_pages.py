"""Every page, in both color schemes, wide and on a phone: nothing foreign, nothing broken, nothing out of reach."""

import random

import pytest
import yaml

import build_book
from book_weights import PAGE_BUDGET


def pages() -> list[str]:
    toc = yaml.safe_load((build_book.ROOT / "_toc.yml").read_text("utf-8"))
    chapters = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [f"{name}.html" for name in [toc["root"], *chapters, "search"]]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", pages())
def test_a_page(visit, path, scheme, width):
    found = visit(path, scheme=scheme, width=width)
    assert found.page.locator("h1").is_visible()
    assert found.page.evaluate("document.documentElement.dataset.theme") == scheme
    assert found.too_wide() == []
    assert found.accessibility_violations() == []
    assert found.complaints == []
    assert found.strangers == []


@pytest.mark.parametrize("path", pages())
def test_what_a_page_asks_for_stays_in_its_budget(visit, path):
    assert visit(path).compressed_weight() <= PAGE_BUDGET


def test_the_address_of_the_book_leads_to_its_first_page(visit):
    found = visit("")
    found.page.wait_for_url("**/book/intro.html")
    assert found.complaints == []


# --- each of these checks can fail -------------------------------------------------------------------------------

PAGE = "book/references.html"
HEADING = "<h1>Planted</h1>"


@pytest.mark.parametrize(
    "mistake",
    [
        "<script>console.error('planted')</script>",
        "<script>console.warn('planted')</script>",
        "<script>throw new Error('planted')</script>",
        "<script>Promise.reject(new Error('planted'))</script>",
        '<img src="gone.png" alt="nothing">',
    ],
)
def test_an_error_is_seen(visit, mistake):
    assert visit(PAGE, planted=HEADING + mistake).complaints


@pytest.mark.parametrize(
    "mistake",
    [
        '<img src="https://images.example.org/p.png" alt="from elsewhere">',
        '<link rel="stylesheet" href="https://fonts.example.org/all.css">',
        "<script>fetch('https://api.example.org/').catch(() => {})</script>",
        "<script>new WebSocket('wss://api.example.org/')</script>",
    ],
)
def test_a_stranger_is_seen(visit, mistake):
    assert visit(PAGE, planted=HEADING + mistake).strangers


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        ('<p style="color: #bbb">Too pale to read</p>', "color-contrast"),
        ("<button></button>", "button-name"),
        ("<h4>Two levels left out</h4>", "heading-order"),
        ('<input type="text">', "label"),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_barrier_is_seen(visit, mistake, rule, scheme):
    if scheme == "dark":
        mistake = mistake.replace("#bbb", "#444")
    found = visit(PAGE, scheme=scheme, planted=HEADING + mistake).accessibility_violations()
    assert [violation for violation in found if violation.startswith(rule)]


def test_a_page_too_wide_is_seen(visit):
    assert visit(PAGE, width=390, planted=HEADING + '<div style="width: 500px">Wide</div>').too_wide()


def test_a_page_too_heavy_is_seen(visit):
    noise = random.Random(0).randbytes(PAGE_BUDGET).hex()
    assert visit(PAGE, planted=f"{HEADING}<!--{noise}-->").compressed_weight() > PAGE_BUDGET
