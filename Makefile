# Developers' interface. `make run` and `make test` set everything up themselves on a fresh Debian 12.
.DELETE_ON_ERROR:
.PHONY: run test scenarios chaos soak fuzz check bench docs locale samples lock clean wheel deb bundle sbom
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RULES := deploy/rules
PYTEST_ARGS ?=
# Hundreds of processes of the program start in a run of the tests: compiled once, each of them starts a second earlier.
unexport PYTHONDONTWRITEBYTECODE
BENCH ?=
FUZZ ?=
SOAK ?=

run: $(VENV)/.run
	$(BIN)/tslcd-monitor demo

# Many tests wait for a real server or a real second: four files at a time on two cores, those that take longest first.
# Those that compare a measured time with a bound run by themselves afterwards: a busy machine is no fault of the program.
test: $(VENV)/.dev
	deploy/prepare-host.sh test
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not slow and not alone" $(PYTEST_ARGS)
	$(BIN)/pytest -m "alone and not slow" $(PYTEST_ARGS)

# The long forms: the whole-daemon stories with 50 kills, about 25 minutes, 10,000 runs of each kind of probe, about 15 s
# each, and every example of the engine's properties. They print their figures.
scenarios: $(VENV)/.dev
	deploy/prepare-host.sh test
	$(BIN)/pytest -m slow -s tests/scenarios tests/probes tests/monitor $(PYTEST_ARGS)
	LONG_FORM=1 $(BIN)/pytest -n 2 tests/alerts tests/browser tests/deploy $(PYTEST_ARGS)

# What docs/reliability.md promises, each with the full count; a list of what was seen at the end.
chaos: $(VENV)/.dev
	deploy/prepare-host.sh test
	LONG_FORM=1 $(BIN)/pytest -q -k "test_r0 or test_r1 or test_r2" tests/chaos $(wildcard tests/deploy) $(PYTEST_ARGS)

# The medium province for an hour of real time (SOAK="--minutes 1440" for a day): table, verdict and picture in build/soak.
soak: $(VENV)/.dev
	deploy/prepare-host.sh bench
	$(BIN)/python -m tests.soak $(SOAK)

# Bytes that surprise a reader of strangers' bytes, looked for with coverage in sight: a minute for each of 21 readers, two
# at a time. FUZZ="--seconds 600 dns sip": longer, and only these. What is found becomes a test by itself (tests/fuzz/found).
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(FUZZ)

check: $(VENV)/.dev $(VENV)/.rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -n 2 || $(BIN)/mypy  # again alone: on a very busy machine it gives its helpers up
	$(BIN)/lint-imports
	printf '%s\n' monitor alerts inventory probes deploy | xargs -P 2 -n 1 $(BIN)/bandit -q -r -ll -c pyproject.toml
	$(BIN)/osemgrep test --experimental $(RULES)
	$(BIN)/osemgrep scan --experimental --metrics=off --disable-version-check --quiet --error --config $(RULES)/rules.yaml \
	    monitor alerts inventory probes deploy/package

bench: $(VENV)/.dev
	deploy/prepare-host.sh bench
	$(BIN)/python -m tests.bench $(BENCH)

# Pages that are made from the code.
docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

# Every message of the pages goes into monitor/web/locale/en.po, to be translated there, and into en.mo.
locale: $(VENV)/.dev
	$(BIN)/python docs/make_locale.py

# The report of a made-up November in docs/samples.
samples: $(VENV)/.dev
	$(BIN)/python docs/samples/make.py

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

# Only the program that searches, which needs none of the forty packages around it: they have no place beside ours.
$(VENV)/.rules: $(VENV)/.run requirements-rules.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements-rules.lock
	ln -sf "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' | sed 's|.*/$(VENV)/|../|')/semgrep/bin/semgrep-core" $(BIN)/osemgrep
	touch $@

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --no-deps deploy/rules-requirements.in -o requirements-rules.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --extra demo pyproject.toml deploy/build-requirements.in -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-header --extra demo --extra dev pyproject.toml deploy/build-requirements.in -c requirements.lock -o requirements-dev.lock

# What provinces install, into dist/: the wheel, the Debian package, the offline bundle, the bill of materials. Two builds
# of one commit are the same byte for byte; wheels of others are kept in build/wheels.
wheel deb bundle sbom: $(VENV)/.dev
	$(BIN)/python -m deploy.package $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
