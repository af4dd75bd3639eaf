# make setup     installs Debian packages that are missing (sudo where not root)
# make build     builds the command: .build/release/hippodrome
# make test      passes the tests
# make survive   kills a small sweep 200 times, and resumes it: five minutes
# make verify    judges all kernels against fixtures and laws
# make mutants   judges seeded bugs, which must fail, and writes reports/mutants.md
# make bench     measures all kernels in both precisions
# make report    verifies, measures in single precision and writes reports/*.md: some ten minutes
# make gate BASE=main   says whether the working tree is slower or hungrier than that revision
# make calibrate  measures what the gate sees on this machine: half an hour
# make peers     races variants against PyTorch and JAX and writes reports/peers.md: some fifteen minutes
# make peers-check compares what PyTorch and JAX compute with the fixtures
# make fixtures  writes the fixtures anew from their recipes (Python with NumPy, h5py and mpmath)
# make format    formats the sources
# make lint      checks format and file lengths

.PHONY: help setup build test survive verify mutants bench report gate run-gate calibrate peers peers-check fixtures format lint
.DEFAULT_GOAL := help

HIPPODROME := .build/release/hippodrome
PACKAGES := libhdf5-dev libfftw3-dev libopenblas-dev gnuplot-nox python3 python3-numpy python3-h5py

help:
	@sed -n 's/^# //p' Makefile

setup:
	@missing=$$(for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'install ok installed' || printf ' %s' $$package; done); \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then sudo=; else sudo=sudo; fi; \
	  $$sudo apt-get update -q && \
	  $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	fi

build: setup
	swift build -c release --product hippodrome

test: setup
	swift test

survive: setup
	SURVIVAL_KILLS=200 swift test --filter SurvivalTests

verify: build
	$(HIPPODROME) verify

mutants: build
	$(HIPPODROME) mutants

bench: build
	$(HIPPODROME) bench

report: build
	$(HIPPODROME) verify --keep
	$(HIPPODROME) bench --precision float
	$(HIPPODROME) report

# make ends with 2 for whatever goes wrong in a recipe, but a gate's 1 and 2 differ. In question mode, where a recipe marked + runs all the
# same, a target that is left to be made ends with 1.
ifeq ($(MAKECMDGOALS),gate)
MAKEFLAGS += --question
endif
GATE_STATUS := .build/gate/status

gate: run-gate
	$(if $(filter 0,$(shell cat $(GATE_STATUS))),,$(if $(filter 1,$(shell cat $(GATE_STATUS))),false,$(error nothing was compared)))

run-gate:
	+@mkdir -p $(dir $(GATE_STATUS)); echo 2 > $(GATE_STATUS); \
	if [ -z "$(BASE)" ]; then echo "expected BASE=<git revision>, such as: make gate BASE=main" >&2; \
	else MAKEFLAGS= $(MAKE) --no-print-directory setup && MAKEFLAGS= scripts/gate $(BASE) $(GATE); echo $$? > $(GATE_STATUS); fi

calibrate: build
	$(HIPPODROME) calibrate --within 30m

peers: build peers/.venv/installed
	$(HIPPODROME) peers
	$(HIPPODROME) report

peers-check: peers/.venv/installed
	peers/.venv/bin/python peers/check.py

# PyTorch's compiler calls g++.
peers/.venv/installed: peers/requirements.txt
	$(MAKE) setup PACKAGES="g++ $$(python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv)"
	python3 -m venv peers/.venv
	peers/.venv/bin/pip install --requirement peers/requirements.txt
	touch $@

fixtures:
	for recipe in fixtures/*/recipe.py; do python3 "$$recipe" || exit 1; done

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@long=$$(find Sources Tests -name '*.swift' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 400'); \
	if [ -n "$$long" ]; then echo "files over 400 lines:"; echo "$$long"; exit 1; fi
