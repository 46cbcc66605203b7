# `make site` and `make test` do all the set-up they need on a machine with Python 3.11+.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/pytest -n auto --dist worksteal

.PHONY: site test test-fast test-long check bench wheel clean lock
.DELETE_ON_ERROR:

site: $(VENV)/.package ## Build the bundle from the baked room: no GPU, no encode.
	$(BIN)/breathe build
	@echo "Look at it:  $(BIN)/breathe serve --open"

test: $(VENV)/.development ## Unit, JavaScript and browser tests.
	$(BIN)/python tests/prepare.py
	$(PYTEST)

test-fast: $(VENV)/.development ## The tests without browsers, ssh servers and encodes.
	$(PYTEST) -m "not (long or browser or sshd or encode)"

test-long: $(VENV)/.development ## The tests that are too long for every change.
	$(BIN)/python tests/prepare.py
	$(PYTEST) -m long

check: $(VENV)/.development ## Everything a reviewer would run, short of the tests.
	$(BIN)/ruff check generator tests
	$(BIN)/ruff format --check generator tests
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.style
	$(BIN)/python -m tests.typecheck
	$(BIN)/breathe check

bench: $(VENV)/.development ## Ratios against a baseline in the same run.
	$(BIN)/python tests/prepare.py
	$(BIN)/python -m tests.bench

wheel: $(VENV)/.development ## A wheel that carries the starter.
	$(BIN)/python -m hatchling build -t wheel -d build
	@echo "The wheel:  build/"

lock: $(VENV)/.package ## Pin the development environment anew.
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header \
	  --no-emit-index-url --extra wan pyproject.toml .ci/requirements.in -o .ci/requirements.lock

clean: ## Remove what the targets above made.
	rm -rf $(VENV) dist build .breathe .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "This needs Python 3.11 or later; try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.package: pyproject.toml .ci/requirements.lock | $(VENV)/bin/python
	$(BIN)/pip install -q --disable-pip-version-check -c .ci/requirements.lock -e .
	@touch $@

$(VENV)/.development: $(VENV)/.package .ci/requirements.in
	$(BIN)/pip install -q --disable-pip-version-check -r .ci/requirements.lock
	@touch $@
