# Developers' interface. `make run` and `make test` set everything up themselves on a fresh Debian 12.
.DELETE_ON_ERROR:
.PHONY: run test scenarios check bench docs lock clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# Hundreds of processes of the program start in a run of the tests: compiled once, each of them starts a second earlier.
unexport PYTHONDONTWRITEBYTECODE
BENCH ?=

run: $(VENV)/.run
	$(BIN)/tslcd-monitor demo

# Many tests wait for a real server or a real second: three at a time on two cores (with four, some that measure time fail); whoever is idle takes from the others.
test: $(VENV)/.dev
	deploy/prepare-host.sh test
	$(BIN)/pytest -n 3 --dist worksteal -m "not slow" $(PYTEST_ARGS)

# The long forms: the whole-daemon stories and 200 kills, about 30 minutes, 10,000 runs of each kind of probe, about 15 s
# each, and every example of the engine's properties. They print their figures.
scenarios: $(VENV)/.dev
	deploy/prepare-host.sh test
	$(BIN)/pytest -m slow -s tests/scenarios tests/probes tests/monitor $(PYTEST_ARGS)
	LONG_FORM=1 $(BIN)/pytest -n 2 tests/alerts $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	deploy/prepare-host.sh bench
	$(BIN)/python -m tests.bench $(BENCH)

# Pages that are made from the code.
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

# The lock files carry hashes; the project itself is installed without touching them.
$(VENV)/.run: requirements.lock pyproject.toml
	deploy/prepare-host.sh run
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --extra demo pyproject.toml deploy/build-requirements.in -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --extra demo --extra dev pyproject.toml deploy/build-requirements.in -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
