"""The widgets in a real JupyterLab: what the reader does on screen is read in Python, and the other way round."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from nbformat.v4 import new_notebook
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from notebook_files import NOTEBOOKS, read_notebook, write_notebook

pytestmark = pytest.mark.kernel

START_SECONDS = 60
PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},  # ask nothing of the network
    "notebook-extension/tracker": {"windowingMode": "none"},  # keep cells on the page that are scrolled out of sight
}
KERNEL_IS_IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
SHUT_DOWN = "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
RUN_IN_NEW_CELL = """
async (source) => {
  const { commands, shell } = window.jupyterapp;
  const { content } = shell.currentWidget;
  content.activeCellIndex = content.widgets.length - 1;
  await commands.execute("notebook:insert-cell-below");
  const cell = content.activeCell;
  cell.model.sharedModel.setSource(source);
  await commands.execute("notebook:run-cell");
  return cell.model.outputs.toJSON();
}
"""
USE_THEME = """
(theme) => window.jupyterapp.commands.execute("apputils:change-theme", { theme }).then(() => null)
"""
ALL_OUTPUTS = """
() => window.jupyterapp.shell.currentWidget.content.widgets
  .flatMap((cell) => cell.model.outputs?.toJSON() ?? [])
"""


@dataclass(frozen=True)
class Server:
    address: str
    token: str
    root: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(server: Server) -> bool:
    try:
        with urllib.request.urlopen(f"{server.address}/api/status?token={server.token}", timeout=5):
            return True
    except urllib.error.URLError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab of this environment, on this machine alone, with a home of its own."""
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("root")
    for name, content in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
        "IPYTHONDIR": home / "ipython",
    }
    environment = {**os.environ, **{name: str(folder) for name, folder in folders.items()}}
    port, token = free_port(), secrets.token_hex(16)
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}", "--LabApp.news_url="),
    ]
    running = Server(f"http://127.0.0.1:{port}", token, root)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_SECONDS
        while not answers(running):
            if process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"JupyterLab did not start:\n{(home / 'log').read_text()}")
            time.sleep(0.2)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


class Notebook:
    """A notebook open in JupyterLab, and what the page complained about meanwhile."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.sent: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        page.on("request", self._note_stranger)
        page.on("websocket", lambda socket: socket.on("framesent", lambda frame: self.sent.append(str(frame))))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _note_stranger(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.hostname != "127.0.0.1":
            self.complaints.append(f"asked {request.url}")

    def run(self, source: str) -> str:
        """Run ``source`` in a new last cell; the text it prints. An error in the cell is an error here."""
        outputs = self.page.evaluate(RUN_IN_NEW_CELL, source)
        raised = [f"{output['ename']}: {output['evalue']}" for output in outputs if output["output_type"] == "error"]
        assert not raised, f"{source!r} raised {raised[0]}"
        return "".join("".join(output["text"]) for output in outputs if output["output_type"] == "stream")

    def value(self, expression: str) -> object:
        """The value of a Python expression, read in a cell that follows."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def becomes(self, expression: str, expected: object, seconds: float = 10) -> None:
        """Wait until the Python expression has the value; what a reader types is sent on a moment later."""
        until = time.monotonic() + seconds
        while (found := self.value(expression)) != expected:
            assert time.monotonic() < until, f"{expression} is {found}, not {expected}"
            time.sleep(0.2)


OpenNotebook = Callable[[Path], Notebook]


@pytest.fixture
def open_notebook(server: Server, browser: Browser) -> Iterator[OpenNotebook]:
    """A function that opens a notebook of the server's folder and waits for its kernel."""
    opened = []

    def open_it(path: Path) -> Notebook:
        context = browser.new_context(viewport={"width": 1280, "height": 1000})
        notebook = Notebook(context.new_page())
        opened.append(notebook)
        notebook.page.goto(f"{server.address}/lab/tree/{path.name}?token={server.token}&reset")
        notebook.page.wait_for_function(KERNEL_IS_IDLE, timeout=1000 * START_SECONDS)
        return notebook

    yield open_it
    for notebook in opened:
        notebook.page.evaluate(SHUT_DOWN)
        notebook.page.context.close()


SHOW = """
from attnlab.widgets import SelfAttentionExplorer
w = SelfAttentionExplorer("I ate an apple and a banana")
w
"""
# The same widget with a mistake in its front end.
SHOW_PLANTED = """
from attnlab.widgets import SelfAttentionExplorer
from attnlab.widgets.base import STATIC
class Planted(SelfAttentionExplorer):
    {mistake}
w = Planted("I ate an apple and a banana")
w
"""
WRONG_NAME = '_esm = (STATIC / "attnlab.js").read_text().replace("divide_by", "divided_by")'
NO_COLORS = '_css = (STATIC / "attnlab.css").read_text().replace("--attn-", "--other-")'


