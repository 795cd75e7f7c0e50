# `make run` and `make test` do all the set-up themselves.
# PYTHON=/path/to/python uses an interpreter that has everything installed, and makes no environment.
# PYTEST_ARGS goes to pytest (two processes unless it says otherwise), DEMO_ARGS to the demonstration.

SHELL := /bin/bash
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: run test check bench soak messages catalogues format clean system-run system-test

VENV := .venv
BASE_PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

ifeq ($(origin PYTHON), undefined)
PYTHON := $(VENV)/bin/python
RUN_TOOLS := $(VENV)/installed-run
TEST_TOOLS := $(VENV)/installed-test
else
BASE_PYTHON := $(PYTHON)
RUN_TOOLS :=
TEST_TOOLS :=
endif

export PIP_DISABLE_PIP_VERSION_CHECK := 1

run: system-run $(RUN_TOOLS) catalogues
	$(PYTHON) main.py demo $(DEMO_ARGS)

test: check
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -n 2 --dist loadgroup $(PYTEST_ARGS)

check: system-test $(TEST_TOOLS) catalogues
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) installer/check_imports.py
	$(PYTHON) installer/catalogues.py check

bench: system-test $(TEST_TOOLS) catalogues
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -p no:randomly -s tests/bench $(PYTEST_ARGS)

# ROUNDS and SEED say how long and which bad luck.
soak: system-test $(TEST_TOOLS) catalogues
	QT_QPA_PLATFORM=offscreen $(PYTHON) -m pytest -p no:randomly -n 2 -rP --rounds $(or $(ROUNDS),20) --seed $(or $(SEED),1) \
		tests/faults/soak.py $(PYTEST_ARGS)

messages: $(RUN_TOOLS)
	$(PYTHON) installer/catalogues.py messages

catalogues: $(RUN_TOOLS)
	$(PYTHON) installer/catalogues.py compile

format: $(TEST_TOOLS)
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find translations -name '*.mo' -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

system-run system-test: system-%:
	@test -n "$(BASE_PYTHON)" || { echo "Renraku needs Python 3.11 or newer. On Debian and Ubuntu:" >&2; \
		echo "    sudo apt-get install python3 python3-venv" >&2; exit 1; }
	@$(BASE_PYTHON) installer/system_packages.py $*

$(VENV)/bin/python:
	$(BASE_PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/installed-run: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PYTHON) -m pip install --quiet -c constraints.txt -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed-run
	$(PYTHON) -m pip install --quiet -c constraints.txt -e '.[test,check]'
	@touch $@
