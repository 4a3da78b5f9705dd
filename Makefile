# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8321

.PHONY: run demo test test-long bench lint types contracts check dashboards peers clean

run demo: $(VENV)/.run
	$(BIN)/tierwatch demo --port $(PORT)

test: $(VENV)/.test peers
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-long: $(VENV)/.test peers
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/properties -n 2 --timeout 7200
	TIERWATCH_KILLS=1000 HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/flow/test_crash_instants.py \
	  tests/alerts/test_outbox_races.py --timeout 7200

# Figures, as a table and as JSON (docs/performance.md); on a machine that has nothing else to do.
bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench.working_time
	$(BIN)/python -m tests.bench.explain
	$(BIN)/python -m tests.bench.backtest
	$(BIN)/python -m tests.bench.clock_read
	$(BIN)/python -m tests.bench.crossings
	$(BIN)/python -m tests.bench.breach_first

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

contracts: $(VENV)/.test
	$(BIN)/lint-imports

check: lint types contracts test

dashboards: $(VENV)/.test
	$(BIN)/python -m grafana.overview

# The real servers that some tests talk to; without apt-get or root those tests are skipped and say so.
peers:
	@sh tests/peers/install.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tierwatch needs Python 3.11 or later; call make with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,bench]'
	@touch $@ $(VENV)/.test $(VENV)/.run

clean:
	rm -rf $(VENV) .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