@pytest.fixture
def empty(server: Server, open_notebook: OpenNotebook) -> Notebook:
    # A name of its own, and with it a kernel of its own: a page shows all that its kernel ever made.
    path = server.root / f"{secrets.token_hex(4)}.ipynb"
    write_notebook(new_notebook(metadata=PYTHON), path)
    return open_notebook(path)


@pytest.fixture
def shown(empty: Notebook) -> Notebook:
    """A notebook in which the explorer is on screen as ``w``."""
    empty.run(SHOW)
    expect(empty.page.locator(".attn-strip .attn-word")).to_have_count(7)
    return empty


def sentence_box(notebook: Notebook):
    return notebook.page.locator(".attn-sentence > .attn-input")


def weights_on_screen(notebook: Notebook) -> list[str]:
    """The followed word's weights, as the numbers under the words show them."""
    return notebook.page.locator(".attn-strip .attn-foot").all_inner_texts()


# The color that most points of the canvas have.
COMMONEST_COLOR = """
(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const counts = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const color = data.slice(i, i + 4).join(" ");
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  counts.delete("0 0 0 0");
  return [...counts].sort((a, b) => b[1] - a[1])[0][0];
}
"""


def check_colors(notebook: Notebook) -> None:
    """The canvases have the stylesheet's colors; without them everything would be drawn in black."""
    canvas = notebook.page.locator(".attn-map canvas").first
    expect(canvas).to_be_visible()
    notebook.page.wait_for_timeout(300)
    color = canvas.evaluate(COMMONEST_COLOR)
    assert color != "0 0 0 255", "the heat map is black"


def check_divisor(notebook: Notebook) -> None:
    """What Python sets is what the screen shows."""
    notebook.run("w.divide_by = 4")
    expect(notebook.page.locator(".attn-divisor")).to_have_text("÷ 4", timeout=5000)


def test_the_widget_shows_what_python_has(shown):
    assert shown.value("w.tokens") == ["i", "ate", "an", "apple", "and", "a", "banana"]
    assert weights_on_screen(shown) == shown.value("[f'{weight:.2f}' for weight in w.weights[w.follow]]")
    assert shown.complaints == []


def test_the_canvases_are_drawn_in_the_colors_of_the_scheme(shown):
    check_colors(shown)
    shown.page.evaluate(USE_THEME, "JupyterLab Dark")
    expect(shown.page.locator("body[data-jp-theme-light=false]")).to_be_attached()
    check_colors(shown)


def test_a_canvas_without_colors_is_caught(empty):
    empty.run(SHOW_PLANTED.format(mistake=NO_COLORS))
    with pytest.raises(AssertionError, match="the heat map is black"):
        check_colors(empty)


def test_what_is_typed_is_read_in_a_following_cell(shown):
    sentence_box(shown).fill("apple sells a new phone")
    shown.becomes("w.tokens", ["apple", "sells", "a", "new", "phone"])
    assert shown.value("list(w.weights.shape)") == [5, 5]
    expect(shown.page.locator(".attn-strip .attn-word")).to_have_count(5)
    assert weights_on_screen(shown) == shown.value("[f'{weight:.2f}' for weight in w.weights[w.follow]]")
    assert shown.complaints == []


def test_a_word_beyond_the_small_table_comes_by_a_message(shown):
    assert not any("asset-request" in frame for frame in shown.sent)
    sentence_box(shown).fill("the volcano slept")
    shown.becomes("w.tokens", ["the", "volcano", "slept"])
    assert any("asset-request" in frame for frame in shown.sent)
    expect(shown.page.locator(".attn-strip .attn-word")).to_have_count(3)
    assert shown.complaints == []


def test_what_python_sets_moves_the_screen(shown):
    check_divisor(shown)
    shown.run("w.tokens = ['apple', 'pie']")
    expect(shown.page.locator(".attn-strip .attn-word")).to_have_count(2)
    expect(sentence_box(shown)).to_have_value("apple pie")
    assert weights_on_screen(shown) == shown.value("[f'{weight:.2f}' for weight in w.weights[w.follow]]")
    assert shown.complaints == []


