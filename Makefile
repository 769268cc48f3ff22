# make demo    the console on a hospital full of life        make test       all tests
# make check   linters, types, import contracts, audit       make test-long  their nightly forms (hours)
# make test-postgres   the features' tests once more, every hospital on PostgreSQL
# make lock    new exact versions                            make bench      measurements (QUICK=1: short)
# make clean   remove what make made

VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 3
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What pip installs is compiled afterwards, by all cores; what no Python may compile is left as it is.
BUILD := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
	--annotation-style=line --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

# Each of a thousand processes would compile the program anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-postgres test-long check check-text check-types check-imports audit \
	compiled-tests bench lock clean install install-dev
.DEFAULT_GOAL := test

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "HMS needs Python 3.11 or newer, and found none."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: $(BIN)/python requirements-build.lock requirements.lock pyproject.toml
	@echo "installing HMS into $(VENV) …"
	@$(PIP) install --require-hashes -r requirements-build.lock
	@$(PIP) install --no-compile --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@$(BUILD)
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "installing the development tools …"
	@$(PIP) install --no-compile --require-hashes -r requirements-dev.lock
	@$(BUILD)
	@touch $@

install: $(VENV)/.run

install-dev: $(VENV)/.dev

demo: $(VENV)/.run
	@$(BIN)/hms demo $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not serial and not long" $(ARGS)
	$(BIN)/python -m pytest -m "serial and not long" $(ARGS)

test-postgres: $(VENV)/.dev
	HMS_REQUIRE_ALL=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not long and not sqlite" \
		--database postgresql tests/features tests/properties $(ARGS)

test-long: $(VENV)/.dev
	$(BIN)/python -m pytest -m long $(ARGS)

check: check-text check-types check-imports audit

check-text: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-types: $(VENV)/.dev
	$(BIN)/mypy

check-imports: $(VENV)/.dev
	$(BIN)/lint-imports --no-cache

audit: $(VENV)/.dev
	@$(BIN)/python .ci/audit.py

# Reads the tests, so that Python keeps them compiled: else each worker of the tests compiles them all.
compiled-tests: $(VENV)/.dev
	@$(BIN)/python -m pytest -q --collect-only >/dev/null || true

bench: $(VENV)/.dev
	@QUICK=$(QUICK) $(BIN)/python -m benchmarks $(ARGS)

lock: $(BIN)/python
	@$(PIP) install pip-tools
	$(COMPILE) $(UPGRADE) --output-file requirements-build.lock requirements-build.txt
	$(COMPILE) $(UPGRADE) --output-file requirements.lock pyproject.toml
	$(COMPILE) $(UPGRADE) --extra dev -c requirements.lock --output-file requirements-dev.lock pyproject.toml
	@for f in requirements-build.lock requirements.lock requirements-dev.lock; do \
		sed -i -e '1i # Exact versions with hashes; made by: make lock' -e '/considered to be unsafe/d' $$f; done

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
