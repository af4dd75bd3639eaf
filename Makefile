# make setup     installs Debian packages that are missing (sudo where not root)
# make build     builds the command: .build/release/hippodrome
# make test      passes the tests
# make verify    judges all kernels against fixtures and laws
# make bench     measures all kernels in both precisions
# make report    verifies, measures in single precision and writes reports/*.md: some ten minutes
# make gate BASE=main   says whether the working tree is slower or hungrier than that revision
# make calibrate  measures what the gate sees on this machine: half an hour
# make fixtures  writes the fixtures anew from their recipes (Python with NumPy, h5py and mpmath)
# make format    formats the sources
# make lint      checks format and file lengths

.PHONY: help setup build test verify bench report gate calibrate fixtures format lint
.DEFAULT_GOAL := help

HIPPODROME := .build/release/hippodrome
PACKAGES := libhdf5-dev libfftw3-dev libopenblas-dev gnuplot-nox

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

verify: build
	$(HIPPODROME) verify

bench: build
	$(HIPPODROME) bench

report: build
	$(HIPPODROME) verify --keep
	$(HIPPODROME) bench --precision float
	$(HIPPODROME) report

gate: setup
	@test -n "$(BASE)" || { echo "expected BASE=<git revision>, such as: make gate BASE=main" >&2; exit 2; }
	scripts/gate $(BASE) $(GATE)

calibrate: build
	$(HIPPODROME) calibrate --within 30m

fixtures:
	for recipe in fixtures/*/recipe.py; do python3 "$$recipe" || exit 1; done

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	@long=$$(find Sources Tests -name '*.swift' -exec wc -l {} + | awk '$$2 != "total" && $$1 > 400'); \
	if [ -n "$$long" ]; then echo "files over 400 lines:"; echo "$$long"; exit 1; fi