def test_the_maps_of_a_trained_head_can_be_chosen_on_either_side(shown):
    maps = shown.page.locator(".attn-controls input[type=radio][value=head]")
    expect(maps).to_be_enabled()
    maps.check(force=True)  # the input itself is hidden under its label
    shown.becomes("w.maps", "head")
    assert weights_on_screen(shown) == shown.value("[f'{weight:.2f}' for weight in w.weights[w.follow]]")
    shown.run("w.maps = 'shared'")
    expect(maps).not_to_be_checked()
    assert shown.complaints == []


def test_a_model_comes_by_messages_and_python_reads_what_it_made(empty):
    empty.run("from attnlab.widgets import ModelPlayground\nw = ModelPlayground()\nw")
    answer, line = empty.page.locator(".attn-answer"), empty.page.locator(".attn-load-line")
    expect(line).to_contain_text("A worked example")
    assert answer.text_content() == empty.value("w.result.text")
    assert not any("asset-request" in frame for frame in empty.sent)
    empty.page.locator(".attn-input-row .attn-input").fill("你叫什么名字？")
    expect(line).to_contain_text("just now", timeout=30_000)
    assert any("models/translator/weights" in frame for frame in empty.sent)
    empty.becomes("w.source", "你叫什么名字？")
    assert answer.text_content() == empty.value("w.result.text")
    probabilities = empty.value("[f'{one:.2f}' for one in w.result.probabilities]")
    assert empty.page.locator(".attn-token-number").all_inner_texts() == probabilities
    empty.run("w.off = [f'translator.decoder.layers.0.cross_attention.{head}' for head in range(4)]")
    expect(empty.page.locator(".attn-heads-count")).to_contain_text("4 of")
    expect(answer).to_have_text(str(empty.value("w.result.text")))
    empty.run("w.model = 'writer'")
    count = len(empty.value("w.written"))
    empty.page.get_by_role("button", name="One token").click()
    expect(line).to_contain_text("just now", timeout=30_000)
    empty.becomes("len(w.written)", count + 1)
    assert answer.text_content() == empty.value("w.result.text")
    assert empty.complaints == []


def test_a_front_end_with_a_wrong_trait_name_is_caught(empty):
    empty.run(SHOW_PLANTED.format(mistake=WRONG_NAME))
    with pytest.raises(AssertionError):
        check_divisor(empty)


def test_a_cell_that_raises_is_caught(empty):
    with pytest.raises(AssertionError, match="ValueError: planted"):
        empty.run("raise ValueError('planted')")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_chapter_runs_and_shows_its_widgets(server, open_notebook, path):
    copy = server.root / path.name
    write_notebook(read_notebook(path), copy)
    chapter = open_notebook(copy)
    chapter.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => null)")
    chapter.page.wait_for_function(KERNEL_IS_IDLE, timeout=300_000)
    outputs = chapter.page.evaluate(ALL_OUTPUTS)
    assert [output["ename"] for output in outputs if output["output_type"] == "error"] == []
    views = [output for output in outputs if "application/vnd.jupyter.widget-view+json" in output.get("data", {})]
    assert views
    expect(chapter.page.locator(".jp-OutputArea-output .attn-root")).to_have_count(len(views))
    assert chapter.complaints == []


# --- the explorer of families -----------------------------------------------------------------------------------------

SHOW_FAMILIES = """
from attnlab.widgets import FamilyExplorer
{planted}
w = FamilyExplorer()
w
"""
WRONG_FAMILY = """
from attnlab.widgets.base import STATIC
class FamilyExplorer(FamilyExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace('"encoder-only"', '"only-encoder"')
"""


def check_family(notebook: Notebook) -> None:
    """What Python sets is what the drawing keeps."""
    kept = notebook.page.locator(".attn-block[data-kept]")
    expect(kept).to_have_count(13)
    notebook.run("w.family = 'encoder-only'")
    expect(kept).to_have_count(7, timeout=3000)
    expect(notebook.page.locator(".attn-families input[value=encoder-only]")).to_be_checked(timeout=3000)


def test_a_family_that_python_picks_is_drawn(empty):
    empty.run(SHOW_FAMILIES.format(planted=""))
    check_family(empty)
    assert empty.value("list(w.blocks)") == list(empty.value("list(w.weights)"))
    assert empty.page.locator(".attn-answer").text_content() == empty.value("w.result.text")
    empty.run("w.block = 'softmax'")
    expect(empty.page.locator(".attn-explained-title")).to_have_text("Softmax")
    assert empty.complaints == []


