# The verbs of the project. `make demo` and `make test` work in a fresh clone on a machine that has
# only make and Python 3.11 or later. Another Python: make test PYTHON=/path/to/python3.12
# Options of `jupyter lab`: make lab LAB="--no-browser --port=8890", as root also --allow-root

PYTHON ?=
LAB ?=
VENV := .venv
BIN := $(VENV)/bin
SOURCES := nbtrack tests tools $(wildcard examples)
NOTEBOOKS := $(wildcard notebooks/*.ipynb)

.PHONY: help demo test unit browser check lab bench
.NOTPARALLEL:
.DEFAULT_GOAL := help

help: ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1: /p' Makefile

demo: $(VENV)/.demo ## track a first sweep and show what came of it
	@$(BIN)/python examples/digits_sweep.py

test: unit browser ## run every test; the browser's too where there is a Chromium

# A notebook's cells, and the tests that share a server, stay in one process. Outputs of notebooks are
# compared with the stored ones, but for what tests/nbval.cfg names and cells with nbval-ignore-output.
unit: $(VENV)/.dev ## run every test that needs no browser
	@echo "==> Tests"
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests \
	  $(if $(NOTEBOOKS),--nbval --nbval-sanitize-with=tests/nbval.cfg \
	    --nbval-current-env --nbval-cell-timeout=120 $(NOTEBOOKS))

browser: $(VENV)/.dev ## run the tests that drive JupyterLab in Chromium
	@$(BIN)/python tools/browser_tests.py

check: $(VENV)/.dev ## check format, lint, types, imports, sizes and the generated docs
	@echo "==> Format and lint"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "==> Types"
	@$(BIN)/mypy $(SOURCES)
	@$(BIN)/pyright
	@echo "==> Imports, sizes and public names"
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/test_architecture.py
	@if [ -f tools/generate_docs.py ]; then \
	  echo "==> Generated docs"; $(BIN)/python tools/generate_docs.py --check; fi

lab: $(VENV)/.dev ## open JupyterLab on the notebooks
	@$(BIN)/python -m jupyter lab $(if $(NOTEBOOKS),--notebook-dir=notebooks) $(LAB)

bench: $(VENV)/.dev ## measure, and print the figures
	@$(BIN)/python -m tests.benchmarks

$(VENV)/.demo: pyproject.toml
	@PYTHON="$(PYTHON)" sh tools/make_env.sh $(VENV) demo,server
	@touch $@

$(VENV)/.dev: pyproject.toml
	@PYTHON="$(PYTHON)" sh tools/make_env.sh $(VENV) dev
	@touch $(VENV)/.demo $@
