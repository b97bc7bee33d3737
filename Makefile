# What a newcomer needs: `make demo` shows the main job, `make test` runs the tests.
# Everything is installed into .venv; Python 3.11 or newer with its venv module is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Compiled modules are what makes commands start at once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo check test bench clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" sh fixtures/demo.sh

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/oxlint artifactctl/render/page
	$(BIN)/lint-imports --no-logo
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cog --check README.md

test: setup
	$(BIN)/pytest -n 2 --dist worksteal $(ARGS)

bench: setup
	$(BIN)/python -m tests.benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