def test_a_family_that_the_reader_picks_is_read_in_python(empty):
    empty.run(SHOW_FAMILIES.format(planted=""))
    empty.page.locator(".attn-families input[value=decoder-only]").check(force=True)
    empty.becomes("w.family", "decoder-only")
    empty.page.locator(".attn-families .attn-input").fill("The river is")
    empty.becomes("w.prompt", "The river is")
    expect(empty.page.locator(".attn-load-line")).to_contain_text("just now", timeout=30_000)
    expect(empty.page.locator(".attn-answer")).to_have_text(str(empty.value("w.result.text")), timeout=10_000)
    empty.page.locator(".attn-block[data-part=output]").click()
    empty.becomes("w.block", "output")
    assert empty.complaints == []


def test_a_front_end_with_a_wrong_family_is_caught(empty):
    empty.run(SHOW_FAMILIES.format(planted=WRONG_FAMILY))
    with pytest.raises(AssertionError):
        check_family(empty)


SHOW_TOKENS = """
from attnlab.widgets import TokenizerExplorer
from attnlab.widgets.base import STATIC
class Shown(TokenizerExplorer):
    {mistake}
w = Shown("low lower lowest", cut="byte-pairs", merges=2, words=["low", "slow", "apple"])
w
"""


def tokens_on_screen(notebook: Notebook) -> list[str]:
    return notebook.page.locator(".attn-chips .attn-chip-id").all_inner_texts()


def check_merges(notebook: Notebook) -> None:
    """What Python sets is what the screen shows."""
    # One merge, not none: a front end that reads no number of merges at all shows the text uncut too.
    notebook.run("w.merges = 1")
    expect(notebook.page.locator(".attn-chips li")).to_have_count(13, timeout=5000)
    assert tokens_on_screen(notebook) == [str(token) for token in notebook.value("w.ids")]


def test_tokens_are_cut_on_either_side(empty):
    empty.run(SHOW_TOKENS.format(mistake="pass"))
    expect(empty.page.locator(".attn-chips li")).to_have_count(10)
    assert tokens_on_screen(empty) == [str(token) for token in empty.value("w.ids")]
    check_merges(empty)
    empty.run("w.merges = 0")
    empty.page.get_by_label("Your text").fill("banana band")
    empty.becomes("w.text", "banana band")
    empty.page.get_by_role("button", name="One merge more").click()
    empty.becomes("w.merges", 1)
    assert empty.value("[step.token.decode() for step in w.steps]") == ["an"]
    assert tokens_on_screen(empty) == [str(token) for token in empty.value("w.ids")]
    empty.page.get_by_role("radio", name="Raise the ids").check(force=True)
    empty.becomes("w.view", "raise")
    picture = empty.page.locator(".attn-raise-picture").first
    picture.focus()
    empty.page.keyboard.press("ArrowLeft")
    empty.becomes("w.matrix", [0.95, 0.5])
    empty.run("w.cut = 'wordpiece'")
    expect(empty.page.locator(".attn-chips li")).to_have_count(int(str(empty.value("len(w.ids)"))))
    assert tokens_on_screen(empty) == [str(token) for token in empty.value("w.ids")]
    assert empty.complaints == []


def test_merges_under_a_wrong_name_are_caught(empty):
    wrong = '_esm = (STATIC / "attnlab.js").read_text().replace(\'"merges"\', \'"merge"\')'
    empty.run(SHOW_TOKENS.format(mistake=wrong))
    with pytest.raises(AssertionError):
        check_merges(empty)


MAP = "from attnlab.widgets import LatentSpaceExplorer\nw = LatentSpaceExplorer()\nw"
MAP_PLANTED = """
from attnlab.widgets import LatentSpaceExplorer
from attnlab.widgets.base import STATIC


class Planted(LatentSpaceExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace('word:"word"', 'word:"wort"')


w = Planted()
w
"""


def near_words(notebook: Notebook) -> list[str]:
    """The neighbors in all dimensions, as the first list beside the map shows them."""
    rows = notebook.page.locator(".attn-space-list").first.locator("li:visible .attn-list-name")
    return rows.all_inner_texts()


def check_headline(notebook: Notebook, said: str) -> None:
    expect(notebook.page.locator(".attn-space-headline")).to_contain_text(said, timeout=20_000)


def test_the_map_shows_the_neighbors_that_python_has(empty):
    empty.run(MAP)
    check_headline(empty, "“apple”")
    assert near_words(empty) == empty.value("[word for word, _ in w.neighbors]")
    assert not any("asset-request" in frame for frame in empty.sent)
    empty.run("w.word = 'bank'")
    check_headline(empty, "“bank”")
    assert near_words(empty) == empty.value("[word for word, _ in w.neighbors]")
    assert any("asset-request" in frame for frame in empty.sent)
    empty.run("w.view = 'analogy'; w.terms = ['paris', 'france', 'japan']")
    check_headline(empty, "tokyo")
    assert near_words(empty) == empty.value("[word for word, _ in w.analogy.included]")
    assert empty.complaints == []


