# GridOps: `make run` from a fresh clone needs Python 3.11 or newer and nothing else.
PORT ?= 8000
SCENARIO ?= normal
SPEED ?= 1
GRID ?=
VAR ?= var
ONLY ?=
WORKERS ?= 2

VENV := .venv
RUN := $(VENV)/bin/python
# Checks read the settings but no server.
NOWHERE := DATABASE_URL=postgresql://nobody@localhost/nothing REDIS_URL=redis://localhost:1/0 \
	GRIDOPS_SECRET_KEY=only-for-static-checks-only-for-static-checks-only-for-static-checks
CODE := gridops apps tests manage.py

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev browser brokers run test check format bench faults requirements

help: ## this list
	@echo "GridOps"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: ## make the virtual environment and install the pinned packages
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh gridops/supervise/setup.sh requirements.txt

setup-dev:
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh gridops/supervise/setup.sh requirements-dev.txt

browser:
	@sh gridops/supervise/browser.sh

brokers:
	@sh gridops/supervise/outside.sh mosquitto

run: setup ## start the control room: PORT, SCENARIO, SPEED, GRID, VAR, BY_AREAS=1, EMPTY=1
	@exec $(RUN) -m gridops.supervise run --var "$(VAR)" --port "$(PORT)" \
		--scenario "$(SCENARIO)" --speed "$(SPEED)" --grid "$(GRID)" $(if $(BY_AREAS),--by-areas) $(if $(EMPTY),--empty)

# The journeys start whole sites and have the machine for themselves.
test: setup-dev browser brokers ## run every test, in WORKERS processes; with ARGS: pytest with these alone
ifdef ARGS
	@$(RUN) -m pytest $(ARGS)
else
	@$(RUN) -m pytest -n "$(WORKERS)" --dist loadfile --ignore=tests/journeys; parts=$$?; \
		$(RUN) -m pytest tests/journeys && exit $$parts
endif

check: setup-dev ## format, lint, types, import contracts, migrations, shape of the house
	$(RUN) -m ruff format --check $(CODE)
	$(RUN) -m ruff check $(CODE)
	$(NOWHERE) $(RUN) -m mypy gridops apps manage.py
	$(VENV)/bin/lint-imports --no-cache
	$(NOWHERE) $(RUN) -m pytest -q tests/architecture

format: setup-dev ## rewrite the code in the house style
	$(RUN) -m ruff format $(CODE)
	$(RUN) -m ruff check --fix $(CODE)

bench: setup-dev browser ## measure against bare limits: ONLY=name, FULL=1, VAR
	@$(RUN) -m tests.bench --var "$(VAR)" $(if $(ONLY),--only "$(ONLY)") $(if $(FULL),--full)

faults: setup-dev ## harm a running site in every way of the fault table: ONLY=F4,F8, FULL=1, TOGETHER=1, VAR
	@$(RUN) -m tests.faults --var "$(VAR)" $(if $(ONLY),--only "$(ONLY)") $(if $(FULL),--full) \
		$(if $(TOGETHER),--together)

requirements: setup-dev ## pin anew what requirements*.in name
	$(VENV)/bin/uv pip compile -q --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make requirements" requirements.in -o requirements.txt
	$(VENV)/bin/uv pip compile -q --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command "make requirements" requirements-dev.in -o requirements-dev.txt
