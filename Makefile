# Everything that a fresh clone needs. `make` alone prints what there is.
#
#   PYTHON=python3.12   another Python than python3 for .venv
#   HOST= PORT= DATA=   where `make demo` serves and keeps its data
#   ARGS=               more for pytest:  make test ARGS="-x tests/core"
#                       one of them:      make prove ARGS="--only kill", make bench ARGS="--only loop"

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= ./data
ARGS ?=
# Browsers wait as much as they compute: two workers more than there are cores.
WORKERS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) + 2 )))

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet --progress-bar off

.PHONY: help install check lint types test demo bench prove pictures
.DELETE_ON_ERROR:

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/installed ## .venv with the command .venv/bin/labeler
	@echo "Installed: $(BIN)/labeler --help"

check: lint types ## Lint, format and types

lint: $(VENV)/installed-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-check
	$(BIN)/mypy --strict

test: $(VENV)/installed-test ## The whole suite with branch coverage, browser and PostgreSQL included
	@.ci/browser
	env -u PYTHONDONTWRITEBYTECODE .ci/short-tmpdir $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(ARGS) </dev/null

demo: $(VENV)/installed ## Sample data served at http://HOST:PORT; again = keeps the data
	@LABELER_DATA="$(DATA)" exec $(BIN)/labeler demo --host "$(HOST)" --port "$(PORT)"

bench: $(VENV)/installed-test ## Side by side with what this machine could do at best, into docs/figures.md
	@.ci/browser
	@$(BIN)/python -m benchmarks.figures $(ARGS) </dev/null

prove: $(VENV)/installed-test ## Faults, fuzz and load at full size, into docs/figures.md
	@.ci/browser
	.ci/short-tmpdir $(BIN)/python -m tests.proof.figures $(ARGS) </dev/null

pictures: $(VENV)/installed-test ## The README's pictures, taken of the pages as they are now
	@.ci/browser
	PICTURES=docs/pictures .ci/short-tmpdir $(BIN)/python -m pytest -q tests/web/every_page -k readme </dev/null

# One stamp per set of packages: each is made again only when pyproject.toml has changed.
$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

# Half of what these bring is never imported: what is, gets compiled when it is.
$(VENV)/installed-check: pyproject.toml | $(VENV)/bin/python
	$(PIP) --no-compile --editable '.[check]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-test: pyproject.toml | $(VENV)/bin/python
	$(PIP) --no-compile --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)/bin/python:
	@.ci/python "$(PYTHON)" "$(VENV)"
