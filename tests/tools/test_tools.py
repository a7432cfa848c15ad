"""The small programs that install, run the checks and keep the notebooks clean."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import install
import notebook_outputs
import run_checks


def test_the_torch_line_is_taken_out_of_the_requirements():
    asked, rest = install.split_requirements("numpy==2.4.6\ntorch==2.13.0\ntorchmetrics==1.0\n")
    assert asked == "torch==2.13.0"
    assert rest == "numpy==2.4.6\ntorchmetrics==1.0\n"


@pytest.mark.parametrize("text", ["numpy==2.4.6\n", "torch==1.0\ntorch>=2\n"])
def test_requirements_that_do_not_name_torch_once_are_refused(text):
    with pytest.raises(SystemExit, match=r"names PyTorch [02] times"):
        install.split_requirements(text)


@pytest.mark.parametrize(
    ("there", "asked", "index", "installed"),
    [
        ("2.6.0", "", "", None),
        ("2.6.0", "", "https://index.example", None),
        ("2.6.0", "torch==2.11.0", "", ("torch==2.11.0",)),
        (None, "", "", ("torch==2.13.0",)),
        (None, "", "https://index.example", ("torch==2.13.0", "--index-url", "https://index.example")),
    ],
)
def test_an_installed_torch_stays_unless_another_is_asked_for(monkeypatch, there, asked, index, installed):
    calls = []
    monkeypatch.setattr(install, "installed_version", lambda name: there)
    monkeypatch.setattr(install, "pip_install", lambda *arguments: calls.append(arguments))
    install.install_torch(asked, "torch==2.13.0", index)
    assert calls == ([installed] if installed else [])


def test_a_failed_check_is_told_apart_from_a_passed_one():
    good = run_checks.run(run_checks.python("good", "-c", "pass"))
    bad = run_checks.run(run_checks.python("bad", "-c", "raise SystemExit(3)"))
    assert [good.passed, bad.passed] == [True, False]
    lines = run_checks.summary([good, bad]).splitlines()
    assert lines[0].startswith("passed")
    assert lines[1].startswith("FAILED")
    assert lines[-1] == "1 passed, 1 failed"


def test_one_failed_check_fails_the_whole_run(monkeypatch):
    checks = (run_checks.python("bad", "-c", "raise SystemExit(3)"), run_checks.python("good", "-c", "pass"))
    monkeypatch.setattr(run_checks, "CHECKS", checks)
    assert run_checks.main([]) == 1
    assert run_checks.main(["good"]) == 0


def test_an_unknown_check_is_refused():
    with pytest.raises(SystemExit, match="No check is named rufff"):
        run_checks.chosen(["rufff"])


def notebook_with(code: str, *outputs, count: int | None = None):
    cell = new_code_cell(code, id="code", outputs=list(outputs), execution_count=count)
    return new_notebook(cells=[new_markdown_cell("# Title", id="title"), cell])


TEXT = new_output("stream", name="stdout", text="0.62\n")
PICTURE = new_output("display_data", data={"image/png": "AAAA"})
RESULT = new_output("execute_result", execution_count=4, data={"text/plain": "4", "text/html": "<b>4</b>"})
MARKED = notebook_outputs.MARK


@pytest.mark.parametrize(
    ("notebook", "caught"),
    [
        (notebook_with("print(1)", TEXT), "cell 1 stores an output"),
        (notebook_with(MARKED, TEXT, PICTURE), "cell 1 stores an output"),
        (notebook_with(MARKED, RESULT), "cell 1 stores an output"),
        (notebook_with(MARKED), "stores no text to compare"),
        (notebook_with("print(1)", count=1), "cell 1 stores an output or a count"),
        (notebook_with(MARKED, TEXT, count=7), "cell 1 stores an output or a count"),
        (notebook_with("print(1)"), None),
        (notebook_with(MARKED, TEXT, count=1), None),
    ],
)
def test_outputs_that_do_not_belong_in_git_are_caught(notebook, caught):
    found = notebook_outputs.problems(notebook)
    assert bool(found) == bool(caught)
    assert not caught or caught in found[0]


def test_stripping_keeps_the_text_that_is_compared():
    cell = notebook_with(MARKED, TEXT, PICTURE, RESULT).cells[1]
    kept = notebook_outputs.stripped(cell).outputs
    assert [output.output_type for output in kept] == ["stream", "execute_result"]
    assert kept[1].data == {"text/plain": "4"}
    assert kept[1].execution_count == notebook_outputs.COUNT


def test_a_stored_widget_state_is_caught():
    notebook = notebook_with("print(1)")
    notebook.metadata["widgets"] = {}
    assert notebook_outputs.problems(notebook) == ["the notebook stores the state of its widgets"]
