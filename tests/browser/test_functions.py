"""What a page does for its reader: searching, colors, contents, copying, downloading; and reading without scripts."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

WELCOME = "book/intro.html"
CHAPTER = "notebooks/self_attention.html"


def test_searching_finds_the_chapter(visit):
    found = visit(WELCOME)
    found.page.keyboard.press("Control+k")
    box = found.page.get_by_role("dialog").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill("softmax")
    box.press("Enter")
    found.page.wait_for_url("**/search.html?q=softmax")
    results = found.page.locator("#search-results li")
    expect(results.filter(has_text="Self-attention").first).to_be_visible()
    results.get_by_role("link", name="Self-attention", exact=True).first.click()
    found.page.wait_for_url("**/notebooks/self_attention.html*")
    expect(found.page.locator(".highlighted").first).to_be_visible()
    assert found.complaints == []


def test_a_result_quotes_a_formula_once(visit):
    results = visit("search.html?q=softmax").page.locator("#search-results .context")
    expect(results.first).to_be_visible()
    assert not [text for text in results.all_inner_texts() if "\\" in text]


def test_a_search_without_a_result_says_so(visit):
    found = visit("search.html?q=zxqwv")
    expect(found.page.locator(".search-summary")).to_contain_text("did not match")


def test_a_query_is_text(visit):
    found = visit("search.html?q=%3Cimg src=x onerror=%22window.ran=1%22%3E")
    expect(found.page.locator(".search-summary")).to_contain_text("match")
    assert found.page.evaluate("window.ran") is None


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_choice_of_colors_is_kept(visit, scheme, other):
    found = visit(WELCOME, scheme=scheme)
    page = found.page

    def ground() -> str:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    before = ground()
    page.get_by_role("button", name=f"Switch to {other} colors").click()
    assert ground() != before
    found.open("book/notation.html")
    assert page.evaluate("document.documentElement.dataset.theme") == other
    assert ground() != before
    expect(page.get_by_role("button", name=f"Switch to {scheme} colors")).to_be_visible()


def test_the_contents_open_and_close_on_a_phone(visit):
    page = visit(CHAPTER, width=390).page
    contents = page.get_by_role("navigation", name="Contents of the book")
    expect(contents).to_be_hidden()
    page.get_by_role("link", name="Chapters").click()
    expect(contents).to_be_visible()
    page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    page.get_by_role("link", name="Chapters").click()
    contents.get_by_role("link", name="References").click()
    page.wait_for_url("**/book/references.html")


def test_the_contents_follow_the_reading(visit):
    page = visit(CHAPTER).page
    page.locator("#what-it-costs").evaluate("element => element.scrollIntoView()")
    expect(page.locator(".contents-sections a.reading")).to_have_text("What it costs")


def test_previous_and_next_lead_through_the_book(visit):
    found = visit(WELCOME)
    titles = []
    while (follower := found.page.locator(".pager-next")).count():
        follower.click()
        found.page.wait_for_load_state("networkidle")
        titles.append(found.page.locator("h1").inner_text())
    assert len(titles) >= 5
    assert found.complaints == []


def test_the_first_stop_of_the_keyboard_skips_to_the_text(visit):
    page = visit(CHAPTER).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_notebook_can_be_downloaded(visit, tmp_path: Path):
    page = visit(CHAPTER).page
    with page.expect_download() as download:
        page.get_by_role("link", name="Download this notebook").click()
    assert download.value.suggested_filename == "self_attention.ipynb"
    notebook = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert notebook["nbformat"] == 4
    assert len(notebook["cells"]) > 20


def test_no_button_leads_to_colab_while_the_repository_is_a_placeholder(visit):
    assert visit(CHAPTER).page.locator("a[href*='colab.research.google.com']").count() == 0


def test_code_is_copied_without_prompts(visit):
    found = visit("book/how_to_run.html", permissions=["clipboard-read", "clipboard-write"])
    block = found.page.locator("div.highlight").filter(has_text="make lab").first
    block.hover()
    block.get_by_role("button", name="Copy").click()
    expect(block.get_by_role("button")).to_have_text("Copied")
    assert found.page.evaluate("navigator.clipboard.readText()") == "make lab\n"


def test_the_map_leads_to_the_chapter(visit):
    page = visit(WELCOME).page
    page.locator(".chapter-map svg a[href*=self_attention]").first.click()
    page.wait_for_url("**/notebooks/self_attention.html")


def test_a_planned_chapter_is_no_link(visit):
    chapter_map = visit(WELCOME).page.locator(".chapter-map")
    planned = chapter_map.locator("li.planned")
    assert planned.count() > 0
    assert planned.locator("a").count() == 0
    assert chapter_map.locator("svg g:has(> .planned)").count() > 0
    assert chapter_map.locator("svg a:has(> .planned)").count() == 0


def test_a_long_formula_scrolls_with_the_keyboard(visit):
    page = visit("book/notation.html", width=390).page
    tables = page.locator(".pst-scrollable-table-container[tabindex='0']")
    assert tables.count() > 0
    before = tables.first.evaluate("element => element.scrollLeft")
    tables.first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(400)
    assert tables.first.evaluate("element => element.scrollLeft") > before


# --- with scripts off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chapter_is_read_without_scripts(visit, width):
    found = visit(CHAPTER, width=width, java_script_enabled=False)
    formulas = found.page.locator(".katex-html")
    assert formulas.count() > 20
    assert formulas.first.bounding_box()["height"] > 5
    fallback = found.page.locator("attn-widget").first
    expect(fallback).to_contain_text("apple")
    expect(fallback.locator("table")).to_be_visible()
    expect(found.page.get_by_role("link", name="Download this notebook")).to_be_visible()
    assert found.strangers == []


def test_the_contents_open_without_scripts(visit):
    page = visit(CHAPTER, width=390, java_script_enabled=False).page
    contents = page.get_by_role("navigation", name="Contents of the book")
    expect(contents).to_be_hidden()
    page.get_by_role("link", name="Chapters").click()
    expect(contents).to_be_visible()
    contents.get_by_role("link", name="Close", exact=True).click()
    expect(contents).to_be_hidden()


def test_a_folded_answer_opens_without_scripts(visit):
    page = visit(CHAPTER, java_script_enabled=False).page
    answer = page.locator("details").first
    hidden = answer.locator("p").first
    expect(hidden).to_be_hidden()
    answer.locator("summary").click()
    expect(hidden).to_be_visible()