def test_a_word_chosen_on_the_map_is_read_in_python(empty):
    empty.run(MAP)
    check_headline(empty, "“apple”")
    empty.page.locator(".attn-list-button").nth(7).click()
    empty.becomes("w.word", "fruit")
    check_headline(empty, "“fruit”")
    assert near_words(empty) == empty.value("[word for word, _ in w.neighbors]")
    empty.page.get_by_role("radio", name="3-D").check(force=True)
    empty.becomes("w.dimensions", 3)
    assert empty.complaints == []


def test_vectors_of_ones_own_are_shown(empty):
    empty.run(
        "import numpy as np\nfrom attnlab.widgets import LatentSpaceExplorer\n"
        "w = LatentSpaceExplorer({f'w{i}': np.random.default_rng(i).normal(size=400) for i in range(800)})\nw"
    )
    check_headline(empty, "“w0”")
    empty.run("w.word = 'w77'")  # more numbers than a page carries: they come by a message
    check_headline(empty, "“w77”")
    assert near_words(empty) == empty.value("[word for word, _ in w.neighbors]")
    assert empty.complaints == []


def test_a_map_that_listens_to_a_wrong_trait_is_caught(empty):
    empty.run(MAP_PLANTED)
    empty.run("w.word = 'fruit'")
    with pytest.raises(AssertionError):
        expect(empty.page.locator(".attn-space-headline")).to_contain_text("“fruit”", timeout=3000)


SHOW_TRAINER = "from attnlab.widgets import Word2VecTrainer\n{planted}w = Word2VecTrainer(steps=30)\nw"
WRONG_STEPS = """from attnlab.widgets.base import STATIC
class Word2VecTrainer(Word2VecTrainer):
    _esm = (STATIC / "attnlab.js").read_text().replace('"learning_rate"', '"learning"')
"""


def check_trainer(notebook: Notebook) -> None:
    """What Python sets is what the trainer shows."""
    notebook.run("w.learning_rate = 0.3\nw.steps = 40\nw.compute()")
    expect(notebook.page.locator(".attn-w2v-count")).to_contain_text("Step 40 ", timeout=5000)
    value = notebook.page.locator("[data-setting=learningRate] .attn-w2v-value")
    expect(value).to_have_text("0.3", timeout=5000)
    losses = notebook.value("[f'{loss:.3f}' for loss in w.step['skip-gram'].losses]")
    shown = notebook.page.locator("[data-method=skip-gram] tbody tr[data-kind=true] td:last-child")
    expect(shown).to_have_text(losses)


def test_the_trainer_is_the_same_in_python_and_on_screen(empty):
    empty.run(SHOW_TRAINER.format(planted=""))
    check_trainer(empty)
    empty.page.get_by_role("button", name="Apply the gradient").click()
    empty.becomes("[w.steps, w.computed]", [41, False])
    empty.page.get_by_role("slider", name="Dimensions").press("ArrowRight")
    empty.becomes("[list(w.vectors['cbow'].shape), w.dim]", [[19, 3], 3])
    nearest = empty.value("', '.join(f'{word} {cosine:.2f}' for word, cosine in w.nearest()['cbow'])")
    expect(empty.page.locator("[data-method=cbow] .attn-w2v-nearest")).to_contain_text(str(nearest).replace("-", "−"))
    assert empty.complaints == []


def test_a_trainer_that_reads_a_wrong_trait_is_caught(empty):
    empty.run(SHOW_TRAINER.format(planted=WRONG_STEPS))
    with pytest.raises(AssertionError):
        check_trainer(empty)


# --- the explorer of masks --------------------------------------------------------------------------------------------

SHOW_MASKS = """
from attnlab.widgets import MaskExplorer
{planted}
w = MaskExplorer()
w
"""
WRONG_MASKS = """
from attnlab.widgets.base import STATIC
class MaskExplorer(MaskExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace('"inverted"', '"invented"')
"""


def check_masks(notebook: Notebook) -> None:
    """What Python sets is what the cells show."""
    closed = notebook.page.locator(".attn-masks [role=grid] td[aria-selected=false]")
    expect(closed).to_have_count(28)
    notebook.run("w.fault = 'inverted'")
    expect(closed).to_have_count(36, timeout=3000)


