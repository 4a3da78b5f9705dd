# Two commands do all the set-up on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKER := .locks/tool/bin/uv
PORT ?= 8321

.PHONY: run demo test test-quick test-compiled test-peers test-long test-latest test-oldest lock bench bench-quick wheels
.PHONY: lint types contracts check
.PHONY: dashboards reference peers clean

run demo: $(VENV)/.run
	$(BIN)/tierwatch demo --port $(PORT)

# More workers than processors: many tests wait for a program or a receiver. PYTHONDONTWRITEBYTECODE would have every
# program that a test starts compile all modules again.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.test $(VENV)/notices/.done peers
	$(BIN)/python -m pytest -n 6 --dist worksteal

# The tests of the pure rooms alone, in a minute: no program, no peer, and none that Hypothesis runs a hundred times.
QUICK = tests/monitor/access tests/monitor/aggregates tests/monitor/alert tests/monitor/availability tests/monitor/clock tests/monitor/explain tests/monitor/history \
  tests/monitor/machine tests/monitor/memory tests/monitor/messages tests/monitor/notices tests/monitor/policy \
  tests/monitor/test_snapshot.py tests/monitor/text tests/monitor/worktime \
  tests/alerts/decide tests/alerts/wording

test-quick: $(VENV)/.test
	$(BIN)/python -m pytest $(QUICK) -m "not hypothesis and not peer and not data" -n 2 --dist worksteal

# The tests against real servers alone. `make test` runs them too.
test-peers: export PYTHONDONTWRITEBYTECODE :=
test-peers: $(VENV)/.test $(VENV)/notices/.done peers
	$(BIN)/python -m pytest -m peer -n 2 --dist worksteal

test-long: $(VENV)/.test peers
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/properties -n 2 --timeout 7200
	TIERWATCH_KILLS=1000 HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/flow/test_crash_instants.py \
	  tests/alerts/delivery/test_outbox_races.py --timeout 7200

# A wheel with the compiled core for this machine and this Python, in dist/ (docs/operations.md); needs a C compiler.
wheels: $(VENV)/.test
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m hatchling build --target wheel --directory dist

# What `make test-quick` runs, against that wheel in an environment of its own; `TESTS=tests` for the whole suite.
test-compiled: export PYTHONDONTWRITEBYTECODE :=
test-compiled: $(VENV)/.test
	@sh .ci/compiled/test.sh $(PYTHON) $(BIN)/python \
	  $(or $(TESTS),tests/monitor/compiled $(QUICK) -m "not hypothesis and not peer and not data")

# Figures, as a table and as JSON (docs/performance.md); on a machine that has nothing else to do.
bench: $(VENV)/.bench
	$(BIN)/python -m tests.bench.working_time
	$(BIN)/python -m tests.bench.explain
	$(BIN)/python -m tests.bench.api
	$(BIN)/python -m tests.bench.availability
	$(BIN)/python -m tests.bench.backtest
	$(BIN)/python -m tests.bench.clock_read
	$(BIN)/python -m tests.bench.hot_subject
	$(BIN)/python -m tests.bench.breach_first
	$(BIN)/python -m tests.bench.influx
	$(BIN)/python -m tests.bench.influx_away
	$(BIN)/python -m tests.bench.live
	$(BIN)/python -m tests.bench.scale

# The last of them in three minutes, with 3,000 and 30,000 open clocks: for comparing two states of the code.
bench-quick: $(VENV)/.test
	$(BIN)/python -m tests.bench.scale --quick

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

contracts: $(VENV)/.test
	$(BIN)/lint-imports

check: lint types contracts test

dashboards: $(VENV)/.test
	$(BIN)/python -m grafana.build

# The pages of docs/reference, from the code that they describe; a test says when they are stale.
reference: $(VENV)/.test
	$(BIN)/python -m tests.reference

# The real servers that some tests talk to; without apt-get or root those tests are skipped and say so.
peers:
	@sh tests/peers/install.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "tierwatch needs Python 3.11 or later; call make with PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Everything is installed in the versions and with the hashes of the locks; the project itself then asks for nothing.
WHAT_IS_LOCKED = -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
LOCKED = $(BIN)/python $(WHAT_IS_LOCKED)
ITSELF = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

$(VENV)/.run: pyproject.toml .ci/locks/run.txt .ci/locks/build.txt | $(VENV)/bin/python
	$(LOCKED) .ci/locks/run.txt
	$(LOCKED) .ci/locks/build.txt
	$(ITSELF)
	@touch $@

$(VENV)/.test: pyproject.toml .ci/locks/test.txt | $(VENV)/bin/python
	$(LOCKED) .ci/locks/test.txt
	$(ITSELF)
	@touch $@ $(VENV)/.run

# The parser of carriers' notices: what it pins excludes what tierwatch needs (docs/decisions/0133).
$(VENV)/notices/.done: .ci/locks/notices.txt | $(VENV)/bin/python
	$(PYTHON) -m venv $(VENV)/notices
	$(VENV)/notices/bin/python $(WHAT_IS_LOCKED) .ci/locks/notices.txt
	@touch $@

$(VENV)/.bench: pyproject.toml .ci/locks/bench.txt | $(VENV)/bin/python
	$(LOCKED) .ci/locks/bench.txt
	$(ITSELF)
	@touch $@ $(VENV)/.test $(VENV)/.run

# Resolve the locks anew (CONTRIBUTING.md says when); the suite with the newest and with the oldest versions allowed.
lock: $(LOCKER)
	UV=$(LOCKER) sh .ci/locks/lock.sh .ci/locks --upgrade

test-latest: $(LOCKER)
	UV=$(LOCKER) sh .ci/locks/lock.sh .locks/latest --upgrade
	sh .ci/locks/test_with.sh $(PYTHON) .locks/latest

test-oldest: $(LOCKER)
	UV=$(LOCKER) sh .ci/locks/lock.sh .locks/oldest --upgrade --resolution lowest-direct
	sh .ci/locks/test_with.sh $(PYTHON) .locks/oldest

$(LOCKER):
	$(PYTHON) -m venv .locks/tool
	.locks/tool/bin/python -m pip install --quiet --disable-pip-version-check uv

clean:
	rm -rf $(VENV) .locks dist .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
