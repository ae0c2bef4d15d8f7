# One front door. The work is done by the 'exegesis' command; this file makes the environment
# that it needs (.venv, from the locks) and calls it. No activation, nothing global.

PYTHON ?= python3
PORT ?= 8000
CHAPTERS ?= 18
STOCK_CHAPTERS ?= 158
REPEAT ?= 1
WORKERS ?= logical
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help book chapter serve notebooks check pyodide test test-all test-chapter lint bench feedback measure lighthouse lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

book: $(VENV)/book.done ## run every chapter and build the site into _build/html
	@$(BIN)/exegesis build

chapter: $(VENV)/book.done ## run and build one chapter: make chapter SLUG=concrete
	@$(BIN)/exegesis build $(SLUG)

serve: $(VENV)/book.done ## show the book in a browser and rebuild it as you write (PORT=8000)
	@$(BIN)/exegesis serve --port $(PORT)

notebooks: book ## put what Colab and Binder open into _build/notebooks
	@rm -rf _build/notebooks && mkdir -p _build/notebooks
	@cp _build/html/_sources/book/papers/*.ipynb book/papers/matplotlibrc _build/notebooks
	@sed -n '/^# What chapters import/,/^$$/p' requirements.txt > _build/notebooks/requirements.txt

check: $(VENV)/book.done ## check records and front matters, running nothing
	@$(BIN)/exegesis check

pyodide: _build/pyodide/pyodide.mjs ## fetch Pyodide (106 MB, once), for tests and for a site that hosts it itself

test: $(VENV)/test.done lint pyodide ## run the tests, in a browser too if there is one: each kind of page, each state
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not exhaustive"

test-all: $(VENV)/test.done lint pyodide ## run these and, in the browser, every page and every chapter
	@$(BIN)/python -m pytest -n $(WORKERS)

test-chapter: $(VENV)/test.done ## test one chapter in seconds: make test-chapter SLUG=concrete
	@test -n "$(SLUG)" || { echo "name a chapter: make test-chapter SLUG=concrete" >&2; exit 2; }
	@$(BIN)/python -m pytest tests/papers/test_$(subst -,_,$(SLUG)).py tests/test_contract.py tests/test_jupytext.py \
	    -k "test_$(subst -,_,$(SLUG)).py or [$(SLUG)]"

lint: $(VENV)/test.done ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy exegesis bench

bench: $(VENV)/book.done ## compare with the stock command (CHAPTERS=18 STOCK_CHAPTERS=158 REPEAT=1)
	@$(BIN)/python -m bench --chapters $(CHAPTERS) --stock-chapters $(STOCK_CHAPTERS) --repeat $(REPEAT)

feedback: $(VENV)/book.done ## what an author waits for: the first build, an edit (REPEAT=1; some minutes)
	@$(BIN)/python -m bench.feedback --repeat $(REPEAT)

measure: $(VENV)/test.done book ## what each page weighs, by kind, and how far it moves while it loads
	@$(BIN)/python -m tests.site.weight

lighthouse: $(VENV)/test.done book ## ask Lighthouse for 100 (needs Node.js; not a part of the tests)
	@$(BIN)/python -m tests.site.lighthouse

lock: $(VENV)/book.done ## pin everything anew from requirements*.txt
	@$(PIP) uv && \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-package exegesis requirements.txt -o requirements.lock && \
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-emit-package exegesis requirements.txt requirements-test.txt -o requirements-test.lock

clean: ## remove everything built; the environment stays
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/book.done: requirements.lock requirements-assets.txt pyproject.toml
	@echo "installing into $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed; name one with 'make PYTHON=python3.12 book'" >&2; exit 2; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --require-hashes --no-deps -r requirements-assets.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# pip checks the wheel's hash, the command that of every file which it takes out.
_build/pyodide/pyodide.mjs: requirements-pyodide.txt exegesis/browser/pyodide.json | $(VENV)/book.done
	@mkdir -p _build && rm -rf _build/pyodide.wheel
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes \
	    --no-deps --only-binary :all: -r requirements-pyodide.txt -d _build/pyodide.wheel
	@$(BIN)/python -m exegesis.browser.pyodide _build/pyodide.wheel/*.whl _build/pyodide
	@rm -rf _build/pyodide.wheel && touch $@

$(VENV)/test.done: $(VENV)/book.done requirements-test.lock
	@$(PIP) --require-hashes -r requirements-test.lock
	@touch $@