def test_a_mask_that_python_sets_is_drawn(empty):
    empty.run(SHOW_MASKS.format(planted=""))
    check_masks(empty)
    assert empty.value("int(w.mask.sum())") == 28
    assert empty.complaints == []


def test_a_mask_that_the_reader_paints_is_read_in_python(empty):
    empty.run(SHOW_MASKS.format(planted=""))
    empty.page.locator(".attn-masks [role=grid] tbody tr").nth(6).locator("td").nth(1).click()
    empty.becomes("w.preset", "own")
    assert empty.value("w.mask[6].astype(int).tolist()") == [1, 0, 1, 1, 1, 1, 1, 0]
    assert empty.complaints == []


def test_a_front_end_with_a_wrong_mask_is_caught(empty):
    empty.run(SHOW_MASKS.format(planted=WRONG_MASKS))
    with pytest.raises(AssertionError):
        check_masks(empty)


# --- the explorer of positions ----------------------------------------------------------------------------------------

SHOW_POSITIONS = """
from attnlab.widgets import PositionExplorer
{planted}
w = PositionExplorer(view="shuffle")
w
"""
WRONG_POSITIONS = """
from attnlab.widgets.base import STATIC
class PositionExplorer(PositionExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace('"positions","added","token"', '"position","added","token"')
"""


def check_positions(notebook: Notebook) -> None:
    """What Python sets is what the words and the verdict show."""
    verdict = notebook.page.locator(".attn-pos-verdict")
    expect(verdict).to_contain_text("as they were typed")
    notebook.run("w.order = '4,1,2,3,0'")
    expect(notebook.page.locator(".attn-pos-chips .attn-face").first).to_have_text("0man", timeout=3000)
    expect(verdict).to_contain_text(notebook.value("f'{w.change:.4f}. With sinusoidal positions, order matters.'"))
    notebook.run("w.positions = False")
    expect(verdict).to_contain_text("only permuted", timeout=3000)
    notebook.run("w.positions, w.added = True, 'alibi'")
    expect(verdict).to_contain_text(notebook.value("f'{w.change:.4f}. With ALiBi'"), timeout=3000)


def test_an_order_that_python_sets_is_shown(empty):
    empty.run(SHOW_POSITIONS.format(planted=""))
    check_positions(empty)
    empty.run("w.added = 'rotary'")
    feet = empty.value("[f'{w.changes[word]:.4f}' for word in w.places]")
    expect(empty.page.locator(".attn-pos-chips .attn-foot")).to_have_text(feet)
    empty.run("w.view, w.scheme, w.length, w.position = 'schemes', 'learned', 40, 7")
    said = empty.value("f'Query 7, key 4, distance −3: {w.pattern[7, 4]:.4f}'.replace('-', '−')")
    expect(empty.page.locator(".attn-pos-schemes .attn-pos-formula")).to_have_text(said, timeout=3000)
    assert empty.complaints == []


def test_a_word_that_the_reader_moves_is_read_in_python(empty):
    empty.run(SHOW_POSITIONS.format(planted=""))
    empty.page.locator(".attn-pos-chips button").nth(1).press("Alt+ArrowRight")
    empty.becomes("w.order", "0,2,1,3,4")
    assert empty.value("w.places") == [0, 2, 1, 3, 4]
    shown = empty.page.locator(".attn-pos-verdict").inner_text()
    assert empty.value("f'{w.change:.4f}'") in shown
    empty.page.locator(".attn-positions input[value=encoding]").check(force=True)
    empty.becomes("w.view", "encoding")
    empty.page.locator(".attn-positions").get_by_role("slider", name="Position", exact=True).press("ArrowRight")
    empty.becomes("w.position", 11)
    shown = empty.page.locator(".attn-pos-encoding .attn-pos-formula").nth(1)
    expect(shown).to_contain_text(empty.value("f'{w.dot_products[14]:.4f}'"))
    assert empty.complaints == []


def test_a_front_end_that_reads_a_wrong_position_is_caught(empty):
    empty.run(SHOW_POSITIONS.format(planted=WRONG_POSITIONS))
    with pytest.raises(AssertionError):
        check_positions(empty)


# --- the explorer of heads --------------------------------------------------------------------------------------------

