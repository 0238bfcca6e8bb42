# SPDX-License-Identifier: Apache-2.0
# Needs Python 3.11 or newer with pip, and make; everything else comes from PyPI into .venv.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.ready-run
DEV_STAMP := $(VENV)/.ready-dev
NIGHT_STAMP := $(VENV)/.ready-night
PIP_OPTIONS := --disable-pip-version-check --no-input --progress-bar off

# Settings of `make demo`: RESET=1 starts with empty data, PORT and DATA choose port and folder.
DATA ?= .data
PORT ?=
RESET ?=
ORDER ?=
# Arguments for pytest, for example: make test T="tests/ledger -k reversal"; N=0 runs them in turn.
# ORDER=random runs them in an order that is printed and can be named again.
T ?=
N ?= 2
# Of make mutants: rooms or modules (all), how many of each room (0: all), which ones; 1 to believe
# no earlier run; 1 to believe what earlier runs have killed, whatever tests have come since.
M ?=
SAMPLE ?= 0
SEED ?= 1
FRESH ?=
KILLS ?=
# Finds Chromium for tests/browser; as root with apt-get it is installed where there is none.
BROWSER = $(BIN)/python tests/browser/chromium.py

##@ Use
.PHONY: demo
demo: $(RUN_STAMP) ## Start everything with an invented family (RESET=1, PORT=8600, DATA=.data)
	@GONGJI_DATA="$(DATA)" $(if $(PORT),GONGJI_PORT="$(PORT)") $(BIN)/gongji demo $(if $(filter 1,$(RESET)),--reset)

##@ Develop
.PHONY: test
test: $(DEV_STAMP) ## Run the tests (T="tests/ledger -k reversal" for some of them)
	@$(if $(T),$(if $(findstring tests/browser,$(T)),$(BROWSER)),$(BROWSER))
	@GONGJI_TEST_ORDER="$(if $(filter random,$(ORDER)),$$RANDOM,$(ORDER))" $(BIN)/pytest -n $(N) $(T)

.PHONY: lint
lint: $(DEV_STAMP) ## Check style, types, layers and the policy packs
	@echo "== ruff check";        $(BIN)/ruff check .
	@echo "== ruff format";       $(BIN)/ruff format --check .
	@echo "== mypy --strict";     $(BIN)/mypy
	@echo "== layers";            $(BIN)/lint-imports
	@echo "== policy packs";      $(BIN)/gongji policy lint

.PHONY: examples
examples: $(DEV_STAMP) ## Play the examples anew: their replies and docs/gateway-examples.md
	@GOLDEN=write $(BIN)/pytest -n 0 tests/runtime_demo/test_examples.py -k real_run

.PHONY: bench
bench: $(RUN_STAMP) ## Measure this machine
	@$(BIN)/gongji bench

.PHONY: nightly
nightly: $(NIGHT_STAMP) ## Run the long campaigns as well (hours)
	@$(BROWSER)
	@GONGJI_NIGHTLY=1 $(BIN)/pytest -m "campaign or not campaign" --timeout 0 -n $(N) $(T)

.PHONY: mutants
mutants: $(DEV_STAMP) ## Break the core fault by fault: do the tests notice? (M="kernel/sharing", SAMPLE=200)
	@$(BIN)/python tests/mutants/mutants_run.py $(M) --jobs $(N) --sample $(SAMPLE) --seed $(SEED) \
	  $(if $(filter 1,$(FRESH)),--fresh) $(if $(filter 1,$(KILLS)),--kills)

.PHONY: clean
clean: ## Remove the environment and caches (never the data)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- the environment: made again only when pyproject.toml changes -----------------------------

$(BIN)/python:
	@echo "making the Python environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed, $(PYTHON) is older (make PYTHON=python3.12 …)" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	  || { rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV); }

# $(1): what to install. Without a pip inside (no ensurepip on Debian) the pip outside does it.
comma := ,
define install
	if [ -x $(BIN)/pip ]; then pip="$(BIN)/python -m pip"; \
	else pip="$(PYTHON) -m pip --python $(BIN)/python"; fi; \
	echo "installing $(1) from PyPI (a minute or two the first time)"; \
	$$pip install $(PIP_OPTIONS) -e '$(1)' 2>&1 \
	  | awk '/^Collecting / { print "  " $$2; fflush() } \
	         /^ *Downloading .*MB/ { print; fflush() } \
	         /^Installing collected/ { print "  unpacking everything"; fflush() } \
	         /^(ERROR|error|WARNING: (Retry|Connect))|No matching/ { print; fflush() }' \
	  || { echo "installation failed; the lines above say why" >&2; exit 1; }
endef

$(RUN_STAMP): pyproject.toml | $(BIN)/python
	@$(call install,.)
	@touch $@

$(DEV_STAMP): pyproject.toml | $(BIN)/python
	@$(call install,.[dev])
	@touch $(RUN_STAMP) $@

# The compiled kernel is compared with the plain one at night; that needs the compiler.
$(NIGHT_STAMP): pyproject.toml $(DEV_STAMP) | $(BIN)/python
	@$(call install,.[dev$(comma)simulate])
	@touch $@
