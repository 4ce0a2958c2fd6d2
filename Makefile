# Everything a developer or operator runs. `make help` lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports fix translations soak bench lock clean dev

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 22

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@echo "Setting up $(VENV), which takes about a minute the first time ..."
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

dev: $(READY) ## Set up the development environment in .venv

demo: $(READY) ## Play trainee, mentor and tutor here (options: make demo ARGS="--port 5001")
	@$(BIN)/trellis demo $(ARGS)

test: $(READY) ## Set up and run all tests (some: make test ARGS="tests/cli -k doctor")
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: lint types imports test ## Everything that CI checks

lint: $(READY) ## Style and common faults
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## Types
	$(BIN)/mypy

imports: $(READY) ## Who may import whom
	$(BIN)/lint-imports

fix: $(READY) ## Repair what the linter can repair
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(READY) ## Take new strings into the catalogues of all languages
	$(BIN)/python -m tests.catalogues update

soak: $(READY) ## Kill workers and web processes at random, five minutes on each database
	$(BIN)/python -m tests.faults.soak --minutes 5 --database sqlite
	$(BIN)/python -m tests.faults.soak --minutes 5 --database postgresql
	$(BIN)/python -m tests.faults.web 5

bench: $(READY) ## Measure launches, an activity page and the outbox
	$(BIN)/python -m tests.bench

COMPILE := .cache/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
  --generate-hashes --no-header --no-emit-index-url --no-annotate

lock: ## Renew the lock file (newer releases: make lock ARGS=--upgrade)
	@$(PYTHON) -m venv .cache/lock
	@.cache/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	$(COMPILE) --extra demo --extra dev --extra heic --extra s3 $(ARGS) pyproject.toml -o requirements.lock
	$(COMPILE) --constraints requirements.lock --extra s3 pyproject.toml -o config/deploy/requirements.lock

clean: ## Remove everything that can be made again; the demo's folder stays
	rm -rf $(VENV) .cache build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