SHOW_HEADS = "from attnlab.widgets import MultiHeadExplorer\n{planted}w = MultiHeadExplorer({given})\nw"
HEADS_WITH = """from attnlab.widgets.base import STATIC
class MultiHeadExplorer(MultiHeadExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace({right!r}, {wrong!r})
"""
WRONG_HEADS = {
    "the attention": HEADS_WITH.format(right='"attention","head","stage"', wrong='"model","head","stage"'),
    "the stage": HEADS_WITH.format(right='"attention","head","stage"', wrong='"attention","head","head"'),
    "the view": HEADS_WITH.format(right='"sentence","view","attention"', wrong='"sentence","model","attention"'),
}
# Each head's best label on screen, "" without one; the tables' rows; the candidates' numbers.
LABELS = "[f'{head[0].weight:.2f}' if head else '' for heads in w.labels.values() for head in heads]"
MOST = "max(range(len(w.change.after)), key=lambda at: abs(w.change.before[at] - w.change.after[at]))"


def check_heads(notebook: Notebook) -> None:
    """What Python sets is what the explorer shows."""
    notebook.run("w.attention, w.head = 'decoder.layers.1.cross_attention', 2")
    expect(notebook.page.locator(".attn-mh-opened-title")).to_have_text("Decoder 2, cross, head 3", timeout=5000)
    notebook.run("w.view, w.stage = 'split', 4")
    caption = notebook.page.locator(".attn-mh-caption")
    expect(caption).to_contain_text("5. Each head compares", timeout=5000)
    T, S = notebook.value("w.parts['scores'].shape[1:]")
    expect(caption).to_contain_text(f"scores, {T} by {S}", timeout=20_000)
    notebook.run("w.view = 'heads'")
    expect(caption).to_be_hidden()


def check_heads_computed(notebook: Notebook) -> None:
    """What is on screen is what Python computes for the same state."""
    root = notebook.page.locator(".attn-mh")
    shown = notebook.value("[f'{share:.3f}' for share in w.change.after]")
    expect(root.locator(".attn-mh-change tbody td:last-child")).to_have_text(shown, timeout=20_000)
    expect(root.locator(".attn-mh-text")).to_have_text(notebook.value("[w.change.original, w.output]"))
    expect(root.locator(".attn-mh-weight")).to_have_text(notebook.value(LABELS))
    numbers = notebook.value(f"[f'{{share:.3f}}' for _, share in w.candidates[{MOST}]]")
    expect(root.locator(".attn-candidate-number")).to_have_text(numbers)


def test_the_explorer_of_heads_shows_what_python_sets(empty):
    empty.run(SHOW_HEADS.format(planted="", given=""))
    check_heads_computed(empty)
    check_heads(empty)
    empty.run("w.source = '我昨天没有去学校。'")
    check_heads_computed(empty)
    empty.run("w.off = [f'translator.decoder.layers.2.cross_attention.{head}' for head in range(6)]")
    check_heads_computed(empty)
    assert empty.complaints == []


def test_what_the_reader_does_with_heads_is_read_in_python(empty):
    empty.run(SHOW_HEADS.format(planted="", given="attention='decoder.layers.1.cross_attention', head=2"))
    root = empty.page.locator(".attn-mh")
    root.locator(".attn-mh-opened").get_by_role("button", name="Switch off").click()
    empty.becomes("w.off", ["translator.decoder.layers.1.cross_attention.2"])
    check_heads_computed(empty)
    root.locator(".attn-mh-open").nth(7).click()
    empty.becomes("[w.opened, w.head]", ["encoder.layers.1.attention", 1])
    root.get_by_role("radio", name="Cut and put together").check(force=True)
    root.get_by_role("slider").press("End")
    empty.becomes("[w.view, w.stage]", ["split", 7])
    root.get_by_role("radio", name="All heads").check(force=True)
    root.get_by_role("radio", name="Reader", exact=True).check(force=True)
    root.locator(".attn-input-row .attn-input").fill("The __ of the war.")
    empty.becomes("[w.model, w.sentence, w.text]", ["reader", "The __ of the war.", "The __ of the war."])
    check_heads_computed(empty)
    root.get_by_role("button", name="Reset").click()
    empty.becomes("[w.model, w.off, w.view, w.stage]", ["translator", [], "heads", 0])
    check_heads_computed(empty)
    assert empty.complaints == []


@pytest.mark.parametrize("trait", WRONG_HEADS)
def test_an_explorer_of_heads_that_reads_a_wrong_trait_is_caught(empty, trait):
    empty.run(SHOW_HEADS.format(planted=WRONG_HEADS[trait], given=""))
    with pytest.raises(AssertionError):
        check_heads(empty)


def test_numbers_of_other_heads_are_caught(empty):
    """The labels are those of the heads that Python has."""
    planted = HEADS_WITH.format(right=">=.4", wrong=">=.5")
    empty.run(SHOW_HEADS.format(planted=planted, given=""))
    with pytest.raises(AssertionError):
        check_heads_computed(empty)


