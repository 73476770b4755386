# Every target sets up what it needs; a set-up that is up to date costs nothing.
# More arguments: make test ARGS="-k pause -x"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.rung-setup
ARGS  ?=

# The first of these that is 3.11 or newer and can make a virtual environment; name another with PYTHON=...
PYTHON  ?=
PYTHONS := $(or $(PYTHON),python3.11 python3 python3.12 python3.13)
USABLE  := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: bench-outage chaos help outage-kills providers storm setup demo test real check bench bench-backtest lock clean FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## .venv with every dependency, exactly as locked

demo: $(STAMP) ## a ticket's whole life on a real Temporal server, in a minute
	@$(BIN)/rung demo $(ARGS)

test: $(STAMP) ## all tests
	@$(BIN)/pytest $(ARGS)

real: $(STAMP) ## the 500 real tickets
	@$(BIN)/pytest -m real $(ARGS)

chaos: $(STAMP) ## kill workers and the server while 100 tickets live (at most 5 minutes): SEED= MINUTES= TICKETS=
	@CHAOS_SEED=$(SEED) CHAOS_MINUTES=$(MINUTES) CHAOS_TICKETS=$(TICKETS) $(BIN)/pytest -m chaos -s tests/chaos $(ARGS)

outage-kills: $(STAMP) ## kill workers and the server while an outage is declared and ended (8 minutes; SEED=... for one round)
	@OUTAGE_SEED=$(SEED) $(BIN)/pytest -m outage_kills -s $(ARGS)

providers: $(STAMP) ## 200 tickets through providers that fail in every way, and the counts (about 4 minutes)
	@$(BIN)/pytest -m providers -s $(ARGS)

storm: $(STAMP) ## 1,000 tickets breach at the same instant for twelve people, in real time (about 5 minutes)
	@$(BIN)/pytest -m storm -s $(ARGS)

check: $(STAMP) ## style, types, the import rule, the policies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/rung policy check

bench: $(STAMP) ## how fast, as JSON and ratios
	@$(BIN)/python -m tests.bench $(ARGS)

bench-outage: $(STAMP) ## thousands of tickets stopped by one outage, beside Temporal's batch job (20 minutes; ARGS=--help)
	@$(BIN)/python -m tests.bench.outage $(ARGS)

bench-backtest: $(STAMP) ## how fast past tickets are played: ARGS=<log.jsonl.gz>
	@$(BIN)/python -m tests.bench.backtest $(ARGS)

LOCK = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-config --system-certs --quiet --custom-compile-command "make lock"

lock: $(STAMP) ## requirements/ from pyproject.toml; newer versions with ARGS=--upgrade
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt $(ARGS)
	$(LOCK) pyproject.toml -c requirements/dev.txt -o requirements/runtime.txt
	$(LOCK) --group build -c requirements/dev.txt -o requirements/build.txt

clean: ## away with everything that can be made again
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment cannot be moved or copied: its commands name the folder it was made in. The stamp
# keeps that folder, and a checkout that finds another one in it starts afresh.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): FORCE
endif

$(STAMP): requirements/dev.txt pyproject.toml
	@if [ -f $(STAMP) ] && [ "$$(cat $(STAMP))" != "$(CURDIR)" ]; then rm -rf $(VENV); fi
	@if ! $(BIN)/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
		found=; \
		for python in $(PYTHONS); do \
			if $$python -c '$(USABLE)' >/dev/null 2>&1; then found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "Rung needs Python 3.11 or newer with its venv module; tried: $(PYTHONS)." >&2; \
			for python in $(PYTHONS); do \
				echo "  $$python: $$($$python --version 2>&1 | tail -n 1)" >&2; \
			done; \
			echo "Install it (on Debian and Ubuntu: python3 and python3-venv), or name one: make setup PYTHON=/path/to/python3.12" >&2; \
			exit 1; \
		fi; \
		rm -rf $(VENV); \
		$$found -m venv $(VENV); \
	fi
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(BIN)/python -m pip install -qq --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@printf '%s' '$(CURDIR)' > $(STAMP)
