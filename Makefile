# Attention Lab: every command that a reader or a contributor needs. `make help` lists them.

PYTHON ?= python3
VENV ?= .venv
VENV_ARGS ?=
# Which PyTorch: a requirement (TORCH=torch==2.11.0) and the index it comes from. README, "PyTorch".
TORCH ?=
TORCH_INDEX ?=
PORT ?= 8000
LAB_ARGS ?=
CHECKS ?=

# Two torch threads on one free core spin instead of waiting; passive waiting costs nothing elsewhere.
export OMP_WAIT_POLICY ?= passive
export GOMP_SPINCOUNT ?= 0

PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help install front-end book serve test lab bench colab-check bootstrap format clean distclean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "make: no '$(PYTHON)' here. Name a Python 3.11 or newer: make book PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: $$($(PYTHON) --version) is too old: Attention Lab needs 3.11 or newer. Name one: make book PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV_ARGS) $(VENV) || { rm -rf $(VENV); exit 1; }

# The stamp is younger than what it depends on exactly while the environment is up to date.
$(VENV)/.installed: requirements.txt pyproject.toml hatch_build.py tools/install.py | $(PY)
	$(PY) tools/install.py --torch "$(TORCH)" --torch-index "$(TORCH_INDEX)"
	@touch $@

install: $(VENV)/.installed ## make .venv with everything that building and testing needs

front-end: install ## bundle the front end and make the word table, if their sources changed
	@$(PY) tools/build_front_end.py
	@$(PY) tools/build_words.py

book: front-end ## build the HTML book and print where it is
	@$(PY) tools/build_book.py

serve: book ## serve the book on this machine (PORT=8000)
	@$(PY) tools/build_book.py serve --port $(PORT)

test: book ## everything that CI checks (CHECKS="ruff mypy" for some, CHECKS=--list for the names)
	@$(PY) tools/run_checks.py $(CHECKS)

lab: front-end ## open the notebooks in JupyterLab (LAB_ARGS="--no-browser")
	@$(PY) -m jupyterlab $(LAB_ARGS) notebooks

bench: book ## measure speed and size against their budgets
	@$(PY) -m bench

colab-check: front-end ## run every notebook with the versions that Colab has
	@$(PY) tools/colab_check.py

bootstrap: install ## write the first cell of every notebook anew
	@$(PY) tools/bootstrap.py --write

format: front-end ## format the code, and strip the notebooks of outputs that are not checked
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
	@$(PY) tools/notebook_outputs.py --write
	@cd src/widgets && PATH="$(abspath $(VENV))/bin:$$PATH" npx prettier --write .

clean: ## remove what was built
	rm -rf build dist src/attnlab/static .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## remove what was built and what was installed
	rm -rf $(VENV) src/widgets/node_modules