# --- the explorer of translations -------------------------------------------------------------------------------------

SHOW_TRANSLATION = "from attnlab.widgets import TranslationExplorer\n{planted}w = TranslationExplorer()\nw"
WRONG_TRANSLATION = """from attnlab.widgets.base import STATIC
class TranslationExplorer(TranslationExplorer):
    _esm = (STATIC / "attnlab.js").read_text().replace('forced:"forced"', 'forced:"force"')
"""


def check_translation(notebook: Notebook) -> None:
    """What Python sets is what the explorer shows: the text, what each token was chosen with, and the candidates."""
    notebook.run("w.forced = {0: 'I'}\nw.steps = 4")
    expect(notebook.page.locator(".attn-trl-count")).to_contain_text("Step 4 of", timeout=30_000)
    expect(notebook.page.locator(".attn-trl-text")).to_have_text(str(notebook.value("w.translation")), timeout=5000)
    same_step(notebook, 0)


def same_step(notebook: Notebook, step: int) -> None:
    """The tokens, one step's candidates and its row of attention are on screen as Python has them."""
    page = notebook.page
    expect(page.locator(".attn-trl-outcome[aria-busy=false]")).to_be_attached(timeout=30_000)
    shares = notebook.value("[f'{one:.2f}' for one in w.probabilities]")
    expect(page.locator(".attn-trl-token:not([data-mark=next]) .attn-trl-share")).to_have_text(shares, timeout=5000)
    page.locator(".attn-trl-token").nth(step).click()
    likeliest = notebook.value(f"[f'{{one.probability:.3f}}' for one in w.candidates({step})]")
    expect(page.locator(".attn-trl-candidate .attn-trl-number")).to_have_text(likeliest, timeout=5000)
    switch = page.locator(".attn-trl .attn-toggle input")
    if not switch.is_checked():
        switch.check(force=True)
    row = notebook.value(f"[f'{{one:.2f}}' for one in w.attention[{step}]]")
    expect(page.locator(".attn-trl-key .attn-trl-number")).to_have_text(row, timeout=5000)


def test_a_translation_that_python_changes_is_shown(empty):
    empty.run(SHOW_TRANSLATION.format(planted=""))
    check_translation(empty)
    empty.run("w.head, w.layer = 2, 1")
    same_step(empty, 2)
    empty.run("w.rows = [('decoder.layers.1.cross_attention', 2, 1, [0, 0, 1, 0, 0])]")
    same_step(empty, 1)
    empty.run("w.decoding, w.forced, w.rows, w.steps = 'beam', {}, [], None")
    expect(empty.page.locator(".attn-trl-text")).to_have_text(str(empty.value("w.translation")), timeout=30_000)
    scores = empty.value("[f'{one.score:.2f}'.replace('-', chr(8722)) for one in w.tree[0]]")
    nodes = empty.page.locator(".attn-trl-node-score")
    assert sorted(nodes.all_text_contents()[1 : 1 + len(scores)]) == sorted(scores)
    assert empty.complaints == []


def test_what_the_reader_does_with_a_translation_is_read_in_python(empty):
    empty.run(SHOW_TRANSLATION.format(planted=""))
    page = empty.page
    page.locator(".attn-trl .attn-input-row .attn-input").fill("你叫什么名字？")
    empty.becomes("w.text", "你叫什么名字？")
    expect(page.locator(".attn-load-line")).to_contain_text("just now", timeout=30_000)
    for count in (1, 2, 3):
        page.get_by_role("button", name="Step", exact=True).click()
        empty.becomes("w.steps", count)
    same_step(empty, 1)
    page.locator(".attn-trl-candidate").nth(1).click()
    empty.becomes("list(w.forced)", [1])
    same_step(empty, 1)
    page.locator(".attn-trl-key button").nth(3).click()
    empty.becomes("len(w.rows)", 1)
    empty.becomes("[w.rows[0]['query'], w.attention[1].tolist()]", [1, [0, 0, 0, 1, 0, 0, 0, 0]])
    same_step(empty, 1)
    page.get_by_label("Head", exact=True).select_option("4")
    empty.becomes("w.head", 4)
    page.locator(".attn-trl input[value=sample]").check(force=True)
    empty.becomes("w.decoding", "sample")
    same_step(empty, 0)
    assert empty.complaints == []


def test_an_explorer_of_translations_that_reads_a_wrong_trait_is_caught(empty):
    empty.run(SHOW_TRANSLATION.format(planted=WRONG_TRANSLATION))
    with pytest.raises(AssertionError):
        check_translation(empty)
