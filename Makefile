# make setup     installs Debian packages that are missing (sudo where not root)
# make build     builds the command: .build/release/hippodrome
# make test      passes the tests
# make survive   kills a small sweep 200 times, and resumes it: five minutes
# make sanitize  verifies all kernels with bounds checks, under AddressSanitizer and, if threaded, ThreadSanitizer
# make fuzz      feeds RUNS (a million) files to the reader of case files under libFuzzer, both ways: a day; RUNS=40000: an hour
# make verify    judges all kernels against fixtures and laws
# make mutants   judges seeded bugs, which must fail, and writes reports/mutants.md
# make bench     measures all kernels in both precisions
# make report    verifies, measures in single precision on one thread and writes reports/*.md; of some kernels, which is much
#                quicker: make report KERNELS="s4d.filter s4d.scan"
# make gate BASE=main   says whether the working tree is slower or hungrier than that revision
# make calibrate  measures what the gate sees on this machine: half an hour
# make peers     races variants against PyTorch and JAX and writes reports/peers.md; takes long
# make peers-check compares what PyTorch and JAX compute with the fixtures
# make fixtures  writes the fixtures anew from their recipes (Python with NumPy, h5py and mpmath)
# make format    formats the sources
# make lint      checks format and file lengths

.PHONY: help setup build test survive sanitize fuzz fuzzer fuzz-contents fuzz-file verify mutants bench report gate run-gate calibrate peers peers-check fixtures format lint
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

# Kernels are built anew for each: the shipped ones have no checks. What was allocated once and never freed is no concern here.
sanitize: setup
	HIPPODROME_CHECKED=1 swift build -c release --scratch-path .build/checked --product hippodrome
	.build/checked/release/hippodrome verify --seeds 1
	swift build -c release --sanitize=address --scratch-path .build/address --product hippodrome
	ASAN_OPTIONS=detect_leaks=0 .build/address/release/hippodrome verify --seeds 1
	swift build -c release --sanitize=thread --scratch-path .build/thread --product hippodrome
	TSAN_OPTIONS=halt_on_error=1 .build/thread/release/hippodrome verify --seeds 1 --threads 2

# Swift's own choice of coverage for -sanitize=fuzzer is one that libFuzzer does not read.
FUZZ_FLAGS := -artifact_prefix=.build/fuzz/ -print_final_stats=1
FUZZER := .build/fuzz/release/FuzzCaseReader
COVERAGE := edge,inline-8bit-counters,pc-table,trace-cmp,indirect-calls
RUNS ?= 1000000

fuzz: fuzz-contents fuzz-file

fuzz-contents: fuzzer
	FUZZ_ENTRY=contents $(FUZZER) -runs=$(RUNS) -max_len=512 $(FUZZ_FLAGS) .build/fuzz/contents

fuzz-file: fuzzer
	FUZZ_ENTRY=file $(FUZZER) -runs=$(RUNS) -max_len=16384 $(FUZZ_FLAGS) .build/fuzz/file fixtures/reader

fuzzer: setup
	HIPPODROME_FUZZ=1 swift build -c release --sanitize=fuzzer -Xswiftc -sanitize-coverage=$(COVERAGE) \
	  --scratch-path .build/fuzz --product FuzzCaseReader
	mkdir -p .build/fuzz/contents .build/fuzz/file

verify: build
	$(HIPPODROME) verify

mutants: build
	$(HIPPODROME) mutants

bench: build
	$(HIPPODROME) bench

report: build
	$(HIPPODROME) verify --keep $(KERNELS)
	$(HIPPODROME) bench --precision float --threads 1 --samples 7 --variant-seconds 0.15 $(KERNELS)
	$(HIPPODROME) report

# make ends with 2 for whatever goes wrong in a recipe, but a gate's 1 and 2 differ. In question mode, where a recipe marked + runs all the
# same, a target that is left to be made ends with 1.
ifeq ($(MAKECMDGOALS),gate)
MAKEFLAGS += --question
endif
GATE_STATUS := .build/gate/status

gate: run-gate
	$(if $(filter 0,$(shell cat $(GATE_STATUS))),,$(if $(filter 1,$(shell cat $(GATE_STATUS))),false,$(error not decided)))

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

# Python with PyTorch, by which CI tests the example for it.
.build/python/installed: peers/requirements.txt
	$(MAKE) setup PACKAGES="$$(python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv)"
	python3 -m venv .build/python
	grep -v '^jax' peers/requirements.txt > .build/python/requirements.txt
	.build/python/bin/pip install --quiet --requirement .build/python/requirements.txt
	touch $@

fixtures:
	for recipe in fixtures/*/recipe.py; do python3 "$$recipe" || exit 1; done

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@long=$$(find Sources Tests -name '*.swift' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 400'); \
	if [ -n "$$long" ]; then echo "files over 400 lines:"; echo "$$long"; exit 1; fi
