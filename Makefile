# Everything a checkout needs. The first `make build` makes .venv with all tools (cmake and ninja come from PyPI);
# what has to be there before is checked by ops/build/check-prerequisites.

PYTHON ?= python3
CXX ?= g++
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 2 ] && echo $$n || echo 2)
VENUE ?= sim
SECONDS ?= 10
SEEDS ?= 10000
FROM ?= 0

VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check
STAMPS := $(VENV)/.stamps
SOURCES := $(shell find gateway/core proto fix_specs sim -name '*.cpp' -o -name '*.hpp' -o -name 'CMakeLists.txt' \
             -o -name '*.proto' -o -name '*.in' -o -path 'proto/*.py' 2>/dev/null)
PACKAGES := $(shell find gateway sim -name __init__.py -not -path 'gateway/v1/*' 2>/dev/null)
CPP_SOURCES := $(shell git ls-files 'gateway/core/*.cpp' 'gateway/core/*.hpp' 'tests/simulation/*.cpp' 'tests/simulation/*.hpp' 2>/dev/null)

CMAKE := $(BIN)/cmake
CONFIGURE := $(CMAKE) -S . -G Ninja -DCMAKE_MAKE_PROGRAM=$(BIN)/ninja -DPython_EXECUTABLE=$(BIN)/python -DGW_TESTS=ON

export CXX
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

.DEFAULT_GOAL := help
.SECONDARY:
.PHONY: help build demo test test-cpp test-python check check-proto format bench simulate simulate-session sanitize interop wheel client-wheel prerequisites clean
.DELETE_ON_ERROR:

help:
	@echo "make build     .venv with everything, built in place (a change of C++ or proto rebuilds what it must)"
	@echo "make demo      simulator + gateway + a strategy, and the comparison of their books"
	@echo "               VENUE=sim|quickfix  SECONDS=$(SECONDS)"
	@echo "make test      all tests: the core's (ctest) and Python's (pytest)"
	@echo "make check     format, lint, types, import rules, the .proto files (buf)"
	@echo "make format    put every file into its format"
	@echo "make bench     benchmarks"
	@echo "make sanitize  the core's tests with address and undefined-behaviour sanitizers"
	@echo "make fuzz      runs each fuzz target for SECONDS=$(SECONDS) (clang 14 with libFuzzer); SECONDS=3600 is the long run"
	@echo "make interop   tests against QuickFIX (its first build takes some minutes)"
	@echo "make simulate  the whole system with faults by chance, SEEDS=$(SEEDS) FROM=$(FROM)"
	@echo "make simulate-session  two sessions with faults by chance, SEEDS=$(SEEDS) FROM=$(FROM)"
	@echo "make crash     kills the gateway, and gateway and venue, at random moments under load, KILLS=n"
	@echo "make reconnects  cuts a client off N times while it trades, and compares what it saw"
	@echo "make wheel     dist/*.whl: the server, and the SDK by itself (client-wheel makes this one only)"
	@echo "make clean     remove .venv and everything that was built"
	@echo "PYTHON=$(PYTHON) CXX=$(CXX) JOBS=$(JOBS)"

# --- the environment ---------------------------------------------------------------------------------------------------

$(STAMPS)/venv:
	@sh ops/build/check-prerequisites "$(PYTHON)" "$(CXX)"
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

prerequisites:
	@sh ops/build/check-prerequisites "$(PYTHON)" "$(CXX)"

# What a group of requirements holds; it changes only when the group does, not with every edit of pyproject.toml.
$(STAMPS)/%.txt: pyproject.toml ops/build/requirements.py $(STAMPS)/venv
	@$(BIN)/python ops/build/requirements.py $* > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
	@touch $@

$(STAMPS)/%.installed: $(STAMPS)/%.txt
	@cmp -s $< $@ || { echo "installing requirements: $*"; $(PIP) install -qq -r $<; }
	@cp $< $@

$(STAMPS)/built: $(SOURCES) $(PACKAGES) CMakeLists.txt pyproject.toml $(STAMPS)/build.installed $(STAMPS)/runtime.installed
	@echo "building"
	@$(PIP) install -qq --no-build-isolation --no-deps -e . || \
	    { echo "make: the build failed; its messages are above" >&2; exit 1; }
	@touch $@

build: $(STAMPS)/built $(STAMPS)/sim.installed

