# What a newcomer needs: `make demo` shows the main job, `make test` runs the tests.
# Python 3.11 or newer with its venv module is enough: the tests get .venv, the demo .venv-demo.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Versions that the tests have passed with, so that a release of today breaks nobody's `make test`.
# To raise them: see `make newest` pass, then let `make constraints` write down what it had.
CONSTRAINTS := tests/constraints.txt
NEWEST := .venv-newest
DEMO := .venv-demo
SERVERS := .venv-servers
GENERATED := artifactctl/guides/commands.md artifactctl/cli/summaries.py artifactctl/catalog/sqlite_tables.py
# More than there are processors, since many tests wait for what they have started.
WORKERS ?= 4

# Compiled modules are what makes commands start at once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup servers demo check test sweeps newest constraints bench clean

setup: $(VENV)/.ready

# By the environment rather than --constraint: it reaches what builds the package, too.
$(VENV)/.ready: export PIP_CONSTRAINT := $(CONSTRAINTS)
$(VENV)/.ready: export PIP_BUILD_CONSTRAINT := $(CONSTRAINTS)
$(VENV)/.ready: pyproject.toml $(CONSTRAINTS)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' # --group
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	touch $@

# Servers that some tests want besides those of `make setup`: without them, these tests are skipped.
# moto has an environment of its own, since it wants older packages than the tests have.
servers: $(SERVERS)/.ready

$(SERVERS)/.ready:
	$(PYTHON) -m venv --clear $(SERVERS)
	$(SERVERS)/bin/python -m pip install --quiet --disable-pip-version-check 'moto[server]>=5'
	npm install --silent --no-audit --no-fund --no-save --prefix $(SERVERS) azurite@3
	touch $@

demo: $(DEMO)/.ready
	PATH="$(CURDIR)/$(DEMO)/bin:$$PATH" sh fixtures/demo.sh build/compare.html

# The program alone; pip, which nothing here needs any more, would be a third of it.
$(DEMO)/.ready: pyproject.toml
	$(PYTHON) -m venv --clear $(DEMO)
	$(DEMO)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	$(DEMO)/bin/python -m pip uninstall --quiet --yes pip
	touch $@

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/oxlint artifactctl/render/page
	$(BIN)/lint-imports --no-logo
	$(BIN)/lint-imports --no-logo .importlinter.typing.toml
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cog --check $(GENERATED)

test: setup
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Fewer, since one may disturb another: they cut the power of a disk, and measure time.
sweeps: WORKERS := 3
sweeps: setup
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'sweep and not slow' $(ARGS)

newest:
	rm -rf $(NEWEST)
	$(MAKE) VENV=$(NEWEST) CONSTRAINTS= test

# What builds the package and what torch brings along are not in the environment of the tests.
constraints:
	$(NEWEST)/bin/python -m pip install --quiet hatchling editables torch
	$(NEWEST)/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' | LC_ALL=C sort -f > $(CONSTRAINTS)

# Against yardsticks; with PEERS=zenml,dvc or PEERS=all beside other programs, each in an environment
# of its own. ROWS=help,list chooses rows, ROUNDS=5 how often, GUIDE=1 puts it into the guide `speed`.
BESIDE = .peers --peers $(PEERS) $(if $(ROWS),--rows $(ROWS)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
	$(if $(GUIDE),--guide)

bench: setup
	$(BIN)/python -m tests.benchmarks$(if $(PEERS),$(BESIDE)) $(ARGS)

clean:
	rm -rf $(VENV) $(NEWEST) $(DEMO) $(SERVERS) .venv-peers build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
