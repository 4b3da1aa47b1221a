# Needs only make and Python 3.11 or newer; everything else goes into $(VENV).
VENV ?= .venv
PYTHON ?= $(shell for python in python3.11 python3.12 python3 python3.13; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$python; break; fi; done)

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
DEMO_INSTANCE := instances/lancashire
DEMO_RUN := runs/lancashire

.DELETE_ON_ERROR:
.PHONY: help demo test lint

help:
	@echo "make demo   install, solve $(DEMO_INSTANCE), show the plan and write a report"
	@echo "make test   install with the test tools and run the tests"
	@echo "make lint   install with the developer tools and run ruff, mypy and import-linter"
	@echo "VENV=folder chooses the virtual environment (now $(VENV)); PYTHON=command the Python it is made with"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found; name one with PYTHON=command." >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv "$(VENV)"

# One stamp for each set of extras, so that nothing is installed twice until pyproject.toml changes.
$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	@echo "Installing consortia[$*] into $(VENV)"
	@$(PIP) install --editable ".[$*]"
	@touch $@

# Exit code 3 is a plan whose proof ran out of time: still worth showing.
demo: $(VENV)/.installed-scip
	@mkdir -p $(dir $(DEMO_RUN))
	@$(BIN)/consortia solve $(DEMO_INSTANCE) --time-limit 180 --output $(DEMO_RUN) --force || test $$? -eq 3
	@$(BIN)/consortia show $(DEMO_RUN)
	@$(BIN)/consortia report $(DEMO_RUN)
	@test -f $(DEMO_RUN)/report.html && echo "Report: $(DEMO_RUN)/report.html"

test: $(VENV)/.installed-test
	@$(BIN)/python -m pytest -n auto

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