# --- what one does with it ---------------------------------------------------------------------------------------------

demo: build
	@$(if $(filter quickfix,$(VENUE)),$(MAKE) --no-print-directory $(STAMPS)/interop.installed)
	@$(BIN)/python -m ops.demo --venue $(VENUE) --seconds $(SECONDS)

test: test-cpp test-python

test-cpp: build
	@$(CONFIGURE) -B build/tests > build/tests.log 2>&1 || { cat build/tests.log; exit 1; }
	@$(CMAKE) --build build/tests
	@$(BIN)/ctest --test-dir build/tests --output-on-failure -j $(JOBS)

test-python: build $(STAMPS)/test.installed
	@$(BIN)/python -m pytest -m "not interop" $(PYTEST_ARGS)

check: build $(STAMPS)/test.installed $(STAMPS)/check.installed check-proto
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy ops
	@echo "clang-format: $(words $(CPP_SOURCES)) files"
	@$(if $(CPP_SOURCES),$(BIN)/clang-format --dry-run -Werror $(CPP_SOURCES))
	$(BIN)/python -m tests.import_rules

# AGAINST: the commit to compare with; main, or the commit before, where it is not given.
check-proto: $(STAMPS)/venv
	@sh ops/build/buf $(VENV) $(AGAINST)

format: build $(STAMPS)/check.installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .
	@$(if $(CPP_SOURCES),$(BIN)/clang-format -i $(CPP_SOURCES))

bench: build $(STAMPS)/test.installed
	@$(BIN)/python -m tests.bench

simulate: build
	@$(CONFIGURE) -B build/tests > build/tests.log 2>&1 || { cat build/tests.log; exit 1; }
	@$(CMAKE) --build build/tests --target simulation
	@build/tests/tests/simulation/simulation --seeds $(SEEDS) --from $(FROM) \
	    --kept tests/simulation/system/kept_seeds.txt

simulate-session: build
	@$(CONFIGURE) -B build/tests > build/tests.log 2>&1 || { cat build/tests.log; exit 1; }
	@$(CMAKE) --build build/tests --target session_simulation
	@build/tests/tests/simulation/session_simulation --seeds $(SEEDS) --from $(FROM) \
	    --kept tests/simulation/session/kept_seeds.txt

sanitize: build
	@$(CONFIGURE) -B build/sanitize -DGW_SANITIZE=address,undefined > build/sanitize.log 2>&1 || \
	    { cat build/sanitize.log; exit 1; }
	@$(CMAKE) --build build/sanitize
	@$(BIN)/ctest --test-dir build/sanitize --output-on-failure -j $(JOBS)

.PHONY: fuzz
fuzz: build
	@sh ops/build/fuzz "$(CMAKE)" "$(BIN)/ninja" "$(BIN)/python" "$(SECONDS)" $(TARGETS)

KILLS ?= 200
.PHONY: crash
crash: build $(STAMPS)/test.installed
	@GATEWAY_TEST_KILLS=$(KILLS) GATEWAY_TEST_SEED=$${GATEWAY_TEST_SEED:-$$(date +%s)} $(BIN)/python -m pytest -s -q \
	    tests/integration/gateway/test_kill.py -k "killed_at_twenty_moments or in_turn_and_at_once"

N ?= 500
.PHONY: reconnects
reconnects: build $(STAMPS)/test.installed
	@GATEWAY_TEST_RECONNECTS=$(N) GATEWAY_TEST_SEED=$${GATEWAY_TEST_SEED:-$$(date +%s)} $(BIN)/python -m pytest -s -q \
	    tests/integration/api/test_reconnects.py

interop: build $(STAMPS)/test.installed $(STAMPS)/interop.installed
	@$(BIN)/python -m pytest -m interop $(PYTEST_ARGS)

wheel: build
	@rm -rf dist
	@$(PIP) wheel -qq --no-build-isolation --no-deps -w dist .
	@$(MAKE) --no-print-directory client-wheel
	@ls dist

# The SDK by itself: pure Python, so that whoever only trades needs no compiler.
client-wheel: $(STAMPS)/build.installed
	@$(BIN)/python ops/build/client_package.py build/client
	@$(PIP) wheel -qq --no-deps -w dist build/client

clean:
	rm -rf .venv build dist gateway/v1 sim/control/v1/*_pb2* gateway/core/*.so .mypy_cache .ruff_cache .pytest_cache
